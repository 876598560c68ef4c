import ArgumentParser
import CSystem
import Foundation
import Secrets
import Workspace

extension TenantCommand {
  /// The command `lockstep tenant sign-in`.
  struct SignIn: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "sign-in",
      abstract: "Asks the embedded tenant whether a password signs a user in.",
      discussion: """
        The password is typed where it is not shown, or is the first line of standard input, or is \
        in a file that only its owner may read; it is never an argument. Ends with 0 if the \
        password signs in, with 1 if it does not, and with 7 if there is no such user.
        """)
    @OptionGroup var place: WorkspaceOptions
    @Option(help: ArgumentHelp("The file with the password.", valueName: "file"))
    var passwordFile: String?
    @Flag(help: "Print JSON for programs instead of text for people.")
    var json = false
    @Argument(help: ArgumentHelp("The user's sign-in name.", valueName: "UPN"))
    var name: String

    private func typed() throws -> SecretBytes {
      var ends = [SIGTERM, SIGHUP]
      let signals = cs_signals_open(&ends, Int32(ends.count))
      defer { cs_signals_close() }
      return try PasswordInput.read(
        prompt: "Password of \(SafeText.line(name)): ", signals: signals)
    }

    func run() async throws {
      let tenant = try TenantProcess(try place.open())
      let password =
        if let passwordFile { try PasswordInput.read(file: passwordFile) } else {
          try typed()
        }
      let url = try await tenant.ensureRunning()
      let answer = try TenantSignIn(url: url).answer(name, password)
      try StandardStreams.print(SignInReport.report(name, answer), asJSON: json)
      guard answer != .signsIn else { return }
      throw ExitCode(
        (answer == .unknownUser ? ExitStatus.notFound : .completedWithErrors).rawValue)
    }
  }
}

/// What a sign-in came to, as `--json` spells it.
struct SignInReport: Encodable {
  let user: String
  let signsIn: Bool
  /// One word for programs.
  let result: String
  /// The same for people.
  let message: String

  /// The report of `answer`.
  static func report(_ name: String, _ answer: TenantSignIn.Answer) -> Report {
    let (result, words) = told(answer)
    let user = SafeText.line(name)
    let state = SignInReport(
      user: user, signsIn: answer == .signsIn, result: result, message: words)
    return Report(json: state) { _ in [user + ": " + words] }
  }

  private static func told(_ answer: TenantSignIn.Answer) -> (String, String) {
    switch answer {
    case .signsIn: ("success", "the password signs in.")
    case .mustChange:
      ("must-change", "the password is right, and must be changed before it signs in.")
    case .wrongPassword:
      (
        "wrong-password",
        "the password does not sign in: it is another one, or none was synchronized yet."
      )
    case .unknownUser: ("unknown-user", "the tenant has no such user.")
    case .disabled: ("disabled", "the account is disabled; the password was not compared.")
    case .locked:
      (
        "locked",
        "the account is locked for a while after too many wrong passwords; the password was not "
          + "compared."
      )
    case .refused(let words): ("refused", "the tenant refused: " + words)
    }
  }
}
