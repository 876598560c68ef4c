import Foundation
import SyncEngine
import SyncStore
import Testing

@Suite("A workspace that was moved or copied while its engine works")
struct MovedWorkspaceTests {
  @Test("The engine is known by the lock beside the store, wherever that is now")
  func lock() throws {
    let world = try World.of(users: 1)
    let engine = try world.engine()
    let lease = try EngineLease.take(ofStore: world.storeFile)
    defer { withExtendedLifetime((engine, lease)) {} }
    func state(in folder: URL) throws -> EngineStatus.State {
      try StoreReader(file: folder.appending(path: "store.sqlite").path).status().state
    }
    #expect(try state(in: world.folder) == .idle)
    let files = FileManager.default
    let other = world.folder.appendingPathExtension("other")
    defer { try? files.removeItem(at: other) }
    try files.copyItem(at: world.folder, to: other)
    // The one that works is that of the original.
    #expect(try state(in: other) == .absent)
    try files.removeItem(at: other)
    try files.moveItem(at: world.folder, to: other)
    #expect(try state(in: other) == .idle)
  }
}
