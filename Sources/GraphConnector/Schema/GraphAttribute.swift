import Directory

/// One attribute of the connector space with the Graph property that holds it.
struct GraphAttribute: Hashable, Sendable {
  /// How the property holds the values.
  enum Shape: Hashable, Sendable {
    /// One text.
    case text
    /// One truth value.
    case flag
    /// A list of texts.
    case texts
    /// A list of texts of which there is one at most: `businessPhones`.
    case onlyText
    /// A part of `onPremisesExtensionAttributes`.
    case numbered
    /// Links to other objects, by requests of their own.
    case links
    /// A link to one object, by a request of its own.
    case link
  }

  var name: AttributeName
  var property: String
  var shape: Shape
  /// Whether Graph refuses to have it written.
  var isReadOnly = false

  /// What a schema says of it.
  var definition: DirectorySchema.AttributeDefinition {
    switch shape {
    case .text, .onlyText, .numbered: .init(.string, isReadOnly: isReadOnly)
    case .flag: .init(.boolean, isReadOnly: isReadOnly)
    case .texts: .init(.string, isMultiValued: true, isReadOnly: isReadOnly)
    case .links: .init(.reference, isMultiValued: true)
    case .link: .init(.reference)
    }
  }
}

/// A kind of object of Graph in the connector space.
///
/// Attributes have the names of Entra Connect's connector where it has one, else Graph's. What can
/// be written follows Microsoft Graph's resource types user, group and orgContact.
struct GraphObjectType: Sendable {
  /// The object type in the connector space.
  var name: String
  /// The collection's path.
  var endpoint: String
  var attributes: [GraphAttribute]
  /// Whether Graph refuses to have such objects written at all.
  var isReadOnly = false
  /// The properties without which an object can't be created.
  var required: [String] = []

  static let all = [user, group, contact]
  /// The type that rules call `name`, in whatever letter case.
  static func named(_ name: String) -> GraphObjectType? {
    all.first { $0.name == name.lowercased() }
  }

  /// The right that an application needs to read such objects.
  var right: String {
    switch name {
    case "user": "User.Read.All"
    case "group": "GroupMember.Read.All"
    default: "OrgContact.Read.All"
    }
  }

  /// The attribute of this name.
  func attribute(_ name: AttributeName) -> GraphAttribute? { attributes.first { $0.name == name } }

  /// The properties to ask for.
  var selected: [String] {
    var names = ["id", "createdDateTime"]
    for attribute in attributes where attribute.shape != .links && attribute.shape != .link {
      let name =
        attribute.shape == .numbered ? "onPremisesExtensionAttributes" : attribute.property
      if !names.contains(name) { names.append(name) }
    }
    return name == "contact" ? names.filter { $0 != "createdDateTime" } : names
  }

  // Names of attributes know no case and are spelt as they first were; Graph's properties do know.
  private static func text(_ name: String, _ property: String? = nil) -> GraphAttribute {
    GraphAttribute(name: AttributeName(name), property: property ?? name, shape: .text)
  }

  private static func read(
    _ property: String, _ shape: GraphAttribute.Shape = .text
  ) -> GraphAttribute {
    GraphAttribute(
      name: AttributeName(property), property: property, shape: shape, isReadOnly: true)
  }

  private static let onPremises = [
    read("onPremisesSyncEnabled", .flag), read("onPremisesLastSyncDateTime"),
    read("onPremisesDistinguishedName"), read("onPremisesDomainName"),
    read("onPremisesSamAccountName"), read("onPremisesSecurityIdentifier"),
    read("proxyAddresses", .texts),
  ]

  static let user = GraphObjectType(
    name: "user", endpoint: "/users",
    attributes: [
      text("userPrincipalName"), text("displayName"), text("sourceAnchor", "onPremisesImmutableId"),
      GraphAttribute(name: "accountEnabled", property: "accountEnabled", shape: .flag),
      text("alias", "mailNickname"), text("mail"), text("givenName"), text("surname"),
      text("title", "jobTitle"), text("department"), text("company", "companyName"),
      text("employeeId"), text("employeeType"), text("userType"), text("usageLocation"),
      text("preferredLanguage"), text("passwordPolicies"),
      text("physicalDeliveryOfficeName", "officeLocation"), text("streetAddress"), text("city"),
      text("state"), text("postalCode"), text("country"), text("mobile", "mobilePhone"),
      text("facsimileTelephoneNumber", "faxNumber"),
      GraphAttribute(name: "telephoneNumber", property: "businessPhones", shape: .onlyText),
      GraphAttribute(name: "otherMails", property: "otherMails", shape: .texts),
      GraphAttribute(name: "manager", property: "manager", shape: .link),
    ]
      + (1...15).map {
        GraphAttribute(
          name: AttributeName("extensionAttribute\($0)"), property: "extensionAttribute\($0)",
          shape: .numbered)
      } + onPremises + [read("lastPasswordChangeDateTime")],
    required: ["userPrincipalName", "displayName", "accountEnabled", "mailNickname"])

  static let group = GraphObjectType(
    name: "group", endpoint: "/groups",
    attributes: [
      text("displayName"), text("description"), text("alias", "mailNickname"),
      GraphAttribute(name: "securityEnabled", property: "securityEnabled", shape: .flag),
      GraphAttribute(name: "mailEnabled", property: "mailEnabled", shape: .flag),
      GraphAttribute(name: "groupTypes", property: "groupTypes", shape: .texts),
      text("visibility"), read("mail"),
      GraphAttribute(name: "member", property: "members", shape: .links),
    ] + onPremises,
    required: ["displayName", "mailNickname", "mailEnabled", "securityEnabled"])

  static let contact = GraphObjectType(
    name: "contact", endpoint: "/contacts",
    attributes: ["displayName", "givenName", "surname", "mail"].map { read($0) } + onPremises,
    isReadOnly: true)

  /// What nobody can write to objects of each kind; for one that nobody can write, that is all.
  static var unwritable: [String: Set<AttributeName>] {
    let names = Set(all.flatMap(\.attributes).map(\.name))
    return Dictionary(
      all.map { type in
        let taken = type.isReadOnly ? [] : type.attributes.filter { !$0.isReadOnly }.map(\.name)
        // The source anchor of a group goes where the configuration says.
        let own: [AttributeName] = type.name == "group" ? [GraphNames.sourceAnchor] : []
        return (type.name, names.subtracting(taken + own))
      }, uniquingKeysWith: { first, _ in first })
  }

  /// The schema of all kinds; an attribute is read-only if it is so for every kind that has it.
  static var schema: DirectorySchema {
    var attributes: [AttributeName: DirectorySchema.AttributeDefinition] = [:]
    for attribute in all.flatMap(\.attributes) {
      if let known = attributes[attribute.name], !known.isReadOnly { continue }
      attributes[attribute.name] = attribute.definition
    }
    for type in all {
      for attribute in type.attributes where type.required.contains(attribute.property) {
        attributes[attribute.name]?.keepsValue = true
      }
    }
    for name in [GraphNames.dn, GraphNames.cloudAnchor] { attributes[name] = .init(.string) }
    attributes[GraphNames.cloudMastered] = .init(.boolean)
    return DirectorySchema(attributes: attributes, objectTypes: all.map(\.name))
  }
}

/// What Entra Connect's connector tells beside the attributes of the directory.
enum GraphNames {
  static let dn: AttributeName = "dn"
  static let cloudAnchor: AttributeName = "cloudAnchor"
  static let cloudMastered: AttributeName = "cloudMastered"
  static let sourceAnchor: AttributeName = "sourceAnchor"

  /// Whether the attribute is not one of the directory's own.
  static func isImplied(_ name: AttributeName) -> Bool {
    name == dn || name == cloudAnchor || name == cloudMastered
  }

  /// The DN of an object, as Entra's connector makes one of the source anchor: `CN={hexadecimal}`.
  static func dn(sourceAnchor: String?, id: String) -> String {
    let source = sourceAnchor.flatMap { $0.isEmpty ? nil : $0 } ?? id
    return "CN={" + Hexadecimal.encode(source.utf8).uppercased() + "}"
  }

  /// The source anchor in a name of that form.
  static func anchor(inDN dn: String) -> String? {
    guard dn.uppercased().hasPrefix("CN={"), dn.hasSuffix("}"),
      let bytes = Hexadecimal.decode(String(dn.dropFirst(4).dropLast()))
    else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }
}
