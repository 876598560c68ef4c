import ArgumentParser
import RuleTools
import SyncRules
import Workspace

extension RulesCommand {
  /// The command `lockstep rules standard`.
  struct Standard: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "standard",
      abstract: "Puts the standard rules into a workspace that has none.",
      discussion: """
        For a workspace whose lockstep.toml was written by hand; 'lockstep init' makes both. The \
        rules go from one source to one target, and are files to be changed. Rules that are there \
        stay as they are.
        """)
    @OptionGroup var place: WorkspaceOptions
    @Option(help: "The connector that identities come from, where there are several.")
    var source: String?
    @Option(help: "The connector that they go to, where there are several.")
    var target: String?

    @Flag(
      name: .customLong("lockstep-tenant"),
      help: "The target is a tenant of Lockstep's on another machine, and has its extensions.")
    var isLockstepTenant = false

    func run() throws {
      let workspace = try place.open()
      let folder = workspace.settings.rulesFolder
      guard !WorkspaceCreation.hasRules(in: folder) else {
        throw WorkspaceError(
          .usage, message: "\(folder) has rules already, and stays as it is",
          hint: "'lockstep rules list' lists them")
      }
      let source = try connector(source, isSource: true, in: workspace)
      let target = try connector(target, isSource: false, in: workspace)
      let names = names(of: target, in: workspace)
      let rules = StandardRules.text(for: names).replacing("%Source%", with: source)
        .replacing("%Target%", with: target)
      let parameters = RuleParameters(connectors: workspace.settings.parameters)
      // What they ask for and the workspace does not tell is told before anything is written.
      _ = try RuleSet.parse(rules, file: "standard.toml", parameters: parameters)
      _ = try WorkspaceCreation(folder: workspace.folder).makeRules(
        in: folder, rules: rules,
        examples: StandardExamples.text(source: source, target: target, names: names))
      StandardStreams.say(
        SafeText.line(
          "Put the standard rules from \(source) to \(target) into \(folder), with examples. "
            + "'lockstep check' tries all; 'lockstep initial --dry-run' tells what they would do."))
    }

    private func names(of target: String, in workspace: Workspace) -> StandardRules.TargetNames {
      switch workspace.settings.connectors.first(where: { $0.name == target })?.kind {
      case .graph: .graph
      case .scim(let section) where section.url != nil && !isLockstepTenant: .service
      default: .scim
      }
    }

    /// The connector of this name, or the only one there is.
    private func connector(
      _ name: String?, isSource: Bool, in workspace: Workspace
    ) throws -> String {
      let kind = isSource ? "source" : "target"
      let names = workspace.settings.connectors.filter { $0.isSource == isSource }.map(\.name)
      if let name {
        if let found = names.first(where: { $0.lowercased() == name.lowercased() }) { return found }
        throw WorkspaceError(
          .notFound, message: "There is no \(kind) '\(name)'",
          hint: names.isEmpty
            ? "lockstep.toml has none" : "There are: " + names.joined(separator: ", "))
      }
      guard names.count == 1 else {
        throw WorkspaceError(
          .usage,
          message: names.isEmpty
            ? "lockstep.toml has no \(kind)" : "lockstep.toml has several \(kind)s",
          hint: names.isEmpty
            ? "Add a [[connector]] with role = \"\(kind)\""
            : "Name one with --\(kind): " + names.joined(separator: ", "))
      }
      return names[0]
    }
  }
}
