import Directory
import SambaTesting
import SyncStore
import Testing

@testable import LDAPConnector

/// Histories of a real domain controller: after each delta, what is staged is what a full import
/// gives.
@Suite(
  .samba(users: 3), .serialized,
  .enabled(if: SambaDomain.hindrance == nil, "\(SambaDomain.hindrance ?? "")"))
struct SambaDeltaTests {
  private static let domainName = "DC=phs,DC=test"
  private let domain: SambaDomain

  init() throws { domain = try #require(SambaDomain.current) }

  private func settings(as account: String, _ password: String) -> LDAPSettings {
    LDAPSettings(
      servers: [LDAPServer(host: domain.address)],
      authentication: .simple(name: account + "@" + SambaDomain.name) { password })
  }

  private var administrator: LDAPSettings {
    settings(as: "Administrator", SambaDomain.administrator)
  }

  private static let ways: @Sendable (String) -> DirectoryHands.Ways = { root in
    @Sendable func account(_ name: String) -> SearchAttribute {
      // Names of accounts are unique in a domain, not in a container only.
      let number = name.prefix { $0 != " " } + root.prefix { $0 != "," }.dropFirst(3)
      return .init(description: "sAMAccountName", values: [Array(number.utf8)])
    }
    return DirectoryHands.Ways(
      root: root,
      person: { name in
        [.init(description: "objectClass", values: [Array("user".utf8)]), account(name)]
      },
      group: { name in
        [.init(description: "objectClass", values: [Array("group".utf8)]), account(name)]
      })
  }

  private func makeUnit(_ name: String) async throws -> String {
    let root = "OU=\(name),\(Self.domainName)"
    let connection = LDAPConnection(administrator)
    try await connection.bind()
    for unit in [root, "OU=out," + root, "OU=in," + root] {
      var attributes: [SearchAttribute] = [
        .init(description: "objectClass", values: [Array("organizationalUnit".utf8)])
      ]
      if unit.hasPrefix("OU=out") {
        attributes.append(.init(description: "l", values: [Array("kept".utf8)]))
      }
      let result = try await connection.add(unit, attributes)
      try #require(result.code == 0, "\(result)")
    }
    return root
  }

  @Test(
    arguments: [DeltaStrategy.dirSync, .updateNumbers], 1...3 as ClosedRange<UInt64>)
  func aDeltaLeavesWhatAFullImportGives(strategy: DeltaStrategy, seed: UInt64) async throws {
    let root = try await makeUnit("\(strategy.rawValue)\(seed)")
    var settings = LDAPConnectorSettings(
      connection: seed == 2 ? self.settings(as: "changes", "Pw-changes-Secret") : administrator)
    settings.base = root
    settings.delta = strategy
    if seed == 2 {
      let all = try await LDAPConnector(settings).run()
      settings.excluded = [.anchor(try #require(all.entry("OU=out," + root)).anchor.text)]
      settings.filter = "(!(description=in 1))"
    }
    if seed == 3 {
      settings.filter = "(|(objectClass=user)(objectClass=group))"
      let connection = LDAPConnection(administrator)
      try await connection.bind()
      try await add(connection, "user", "first", below: "OU=in," + root)
    }
    let space = try ImportedSpace(LDAPConnector(settings))
    #expect(try await space.run(.fullImport).result == "success")
    var hands = try await DirectoryHands(administrator, Self.ways(root), seed: seed)
    for round in 0..<5 {
      try await hands.act(12)
      let outcome = try await space.run(.deltaImport)
      let differences = try await space.differences()
      guard outcome.result == "success", differences.isEmpty else {
        Issue.record(
          """
          \(strategy), seed \(seed), round \(round): \(outcome)
          \(differences.joined(separator: "\n"))
          after
          \(hands.log.joined(separator: "\n"))
          """)
        return
      }
    }
  }

  /// Adds a user or a group, by its name below `unit`.
  @discardableResult
  private func add(
    _ connection: LDAPConnection, _ kind: String, _ name: String, below unit: String,
    _ more: [SearchAttribute] = []
  ) async throws -> String {
    let account = name + unit.prefix { $0 != "," }.dropFirst(3) + String(unit.utf8.count)
    let dn = "CN=\(name),\(unit)"
    let result = try await connection.add(
      dn,
      [
        .init(description: "objectClass", values: [Array(kind.utf8)]),
        .init(description: "sAMAccountName", values: [Array(account.utf8)]),
      ] + more)
    try #require(result.code == 0, "\(result)")
    return dn
  }

  private func link(_ group: String, to member: String, _ connection: LDAPConnection) async throws {
    let result = try await connection.modify(
      group, [LDAPModification(.add, "member", [Array(member.utf8)])])
    try #require(result.code == 0, "\(result)")
  }

  private func rename(
    _ dn: String, to rdn: String, below unit: String, _ connection: LDAPConnection
  ) async throws {
    let result = try await connection.rename(dn, to: rdn, below: unit)
    try #require(result.code == 0, "\(result)")
  }

  @Test(
    "A member that was not read is found when it comes into sight, whatever its name was meanwhile",
    arguments: [DeltaStrategy.dirSync, .updateNumbers])
  func arrivals(strategy: DeltaStrategy) async throws {
    let root = try await makeUnit("arr\(strategy.rawValue)")
    var settings = LDAPConnectorSettings(connection: administrator)
    settings.base = root
    settings.delta = strategy
    let all = try await LDAPConnector(settings).run()
    settings.excluded = [.anchor(try #require(all.entry("OU=out," + root)).anchor.text)]
    let connection = LDAPConnection(administrator)
    try await connection.bind()
    let group = try await add(connection, "group", "g", below: root)
    let other = try await add(connection, "group", "h", below: root)
    var people: [String] = []
    for name in ["p", "q", "r"] {
      people.append(try await add(connection, "user", name, below: "OU=out," + root))
    }
    try await link(group, to: people[0], connection)
    try await link(group, to: people[2], connection)
    let space = try ImportedSpace(LDAPConnector(settings))
    #expect(try await space.run(.fullImport).result == "success")
    // One joins while its group is read by what changed, and itself is not read.
    try await link(other, to: people[1], connection)
    #expect(try await space.run(.deltaImport).result == "success")
    try await rename(people[0], to: "CN=p2", below: "OU=out," + root, connection)
    #expect(try await space.run(.deltaImport).result == "success")
    try await rename("CN=p2,OU=out," + root, to: "CN=p3", below: "OU=in," + root, connection)
    try await rename(people[1], to: "CN=q", below: "OU=in," + root, connection)
    #expect(try await space.run(.deltaImport).result == "success")
    #expect(try await space.differences() == [])
    let found = try space.objects().values.filter { $0.dn.hasSuffix(",OU=in," + root) }
    #expect(found.map(\.referrers.count) == [1, 1])
  }

  @Test(
    "Who gets the name of a member that is not read does not become that member",
    arguments: [DeltaStrategy.dirSync, .updateNumbers])
  func takenNames(strategy: DeltaStrategy) async throws {
    let root = try await makeUnit("tak\(strategy.rawValue)")
    var settings = LDAPConnectorSettings(connection: administrator)
    settings.base = root
    settings.delta = strategy
    settings.filter = "(!(description=hidden))"
    let connection = LDAPConnection(administrator)
    try await connection.bind()
    let group = try await add(connection, "group", "g", below: root)
    let unit = "OU=in," + root
    let hidden = SearchAttribute(description: "description", values: [Array("hidden".utf8)])
    let renamed = try await add(connection, "user", "p", below: unit, [hidden])
    let deleted = try await add(connection, "user", "q", below: unit, [hidden])
    for member in [renamed, deleted] { try await link(group, to: member, connection) }
    let space = try ImportedSpace(LDAPConnector(settings))
    #expect(try await space.run(.fullImport).result == "success")
    try await rename(renamed, to: "CN=p2", below: unit, connection)
    #expect(try await connection.delete(deleted).code == 0)
    #expect(try await space.run(.deltaImport).result == "success")
    // The newcomers have accounts of other names than those that went.
    for name in ["p", "q"] {
      let dn = "CN=\(name),\(unit)"
      let result = try await connection.add(
        dn,
        [
          .init(description: "objectClass", values: [Array("user".utf8)]),
          .init(
            description: "sAMAccountName", values: [Array("new\(name)\(root.utf8.count)".utf8)]),
        ])
      try #require(result.code == 0, "\(result)")
    }
    #expect(try await space.run(.deltaImport).result == "success")
    #expect(try await space.differences() == [])
    let newcomers = try space.objects().values.filter { $0.dn.hasSuffix("," + unit) }
    #expect(newcomers.map(\.referrers) == [[], []])
  }

  @Test("Of what a controller counts, that is noted which changed where it is read")
  func numberOfTheDomain() async throws {
    var settings = LDAPConnectorSettings(connection: administrator)
    settings.base = try await makeUnit("numbers")
    let connector = LDAPConnector(settings)
    let connection = LDAPConnection(administrator)
    try await connection.bind()
    func mark(since before: LDAPWatermark? = nil) async throws -> LDAPWatermark {
      let last = try await connector.run(since: before?.stored).batches.last
      return try #require(last?.watermark.flatMap { LDAPWatermark($0) })
    }
    let first = try await mark()
    let number = try #require(first.progress.number)
    #expect(first.progress.isComparable)
    let result = try await connection.modify(
      "CN=Sites,CN=Configuration," + Self.domainName,
      [LDAPModification(.replace, "description", [Array("elsewhere".utf8)])])
    try #require(result.code == 0, "\(result)")
    let counted = try #require(try await connection.rootDSE().highestCommittedUSN)
    #expect(counted > number)
    let second = try await mark(since: first)
    #expect(second.progress == first.progress)
    let unit = try #require(settings.base)
    let dn = try await add(connection, "user", "numbered", below: unit)
    let changed = try #require(
      try await connection.entry(dn, ["uSNChanged"])?.text("uSNChanged").flatMap { Int64($0) })
    #expect(changed > number)
    #expect(try await mark(since: second).progress.number ?? 0 >= changed)
    // A delete is a change, too.
    #expect(try await connection.delete(dn).code == 0)
    #expect(try await mark(since: second).progress.number ?? 0 > changed)
  }

  @Test func aCookieThatIsNoneAsksForAFullImport() async throws {
    let root = try await makeUnit("garbage")
    var settings = LDAPConnectorSettings(connection: administrator)
    settings.base = root
    let connector = LDAPConnector(settings)
    let imported = try await connector.run()
    var mark = try #require(imported.batches.last?.watermark.flatMap { LDAPWatermark($0) })
    #expect(mark.strategy == .dirSync)
    let later = try await connector.run(since: mark.stored).changes
    #expect(!later.isEmpty)
    #expect(later.allSatisfy { if case .present = $0 { true } else { false } })
    mark[bytes: "cookie"] = Array("garbage".utf8)
    let stored = mark.stored
    let failure = await #expect(throws: ConnectorFailure.self) {
      _ = try await connector.run(since: stored)
    }
    #expect(failure?.result == .fullImportRequired)
  }

  @Test func numbersOfAnotherControllerAskForAFullImport() async throws {
    var settings = LDAPConnectorSettings(connection: administrator)
    settings.base = try await makeUnit("other")
    settings.delta = .updateNumbers
    let connector = LDAPConnector(settings)
    let imported = try await connector.run()
    let mark = try #require(imported.batches.last?.watermark.flatMap { LDAPWatermark($0) })
    for name in ["controller", "invocation"] {
      var other = mark
      other[bytes: name] = [1, 2, 3]
      let stored = other.stored
      let failure = await #expect(throws: ConnectorFailure.self) {
        _ = try await connector.run(since: stored)
      }
      #expect(failure?.result == .fullImportRequired)
    }
  }
}
