import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("Lineage and links as the engine stores them")
struct StoredLineageTests {
  private static let second = """

    [[rule]]
    name = "In - Default title"
    direction = "inbound"
    connector = "source"
    source = "user"
    target = "person"
    link = "join"
    precedence = 130
    [[rule.flow]]
    target = "title"
    constant = "Employee"
    """

  private func title(_ world: World) throws -> AttributeRow {
    let id = try #require(try world.reader.find("g-ann").first?.id)
    return try #require(
      try world.reader.object(id: id, valueLimit: 9)?.metaverse.first { $0.name == "title" })
  }

  @Test("A value keeps who lost against it; when the winner goes, the loser wins")
  func losers() async throws {
    let world = try World()
    world.rulesText += Self.second
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    try await world.cycle()
    var row = try title(world)
    #expect(
      row.values == ["Boss"] && row.contributors.map(\.rule) == ["In - User", "In - Default title"])
    #expect(row.contributors[0].reason.isEmpty && row.contributors[0].time != nil)
    #expect(row.contributors[1].reason == "a rule with a lower precedence number has a value")
    #expect(row.contributors[1].values == ["Employee"])
    world.source.change("g-ann") { $0["title"] = [] }
    try await world.cycle()
    row = try title(world)
    #expect(
      row.values == ["Employee"]
        && row.contributors.map(\.rule) == ["In - Default title", "In - User"])
    #expect(row.contributors.map(\.reason) == ["", "its source has no value"])
    #expect(try await world.cycle(.initial).steps.allSatisfy { $0.updates == 0 })
  }

  @Test("A loser that changes is told, and the winner keeps the time at which it came")
  func changingLoser() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    try await world.cycle()
    let before = try title(world).contributors
    #expect(before.count == 1)
    world.rulesText += Self.second
    try await world.cycle()
    let after = try title(world).contributors
    #expect(after.count == 2 && after[0] == before[0])
  }

  @Test("The history of a link names the metaverse object, the rule, and why it was broken")
  func links() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    let id = try #require(try world.reader.find("g-ann").first?.id)
    let metaverse = try #require(try world.reader.object(id: id, valueLimit: 1)?.metaverseID)
    world.source.change("g-ann") { $0["hidden"] = ["TRUE"] }
    try await world.cycle()
    let rows = try world.reader.history(
      of: try world.reader.linkedEver(to: metaverse).map(\.id), limit: 100)
    func row(_ counter: String) throws -> ObjectHistoryRow {
      try #require(rows.first { $0.counter == counter }, "\(counter)")
    }
    let projected = try row("disconnector-projected-flow")
    #expect(projected.metaverseID == metaverse && projected.rule == "In - User")
    let provisioned = try row("provisioned-add-flow")
    #expect(provisioned.metaverseID == metaverse && provisioned.rule == "Out - User")
    let filtered = try row("connector-filtered-remove-mv")
    #expect(filtered.metaverseID == metaverse)
    #expect(filtered.reason == "In - User: hidden ISNULL fails (TRUE)")
    let deprovisioned = try row("provisioned-disconnect")
    #expect(deprovisioned.metaverseID == metaverse)
    #expect(deprovisioned.reason == "its metaverse object was deleted")
  }

  @Test("An error of a rule names the rule")
  func errors() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["title": ["One", "Two"]]))
    try await world.cycle()
    let error = try #require(
      try world.reader.openErrors(connector: nil, after: nil, limit: 9).first)
    #expect(error.rule == "Out - User" && error.attribute == "title")
  }

  @Test("What does not come back keeps its beginning through deltas and full synchronizations")
  func firstOccurrence() async throws {
    let world = try World()
    world.target.state.withLock { $0.rewrite = ("title", "Other") }
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    try await world.cycle()
    func open() throws -> ErrorRow {
      let errors = try world.reader.openErrors(connector: nil, after: nil, limit: 9)
      #expect(errors.map(\.type) == ["exported-change-not-reimported"])
      return try #require(errors.first)
    }
    let first = try open()
    for (index, policy) in [CyclePolicy.delta, .initial, .delta, .initial].enumerated() {
      try await world.cycle(policy)
      let now = try open()
      #expect(now.firstOccurred == first.firstOccurred && now.retries == index + 1)
    }
    world.target.state.withLock { $0.rewrite = nil }
    for _ in 0..<2 { try await world.cycle(.initial) }
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 9) == [])
  }
}
