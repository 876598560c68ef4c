import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("The past of an object, and how it ends")
struct PastTests {
  private let upn = "ann@contoso.test"

  @Test("A person who is gone is found by the user principal name, with all that happened")
  func gone() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["title": ["Clerk"]]))
    try await world.cycle()
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    try await world.cycle()
    world.source.remove("g-ann")
    for _ in 0..<2 { try await world.cycle() }
    let reader = try world.reader
    #expect(try reader.find(upn) == [])
    let past = try reader.findPast(upn)
    #expect(past.map(\.connector) == ["source", "target"] && past.allSatisfy(\.isGone))
    let metaverse = try #require(past.first?.metaverseID)
    #expect(try reader.linkedEver(to: metaverse).map(\.id) == past.map(\.id))
    let history = try reader.history(of: past.map(\.id), limit: 100)
    let counters = history.map(\.counter)
    for counter in [
      "export-delete", "provisioned-disconnect", "connector-delete-remove-mv", "stage-delete",
      "export-update", "stage-update", "export-add", "provisioned-add-flow",
      "disconnector-projected-flow", "stage-add",
    ] {
      #expect(counters.contains(counter), "\(counter)")
    }
    #expect(history.map(\.stepID) == history.map(\.stepID).sorted(by: >))
    let update = try #require(
      history.first { $0.counter == "stage-update" && $0.space == "source" })
    #expect(update.changes == [AttributeDelta(name: "title", before: ["Clerk"], after: ["Boss"])])
  }

  @Test("A name that a person had before finds the person who has another now")
  func formerName() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    world.source.change("g-ann") { $0["upn"] = ["lee@contoso.test"] }
    try await world.cycle()
    #expect(try world.reader.find(upn) == [])
    #expect(try world.reader.findPast(upn).map(\.connector).sorted() == ["source", "target"])
    #expect(try world.reader.findPast(upn).allSatisfy { !$0.isGone })
  }

  @Test("A cycle purges what is too old and leaves the last steps; nothing is exported for that")
  func purging() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    for _ in 0..<3 { try await world.cycle() }
    let before = try world.reader.operationCount(OperationFilter())
    try world.reader.change(ScheduleChange(purgeAgeSeconds: 0), requestedBy: "test")
    // A clock that never shows the same time twice: what ended has ended before the purge.
    let start = Timestamp.now.milliseconds
    let ticks = Atomic(0)
    let clock = Timestamp.Clock {
      Timestamp(milliseconds: start + Int64(ticks.add(1, ordering: .relaxed).newValue))
    }
    var after: [OperationRow] = []
    try await Timestamp.$clock.withValue(clock) {
      // A cycle's purge has a second, which a busy machine may spend on others.
      for _ in 0..<10 where after.isEmpty || !after.allSatisfy(\.isThinned) {
        _ = try await world.cycle()
        after = try world.reader.operations(OperationFilter(), before: nil, limit: 100)
      }
    }
    #expect(after.count < before && after.allSatisfy(\.isThinned))
    #expect(Set(after.map { "\($0.connector) \($0.type)" }).count == after.count)
    #expect(try await world.cycle().isQuiet)
    #expect(world.outcome.keys.sorted() == ["g-ann"])
  }

  @Test("A clock that is far ahead when the engine starts costs no history")
  func clockAhead() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    for _ in 0..<3 { try await world.cycle() }
    let before = try world.reader.operationCount(OperationFilter())
    let start = Timestamp.now.adding(seconds: 100 * 86_400).milliseconds
    let ticks = Atomic(0)
    let clock = Timestamp.Clock {
      Timestamp(milliseconds: start + Int64(ticks.add(1, ordering: .relaxed).newValue))
    }
    try await Timestamp.$clock.withValue(clock) { _ = try await world.cycle() }
    let after = try world.reader.operations(OperationFilter(), before: nil, limit: 100)
    #expect(after.count > before && !after.contains(where: \.isThinned))
  }

  @Test("An engine without work purges, and a person may ask for it")
  func byCommand() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    for _ in 0..<3 { try await world.cycle() }
    let command = try world.reader.file(
      .purge(before: Timestamp.now.adding(seconds: 60)), requestedBy: "ann")
    try await world.obeyAll()
    let status = try #require(try world.reader.command(id: command))
    #expect(status.state == .finished && status.outcome.hasPrefix("Purged "))
    #expect(
      try world.reader.operations(OperationFilter(), before: nil, limit: 100)
        .allSatisfy(\.isThinned))
    #expect(
      try world.reader.events(codes: [904], text: "asked for by ann", before: nil, limit: 9).count
        == 1)
  }
}
