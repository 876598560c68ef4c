import Directory
import Foundation
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("A rehearsal does a whole cycle's work, and nothing of it is sent or kept")
struct RehearsalTests {
  private func rehearse(_ world: World, _ policy: CyclePolicy = .delta) async throws -> CycleSummary
  {
    let id = try await world.engine().rehearse(policy)
    return try #require(try world.reader.cycle(id: id))
  }

  private func leftovers(_ world: World) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: world.folder.path)
      .filter { $0.contains("rehearsal") }
  }

  @Test("It shows what the cycle would do, and the cycle then does just that")
  func agrees() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["title": ["Engineer"]]))
    world.source.put(try world.group("team", members: ["ann"]))
    let rehearsed = try await rehearse(world)
    #expect(rehearsed.isRehearsal && rehearsed.policy == .initial)
    #expect(
      rehearsed.steps.map(\.type) == [
        .fullImport, .fullImport, .fullSynchronization, .fullSynchronization, .export,
      ])
    #expect(rehearsed.steps.allSatisfy { $0.isRehearsal && $0.result == "success" })
    #expect(rehearsed.steps.last?.adds == 2)
    #expect(world.target.operations.isEmpty)
    #expect(try world.reader.connectors().map(\.objects) == [0, 0])
    let done = try await world.cycle()
    #expect(!done.isRehearsal)
    let shared = done.steps.prefix(5)
    #expect(shared.map(\.adds) == rehearsed.steps.map(\.adds))
    let comparison = try world.reader.comparison(
      of: rehearsed.steps.map(\.id), with: shared.map(\.id))
    #expect(comparison.same > 0)
    #expect(comparison.differences.isEmpty, "\(comparison.differences)")
  }

  @Test("Its changes are browsed like those of any run, with what they would bring")
  func browsed() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    let rehearsed = try await rehearse(world)
    let export = try #require(rehearsed.steps.last)
    let counter = try #require(try world.reader.counters(step: export.id).first)
    #expect(counter.name == "export-update" && counter.count == 1)
    let change = try #require(
      try world.reader.changes(
        step: export.id, group: .export, counter: "export-update", after: nil, limit: 9
      ).first)
    let delta = try #require(try world.reader.deltas(change: change.id).first)
    #expect(delta.name == "title" && delta.after == ["Boss"])
  }

  @Test("What it holds back is told of as nothing that was sent")
  func held() async throws {
    let world = try World.of(users: 4)
    world.limits["target"] = GuardLimits(exporting: [.deletes: GuardLimit(count: 0)])
    try await world.cycle()
    world.remove(0..<1)
    let rehearsed = try #require(try await rehearse(world).steps.last)
    #expect(rehearsed.result == "stopped-deletion-threshold-exceeded")
    let words = try world.reader.stepMessage(step: rehearsed.id).message
    #expect(words.hasSuffix("what else is not held would be sent"), "\(words)")
    let meant = try #require(try await world.cycle().steps.first { $0.type == .export })
    #expect(
      try world.reader.stepMessage(step: meant.id).message.hasSuffix(
        "what else is not held was sent"))
  }

  @Test("It is no last cycle, no last run, and its errors are nobody's open errors")
  func apart() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    let first = try await world.cycle()
    let steps = try world.reader.connectors().map { $0.lastSteps.map(\.id) }
    world.source.state.withLock { state in
      state.errors = [
        DiscoveryError(.parseError, dn: "CN=x", location: "a:3", message: "broken", hint: "mend")
      ]
    }
    let rehearsed = try await rehearse(world, .initial)
    #expect(rehearsed.steps[0].result == "completed-discovery-errors")
    #expect(try world.reader.errors(step: rehearsed.steps[0].id, after: nil, limit: 9).count == 1)
    let status = try world.reader.status()
    #expect(status.lastCycle?.id == first.id && status.openErrors == 0)
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 9).isEmpty)
    #expect(try world.reader.connectors().map { $0.lastSteps.map(\.id) } == steps)
  }

  @Test("It is of the cycle that comes next, and leaves the wish for that one")
  func nextPolicy() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { tx in
      var schedule = try tx.schedule()
      schedule.nextPolicy = .initial
      try tx.set(schedule)
    }
    try store.close()
    #expect(try await rehearse(world).policy == .initial)
    #expect(try world.reader.status().nextPolicy == .initial)
    #expect(try await world.cycle().policy == .initial)
  }

  @Test("It moves no watermark: the cycle after it finds everything as before")
  func watermark() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    world.source.put(try world.user("bob"))
    for _ in 0..<3 { #expect(try await rehearse(world).steps[0].adds == 1) }
    try await world.cycle()
    #expect(world.outcome.keys.sorted() == ["g-ann", "g-bob"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("An object that only the rehearsal made does not lend its number to a real one")
  func numbers() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    world.source.put(try world.user("bob"))
    let rehearsed = try await rehearse(world)
    let added = try #require(
      try world.reader.changes(
        step: rehearsed.steps[0].id, group: .staging, counter: "stage-add", after: nil, limit: 9
      ).first)
    #expect(added.objectID < 0)
    world.source.remove("g-bob")
    world.source.put(try world.user("eve"))
    try await world.cycle()
    let eve = try #require(try world.reader.find("eve").first)
    let detail = try #require(try world.reader.object(id: eve.id, valueLimit: 5))
    #expect(!detail.history.contains { $0.changes.contains { $0.after == [.string("bob")] } })
  }

  @Test("It needs room for its copy, and leaves none behind", arguments: [true, false])
  func leavesNothing(crashed: Bool) async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    if crashed {
      // What an engine leaves that is killed in the middle of a rehearsal.
      let store = try SyncStore.open(file: world.storeFile)
      let copy = try store.copy()
      #expect(try leftovers(world).contains("store.sqlite.rehearsal"))
      try copy.close()
      _ = try world.engine()
    } else {
      let folder = world.folder
      let seen = Mutex<[String]>([])
      world.source.state.withLock { state in
        state.onBatch = {
          let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
          seen.withLock { $0 += names.filter { $0.contains("rehearsal") } }
        }
      }
      _ = try await rehearse(world)
      #expect(seen.withLock { $0.contains("store.sqlite.rehearsal") })
    }
    #expect(try leftovers(world) == [])
  }

  @Test("A stop that is asked for ends a rehearsal, too")
  func stopped() async throws {
    let world = try World()
    for number in 0..<30 { world.source.put(try world.user("u\(number)")) }
    _ = try world.engine()
    let file = world.storeFile
    world.source.state.withLock { state in
      state.onBatch = { _ = try? StoreReader(file: file).file(.stop, requestedBy: "ann") }
    }
    let rehearsed = try await rehearse(world)
    #expect(rehearsed.steps.map(\.result) == ["stopped-user-termination-from-wmi-or-ui"])
    #expect(rehearsed.ended != nil)
    #expect(try leftovers(world) == [])
  }

  @Test("A face asks for it by a command, and the guards show what they would hold")
  func command() async throws {
    let world = try World()
    world.limits["target"] = GuardLimits(exporting: [.deletes: GuardLimit(count: 1)])
    for number in 0..<5 { world.source.put(try world.user("u\(number)")) }
    try await world.cycle()
    for number in 0..<3 { world.source.remove("g-u\(number)") }
    let id = try world.reader.file(.rehearse(.delta), requestedBy: "ann")
    try await world.obeyAll()
    let number = try #require(try world.reader.command(id: id)?.cycleID)
    let cycle = try #require(try world.reader.cycle(id: number))
    #expect(cycle.isRehearsal && cycle.requestedBy == "ann")
    #expect(cycle.steps.last?.result == "stopped-deletion-threshold-exceeded")
    #expect(try world.reader.status().heldDeletes == 0 && world.outcome.count == 5)
  }

  @Test("In staging mode a rehearsal shows what an export would send")
  func staging() async throws {
    let world = try World()
    world.isStaging = true
    world.source.put(try world.user("ann"))
    try await world.cycle()
    #expect(try await rehearse(world).steps.last?.adds == 1)
    #expect(world.target.operations.isEmpty)
  }

  @Test("What can't be sent at all is an error of the rehearsal, too, and holds up nobody else")
  func refusals() async throws {
    let world = try World()
    world.target.state.withLock { $0.unwritable = "title" }
    world.source.put(try world.user("ann", ["title": ["Engineer"]]))
    world.source.put(try world.user("bob"))
    let step = try #require(try await rehearse(world).steps.last)
    #expect(step.type == .export && step.result == "completed-export-errors")
    #expect(step.adds == 1 && step.errors == 1)
    #expect(try world.reader.status().openErrors == 0)
    #expect(world.target.operations.isEmpty)
  }

  @Test("A connector for rehearsals has nothing to write with: what it is sent goes nowhere")
  func cannotWrite() async throws {
    let directory = MemoryDirectory(
      DirectorySchema(attributes: [:], objectTypes: ["user"]), writable: true)
    let connector = ReadOnlyConnector(directory.readOnly)
    let anchor = Anchor("id-1")
    directory.put(
      DirectoryEntry(
        anchor: anchor, dn: try DistinguishedName("CN=a"), objectType: "user",
        attributes: ["displayName": ["a"]]))
    let dn = try DistinguishedName("CN=b")
    let operations = [
      ExportOperation(
        id: 1, kind: .add(["displayName": ["b"]]), objectType: "user", anchor: nil, dn: dn),
      ExportOperation(
        id: 2, kind: .modify([AttributeChange("displayName", .replace(["c"]))]),
        objectType: "user", anchor: anchor, dn: dn),
      ExportOperation(id: 3, kind: .delete, objectType: "user", anchor: anchor, dn: dn),
    ]
    for outcome in try await connector.export(operations) {
      guard case .done = outcome else {
        Issue.record("\(outcome)")
        continue
      }
    }
    #expect(directory.operations.isEmpty)
    #expect(directory.all.map { $0.attributes.text("displayName") } == ["a"])
    // Nothing that it holds is more than a reader of the directory.
    let parts = Mirror(reflecting: connector).children.map { type(of: $0.value) }
    #expect(parts.count == 1)
  }

  @Test("Two runs are compared object by object, also one that has another name since")
  func renamed() async throws {
    let world = try World()
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    func steps(_ cycle: CycleSummary) -> [Int64] {
      cycle.steps.filter { $0.type == .fullImport && $0.connector == "source" }.map(\.id)
    }
    let first = steps(try await world.cycle(.initial))
    world.source.rename("g-ann", to: try world.dn("ann", ou: "Office"))
    world.source.rename("g-bob", to: try world.dn("robert", ou: "Office"))
    let second = steps(try await world.cycle(.initial))
    let comparison = try world.reader.comparison(of: first, with: second)
    #expect(comparison.differences.count == 2)
    #expect(comparison.differences.allSatisfy { $0.first == "stage-add" })
    #expect(comparison.differences.allSatisfy { $0.second == "stage-rename" })
  }
}
