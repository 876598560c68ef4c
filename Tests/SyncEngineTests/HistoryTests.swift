import Directory
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

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

  @Test("A clock far ahead of the last event is not believed before an engine has worked for a day")
  func belief() async throws {
    let world = try World()
    let engine = try world.engine()
    let last = Timestamp.now.adding(seconds: -30 * 86_400)
    func ahead(afterHours hours: Int) -> Double {
      engine.began.withLock { $0 = (last, ContinuousClock.now - .seconds(3600 * hours)) }
      return engine.believedTime.seconds(since: last) / 3600
    }
    #expect(abs(ahead(afterHours: 0)) < 1 && abs(ahead(afterHours: 23) - 23) < 1)
    #expect(abs(ahead(afterHours: 25) - 30 * 24) < 1)
  }

  /// What the last synchronization of the source counted, by title.
  private func synchronized(_ cycle: CycleSummary, _ world: World) throws -> [String: Int] {
    let step = try #require(
      cycle.steps.last { $0.type == .deltaSynchronization && $0.connector == "source" })
    return try world.reader.counters(step: step.id).reduce(into: [:]) {
      if $1.count != 0 { $0[$1.title] = $1.count }
    }
  }

  /// What it says of the metaverse's own references.
  private func flowed(
    _ cycle: CycleSummary, _ world: World, of name: String, to target: String? = nil
  ) throws -> [AttributeDelta] {
    let step = try #require(
      cycle.steps.last { $0.type == .deltaSynchronization && $0.connector == "source" })
    return try world.reader.changes(
      step: step.id, group: target.map { .outbound($0) } ?? .inbound, counter: "connector-flow",
      after: nil, limit: 9
    ).flatMap { try world.reader.deltas(change: $0.id).filter { $0.name == name } }
  }

  @Test("Who changes in references alone has flow updates, and the past shows which")
  func references() async throws {
    let world = try World()
    for name in ["ann", "bob", "eve"] { world.source.put(try world.user(name)) }
    for name in ["bob", "eve"] {
      world.source.change("g-" + name) {
        $0["manager"] = [.reference("CN=ann,OU=Staff,DC=contoso,DC=test")]
      }
    }
    world.source.put(try world.group("team", members: ["ann"]))
    for _ in 0..<2 { try await world.cycle() }

    world.source.change("g-eve") {
      $0["manager"] = [.reference("CN=bob,OU=Staff,DC=contoso,DC=test")]
    }
    world.source.put(try world.group("team", members: ["ann", "bob"]))
    world.source.change("g-bob") { $0["telephoneNumber"] = ["1"] }
    var cycle = try await world.cycle()
    #expect(
      try synchronized(cycle, world) == [
        "Connectors with Flow Updates": 2, "Connectors without Flow Updates": 1,
        "Export Attribute Flow": 2, "Without Export Attribute Flow": 1,
      ])
    let manager = try #require(try flowed(cycle, world, of: "manager").first)
    #expect(manager.before == [.reference("ann")] && manager.after == [.reference("bob")])
    #expect(try flowed(cycle, world, of: "member").map(\.after) == [[.reference("bob")]])
    // With the rule, as values have it, on both ways.
    #expect(manager.rule == "In - User")
    #expect(try flowed(cycle, world, of: "member").map(\.rule) == ["In - Group"])
    #expect(try flowed(cycle, world, of: "members", to: "target").map(\.rule) == ["Out - Group"])

    // What was sent is told by names, too, and not by what the target knows objects by.
    let team = try #require(try world.reader.find("team").first { $0.connector == "target" })
    let sent = try world.reader.history(of: [team.id], limit: 50).filter { $0.type == .export }
    let members = sent.flatMap(\.changes).filter { $0.name == "members" }
    #expect(members.map(\.after) == [[.reference("bob")], [.reference("ann")]])

    // Who is gone is missing where he was a member, too.
    world.source.remove("g-bob")
    cycle = try await world.cycle()
    let counted = try synchronized(cycle, world)
    #expect(counted["Connectors with Flow Updates"] == 2)
    #expect(counted["Connectors without Flow Updates"] == nil)
    #expect(counted["Without Export Attribute Flow"] == nil)
    #expect(try flowed(cycle, world, of: "member").map(\.before) == [[.reference("bob")]])
    try expectStatisticsAddUp(world.reader)
  }

  @Test("All who are gone from a group are told, however many pages they take")
  func manyLost() async throws {
    let world = try World()
    world.batchSize = 1
    let names = (0..<14).map { "u\($0)" }
    for name in names { world.source.put(try world.user(name)) }
    world.source.put(try world.group("team", members: names))
    for _ in 0..<2 { try await world.cycle() }
    for name in names.dropFirst() { world.source.remove("g-" + name) }
    let cycle = try await world.cycle()
    let lost = try flowed(cycle, world, of: "member").flatMap(\.before).map(\.text).sorted()
    #expect(lost == names.dropFirst().sorted())
    #expect(try synchronized(cycle, world)["Connectors without Flow Updates"] == nil)
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

  @Test("A cycle that reads all where a delta can't be had tells no error")
  func noWatermarkInCycle() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    world.source.state.withLock { $0.identity = "another" }
    let cycle = try await world.cycle(.delta)
    #expect(cycle.steps[0].result == "no-start-full-import-required")
    let reader = try world.reader
    #expect(try reader.events(codes: [6801], text: "", before: nil, limit: 9).isEmpty)
    let told = try reader.events(codes: [6803], text: "full import", before: nil, limit: 9)
    #expect(told.count == 1 && told[0].message.contains("source ended with"), "\(told)")
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
