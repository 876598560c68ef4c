import Directory

/// Where a value stands in a user of SCIM.
enum SCIMPlace: Hashable, Sendable {
  /// An attribute of the core schema: `userName`.
  case core(String)
  /// A part of a complex attribute: `name.givenName`.
  case part(String, String)
  /// A part of the value of a type among several: `phoneNumbers[type eq "work"].value`.
  case typed(String, String, String)
  /// All values of a type among several, a value each: `emails[type eq "other"]`.
  case several(String, String)
  /// An attribute of an extension, or a part of one.
  case extended(String, [String])
  /// The manager in the enterprise extension, by its `externalId`.
  case manager

  /// The place that `urn:…:NAME` names; nil for another text.
  init?(extensionPath path: String) {
    let parts = path.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[0].lowercased() == "urn",
      parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } })
    else { return nil }
    let urn = parts.dropLast().joined(separator: ":")
    let names = parts[parts.count - 1].split(separator: ".", omittingEmptySubsequences: false)
    guard names.count <= 2, names.allSatisfy({ !$0.isEmpty }) else { return nil }
    self = .extended(urn, names.map(String.init))
  }
}

/// Which attribute of SCIM stands for an attribute of the connector space.
///
/// As Microsoft maps them (learn.microsoft.com, "Microsoft Entra ID SCIM API schema"): those of RFC
/// 7643's user and its enterprise extension, which a provisioning job knows; and for the rest those of
/// Microsoft's extension, which have to be added to the job's list of attributes.
enum SCIMUserMapping {
  static let user = "urn:ietf:params:scim:schemas:core:2.0:User"
  static let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
  static let entra = "urn:ietf:params:scim:schemas:extension:Microsoft:Entra:2.0:User"

  static let places: [AttributeName: SCIMPlace] = {
    var places: [AttributeName: SCIMPlace] = [
      "userPrincipalName": .core("userName"), "displayName": .core("displayName"),
      "sourceAnchor": .core("externalId"), "accountEnabled": .core("active"),
      "title": .core("title"), "preferredLanguage": .core("preferredLanguage"),
      "employeeType": .core("userType"),
      "givenName": .part("name", "givenName"), "surname": .part("name", "familyName"),
      "mail": .typed("emails", "work", "value"), "otherMails": .several("emails", "other"),
      "telephoneNumber": .typed("phoneNumbers", "work", "value"),
      "mobile": .typed("phoneNumbers", "mobile", "value"),
      "facsimileTelephoneNumber": .typed("phoneNumbers", "fax", "value"),
      "streetAddress": .typed("addresses", "work", "streetAddress"),
      "city": .typed("addresses", "work", "locality"),
      "state": .typed("addresses", "work", "region"),
      "postalCode": .typed("addresses", "work", "postalCode"),
      "country": .typed("addresses", "work", "country"),
      "department": .extended(enterprise, ["department"]),
      "company": .extended(enterprise, ["organization"]),
      "employeeId": .extended(enterprise, ["employeeNumber"]), "manager": .manager,
      "alias": .extended(entra, ["mailNickname"]),
      "physicalDeliveryOfficeName": .extended(entra, ["officeLocation"]),
      "usageLocation": .extended(entra, ["usageLocation"]),
      "userType": .extended(entra, ["userType"]),
    ]
    for number in 1...15 {
      let name = "extensionAttribute\(number)"
      places[AttributeName(name)] = .extended(entra, ["onPremisesExtensionAttributes", name])
    }
    return places
  }()
}
