import Directory
import SyncEngine
import SyncStore

/// Holding and releasing, as tests of guards do it.
extension World {
  /// A world with so many users in its source.
  static func of(users: Int, sourceKnowsDeltas: Bool = true) throws -> World {
    let world = try World(sourceKnowsDeltas: sourceKnowsDeltas)
    for number in 0..<users { world.source.put(try world.user("u\(number)")) }
    return world
  }

  /// Turns the schedule off, so that only what is asked for runs.
  func stopSchedule() throws {
    let store = try SyncStore.open(file: storeFile)
    try store.transaction { tx in
      var schedule = try tx.schedule()
      schedule.isEnabled = false
      try tx.set(schedule)
    }
  }

  /// A person releases what is held, and the engine does it.
  func release(_ held: HeldReference) async throws -> CommandStatus {
    let id = try reader.file(.release(held), requestedBy: "ann")
    try await obeyAll()
    guard let status = try reader.command(id: id) else { throw Missing() }
    return status
  }

  /// Takes users out of the source.
  func remove(_ numbers: Range<Int>) {
    for number in numbers { source.remove("g-u\(number)") }
  }
}

extension DiscoveryError {
  /// An entry that can't be read.
  static let odd = DiscoveryError(
    .missingAnchor, dn: "CN=odd", location: "", message: "no DN", hint: "correct it")
}
