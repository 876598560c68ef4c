import Directory
import EntraConfiguration
import Foundation
import SyncRules

/// The rule sets that are measured.
enum BenchRules: Hashable {
  /// Rules, and what their target says of itself.
  struct Loaded {
    var rules: RuleSet
    /// Nil for a target that knows the few attributes of which it matters.
    var targetSchema: DirectorySchema?
  }

  /// One rule with ten direct flows, and nothing that goes out.
  case tenFlows
  /// The rules that an installation starts with.
  case standard
  /// The rules that a server of Entra Connect exported to this folder.
  case entra(String)

  /// The rule set called `word` on the command line; nil if that is neither a known name nor a
  /// folder with an exported configuration.
  init?(_ word: String) {
    switch word {
    case "ten-flows": self = .tenFlows
    case "standard": self = .standard
    case _ where EntraExport.isExport(word): self = .entra(word)
    default: return nil
    }
  }

  /// The word that ``init(_:)`` takes.
  var word: String {
    switch self {
    case .tenFlows: "ten-flows"
    case .standard: "standard"
    case .entra(let folder): folder
    }
  }

  /// What the table calls it; a folder may be called so, too.
  var label: String {
    if case .entra = self { "entra" } else { word }
  }

  /// The rules between the connectors `people` and `cloud`.
  func load() throws -> Loaded {
    switch self {
    case .tenFlows:
      Loaded(rules: try RuleSet.parse(Self.tenFlowsText, file: "rules of the benchmark"))
    case .standard: Loaded(rules: try StandardRules.ruleSet(source: "people", target: "cloud"))
    case .entra(let folder): try Self.exported(to: folder)
    }
  }

  /// The rules of a server as they are, with the parameters of its own connectors.
  private static func exported(to folder: String) throws -> Loaded {
    let export = try EntraExport.read(folder: folder)
    let match = try EntraConnectorMatch.match(
      export, given: [:],
      candidates: [
        .init(name: "people", isSource: true), .init(name: "cloud", isSource: false),
      ])
    var parameters: [String: [String: String]] = [:]
    for connector in export.connectors {
      for name in match.connectors[connector.id] ?? [] { parameters[name] = connector.parameters }
    }
    return Loaded(
      rules: try RuleSet(
        try EntraConversion(export, connectors: match.connectors).rules(),
        parameters: RuleParameters(connectors: parameters)),
      targetSchema: export.connectors.first(where: \.isCloud)?.schema?.directorySchema)
  }

  private static let tenFlowsText = """
    [[rule]]
    name = "In from people"
    direction = "inbound"
    connector = "people"
    source = "user"
    target = "person"
    link = "Provision"
    precedence = 100
    join = [ { conditions = [ { source = "objectGUID", target = "sourceAnchor" } ] } ]
    flow = [
      { target = "sourceAnchor", direct = "objectGUID" },
      { target = "displayName", direct = "displayName" },
      { target = "givenName", direct = "givenName" },
      { target = "sn", direct = "sn" },
      { target = "accountName", direct = "sAMAccountName" },
      { target = "userPrincipalName", direct = "userPrincipalName" },
      { target = "mail", direct = "mail" },
      { target = "department", direct = "department" },
      { target = "title", direct = "title" },
      { target = "description", direct = "description" },
    ]
    """
}
