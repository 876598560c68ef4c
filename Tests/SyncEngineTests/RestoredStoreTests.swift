import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("After a restore nothing old is sent before the sources were read")
struct RestoredStoreTests {
  @Test("While a source can't be read, the target keeps what it has")
  func unreadSource() async throws {
    let world = try World.of(users: 3)
    try world.stopSchedule()
    try await world.cycle()
    let (file, copy) = (world.storeFile, world.storeFile + ".copy")
    try DatabaseFile(file, holding: .store).backUp(to: copy)
    // Since the backup somebody has got another name.
    world.source.change("g-u1") { $0["displayName"] = ["New"] }
    try await world.cycle()
    _ = try DatabaseFile(file, holding: .store).restore(from: copy)
    let sent = world.target.operations.count

    world.source.state.withLock { $0.describeFailures = 99 }
    var cycle = try await world.cycle()
    for step in cycle.steps where step.type == .export || step.connector == "source" {
      #expect(step.result != "success", "\(step.connector) \(step.type)")
    }
    #expect(!cycle.steps.contains { $0.type == .export })
    let told = try world.reader.events(
      codes: [6803], text: "Nothing is exported", before: nil, limit: 9)
    #expect(told.count == 1 && told[0].message.contains("source was not read since"))
    _ = try world.reader.file(.run(connector: "target", .export), requestedBy: "ann")
    try await world.obeyAll()
    let export = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first)
    #expect(export.result == "no-start-full-import-required")
    #expect(try world.reader.stepMessage(step: export.id).message.contains("source was not read"))
    #expect(world.target.operations.count == sent)
    #expect(world.outcome["g-u1"]?["displayname"] == ["New"])

    world.source.state.withLock { $0.describeFailures = 0 }
    cycle = try await world.cycle()
    #expect(cycle.steps.allSatisfy { $0.result == "success" })
    #expect(world.outcome["g-u1"]?["displayname"] == ["New"])
    #expect(world.target.operations.count == sent)
    #expect(try await world.cycle().isQuiet)
  }
}
