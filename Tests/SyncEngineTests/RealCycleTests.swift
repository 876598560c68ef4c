import Directory
import Foundation
import SampleDirectory
import SyncStore
import Tenant
import Testing

@Suite("From LDIF through the rules to a SCIM tenant", .serialized)
struct RealCycleTests {
  @Test("A clean sample directory arrives whole, and the next cycle has nothing to do")
  func arrives() async throws {
    let world = try await RealWorld()
    let cycle = try await world.cycle()
    #expect(cycle.policy == .initial)
    #expect(cycle.steps.map(\.result) == cycle.steps.map { _ in "success" })
    let header = try world.reader.usersHeader()
    #expect(header.byState[.synced] == 120)
    #expect(header.lastDirectorySync != nil)
    let again = try await world.cycle()
    #expect(again.policy == .delta)
    #expect(again.steps.map { $0.adds + $0.updates + $0.deletes } == again.steps.map { _ in 0 })
    let full = try await world.cycle(.initial)
    #expect(full.steps.map { $0.adds + $0.updates + $0.deletes } == full.steps.map { _ in 0 })
    await world.end()
  }

  @Test("Change files arrive by delta cycles as a full calculation would have it")
  func deltaEqualsFull() async throws {
    let world = try await RealWorld()
    try await world.cycle()
    for number in 1...3 {
      _ = try SampleDirectory(
        {
          var parameters = SampleDirectory.Parameters()
          parameters.users = 120
          parameters.groups = 12
          parameters.contacts = 5
          parameters.withFaults = false
          return parameters
        }()
      ).writeChanges(
        to: world.folder.appending(path: "changes/\(number).ldif").path, number: number)
      let delta = try await world.cycle()
      #expect(delta.steps[0].type == .deltaImport)
      #expect(delta.steps[0].severity == .success)
      #expect(delta.steps[0].adds + delta.steps[0].updates + delta.steps[0].deletes > 0)
    }
    let full = try await world.cycle(.initial)
    #expect(full.steps.map { $0.adds + $0.updates + $0.deletes } == full.steps.map { _ in 0 })
    await world.end()
  }

  @Test("The deliberate faults give real errors at import, synchronization and export")
  func faults() async throws {
    let world = try await RealWorld(withFaults: true)
    let cycle = try await world.cycle()
    #expect(cycle.steps[0].result == "completed-discovery-errors")
    let errors = try world.reader.openErrors(connector: nil, after: nil, limit: 1000)
    let stages = Set(errors.map(\.stage))
    #expect(stages == [.discovery, .synchronization, .export])
    #expect(errors.allSatisfy { !$0.message.isEmpty && !$0.hint.isEmpty })
    // An address that another one has keeps nobody out.
    let shared = errors.filter {
      $0.type == SyncErrorType.attributeValueMustBeUnique.text
        && $0.attribute.hasSuffix(":proxyAddresses")
    }
    #expect(!shared.isEmpty)
    for error in shared {
      let object = try world.reader.object(id: try #require(error.objectID), valueLimit: 10)
      #expect(object?.anchor.isEmpty == false, "\(error.display)")
    }
    await world.end()
  }

  @Test("A wrong token ends every step at the tenant, and leaves nothing half-done")
  func wrongToken() async throws {
    let world = try await RealWorld()
    let cycle = try await world.cycle(token: "wrong")
    let steps = cycle.steps.filter { $0.connector == "tenant" && $0.type != .fullSynchronization }
    #expect(!steps.isEmpty && steps.allSatisfy { $0.result == "no-start-credentials" })
    #expect(try !world.reader.stepMessage(step: steps[0].id).hint.isEmpty)
    for step in steps {
      #expect(step.adds + step.updates + step.deletes == 0)
      let message = try world.reader.stepMessage(step: step.id)
      #expect(!message.message.contains("wrong") && !message.hint.contains("wrong"))
    }
    let good = try await world.cycle()
    #expect(
      good.reason == "Full Import of tenant, because connector tenant was never imported; "
        + "Full Synchronization of contoso.test, tenant, because the schema of tenant became known")
    #expect(good.steps.map(\.result) == good.steps.map { _ in "success" })
    try await expectSettled(world)
    await world.end()
  }

  @Test(
    "Bulk requests that break off, lost answers and throttling are made good by the next cycles")
  func tenantFaults() async throws {
    let world = try await RealWorld()
    try await world.cycle()
    let faults: [(inout TenantFaults.Knobs) -> Void] = [
      { $0.bulkStopAfter = 3 }, { $0.dropAfterWorkNext = 2 },
      {
        $0.throttleNext = 2
        $0.retryAfterSeconds = 0
      },
      { $0.unavailableNext = 1 }, { $0.serverErrorNext = 1 },
    ]
    for (index, fault) in faults.enumerated() {
      try world.changeSource(number: index + 1)
      var knobs = TenantFaults.Knobs()
      fault(&knobs)
      world.server.faults.knobs = knobs
      try await world.cycle()
      world.server.faults.reset()
    }
    try await expectSettled(world)
    await world.end()
  }

  @Test("A first export that the tenant breaks off is finished by the next cycle, nothing twice")
  func firstExportBroken() async throws {
    let world = try await RealWorld()
    world.server.faults.knobs.bulkStopAfter = 40
    try await world.cycle()
    world.server.faults.reset()
    await world.stopTenant()
    let down = try await world.cycle()
    let results = down.steps.filter { $0.connector == "tenant" }.map(\.result)
    #expect(results.contains("no-start-connection"))
    try await world.startTenant()
    try await expectSettled(world)
    #expect(try world.reader.usersHeader().byState == [.synced: 120])
    await world.end()
  }

  /// A few cycles bring what a full calculation would bring: it finds nothing left to do.
  private func expectSettled(_ world: RealWorld) async throws {
    for _ in 0..<3 where try await world.cycle().isQuiet { break }
    let full = try await world.cycle(.initial)
    #expect(full.isQuiet)
    #expect(full.steps.map(\.result) == full.steps.map { _ in "success" })
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 9).map(\.message) == [])
    #expect(try world.reader.usersHeader().byState[.pending] == nil)
    try expectStatisticsAddUp(world.reader)
  }
}
