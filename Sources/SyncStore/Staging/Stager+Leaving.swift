import Directory
import GRDB

/// Objects that leave what is read, and are still there: references to them wait for their return.
///
/// Where objects are referred to by name, the name may be another one then: such a reference waits
/// under the object's anchor, with a mark that no name begins with.
extension Stager {
  /// With what references begin that wait for the object with an anchor.
  private static let awaited = AwaitedReference.mark

  /// Under what a reference waits for an object that it named `key`.
  private static func awaiting(_ anchor: String, _ key: String) -> String {
    isName(key) ? awaited + anchor : key
  }

  /// An object has left what is read.
  ///
  /// - Parameter letsGo: Whether what was made of it elsewhere stays as it is.
  mutating func leave(_ address: ObjectAddress, letsGo: Bool) throws {
    guard let stored = try find(address), stored.imageBytes != nil else {
      result.tally.count(.filteredDeletions)
      return
    }
    try leave(stored, letsGo: letsGo)
  }

  mutating func leave(_ stored: Stored, letsGo: Bool) throws {
    if let anchor = stored.anchor { try keepAwaiting(stored.id, anchor) }
    try delete(stored)
    guard letsGo else { return }
    try tx.execute(
      "UPDATE cs_object SET connector_state = ? WHERE id = ?",
      [ConnectorSpaceObject.letGoState, stored.id])
  }

  /// An object that had left what is read, and came back before that was synchronized, is gone: it
  /// counts as deleted.
  func forgetLetGo(_ stored: Stored) throws {
    try tx.execute(
      "UPDATE cs_object SET connector_state = 0 WHERE id = ? AND connector_state = ?",
      [stored.id, ConnectorSpaceObject.letGoState])
  }

  /// Has all references to an object that its directory shows wait for it.
  private func keepAwaiting(_ id: Int64, _ anchor: String) throws {
    let rows = try tx.rows(
      """
      SELECT source_id, attribute_id, value FROM cs_reference WHERE target_id = ? AND state <> 2
      """, [id])
    for row in rows {
      let (source, attributeID, key): (Int64, Int64, String) = (row[0], row[1], row[2])
      // What rules made of text means whoever bears the name.
      if made.contains(attributeID) { continue }
      waiting.areThere = true
      try tx.unflow(connectorReferenceFrom: source, to: id)
      try tx.execute(
        """
        UPDATE OR REPLACE cs_reference SET value = ?, target_id = NULL
        WHERE source_id = ? AND attribute_id = ? AND value = ?
        """, [Self.awaiting(anchor, key), source, attributeID, key])
      try missReference(source, attributeID, id)
      unsettled.insert(source)
      try noteUnannounced(source, attributeID)
    }
  }

  /// Gives references that wait for an object the name that it comes back with.
  ///
  /// Those that were taken out are left: what refers may have been told anew since, by a name.
  func nameAwaited(_ anchor: Anchor, _ dn: DistinguishedName, of id: Int64) throws {
    guard !context.beganEmpty else { return }
    let key = Self.awaited + anchor.text
    let rows = try tx.rows(
      """
      SELECT source_id, attribute_id FROM cs_reference
      WHERE connector_id = ? AND value = ? AND target_id IS NULL AND state <> 2
      """, [context.connector, key])
    for row in rows {
      let (source, attributeID): (Int64, Int64) = (row[0], row[1])
      try tx.makeRoom(source, attributeID, dn.normalized, for: id)
      try tx.execute(
        """
        UPDATE OR REPLACE cs_reference SET value = ?
        WHERE source_id = ? AND attribute_id = ? AND value = ?
        """, [dn.normalized, source, attributeID, key])
    }
  }

  /// Takes out references to an object that is not read, and is gone now; what rules made of text stays.
  func forgetAwaited(_ anchor: Anchor?) throws {
    guard let anchor, !context.isTarget else { return }
    for key in [anchor.text, Self.awaited + anchor.text] {
      try tx.execute(
        """
        DELETE FROM cs_reference WHERE connector_id = ? AND value = ? AND target_id IS NULL
          AND attribute_id NOT IN (SELECT value FROM json_each(?))
        """, [context.connector, key, StoreTransaction.list(made)])
    }
  }
}
