import Directory
import SyncStore
import Testing

@testable import LDAPConnector

/// What deltas of a real OpenLDAP server bring, and when they say that they can't.
@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct DeltaTests {
  private static let provider = "overlay syncprov\nsyncprov-sessionlog 100\n"
  private static let world =
    TestSlapd.root + "dn: ou=out,dc=example,dc=org\nobjectClass: organizationalUnit\nou: out\n\n"
    + person("Ann", "title: in\n") + person("Bob", "title: in\n")
    + person("Cid", "title: in\n", below: "ou=out")

  private func dn(_ name: String, _ unit: String = "people") -> String {
    "cn=\(name),ou=\(unit),dc=example,dc=org"
  }

  private func change(
    _ slapd: TestSlapd, _ body: (LDAPConnection) async throws -> LDAPResult
  ) async throws {
    let connection = LDAPConnection(slapd.settings())
    try await connection.bind()
    let result = try await body(connection)
    #expect(result.code == 0, "\(result)")
  }

  private func setTitle(_ slapd: TestSlapd, _ name: String, _ title: String) async throws {
    try await change(slapd) {
      try await $0.modify(dn(name), [LDAPModification(.replace, "title", [Array(title.utf8)])])
    }
  }

  /// Where an import ended.
  private func ending(_ imported: Imported) throws -> LDAPWatermark {
    let stored = try #require(imported.batches.last?.watermark)
    return try #require(LDAPWatermark(stored))
  }

  @Test func theServersOwnMeansIsChosen() async throws {
    let provider = try TestSlapd(Self.world, database: Self.provider)
    let first = try ending(await provider.connector().run())
    #expect(first.strategy == .contentSync)
    let plain = try TestSlapd(Self.world)
    let second = try ending(await plain.connector().run())
    #expect(second.strategy == .timestamps)
    let never = try await provider.connector { $0.delta = .never }.run()
    #expect(never.batches.last?.watermark == nil)
  }

  @Test func aMeansThatTheServerDoesNotHaveIsAFaultOfTheConfiguration() async throws {
    let slapd = try TestSlapd(Self.world)
    let connector = slapd.connector { $0.delta = .contentSync }
    let failure = await #expect(throws: ConnectorFailure.self) { _ = try await connector.run() }
    #expect(failure?.result == .badConfiguration)
    #expect(failure?.message.contains("\"syncrepl\"") == true)
  }

  @Test func nothingNewIsNothing() async throws {
    let slapd = try TestSlapd(Self.world, database: Self.provider)
    let connector = slapd.connector()
    let first = try await connector.run()
    let delta = try await connector.run(since: first.batches.last?.watermark)
    #expect(delta.changes.isEmpty)
    let (before, after) = (try ending(first), try ending(delta))
    #expect(after == before)
  }

  @Test func aChangeIsToldOnce() async throws {
    let slapd = try TestSlapd(Self.world, database: Self.provider)
    let space = try ImportedSpace(slapd.connector())
    try await space.run(.fullImport)
    try await setTitle(slapd, "Ann", "chief")
    #expect(try await space.run(.deltaImport).result == "success")
    #expect(try space.counters() == ["stage-update": 1])
    #expect(try await space.run(.deltaImport).result == "success")
    #expect(try space.counters() == [:])
  }

  @Test func peopleOfAContainerThatIsRenamedHaveNewNamesToo() async throws {
    let slapd = try TestSlapd(Self.world, database: Self.provider)
    let space = try ImportedSpace(slapd.connector())
    try await space.run(.fullImport)
    try await change(slapd) {
      try await $0.rename("ou=people,dc=example,dc=org", to: "ou=folk")
    }
    #expect(try await space.run(.deltaImport).result == "success")
    #expect(try space.counters() == ["stage-rename": 3])
    #expect(try await space.differences() == [])
  }

  @Test func aCookieThatTheServerDoesNotKnowAsksForAFullImport() async throws {
    let slapd = try TestSlapd(Self.world, database: Self.provider)
    let connector = slapd.connector()
    var mark = try ending(await connector.run())
    mark[bytes: "cookie"] = Array("garbage".utf8)
    let stored = mark.stored
    let failure = await #expect(throws: ConnectorFailure.self) {
      _ = try await connector.run(since: stored)
    }
    #expect(failure?.result == .fullImportRequired)
    #expect(failure?.message.contains("cookie") == true)
  }

  @Test func otherObjectsOrAttributesAskForAFullImport() async throws {
    let slapd = try TestSlapd(Self.world, database: Self.provider)
    let stored = try await slapd.connector().run().batches.last?.watermark
    let changes: [@Sendable (inout LDAPConnectorSettings) -> Void] = [
      { $0.filter = "(title=in)" }, { $0.attributes = ["cn"] }, { $0.leaving = .keep },
      { $0.excluded = [ContainerName("ou=out,dc=example,dc=org")].compactMap(\.self) },
      { $0.base = "ou=people,dc=example,dc=org" }, { $0.delta = .timestamps },
    ]
    for adjust in changes {
      let connector = slapd.connector(adjust)
      let failure = await #expect(throws: ConnectorFailure.self) {
        _ = try await connector.run(since: stored)
      }
      #expect(failure?.result == .fullImportRequired)
      #expect(failure?.message.hasPrefix("A delta import is not possible: ") == true)
    }
  }

  @Test(arguments: [ScopeLeaving.delete, .keep])
  func whoLeavesWhatIsReadIsDeletedOrKept(leaving: ScopeLeaving) async throws {
    let slapd = try TestSlapd(Self.world, database: Self.provider)
    let space = try ImportedSpace(
      slapd.connector {
        $0.filter = "(|(title=in)(objectClass=organizationalUnit))"
        $0.leaving = leaving
      })
    try await space.run(.fullImport)
    try await setTitle(slapd, "Ann", "out")
    try await change(slapd) { try await $0.delete(dn("Bob")) }
    #expect(try await space.run(.deltaImport).result == "success")
    let names = Set(try space.objects().values.map(\.dn))
    #expect(!names.contains(dn("Bob")))
    #expect(names.contains(dn("Ann")) == (leaving == .keep))
  }

  @Test func whatComesIntoWhatIsReadBringsWhatIsBelowIt() async throws {
    let slapd = try TestSlapd(Self.world, database: Self.provider)
    let connector = slapd.connector {
      $0.included = [ContainerName("ou=people,dc=example,dc=org")].compactMap(\.self)
    }
    let space = try ImportedSpace(connector)
    try await space.run(.fullImport)
    try await change(slapd) {
      try await $0.rename(
        "ou=out,dc=example,dc=org", to: "ou=out", below: "ou=people,dc=example,dc=org")
    }
    #expect(try await space.run(.deltaImport).result == "success")
    #expect(try space.counters() == ["stage-add": 2])
    #expect(try await space.differences() == [])
  }

  @Test func stampsTellChangesAndAComparisonTellsDeletes() async throws {
    let slapd = try TestSlapd(Self.world)
    for interval in [3600, 0] {
      let space = try ImportedSpace(
        slapd.connector {
          $0.delta = .timestamps
          $0.comparisonInterval = interval
        })
      try await space.run(.fullImport)
      try await setTitle(slapd, "Bob", "by \(interval)")
      if interval == 0 { try await change(slapd) { try await $0.delete(dn("Ann")) } }
      #expect(try await space.run(.deltaImport).result == "success")
      #expect(try await space.differences() == [])
      let deletes = try space.counters()["stage-delete"] ?? 0
      #expect(deletes == (interval == 0 ? 1 : 0))
    }
  }

  @Test("A change that comes into sight after others with a younger stamp is told")
  func lateChanges() async throws {
    let slapd = try TestSlapd(Self.world)
    let space = slapd.connector { $0.delta = .timestamps }
    var mark = try ending(await space.run())
    // As when a server whose clock is ahead had sent a change.
    let stamp = try #require(mark[bytes: "stamp"].map { String(decoding: $0, as: UTF8.self) })
    mark[bytes: "stamp"] = Array(TimestampSource.earlier(stamp, by: -300).utf8)
    try await setTitle(slapd, "Ann", "late")
    let told = try await space.run(since: mark.stored).entries.filter {
      $0.attributes.text("title") == "late"
    }
    #expect(!told.isEmpty)
  }

  @Test(
    "Stamps of all forms have earlier ones",
    arguments: [
      ("20261129003005.123456Z#000001#00a#00000f", "20261129001505.000000Z#000000#000#000000"),
      ("20261129000000Z", "20261128234500Z"), ("20261129000000.0Z", "20261128234500.0Z"),
      ("2026112900Z", "2026112900Z"), ("yesterday", "yesterday"),
    ])
  func earlierStamps(stamp: String, earlier: String) {
    #expect(TimestampSource.earlier(stamp, by: 900) == earlier)
  }

  @Test("More changes than a server gives at a time ask for a full import")
  func tooManyChanges() async throws {
    let slapd = try TestSlapd(
      Self.world,
      database: "limits * size.soft=2 size.hard=2 size.prtotal=unlimited\n"
        + Self.provider)
    let connector = slapd.connector { $0.connection.authentication = .anonymous }
    let mark = try ending(await connector.run())
    #expect(mark.strategy == .contentSync)
    try await setTitle(slapd, "Ann", "new")
    #expect(try await connector.run(since: mark.stored).entries.count == 1)
    try await setTitle(slapd, "Bob", "new")
    try await change(slapd) {
      try await $0.modify(
        dn("Cid", "out"), [LDAPModification(.replace, "title", [Array("new".utf8)])])
    }
    let failure = await #expect(throws: ConnectorFailure.self) {
      _ = try await connector.run(since: mark.stored)
    }
    #expect(failure?.result == .fullImportRequired)
    #expect(failure?.message.contains("raise its limits") == true)
    #expect(failure?.serverWords.contains("Size limit exceeded") == true)
    let findings = await connector.check()
    #expect(
      findings.contains { !$0.isGood && $0.text.contains("gives this account 2 objects") })
  }

  @Test("Who is gone is found though another can't be read, who stays as he was")
  func unreadable() async throws {
    let slapd = try TestSlapd(Self.world, database: "overlay syncprov\n")
    let space = try ImportedSpace(slapd.connector())
    try await space.run(.fullImport)
    let before = try space.objects()
    try await change(slapd) { try await $0.delete(dn("Bob")) }
    try await change(slapd) {
      try await $0.modify(
        dn("Ann"),
        [
          LDAPModification(.add, "objectClass", [Array("posixAccount".utf8)]),
          LDAPModification(.add, "uid", [Array("ann".utf8)]),
          LDAPModification(.add, "uidNumber", [Array("99999999999999999999".utf8)]),
          LDAPModification(.add, "gidNumber", [Array("1".utf8)]),
          LDAPModification(.add, "homeDirectory", [Array("/".utf8)]),
        ])
    }
    #expect(try await space.run(.deltaImport).result == "completed-discovery-errors")
    #expect(try space.counters() == ["stage-delete": 1])
    #expect(try space.objects() == before.filter { $0.value.dn != dn("Bob") })
  }

  @Test func aServerThatRemembersNothingTellsWhatIsThere() async throws {
    let slapd = try TestSlapd(Self.world, database: "overlay syncprov\n")
    let space = try ImportedSpace(slapd.connector())
    try await space.run(.fullImport)
    try await change(slapd) { try await $0.delete(dn("Bob")) }
    #expect(try await space.run(.deltaImport).result == "success")
    #expect(try space.counters()["stage-delete"] == 1)
    #expect(try await space.differences() == [])
  }
}
