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
    arguments: [DeltaStrategy.dirSync, .updateNumbers], 1...2 as ClosedRange<UInt64>)
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
