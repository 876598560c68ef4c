import Directory
import Synchronization
import Testing

@testable import SyncEngine

@Suite("How a service bears the work is told while a step goes on")
struct StepWatchTests {
  /// A directory whose service has asked for patience since it was looked at first.
  private final class Busy: Connector {
    let asked = Atomic(0)
    let capabilities = ConnectorCapabilities(deltaImport: false, export: false)

    var load: ServiceLoad? {
      let wishes = asked.add(1, ordering: .relaxed).oldValue
      return ServiceLoad(waitsUntil: Timestamp.now.adding(seconds: 3600), wishes: wishes)
    }

    func describe() async throws -> DirectoryDescription { throw CancellationError() }
    func openImport(_ request: ImportRequest) async throws -> any ImportReader {
      throw CancellationError()
    }
    func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] { [] }
    func check() async -> [ConnectionFinding] { [] }
  }

  private struct Broken: Error {}

  @Test("and never of one that has ended", arguments: [false, true])
  func ended(fails: Bool) async throws {
    let world = try World()
    let engine = try world.engine()
    for _ in 0..<50 {
      let busy = Busy()
      let watch = StepWatch(
        connector: busy, store: engine.store, step: 1, stop: engine.stopSignal)
      if fails {
        await #expect(throws: Broken.self) { try await watch.during { throw Broken() } }
      } else {
        #expect(try await watch.during { 7 } == 7)
      }
      for _ in 0..<20 { await Task.yield() }
      #expect(busy.asked.load(ordering: .relaxed) == 1)
    }
  }
}
