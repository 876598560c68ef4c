/// The kinds of change that a guard counts.
public enum GuardedKind: String, CaseIterable, Sendable {
  /// Objects that are new.
  case adds
  /// Objects with other values.
  case updates
  /// Objects with another name.
  case renames
  /// Objects that go.
  case deletes
}

extension GuardedKind {
  /// What waits for an object with a change of this kind.
  var pending: Pending {
    switch self {
    case .adds: .add
    case .updates, .renames: .update
    case .deletes: .delete
    }
  }
}

/// Where a guard stands.
public enum GuardStage: String, CaseIterable, Sendable {
  /// Between a directory and its connector space.
  case importing = "import"
  /// Between a connector space and its directory.
  case exporting = "export"
}

/// How many changes of a kind pass without a person's word.
public struct GuardLimit: Hashable, Sendable {
  /// Changes that pass; nil for any number.
  public var count: Int?
  /// Changes that pass, in percent of the connector's objects; nil for any share.
  public var percent: Double?
  /// Objects that a connector must hold before the share counts: of a handful, half is little.
  public var smallest: Int

  /// A limit of these parts.
  public init(count: Int? = nil, percent: Double? = nil, smallest: Int = 0) {
    self.count = count
    self.percent = percent
    self.smallest = smallest
  }

  /// The limit of exported deletes where a connector has none of its own: what empties a small
  /// target is no less an accident for being few.
  public static func standardExportedDeletes(threshold: Int) -> GuardLimit {
    GuardLimit(count: threshold, percent: 50, smallest: 10)
  }

  /// How many objects a connector holds, where that makes a difference; else 0.
  public func total(of connector: Int64, _ tx: StoreTransaction) throws -> Int {
    percent == nil ? 0 : try tx.stagedCount(connector: connector)
  }

  /// Whether `amount` changes of a kind are too many to leave for a connector.
  ///
  /// Counts no more objects than make a difference: faces ask often, and a target may hold a million.
  ///
  /// - Parameter gone: How many of them have left already, and their objects with them.
  public func isExceeded(
    by amount: Int, exporting kind: GuardedKind, connector: Int64, gone: Int = 0,
    _ tx: StoreTransaction
  ) throws -> Bool {
    guard amount > 0 else { return false }
    if let count, amount > count { return true }
    guard let percent else { return false }
    let enough = percent > 0 ? min(Double(amount) * 100 / percent, Double(Int32.max)) : 1
    let most = max(smallest, Int(enough) + 1)
    let total = try tx.exposedCount(connector: connector, kind, upTo: most)
    if isExceeded(by: amount, of: total + gone) { return true }
    // Beside few that the rules manage there may be others, and then the share of all counts.
    let all = try tx.exposedCount(connector: connector, .adds, upTo: most)
    return isExceeded(by: amount, of: all + gone)
  }

  /// The limit that `amount` exported changes of a kind went over, in words.
  public func words(
    exceededBy amount: Int, exporting kind: GuardedKind, connector: Int64, gone: Int = 0,
    _ tx: StoreTransaction
  ) throws -> String {
    let total = percent == nil ? 0 : try tx.exposedCount(connector: connector, kind) + gone
    return words(
      exceededBy: amount, of: total, kind == .adds ? "objects" : "managed objects")
  }

  /// Whether `amount` changes are too many for a connector of `total` objects.
  public func isExceeded(by amount: Int, of total: Int) -> Bool {
    guard amount > 0 else { return false }
    if let count, amount > count { return true }
    guard let percent, total > 0, total >= smallest else { return false }
    return Double(amount) * 100 > percent * Double(total)
  }

  /// The limit that `amount` of `total` went over, in words: `500 objects`, `20 % of 1000 objects`.
  public func words(
    exceededBy amount: Int, of total: Int, _ objects: String = "objects"
  ) -> String {
    if let count, amount > count { return "\(count) objects" }
    return share.map { "\($0) of \(total) \(objects)" } ?? "any number of objects"
  }

  /// The share that passes, in words: `20 %`, `0.5 %`; nil for any.
  public var share: String? {
    percent.map { ($0 == $0.rounded() ? String(Int($0)) : String($0)) + " %" }
  }
}

/// The limits of one connector.
public struct GuardLimits: Hashable, Sendable {
  /// Those of its imports; a kind that is missing has none.
  public var importing: [GuardedKind: GuardLimit]
  /// Those of its exports; a kind that is missing has none, deletes the usual one.
  public var exporting: [GuardedKind: GuardLimit]

  /// Limits of these parts.
  public init(
    importing: [GuardedKind: GuardLimit] = GuardLimits.standardImporting,
    exporting: [GuardedKind: GuardLimit] = [:]
  ) {
    self.importing = importing
    self.exporting = exporting
  }

  /// An import that lacks more than half of a hundred objects or more is not believed.
  public static let standardImporting: [GuardedKind: GuardLimit] = [
    .deletes: GuardLimit(percent: 50, smallest: 100)
  ]
}
