import ArgumentParser
import Configuration
import EntraConfiguration
import Foundation
import RuleTools
import SyncRules
import Workspace

/// The command `rules import`.
struct RulesImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Takes the rules of an exported configuration of Entra Connect.",
    discussion: """
      FOLDER holds SynchronizationRules, Connectors and GlobalSettings. The rules become rule \
      files of the workspace, one for each connector and direction, and mean what they meant. \
      Parameters that they name are added to the connectors in lockstep.toml.

      A connector of Entra Connect reads all domains of a forest, one here reads one: name all that \
      stand for it, each with its own --connector, and each gets the rules. The first keeps their ids.
      """)

  @OptionGroup var options: RuleOptions
  @OptionGroup var names: ConnectorNames
  @Argument(help: "The folder of the exported configuration.") var folder: String
  @Option(help: ArgumentHelp("The workspace; else that of --workspace.", valueName: "workspace"))
  var into: String?
  @Flag(
    help: """
      Take the place of the standard rules and of rules imported before; those are kept under \
      other names. Files of your own stay.
      """)
  var replace = false

  func run() throws {
    let here = FileManager.default.currentDirectoryPath
    let workspace =
      try into.map { try Workspace.open(WorkspaceLocation.absolute($0, in: here)) }
      ?? options.place.open()
    let export = try EntraExport.read(folder: WorkspaceLocation.absolute(folder, in: here))
    let plan = try RuleImport(export, workspace, given: try names.pairs())
    let kept = try plan.carryOut(replace: replace)
    let report = RuleImportReport(plan, kept: kept)
    try Output.print(report, report.lines, asJSON: options.json)
  }
}

/// What an import has done.
struct RuleImportReport: Encodable {
  struct Pair: Encodable {
    let exported: String
    let workspace: String
    let guessed: Bool
  }
  struct File: Encodable {
    let path: String
    let rules: Int
  }

  let rules: Int
  let connectors: [Pair]
  let files: [File]
  let settings: [String]
  let kept: [String]
  let notes: [String]

  init(_ plan: RuleImport, kept: [String]) {
    rules = plan.rules.count
    connectors = plan.export.connectors.flatMap { connector in
      let isGuessed = plan.match.guessed.contains { $0.entra == connector.name }
      return (plan.match.connectors[connector.id] ?? []).map {
        Pair(exported: connector.name, workspace: $0, guessed: isGuessed)
      }
    }
    files = plan.files.map { File(path: $0.path, rules: $0.rules.count) }
    settings = plan.addedSettings
    self.kept = kept
    notes = plan.export.notes.map(\.description) + plan.notes
  }

  var lines: [String] {
    connectors.map { pair in
      "\(pair.exported) is \(pair.workspace)"
        + (pair.guessed ? " (guessed; --connector says otherwise)" : "")
    } + files.map { "\($0.rules) rules in \($0.path)" }
      + settings.map { "lockstep.toml: added \($0)" }
      + kept.map { "kept what was there as \($0)" } + notes.map { "note: " + $0 }
      + [
        "\(rules) rules imported; 'lockstep rules lint' looks at them, 'lockstep initial' runs them"
      ]
  }
}
