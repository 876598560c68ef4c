/// The schemas of RFC 7643 §4 and §8.7, for servers that publish none.
extension SCIMSchema {
  static let userURN = "urn:ietf:params:scim:schemas:core:2.0:User"
  static let groupURN = "urn:ietf:params:scim:schemas:core:2.0:Group"
  static let enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

  /// RFC 7643 §4.1.
  static let user = SCIMSchema(
    id: userURN,
    attributes: [
      named("userName", required: true),
      complex(
        "name",
        strings(
          "formatted", "familyName", "givenName", "middleName", "honorificPrefix",
          "honorificSuffix")),
      named("displayName"), named("nickName"), external("profileUrl"), named("title"),
      named("userType"), named("preferredLanguage"), named("locale"), named("timezone"),
      SCIMAttribute("active", .boolean), writeOnly("password"),
      plural("emails", types: ["work", "home", "other"]),
      plural("phoneNumbers", types: ["work", "home", "mobile", "fax", "pager", "other"]),
      plural("ims", types: []),
      plural("photos", types: ["photo", "thumbnail"]),
      addresses,
      resources("groups", types: ["Group"], readOnly: true, multiValued: true),
      plural("entitlements", types: []), plural("roles", types: []),
      plural("x509Certificates", types: [], kind: .binary),
    ])

  /// RFC 7643 §4.2.
  static let group = SCIMSchema(
    id: groupURN,
    attributes: [
      named("displayName", required: true),
      resources("members", types: ["User", "Group"], readOnly: false, multiValued: true),
    ])

  /// RFC 7643 §4.3.
  static let enterpriseUser = SCIMSchema(
    id: enterpriseURN,
    attributes: strings(
      "employeeNumber", "costCenter", "organization", "division", "department")
      + [resources("manager", types: ["User"], readOnly: false, multiValued: false)])

  /// The attributes that every resource has (RFC 7643 §3.1); no server lists them.
  static let common: [SCIMAttribute] = {
    var id = SCIMAttribute("id")
    id.mutability = .readOnly
    id.isCaseExact = true
    var externalID = SCIMAttribute("externalId")
    externalID.isCaseExact = true
    var meta = complex(
      "meta",
      [
        named("resourceType"), SCIMAttribute("created", .dateTime),
        SCIMAttribute("lastModified", .dateTime), named("version"),
      ])
    meta.mutability = .readOnly
    return [id, externalID, meta]
  }()

  private static func named(_ name: String, required: Bool = false) -> SCIMAttribute {
    var attribute = SCIMAttribute(name)
    attribute.isRequired = required
    return attribute
  }

  private static func strings(_ names: String...) -> [SCIMAttribute] { names.map { named($0) } }

  private static func writeOnly(_ name: String) -> SCIMAttribute {
    var attribute = SCIMAttribute(name)
    attribute.mutability = .writeOnly
    return attribute
  }

  private static func external(_ name: String) -> SCIMAttribute {
    var attribute = SCIMAttribute(name, .reference)
    attribute.referenceTypes = ["external"]
    return attribute
  }

  private static func complex(_ name: String, _ parts: [SCIMAttribute]) -> SCIMAttribute {
    var attribute = SCIMAttribute(name, .complex)
    attribute.subAttributes = parts
    return attribute
  }

  private static func plural(
    _ name: String, types: [String], kind: SCIMAttribute.Kind = .string
  ) -> SCIMAttribute {
    var type = SCIMAttribute("type")
    type.canonicalValues = types
    var attribute = complex(
      name,
      [
        SCIMAttribute("value", kind), named("display"), type, SCIMAttribute("primary", .boolean),
      ])
    attribute.isMultiValued = true
    return attribute
  }

  private static var addresses: SCIMAttribute {
    var type = SCIMAttribute("type")
    type.canonicalValues = ["work", "home", "other"]
    var attribute = complex(
      "addresses",
      strings("formatted", "streetAddress", "locality", "region", "postalCode", "country")
        + [type, SCIMAttribute("primary", .boolean)])
    attribute.isMultiValued = true
    return attribute
  }

  private static func resources(
    _ name: String, types: [String], readOnly: Bool, multiValued: Bool
  ) -> SCIMAttribute {
    var link = SCIMAttribute("$ref", .reference)
    link.referenceTypes = types
    var attribute = complex(name, [named("value"), link, named("display"), named("type")])
    attribute.isMultiValued = multiValued
    if readOnly { attribute.mutability = .readOnly }
    return attribute
  }
}
