import Directory

/// Writes a change file that fits a sample directory.
struct SampleChanges {
  let parameters: SampleDirectory.Parameters
  let writer: LDIFWriter
  let number: Int
  private let domain: SampleDomain
  private(set) var count = 0

  init(_ parameters: SampleDirectory.Parameters, _ writer: LDIFWriter, number: Int) {
    self.parameters = parameters
    self.writer = writer
    self.number = max(1, number)
    domain = SampleDomain(parameters.domain, seed: parameters.seed)
  }

  mutating func write() throws(LDIFFileError) {
    writer.version()
    writer.comment("Changes, file \(number).")
    writer.raw("\n")
    // The leaver is spread over the directory so that files do not meet before many of them.
    let leaver = user(10 * number)
    for offset in 2...4 {
      let target = user(10 * number + offset)
      guard target.number != leaver.number else { continue }
      try modify(target.dn, [replace("title", "Senior " + target.title)])
    }
    try modify(user(10 * number + 5).dn, [replace("department", "Change \(number)")])
    if parameters.withPasswords {
      let user = user(10 * number + 6)
      try modify(user.dn, passwords(of: user).map { replace($0.0, $0.1) })
    }
    for offset in 0..<2 { try add(newcomer(offset)) }
    if parameters.groups > 0, !leaver.isDisabled {
      let all = "CN=All Staff," + domain.groups
      try modify(all, [LDIFModification(.delete, "member", values: [bytes(leaver.dn)])])
    }
    try put(LDIFRecord(dn: leaver.dn, body: .delete))
    try renameUnit()
  }

  private func user(_ number: Int) -> SampleUser {
    let all = max(1, parameters.users)
    return SampleUser((number - 1) % all + 1, seed: parameters.seed, domain: domain)
  }

  // Numbers far behind the ordinary users and the faulty ones.
  private func newcomer(_ offset: Int) -> SampleUser {
    let number = parameters.users + 1000 + 2 * number + offset
    return SampleUser(number, seed: parameters.seed, domain: domain)
  }

  private mutating func put(_ record: LDIFRecord) throws(LDIFFileError) {
    try writer.record(record)
    count += 1
  }

  private mutating func modify(
    _ dn: String, _ parts: [LDIFModification]
  ) throws(LDIFFileError) {
    try put(LDIFRecord(dn: dn, body: .modify(parts)))
  }

  private func passwords(of user: SampleUser) -> [(AttributeName, String)] {
    let password = SamplePassword.text(of: user.account, change: number)
    return [
      (SamplePassword.attribute, SamplePassword.hash(password)),
      (SamplePassword.changedAttribute, SamplePassword.changed(change: number)),
    ]
  }

  private func replace(_ name: AttributeName, _ value: String) -> LDIFModification {
    LDIFModification(.replace, name, values: [bytes(value)])
  }

  private func bytes(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

  private mutating func add(_ user: SampleUser) throws(LDIFFileError) {
    var attributes = ["top", "person", "organizationalPerson", "user"].map {
      LDIFAttribute("objectClass", value: bytes($0))
    }
    let texts: [(AttributeName, String)] = [
      ("cn", user.cn), ("sn", user.surname.written), ("givenName", user.given.written),
      ("displayName", user.displayName), ("sAMAccountName", user.account),
      ("userPrincipalName", user.userPrincipalName), ("mail", user.mail),
      ("proxyAddresses", "SMTP:" + user.mail), ("title", user.title),
      ("department", user.department), ("employeeID", String(100_000 + user.number)),
      ("userAccountControl", user.isDisabled ? "514" : "512"),
    ]
    let all = texts + (parameters.withPasswords ? passwords(of: user) : [])
    attributes += all.map { LDIFAttribute($0.0, value: bytes($0.1)) }
    attributes.append(LDIFAttribute("objectGUID", value: user.guid[...]))
    attributes.append(LDIFAttribute("objectSid", value: domain.sid(1000 + user.number)[...]))
    try put(LDIFRecord(dn: user.dn, body: .add(attributes)))
  }

  // The excluded unit moves below Corp and back, so that every file can do it: the names of the
  // ordinary users stay as the content has them.
  private mutating func renameUnit() throws(LDIFFileError) {
    let isAway = number % 2 == 0
    let below = isAway ? domain.corp : domain.root
    try put(
      LDIFRecord(
        dn: "OU=Excluded," + below,
        body: .rename(
          newRDN: "OU=Excluded", deletesOldRDN: true,
          newSuperior: isAway ? domain.root : domain.corp)))
  }
}
