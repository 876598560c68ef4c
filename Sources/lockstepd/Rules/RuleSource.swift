import ArgumentParser
import Configuration
import EntraConfiguration
import Foundation
import RuleTools
import SyncRules
import Workspace

/// The option that gives exported connectors the names of the workspace's.
struct ConnectorNames: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Which connector of the workspace stands for which of the export; may be repeated, also for a "
        + "forest of several domains, each of which has a connector here.",
      valueName: "exported name=name"))
  var connector: [String] = []

  /// The workspace's names by the exported ones, in the order in which they were given.
  func pairs() throws -> [String: [String]] {
    var pairs: [String: [String]] = [:]
    for text in connector {
      guard let equals = text.lastIndex(of: "="), equals != text.startIndex,
        text.index(after: equals) != text.endIndex
      else {
        throw ValidationError(
          "--connector takes a pair: 'contoso.com=contoso.test', not '\(text)'.")
      }
      let (key, name) = (String(text[..<equals]), String(text[text.index(after: equals)...]))
      if pairs[key]?.contains(name) != true { pairs[key, default: []].append(name) }
    }
    return pairs
  }
}

/// Reads rules from wherever a person points to, as they are written there.
enum RuleSource {
  /// The rules at `path`: a rule file, a folder of them, a workspace, or an exported configuration.
  ///
  /// Parameters stay as they are written, so that rules can be read without their connectors.
  ///
  /// - Parameters:
  ///   - folder: The workspace, in which a relative path that is not found here is looked for.
  ///   - names: Names for exported connectors; the others keep theirs.
  static func rules(
    at path: String, folder: String, names: [String: [String]] = [:]
  ) throws -> [SyncRule] {
    if let known = try set(at: path, folder: folder) { return known.rules }
    let path = WorkspaceLocation.absolute(path, in: FileManager.default.currentDirectoryPath)
    return try rules(of: try EntraExport.read(folder: path), names: names)
  }

  /// The rules at `path` as a set, with what it says of matching; nil for an exported configuration.
  static func set(at path: String, folder: String) throws -> RuleSet? {
    let path = WorkspaceLocation.absolute(path, in: FileManager.default.currentDirectoryPath)
    if EntraExport.isExport(path) { return nil }
    let configuration = WorkspaceLocation.join(path, WorkspaceLocation.configurationFile)
    if FileManager.default.fileExists(atPath: configuration) {
      return try raw(folder: try Workspace.open(path).settings.rulesFolder)
    }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw WorkspaceError(
        .notFound, message: "There is nothing at \(path)",
        hint: "Name a rule file, a folder of them, a workspace, or an exported configuration")
    }
    return isFolder.boolValue ? try raw(folder: path) : try raw(files: [path])
  }

  /// The rules of an export; its connectors keep their names unless `names` has others.
  static func rules(
    of export: EntraExport, names: [String: [String]] = [:]
  ) throws -> [SyncRule] {
    let connectors = try EntraConnectorMatch.named(export, given: names)
    return try EntraConversion(export, connectors: connectors).rules()
  }

  /// The rule that a person calls `name`.
  static func rule(_ name: String, among rules: [SyncRule]) throws -> SyncRule {
    let folded = name.lowercased()
    if let rule = rules.first(where: { $0.name.lowercased() == folded || $0.id == name }) {
      return rule
    }
    let found = rules.filter { $0.name.lowercased().contains(folded) }
    if found.count == 1 { return found[0] }
    throw WorkspaceError(
      .notFound,
      message: found.isEmpty
        ? "There is no rule \"\(name)\"" : "\(found.count) rules have \"\(name)\" in their names",
      hint: found.isEmpty
        ? Spelling.nearest(name, among: rules.map(\.name)).map { "Did you mean \"\($0)\"?" }
          ?? "'lockstep rules list' names them"
        : found.prefix(5).map { "\"\($0.name)\"" }.joined(separator: ", "))
  }

  private static func raw(folder: String) throws -> RuleSet {
    try raw(files: try files(in: folder))
  }

  /// The rule files in `folder`, in the order of their names.
  static func files(in folder: String) throws -> [String] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw WorkspaceError(
        .usage, message: "The rule folder \(folder) can't be read: \(error.localizedDescription)",
        hint: FileManager.default.fileExists(atPath: folder)
          ? "Check the path and its permissions"
          : "'lockstep rules standard' makes it, with the standard rules in it; or name another "
            + "folder in [rules]")
    }
    return names.filter { $0.hasSuffix(".toml") && !$0.hasPrefix(".") }.sorted()
      .map { WorkspaceLocation.join(folder, $0) }
  }

  private static func raw(files: [String]) throws -> RuleSet {
    var parameters: [String: String] = [:]
    for file in files {
      // What can't be read is told with its place by the reader below.
      let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
      for name in names(in: text) { parameters[name] = "%" + name + "%" }
    }
    return try RuleSet.load(files: files, parameters: parameters)
  }

  /// All that could be the name of a parameter in `text`.
  private static func names(in text: String) -> Set<String> {
    guard text.utf8.count <= TOMLTable.sizeLimit else { return [] }
    let parts = text.split(separator: "%", omittingEmptySubsequences: false)
    return Set(
      parts.dropFirst().filter { part in
        !part.isEmpty && part.utf8.count <= 100
          && part.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) || $0 == 0x2E
          }
      }.map(String.init))
  }
}
