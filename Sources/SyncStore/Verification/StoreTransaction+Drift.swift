import Directory
import GRDB

/// What a target shows against what the rules want, object by object.
extension StoreTransaction {
  /// Objects of a target that it shows or that rules want, after the object `after`, by number.
  public func expectedObjects(
    connector: Int64, after: Int64, limit: Int
  ) throws -> [ConnectorSpaceObject] {
    try rows(
      """
      SELECT id FROM cs_object WHERE connector_id = ? AND id > ?
      AND (desired IS NOT NULL OR image IS NOT NULL) ORDER BY id LIMIT ?
      """, [connector, after, limit]
    ).compactMap { try object($0[0]) }
  }

  /// What of an object differs: before is what its target shows, after is what the rules want.
  ///
  /// Of a multi-valued reference these are the values that are too many and those that are missing,
  /// by the names of the objects that they mean.
  public func drift(of object: ConnectorSpaceObject) throws -> [ObjectChange.Delta] {
    let desired = object.desired ?? DesiredImage()
    let plain =
      try object.image.map { _ in try differences(of: object) }
      ?? desired.attributes.filter { !$0.values.isEmpty }
      .map { .init($0.name, before: [], after: $0.values) }
    return plain + (try referenceDrift(of: object.id))
  }

  /// What of an object's references differs.
  ///
  /// - Parameter sentOnly: Whether only what was sent counts: what waits for its target was not.
  func referenceDrift(
    of id: Int64, sentOnly: Bool = false
  ) throws -> [ObjectChange.Delta] {
    var deltas: [ObjectChange.Delta] = []
    // 1 and 3 are wanted and not shown, 2 and 4 are shown and not wanted.
    let rows = try rows(
      """
      SELECT r.attribute_id, r.state IN (1, 3), COALESCE(NULLIF(t.display, ''), t.dn, '')
      FROM export_reference r LEFT JOIN cs_object t ON t.id = r.target_id
      WHERE r.source_id = ? AND r.state > ? ORDER BY r.attribute_id, 3
      """, [id, sentOnly ? 2 : 0])
    for row in rows {
      let name = try dictionaries.name(row[0], db)
      if deltas.last?.name != name { deltas.append(.init(name, before: [], after: [])) }
      let value = AttributeValue.reference(row[2])
      if row[1] as Bool {
        deltas[deltas.count - 1].after.append(value)
      } else {
        deltas[deltas.count - 1].before.append(value)
      }
    }
    return deltas
  }

  /// How far the export of an object has come; nil if there is no such object.
  public func exportSituation(of id: Int64) throws -> ExportSituation? {
    guard
      let row = try row(
        """
        SELECT o.pending_export, o.export_state, e.type, o.desired,
          NOT \(Self.passes("o")), (SELECT cause_id FROM export_cause WHERE object_id = o.id)
        FROM cs_object o
        LEFT JOIN step_error e ON e.id = o.export_error_id WHERE o.id = ?
        """, [id])
    else { return nil }
    return ExportSituation(
      isPending: row[0] as Int != 0, isHeld: row[4],
      state: ExportState(rawValue: row[1]) ?? .idle, error: row[2],
      desired: try row.bytes(3).map { try coding.decodeDesired($0) }, group: row[5])
  }
}

/// How far the export of an object has come, for whoever wonders why its target differs.
public struct ExportSituation: Sendable {
  /// Whether something is to be sent.
  public var isPending: Bool
  /// Whether a guard may hold it: it has a cause, and nobody has released it.
  public var isHeld: Bool
  /// How far what was sent has come.
  public var state: ExportState
  /// The type of its open export error, or nil.
  public var error: String?
  /// What the rules want; nil if none write it, or if it is to go.
  public var desired: DesiredImage?
  /// The group of changes of one cause that it belongs to; nil if none was noted.
  public var group: Int64?
}
