import Directory
import SyncEngine
import Synchronization
import Testing

@testable import SyncStore

@Suite("A hold lasts as long as what is held, and a release lets go what was seen")
struct ReleaseTests {
  private func world(deletes: Int) async throws -> World {
    let world = try World.of(users: 14)
    world.limits["source"] = GuardLimits(importing: [.deletes: GuardLimit(count: deletes)])
    try world.stopSchedule()
    try await world.cycle()
    return world
  }

  /// The text of the first step's result.
  private func imported(_ world: World, _ policy: CyclePolicy = .delta) async throws -> String {
    try #require(try await world.cycle(policy).steps.first).result
  }

  // MARK: Imports

  @Test("What a person released of a full import excuses no delete that a delta tells")
  func fullForDelta() async throws {
    let world = try await world(deletes: 2)
    world.remove(0..<5)
    #expect(try await imported(world, .initial) == "stopped-deletion-limit")
    #expect(try await world.release(.importOf("source")).state == .finished)
    world.source.state.withLock { $0.errors = [.odd] }
    #expect(try await imported(world, .initial) == "completed-discovery-errors")
    world.source.state.withLock { $0.errors = [] }
    world.remove(5..<10)
    #expect(try await imported(world) == "stopped-deletion-limit")
    #expect(world.outcome.count == 14)
  }

  @Test("A delta that could not read all uses up what was released for it")
  func unreadDelta() async throws {
    let world = try await world(deletes: 2)
    world.remove(0..<4)
    #expect(try await imported(world) == "stopped-deletion-limit")
    #expect(try await world.release(.importOf("source")).state == .finished)
    world.source.state.withLock { $0.deltaErrors = [.odd] }
    #expect(try await imported(world) == "completed-discovery-errors")
    #expect(world.outcome.count == 10)
    world.source.state.withLock { $0.deltaErrors = [] }
    world.remove(4..<8)
    #expect(try await imported(world) == "stopped-deletion-limit")
  }

  @Test("What a delta is held for comes to what a full import is held for, and both are released")
  func deltaAfterFull() async throws {
    let world = try await world(deletes: 2)
    world.remove(0..<4)
    #expect(try await imported(world, .initial) == "stopped-deletion-limit")
    world.remove(4..<7)
    #expect(try await imported(world) == "stopped-deletion-limit")
    let hold = try #require(try world.reader.heldImports().first)
    #expect(hold.count == 7 && hold.message.contains("4 of its 14"))
    #expect(try await world.release(.importOf("source")).outcome.contains("up to 7 objects"))
    try await world.cycle()
    #expect(world.outcome.count == 7)
    #expect(try world.reader.heldImports() == [])
  }

  @Test("The same held again is held since the first time")
  func sameAgain() async throws {
    let world = try await world(deletes: 2)
    world.remove(0..<4)
    try await world.cycle(.initial)
    let first = try #require(try world.reader.heldImports().first)
    try await world.cycle(.initial)
    #expect(try world.reader.heldImports().map(\.since) == [first.since])
  }

  @Test("A release that waited while more was held is refused, and says how many it is now")
  func heldAnew() async throws {
    let world = try await world(deletes: 2)
    world.remove(0..<4)
    try await world.cycle(.initial)
    let id = try world.reader.file(.release(.importOf("source")), requestedBy: "ann")
    world.remove(4..<8)
    try await world.cycle(.initial)
    try await world.obeyAll()
    let status = try #require(try world.reader.command(id: id))
    #expect(status.state == .refused && status.outcome.contains("8 objects now"))
    try await world.cycle(.initial)
    #expect(world.outcome.count == 14)
  }

  @Test("Deletes of a delta that ended in its midst count with those of the next")
  func brokenDeltas() async throws {
    let world = try await world(deletes: 3)
    world.remove(0..<2)
    var options = StoreOptions()
    let file = world.storeFile
    options.onCommit = { moment in
      guard moment == .after, let reader = try? StoreReader(file: file),
        try reader.operations(OperationFilter(), before: nil, limit: 1).first?.deletes == 2
      else { return }
      throw World.Missing()
    }
    let store = try SyncStore.open(file: file, options: options)
    await #expect(throws: (any Error).self) {
      try await world.engine(store: store).runProfile(connector: "source", .deltaImport)
    }
    world.remove(2..<4)
    #expect(try await imported(world) == "stopped-deletion-limit")
    #expect(try world.reader.heldImports().map(\.count) == [4])
  }

  @Test("The import after a first one that ended in its midst is held for no adds")
  func brokenFirst() async throws {
    let world = try World.of(users: 6)
    world.limits["source"] = GuardLimits(importing: [.adds: GuardLimit(count: 2)])
    try world.stopSchedule()
    var options = StoreOptions()
    let file = world.storeFile
    options.onCommit = { moment in
      guard moment == .after, let reader = try? StoreReader(file: file),
        try reader.connectors().first?.objects == 6
      else { return }
      throw World.Missing()
    }
    let store = try SyncStore.open(file: file, options: options)
    await #expect(throws: (any Error).self) {
      try await world.engine(store: store).runProfile(connector: "source", .fullImport)
    }
    #expect(try await imported(world) == "success")
    #expect(world.outcome.count == 6)
  }

  @Test("A name that another object took is followed up though something else could not be read")
  func displaced() async throws {
    let world = try await world(deletes: 2)
    var other = try world.user("other")
    other.dn = try world.dn("u0", ou: "Staff")
    world.source.put(other)
    world.source.state.withLock { $0.deltaErrors = [.odd] }
    #expect(try await imported(world) == "completed-discovery-errors")
    world.source.state.withLock { $0.deltaErrors = [] }
    #expect(try await world.cycle().steps.first?.type == .fullImport)
  }

  @Test("What was exported comes back without being held; what others made there is counted")
  func ownExports() async throws {
    let world = try World.of(users: 5)
    world.limits["target"] = GuardLimits(importing: [.adds: GuardLimit(count: 3)])
    try world.stopSchedule()
    try await world.cycle()
    #expect(try await world.cycle().steps.allSatisfy { $0.result == "success" })
    #expect(try world.reader.heldImports() == [])
    for number in 0..<4 {
      world.target.put(
        DirectoryEntry(
          anchor: Anchor("x\(number)"), dn: try world.dn("x\(number)", ou: "There"),
          objectType: "user", attributes: ["userName": [.string("x\(number)")]]))
    }
    let steps = try await world.cycle().steps
    #expect(steps.contains { $0.result == "stopped-object-limit" })
    #expect(try world.reader.heldImports().map(\.count) == [4])
  }

  // MARK: Exports

  private func targets(updates: Int) async throws -> World {
    let world = try World.of(users: 4)
    world.limits["target"] = GuardLimits(exporting: [.updates: GuardLimit(count: updates)])
    try world.stopSchedule()
    try await world.cycle()
    return world
  }

  private func title(_ world: World, _ numbers: Range<Int>, _ title: String) {
    for number in numbers {
      world.source.change("g-u\(number)") { $0["title"] = [.string(title)] }
    }
  }

  @Test("New values are held though older ones of the same objects got no answer")
  func afterNoAnswer() async throws {
    let world = try await targets(updates: 2)
    title(world, 0..<2, "Boss")
    world.target.state.withLock { $0.dropRequests = 2 }
    try await world.cycle()
    title(world, 0..<3, "King")
    try await world.cycle()
    #expect(try world.reader.heldGroups().map(\.count) == [3])
    #expect(world.outcome.values.allSatisfy { $0["title"] == nil })
  }

  @Test("A release ends when there is nothing to send any more")
  func needless() async throws {
    let world = try await targets(updates: 1)
    title(world, 0..<2, "Boss")
    try await world.cycle()
    let group = try #require(try world.reader.heldGroups().first)
    let first = try #require(try world.reader.held(group: group.id, after: nil, limit: 1).first)
    #expect(try await world.release(.object(first.id)).state == .finished)
    let anchor = try #require(
      world.target.all.first { $0.attributes.text("displayName") == first.display }?.anchor)
    let sent = world.target.operations.count
    world.target.change(anchor.text) { $0["title"] = ["Boss"] }
    _ = try await world.engine().runProfile(connector: "target", .deltaImport)
    world.target.change(anchor.text) { $0["title"] = ["Other"] }
    try await world.cycle()
    #expect(world.target.operations.count == sent)
    #expect(try world.reader.heldGroups().map(\.count) == [2])
  }

  @Test("A release of a group leaves values that came after it was asked for")
  func laterValue() async throws {
    let world = try await targets(updates: 1)
    title(world, 0..<2, "Boss")
    try await world.cycle()
    let group = try #require(try world.reader.heldGroups().first)
    _ = try world.reader.file(.release(.group(group.id)), requestedBy: "ann")
    title(world, 0..<1, "King")
    try await world.cycle()
    try await world.obeyAll()
    try await world.cycle()
    #expect(world.outcome["g-u1"]?["title"] == ["Boss"])
    #expect(world.outcome["g-u0"]?["title"] == nil)
  }

  @Test(
    "A group is released as it was when a person looked at it, whatever came before they agreed")
  func grownGroup() async throws {
    let world = try await targets(updates: 1)
    title(world, 0..<2, "Boss")
    try await world.cycle()
    let seen = try #require(try world.reader.heldGroups().first)
    title(world, 2..<4, "Boss")
    try await world.cycle()
    #expect(try world.reader.heldGroups().map(\.count) == [4])
    let status = try await world.release(.group(seen.id, until: seen.latest))
    #expect(status.outcome.contains("2 changes of target"))
    try await world.cycle()
    #expect(world.outcome.values.count { $0["title"] == ["Boss"] } == 2)
    #expect(try world.reader.heldGroups().map(\.count) == [2])
  }

  @Test("Who released an update has not released the delete that it became")
  func otherKind() async throws {
    let world = try await targets(updates: 1)
    world.limits["target"]?.exporting[.deletes] = GuardLimit(count: 0)
    title(world, 0..<2, "Boss")
    try await world.cycle()
    let group = try #require(try world.reader.heldGroups().first)
    let held = try #require(try world.reader.held(group: group.id, after: nil, limit: 1).first)
    let gone = try #require(
      world.target.all.first { $0.attributes.text("displayName") == held.display })
    world.remove(held.display == "u0" ? 0..<1 : 1..<2)
    try await world.cycle()
    let deletes = try #require(try world.reader.heldGroups().first { $0.kind == .deletes })
    #expect(try await world.release(.object(held.id, kind: .updates)).state == .refused)
    #expect(
      try await world.release(.group(group.id, until: deletes.latest)).outcome.contains("1 change"))
    try await world.cycle()
    #expect(world.target.all.contains { $0.anchor == gone.anchor })
    #expect(try await world.release(.object(held.id, kind: .deletes)).state == .finished)
    try await world.cycle()
    #expect(!world.target.all.contains { $0.anchor == gone.anchor })
  }

  @Test("An object's change that took the place of the one that was seen is not released with it")
  func otherChange() async throws {
    let world = try await targets(updates: 1)
    title(world, 0..<2, "Boss")
    try await world.cycle()
    let group = try #require(try world.reader.heldGroups().first)
    let held = try #require(try world.reader.held(group: group.id, after: nil, limit: 1).first)
    let since = try #require(held.heldSince)
    title(world, 0..<2, "King")
    try await world.cycle()
    let command = HeldReference.object(held.id, kind: .updates, until: since)
    #expect(try await world.release(command).state == .refused)
    let now = try #require(try world.reader.held(group: group.id, after: nil, limit: 1).first)
    let outcome = try await world.release(
      .object(held.id, kind: .updates, until: now.heldSince)
    ).outcome
    #expect(outcome.contains("update of "))
  }

  @Test("What was seen is released though the clock was set back since")
  func clockBack() async throws {
    let world = try await targets(updates: 1)
    title(world, 0..<2, "Boss")
    try await world.cycle()
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { tx in
      try tx.execute("UPDATE export_cause SET time = time + 3600000")
    }
    try store.close()
    let group = try #require(try world.reader.heldGroups().first)
    let status = try await world.release(.group(group.id, until: group.latest))
    #expect(status.outcome.contains("2 changes of target"))
  }

  @Test("Deletes that a clock held that was ahead are released; where none is held that is told")
  func deletesOfClockAhead() async throws {
    let world = try await targets(updates: 9)
    world.limits["target"]?.exporting[.deletes] = GuardLimit(count: 0)
    world.remove(0..<3)
    try await world.cycle()
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { tx in
      try tx.execute("UPDATE export_cause SET time = time + 31536000000")
    }
    try store.close()
    let group = try #require(try world.reader.heldGroups().first)
    let held = try #require(try world.reader.held(group: group.id, after: nil, limit: 1).first)
    #expect(try await world.release(.object(held.id)).state == .finished)
    func release() async throws -> CommandStatus {
      let id = try world.reader.file(.releaseDeletes(connector: "target"), requestedBy: "ann")
      try await world.obeyAll()
      return try #require(try world.reader.command(id: id))
    }
    #expect(try await release().outcome == "2 deletes of target go out with its next export")
    let again = try await release()
    #expect(again.state == .refused && again.outcome.contains("No delete of target is held"))
    try await world.cycle()
    #expect(world.outcome.count == 1)
  }

  @Test("An import is not believed for what it came to be held for after a person had looked")
  func grownImport() async throws {
    let world = try await world(deletes: 2)
    world.remove(0..<3)
    _ = try await imported(world)
    let seen = try #require(try world.reader.heldImports().first)
    world.remove(3..<6)
    _ = try await imported(world)
    let status = try await world.release(.importOf("source", until: seen.since))
    #expect(status.state == .refused)
    #expect(status.outcome.contains("held after you looked at it"))
    let now = try world.reader.heldImports().map(\.since).max()
    #expect(try await world.release(.importOf("source", until: now)).state == .finished)
  }

  @Test("A member that came after a release of the group's change waits for another one")
  func laterMember() async throws {
    let world = try await targets(updates: 0)
    world.source.put(try world.group("team", members: []))
    try await world.cycle()
    world.source.put(try world.group("team", members: ["u0"]))
    try await world.cycle()
    let group = try #require(try world.reader.heldGroups().first)
    let held = try #require(try world.reader.held(group: group.id, after: nil, limit: 1).first)
    #expect(try await world.release(.object(held.id)).state == .finished)
    world.source.put(try world.group("team", members: ["u0", "u1"]))
    try await world.cycle()
    #expect(world.outcome["g-team"]?["members"] ?? [] == [])
    #expect(try world.reader.heldGroups().map(\.count) == [1])
  }
}
