import Configuration
import Directory
import SambaTesting
import SyncEngine
import SyncRules
import SyncStore
import Testing

@testable import LDAPConnector

/// A part of a real domain is kept as a slapd is, by the engine and its rules.
@Suite(
  .samba(users: 1), .serialized,
  .enabled(
    if: SambaDomain.hindrance == nil && !TestSlapd.isMissing, "\(SambaDomain.hindrance ?? "")"))
struct SambaExportTests {
  private let domain: SambaDomain

  init() throws { domain = try #require(SambaDomain.current) }

  // MARK: What is read

  private static func person(_ name: String, _ unit: String, _ more: String = "") -> String {
    LDAPConnectorTests.person(
      name,
      "displayName: \(name)\ndepartmentNumber: \(unit)\nemployeeType: \(name)\n"
        + "mail: \(name)@mail.test\ntitle: of \(name)\n" + more)
  }

  private static func group(_ name: String, _ members: [String]) -> String {
    "dn: \(source(name))\nobjectClass: groupOfNames\ncn: \(name)\n"
      + members.map { "member: \(source($0))\n" }.joined() + "\n"
  }

  private static func source(_ name: String) -> String { "cn=\(name),ou=people,dc=example,dc=org" }

  private static let everybody =
    person("Ann", "staff") + person("Bob", "staff", "manager: \(source("Ann"))\n")
    + person("Cid", "field", "manager: \(source("Bob"))\n") + person("Dan", "staff")
    + group("Choir", ["Ann", "Bob"]) + group("All", ["Choir", "Cid", "Dan"])

  // MARK: What is in the domain

  private func mirror(_ name: String, _ people: String = Self.everybody) async throws
    -> DomainMirror
  {
    let mirror = try await DomainMirror(domain, name, people)
    let steps = try await mirror.cycle(.initial)
    try #require(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    return mirror
  }

  /// A cycle that brings everything to the domain, and one more that finds nothing to do.
  private func bring(_ mirror: DomainMirror, _ policy: CyclePolicy = .delta) async throws {
    let steps = try await mirror.cycle(policy)
    #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    let again = try await mirror.cycle()
    #expect(
      again.allSatisfy { $0.result == "success" && $0.adds + $0.updates + $0.deletes == 0 },
      "\(again) \(mirror.complaints())")
    #expect(mirror.complaints() == "")
  }

  /// Sets what people of the source say.
  private func set(
    _ mirror: DomainMirror, _ attribute: String, _ values: [String: String]
  ) async throws {
    try await mirror.change { connection in
      var results: [LDAPResult] = []
      for (who, value) in values {
        results.append(
          try await connection.modify(
            Self.source(who), [.init(.replace, attribute, [Array(value.utf8)])]))
      }
      return results
    }
  }

  @Test("People and nested groups arrive, also what is told before it is there, and nothing twice")
  func arrivals() async throws {
    let mirror = try await mirror("exp1")
    let arrived = try await mirror.arrived()
    #expect(Set(arrived.keys) == ["Ann", "Bob", "Cid", "Dan", "Choir", "All"])
    #expect(arrived["Bob"]?.manager == "Ann" && arrived["Cid"]?.manager == "Bob")
    #expect(arrived["Choir"]?.members == ["Ann", "Bob"])
    #expect(arrived["All"]?.members == ["Choir", "Cid", "Dan"])
    let again = try await mirror.cycle()
    #expect(
      again.allSatisfy { $0.result == "success" && $0.adds + $0.updates + $0.deletes == 0 },
      "\(again)")
    try await bring(mirror, .initial)
  }

  @Test("Managers and groups in a circle arrive whole")
  func circles() async throws {
    let mirror = try await mirror(
      "exp2",
      Self.person("Ann", "staff", "manager: \(Self.source("Bob"))\n")
        + Self.person("Bob", "staff", "manager: \(Self.source("Ann"))\n")
        + Self.group("Alto", ["Bass"]) + Self.group("Bass", ["Alto", "Ann"]))
    let arrived = try await mirror.arrived()
    #expect(arrived["Ann"]?.manager == "Bob" && arrived["Bob"]?.manager == "Ann")
    #expect(arrived["Alto"]?.members == ["Bass"] && arrived["Bass"]?.members == ["Alto", "Ann"])
    try await bring(mirror)
  }

  @Test("Changes, renames, moves, other members and deletes arrive and are confirmed")
  func changes() async throws {
    let mirror = try await mirror("exp3")
    let before = try await mirror.arrived()
    try await set(mirror, "displayName", ["Ann": "Annie \"A\" Lee, Jr."])
    try await set(mirror, "departmentNumber", ["Bob": "field"])
    try await set(mirror, "title", ["Cid": "Head"])
    try await mirror.change { connection in
      [
        try await connection.modify(
          Self.source("Choir"),
          [
            .init(.add, "member", [Array(Self.source("Dan").utf8)]),
            .init(.delete, "member", [Array(Self.source("Bob").utf8)]),
          ]),
        try await connection.rename(Self.source("All"), to: "cn=Everybody"),
        try await connection.modify(Self.source("Dan"), [.init(.replace, "title", [])]),
        try await connection.modify(
          Self.source("Cid"), [.init(.replace, "manager", [Array(Self.source("Ann").utf8)])]),
      ]
    }
    try await bring(mirror)
    var arrived = try await mirror.arrived()
    let annie = "Annie \"A\" Lee, Jr."
    #expect(arrived[annie]?.anchor == before["Ann"]?.anchor)
    #expect(arrived["Bob"]?.anchor == before["Bob"]?.anchor)
    #expect(arrived["Bob"]?.dn.parent?.text.hasPrefix("OU=field") == true)
    #expect(arrived["Bob"]?.manager == annie && arrived["Cid"]?.manager == annie)
    #expect(arrived["Choir"]?.members == ["Dan", annie])
    #expect(arrived["Everybody"]?.anchor == before["All"]?.anchor)
    #expect(arrived["Everybody"]?.members == ["Choir", "Cid", "Dan"])
    #expect(arrived["Cid"]?.title == "Head" && arrived["Dan"]?.title == nil)

    // Members, a manager, and a group that is in another one leave, and one comes in a place left so.
    try await mirror.change { connection in
      [
        try await connection.delete(Self.source("Ann")),
        try await connection.delete(Self.source("Choir")),
        try await connection.delete(Self.source("Dan")),
      ]
    }
    try await mirror.add(Self.newcomer("Eve", named: annie, "staff"))
    try await bring(mirror)
    arrived = try await mirror.arrived()
    #expect(Set(arrived.keys) == ["Bob", "Cid", annie, "Everybody"])
    #expect(arrived[annie]?.anchor != before["Ann"]?.anchor)
    #expect(arrived["Bob"]?.manager == nil && arrived["Cid"]?.manager == nil)
    #expect(arrived["Everybody"]?.members == ["Cid"])
  }

  private static func newcomer(
    _ name: String, named displayName: String, _ unit: String, account: String? = nil
  ) -> (String, [SearchAttribute]) {
    (
      source(name),
      [
        SearchAttribute("objectClass", "inetOrgPerson"), SearchAttribute("cn", name),
        SearchAttribute("sn", name), SearchAttribute("displayName", displayName),
        SearchAttribute("departmentNumber", unit),
        SearchAttribute("employeeType", account ?? name),
      ]
    )
  }

  @Test("The last members of a group leave it, and who gets their names and accounts is in none")
  func lastMembers() async throws {
    let mirror = try await mirror("exp4")
    try await mirror.change { connection in
      [
        try await connection.delete(Self.source("Ann")),
        try await connection.delete(Self.source("Bob")),
      ]
    }
    try await mirror.add(Self.newcomer("Ann2", named: "Ann", "staff", account: "Ann"))
    try await bring(mirror)
    let arrived = try await mirror.arrived()
    #expect(arrived["Choir"]?.members == [] && arrived["All"]?.members == ["Choir", "Cid", "Dan"])
    #expect(arrived["Ann"] != nil && arrived["Cid"]?.manager == nil)
  }

  @Test(
    "Names are exchanged and passed on, and everybody stays in the groups and keeps the manager",
    arguments: [["Ann", "Bob"], ["Dan", "Ann", "Bob"]])
  func exchanges(people: [String]) async throws {
    let mirror = try await mirror("exp5\(people.count)")
    let before = try await mirror.arrived()
    let next = Array(zip(people, people.dropFirst() + people.prefix(1)))
    try await set(
      mirror, "displayName", Dictionary(uniqueKeysWithValues: next.map { ($0, $1) }))
    try await bring(mirror)
    let arrived = try await mirror.arrived()
    #expect(Set(arrived.keys) == Set(before.keys))
    let names = Dictionary(uniqueKeysWithValues: next.map { ($0, $1) })
    for (who, name) in next {
      #expect(arrived[name]?.anchor == before[who]?.anchor)
      #expect(arrived[name]?.title == "of " + who)
    }
    for (name, group) in before where !group.members.isEmpty {
      #expect(arrived[name]?.members == Set(group.members.map { names[$0] ?? $0 }))
    }
    #expect(arrived["Cid"]?.manager == names["Bob"])
  }

  @Test(
    "Names to sign in with are exchanged, each alone, and all with those of the place",
    arguments: [["mail"], ["employeeType"], ["mail", "employeeType", "displayName"]])
  func signInNames(attributes: [String]) async throws {
    let unit = "exp6\(attributes.count)\(attributes[0].prefix(1))"
    let mirror = try await mirror(unit)
    // Names that their accounts would have by themselves are given up and taken with those only.
    let domain = attributes.count > 1 ? "phs.test" : "mail.test"
    try await set(mirror, "mail", ["Ann": "Ann@" + domain, "Bob": "Bob@" + domain])
    try await bring(mirror)
    let before = try await mirror.arrived()
    for attribute in attributes {
      let end = attribute == "mail" ? "@" + domain : ""
      try await set(mirror, attribute, ["Ann": "Bob" + end, "Bob": "Ann" + end])
    }
    try await bring(mirror)
    let arrived = try await mirror.arrived()
    for (who, other) in [("Ann", "Bob"), ("Bob", "Ann")] {
      func name(_ attribute: String) -> String { attributes.contains(attribute) ? other : who }
      let person = arrived[name("displayName")]
      #expect(person?.anchor == before[who]?.anchor)
      #expect(person?.signInName == name("mail") + ".\(unit)@" + domain)
      #expect(person?.accountName == name("employeeType") + "." + unit)
    }
  }

  @Test("An account's name that is given up is given to a newcomer within the same export")
  func handedOnAccount() async throws {
    let mirror = try await mirror("exp9")
    try await set(mirror, "employeeType", ["Ann": "Bob", "Bob": "Zoe"])
    try await set(mirror, "mail", ["Ann": "Bob@mail.test", "Bob": "Zoe@mail.test"])
    try await mirror.add(Self.newcomer("Eve", named: "Eve", "staff", account: "Ann"))
    try await bring(mirror)
    let arrived = try await mirror.arrived()
    #expect(arrived["Ann"]?.accountName == "Bob.exp9" && arrived["Eve"]?.accountName == "Ann.exp9")
    #expect(arrived["Bob"]?.accountName == "Zoe.exp9")
    #expect(arrived["Ann"]?.signInName == "Bob.exp9@mail.test")
  }

  @Test("A name is left to a newcomer within one export, and a place to who is moved there")
  func handedOn() async throws {
    let mirror = try await mirror("exp7")
    let before = try await mirror.arrived()
    try await set(mirror, "displayName", ["Ann": "Bob", "Bob": "Zoe"])
    try await set(mirror, "departmentNumber", ["Dan": "field", "Cid": "staff"])
    try await mirror.add(Self.newcomer("Eve", named: "Ann", "staff"))
    try await bring(mirror)
    let arrived = try await mirror.arrived()
    #expect(arrived["Bob"]?.anchor == before["Ann"]?.anchor)
    #expect(arrived["Zoe"]?.anchor == before["Bob"]?.anchor)
    #expect(arrived["Ann"]?.members == [] && arrived["Ann"]?.anchor != before["Ann"]?.anchor)
    #expect(arrived["Choir"]?.members == ["Bob", "Zoe"])
    #expect(arrived["Dan"]?.dn.parent?.text.hasPrefix("OU=field") == true)
  }

  @Test("Who is renamed or deleted at the domain meanwhile is found by what he is")
  func changedThere() async throws {
    let mirror = try await mirror("exp8")
    let before = try await mirror.arrived()
    let connection = try await mirror.bound()
    for (name, new) in [("Ann", "Anna"), ("Dan", "Ann")] {
      let dn = try #require(before[name]?.dn.text)
      let result = try await connection.rename(dn, to: "CN=" + new)
      try #require(result.code == 0, "\(result)")
    }
    let bob = try await connection.delete(try #require(before["Bob"]?.dn.text))
    try #require(bob.code == 0, "\(bob)")
    try await set(mirror, "title", ["Ann": "one", "Bob": "two", "Dan": "three"])
    try await mirror.cycle()
    try await bring(mirror)
    let arrived = try await mirror.arrived()
    #expect(Set(arrived.keys) == ["Ann", "Bob", "Cid", "Dan", "Choir", "All"])
    #expect(arrived["Ann"]?.anchor == before["Ann"]?.anchor && arrived["Ann"]?.title == "one")
    #expect(arrived["Dan"]?.anchor == before["Dan"]?.anchor && arrived["Dan"]?.title == "three")
    #expect(arrived["Bob"]?.anchor != before["Bob"]?.anchor && arrived["Bob"]?.title == "two")
    #expect(arrived["Choir"]?.members == ["Ann", "Bob"] && arrived["Cid"]?.manager == "Bob")
  }
}

/// One slapd, and a unit of a domain that is kept as it is.
private final class DomainMirror {
  /// What the domain has of an object, with names in the place of what it refers to.
  struct Arrived {
    var anchor: Anchor
    var dn: DistinguishedName
    var title: String?
    var signInName: String?
    var accountName: String?
    var manager: String?
    var members: Set<String>
  }

  private let source: TestSlapd
  private let target: LDAPConnector
  private let settings: LDAPSettings
  private let folder: TestFolder
  private let rules: RuleSet

  init(_ domain: SambaDomain, _ name: String, _ people: String) async throws {
    source = try TestSlapd(
      TestSlapd.root + people, database: "overlay syncprov\nsyncprov-sessionlog 100\n")
    settings = LDAPSettings(
      servers: [LDAPServer(host: domain.address)],
      authentication: .simple(name: "Administrator@" + SambaDomain.name) {
        SambaDomain.administrator
      })
    let root = "OU=\(name),DC=phs,DC=test"
    var reading = LDAPConnectorSettings(connection: settings)
    reading.base = root
    reading.isTarget = true
    target = LDAPConnector(reading)
    folder = try TestFolder()
    rules = try RuleSet.parse(
      Self.text.replacing("ROOT", with: root).replacing("UNIT", with: name), file: "rules",
      parameters: [:])
    let connection = try await bound()
    for unit in [root, "OU=staff," + root, "OU=field," + root] {
      let result = try await connection.add(
        unit, [SearchAttribute("objectClass", "organizationalUnit")])
      try #require(result.code == 0, "\(result)")
    }
  }

  /// A connection to the domain.
  func bound() async throws -> LDAPConnection {
    let connection = LDAPConnection(settings)
    try await connection.bind()
    return connection
  }

  /// Runs a cycle; the answer is its steps.
  @discardableResult
  func cycle(_ policy: CyclePolicy = .delta) async throws -> [OperationRow] {
    let engine = SyncEngine(
      store: try SyncStore.open(file: folder.path + "/store.sqlite"),
      lease: try EngineLease.take(lockFile: folder.path + "/engine.lock"),
      connectors: [
        EngineConnector(
          name: "people", type: "ldap", isSource: true, connector: source.connector(),
          fingerprint: "1"),
        EngineConnector(
          name: "domain", type: "ldap", isSource: false, connector: target, fingerprint: "1"),
      ], rules: rules, options: EngineOptions(idleExitSeconds: nil, version: "test"))
    try engine.prepare()
    let id = try await engine.runCycle(policy)
    return try #require(try reader.cycle(id: id)).steps
  }

  private var reader: StoreReader {
    get throws { try StoreReader(file: folder.path + "/store.sqlite") }
  }

  /// What is wrong with objects now, in words.
  func complaints() -> String {
    let errors = try? reader.openErrors(connector: nil, after: nil, limit: 10)
    return errors.map { $0.map { "\($0)" }.joined(separator: "; ") } ?? "the store can't be read"
  }

  /// Changes the source by what a person would do there.
  func change(_ body: (LDAPConnection) async throws -> [LDAPResult]) async throws {
    let connection = LDAPConnection(source.settings())
    try await connection.bind()
    for result in try await body(connection) { #expect(result.code == 0, "\(result)") }
  }

  /// Adds a person to the source.
  func add(_ person: (dn: String, attributes: [SearchAttribute])) async throws {
    try await change { [try await $0.add(person.dn, person.attributes)] }
  }

  /// What the unit of the domain has, by the names of its people and groups.
  func arrived() async throws -> [String: Arrived] {
    let imported = try await target.run()
    #expect(imported.errors.isEmpty, "\(imported.errors)")
    let entries = imported.entries.filter { ["user", "group"].contains($0.objectType) }
    func name(_ dn: DistinguishedName) -> String {
      DistinguishedName.pairs(ofRelativeName: dn.rdn).first?.value ?? ""
    }
    func names(_ values: [AttributeValue]) -> [String] {
      values.map { (try? DistinguishedName($0.text)).map(name) ?? $0.text }
    }
    return Dictionary(
      uniqueKeysWithValues: entries.map { entry in
        (
          name(entry.dn),
          Arrived(
            anchor: entry.anchor, dn: entry.dn, title: entry.attributes.text("title"),
            signInName: entry.attributes.text("userPrincipalName"),
            accountName: entry.attributes.text("sAMAccountName"),
            manager: names(entry.attributes["manager"]).first,
            members: Set(names(entry.attributes["member"])))
        )
      })
  }

  private static let text = #"""
    [[rule]]
    name = "In - Person"
    direction = "inbound"
    connector = "people"
    source = "user"
    target = "person"
    link = "Provision"
    precedence = 100
    join = [ { conditions = [ { source = "entryUUID", target = "sourceAnchor" } ] } ]
    flow = [
      { target = "sourceAnchor", direct = "entryUUID" },
      { target = "displayName", direct = "displayName" },
      { target = "accountName", direct = "employeeType" },
      { target = "mail", direct = "mail" },
      { target = "title", direct = "title" },
      { target = "department", direct = "departmentNumber" },
      { target = "manager", direct = "manager" },
    ]

    [[rule]]
    name = "In - Group"
    direction = "inbound"
    connector = "people"
    source = "group"
    target = "group"
    link = "Provision"
    precedence = 101
    join = [ { conditions = [ { source = "entryUUID", target = "sourceAnchor" } ] } ]
    flow = [
      { target = "sourceAnchor", direct = "entryUUID" },
      { target = "displayName", direct = "cn" },
      { target = "member", direct = "member" },
    ]

    [[rule]]
    name = "Out - Person"
    direction = "outbound"
    connector = "domain"
    source = "person"
    target = "user"
    link = "Provision"
    precedence = 200
    join = [ { conditions = [ { source = "sourceAnchor", target = "info" } ] } ]
    flow = [
      { target = "dn", expression = '''
          "CN=" & EscapeDNComponent([displayName]) & ",OU=" & [department] & ",ROOT"''' },
      { target = "info", direct = "sourceAnchor" },
      { target = "displayName", direct = "displayName" },
      { target = "sAMAccountName", expression = '[accountName] & ".UNIT"' },
      { target = "userPrincipalName", expression = '''
          IIF(IsNullOrEmpty([mail]), NULL, Replace([mail], "@", ".UNIT@"))''' },
      { target = "title", direct = "title" },
      { target = "manager", direct = "manager" },
    ]

    [[rule]]
    name = "Out - Group"
    direction = "outbound"
    connector = "domain"
    source = "group"
    target = "group"
    link = "Provision"
    precedence = 201
    join = [ { conditions = [ { source = "sourceAnchor", target = "info" } ] } ]
    flow = [
      { target = "dn", expression = '"CN=" & EscapeDNComponent([displayName]) & ",ROOT"' },
      { target = "info", direct = "sourceAnchor" },
      { target = "sAMAccountName", expression = '[displayName] & ".UNIT"' },
      { target = "member", direct = "member" },
    ]
    """#
}
