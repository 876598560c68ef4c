import ArgumentParser
import Certificates
import Configuration
import Foundation
import RuleTools
import SyncRules
import Workspace

/// The command `rules test`.
struct RulesTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Tries the rules on examples: given entries, and what is expected of them.",
    discussion: """
      Examples are kept beside the rules, in tests/*.toml of the rule folder:

        [[test]]
        name = "An account that is switched off arrives switched off"
        [[test.entry]]
        connector = "contoso.test"
        type = "user"
        dn = "CN=Ann,OU=Staff,DC=contoso,DC=test"
        attributes = { sAMAccountName = "ann", userAccountControl = 514 }
        [test.expect]
        metaverse = { accountEnabled = false, description = [] }
        [[test.expect.target]]
        connector = "tenant"
        attributes = { active = false }

      [] is no value. Bytes are { base64 = "…" }, { hex = "…" }, { guid = "…" } or \
      { sid = "…" }, references { reference = "CN=…" }. Instead of values, filtered = true \
      expects that nothing arrives, and error = "…" an error with that text.

      At the end stand the rules that had no object of any example in scope; so they do in JSON, as \
      "untried" beside the "examples".

      Ends with status 0 if all examples hold, else with 1.
      """)

  @OptionGroup var options: RuleOptions
  @Argument(help: "Files of examples; those beside the rules if none is given.")
  var files: [String] = []

  func run() throws {
    let workspace = try options.place.open()
    let here = FileManager.default.currentDirectoryPath
    let files =
      self.files.isEmpty
      ? try Self.files(of: workspace) : self.files.map { WorkspaceLocation.absolute($0, in: here) }
    let runner = RuleExampleRunner(
      try RuleCheck.load(workspace), certificates: CertificateReader())
    var results: [RuleExampleResult] = []
    for file in files {
      for example in try RuleExample.load(file: file) { results.append(runner.run(example)) }
    }
    let failed = results.count { !$0.isPassed }
    var lines = results.flatMap(Self.lines)
    lines.append("\(results.count) examples, \(failed) failed")
    let untried = runner.untried(by: results)
    if !untried.isEmpty {
      lines.append("In no example's scope: " + untried.joined(separator: ", "))
    }
    let report = RuleTestReport(examples: results, failed: failed, untried: untried)
    try Output.print(report, lines, asJSON: options.json)
    if failed > 0 { throw ExitCode(ExitStatus.completedWithErrors.rawValue) }
  }

  private static func lines(_ result: RuleExampleResult) -> [String] {
    if result.isPassed { return ["good  " + result.name] }
    return ["BAD   \(result.name) (\(result.place))"]
      + result.differences.map { "        " + $0 }
  }

  private static func files(of workspace: Workspace) throws -> [String] {
    let folder = WorkspaceLocation.join(workspace.settings.rulesFolder, "tests")
    let isThere = FileManager.default.fileExists(atPath: folder)
    let files = isThere ? try RuleSource.files(in: folder) : []
    guard !files.isEmpty else {
      throw WorkspaceError(
        .notFound,
        message: "There are no examples: the folder \(folder) is "
          + (isThere ? "empty" : "not there"),
        hint: "'lockstep rules test --help' shows how to write one")
    }
    return files
  }
}

/// What came of the examples, for a program.
private struct RuleTestReport: Encodable {
  let examples: [RuleExampleResult]
  let failed: Int
  let untried: [String]
}
