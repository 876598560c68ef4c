public import Directory
import GRDB

/// The application log as the engine hands it on.
extension StoreTransaction {
  /// Events after the one with the number `event`, oldest first.
  public func events(after event: Int64, limit: Int) throws -> [EventRow] {
    try rows(
      """
      SELECT id, time, level, code, source, message FROM event WHERE id > ? ORDER BY id LIMIT ?
      """, [event, limit]
    ).map { row in
      EventRow(
        id: row[0], time: Timestamp(milliseconds: row[1]),
        level: EventRow.Level(rawValue: row[2]) ?? .information, code: row[3], source: row[4],
        message: row[5])
    }
  }

  /// When the youngest event was noted; nil if there was none.
  public func lastEventTime() throws -> Timestamp? {
    try integer("SELECT time FROM event ORDER BY id DESC LIMIT 1").map {
      Timestamp(milliseconds: $0)
    }
  }

  /// The number of the youngest event; 0 if there was none.
  public func lastEvent() throws -> Int64 { try integer("SELECT MAX(id) FROM event") ?? 0 }
}
