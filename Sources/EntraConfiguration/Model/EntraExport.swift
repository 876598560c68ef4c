/// The configuration that a server of Entra Connect exported: rules, connectors, metaverse.
public struct EntraExport: Sendable {
  /// The folder, as it was named.
  public var folder: String
  /// The rules, the lowest precedence number first.
  public var rules: [EntraRule]
  /// The connectors, by name.
  public var connectors: [EntraConnector]
  /// The metaverse; nil if the export does not have it.
  public var metaverse: EntraMetaverse?
  /// What is left out.
  public var notes: [EntraNote]

  /// The connector with this id.
  public func connector(id: String) -> EntraConnector? { connectors.first { $0.id == id } }
}

/// The metaverse of an exported configuration.
public struct EntraMetaverse: Sendable {
  /// The server that exported it; may be empty.
  public var server: String
  /// When it was exported, in the server's words; may be empty.
  public var exportDate: String
  /// The attributes and object types.
  public var schema: EntraSchema
  /// The settings of the whole installation by their names.
  public var parameters: [String: String]
}
