public import Directory
import GRDB

/// What joins look for partners in.
public enum JoinSpace: Hashable, Sendable {
  /// The objects that a connector's directory shows.
  case connector(Int64)
  /// The metaverse.
  case metaverse

  /// Under what the store keeps which attributes it has indexed.
  var setting: String {
    switch self {
    case .connector(let id): "index.connector.\(id)"
    case .metaverse: "index.metaverse"
    }
  }
}

/// The values under which joins find objects: they are kept for the attributes that rules join by,
/// and must be made for those of objects that were there before a rule asked for them.
extension StoreTransaction {
  /// The attributes whose values are indexed for all objects of a space, by their keys; nil if
  /// that is not known.
  public func indexedAttributes(of space: JoinSpace) throws -> Set<String>? {
    try setting(space.setting).map { Set($0.split(separator: "\n").map(String.init)) }
  }

  /// Notes which attributes are indexed for all objects of a space.
  public func setIndexed(_ attributes: some Sequence<AttributeName>, of space: JoinSpace) throws {
    try set(space.setting, attributes.map(\.key).sorted().joined(separator: "\n"))
  }

  /// Takes the values of all attributes but these out of a space's index.
  public func dropIndex(of space: JoinSpace, but kept: Set<AttributeName>) throws {
    let ids = Set(try kept.map { try dictionaries.id($0, db) })
    for row in try rows("SELECT id FROM attribute") where !ids.contains(row[0]) {
      let attribute: Int64 = row[0]
      switch space {
      case .connector(let id):
        try execute(
          "DELETE FROM cs_value WHERE connector_id = ? AND attribute_id = ?", [id, attribute])
      case .metaverse:
        try execute("DELETE FROM mv_value WHERE attribute_id = ?", [attribute])
      }
    }
  }

  /// Indexes the values that up to `limit` objects after the object `after` have in `attributes`;
  /// the answer is the last object looked at, nil at the end.
  public func index(
    _ attributes: Set<AttributeName>, in space: JoinSpace, after: Int64, limit: Int
  ) throws -> Int64? {
    switch space {
    case .connector(let id):
      let rows = try rows(
        """
        SELECT id, image FROM cs_object WHERE connector_id = ? AND image IS NOT NULL AND id > ?
        ORDER BY id LIMIT ?
        """, [id, after, limit])
      for row in rows {
        let image = try coding.decode(row.bytes(1) ?? [])
        for attribute in image.attributes where attributes.contains(attribute.name) {
          try index(attribute, of: row[0], connector: id)
        }
      }
      return rows.last?[0]
    case .metaverse:
      let rows = try rows(
        "SELECT id, image FROM mv_object WHERE id > ? ORDER BY id LIMIT ?", [after, limit])
      for row in rows {
        let image = try coding.decodeMetaverse(row.bytes(1) ?? [])
        let keys = image.filter { attributes.contains($0.name) }.flatMap { item in
          item.values.map { JoinKey(item.name, $0) }
        }
        try add(keys, to: row[0])
      }
      return rows.last?[0]
    }
  }

  private func index(_ attribute: Attribute, of id: Int64, connector: Int64) throws {
    for value in attribute.values {
      try execute(
        """
        INSERT OR IGNORE INTO cs_value(connector_id, attribute_id, value, object_id)
        VALUES (?, ?, ?, ?)
        """, [connector, try dictionaries.id(attribute.name, db), value.searchKey, id])
    }
  }
}
