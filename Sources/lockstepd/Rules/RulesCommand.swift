import ArgumentParser
import Configuration
import EntraConfiguration
import RuleTools
import SyncRules
import Workspace

/// The command `lockstepd rules`, which does the work of `lockstep rules`.
struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "Imports, checks, compares, tries and shows rules.",
    subcommands: [
      RulesImportCommand.self, RulesLintCommand.self, RulesDiffCommand.self,
      RulesTestCommand.self, RulesListCommand.self, RulesShowCommand.self,
      RulesCheckCommand.self,
    ])
}

/// The options that every rule command has.
struct RuleOptions: ParsableArguments {
  @OptionGroup var place: WorkspaceOption
  @Flag(help: "Print JSON for programs instead of text for people.")
  var json = false
}

/// The command `rules diff`.
struct RulesDiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Tells which rules two sets have in common, and what differs in them.",
    discussion: """
      A set is a rule file, a folder of rule files, a workspace, or a configuration that Entra \
      Connect exported. Without B, what A has is compared with the workspace's rules. Of an \
      export, connectors have the names that they have there, unless --connector says otherwise.

      Ends with status 0 if nothing differs, else with 1.
      """)

  @OptionGroup var options: RuleOptions
  @OptionGroup var names: ConnectorNames
  @Argument(help: "The first set.") var a: String
  @Argument(help: "The second set; the workspace's rules if it is not given.") var b: String?

  func run() throws {
    let folder = options.place.folder
    let old = try RuleSource.rules(at: a, folder: folder, names: try names.pairs())
    let new = try RuleSource.rules(at: b ?? folder, folder: folder, names: try names.pairs())
    var difference = RuleDifference(from: old, to: new)
    difference.addMatching(
      from: try RuleSource.set(at: a, folder: folder)?.matching ?? [:],
      to: try RuleSource.set(at: b ?? folder, folder: folder)?.matching ?? [:])
    try Output.print(difference, difference.lines, asJSON: options.json)
    if !difference.isEmpty { throw ExitCode(ExitStatus.completedWithErrors.rawValue) }
  }
}

/// The command `rules list`.
struct RulesListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists rules, the strongest of each direction first.")

  @OptionGroup var options: RuleOptions
  @Argument(help: "A set as 'rules diff' takes it; the workspace's rules if it is not given.")
  var set: String?

  func run() throws {
    let folder = options.place.folder
    let rules = try RuleSource.rules(at: set ?? folder, folder: folder)
    try Output.print(rules.map(RuleSummary.init), RuleSummary.lines(rules), asJSON: options.json)
  }
}

/// The command `rules show`.
struct RulesShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Prints a rule as rule files have it.")

  @OptionGroup var options: RuleOptions
  @Argument(help: "The rule's name, its id, or a part of its name that no other rule has.")
  var name: String
  @Option(help: "A set as 'rules diff' takes it; the workspace's rules if it is not given.")
  var set: String?

  func run() throws {
    let folder = options.place.folder
    let rules = try RuleSource.rules(at: set ?? folder, folder: folder)
    let rule = try RuleSource.rule(name, among: rules)
    var lines = RuleText.text(rule).split(separator: "\n").map(String.init)
    if let name = rule.scope.name, let index = lines.firstIndex(of: "scope = [") {
      lines.insert("# In the file: scope = \"\(name)\", which has these groups.", at: index)
    }
    lines.insert("# \(rule.place)", at: 0)
    try Output.print(RuleSummary(rule), lines, asJSON: options.json)
  }
}
