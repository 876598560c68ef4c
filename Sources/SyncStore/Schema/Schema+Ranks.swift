import GRDB

/// References are told apart by more than the precedence of the rule that gave them.
extension Schema {
  /// Makes ranks of precedences (``ReferenceRank``).
  static func makeRanks(_ db: Database) throws {
    try db.execute(
      sql: "UPDATE mv_reference SET precedence = precedence * \(ReferenceRank.step)")
  }
}
