import Configuration
import Directory
import SyncStore

/// Cycles that follow changes, besides those of the schedule.
extension SyncEngine {
  /// Does `work` while the directories that are configured so are watched.
  ///
  /// - Throws: ``StoreError``, and what `work` throws.
  func whileWatching<T: Sendable>(_ work: @Sendable () async throws -> T) async throws -> T {
    let watched = options.keepsSchedule ? connectors.filter { $0.watch != nil } : []
    guard !watched.isEmpty else { return try await work() }
    return try await withThrowingTaskGroup(of: Void.self) { group in
      for connector in watched {
        group.addTask {
          do {
            try await self.keepWatch(of: connector)
          } catch {
            // A store that a watch can't use is of no use to the others.
            self.stopSignal.set(.shutDown)
            throw error
          }
        }
      }
      let result: T
      do {
        result = try await work()
      } catch {
        group.cancelAll()
        throw error
      }
      group.cancelAll()
      try await group.waitForAll()
      do {
        try forgetWatches()
      } catch let error as StoreError where error.code == .diskFull {
        // The next engine enters the same when it begins.
        options.tell("\(error)")
      }
      return result
    }
  }

  /// Enters that nothing is watched, as when an engine begins or ends.
  func forgetWatches() throws {
    try store.transaction { tx in
      for connector in connectors {
        if let id = try tx.connectorID(connector.name) { try tx.set(nil, watchOf: id) }
      }
    }
  }

  /// Starts a cycle if changes are due; the answer is whether one ran.
  func followChanges() async throws -> Bool {
    guard options.keepsSchedule, let (connector, cause) = changes.due(),
      try store.look({ try $0.schedule().isEnabled })
    else { return false }
    let cycle = try await runCycle(
      .delta, requestedBy: StoreTransaction.watchRequester + connector,
      because: cause.reason(connector))
    let isFruitful = try store.look { try $0.changedAnything(cycle: cycle) }
    changes.cycleEnded(connector, isFruitful: isFruitful)
    return true
  }

  /// Watches one directory until the task is cancelled; a watch that breaks is begun anew.
  ///
  /// - Throws: ``StoreError``.
  private func keepWatch(of connector: EngineConnector) async throws {
    guard let setup = connector.watch else { return }
    var delay = setup.firstDelay
    var cause = ChangeCause.beginning
    var isBroken = false
    while !Task.isCancelled {
      let began = ContinuousClock.now
      let failure: any Error
      do {
        let watch = try await setup.watching.watch()
        try await note { try noteWatch(of: connector, by: watch.means, isAgain: isBroken) }
        isBroken = false
        changes.note(cause, at: connector.name)
        cause = .recovery
        while true {
          try await watch.change()
          changes.note(.change, at: connector.name)
        }
      } catch let error as StoreError {
        throw error
      } catch {
        failure = error
      }
      if Task.isCancelled { return }
      // One that breaks again and again is not tried sooner for having begun in between.
      if began.duration(to: .now) > .seconds(setup.longestDelay) { delay = setup.firstDelay }
      let wait = Self.isRefusal(failure) ? setup.refusedDelay : delay
      try await note { try noteBroken(connector, failure, wait: wait, isNews: !isBroken) }
      isBroken = true
      try? await Task.sleep(for: .seconds(wait))
      delay = min(delay * 2, setup.longestDelay)
    }
  }

  /// Enters how a watch stands, as soon as there is room; of one that is given up meanwhile nobody needs
  /// to know.
  private func note(_ write: () throws -> Void) async throws {
    do {
      try await writeWhenThereIsRoom(write)
    } catch let error as StoreError where error.code == .diskFull && Task.isCancelled {}
  }

  private static func isRefusal(_ error: any Error) -> Bool {
    guard let failure = error as? ConnectorFailure else { return false }
    return [.noStartCredentials, .stoppedCredentials, .badConfiguration].contains(failure.result)
  }

  private func noteWatch(of connector: EngineConnector, by means: String, isAgain: Bool) throws {
    try store.transaction { tx in
      guard let id = try tx.connectorID(connector.name) else { return }
      try tx.set(WatchState(isBroken: false, since: .now, text: means), watchOf: id)
      try tx.log(
        .information, code: 904, source: "ADSync",
        "\(connector.name) is watched for changes\(isAgain ? " again" : ""), by \(means)")
    }
  }

  private func noteBroken(
    _ connector: EngineConnector, _ error: any Error, wait: Double, isNews: Bool
  ) throws {
    let next = DurationText.print(.seconds(Int64(wait.rounded(.up))))
    try store.transaction { tx in
      guard let id = try tx.connectorID(connector.name) else { return }
      let since = isNews ? Timestamp.now : try tx.watch(of: id)?.since ?? .now
      try tx.set(
        WatchState(isBroken: true, since: since, text: "\(error)", retrySeconds: wait), watchOf: id)
      guard isNews else { return }
      try tx.log(
        .warning, code: 904, source: "ADSync",
        "\(connector.name) is not watched for changes: \(error) It is tried again in \(next), then "
          + "with growing delays; until then, cycles come by the schedule")
    }
  }
}
