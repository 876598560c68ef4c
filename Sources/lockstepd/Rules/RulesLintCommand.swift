import ArgumentParser
import Configuration
import Directory
import EntraConfiguration
import Foundation
import RuleTools
import SyncRules
import Workspace

/// The command `rules lint`.
struct RulesLintCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Looks for rules that can't work, never happen, or likely are not meant.",
    discussion: """
      Of a workspace, its targets by SCIM are asked for their attributes; one that does not answer \
      is told, and its rules are looked at without. Sources are not asked: a directory may hold \
      other attributes than it tells. Of a configuration that Entra Connect exported, the exported \
      schemas are taken. A file or folder that belongs to no workspace is looked at with the \
      connectors of --workspace, if its rules are for these.

      Ends with status 0 if there is no error (warnings may be there), else with 3.
      """)

  @OptionGroup var options: RuleOptions
  @Argument(help: "A set as 'rules diff' takes it; the workspace's rules if it is not given.")
  var set: String?
  @Flag(help: "Ask no connector.")
  var offline = false
  @Option(
    help: ArgumentHelp(
      "Take the metaverse's attributes from a configuration that Entra Connect exported.",
      valueName: "folder"))
  var metaverse: String?

  func run() async throws {
    // Connectors are asked, with their passwords and tokens.
    ProcessCare.begin()
    var (rules, surroundings, notes) = try await look()
    if let metaverse {
      let export = try EntraExport.read(folder: metaverse)
      surroundings.metaverse = export.metaverse?.schema.directorySchema
    }
    rules.sort { ($0.precedence, $0.id) < ($1.precedence, $1.id) }
    let findings = RuleLint.findings(rules, in: surroundings)
    let errors = findings.count { $0.severity == .error }
    var lines = notes.map { "note: " + $0 } + findings.map(\.description)
    lines.append(
      "\(rules.count) rules: \(errors) errors, \(findings.count - errors) warnings")
    try Output.print(
      Answer(rules: rules.count, notes: notes, findings: findings), lines, asJSON: options.json)
    if errors > 0 { throw ExitCode(ExitStatus.stopped.rawValue) }
  }

  private struct Answer: Encodable {
    let rules: Int
    let notes: [String]
    let findings: [Finding]
  }

  private func look() async throws -> ([SyncRule], RuleSurroundings, [String]) {
    let folder = options.place.folder
    if let set, EntraExport.isExport(set) {
      let export = try EntraExport.read(folder: set)
      return (
        try RuleSource.rules(of: export), export.surroundings, export.notes.map(\.description)
      )
    }
    let rules = try RuleSource.rules(at: set ?? folder, folder: folder)
    let home = home(of: set, folder)
    guard Self.isWorkspace(home) else {
      return (rules, RuleSurroundings(), ["there is no workspace: connectors are not known"])
    }
    let workspace = try Workspace.open(home)
    if home == folder, let set, let note = try stranger(set, rules, workspace) {
      return (rules, RuleSurroundings(), [note])
    }
    let tenant = workspace.settings.tenant == nil || offline ? nil : try TenantKeeper(workspace)
    let factory = offline ? nil : ConnectorFactory(workspace: workspace, tenant: tenant)
    let (surroundings, notes) = try await WorkspaceSurroundings(workspace).find(factory)
    await tenant?.end()
    return (rules, surroundings, notes + (offline ? [] : unasked(workspace)))
  }

  /// The folder of the workspace that `set` is; `folder`, where it is none.
  private func home(of set: String?, _ folder: String) -> String {
    guard let set else { return folder }
    let path = WorkspaceLocation.absolute(set, in: FileManager.default.currentDirectoryPath)
    return Self.isWorkspace(path) ? path : folder
  }

  private static func isWorkspace(_ folder: String) -> Bool {
    FileManager.default.fileExists(
      atPath: WorkspaceLocation.join(folder, WorkspaceLocation.configurationFile))
  }

  /// That `set`, which lies outside the rules of `workspace`, has rules for other connectors: what is
  /// known of these here says nothing of it.
  private func stranger(
    _ set: String, _ rules: [SyncRule], _ workspace: Workspace
  ) throws -> String? {
    let path = WorkspaceLocation.absolute(set, in: FileManager.default.currentDirectoryPath)
    let own = workspace.settings.rulesFolder
    guard path != workspace.folder, !(path + "/").hasPrefix(own + "/") else { return nil }
    let known = Set(workspace.settings.connectors.map { $0.name.lowercased() })
    guard let other = rules.first(where: { !known.contains($0.connector.lowercased()) }) else {
      return nil
    }
    return "\(workspace.folder) has no connector \"\(other.connector)\": what it knows of its "
      + "connectors is not looked into"
  }

  /// Notes on the connectors that are never asked.
  private func unasked(_ workspace: Workspace) -> [String] {
    workspace.settings.connectors.compactMap { definition in
      switch definition.kind {
      case .ldap, .ldif:
        "\(definition.name) (\(definition.typeName)) is not asked: it may hold any attribute"
      case .scim, .graph: nil
      }
    }
  }
}

extension EntraExport {
  /// What the export knows of the world in which its rules work, connectors under their own names.
  var surroundings: RuleSurroundings {
    let types = Dictionary(grouping: rules, by: \.connectorID).mapValues { rules in
      Set(rules.map { $0.direction == .inbound ? $0.sourceType : $0.targetType })
    }
    let connectors = self.connectors.map { connector in
      var byType: [String: Set<AttributeName>] = [:]
      for type in types[connector.id] ?? [] {
        byType[type.lowercased()] = connector.schema?.attributes(of: type)
      }
      return RuleSurroundings.Connector(
        name: connector.name, schema: connector.schema?.directorySchema,
        attributesByType: byType, anchors: connector.isCloud ? ["sourceAnchor", "dn"] : [],
        parameters: Set(connector.parameters.keys))
    }
    return RuleSurroundings(
      connectors: connectors, metaverse: metaverse?.schema.directorySchema)
  }
}
