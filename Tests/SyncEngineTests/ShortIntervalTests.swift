import Directory
import Testing

@testable import SyncEngine
@testable import SyncStore

@Suite("Deletes that go out a few at a time count together, whoever has them go")
struct ShortIntervalTests {
  private func export(_ world: World, _ gone: Range<Int>, by person: String) async throws -> String
  {
    world.remove(gone)
    let id = try await world.engine().runCycle(.delta, requestedBy: person)
    let cycle = try #require(try world.reader.cycle(id: id))
    return try #require(cycle.steps.first { $0.type == .export }).result
  }

  private func world() async throws -> World {
    let world = try World.of(users: 12)
    world.limits["target"] = GuardLimits(exporting: [.deletes: GuardLimit(count: 3)])
    try world.stopSchedule()
    try await world.cycle()
    return world
  }

  private func setInterval(_ seconds: Int, in world: World) throws {
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { tx in
      var schedule = try tx.schedule()
      schedule.intervalSeconds = seconds
      try tx.set(schedule)
    }
    try store.close()
  }

  @Test("Those of somebody's timer are held once they are too many together")
  func timer() async throws {
    let world = try await world()
    for number in 0..<3 {
      #expect(try await export(world, number..<number + 1, by: "cron") == "success")
    }
    #expect(
      try await export(world, 3..<4, by: "cron") == "stopped-deletion-threshold-exceeded")
    #expect(world.outcome.count == 9)
  }

  @Test("A cycle of the schedule is one by itself, unless the next comes soon")
  func schedule() async throws {
    let world = try await world()
    for number in 0..<2 {
      #expect(
        try await export(world, 2 * number..<2 * number + 2, by: "schedule") == "success")
    }
    try setInterval(300, in: world)
    #expect(
      try await export(world, 4..<5, by: "schedule") == "stopped-deletion-threshold-exceeded")
    #expect(world.outcome.count == 8)
  }

  @Test("Where a directory was not asked for changes for long, all of it is read")
  func longAway() async throws {
    let world = try await world()
    let id = try #require(try world.reader.connectors().first).id
    func age(_ days: Double) throws {
      let store = try SyncStore.open(file: world.storeFile)
      try store.transaction { tx in
        let last = try #require(try tx.lastRead(id))
        try tx.set(
          "connector.\(id).last-read",
          String(last.adding(seconds: -days * 86_400).milliseconds))
      }
      try store.close()
    }
    func imports() async throws -> [StepType] {
      try await world.cycle().steps
        .filter { $0.connector == "source" }.map(\.type)
        .filter { [.deltaImport, .fullImport].contains($0) }
    }
    try age(29)
    #expect(try await imports() == [.deltaImport])
    // Also by a delta that told nothing new.
    try age(29)
    #expect(try await imports() == [.deltaImport])
    try age(31)
    let types = try await imports()
    #expect(types.prefix(2) == [.deltaImport, .fullImport])
    let refused = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 30).first {
        $0.result == "no-start-full-import-required"
      })
    #expect(
      try world.reader.stepMessage(step: refused.id).message.contains("may have forgotten"))
    #expect(try await imports() == [.deltaImport])
    // Of a moment that a clock noted which was ahead nobody knows how long ago it was.
    try age(-400)
    #expect(try await imports().prefix(2) == [.deltaImport, .fullImport])
    #expect(try await imports() == [.deltaImport])
  }
}
