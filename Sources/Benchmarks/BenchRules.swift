import Foundation
import SyncRules

/// The rule sets that are measured.
enum BenchRules: Hashable {
  /// One rule with ten direct flows, and nothing that goes out.
  case tenFlows
  /// The rules that an installation starts with.
  case standard

  /// The rule set called `word` on the command line.
  init?(_ word: String) {
    switch word {
    case "ten-flows": self = .tenFlows
    case "standard": self = .standard
    default: return nil
    }
  }

  /// The word that ``init(_:)`` takes.
  var word: String {
    switch self {
    case .tenFlows: "ten-flows"
    case .standard: "standard"
    }
  }

  /// The rules between the connectors `people` and `cloud`.
  func load() throws -> RuleSet {
    switch self {
    case .tenFlows: try RuleSet.parse(Self.tenFlowsText, file: "rules of the benchmark")
    case .standard: try StandardRules.ruleSet(source: "people", target: "cloud")
    }
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
