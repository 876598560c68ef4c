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
      var command = try ConsoleWords.parse(arranged(arguments))
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return ExitStatus.success.rawValue
    } catch {
      return report(error, asJSON: arguments.contains("--json"))
    }
  }

  /// Why nothing was done, as `--json` spells it.
  private struct Refusal: Encodable {
    let error: String
    let exitStatus: Int32
  }

  /// Says why nothing was done: to people on standard error, to programs on standard output, too.
  ///
  /// - Parameter words: What people are told, where it is more than `text`.
  private static func refuse(
    _ text: String, _ status: ExitStatus, asJSON: Bool, words: String? = nil
  ) -> Int32 {
    StandardStreams.complain(words ?? "lockstep: " + SafeText.line(text))
    if asJSON, let json = try? JSONText.of(Refusal(error: text, exitStatus: status.rawValue)) {
      StandardStreams.say(json)
    }
    return status.rawValue
  }

  /// `arguments` with the workspace before a command that passes on what stands behind it: there alone
  /// the parser finds it wherever it was written.
  static func arranged(_ arguments: [String]) -> [String] {
    guard arguments.first == ExpressionCommand.configuration.commandName,
      let place = arguments.firstIndex(where: {
        $0 == "--workspace" || $0.hasPrefix("--workspace=")
      })
    else { return arguments }
    let end = arguments[place] == "--workspace" ? place + 2 : place + 1
    guard end <= arguments.count else { return arguments }
    return Array(arguments[place..<end] + arguments[..<place] + arguments[end...])
  }

  private static func report(_ error: any Error, asJSON: Bool) -> Int32 {
    if let code = error as? ExitCode { return code.rawValue }
    if let outcome = outcome(of: error) {
      return refuse(outcome.text, outcome.status, asJSON: asJSON)
    }
    switch Lockstep.exitCode(for: error) {
    case .success:
      StandardStreams.say(Lockstep.fullMessage(for: error))
      return ExitStatus.success.rawValue
    case .validationFailure:
      let words = Lockstep.fullMessage(for: error)
      return refuse(Lockstep.message(for: error), .usage, asJSON: asJSON, words: words)
    default:
      // None of the parser's, nor of those that are foreseen: something may have been done.
      return refuse(Lockstep.message(for: error), .system, asJSON: asJSON)
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
