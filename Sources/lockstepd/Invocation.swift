import ArgumentParser
import Cells
import Configuration
import EntraConfiguration
import Foundation
import SyncEngine
import SyncStore
import Tenant
import Workspace

/// One call of the program: parses, runs, and turns whatever went wrong into a line and a status.
enum Invocation {
  /// Whether `lockstep` has become this process to answer a person; what this process starts is not.
  private static let isFace: Bool = {
    defer { unsetenv("LOCKSTEP_FACE") }
    return getenv("LOCKSTEP_FACE") != nil
  }()

  /// Runs the command that `arguments` spell and says how it ended.
  static func run(_ arguments: [String]) async -> Int32 {
    _ = isFace
    do {
      var command = try Lockstepd.parseAsRoot(arguments)
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

  /// Tells a person, or the log, of something wrong beside which there is more to tell.
  static func complain(_ error: any Error) { _ = report(error) }

  /// What went wrong, as `--json` spells it.
  private struct Refusal: Encodable {
    let error: String
    let exitStatus: Int32
  }

  /// Says to programs, too, why nothing was done, where they were to get an answer.
  private static func tell(_ text: String, _ status: ExitStatus, asJSON: Bool) {
    let refusal = Refusal(error: text, exitStatus: status.rawValue)
    guard asJSON, let json = try? Output.json(refusal) else { return }
    DescriptorOutput.write(json + "\n", to: STDOUT_FILENO)
  }

  private static func report(_ error: any Error, asJSON: Bool = false) -> Int32 {
    if let code = error as? ExitCode { return code.rawValue }
    let code = Lockstepd.exitCode(for: error)
    // None of the parser's, nor of those that are foreseen: something may have been done.
    let other = WorkspaceError(.system, message: Lockstepd.message(for: error), hint: "")
    let isParsers = code == .success || code == .validationFailure
    if let failure = failure(of: error) ?? (isParsers ? nil : other) {
      // Called in the place of `lockstep`, it speaks to a person and not to a log.
      if !isFace {
        Log.write(.error, LogLine.failure(failure))
      } else {
        let line = "lockstep: " + Sanitizer.drawable(failure.description) + "\n"
        DescriptorOutput.write(line, to: STDERR_FILENO)
      }
      tell(failure.description, failure.status, asJSON: asJSON)
      return failure.status.rawValue
    }
    let message = Lockstepd.fullMessage(for: error)
    let isAnswer = code == .success
    // The parser repeats arguments, which a script may have taken from a directory.
    DescriptorOutput.write(
      Sanitizer.drawableLines(message) + "\n", to: isAnswer ? STDOUT_FILENO : STDERR_FILENO)
    if !isAnswer { tell(Lockstepd.message(for: error), .usage, asJSON: asJSON) }
    return isAnswer ? ExitStatus.success.rawValue : ExitStatus.usage.rawValue
  }

  /// What a person is told about an error of ours; nil for one of the argument parser.
  static func failure(of error: any Error) -> WorkspaceError? {
    switch error {
    case let error as WorkspaceError: error
    case let error as ConfigurationError:
      WorkspaceError(.usage, message: error.description, hint: "")
    case let error as EntraConfigurationError:
      WorkspaceError(.usage, message: error.description, hint: "")
    case let error as StoreError:
      WorkspaceError(.store, message: error.message, hint: error.hint)
    case let error as LeaseError:
      WorkspaceError(.engineUnavailable, message: error.message, hint: error.hint)
    case let error as TenantError:
      WorkspaceError(
        error.code == .badToken || error.code == .addressUnusable ? .usage : .system,
        message: error.message, hint: error.hint)
    default: nil
    }
  }
}
