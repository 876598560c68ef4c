import ArgumentParser
import Console
import RuleTools
import SyncRules
import SyncStore
import Workspace

/// The command `lockstep rules`: tools for synchronization rules, which run in `lockstepd`.
struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "Imports, checks, compares, tries and shows rules.",
    discussion: "'lockstep rules lint --help' tells more of lint, and so on.",
    subcommands: [
      Import.self, Lint.self, Diff.self, Test.self, List.self, Coverage.self,
      Show.self, Check.self, Standard.self,
    ])

  /// The command `lockstep rules import`.
  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import",
      abstract: "Takes the rules of a configuration that Entra Connect exported.",
      usage:
        "lockstep rules import FOLDER [--into WORKSPACE] [--connector 'EXPORTED=NAME'] [--replace] [--json]"
    )
    @OptionGroup var place: WorkspaceOptions
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

    func run() throws { try Replacement.run(["rules", "import"], place, arguments) }
  }

  /// The command `lockstep rules lint`.
  struct Lint: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "lint",
      abstract: "Looks for rules that can't work, never happen, or likely are not meant.",
      usage: "lockstep rules lint [SET] [--offline] [--metaverse FOLDER] [--json]")
    @OptionGroup var place: WorkspaceOptions
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

    func run() throws { try Replacement.run(["rules", "lint"], place, arguments) }
  }

  /// The command `lockstep rules diff`.
  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "diff",
      abstract: "Tells what differs between two sets of rules.",
      usage: "lockstep rules diff A [B] [--json]")
    @OptionGroup var place: WorkspaceOptions
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

    func run() throws { try Replacement.run(["rules", "diff"], place, arguments) }
  }

  /// The command `lockstep rules test`.
  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "test",
      abstract: "Tries the rules on the examples that are kept beside them.",
      usage: "lockstep rules test [FILE …] [--json]")
    @OptionGroup var place: WorkspaceOptions
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

    func run() throws { try Replacement.run(["rules", "test"], place, arguments) }
  }

  /// The command `lockstep rules list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "Lists rules, the strongest of each direction first.",
      usage: """
        lockstep rules list [--filter TEXT] [--sort FIELD] [--json] [--csv]
               lockstep rules list SET [--json]
        """)
    @OptionGroup var place: WorkspaceOptions
    @OptionGroup var arrange: ArrangeOptions
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

    func run() throws {
      guard !arrange.isEmpty || arguments.contains("--csv") else {
        return try Replacement.run(["rules", "list"], place, arguments)
      }
      guard arguments.allSatisfy(["--json", "--csv"].contains) else {
        throw ValidationError(
          "--filter, --sort and --csv list the workspace's rules, alone or with --json.")
      }
      guard !arguments.contains("--json") || !arguments.contains("--csv") else {
        throw ValidationError("--json and --csv can't be had at once.")
      }
      let rules = try WorkspaceRules.load(try place.open()).rules
      let query = try arrange.query(.view(.rules))
      let items = query.arranged(RuleItems.of(rules))
      let shown = items.compactMap { item in rules.first { $0.id == item.id } }
      var report = Report(json: shown.map(RuleSummary.init)) { _ in
        shown.isEmpty ? ["No rule passes the filter."] : RuleSummary.table(shown)
      }
      report.csv = items.table
      try StandardStreams.print(
        report, as: arguments.contains("--csv") ? .csv : arguments.isEmpty ? .text : .json)
    }
  }

  /// The command `lockstep rules coverage`.
  struct Coverage: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "coverage",
      abstract: "Tells what each rule has brought about, and which none is known of.",
      discussion: """
        Counted are the links and values that stand now, values that lost against a stronger rule's, \
        and changes of the steps whose history is kept, the last ones first. What an outbound rule \
        gave before that history begins stands in the target and is counted nowhere: a rule with \
        nothing in the history kept may still give everybody their values.
        """)
    @OptionGroup var options: TableOptions
    @OptionGroup var arrange: ArrangeOptions

    func run() throws {
      let rules = try RuleItems.load(try options.place.open())
      try options.print { store in
        let use = try ConsoleLoader.ruleUse(in: store) ?? RuleUse()
        return CoverageReport.make(try arrange.query(.coverage(use)).arranged(rules), use)
      }
    }
  }

  /// The command `lockstep rules show`.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Prints a rule as rule files have it.",
      usage: "lockstep rules show NAME [--set SET] [--json]")
    @OptionGroup var place: WorkspaceOptions
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

    func run() throws { try Replacement.run(["rules", "show"], place, arguments) }
  }

  /// The command `lockstep rules check`.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Reads all rule files and tells the first fault of each, and what Graph forbids.",
      usage: "lockstep rules check [--json]")
    @OptionGroup var place: WorkspaceOptions
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

    func run() throws { try Replacement.run(["rules", "check"], place, arguments) }
  }
}

/// The command `lockstep expression`, which runs in `lockstepd`.
struct ExpressionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "expression",
    abstract: "Works out an expression of the rules' language, and shows each step.",
    usage: "lockstep expression 'TEXT' [--object NAME] [--set attribute=value] [--json]")

  /// `arguments` with an expression that begins with a minus sign behind what ends the options.
  static func arranged(_ arguments: [String]) -> [String] {
    let isExpression: (String) -> Bool = { text in
      text.hasPrefix("-") && !text.hasPrefix("--") && text.count > 1 && text != "-h"
    }
    guard !arguments.contains("--"), let index = arguments.firstIndex(where: isExpression) else {
      return arguments
    }
    return arguments[..<index] + arguments[(index + 1)...] + ["--", arguments[index]]
  }
  @OptionGroup var place: WorkspaceOptions
  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

  func run() throws { try Replacement.run(["expression"], place, Self.arranged(arguments)) }
}

extension RuleItem: CSVRow {
  static var fields: [CSVField<Self>] {
    [
      CSVField("id", \.id), CSVField("name", \.name), CSVField("direction", \.direction),
      CSVField("connector", \.connector), CSVField("sourceType", \.source),
      CSVField("targetType", \.target), CSVField("linkType", \.link),
      CSVField("precedence", \.precedence), CSVField("disabled", \.isDisabled),
      CSVField("passwordSync", \.hasPasswordSync), CSVField("flows", \.flows.count),
      CSVField("place", \.place),
    ]
  }

  private var direction: String { isInbound ? "inbound" : "outbound" }
  private var place: String { "\(file):\(line)" }
}
