import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("The past stays as it was, and why an import is full is told")
struct HistoryTests {
  @Test("Each step shows what it saw then, whatever came later")
  func timeTrue() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["title": ["One"]]))
    var cycles = [try await world.cycle()]
    for title in ["Two", "Three"] {
      world.source.change("g-ann") { $0["title"] = [.string(title)] }
      cycles.append(try await world.cycle())
    }
    func title(_ cycle: CycleSummary, _ type: StepType, _ group: CounterGroup, _ counter: String)
      throws -> AttributeDelta?
    {
      for step in cycle.steps where step.type == type {
        let rows = try world.reader.changes(
          step: step.id, group: group, counter: counter, after: nil, limit: 9)
        if let row = rows.first {
          return try world.reader.deltas(change: row.id).first { $0.name == "title" }
        }
      }
      return nil
    }
    #expect(try title(cycles[0], .fullImport, .staging, "stage-add")?.after == ["One"])
    for (cycle, before, after) in [(cycles[1], "One", "Two"), (cycles[2], "Two", "Three")] {
      let pairs: [(StepType, CounterGroup, String)] = [
        (.deltaImport, .staging, "stage-update"),
        (.deltaSynchronization, .inbound, "connector-flow"),
        (.deltaSynchronization, .outbound("target"), "connector-flow"),
        (.export, .export, "export-update"),
      ]
      for (type, group, counter) in pairs {
        let delta = try #require(try title(cycle, type, group, counter), "\(type) \(group)")
        #expect(delta.before == [.string(before)] && delta.after == [.string(after)])
      }
      #expect(
        try title(cycle, .deltaSynchronization, .outbound("target"), "connector-flow")?.rule
          == "Out - User")
    }
    let id = try #require(try world.reader.find("g-ann").first?.id)
    let history = try #require(try world.reader.object(id: id, valueLimit: 9)).history
    #expect(history.map(\.stepID) == history.map(\.stepID).sorted(by: >))
    try expectStatisticsAddUp(world.reader)
  }

  @Test("A single delta import without a watermark is refused with the word for it")
  func noWatermark() async throws {
    let world = try World()
    _ = try await world.engine().runProfile(connector: "source", .deltaImport)
    let step = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first)
    #expect(step.result == "no-start-full-import-required" && step.severity == .stopped)
    let message = try world.reader.stepMessage(step: step.id)
    #expect(message.message.contains("never imported"))
    #expect(message.hint.contains("full import of source"))
    #expect(
      try world.reader.events(codes: [6801], text: "full-import", before: nil, limit: 9).count == 1)
  }

  @Test("Another server behind the same name is read in full, and that is said")
  func otherServer() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    world.source.state.withLock { $0.identity = "another" }
    let cycle = try await world.cycle(.delta)
    #expect(cycle.steps.prefix(2).map(\.type) == [.deltaImport, .fullImport])
    #expect(cycle.steps[0].result == "no-start-full-import-required")
    let message = try world.reader.stepMessage(step: cycle.steps[0].id).message
    #expect(message.contains("another server answers (another, before memory)"))
    #expect(try await world.cycle(.delta).steps[0].result == "success")
  }

  @Test("A directory that knows no deltas is read in full by every cycle")
  func noDeltas() async throws {
    let world = try World(sourceKnowsDeltas: false)
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob"))
    try await world.cycle()
    world.source.remove("g-bob")
    let cycle = try await world.cycle(.delta)
    #expect(cycle.steps[0].type == .fullImport && cycle.steps[0].deletes == 1)
    #expect(world.outcome.keys.sorted() == ["g-ann"])
    #expect(try await world.cycle(.delta).isQuiet)
  }

  @Test("A member's successor of the same name takes its place in the groups, by full import too")
  func successor() async throws {
    let world = try World(sourceKnowsDeltas: false)
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob"))
    world.source.put(try world.group("team", members: ["ann", "bob"]))
    try await world.cycle()
    world.source.remove("g-ann")
    var next = try world.user("second")
    next.dn = try world.dn("ann", ou: "Staff")
    world.source.put(next)
    world.source.put(try world.group("team", members: ["ann", "bob"]))
    try await world.cycle()
    #expect(world.outcome["g-team"]?["members"] == ["g-bob", "g-second"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("An object that is deleted at the target alone there is made again")
  func lastOneDeleted() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    try await world.cycle()
    world.target.remove("id-1")
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["username"] == ["ann@contoso.test"])
    #expect(try await world.cycle().isQuiet)
  }
}
