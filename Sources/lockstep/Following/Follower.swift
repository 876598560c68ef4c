import Directory
import SyncStore
import Workspace

/// Follows a command that was filed with the engine, until it is finished.
struct Follower {
  /// What became of the command.
  enum End: Equatable {
    /// The engine finished or refused it.
    case ended(CommandStatus)
    /// The person left; what runs goes on.
    case left
    /// The person took it back before an engine began it.
    case withdrawn
    /// The engine vanished before it was finished.
    case engineGone
  }

  let store: any StoreReading
  /// Whether an engine holds the lease.
  let isEngineAlive: () -> Bool
  /// How often the person asked to leave.
  let interrupts: () -> Int
  /// Whether the first Ctrl-C stops the run; otherwise the second one does.
  var stopsOnInterrupt = false
  /// Whether Ctrl-C takes back what no engine has begun, and leaves what one has.
  var takesBack = false
  let requestedBy: String
  let display: any ProgressDisplay
  /// Waits between two looks.
  var pause: () async throws -> Void = { try await Task.sleep(for: .milliseconds(100)) }
  /// Looks that are waited for a second Ctrl-C before the person is let go.
  var patience = 20
  /// Starts another engine, where the one that was there when the command was filed left without
  /// taking it.
  var startEngine: () throws -> Void = {}

  /// Follows `command` to its end.
  func follow(_ command: Int64) async throws -> End {
    var looksSinceInterrupt: Int?
    var hasAskedToStop = false
    var hasStarted = false
    while true {
      if let status = try store.command(id: command), Self.isOver(status) {
        display.finish()
        return .ended(status)
      }
      if !isEngineAlive() {
        guard !hasStarted, try store.command(id: command)?.state == .filed else {
          return try lastLook(command)
        }
        hasStarted = true
        try startEngine()
        continue
      }
      if let progress = try store.progress() { display.show(progress) }
      let asked = interrupts()
      if asked > 0, !hasAskedToStop {
        if takesBack || stopsOnInterrupt || asked > 1 {
          // What runs now may be another's, where this one still waits.
          if try store.withdraw(command: command, requestedBy: requestedBy) {
            display.finish()
            return .withdrawn
          }
          if takesBack, !stopsOnInterrupt {
            display.finish()
            return .left
          }
          display.note("Stopping; what was done until now is kept.")
          _ = try store.file(.stop, requestedBy: requestedBy)
          hasAskedToStop = true
        } else if let looks = looksSinceInterrupt {
          looksSinceInterrupt = looks + 1
          if looks >= patience {
            display.finish()
            return .left
          }
        } else {
          display.note(Self.goesOn)
          looksSinceInterrupt = 0
        }
      }
      try await pause()
    }
  }

  /// An engine may finish and leave between two looks.
  private func lastLook(_ command: Int64) throws -> End {
    display.finish()
    if let status = try store.command(id: command), Self.isOver(status) { return .ended(status) }
    return .engineGone
  }

  private static func isOver(_ status: CommandStatus) -> Bool {
    status.state == .finished || status.state == .refused
  }

  private static let goesOn =
    "The run goes on without this window: 'lockstep service status' shows it, 'lockstep stop' "
    + "stops it. Ctrl-C again stops it now."
}
