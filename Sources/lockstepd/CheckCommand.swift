import ArgumentParser
import Cells
import Configuration
import Directory
import Foundation
import SyncRules
import Workspace

/// The command `lockstepd check`: configuration, rules, and the connection of each connector.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Checks configuration, rules and connections.")

  @OptionGroup var place: WorkspaceOption
  @Flag(help: "Print JSON.")
  var json = false

  func run() async throws {
    let workspace = try place.open()
    let tenant = workspace.settings.tenant == nil ? nil : try TenantKeeper(workspace)
    let rules = try RuleCheck.load(workspace)
    let factory = ConnectorFactory(workspace: workspace, tenant: tenant)
    var results: [Result] = []
    for definition in workspace.settings.connectors {
      let findings = try await factory.connector(definition).check()
      results.append(Result(connector: definition.name, findings: findings.map(Finding.init)))
    }
    await tenant?.end()
    if json { try printJSON(results) } else { print(results, rules: rules) }
    let isGood = results.allSatisfy { $0.findings.allSatisfy(\.good) }
    if !isGood { throw ExitCode(ExitStatus.stopped.rawValue) }
  }

  private struct Result: Encodable {
    let connector: String
    let findings: [Finding]
  }

  private struct Finding: Encodable {
    let good: Bool
    let text: String
    let hint: String

    init(_ finding: ConnectionFinding) {
      good = finding.isGood
      text = finding.text
      hint = finding.hint
    }
  }

  private func printJSON(_ results: [Result]) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    Swift.print(String(decoding: try encoder.encode(results), as: UTF8.self))
  }

  private func print(_ results: [Result], rules: RuleSet) {
    Swift.print("good  configuration, \(rules.rules.count) rules")
    for result in results {
      for finding in result.findings {
        let hint = finding.hint.isEmpty ? "" : ". " + finding.hint
        let mark = finding.good ? "good  " : "BAD   "
        Swift.print(Sanitizer.drawable(mark + result.connector + ": " + finding.text + hint))
      }
    }
  }
}

/// The command `lockstepd rules-check`: the rules alone.
struct RulesCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules-check", abstract: "Reads all rule files.")

  @OptionGroup var place: WorkspaceOption
  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let workspace = try place.open()
    let rules = try RuleCheck.load(workspace)
    if json {
      print("{ \"rules\": \(rules.rules.count) }")
    } else {
      print("good  \(rules.rules.count) rules in \(workspace.settings.rulesFolder)")
    }
  }
}
