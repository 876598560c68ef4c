public import Directory

/// The attributes and object types of a connector or of the metaverse (DSML 1 as Microsoft has it).
public struct EntraSchema: Sendable {
  /// One attribute.
  public struct Attribute: Hashable, Sendable {
    /// The name.
    public var name: AttributeName
    /// The LDAP syntax's object identifier.
    public var syntax: String
    /// Whether it may hold more than one value.
    public var isMultiValued: Bool
    /// Whether it may be used in joins of many objects.
    public var isIndexed: Bool
    /// Whether nobody may write it.
    public var isReadOnly: Bool

    /// The type of its values.
    public var kind: DirectorySchema.AttributeDefinition.Kind { EntraSchema.kind(of: syntax) }
  }

  /// One object type; what it takes from others is in ``EntraSchema/attributes(of:)``.
  public struct ObjectType: Sendable {
    /// The name.
    public var name: String
    /// The attributes that it has itself.
    public var attributes: [AttributeName]
    /// The names of the object types that it takes attributes from.
    public var parents: [String]
  }

  /// All attributes.
  public var attributes: [AttributeName: Attribute]
  /// All object types by their names in lower case.
  public var objectTypes: [String: ObjectType]

  /// The attributes that objects of `objectType` may have, nil if there is no such type.
  public func attributes(of objectType: String) -> Set<AttributeName>? {
    guard objectTypes[objectType.lowercased()] != nil else { return nil }
    var found: Set<AttributeName> = []
    var seen: Set<String> = []
    var open = [objectType.lowercased()]
    // A type may be its own ancestor: `top` is.
    while let next = open.popLast() {
      guard seen.insert(next).inserted, let type = objectTypes[next] else { continue }
      found.formUnion(type.attributes)
      open += type.parents.map { $0.lowercased() }
    }
    return found
  }

  /// The schema as connectors describe theirs.
  public var directorySchema: DirectorySchema {
    DirectorySchema(
      attributes: attributes.mapValues {
        .init($0.kind, isMultiValued: $0.isMultiValued, isReadOnly: $0.isReadOnly)
      }, objectTypes: objectTypes.values.map(\.name).sorted())
  }

  /// What the values of a syntax are (RFC 4517 §3.3; [MS-ADTS] §3.1.1.2.2.2 for those of AD).
  static func kind(of syntax: String) -> DirectorySchema.AttributeDefinition.Kind {
    switch syntax {
    case "1.3.6.1.4.1.1466.115.121.1.7": .boolean
    case "1.3.6.1.4.1.1466.115.121.1.27", "1.2.840.113556.1.4.906": .integer
    case "1.3.6.1.4.1.1466.115.121.1.12", "1.2.840.113556.1.4.1221": .reference
    case "1.3.6.1.4.1.1466.115.121.1.5", "1.3.6.1.4.1.1466.115.121.1.40",
      "1.2.840.113556.1.4.907", "1.2.840.113556.1.4.903":
      .binary
    default: .string
    }
  }
}
