import ArgumentParser
import Configuration
import Directory
import Foundation
import PasswordSync
import RuleTools
import SyncEngine
import SyncRules
import SyncStore
import Workspace

/// The command `lockstepd check`: configuration, rules, the connection of each connector, and both
/// ends of each way that passwords take.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Checks configuration, rules and connections.")

  @OptionGroup var place: WorkspaceOption
  @Flag(help: "Print JSON.")
  var json = false
  @Option(help: "Check the connector of this name alone, without rules.")
  var connector: String?

  func run() async throws {
    // Hashes of passwords are read.
    ProcessCare.begin()
    let workspace = try place.open()
    let tenant = workspace.settings.tenant == nil ? nil : try TenantKeeper(workspace)
    let rules = try connector == nil ? RuleCheck.load(workspace) : nil
    let factory = ConnectorFactory(workspace: workspace, tenant: tenant)
    var results: [Result] = []
    if connector == nil, let fault = storeFault(workspace) {
      results.append(Result(connector: "store", findings: [fault]))
    }
    for definition in workspace.settings.connectors where isWanted(definition.name) {
      let findings = try await factory.connector(definition).check()
      results.append(Result(connector: definition.name, findings: findings.map(Finding.init)))
    }
    for way in try factory.passwordWays() {
      let ends = (way.settings.sourceConnector, way.settings.targetConnector)
      guard isWanted(ends.0) || isWanted(ends.1) else { continue }
      let findings = await way.setup.check()
      results.append(
        Result(
          connector: "passwords of \(ends.0) to \(ends.1)", findings: findings.map(Finding.init)))
    }
    if let rules {
      results.append(Result(connector: "rules", findings: try await lint(rules, factory)))
    }
    await tenant?.end()
    try Output.print(results, lines(results, rules), asJSON: json)
    let isGood = results.allSatisfy { $0.findings.allSatisfy(\.good) }
    if !isGood { throw ExitCode(ExitStatus.stopped.rawValue) }
  }

  /// What keeps the store from being opened; nil if nothing does, or there is none yet.
  private func storeFault(_ workspace: Workspace) -> Finding? {
    do {
      _ = try StoreReader(file: workspace.settings.storeFile)
      return nil
    } catch  where [.missing, .olderVersion, .busy].contains(error.code) {
      return nil
    } catch {
      return Finding(good: false, text: error.message, hint: error.hint)
    }
  }

  private func isWanted(_ name: String) -> Bool {
    connector.map { $0.lowercased() == name.lowercased() } ?? true
  }

  /// What in the rules can't work with what the connectors say of themselves.
  private func lint(_ rules: RuleSet, _ factory: ConnectorFactory) async throws -> [Finding] {
    let (surroundings, notes) = try await WorkspaceSurroundings(factory.workspace).find(factory)
    let found = RuleLint.findings(rules.rules, in: surroundings)
    let errors = found.filter { $0.severity == .error }
    let rest = found.count - errors.count
    let summary = "\(rules.rules.count) rules: \(errors.count) errors, \(rest) warnings"
    return notes.map {
      Finding(
        good: true, text: "not held against what a connector has: " + $0, hint: "", warning: true)
    }
      + errors.map { Finding(good: false, text: $0.rule + ": " + $0.message, hint: $0.hint) }
      + RuleLint.idleSources(
        factory.workspace.settings.connectors.filter(\.isSource).map(\.name), rules: rules.rules
      ).map { Finding(good: true, text: $0.message, hint: $0.hint, warning: true) }
      + [
        Finding(
          good: errors.isEmpty, text: summary,
          hint: found.isEmpty ? "" : "'lockstep rules lint' tells them with their places")
      ]
  }

  private struct Result: Encodable {
    let connector: String
    let findings: [Finding]
  }

  private struct Finding: Encodable {
    let good: Bool
    let warning: Bool
    let text: String
    let hint: String

    init(_ finding: ConnectionFinding) {
      self.init(
        good: finding.isGood, text: finding.text, hint: finding.hint, warning: finding.isWarning)
    }

    init(good: Bool, text: String, hint: String, warning: Bool = false) {
      self.good = good
      self.text = text
      self.hint = hint
      self.warning = warning
    }
  }

  private func lines(_ results: [Result], _ rules: RuleSet?) -> [String] {
    let first = rules.map { ["good  configuration, \($0.rules.count) rules"] } ?? []
    return first
      + results.flatMap { result in
        result.findings.map { finding in
          let mark = finding.good ? finding.warning ? "WARN  " : "good  " : "BAD   "
          return mark + result.connector + ": " + ServerWords.sentences(finding.text, finding.hint)
        }
      }
  }
}

/// The command `lockstepd rules check`: the rules alone.
struct RulesCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Reads all rule files and tells the first fault of each.",
    discussion: """
      What a target of type graph lets nobody write is told, too; no connector is asked.

      Ends with status 0 if nothing is wrong, with 2 if a file can't be read, else with 3.
      """)

  @OptionGroup var place: WorkspaceOption
  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let workspace = try place.open()
    let faults = try RuleCheck.faults(of: workspace)
    for fault in faults.dropLast() { Invocation.complain(fault) }
    if let last = faults.last { throw last }
    let rules = try RuleCheck.load(workspace)
    let wrong = WorkspaceSurroundings(workspace).faults(in: rules)
    try Output.print(
      Answer(rules: rules.rules.count, findings: wrong),
      [
        "good  \(rules.rules.count) rules in \(workspace.settings.rulesFolder) can be read; "
          + "'lockstep rules lint' tells what in them can't be meant"
      ] + wrong.map { "BAD   \($0.description)" }, asJSON: json)
    if !wrong.isEmpty { throw ExitCode(ExitStatus.stopped.rawValue) }
  }

  private struct Answer: Encodable {
    let rules: Int
    let findings: [RuleTools.Finding]
  }
}
