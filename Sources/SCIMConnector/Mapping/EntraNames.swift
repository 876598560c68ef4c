import Directory

/// The attributes of Entra Connect's connector that SCIM has a place for.
///
/// The names are those of the connector's exported schema; the paths follow Microsoft's default
/// mappings for SCIM provisioning (learn.microsoft.com, "Customize user provisioning
/// attribute-mappings").
enum EntraNames {
  /// The object's name in the connector space, which the rules compute from the source anchor.
  static let dn: AttributeName = "dn"
  /// What names the object in the target for ever: its type and id.
  static let cloudAnchor: AttributeName = "cloudAnchor"
  /// Whether the object is not kept in step with a directory on premises.
  static let cloudMastered: AttributeName = "cloudMastered"
  /// What ties the object to its source.
  static let sourceAnchor: AttributeName = "sourceAnchor"
  /// SCIM's attribute for it.
  static let externalID: AttributeName = "externalId"

  /// The names with their paths for a resource type, those that every type has included.
  static func paths(of type: SCIMResourceType) -> [(name: String, path: String)] {
    let own: [(String, String)] =
      switch type.objectType.lowercased() {
      case "user": user
      case "group": group
      case "contact": contact
      default: []
      }
    let onPremises = type.extensions.first {
      $0.lowercased().hasPrefix(AttributeNaming.onPremisesPrefix)
    }
    let tied = onPremises.map { urn in
      Self.onPremises.map { (name, path) in (name, urn + ":" + path) }
    }
    let graph = type.extensions.first {
      $0.lowercased().hasPrefix(AttributeNaming.graphPrefix)
    }
    let employed = graph.map { [("employeeType", $0 + ":employeeType")] }
    return [("sourceAnchor", "externalId"), ("displayName", "displayName")] + own + (tied ?? [])
      + (employed ?? [])
  }

  private static let person = [
    ("givenName", "name.givenName"), ("surname", "name.familyName"),
    ("mail", #"emails[type eq "work"].value"#),
  ]

  private static let user =
    person + [
      ("userPrincipalName", "userName"), ("accountEnabled", "active"), ("title", "title"),
      ("middleName", "name.middleName"), ("preferredLanguage", "preferredLanguage"),
      ("telephoneNumber", #"phoneNumbers[type eq "work"].value"#),
      ("mobile", #"phoneNumbers[type eq "mobile"].value"#),
      ("homePhone", #"phoneNumbers[type eq "home"].value"#),
      ("facsimileTelephoneNumber", #"phoneNumbers[type eq "fax"].value"#),
      ("pager", #"phoneNumbers[type eq "pager"].value"#),
      ("streetAddress", #"addresses[type eq "work"].streetAddress"#),
      ("city", #"addresses[type eq "work"].locality"#),
      ("state", #"addresses[type eq "work"].region"#),
      ("postalCode", #"addresses[type eq "work"].postalCode"#),
      // The country of SCIM is a code of two letters (RFC 7643 §4.1.2).
      ("countryLetterCode", #"addresses[type eq "work"].country"#),
      ("department", SCIMSchema.enterpriseURN + ":department"),
      ("company", SCIMSchema.enterpriseURN + ":organization"),
      ("manager", SCIMSchema.enterpriseURN + ":manager"),
      ("employeeId", SCIMSchema.enterpriseURN + ":employeeNumber"), ("userType", "userType"),
    ]
    // The connector has nothing of these; rules of one's own may.
    + ["nickName", "profileUrl", "locale", "timezone"].map { ($0, $0) }

  private static let contact = person
  private static let group = [("member", "members")]

  /// Those that the extension for objects of a directory on premises has, where it has them.
  private static let onPremises = [
    ("proxyAddresses", "proxyAddresses"), ("onPremisesSamAccountName", "samAccountName"),
    ("dnsDomainName", "domainName"), ("onPremisesDistinguishedName", "distinguishedName"),
    ("mail", "mail"), ("description", "description"),
    ("securityEnabled", "securityEnabled"),
  ]
}
