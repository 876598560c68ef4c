import Configuration

/// Finds which connector of a workspace stands for which exported one.
public enum EntraConnectorMatch {
  /// A connector of the workspace.
  public struct Candidate: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Whether identities come from it.
    public var isSource: Bool

    /// A connector of these parts.
    public init(name: String, isSource: Bool) {
      self.name = name
      self.isSource = isSource
    }
  }

  /// What was found: the workspace's names by the exported ids, and what was guessed.
  public struct Result: Hashable, Sendable {
    /// The workspace's names by the exported ids: one, or of a forest one for each of its domains.
    public var connectors: [String: [String]] = [:]
    /// The pairs of names that nobody gave.
    public var guessed: [(entra: String, workspace: String)] = []

    /// Whether both say the same.
    public static func == (a: Result, b: Result) -> Bool {
      a.connectors == b.connectors && a.guessed.elementsEqual(b.guessed, by: ==)
    }

    /// Hashes the pairs.
    public func hash(into hasher: inout Hasher) { hasher.combine(connectors) }
  }

  /// The counterparts of the connectors that `export`'s rules are for.
  ///
  /// - Parameters:
  ///   - given: The workspace's names by the exported names or ids, as a person gave them. A source
  ///     may have several: a connector of Entra Connect reads all domains of a forest, one here reads
  ///     one.
  ///   - candidates: The workspace's connectors; those given need not be among them if there are
  ///     none.
  /// - Throws: ``EntraConfigurationError`` if a given name is unknown, or one is not given and
  ///   can't be guessed because there is more than one of its kind.
  public static func match(
    _ export: EntraExport, given: [String: [String]], candidates: [Candidate]
  ) throws(EntraConfigurationError) -> Result {
    var result = Result(connectors: try assigned(export, given, candidates))
    let used = Set(export.rules.map(\.connectorID))
    for connector in export.connectors
    where used.contains(connector.id) && result.connectors[connector.id] == nil {
      let name = try guess(connector, export, candidates, taken: result)
      result.connectors[connector.id] = [name]
      result.guessed.append((connector.name, name))
    }
    return result
  }

  /// The counterparts that a person gave; connectors for which none is given keep their own names.
  ///
  /// - Throws: ``EntraConfigurationError`` if a given name is unknown, or given to two connectors.
  public static func named(
    _ export: EntraExport, given: [String: [String]]
  ) throws(EntraConfigurationError) -> [String: [String]] {
    let own = Dictionary(
      export.connectors.map { ($0.id, [$0.name]) }, uniquingKeysWith: { first, _ in first })
    return own.merging(try assigned(export, given, [])) { $1 }
  }

  /// The counterparts that are given, by the exported ids.
  private static func assigned(
    _ export: EntraExport, _ given: [String: [String]], _ candidates: [Candidate]
  ) throws(EntraConfigurationError) -> [String: [String]] {
    var result: [String: [String]] = [:]
    for (key, names) in given.sorted(by: { $0.key < $1.key }) {
      let connector = try exported(key, export)
      for name in names {
        let name = try known(name, candidates, export)
        let others = result[connector.id] ?? []
        guard !others.contains(where: { $0.lowercased() == name.lowercased() }) else { continue }
        if connector.isCloud, let other = others.first {
          throw EntraConfigurationError(
            place: export.folder,
            message: "The connector \"\(connector.name)\" is given two counterparts, \"\(other)\" "
              + "and \"\(name)\"", hint: "name it once: only a source can stand for several")
        }
        result[connector.id] = others + [name]
      }
    }
    try checkTwice(result, export)
    return result
  }

  /// Refuses one name for two connectors: of their containers and parameters only those of one could
  /// be taken over.
  private static func checkTwice(
    _ given: [String: [String]], _ export: EntraExport
  ) throws(EntraConfigurationError) {
    let used = Set(export.rules.map(\.connectorID))
    var first: [String: String] = [:]
    for connector in export.connectors where used.contains(connector.id) {
      for name in given[connector.id] ?? [] {
        guard let other = first.updateValue(connector.name, forKey: name.lowercased()) else {
          continue
        }
        throw EntraConfigurationError(
          place: export.folder,
          message: "\"\(name)\" is given to two connectors of the export, \"\(other)\" and "
            + "\"\(connector.name)\"",
          hint: "add a [[connector]] to lockstep.toml for each of them first")
      }
    }
  }

  private static func exported(
    _ key: String, _ export: EntraExport
  ) throws(EntraConfigurationError) -> EntraConnector {
    let folded = key.lowercased()
    if let found = export.connectors.first(where: {
      $0.id == folded || $0.id == "{" + folded + "}"
    }) {
      return found
    }
    let namesakes = export.connectors.filter { $0.name.lowercased() == folded }
    if let found = namesakes.first, namesakes.count == 1 { return found }
    guard namesakes.isEmpty else {
      throw EntraConfigurationError(
        place: export.folder,
        message: "\(namesakes.count) connectors of the export are called \"\(key)\"",
        hint: "name one by its id: " + namesakes.map(\.id).sorted().joined(separator: ", "))
    }
    throw EntraConfigurationError(
      place: export.folder, message: "There is no connector \"\(key)\" in the export",
      hint: Spelling.hint(for: key, among: export.connectors.map(\.name)))
  }

  private static func known(
    _ name: String, _ candidates: [Candidate], _ export: EntraExport
  ) throws(EntraConfigurationError) -> String {
    guard !candidates.isEmpty else { return name }
    if let found = candidates.first(where: { $0.name.lowercased() == name.lowercased() }) {
      return found.name
    }
    throw EntraConfigurationError(
      place: export.folder, message: "The workspace has no connector \"\(name)\"",
      hint: Spelling.hint(for: name, among: candidates.map(\.name)))
  }

  private static func guess(
    _ connector: EntraConnector, _ export: EntraExport, _ candidates: [Candidate], taken: Result
  ) throws(EntraConfigurationError) -> String {
    let taken = Set(taken.connectors.values.joined())
    let possible = candidates.filter {
      $0.isSource != connector.isCloud && !taken.contains($0.name)
    }
    let rivals = export.connectors.filter { $0.isCloud == connector.isCloud }
    if possible.count == 1, rivals.count == 1 { return possible[0].name }
    if let same = possible.first(where: { $0.name.lowercased() == connector.name.lowercased() }) {
      return same.name
    }
    let kind = connector.isCloud ? "target" : "source"
    let names = possible.map { "\"\($0.name)\"" }.joined(separator: ", ")
    throw EntraConfigurationError(
      place: "\(connector.place)",
      message: "Which \(kind) of the workspace stands for \"\(connector.name)\"? There "
        + (possible.isEmpty ? "is none to choose" : "are \(names)"),
      hint: possible.isEmpty
        ? "add a [[connector]] with role = \"\(kind)\" for it to lockstep.toml first"
        : "say it with --connector '\(connector.name)=NAME'")
  }
}
