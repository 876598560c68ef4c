import Foundation
import GRDB

/// What a change of the rules is and does, from when it is noticed until it is done.
extension StoreTransaction {
  /// The setting that names the rules of which it was told to its end what their change does.
  public static let assessedRules = "rules.assessed"

  /// Keeps what differs in the rules of a connector and what that does, instead of what was kept
  /// before.
  public func setDue(
    _ connector: Int64, changes: [DueChange], effects: [DueEffect]
  ) throws {
    try forgetDue(connector)
    for change in changes {
      try execute(
        "INSERT INTO due_change(connector_id, rule, what, before, after) VALUES (?, ?, ?, ?, ?)",
        [connector, change.rule, change.what, change.before, change.after])
    }
    for effect in effects {
      let samples = try JSONEncoder().encode(effect.samples)
      try execute(
        """
        INSERT INTO due_effect(connector_id, kind, object_type, attribute, count, looked, total,
          samples) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          connector, effect.kind.rawValue, effect.objectType, effect.attribute, effect.count,
          effect.looked, effect.total, String(decoding: samples, as: UTF8.self),
        ])
    }
  }

  /// Forgets what was due on a connector; it is done, or not so any more.
  func forgetDue(_ connector: Int64) throws {
    for table in ["due_change", "due_effect"] {
      try execute("DELETE FROM \(table) WHERE connector_id = ?", [connector])
    }
  }

  /// Whether a full synchronization of any connector is due, or of any but one.
  public func isFullSyncDue(but connector: Int64? = nil) throws -> Bool {
    try integer(
      """
      SELECT 1 FROM connector WHERE is_active = 1 AND full_sync_reason IS NOT NULL AND id IS NOT ?
      LIMIT 1
      """, [connector]) != nil
  }

  func dueChanges(_ connector: Int64) throws -> [DueChange] {
    try rows(
      "SELECT rule, what, before, after FROM due_change WHERE connector_id = ? ORDER BY id",
      [connector]
    ).map { DueChange(rule: $0[0], what: $0[1], before: $0[2], after: $0[3]) }
  }

  func dueEffects(_ connector: Int64) throws -> [DueEffect] {
    try rows(
      """
      SELECT kind, object_type, attribute, count, looked, total, samples FROM due_effect
      WHERE connector_id = ? ORDER BY id
      """, [connector]
    ).compactMap { row in
      guard let kind = DueEffect.Kind(rawValue: row[0]) else { return nil }
      let samples = Data((row[6] as String).utf8)
      return DueEffect(
        kind, objectType: row[1], attribute: row[2], count: row[3], looked: row[4], total: row[5],
        samples: (try? JSONDecoder().decode([String].self, from: samples)) ?? [])
    }
  }

  /// The numbers of metaverse objects after the object `after`, at most `limit`.
  public func metaverseIDs(after: Int64, limit: Int) throws -> [Int64] {
    try rows("SELECT id FROM mv_object WHERE id > ? ORDER BY id LIMIT ?", [after, limit])
      .map { $0[0] }
  }

  /// How many metaverse objects there are.
  public func metaverseCount() throws -> Int {
    Int(try integer("SELECT COUNT(*) FROM mv_object") ?? 0)
  }
}
