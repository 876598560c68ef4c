import JSON

/// A kind of directory object as Graph knows it.
struct GraphType: Sendable {
  /// The entity type's name, such as `user`.
  var name: String
  /// The collection's path.
  var endpoint: String
  /// The name in error messages.
  var title: String
  /// The kind of resource in the store.
  var resource: ResourceType
  var properties: [GraphProperty]
  /// Whether clients may only read it.
  var isReadOnly = false
  private let byName: [String: Int]
  private let byFoldedName: [String: Int]

  /// A kind of these parts.
  init(
    _ name: String, endpoint: String, title: String, resource: ResourceType,
    properties: [GraphProperty], isReadOnly: Bool = false
  ) {
    self.name = name
    self.endpoint = endpoint
    self.title = title
    self.resource = resource
    self.properties = properties
    self.isReadOnly = isReadOnly
    byName = Dictionary(properties.enumerated().map { ($1.name, $0) }) { first, _ in first }
    byFoldedName = Dictionary(
      properties.enumerated().map { ($1.name.lowercased(), $0) }
    ) { first, _ in first }
  }

  /// Every kind.
  static let all = [user, group, contact, device]
  /// The kind at this path.
  static func at(_ endpoint: String) -> GraphType? { all.first { $0.endpoint == endpoint } }
  /// The kind of resources of this number in the store.
  static func numbered(_ code: Int) -> GraphType? { all.first { $0.resource.code == code } }

  /// Whether it can be restored after a delete (learn.microsoft.com, "Recover from deletions").
  var isRestorable: Bool { name != "device" }

  /// The kind that the part `cast` of a path names.
  static func cast(_ cast: String) -> GraphType? {
    all.first { cast == "microsoft.graph.\($0.name)" }
  }

  /// The property that a query names, which knows no case there; a part of an object stands behind a
  /// slash.
  func queried(_ name: String) -> GraphProperty? {
    if let property = property(name) { return property }
    let folded = name.lowercased()
    if let index = byFoldedName[folded] { return properties[index] }
    let parts = folded.split(separator: "/")
    guard parts.count == 2, let index = byFoldedName[String(parts[0])],
      case .numbered(let urn) = properties[index].place,
      let number = (1...15).first(where: { parts[1] == "extensionattribute\($0)" })
    else { return nil }
    let part = "extensionAttribute\(number)"
    return GraphProperty(name: "\(properties[index].name)/\(part)", place: .extended(urn, part))
  }

  /// The property of exactly this name, as a body has to spell it.
  ///
  /// A directory extension for the source anchor of groups is there for every application.
  func property(_ name: String) -> GraphProperty? {
    if let index = byName[name] { return properties[index] }
    let parts = name.split(separator: "_")
    guard self.name == "group", parts.count == 3, parts[0] == "extension",
      parts[1].utf8.count == 32, parts[1].allSatisfy(\.isHexDigit), parts[2] == "sourceAnchor"
    else { return nil }
    return GraphProperty(
      name: name, place: .attribute("externalId"), maximum: 256,
      key: GraphProperty.Key(index: 2, isCaseExact: true))
  }

  /// The value of `@odata.type`.
  var odataType: String { "#microsoft.graph.\(name)" }
  /// The names that an answer has unless others are asked for.
  var defaultNames: [String] { properties.filter(\.isDefault).map(\.name) }

  /// What every kind has of the directory on premises; only that directory's own synchronization
  /// writes it.
  static func onPremises(_ urn: String) -> [GraphProperty] {
    [
      .read("onPremisesSyncEnabled", .boolean, .extended(urn, "syncEnabled")),
      .read("onPremisesLastSyncDateTime", .dateTime, .extended(urn, "lastSyncTime")),
      .read("onPremisesDistinguishedName", .string, .extended(urn, "distinguishedName")),
      .read("onPremisesDomainName", .string, .extended(urn, "domainName")),
      .read("onPremisesSamAccountName", .string, .extended(urn, "samAccountName")),
      .read("onPremisesSecurityIdentifier", .string, .extended(urn, "securityIdentifier")),
      .read("proxyAddresses", .strings, .extended(urn, "proxyAddresses")).with {
        $0.key = GraphProperty.Key(index: 4, isTenantWide: true)
      },
    ]
  }
}
