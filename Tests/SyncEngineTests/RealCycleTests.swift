import Directory
import Foundation
import SampleDirectory
import SyncStore
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
    for error in errors { print(error.stage, error.type, error.dn, error.attribute, error.message) }
    await world.end()
  }
}
