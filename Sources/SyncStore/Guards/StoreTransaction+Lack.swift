/// Which objects a held import did not show: a person looks at them before a word about all.
extension StoreTransaction {
  /// So many are kept by number.
  public static let mostOfLack = 1000

  /// The setting of a connector whose number is an expression.
  static func lackKey(_ connector: String) -> String {
    "'connector.' || \(connector) || '.held-lack'"
  }

  private static func lackKey(of connector: Int64) -> String { "connector.\(connector).held-lack" }

  /// Keeps which objects an import is held for, at most ``mostOfLack`` of them; nil forgets them.
  public func setLack(connector: Int64, _ ids: [Int64]?) throws {
    let some = ids.map { $0.prefix(Self.mostOfLack).map(String.init).joined(separator: " ") }
    try set(Self.lackKey(of: connector), some)
  }

  /// The objects for which an import of a connector is held, as far as they are known; nil if none is.
  public func lack(connector: Int64) throws -> [Int64]? {
    try setting(Self.lackKey(of: connector)).map {
      $0.split(separator: " ").compactMap { Int64($0) }
    }
  }

  /// Whether an import of a connector is held for objects that it did not show.
  public func isHeldForLack(connector: Int64) throws -> Bool {
    try importHolds(connector: connector).contains { $0.isForLack && $0.releasedBy == nil }
  }
}
