public import Directory

/// What is known of the world in which rules are to work; what is not known is not looked into.
public struct RuleSurroundings: Sendable {
  /// What is known of one connector.
  public struct Connector: Sendable {
    /// Its name, as rules have it.
    public var name: String
    /// Whether identities are to come from it.
    public var isSource = false
    /// Its attributes and object types, if they are known and no others can occur; nil for a
    /// directory that may hold any attribute.
    public var schema: DirectorySchema?
    /// The attributes of each object type by its name in lower case, where that is known.
    public var attributesByType: [String: Set<AttributeName>]
    /// The attributes that nobody can write to objects of a type, by its name in lower case, though
    /// they may be written to others.
    public var unwritable: [String: Set<AttributeName>] = [:]
    /// How many characters an attribute of a known limit takes at most.
    public var longest: [AttributeName: Int] = [:]
    /// The attributes that tie an object of it to its source; one of them must be written to
    /// objects that are made there.
    public var anchors: Set<AttributeName>
    /// The object types, in lower case, that have no place for any of ``anchors``.
    public var anchorless: Set<String> = []
    /// The names of the parameters that rules for it may use; nil if that is not known.
    public var parameters: Set<String>?

    /// A connector of which this is known.
    public init(
      name: String, schema: DirectorySchema? = nil,
      attributesByType: [String: Set<AttributeName>] = [:], anchors: Set<AttributeName> = [],
      parameters: Set<String>? = nil
    ) {
      self.name = name
      self.schema = schema
      self.attributesByType = attributesByType
      self.anchors = anchors
      self.parameters = parameters
    }
  }

  /// The connectors; nil if they are not known.
  public var connectors: [Connector]?
  /// The attributes and object types of the metaverse; nil if rules may use any.
  public var metaverse: DirectorySchema?

  /// Surroundings of which this is known.
  public init(connectors: [Connector]? = nil, metaverse: DirectorySchema? = nil) {
    self.connectors = connectors
    self.metaverse = metaverse
  }

  /// The connector called `name`, in any case.
  func connector(_ name: String) -> Connector? {
    connectors?.first { $0.name.lowercased() == name.lowercased() }
  }
}

extension RuleSurroundings.Connector {
  /// What the schema says of `name` in objects of `type`; nil if it has no such attribute.
  func definition(
    _ name: AttributeName, of type: String
  ) -> DirectorySchema.AttributeDefinition? {
    guard var definition = schema?.attributes[name] else { return nil }
    if unwritable[type.lowercased()]?.contains(name) == true { definition.isReadOnly = true }
    guard let own = attributesByType[type.lowercased()] else { return definition }
    return own.contains(name) ? definition : nil
  }

  /// The attributes that objects of `type` may have; nil if that is not known.
  func attributes(of type: String) -> [String]? {
    if let own = attributesByType[type.lowercased()] { return own.map(\.text) }
    return schema.map { $0.attributes.keys.map(\.text) }
  }
}
