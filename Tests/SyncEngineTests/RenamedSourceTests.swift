import Directory
import Foundation
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("A source that gets another name, or makes room for another")
struct RenamedSourceTests {
  private func world() async throws -> TwoSources {
    let world = try TwoSources()
    for number in 1...4 {
      world.personnel.put(try world.employee("\(number)", title: "Clerk"))
      world.directory.put(try world.account("\(number)", phone: "1\(number)"))
    }
    try await world.cycle()
    world.personnelName = "staff"
    return world
  }

  private func isThere(_ world: TwoSources) -> Bool {
    (1...4).allSatisfy { world.outcome("\($0)")?.text("title") == "Clerk" }
  }

  private func refusals(_ world: TwoSources, _ cycle: CycleSummary) throws -> [String] {
    try cycle.steps.filter { $0.type == .fullSynchronization }.map {
      #expect($0.result == "stopped-object-limit")
      return try world.reader.stepMessage(step: $0.id).message
    }
  }

  @Test("As long as it can't be read nobody is deleted; once it was read, all are its people")
  func cannotBeRead() async throws {
    let world = try await world()
    world.personnel.state.withLock { $0.describeFailures = 100 }
    for _ in 0..<2 {
      let told = try refusals(world, try await world.cycle())
      #expect(told.count == 3)
      for message in told {
        #expect(message.contains("personnel is not in lockstep.toml any more"))
        #expect(message.contains("connector staff was never imported"))
      }
      #expect(isThere(world))
    }
    world.personnel.state.withLock { $0.describeFailures = 0 }
    #expect(try await world.cycle().steps.allSatisfy { $0.result == "success" })
    #expect(isThere(world))
    #expect(!world.target.operations.contains { $0.hasPrefix("delete") })
  }

  @Test("Nobody is deleted whom it could not read under the new name, or not synchronize")
  func someUnread() async throws {
    let world = try await world()
    let two = try world.employee("2", title: "Clerk")
    world.personnel.remove(two.anchor.text)
    world.personnel.state.withLock { $0.errors = [.odd] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(isThere(world))
    #expect(!world.target.operations.contains { $0.hasPrefix("delete") })
    world.personnel.state.withLock { $0.errors = [] }
    world.personnel.put(two)
    for _ in 0..<2 { try await world.cycle(.initial) }
    #expect(isThere(world))
    #expect(!world.target.operations.contains { $0.hasPrefix("delete") })
  }

  @Test("A source in its place that shows nothing deletes nobody")
  func showsNothing() async throws {
    let world = try await world()
    world.personnel = TwoSources.emptyPersonnel
    for _ in 0..<2 {
      let told = try refusals(world, try await world.cycle())
      #expect(told.count == 3)
      #expect(
        told.allSatisfy { $0.contains("staff, which may have taken its place, shows no object") })
      #expect(isThere(world))
    }
  }

  @Test("What was synchronized without a source that left holds nothing up later")
  func settled() async throws {
    let world = try await world()
    try await world.cycle()
    world.directory.put(try world.account("5"))
    world.personnel.put(try world.employee("5", title: "Clerk"))
    let store = try SyncStore.open(file: world.folder.appending(path: "store.sqlite").path)
    try store.transaction { tx in
      let id = try #require(try tx.connectorID("directory"))
      try tx.requireFullImport(id, because: "the settings of connector directory changed")
    }
    world.directory.state.withLock { $0.describeFailures = 100 }
    try await world.cycle()
    #expect(world.outcome("5")?.text("title") == "Clerk")
  }
}
