import Directory

/// Writes the content file of a sample directory.
struct SampleContent {
  let parameters: SampleDirectory.Parameters
  let domain: SampleDomain
  let writer: LDIFWriter
  var summary: SampleDirectory.Summary
  // Who led last, since those who are led follow one another.
  private var leader: (number: Int, dn: String) = (0, "")

  init(_ parameters: SampleDirectory.Parameters, _ writer: LDIFWriter, path: String) {
    self.parameters = parameters
    self.writer = writer
    domain = SampleDomain(parameters.domain, seed: parameters.seed)
    summary = SampleDirectory.Summary(path: path)
  }

  mutating func write() throws(LDIFFileError) {
    writer.version()
    writer.comment("A made-up directory: no person and no company in it exists.")
    writer.raw("\n")
    try writeContainers()
    for number in 1...max(1, parameters.users) { try writeUser(user(number)) }
    try writeContacts()
    try writeGroups()
    if parameters.withFaults { try writeFaults() }
  }

  func user(_ number: Int) -> SampleUser {
    SampleUser(number, seed: parameters.seed, domain: domain)
  }

  // Numbers apart from the users' own, for objects of other kinds.
  func guid(_ kind: UInt64, _ number: Int) -> [UInt8] {
    var random = SeededGenerator(
      seed: parameters.seed &* 7_919 &+ kind << 40 &+ UInt64(number))
    return SampleUser.guid(&random)
  }

  mutating func begin(_ dn: String, type: String, classes: [String]) {
    summary.counts[type, default: 0] += 1
    writer.line("dn", dn)
    for name in classes { writer.line("objectClass", name) }
  }

  private mutating func writeContainers() throws(LDIFFileError) {
    begin(domain.root, type: "domain", classes: ["top", "domain", "domainDNS"])
    writer.line("objectGUID", guid(1, 0))
    writer.line("dc", String(domain.dns.prefix { $0 != "." }))
    writer.line("objectSid", Array(domain.sid(0).dropLast(4)).withSubAuthorityCount(4))
    try writer.endRecord()
    let units = [
      domain.corp, domain.staff, domain.groups, domain.contacts, domain.service, domain.excluded,
    ]
    let offices = SampleUser.offices.map { "OU=" + $0 + "," + domain.staff }
    for (index, dn) in (units + offices).enumerated() {
      begin(dn, type: "organizationalUnit", classes: ["top", "organizationalUnit"])
      writer.line("objectGUID", guid(1, index + 1))
      writer.line("ou", String(dn.dropFirst(3).prefix { $0 != "," }))
      try writer.endRecord()
    }
  }

  /// What is different with one user.
  struct Deviation {
    var userAccountControl: String?
    var userPrincipalName: String?
    var title: String?
    var manager: String?
    var proxyAddress: String?
    var displayName: String?
    var guid: [UInt8]?
    var consistencyGUID: [UInt8]?
    var rawLine: String?
    var parent: String?
  }

  private static let classes = ["top", "person", "organizationalPerson", "user"]

  mutating func writeUser(_ user: SampleUser, _ other: Deviation = Deviation())
    throws(LDIFFileError)
  {
    let dn = other.parent.map { "CN=" + DistinguishedName.escape(user.cn) + "," + $0 } ?? user.dn
    begin(dn, type: "user", classes: Self.classes)
    writer.line("cn", user.cn)
    writer.line("sn", user.surname.written)
    writer.line("givenName", user.given.written)
    writer.line("displayName", other.displayName ?? user.displayName)
    writer.line("objectGUID", other.guid ?? user.guid)
    writer.line("objectSid", domain.sid(1000 + user.number))
    writer.line("sAMAccountName", user.account)
    writer.line("userPrincipalName", other.userPrincipalName ?? user.userPrincipalName)
    writer.line("mail", user.mail)
    writer.line("proxyAddresses", "SMTP:" + user.mail)
    if let address = other.proxyAddress { writer.line("proxyAddresses", address) }
    writer.line("title", other.title ?? user.title)
    writer.line("department", user.department)
    writer.line("employeeID", String(100_000 + user.number))
    let control = other.userAccountControl ?? (user.isDisabled ? "514" : "512")
    writer.line("userAccountControl", control)
    writer.line("telephoneNumber", "+49 30 5550" + SampleUser.padded(user.number, 6))
    if let manager = other.manager ?? manager(of: user) { writer.line("manager", manager) }
    writer.line("whenChanged", "20261101" + SampleUser.padded(user.number % 24, 2) + "0000.0Z")
    if parameters.withPasswords {
      writer.line(
        SamplePassword.attribute.text, SamplePassword.hash(SamplePassword.text(of: user.account)))
      writer.line(SamplePassword.changedAttribute.text, SamplePassword.changed())
    }
    if let consistency = other.consistencyGUID { writer.line("mS-DS-ConsistencyGuid", consistency) }
    if let raw = other.rawLine { writer.raw(raw) }
    for index in 0..<max(0, parameters.attributesPerUser - 15) {
      writer.line("description", "Note \(index + 1) on \(user.account)")
    }
    try writer.endRecord()
  }

  // One in ten leads the nine behind it; the first of all leads those, and the faulty ones.
  private mutating func manager(of user: SampleUser) -> String? {
    if user.number == 1 { return nil }
    let number =
      user.number % 10 == 1 || user.number > parameters.users ? 1 : (user.number - 1) / 10 * 10 + 1
    if leader.number != number { leader = (number, self.user(number).dn) }
    return leader.dn
  }

  private mutating func writeContacts() throws(LDIFFileError) {
    for number in stride(from: 1, through: parameters.contacts, by: 1) {
      let person = SampleUser(number, seed: parameters.seed &+ 77, domain: domain)
      let dn = "CN=" + DistinguishedName.escape(person.cn) + "," + domain.contacts
      begin(dn, type: "contact", classes: ["top", "person", "organizationalPerson", "contact"])
      writer.line("cn", person.cn)
      writer.line("sn", person.surname.written)
      writer.line("givenName", person.given.written)
      writer.line("displayName", person.displayName)
      writer.line("objectGUID", guid(2, number))
      writer.line("mail", person.account + "@partner.test")
      writer.line("targetAddress", "SMTP:" + person.account + "@partner.test")
      writer.line("proxyAddresses", "SMTP:" + person.account + "@partner.test")
      try writer.endRecord()
    }
  }
}

extension [UInt8] {
  /// The SID's bytes with another count of sub-authorities, to go with a cut tail.
  fileprivate func withSubAuthorityCount(_ count: UInt8) -> [UInt8] {
    var bytes = self
    if bytes.count > 1 { bytes[1] = count }
    return bytes
  }
}
