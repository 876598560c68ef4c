public import Directory
import GRDB

/// References that rules made of text: rows beside those that a directory shows, under names that no
/// attribute of a directory has.
///
/// Nobody but the rules changes them: they stay when what they mean is deleted or gets another name,
/// and mean whoever comes to bear the name.
extension StoreTransaction {
  /// The numbers of the attributes under which such references are kept.
  func madeAttributes() throws -> Set<Int64> {
    Set(try rows("SELECT id FROM attribute WHERE name >= '=' AND name < '>'").map { $0[0] })
  }

  /// Makes the references that rules make of an object these.
  public func setMadeReferences(
    _ made: [(attribute: AttributeName, addresses: [String])], of id: Int64, connector: Int64
  ) throws {
    var wanted: [Int64: Set<String>] = [:]
    for item in made {
      wanted[try dictionaries.id(item.attribute, db), default: []]
        .formUnion(item.addresses.map(referenceKey))
    }
    for attribute in try madeAttributes() {
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
        try execute(
          """
          INSERT INTO cs_reference(source_id, attribute_id, value, connector_id, target_id, state)
          VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET
            target_id = excluded.target_id, state = 1
          """,
          [id, attribute, key, connector, try referenceTarget(key, connector: connector)])
      }
    }
  }

  /// The object that an address means; of those that are gone, the one that a target was sent.
  func referenceTarget(_ key: String, connector: Int64) throws -> Int64? {
    // Both may be those of an object which is gone; an anchor is known as soon as a target gave it.
    let isName = key.utf8.contains(0x3D)
    let condition =
      isName
      ? "dn_path = ? AND image IS NOT NULL"
      : "anchor = ? AND (image IS NOT NULL OR desired IS NOT NULL OR pending_import = 0)"
    return try integer(
      "SELECT id FROM cs_object WHERE connector_id = ? AND " + condition,
      [connector, isName ? DistinguishedName.path(of: key) : key])
  }
}
