public import Directory
import Foundation
import GRDB

/// What the rules want of a target.
extension StoreTransaction {
  /// Makes an object in a target's connector space that is to be created there.
  ///
  /// One that was sent before under this name, and given up, may be there: it is sent as that.
  public func provision(
    connector: Int64, dn: DistinguishedName, objectType: String, display: String,
    desired: EncodedImage, metaverse: Int64, rule: Int64
  ) throws -> Int64 {
    var rows = NewRows(self)
    let id = try rows.provision(
      connector: connector, dn: dn, objectType: objectType, display: display, desired: desired,
      metaverse: metaverse, rule: rule)
    try rows.flush()
    return id
  }

  /// Sets what the rules want an object to say, and with that what is to be exported.
  ///
  /// A delete that is taken back leaves no error of its own; whether one arrived that got no answer
  /// is for an import to tell.
  public func setDesired(_ desired: EncodedImage, of id: Int64) throws {
    try manageReferences(try coding.decodeDesired(desired.bytes), of: id)
    try execute(
      """
      UPDATE cs_object SET desired = ?, is_released = 0,
        export_state = CASE WHEN export_state = 1 OR pending_export = 4 AND anchor IS NOT NULL
          THEN 0 WHEN export_state = 2 AND image IS NULL THEN 2
          WHEN export_state > 1 THEN iif(anchor IS NULL, 2, 0) ELSE export_state END,
        export_error_id = CASE WHEN pending_export = 4 AND anchor IS NOT NULL THEN NULL
          ELSE export_error_id END,
        pending_export = CASE WHEN pending_export = 4 THEN 0 ELSE pending_export END
      WHERE id = ?
      """, [Blob(bytes: desired.bytes), id])
    try renewCause(of: id)
    _ = try settleExport(of: id, exportDifferences(of: id, by: .exactly))
  }

  /// Takes over reference attributes that no rule wrote until now: what the target shows there is
  /// to go, unless a reference of the metaverse wants it; and gives up those that rules wrote until
  /// now.
  private func manageReferences(_ desired: DesiredImage, of id: Int64) throws {
    var known: DesiredImage?
    try each("SELECT desired FROM cs_object WHERE id = ? AND desired IS NOT NULL", [id]) {
      known = try coding.decodeDesired($0.bytes(0) ?? [])
    }
    try manageMadeReferences(known, desired, of: id)
    for name in known?.references ?? []
    where !desired.references.contains(name) && !name.isMark {
      let attribute = try dictionaries.id(name, db)
      if desired.manages(name) {
        try unwantReferences(of: id, attribute)
      } else {
        try execute(
          "DELETE FROM export_reference WHERE source_id = ? AND attribute_id = ?", [id, attribute])
      }
    }
    let new = desired.references + desired.attributes.filter { $0.values.isEmpty }.map(\.name)
    let taken = try new.filter { !$0.isMark && known?.manages($0) != true }.compactMap {
      try dictionaries.existingID($0, db)
    }
    try takeOverReferences(of: id, taken)
  }

  /// Has the references go that the target shows in attributes that rules write, unless they want them.
  func takeOverReferences(of id: Int64, _ desired: DesiredImage) throws {
    let names = desired.references + desired.attributes.filter { $0.values.isEmpty }.map(\.name)
    let taken = try names.filter { !$0.isMark }.compactMap { try dictionaries.existingID($0, db) }
    try takeOverReferences(of: id, taken)
  }

  /// Has the references go that the target shows in some attributes.
  private func takeOverReferences(of id: Int64, _ attributes: [Int64]) throws {
    guard !attributes.isEmpty else { return }
    // Most often there are none in any attribute, and that is told at once.
    guard try integer("SELECT 1 FROM cs_reference WHERE source_id = ? LIMIT 1", [id]) != nil else {
      return
    }
    func take(_ condition: String, _ argument: any SQLBindable) throws {
      try execute(
        """
        INSERT OR IGNORE INTO export_reference(source_id, attribute_id, target_id, state)
        SELECT source_id, attribute_id, target_id, 2 FROM cs_reference
        WHERE source_id = ? AND attribute_id \(condition)
          AND target_id IS NOT NULL AND state <> 2
        """, [id, argument])
    }
    if attributes.count == 1 {
      try take("= ?", attributes[0])
    } else {
      try take("IN (SELECT value FROM json_each(?))", Self.list(attributes))
    }
  }

  /// Where an expression begins, or ends, to make the references of an attribute, those that came
  /// otherwise go; what is wanted now flows anew.
  private func manageMadeReferences(
    _ known: DesiredImage?, _ desired: DesiredImage, of id: Int64
  ) throws {
    guard let known else { return }
    let (before, now) = (Set(known.references), Set(desired.references))
    for name in before.symmetricDifference(now) {
      guard let attribute = name.madeFor, desired.manages(attribute) else { continue }
      try unwantReferences(of: id, try dictionaries.id(attribute, db))
    }
  }

  /// Has all references of an object in an attribute go: what was not sent yet is not sent, what
  /// the target shows is taken out; so is what it took, if it shows nothing there at all.
  private func unwantReferences(of id: Int64, _ attribute: Int64) throws {
    if try !showsAny([id, attribute]) {
      try execute(
        """
        UPDATE export_reference SET state = 2
        WHERE source_id = ? AND attribute_id = ? AND state = 3
        """, [id, attribute])
    }
    try execute(
      """
      DELETE FROM export_reference WHERE source_id = ? AND attribute_id = ? AND state IN (1, 3)
      """, [id, attribute])
    try execute(
      """
      UPDATE export_reference SET state = 2
      WHERE source_id = ? AND attribute_id = ? AND state = 0
      """, [id, attribute])
  }

  /// Has an object deleted in its target, and keeps why; one that was never sent is just forgotten.
  ///
  /// While its delete waits, it is known of one that a rule made there: it is still that if rules want
  /// it again before it went.
  public func deprovision(_ object: ConnectorSpaceObject, because cause: String) throws {
    if object.image == nil && object.anchor == nil && object.exportState == .idle {
      try remove(object.id)
      return
    }
    try dropWantedReferences(of: object.id)
    try unflowReferences(to: object.id)
    try execute(
      """
      UPDATE cs_object SET desired = NULL, pending_export = 4, is_released = 0, mv_id = NULL,
        link_kind = CASE link_kind WHEN ? THEN link_kind ELSE 0 END,
        export_error_id = NULL, sync_error_id = \(Self.withoutDrift) WHERE id = ?
      """, [LinkKind.provisioned.rawValue, object.id])
    // One that was to be deleted before, and then was not, waits since now.
    try execute("DELETE FROM export_cause WHERE object_id = ?", [object.id])
    try setCause(cause, .deletes, of: object.id, connector: object.connector)
  }

  /// Lets an object of a target be: the rules want nothing of it any more, and it stays there.
  ///
  /// Whether others should refer to it is for the caller to say (``reconsiderReferences(to:)``).
  public func letGo(_ id: Int64) throws {
    try dropWantedReferences(of: id)
    try unflowReferences(to: id)
    try execute(
      """
      UPDATE cs_object SET desired = NULL, pending_export = 0, export_state = 0, mv_id = NULL,
        link_kind = 0, link_rule = 0, export_error_id = NULL,
        sync_error_id = \(Self.withoutDrift) WHERE id = ?
      """, [id])
  }

  private func dropWantedReferences(of id: Int64) throws {
    try execute("DELETE FROM export_reference WHERE source_id = ?", [id])
    try dropMadeReferences(of: id)
  }

  /// Forgets what was to be exported to a source, as rules once had it: nothing is written there.
  ///
  /// What its directory shows stays, and stays linked. What rules once wanted of objects is looked for
  /// in all of them, but only once.
  public func forgetExports(toSource id: Int64) throws {
    let known = try setting(Self.withoutExports(id)) != nil
    let signs = ["pending_export IN (1, 2)", "pending_export = 4"]
    let isAny = try (known ? signs : signs + ["desired IS NOT NULL"]).contains { which in
      try integer(
        "SELECT 1 FROM cs_object WHERE connector_id = ? AND \(which) LIMIT 1", [id]) != nil
    }
    if !known { try set(Self.withoutExports(id), "true") }
    guard isAny else { return }
    let made = try rows(
      """
      SELECT id FROM cs_object WHERE connector_id = ? AND image IS NULL AND anchor IS NULL
        AND (desired IS NOT NULL OR pending_export = 4)
      """, [id])
    for row in made { try remove(row[0]) }
    try execute("DELETE FROM sent_delete WHERE connector_id = ?", [id])
    try execute("DELETE FROM left_name WHERE connector_id = ?", [id])
    let written = try rows(
      "SELECT id FROM cs_object WHERE connector_id = ? AND (desired IS NOT NULL OR pending_export <> 0)",
      [id])
    for row in written {
      let object: Int64 = row[0]
      try dropWantedReferences(of: object)
      try execute("DELETE FROM export_cause WHERE object_id = ?", [object])
      try execute(
        """
        UPDATE cs_object SET desired = NULL, pending_export = 0, export_state = 0, is_released = 0,
          link_kind = CASE WHEN mv_id IS NULL THEN 0 ELSE link_kind END,
          export_error_id = NULL, sync_error_id = \(Self.withoutDrift) WHERE id = ?
        """, [object])
    }
  }

  /// Whether rules want anything of an object of a target.
  public func wantsAnything(of connector: Int64) throws -> Bool {
    try integer(
      "SELECT 1 FROM cs_object WHERE connector_id = ? AND desired IS NOT NULL LIMIT 1", [connector])
      != nil
  }

  /// Notes that rules may want something of the objects of a connector, since it is a target.
  public func expectExports(to id: Int64) throws {
    guard try setting(Self.withoutExports(id)) != nil else { return }
    try set(Self.withoutExports(id), nil)
  }

  private static func withoutExports(_ connector: Int64) -> String {
    "nothing to export to \(connector)"
  }
}
