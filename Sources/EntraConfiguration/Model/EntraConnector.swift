public import Configuration
public import Directory

/// One connector as Entra Connect exports it.
public struct EntraConnector: Sendable {
  /// The GUID in braces and lower case, as rules name it.
  public var id: String
  /// The name: for Active Directory the forest, for Entra ID the tenant.
  public var name: String
  /// The kind of connector: `AD`, or `Extensible2` for those that a vendor supplies.
  public var category: String
  /// Which of the vendor's connectors it is; empty for Active Directory.
  public var subtype: String
  /// The naming contexts that are selected.
  public var partitions: [EntraPartition]
  /// The values of parameters that rules may name, such as `Domain.FQDN` and `Connector.ID`, unless
  /// they differ from one selected naming context to the next.
  ///
  /// How to connect, with whom and with what password, is not among them and never read.
  public var parameters: [String: String]
  /// The attributes and object types; nil if the export has none.
  public var schema: EntraSchema?
  /// The attributes that the administrator selected for import; empty if none are named.
  public var selectedAttributes: [String]
  /// Where the connector stands.
  public var place: SourcePlace

  /// Those of `names` that the connector has and its administrator did not select, in order; none where
  /// the export does not say what is selected.
  public func unselected(_ names: Set<AttributeName>) -> [AttributeName] {
    let selected = Set(selectedAttributes.map { AttributeName($0) })
    guard !selected.isEmpty, let schema else { return [] }
    return names.filter { !selected.contains($0) && schema.attributes[$0] != nil }
      .sorted { $0.text < $1.text }
  }

  /// Whether this is the connector to Entra ID.
  public var isCloud: Bool { subtype.contains("Azure Active Directory") }
}

/// A naming context of a connector.
public struct EntraPartition: Hashable, Sendable {
  /// Its distinguished name, or a name of the vendor's own.
  public var name: String
  /// Whether it is synchronized.
  public var isSelected: Bool
  /// The values of parameters that differ from one naming context to the next.
  public var parameters: [String: String]
  /// The containers that are synchronized.
  public var inclusions: [String]
  /// The containers in them that are not.
  public var exclusions: [String]
  /// The object types that are synchronized.
  public var objectTypes: [String]
}
