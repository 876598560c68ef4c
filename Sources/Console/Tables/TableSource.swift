public import SyncStore

/// What a table shows.
public enum TableSource: Hashable, Sendable {
  /// A list of the store, which sorts and narrows it.
  case store(ListSource)
  /// The connectors, which are few.
  case connectors
  /// The rules, which are few; with what they have brought about where that is known.
  case rules(RuleUse?)

  /// What rules have brought about, where the table shows that.
  var ruleUse: RuleUse? {
    guard case .rules(let use) = self else { return nil }
    return use
  }

  /// The word for it in a file's name.
  var name: String {
    switch self {
    case .connectors: "connectors"
    case .rules: "rules"
    case .store(let list):
      switch list {
      case .operations: "operations"
      case .errors(let step): "step-\(step)-errors"
      case .openErrors(let kind):
        "errors" + (kind.map { "-" + LinesExport.word($0.type) } ?? "")
      case .changes(let step, _, let counter): "step-\(step)-" + counter
      case .objects(let connector, let scope):
        "objects-" + String(connector.map { $0.isLetter || $0.isNumber ? $0 : "-" }) + "-"
          + scope.rawValue
      case .held(let group): "held-g\(group)"
      case .users: "users"
      case .events: "events"
      case .metaverse: "metaverse"
      case .passwords: "passwords"
      case .passwordBatches: "password-batches"
      }
    }
  }
}

/// Rows of a ``TableSource``.
public enum TableRows: Equatable, Sendable {
  /// Rows of a list of the store.
  case store(ListRows)
  /// Connectors.
  case connectors([ConnectorRow])
  /// Rules.
  case rules([RuleItem])
}

/// A page of a table whose order is worked out, by the place of its first row.
public struct PageRequest: Hashable, Sendable {
  /// The table.
  public var source: TableSource
  /// Its order, and what it is narrowed to.
  public var arrangement: ListArrangement
  /// The place of the first row.
  public var start: Int
  /// How many rows.
  public var count: Int
  /// A row whose place is asked for.
  public var anchor: Int64?
  /// Whether there is nothing to show before that place is known.
  public var waitsForAnchor = false
}

/// How far the order of a table has been worked out.
public struct OrderState: Hashable, Sendable {
  /// Counts up with every time that it was worked out.
  public var revision: Int
  /// How many rows there are, as far as is known.
  public var total: Int
  /// Whether these are all.
  public var isComplete: Bool
  /// Whether something was committed since it was begun.
  public var isOld = false

  /// A state of these parts.
  public init(revision: Int, total: Int, isComplete: Bool) {
    self.revision = revision
    self.total = total
    self.isComplete = isComplete
  }
}

/// The answer to a ``PageRequest``.
public struct TablePage: Equatable, Sendable {
  /// The rows; those that have gone meanwhile are left out.
  public var rows: TableRows
  /// The order that they stand in.
  public var state: OrderState
  /// The place of the row that was asked for; nil if it is not there.
  public var anchorIndex: Int?
}
