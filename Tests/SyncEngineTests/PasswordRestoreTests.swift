import Directory
import PasswordSync
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("After a restore no password is sent by what was known then")
struct PasswordRestoreTests {
  private let world: PasswordWorld

  init() throws { world = try PasswordWorld() }

  /// Ann has a password; the store is one from before somebody took her out of scope.
  private func restored() async throws {
    try world.addUser("ann")
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    let copy = world.world.storeFile + ".copy"
    try DatabaseFile(world.world.storeFile, holding: .store).backUp(to: copy)
    try world.offline { file in
      _ = try DatabaseFile(file, holding: .store).restore(from: copy)
    }
    world.wait(60)
    world.source.set("new", of: "ann", at: world.now)
  }

  @Test("None goes before a directory synchronization has ended, and then what changed goes alone")
  func waits() async throws {
    try await restored()
    for _ in 1...2 {
      guard case .refused = try await world.turn() else {
        Issue.record("not refused")
        return
      }
    }
    #expect(try world.state.state == .paused && world.events(613).count > 0)
    #expect(try world.takes("ann-secret", of: "ann"))
    try await world.cycle()
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("new", of: "ann"))
    #expect(try world.events(617).count == 1)
  }

  @Test("While one source can't be read none goes, also where that is not the one of the passwords")
  func otherSource() async throws {
    try await restored()
    let other = try world.store.transaction { tx in
      let id = try tx.register(name: "people", type: "t", isSource: true, fingerprint: "1")
      try tx.fullImportDone(id)
      try tx.noteRestored(id)
      for name in ["source", "target"] {
        guard let id = try tx.connectorID(name) else { continue }
        try tx.fullImportDone(id)
        try tx.fullSyncDone(id)
      }
      return id
    }
    let (source, target) = try world.store.look { tx in
      (try tx.connectorID("source") ?? 0, try tx.connectorID("target") ?? 0)
    }
    func isComplete() throws -> Bool {
      try world.store.look { try $0.hasCompletedDirectorySync(source: source, target: target) }
    }
    #expect(try !isComplete())
    try world.store.transaction { try $0.fullImportDone(other) }
    #expect(try isComplete())
  }
}
