import Synchronization

/// What the watches of directories tell the loop that runs cycles.
final class ChangeDesk: Sendable {
  private let triggers: Mutex<[(connector: String, trigger: ChangeTrigger)]>
  private let now: @Sendable () -> ChangeTrigger.Instant

  /// A desk for those of `connectors` that are watched.
  init(
    _ connectors: [EngineConnector],
    now: @escaping @Sendable () -> ChangeTrigger.Instant = { .now }
  ) {
    triggers = Mutex(
      connectors.compactMap { connector in
        connector.watch.map { (connector.name, ChangeTrigger($0.pace)) }
      })
    self.now = now
  }

  /// Something moved at `connector`.
  func note(_ cause: ChangeCause, at connector: String) {
    edit(connector) { $0.note(cause, at: now()) }
  }

  /// The connector for whose changes a cycle is to begin now.
  func due() -> (connector: String, cause: ChangeCause)? {
    triggers.withLock { triggers in
      for (connector, trigger) in triggers {
        if let cause = trigger.due(at: now()) { return (connector, cause) }
      }
      return nil
    }
  }

  /// An import of `connector` begins.
  func importBegins(_ connector: String) -> ChangeTrigger.Note? {
    edit(connector) { $0.take() } ?? nil
  }

  /// The import that began with `note` did not come to its end.
  func importFailed(_ connector: String, _ note: ChangeTrigger.Note?) {
    guard let note else { return }
    edit(connector) { $0.giveBack(note, at: now()) }
  }

  /// A cycle that changes at `connector` triggered has ended.
  func cycleEnded(_ connector: String, isFruitful: Bool) {
    edit(connector) { $0.ended(isFruitful: isFruitful, at: now()) }
  }

  /// A person stopped a cycle: what is noticed waits for the schedule, or a cycle that is asked for.
  func rest(_ seconds: Double) {
    triggers.withLock { triggers in
      for place in triggers.indices { triggers[place].trigger.rest(seconds, at: now()) }
    }
  }

  @discardableResult
  private func edit<T: Sendable>(
    _ connector: String, _ body: (inout ChangeTrigger) -> T
  ) -> T? {
    triggers.withLock { triggers in
      guard let place = triggers.firstIndex(where: { $0.connector == connector }) else {
        return nil
      }
      return body(&triggers[place].trigger)
    }
  }
}
