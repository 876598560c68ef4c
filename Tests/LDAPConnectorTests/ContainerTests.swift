import Directory
import SyncStore
import Testing

@testable import LDAPConnector

@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct ContainerTests {
  private static let world =
    TestSlapd.root + unit("sales") + unit("interns", below: "ou=sales,") + unit("plant")
    + person("Ann", below: "ou=sales") + person("Ira", below: "ou=interns,ou=sales")
    + person("Pat", below: "ou=plant")

  private static func unit(_ name: String, below: String = "") -> String {
    "dn: ou=\(name),\(below)dc=example,dc=org\nobjectClass: organizationalUnit\nou: \(name)\n\n"
  }

  @Test func includedAndExcludedContainersAreTakenWithAllBelowThem() async throws {
    let slapd = try TestSlapd(Self.world)
    let imported = try await slapd.connector {
      $0.included = ["ou=sales,dc=example,dc=org", "ou=plant,dc=example,dc=org"].compactMap {
        ContainerName($0)
      }
      $0.excluded = ["OU=Interns, OU=Sales, DC=example, DC=org"].compactMap { ContainerName($0) }
    }.run()
    #expect(imported.entries.map(\.dn.rdn) == ["ou=sales", "cn=Ann", "ou=plant", "cn=Pat"])
  }

  @Test func aContainerThatIsNamedByItsIdentifierMayBeRenamed() async throws {
    let slapd = try TestSlapd(Self.world)
    let all = try await slapd.connector().run()
    let sales = try #require(all.entry("ou=sales,dc=example,dc=org")).anchor.text
    let interns = try #require(all.entry("ou=interns,ou=sales,dc=example,dc=org")).anchor.text
    let connection = LDAPConnection(slapd.settings())
    try await connection.bind()
    _ = try await connection.rename(
      "ou=sales,dc=example,dc=org", to: "ou=field", below: "ou=plant,dc=example,dc=org")
    let imported = try await slapd.connector {
      $0.included = [.anchor(sales)]
      $0.excluded = [.anchor(interns)]
    }.run()
    #expect(
      imported.entries.map(\.dn.text) == [
        "ou=field,ou=plant,dc=example,dc=org", "cn=Ann,ou=field,ou=plant,dc=example,dc=org",
      ])
  }

  @Test("A container outside of what is read stops the import", arguments: [true, false])
  func containerOutside(byName: Bool) async throws {
    let slapd = try TestSlapd(Self.world)
    let plant = "ou=plant,dc=example,dc=org"
    let anchor = try #require(try await slapd.connector().run().entry(plant)).anchor.text
    let connector = slapd.connector {
      $0.base = "ou=sales,dc=example,dc=org"
      $0.included = [ContainerName(byName ? plant : anchor)].compactMap(\.self)
    }
    let error = await #expect(throws: ConnectorFailure.self) { _ = try await connector.run() }
    #expect(error?.result == .badConfiguration)
    // By its identifier it is only looked for below the base.
    #expect(
      error?.message.contains(byName ? "is not below ou=sales,dc=example,dc=org" : "is not there")
        == true)
  }

  /// Of containers that are read one after the other, an object may leave one that is yet to be read
  /// for one that has been.
  @Test("Who moves behind the back of an import is not taken for gone")
  func movesMeanwhile() async throws {
    let people =
      (0..<1500).map { person("A\($0)", below: "ou=sales") }.joined()
      + (0..<3000).map { person("B\($0)", below: "ou=plant") }.joined()
    let slapd = try TestSlapd(Self.world + people)
    let connector = slapd.connector {
      $0.included = ["ou=sales,dc=example,dc=org", "ou=plant,dc=example,dc=org"].compactMap {
        ContainerName($0)
      }
      $0.pageSize = 100
    }
    let mover = try #require(
      try await slapd.connector().run().entry("cn=B2999,ou=plant,dc=example,dc=org")
    ).anchor
    let reader = try await connector.openImport(ImportRequest(watermark: nil) { 0 })
    var changes: [ImportedChange] = []
    for _ in 0..<2 { changes += try await reader.next()?.changes ?? [] }
    let connection = LDAPConnection(slapd.settings())
    try await connection.bind()
    let moved = try await connection.rename(
      "cn=B2999,ou=plant,dc=example,dc=org", to: "cn=B2999", below: "ou=sales,dc=example,dc=org")
    #expect(moved.code == 0)
    while let batch = try await reader.next() { changes += batch.changes }
    let told = changes.contains { change in
      switch change {
      case .entry(let entry): entry.anchor == mover
      case .present(let anchor): anchor == mover
      default: false
      }
    }
    #expect(told)
  }

  @Test(
    "Who stands in a container has another name when one above it does that is not read",
    arguments: ["overlay syncprov\nsyncprov-sessionlog 100\n", "overlay syncprov\n", ""])
  func renamedAbove(teller: String) async throws {
    let slapd = try TestSlapd(
      TestSlapd.root + Self.unit("sales", below: "ou=people,") + Self.unit("groups")
        + person("Ann", below: "ou=sales,ou=people")
        + "dn: cn=Staff,ou=groups,dc=example,dc=org\nobjectClass: groupOfNames\ncn: Staff\n"
        + "member: cn=Ann,ou=sales,ou=people,dc=example,dc=org\n\n",
      database: teller + "overlay refint\nrefint_attributes member\n")
    let all = try await slapd.connector().run()
    let anchors = try ["ou=sales,ou=people", "ou=groups"].map {
      try #require(all.entry($0 + ",dc=example,dc=org")).anchor.text
    }
    let space = try ImportedSpace(
      slapd.connector { $0.included = anchors.map { .anchor($0) } })
    #expect(try await space.run(.fullImport).result == "success")
    let connection = LDAPConnection(slapd.settings())
    try await connection.bind()
    let renamed = try await connection.rename("ou=people,dc=example,dc=org", to: "ou=staff")
    #expect(renamed.code == 0)
    #expect(try await space.run(.deltaImport).result == "success")
    let changed = try await connection.modify(
      "cn=Staff,ou=groups,dc=example,dc=org",
      [LDAPModification(.replace, "description", [Array("changed".utf8)])])
    #expect(changed.code == 0)
    #expect(try await space.run(.deltaImport).result == "success")
    let ann = try #require(try space.objects().values.first { $0.type == "user" })
    #expect(ann.dn == "cn=Ann,ou=sales,ou=staff,dc=example,dc=org" && ann.referrers.count == 1)
    #expect(try await space.differences() == [])
    #expect(try await space.run(.deltaImport).result == "success")
    #expect(try space.counters() == [:])
  }

  @Test("Who is in a container that gets another name while all is read is not told")
  func excludedIsRenamedMeanwhile() async throws {
    let people =
      (0..<1500).map { person("A\($0)", below: "ou=sales") }.joined()
      + (0..<100).map { person("B\($0)", below: "ou=plant") }.joined()
    let slapd = try TestSlapd(Self.world + people)
    let plant = try #require(
      try await slapd.connector().run().entry("ou=plant,dc=example,dc=org")
    ).anchor.text
    let reader = try await slapd.connector {
      $0.excluded = [.anchor(plant)]
      $0.pageSize = 100
    }.openImport(ImportRequest(watermark: nil) { 0 })
    var changes = try await reader.next()?.changes ?? []
    #expect(changes.count >= 1000)
    let connection = LDAPConnection(slapd.settings())
    try await connection.bind()
    let renamed = try await connection.rename("ou=plant,dc=example,dc=org", to: "ou=works")
    #expect(renamed.code == 0)
    let failure = await #expect(throws: ConnectorFailure.self) {
      while let batch = try await reader.next() { changes += batch.changes }
    }
    #expect(failure?.result == .stoppedImportRead)
    #expect(failure?.message.contains("ou=plant,dc=example,dc=org got another name") == true)
    let told = changes.contains { change in
      if case .entry(let entry) = change { entry.dn.text.contains("ou=works") } else { false }
    }
    #expect(!told)
    #expect(try await reader.next() == nil)
  }

  @Test(
    "A container that gets another name while changes are told stops it: nobody leaves or comes in",
    arguments: [true, false])
  func renamedWhileChangesAreTold(isIncluded: Bool) async throws {
    let slapd = try TestSlapd(
      Self.world, database: "overlay syncprov\nsyncprov-sessionlog 100\n")
    let all = try await slapd.connector().run()
    let plant = try #require(all.entry("ou=plant,dc=example,dc=org")).anchor
    let pat = try #require(all.entry("cn=Pat,ou=plant,dc=example,dc=org")).anchor
    let connector = slapd.connector {
      if isIncluded {
        $0.included = [.anchor(plant.text)]
      } else {
        $0.excluded = [.anchor(plant.text)]
      }
    }
    let start = try #require(try await connector.run().batches.last?.watermark)
    let staged = PlantStaged(
      names: isIncluded
        ? [
          plant: try DistinguishedName("ou=plant,dc=example,dc=org"),
          pat: try DistinguishedName("cn=Pat,ou=plant,dc=example,dc=org"),
        ] : [:])
    let request = ImportRequest(watermark: start, staged: staged, stagedCount: { 0 })
    let reader = try await connector.openImport(request)
    let connection = LDAPConnection(slapd.settings())
    try await connection.bind()
    let renamed = try await connection.rename("ou=plant,dc=example,dc=org", to: "ou=works")
    #expect(renamed.code == 0)
    let failure = await #expect(throws: ConnectorFailure.self) {
      while let batch = try await reader.next() { #expect(batch.changes == []) }
    }
    #expect(failure?.result == .stoppedImportRead)
    // The next one knows the name.
    let next = try await connector.openImport(request)
    var changes: [ImportedChange] = []
    while let batch = try await next.next() { changes += batch.changes }
    let entries = changes.compactMap { change in
      if case .entry(let entry) = change { entry.dn.rdn } else { nil }
    }
    #expect(Set(entries) == (isIncluded ? ["ou=works", "cn=Pat"] : []))
    #expect(entries.count == changes.count)
  }

  @Test func aContainerThatIsNotThereStopsTheImport() async throws {
    let slapd = try TestSlapd(Self.world)
    let gone = "11111111-2222-3333-4444-555555555555"
    for name in [gone, "ou=gone,dc=example,dc=org"] {
      let connector = slapd.connector { $0.included = [ContainerName(name)].compactMap(\.self) }
      let error = await #expect(throws: ConnectorFailure.self) { _ = try await connector.run() }
      #expect(error?.result == .badConfiguration)
      #expect(error?.message == "The container \(name) is not there, or may not be seen")
    }
  }

  @Test func containersBelowOthersAreReadOnce() throws {
    let names = try ["OU=A,DC=x", "OU=B,OU=A,DC=x", "ou=a,dc=x", "OU=C,DC=x"].map {
      try DistinguishedName($0)
    }
    #expect(ContainerScope.outermost(names).map(\.text) == ["OU=A,DC=x", "OU=C,DC=x"])
  }

  @Test func aNameThatOnlyEndsAlikeIsNotInTheContainer() throws {
    let scope = ContainerScope(
      roots: [try DistinguishedName("OU=A,DC=x")],
      excluded: [try DistinguishedName("OU=B,OU=A,DC=x")])
    #expect(scope.contains(try DistinguishedName("OU=A,DC=x")))
    #expect(scope.contains(try DistinguishedName("CN=Ann,OU=a,DC=x")))
    #expect(!scope.contains(try DistinguishedName("CN=Ann,OU=BA,DC=x")))
    #expect(!scope.contains(try DistinguishedName("CN=Ann,OU=B,OU=A,DC=x")))
    #expect(scope.contains(try DistinguishedName("CN=Ann,OU=BB,OU=A,DC=x")))
  }
}

/// What is staged below a container.
private struct PlantStaged: StagedObjects {
  let names: [Anchor: DistinguishedName]

  func names(of anchors: [Anchor]) -> [Anchor: DistinguishedName] {
    names.filter { anchors.contains($0.key) }
  }
  func below(_ dn: DistinguishedName) -> [Anchor] {
    names.filter { $0.value.isBelow(dn) }.map(\.key)
  }
  func referrers(to anchors: [Anchor]) -> [Anchor] { [] }
  func waiting(for names: [DistinguishedName]?) -> [AttributeName: [Anchor]] { [:] }
}
