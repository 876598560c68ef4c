public import Directory
import GRDB

/// References that rules made of text: rows beside those that a directory shows, under names that no
/// attribute of a directory has.
///
/// Nobody but the rules changes them: they stay when what they mean is deleted or gets another name,
/// and mean whoever comes to bear the name.
extension StoreTransaction {
  /// Which rules made references.
  public enum MadeDirection: Sendable {
    case inbound, outbound

    /// The names under which the references stand, as a condition on a row of `attribute`.
    var condition: String {
      switch self {
      case .inbound: "(name >= '=' AND name < '=>' OR name >= '=?' AND name < '>')"
      case .outbound: "name >= '=>' AND name < '=?'"
      }
    }
  }

  /// The numbers of the attributes under which such references are kept.
  func madeAttributes() throws -> Set<Int64> {
    Set(try rows("SELECT id FROM attribute WHERE name >= '=' AND name < '>'").map { $0[0] })
  }

  /// The numbers of the attributes under which the references of rules of a direction are kept.
  func madeAttributes(_ direction: MadeDirection) throws -> Set<Int64> {
    Set(try rows("SELECT id FROM attribute WHERE \(direction.condition)").map { $0[0] })
  }

  /// Whether outbound rules have ever made references.
  public func hasOutboundReferences() throws -> Bool {
    try integer("SELECT 1 FROM attribute WHERE \(MadeDirection.outbound.condition) LIMIT 1") != nil
  }

  /// Makes the references that rules of a direction make of an object these.
  ///
  /// Addresses are names or anchors of objects of the connector, or `{number}` for the counterpart
  /// of a metaverse object.
  public func setMadeReferences(
    _ made: [(attribute: AttributeName, addresses: [String])], _ direction: MadeDirection,
    of id: Int64, connector: Int64
  ) throws {
    var wanted: [Int64: Set<String>] = [:]
    for item in made {
      wanted[try dictionaries.id(item.attribute, db), default: []]
        .formUnion(item.addresses.map(referenceKey))
    }
    for attribute in try madeAttributes(direction) {
      let present = try rows(
        """
        SELECT value FROM cs_reference WHERE source_id = ? AND attribute_id = ? AND state <> 2
        """, [id, attribute])
      for row in present where wanted[attribute]?.remove(row[0]) == nil {
        try execute(
          """
          UPDATE cs_reference SET state = 2
          WHERE source_id = ? AND attribute_id = ? AND value = ?
          """, [id, attribute, row[0] as String])
      }
    }
    for (attribute, keys) in wanted {
      for key in keys {
        let target =
          direction == .inbound
          ? try referenceTarget(key, connector: connector)
          : try madeTarget(key, connector: connector)
        try putReference(of: id, attribute, key, connector: connector, to: target, state: 1)
      }
    }
  }

  /// The object that an address means; of those that are gone, the one that a target was sent.
  func referenceTarget(_ key: String, connector: Int64) throws -> Int64? {
    let hasName = isName(key)
    return try integer(
      "SELECT id FROM cs_object WHERE connector_id = ? AND "
        + (hasName ? Self.isNamed : Self.isAnchored),
      [connector, hasName ? DistinguishedName.path(of: key) : key])
  }

  // A name or an anchor may be that of an object which is gone; an anchor is known as soon as a
  // target gave it.
  /// What is true of the object that bears a name.
  static let isNamed = "dn_path = ? AND image IS NOT NULL"
  /// What is true of the object that has an anchor.
  static let isAnchored =
    "anchor = ? AND (image IS NOT NULL OR desired IS NOT NULL OR pending_import = 0)"

  // MARK: What outbound rules made

  /// The metaverse object whose counterpart an address means; nil for a name or an anchor.
  public static func metaverseNumber(of address: String) -> Int64? {
    guard address.hasPrefix("{"), address.hasSuffix("}") else { return nil }
    return Int64(address.dropFirst().dropLast())
  }

  /// The object of a target that an address means: also one that is yet to be made there.
  private func madeTarget(_ key: String, connector: Int64) throws -> Int64? {
    if let metaverse = Self.metaverseNumber(of: key) {
      return try linkedID(to: metaverse, connector: connector)
    }
    let hasName = isName(key)
    return try integer(
      """
      SELECT id FROM cs_object WHERE connector_id = ? AND \(hasName ? "dn_path" : "anchor") = ?
      AND (image IS NOT NULL OR desired IS NOT NULL) AND pending_export <> 4
      ORDER BY desired IS NOT NULL DESC, id DESC LIMIT 1
      """, [connector, hasName ? DistinguishedName.path(of: key) : key])
  }

  /// Has references that outbound rules made, and whose addresses meant nothing until now, mean an
  /// object that was given a name or a metaverse object.
  public func bindMadeReferences(to id: Int64) throws {
    guard
      let row = try row("SELECT connector_id, dn, anchor, mv_id FROM cs_object WHERE id = ?", [id])
    else { return }
    let (connector, dn): (Int64, String) = (row[0], row[1])
    var keys = [(try? DistinguishedName(dn))?.normalized ?? dn]
    if let anchor: String = row[2] { keys.append(anchor) }
    if let metaverse: Int64 = row[3] { keys.append("{\(metaverse)}") }
    for key in keys {
      try execute(
        """
        UPDATE cs_reference SET target_id = ?, state = CASE state WHEN 2 THEN 2 ELSE 1 END
        WHERE connector_id = ? AND value = ? AND target_id IS NULL AND attribute_id IN
          (SELECT id FROM attribute WHERE \(MadeDirection.outbound.condition))
        """, [id, connector, key])
    }
  }

  /// Has references that rules made mean nobody, or somebody else of the same name, when an object
  /// leaves its connector space.
  func releaseMadeReferences(to id: Int64) throws {
    let made = try madeAttributes()
    guard !made.isEmpty else { return }
    let rows = try rows(
      """
      SELECT source_id, attribute_id, value, connector_id FROM cs_reference
      WHERE target_id = ? AND attribute_id IN (SELECT value FROM json_each(?))
      """, [id, Self.list(made)])
    let outbound = try madeAttributes(.outbound)
    for row in rows {
      let (source, attribute, key): (Int64, Int64, String) = (row[0], row[1], row[2])
      try unflow(connectorReferenceFrom: source, to: id)
      var heir = outbound.contains(attribute) ? try madeTarget(key, connector: row[3]) : nil
      if heir == id { heir = nil }
      try execute(
        """
        UPDATE cs_reference SET target_id = ?, state = CASE state WHEN 2 THEN 2 ELSE 1 END
        WHERE source_id = ? AND attribute_id = ? AND value = ?
        """, [heir, source, attribute, key])
    }
  }

  /// Takes back all references that outbound rules made of an object.
  func dropMadeReferences(of id: Int64) throws {
    try execute("UPDATE mv_reference SET state = 2 WHERE contributor_id = ?", [id])
    guard try hasOutboundReferences() else { return }
    try execute(
      """
      DELETE FROM cs_reference WHERE source_id = ? AND attribute_id IN
        (SELECT id FROM attribute WHERE \(MadeDirection.outbound.condition))
      """, [id])
  }
}

extension AttributeName {
  /// Whether references under this name were made by outbound rules.
  var isMadeOutbound: Bool { text.hasPrefix("=>") }

  /// Whether the name is that of no attribute, but notes from where references come.
  var isMark: Bool { isMadeOutbound || text.hasPrefix(">") }

  /// The attribute of the target for which outbound rules made references under this name.
  var madeFor: AttributeName? {
    guard isMadeOutbound, let blank = text.lastIndex(of: " ") else { return nil }
    return AttributeName(String(text[blank...].dropFirst()))
  }
}
