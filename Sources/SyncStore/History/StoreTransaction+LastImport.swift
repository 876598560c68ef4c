public import Directory

extension StoreTransaction {
  /// When the newest import of a connector began that came to its end, where a later one did not; nil
  /// where the newest did, or none ever has.
  ///
  /// What a target took after it was never compared with what it shows.
  public func lastEndedImport(connector: Int64) throws -> Timestamp? {
    guard let newest = try newestImport(connector: connector, where: "1"),
      let ended = try newestImport(connector: connector, where: Self.isEnded), ended.id < newest.id
    else { return nil }
    return ended.began
  }

  private static let isEnded = "(result = 'success' OR result LIKE 'completed-%')"

  private func newestImport(
    connector: Int64, where condition: String
  ) throws -> (id: Int64, began: Timestamp)? {
    let found = try [StepType.fullImport, .deltaImport].compactMap { type in
      try row(
        """
        SELECT id, started FROM step s INDEXED BY step_connector
        WHERE connector_id = ? AND type = ? AND is_rehearsal = 0 AND ended IS NOT NULL
          AND \(condition) AND \(Self.isOfMany("s")) ORDER BY id DESC LIMIT 1
        """, [connector, type.rawValue])
    }
    return found.map { (id: $0[0] as Int64, began: Timestamp(milliseconds: $0[1])) }
      .max { $0.id < $1.id }
  }
}
