import Directory
import SyncStore
import Synchronization
import Testing

@Suite("The errors of a cycle")
struct CycleErrorTests {
  @Test("A cycle tells which errors are new, and how many are gone")
  func counts() async throws {
    let world = try World.of(users: 3)
    try world.stopSchedule()
    world.target.state.withLock { $0.refuseValue = "u0@contoso.test" }
    var cycle = try await world.cycle()
    let open = try #require(cycle.errors).open
    #expect(open > 0 && cycle.errors == CycleErrors(open: open, new: open, gone: 0))
    let first = cycle.id
    // What stands is no news.
    cycle = try await world.cycle()
    #expect(cycle.errors == CycleErrors(open: open, new: 0, gone: 0))
    #expect(try #require(try world.reader.cycle(id: first)).errors == nil)
    world.target.state.withLock { $0.refuseValue = nil }
    cycle = try await world.cycle()
    #expect(cycle.errors == CycleErrors(open: 0, new: 0, gone: open))
    #expect(try #require(try world.reader.status().lastCycle).errors == cycle.errors)
  }
}
