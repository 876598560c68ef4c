import GRDB

/// Exchanges of names that a target refused, which are not to be tried with each export.
extension StoreTransaction {
  /// The target's words when it refused an exchange; nil if it has not refused this one.
  ///
  /// - Parameters:
  ///   - id: The object of the least number among those that exchange their names.
  ///   - circle: What tells whether they, and the names that they are to get, are as they were.
  public func refusedExchange(of id: Int64, circle: String) throws -> String? {
    try first(
      "SELECT words FROM refused_exchange WHERE object_id = ? AND circle = ?", [id, circle]
    ) { $0.text(0) }
  }

  /// Notes that the target refused an exchange, in these words, in the place of one before it.
  public func noteRefusedExchange(of id: Int64, circle: String, words: String) throws {
    try execute(
      "INSERT OR REPLACE INTO refused_exchange(object_id, circle, words) VALUES (?, ?, ?)",
      [id, circle, words])
  }

  /// Forgets that the target refused an exchange of an object's name.
  public func forgetRefusedExchange(of id: Int64) throws {
    try execute("DELETE FROM refused_exchange WHERE object_id = ?", [id])
  }
}
