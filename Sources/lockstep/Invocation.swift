import ArgumentParser
import Configuration
import Foundation
import SyncStore
import Terminal
import Workspace

/// One call of the program: parses, runs, and turns whatever went wrong into one line and a status.
enum Invocation {
  /// Runs the command that `arguments` spell and says how it ended.
  static func run(_ arguments: [String]) async -> Int32 {
    do {
      var command = try Lockstep.parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return ExitStatus.success.rawValue
    } catch {
      return report(error)
    }
  }

  private static func report(_ error: any Error) -> Int32 {
    if let code = error as? ExitCode { return code.rawValue }
    if let outcome = outcome(of: error) {
      StandardStreams.complain("lockstep: " + SafeText.line(outcome.text))
      return outcome.status.rawValue
    }
    switch Lockstep.exitCode(for: error) {
    case .success:
      StandardStreams.say(Lockstep.fullMessage(for: error))
      return ExitStatus.success.rawValue
    case .validationFailure:
      StandardStreams.complain(Lockstep.fullMessage(for: error))
      return ExitStatus.usage.rawValue
    default:
      // None of the parser's, nor of those that are foreseen: something may have been done.
      StandardStreams.complain("lockstep: " + SafeText.line(Lockstep.message(for: error)))
      return ExitStatus.system.rawValue
    }
  }

  /// The line and the status for an error of our own; nil for one of the argument parser.
  static func outcome(of error: any Error) -> (text: String, status: ExitStatus)? {
    switch error {
    case let error as WorkspaceError: (error.description, error.status)
    case let error as ConfigurationError: (error.description, .usage)
    case let error as StoreError: (error.description, .store)
    case let error as TerminalError: ("\(error)", .system)
    case is EncodingError: ("The answer can't be written as JSON: \(error)", .system)
    default: nil
    }
  }
}

extension ExitStatus {
  /// The status as an error that ends a command without a message.
  var asError: ExitCode { ExitCode(rawValue) }
}
