import Directory
import SyncStore
import TestSupport
import Testing

@testable import LDAPConnector

/// Histories of a real OpenLDAP server: after each delta, what is staged is what a full import gives.
@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct DeltaHistoryTests {
  @Test(arguments: 1...15 as ClosedRange<UInt64>)
  func aDeltaLeavesWhatAFullImportGives(seed: UInt64) async throws {
    var numbers = SeededRandom(seed: seed &* 7919)
    var overlays = ""
    if seed % 3 == 0 { overlays += "overlay memberof\nmemberof-refint true\n" }
    if seed % 3 == 1 { overlays += "overlay refint\nrefint_attributes member manager\n" }
    overlays += "overlay syncprov\n"
    // With a short memory, the server tells what is still there instead of what is gone.
    if seed % 4 != 0 { overlays += "syncprov-sessionlog \(seed % 4 == 1 ? 3 : 1000)\n" }
    let slapd = try TestSlapd(Self.world, database: overlays)
    let all = try await slapd.connector().run()
    let out = try #require(all.entry("ou=out,ou=people,dc=example,dc=org"))
    let connector = slapd.connector { settings in
      if seed % 2 == 0 { settings.excluded = [.anchor(out.anchor.text)] }
      if seed % 5 == 0 { settings.filter = "(!(description=in 1))" }
      if seed % 5 == 3 {
        settings.filter = "(|(objectClass=inetOrgPerson)(objectClass=groupOfNames))"
      }
    }
    let space = try ImportedSpace(connector)
    #expect(try await space.run(.fullImport).result == "success")
    var hands = try await DirectoryHands(slapd.settings(), Self.ways, seed: seed)
    for round in 0..<6 {
      try await hands.act(Int.random(in: 1...25, using: &numbers))
      let outcome = try await space.run(.deltaImport)
      let differences = try await space.differences()
      guard outcome.result == "success", differences.isEmpty else {
        Issue.record(
          """
          seed \(seed), round \(round): \(outcome)
          \(differences.joined(separator: "\n"))
          after
          \(hands.log.joined(separator: "\n"))
          """)
        return
      }
    }
  }

  private static let world =
    TestSlapd.root
    + ["out", "a", "b"].map {
      "dn: ou=\($0),ou=people,dc=example,dc=org\nobjectClass: organizationalUnit\nou: \($0)\n"
        + ($0 == "out" ? "l: kept\n\n" : "\n")
    }.joined() + (0..<8).map { person("Q\($0)") }.joined()

  private static let ways = DirectoryHands.Ways(
    root: "ou=people,dc=example,dc=org",
    person: { name in
      [
        .init(description: "objectClass", values: [Array("inetOrgPerson".utf8)]),
        .init(description: "sn", values: [Array(name.utf8)]),
      ]
    },
    group: { _ in
      [
        .init(description: "objectClass", values: [Array("groupOfNames".utf8)]),
        .init(description: "member", values: [Array("cn=nobody,dc=example,dc=org".utf8)]),
      ]
    })
}
