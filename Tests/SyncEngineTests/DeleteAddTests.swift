import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("An object that is deleted and added again under its name")
struct DeleteAddTests {
  private func counters(_ world: World, _ step: OperationRow) throws -> [String: Int] {
    Dictionary(
      try world.reader.counters(step: step.id).map { ($0.name, $0.count) }, uniquingKeysWith: +)
  }

  private func step(_ cycle: CycleSummary, _ type: StepType, _ connector: String) throws
    -> OperationRow
  {
    try #require(cycle.steps.first { $0.type == type && $0.connector == connector })
  }

  private func successor(_ world: World, _ name: String) throws -> DirectoryEntry {
    var entry = try world.user(name, ["employeeNumber": [.string("g2-" + name)]])
    entry.anchor = Anchor("g2-" + name)
    return entry
  }

  @Test("A successor under the same name is told as a delete-add, and is a person of its own")
  func successor() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.source.put(try world.group("staff", members: ["ann"]))
    try await world.cycle()
    world.source.remove("g-ann")
    world.source.put(try successor(world, "ann"))
    world.source.put(try world.group("staff", members: ["ann"]))
    let cycle = try await world.cycle()
    let imported = try counters(world, try step(cycle, .deltaImport, "source"))
    #expect(imported["stage-delete-add"] == 1)
    #expect(imported["stage-delete"] == nil && imported["stage-add"] == nil)
    let synchronized = try counters(world, try step(cycle, .deltaSynchronization, "source"))
    #expect(synchronized["connector-delete-add-processed"] == 1)
    #expect(synchronized["connector-delete-remove-mv"] == 1)
    #expect(synchronized["disconnector-projected-flow"] == 1)
    #expect(world.outcome.keys.sorted() == ["g-staff", "g2-ann"])
    #expect(world.outcome["g-staff"]?["members"] == ["g2-ann"])
    #expect(
      world.target.operations.suffix(3).sorted() == [
        "add g2-ann", "delete g-ann", "modify g-staff",
      ])
    #expect(try await world.cycle().isQuiet)
    try expectStatisticsAddUp(try world.reader)
  }

  /// An object that becomes one of another type has the same name in the target.
  private func becomesGroup(_ world: World) throws {
    world.source.remove("g-ann")
    world.source.put(
      DirectoryEntry(
        anchor: Anchor("g2-ann"), dn: try world.dn("ann", ou: "Staff"), objectType: "group",
        attributes: ["employeeNumber": ["g-ann"], "displayName": ["Ann's"]]))
  }

  @Test("Made in the place of another at the target, it goes out with the delete as one delete-add")
  func atTheTarget() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob"))
    try await world.cycle()
    try becomesGroup(world)
    let cycle = try await world.cycle()
    let out = try counters(world, try step(cycle, .deltaSynchronization, "source"))
    #expect(out["provisioned-delete-add-flow"] == 1 && out["provisioned-add-flow"] == nil)
    let export = try step(cycle, .export, "target")
    let sent = try counters(world, export)
    #expect(sent == ["export-delete-add": 1])
    let change = try #require(
      try world.reader.changes(
        step: export.id, group: .export, counter: "export-delete-add", after: nil, limit: 9
      ).first)
    let deltas = try world.reader.deltas(change: change.id)
    #expect(
      deltas.contains { $0.name == "displayName" && $0.before == ["ann"] && $0.after == ["Ann's"] })
    #expect(deltas.contains { $0.name == "userName" && $0.after.isEmpty })
    #expect(world.outcome["g-ann"]?["displayname"] == ["Ann's"])
    #expect(export.adds == 1 && export.deletes == 1)
    #expect(try await world.cycle().isQuiet)
    try expectStatisticsAddUp(try world.reader)
  }

  @Test("While the delete is held, what comes in its place waits with it, and is no error")
  func held() async throws {
    let world = try World()
    world.limits["target"] = GuardLimits(exporting: [.deletes: GuardLimit(count: 0)])
    world.source.put(try world.user("ann"))
    try await world.cycle()
    try becomesGroup(world)
    let cycle = try await world.cycle()
    #expect(try step(cycle, .export, "target").result == "stopped-deletion-threshold-exceeded")
    #expect(world.target.operations == ["add g-ann"])
    let waiting = try world.reader.objects(
      connector: "target", scope: .pendingExport, text: "", after: nil, limit: 9)
    #expect(waiting.map(\.pendingExport) == ["delete", "delete-add"])
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 9).isEmpty)
    let group = try #require(try world.reader.heldGroups().first)
    _ = try world.reader.file(.release(.group(group.id)), requestedBy: "ann")
    try await world.obeyAll()
    try await world.cycle()
    #expect(world.target.operations == ["add g-ann", "delete g-ann", "add g-ann"])
    #expect(world.target.all.map(\.objectType) == ["group"])
  }

  @Test("A delta that tells of a successor and not of who was there is no success")
  func transient() async throws {
    let world = try World()
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    try await world.cycle()
    world.source.state.withLock { state in
      state.objects[Anchor("g-ann")] = nil
      state.order.removeAll { $0 == Anchor("g-ann") }
    }
    world.source.put(try successor(world, "ann"))
    let cycle = try await world.cycle()
    let first = try step(cycle, .deltaImport, "source")
    #expect(first.result == "completed-transient-objects" && first.severity == .warning)
    #expect(
      try world.reader.stepMessage(step: first.id).message.contains("CN=ann,OU=Staff"))
    // The next cycle reads everything, and finds that the first is gone.
    let next = try await world.cycle()
    #expect(next.steps[0].type == .fullImport && next.steps[0].result == "success")
    #expect(world.outcome.keys.sorted() == ["g-bob", "g2-ann"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("A second object of one name in a full import is told when it comes")
  func twoOfAName() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    world.source.put(try successor(world, "ann"))
    let cycle = try await world.cycle(.initial)
    #expect(cycle.steps[0].result == "completed-transient-objects")
    #expect(world.outcome.count == 2)
  }
}
