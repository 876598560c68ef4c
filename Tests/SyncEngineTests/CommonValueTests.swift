import Directory
import SyncEngine
import SyncStore
import Testing

@Suite("A join by several conditions finds its partner among many that fulfil the first")
struct CommonValueTests {
  /// People that are found by a title that many have, and by their name.
  private static let rules =
    World.rules.replacing(
      """
      [[rule.join]]
      conditions = [{ source = "sourceAnchor", target = "externalId" }]
      [[rule.flow]]
      target = "externalId"
      direct = "sourceAnchor"
      [[rule.flow]]
      target = "userName"
      """,
      with: """
        [[rule.join]]
        conditions = [
          { source = "title", target = "title" },
          { source = "displayName", target = "displayName" },
        ]
        [[rule.flow]]
        target = "externalId"
        direct = "sourceAnchor"
        [[rule.flow]]
        target = "userName"
        """)

  private func put(_ world: World, _ number: Int, name: String, type: String = "user") throws {
    world.target.put(
      DirectoryEntry(
        anchor: Anchor("old-\(number)"), dn: try DistinguishedName("CN={\(number)}"),
        objectType: type,
        attributes: ["title": ["Smith"], "displayName": [.string(name)]]))
  }

  @Test("The last of thirty of one title is taken over, not made a second time")
  func last() async throws {
    let world = try World(rules: Self.rules)
    #expect(world.rulesText != World.rules)
    for number in 0..<30 { try put(world, number, name: "n\(number)") }
    world.source.put(try world.user("ann", ["title": ["smith"], "displayName": ["N29"]]))
    try await world.cycle()
    #expect(world.target.all.count == 30)
    #expect(world.outcome["g-ann"]?["displayname"] == ["N29"])
    let joined = world.target.all.first { $0.attributes.text("externalId") == "g-ann" }
    #expect(joined?.anchor.text == "old-29")
  }

  @Test("Objects of another type, and those that are linked, do not take the places of others")
  func others() async throws {
    let world = try World(rules: Self.rules)
    for number in 0..<20 { try put(world, number, name: "same", type: "group") }
    for number in 20..<40 { try put(world, number, name: "n\(number)") }
    for number in 20..<40 {
      world.source.put(
        try world.user(
          "u\(number)", ["title": ["Smith"], "displayName": [.string("n\(number)")]]))
    }
    try await world.cycle()
    #expect(world.target.all.count == 40)
    try put(world, 40, name: "same")
    world.source.put(try world.user("late", ["title": ["Smith"], "displayName": ["same"]]))
    try await world.cycle()
    #expect(world.target.all.count == 41)
    let joined = world.target.all.first { $0.attributes.text("externalId") == "g-late" }
    #expect(joined?.anchor.text == "old-40")
  }

  @Test("Two that fulfil all conditions are no partner, wherever among the many they stand")
  func ambiguous() async throws {
    let world = try World(rules: Self.rules)
    for number in 0..<30 {
      try put(world, number, name: number == 3 || number == 28 ? "ann" : "n\(number)")
    }
    world.source.put(try world.user("ann", ["title": ["Smith"]]))
    try await world.cycle()
    for anchor in ["old-3", "old-28"] {
      let kept = try #require(world.target.all.first { $0.anchor.text == anchor })
      #expect(kept.attributes.text("externalId") == nil)
    }
  }

  @Test("An inbound join finds the one metaverse object among many of one value")
  func inbound() async throws {
    let world = try World(
      rules: World.rules.replacing(
        #"conditions = [{ source = "externalId", target = "sourceAnchor", case_sensitive = true }]"#,
        with: """
          conditions = [
            { source = "title", target = "title" },
            { source = "displayName", target = "displayName" },
          ]
          """
      ).replacing("provision\"\nprecedence = 200", with: "join\"\nprecedence = 200"))
    for number in 0..<30 {
      world.source.put(try world.user("u\(number)", ["title": ["Smith"]]))
    }
    // In the metaverse already when the target is read for the first time.
    let engine = try world.engine()
    for type in [StepType.fullImport, .fullSynchronization] {
      _ = try await engine.runProfile(connector: "source", type)
    }
    try put(world, 1, name: "u27")
    _ = try await engine.runProfile(connector: "target", .fullImport)
    _ = try await engine.runProfile(connector: "target", .fullSynchronization)
    let object = try #require(try world.reader.find("u27").first { $0.connector == "source" })
    let linked = try #require(object.metaverseID)
    let there = try world.reader.objects(
      connector: "target", scope: .connectors, text: "", after: nil, limit: 100)
    #expect(there.contains { $0.dn == "CN={1}" && $0.metaverseID == linked })
  }
}
