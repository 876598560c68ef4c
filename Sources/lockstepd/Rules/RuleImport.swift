import Configuration
import Directory
import EntraConfiguration
import Foundation
import RuleTools
import SyncRules
import Workspace

/// An import of exported rules into a workspace: worked out whole before anything is written.
struct RuleImport {
  /// A rule file to be written.
  struct File {
    var path: String
    var rules: [SyncRule]
    var text: String
  }

  let export: EntraExport
  let workspace: Workspace
  let match: EntraConnectorMatch.Result
  let rules: [SyncRule]
  var files: [File] = []
  /// What is added to `lockstep.toml`, in words.
  private(set) var addedSettings: [String] = []
  var notes: [String] = []
  /// The rule files that were there, of which some stay.
  private(set) var present = Present()
  private var configuration: String?
  /// The text of `lockstep.toml` that was worked on.
  private var configurationBefore = ""
  private var addedParameters: [(connector: String, name: String, value: String)] = []
  private var addedContainers: [(connector: String, containers: EntraContainers)] = []

  init(_ export: EntraExport, _ workspace: Workspace, given: [String: [String]]) throws {
    self.export = export
    self.workspace = workspace
    match = try EntraConnectorMatch.match(
      export, given: given,
      candidates: workspace.settings.connectors.map {
        EntraConnectorMatch.Candidate(name: $0.name, isSource: $0.isSource)
      })
    let converted = try EntraConversion(export, connectors: match.connectors).converted()
    let fitted = Self.fitted(converted.rules, to: workspace)
    rules = fitted.rules
    notes = converted.notes.map(\.description) + fitted.notes
    files = makeFiles()
    present = try findPresent(Set(files.map(\.path)))
    notes += present.notes
    carryMatching()
    try edit()
    try prove()
  }

  private func makeFiles() -> [File] {
    var files: [File] = []
    var taken: Set<String> = []
    for connector in workspace.settings.connectors {
      for direction in Direction.allCases {
        let own = rules.filter {
          $0.direction == direction && $0.connector.lowercased() == connector.name.lowercased()
        }
        guard !own.isEmpty else { continue }
        let name = Self.name(connector.name, direction, &taken)
        files.append(
          File(
            path: WorkspaceLocation.join(workspace.settings.rulesFolder, name), rules: own,
            text: RuleText.file(own, heading: heading(connector.name, direction))))
      }
    }
    return files
  }

  private func heading(_ connector: String, _ direction: Direction) -> [String] {
    var lines = [
      "\(direction == .inbound ? "Inbound" : "Outbound") rules of \(connector), " + Self.headingEnd
    ]
    if let metaverse = export.metaverse, !metaverse.server.isEmpty {
      lines.append("Server \(metaverse.server), exported \(metaverse.exportDate).")
    }
    return lines + ["", "Rules of your own belong in another file, with precedence below 100."]
  }

  /// A name for the file of a connector's rules that none in `taken` has: connectors may differ in
  /// signs alone.
  private static func name(
    _ connector: String, _ direction: Direction, _ taken: inout Set<String>
  ) -> String {
    let end = (direction == .inbound ? "-in" : "-out") + ".toml"
    var name = slug(connector) + end
    var number = 2
    while !taken.insert(name).inserted {
      name = slug(connector) + "-\(number)" + end
      number += 1
    }
    return name
  }

  private static func slug(_ name: String) -> String {
    let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }
    return words.isEmpty ? "connector" : words.joined(separator: "-")
  }

  private var configurationFile: String {
    WorkspaceLocation.join(workspace.folder, WorkspaceLocation.configurationFile)
  }

  /// Adds to `lockstep.toml` what the rules need: parameters, and the names of attributes.
  private mutating func edit() throws {
    let text: String
    do {
      text = try String(contentsOfFile: configurationFile, encoding: .utf8)
    } catch {
      throw WorkspaceError(
        .system, message: "\(configurationFile) can't be read: \(error.localizedDescription)",
        hint: "Check its permissions")
    }
    configurationBefore = text
    var edit = ConfigurationEdit(text)
    let known = RuleCheck.parameters(of: workspace)
    // From the last section to the first, so that the places of those before stay right.
    for connector in workspace.settings.connectors.sorted(by: { $0.place.line > $1.place.line }) {
      let exported = export.connectors.first {
        match.connectors[$0.id]?.contains(connector.name) == true
      }
      guard let exported else { continue }
      let missing = try missing(exported, connector, known.values(for: connector.name))
      edit.add(parameters: missing, toSectionAt: connector.place)
      addedParameters += missing.map { (connector.name, $0.name, $0.value) }
      addedSettings += missing.map { "\(connector.name): \($0.name) = \"\($0.value)\"" }
      let filter = filter(exported, connector)
      notes += filter.notes
      if let containers = filter.containers { add(containers, to: connector, &edit) }
      if exported.isCloud, case .scim(let section) = connector.kind, !section.usesEntraNames {
        edit.add(
          "names", "\"entra\"", toSectionAt: connector.place, inPlaceOf: "\"scim\"")
        addedSettings.append("\(connector.name): names = \"entra\"")
      }
    }
    configuration = edit.text == text ? nil : edit.text
  }

  private mutating func add(
    _ containers: EntraContainers, to connector: ConnectorDefinition,
    _ edit: inout ConfigurationEdit
  ) {
    addedContainers.append((connector.name, containers))
    for (key, names) in [("exclude", containers.excluded), ("include", containers.included)]
    where !names.isEmpty {
      let value = "[" + names.map { TOMLText.quoted($0.text) }.joined(separator: ", ") + "]"
      edit.add(key, value, toSectionAt: connector.place, inPlaceOf: "[]")
      addedSettings.append("\(connector.name): \(key) = \(value)")
    }
  }

  /// The parameters that rules name and the workspace does not have, or has by derivation only and
  /// otherwise.
  private mutating func missing(
    _ exported: EntraConnector, _ connector: ConnectorDefinition, _ known: [String: String]
  ) throws -> [(name: String, value: String)] {
    let own = rules.filter { $0.connector == connector.name }
    let partition = Self.base(of: connector).flatMap { exported.partition(holding: $0) }
    var missing: [(name: String, value: String)] = []
    for name in EntraConversion.parameters(of: own).sorted() where name != "Connector.ID" {
      let value =
        partition?.parameters[name] ?? exported.parameters[name]
        ?? export.metaverse?.parameters[name]
      if value == nil, connector.parameters[name] == nil {
        try checkDomains(name, exported, connector, own)
      }
      guard let value else {
        if known[name] == nil {
          notes.append("the export has no value for %\(name)%; add it to \(connector.name)")
        }
        continue
      }
      if let given = connector.parameters[name] {
        guard given != value else { continue }
        notes.append("\(connector.name) keeps \(name) = \"\(given)\"; the export has \"\(value)\"")
      } else if known[name] != value {
        missing.append((name, value))
      }
    }
    return missing
  }

  /// Refuses a parameter that has one value here and several in the export, one for each domain.
  private func checkDomains(
    _ name: String, _ exported: EntraConnector, _ connector: ConnectorDefinition,
    _ own: [SyncRule]
  ) throws {
    let domains = exported.partitions.filter { $0.isSelected && $0.parameters[name] != nil }
    guard let rule = own.first(where: { !$0.isDisabled && $0.parameters.contains(name) }),
      domains.count > 1
    else { return }
    let values = domains.prefix(5).map { "\"\($0.parameters[name] ?? "")\" in \($0.name)" }
    throw WorkspaceError(
      .usage,
      message: "\(rule.place): The rule \"\(rule.name)\" names %\(name)%, which is "
        + values.joined(separator: " and ") + "; \(connector.name) has one value",
      hint: "Write \(name) = \"…\" under [connector.parameters] of \(connector.name), whose domain "
        + "alone it then reads; add a [[connector]] for each other domain; and import again with all "
        + "of them: --connector '\(exported.name)=\(connector.name)' --connector "
        + "'\(exported.name)=NAME'")
  }

  /// What is to be written must be read again, and mean what was exported.
  private mutating func prove() throws {
    let settings = try settingsToBe()
    for added in addedParameters {
      let connector = settings.connectors.first { $0.name == added.connector }
      guard connector?.parameters[added.name] != added.value else { continue }
      throw WorkspaceError(
        .system,
        message: "\(configurationFile) is written in a way that \(added.name) can't be added to "
          + added.connector,
        hint: "Nothing was written; add \(added.name) = \"\(added.value)\" there by hand, under "
          + "[connector.parameters]")
    }
    try checkContainers(settings)
    let parameters = RuleCheck.parameters(
      of: Workspace(folder: workspace.folder, settings: settings))
    let text = files.map(\.text).joined(separator: "\n")
    // What is wrong with the rules themselves is told at their own places.
    let meant = try RuleSet(rules, parameters: parameters)
    let read = try readAgain(text, parameters)
    let difference = RuleDifference(from: meant.rules, to: read.rules)
    guard difference.isEmpty else {
      throw WorkspaceError(
        .system,
        message: "The rules can't be written as they are: "
          + difference.lines.prefix(5).joined(separator: "; "), hint: "Nothing was written")
    }
    let inForce = try whole(parameters)
    notes += exampleNotes(inForce) + idleNotes(inForce)
  }

  /// The rules as they will be read.
  private func readAgain(_ text: String, _ parameters: RuleParameters) throws -> RuleSet {
    do {
      return try RuleSet.parse(text, file: "", parameters: parameters)
    } catch {
      // Its place is one in a text that nobody has.
      throw WorkspaceError(
        .usage, message: "The rules can't be written as they are: \(error.message)",
        hint: "Nothing was written. " + error.hint)
    }
  }

  /// That connectors have no rules by which anything comes in.
  private func idleNotes(_ inForce: RuleSet) -> [String] {
    RuleLint.idleSources(
      workspace.settings.connectors.filter(\.isSource).map(\.name), rules: inForce.rules
    ).map { $0.message + ": " + $0.hint }
  }

  /// What `lockstep.toml` will say.
  private func settingsToBe() throws -> WorkspaceSettings {
    guard let configuration else { return workspace.settings }
    do {
      return try WorkspaceSettings(
        try TOMLTable.parse(configuration, file: configurationFile), folder: workspace.folder)
    } catch {
      // Its place is one in a text that nobody has.
      throw WorkspaceError(
        .usage,
        message: "\(configurationFile) is written in a way that it can't be read any more with "
          + "what the import adds: \(error.message)",
        hint: "Nothing was written. \(wayOut), or add this by hand, and import again: "
          + addedSettings.joined(separator: "; "))
    }
  }

  /// What to change in `lockstep.toml` so that the import can add to it.
  private var wayOut: String {
    let inline = Set(addedParameters.map(\.connector)).sorted().filter { name in
      // The parameters that there are stand in the connector's own section.
      workspace.settings.connectors.first { $0.name == name }?.parameters.isEmpty == false
    }
    guard inline.isEmpty || configurationBefore.firstMatch(of: #/(?m)^\s*parameters\s*=/#) == nil
    else {
      return "Write parameters = { … } of \(inline.joined(separator: ", ")) as a section "
        + "[connector.parameters]"
    }
    return "Take out the keys names, include and exclude that say nothing of their own"
  }

  private func checkContainers(_ settings: WorkspaceSettings) throws {
    for added in addedContainers {
      let connector = settings.connectors.first { $0.name == added.connector }
      guard case .ldap(let section)? = connector?.kind,
        section.reading.included == added.containers.included.map(\.text),
        section.reading.excluded == added.containers.excluded.map(\.text)
      else {
        throw WorkspaceError(
          .system,
          message: "\(configurationFile) is written in a way that the containers can't be added to "
            + added.connector,
          hint: "Nothing was written; add include and exclude there by hand, and import again")
      }
    }
  }

  /// Writes the rules; gives the names under which what was there is kept.
  func carryOut(replace: Bool) throws -> [String] {
    let folder = workspace.settings.rulesFolder
    guard replace || present.isEmpty else {
      let names = (present.replaced + present.staying).sorted().prefix(3).map {
        ($0 as NSString).lastPathComponent
      }
      throw WorkspaceError(
        .usage,
        message: "\(folder) has rules already (\(names.joined(separator: ", "))); nothing was "
          + "written",
        hint: "--replace puts the imported rules in the place of the standard ones and of those of "
          + "an earlier import, and keeps them; rules of your own stay")
    }
    try InheritedOwner.makeFolder(folder)
    var replacement = FileReplacement()
    let new = Set(files.map(\.path))
    for path in present.replaced where !new.contains(path) { replacement.retire(path) }
    for path in standardExampleFiles() { replacement.retire(path) }
    for file in files { replacement.put(file.text, at: file.path) }
    if let configuration {
      replacement.put(configuration, at: configurationFile, replacing: configurationBefore)
    }
    return try replacement.run()
  }
}
