import SyncStore

/// A disk that is full: the engine stays, so that schedule and passwords go on once there is room, and
/// what has ended is noted then.
extension SyncEngine {
  /// Writes to the store what must be written before anything else is done, as soon as there is room.
  ///
  /// - Throws: ``StoreError`` if the engine is to end before, or the store fails otherwise.
  func writeWhenThereIsRoom<T>(_ write: () throws -> T) async throws -> T {
    while true {
      do {
        return try write()
      } catch let error as StoreError where error.code == .diskFull && report == nil {
        // A rehearsal takes room itself, and gives it back by ending.
        try await waitForRoom(error)
      }
    }
  }

  /// Synchronizes passwords until the engine ends; where the disk is full, from the beginning once
  /// there is room.
  func keepPasswordsWhateverTheDisk(_ desk: PasswordDesk) async throws {
    while true {
      do {
        return try await keepPasswords(desk)
      } catch let error as StoreError where error.code == .diskFull {
        if desk.isEnded { return options.tell("\(error)") }
        try await waitForRoom(error)
      }
    }
  }

  /// Says in the process's own log that the disk is full, and waits before it is tried again.
  ///
  /// - Throws: `error` if the engine is to end.
  func waitForRoom(_ error: StoreError) async throws {
    let pause = options.fullDiskPause
    options.tell("\(error) It is tried again in \(Int(pause)) seconds")
    let clock = ContinuousClock()
    let end = clock.now + .seconds(pause)
    repeat {
      if isToldToEnd || Task.isCancelled { throw error }
      try? await Task.sleep(for: .milliseconds(min(pause * 1000, 150)))
    } while clock.now < end
  }

  /// Whether the engine is to end: an engine that stays for what it does alone does so, too, when a
  /// person has that stopped.
  ///
  /// Without room the command can't be taken; the next engine finds it.
  private var isToldToEnd: Bool {
    if stopSignal.reason == .shutDown { return true }
    let staysAnyway = options.idleExitSeconds == nil
    return (try? store.look { try $0.hasStopCommand(ofEngine: staysAnyway) }) ?? false
  }
}
