extension ResourceType {
  /// Users: RFC 7643 §4.1, the enterprise extension of §4.3, and those of our own.
  static let user = ResourceType(
    code: 1, name: "User", endpoint: "Users", text: "User accounts",
    schema: SchemaDefinition(
      id: "urn:ietf:params:scim:schemas:core:2.0:User", name: "User", text: "User account",
      attributes: userAttributes + userPlurals),
    extensions: [enterpriseUser, onPremisesUser, entraUser, graphUser])

  // The limits are those of Microsoft Entra ID for the attribute that carries the value there
  // (Microsoft Graph, resource type user): userPrincipalName 113 (64 + @ + 48), displayName 256,
  // givenName and surname 64, jobTitle 128, department 64.
  private static let userAttributes: [AttributeDefinition] = [
    .text(
      "userName",
      "The user principal name, as name@example.com: before its one @ at most 64 of A-Z a-z 0-9 "
        + "' . - _ ! # ^ ~, and no dot at an end or beside another; behind it a domain with a dot, "
        + "of at most 48 characters, and one of the tenant's where it has verified domains.",
      max: 113
    ).with {
      $0.isRequired = true
      $0.uniqueness = .server
      $0.keyIndex = 1
      $0.format = .userPrincipalName
    },
    personName,
    .text("displayName", "The name to show.", max: 256).with { $0.keyIndex = 5 },
    .text("nickName", "What the user is called.", max: 64),
    AttributeDefinition(
      name: "profileUrl", kind: .reference, text: "A page about the user.", isCaseExact: true,
      referenceTypes: ["external"], maximumLength: 2048),
    .text("title", "The job title.", max: 128),
    .text("userType", "Member, guest or the like.", max: 64),
    .text("preferredLanguage", "Language, as in RFC 5646.", max: 64),
    .text("locale", "Locale, as in RFC 5646.", max: 64),
    .text("timezone", "Time zone of the IANA database.", max: 64),
    .flag("active", "Whether the account may be used."),
    AttributeDefinition(
      name: "password", kind: .string,
      text: "The password, of 8 to 256 characters. What is derived from it is kept, and compared "
        + "when the user signs in; the password itself is not.",
      isCaseExact: true, mutability: .writeOnly, returned: .never),
    // The schema of RFC 7643 §8.7.1 gives them unasked, and says that such values may differ. A page
    // of users who are in ten groups each is five times as large with them and takes four times as
    // long, and they change without a change of the user's version.
    AttributeDefinition(
      name: "groups", kind: .complex, isMultiValued: true,
      text: "The groups of which the user is a direct member; given when asked for by name, as in "
        + "?attributes=userName,groups.",
      mutability: .readOnly, returned: .request,
      subAttributes: [
        .text("value", "The group's id."), reference("$ref", to: ["Group"]),
        .text("display", "The group's name."), .text("type", "direct"),
      ].map { sub in sub.with { $0.mutability = .readOnly } },
      storage: .reverseLinks(membersLink)),
  ]

  /// The parts of a person's name.
  static let personName = AttributeDefinition.complex(
    "name", "The parts of the name.",
    [
      .text("formatted", "The whole name."), .text("familyName", "The family name.", max: 64),
      .text("givenName", "The given name.", max: 64), .text("middleName", "Middle names.", max: 64),
      .text("honorificPrefix", "Titles before the name.", max: 64),
      .text("honorificSuffix", "Suffixes after the name.", max: 64),
    ])

  /// Mail addresses.
  static let emails = AttributeDefinition.plural(
    "emails", "Mail addresses.",
    value: .text("value", "The address, as name@example.com.", max: 320).with {
      $0.isRequired = true
      $0.format = .mailAddress
    }, types: ["work", "home", "other"])

  /// A reference sub-attribute.
  static func reference(_ name: String, to types: [String]) -> AttributeDefinition {
    AttributeDefinition(
      name: name, kind: .reference, text: "The URI of the resource.", isCaseExact: true,
      referenceTypes: types)
  }

  private static let userPlurals: [AttributeDefinition] = [
    emails,
    .plural(
      "phoneNumbers", "Telephone numbers.",
      types: ["work", "home", "mobile", "fax", "pager", "other"]),
    .plural("ims", "Addresses for messages.", types: ["sip", "xmpp", "other"]),
    .plural(
      "photos", "Pictures of the user.",
      value: reference("value", to: ["external"]), types: ["photo", "thumbnail"]),
    .complex(
      "addresses", "Postal addresses.",
      [
        .text("formatted", "The whole address."), .text("streetAddress", "Street and number."),
        .text("locality", "City.", max: 128), .text("region", "State or province.", max: 128),
        .text("postalCode", "Postal code.", max: 40), .text("country", "Country.", max: 128),
        .text("type", "What the address is for.", max: 64).with {
          $0.canonicalValues = ["work", "home", "other"]
        },
        .flag("primary", "Whether this is the preferred one; true for one at most."),
      ]
    ).with { $0.isMultiValued = true },
    .plural("entitlements", "What the user is entitled to."),
    .plural("roles", "Roles of the user."),
    .plural(
      "x509Certificates", "Certificates of the user.",
      value: AttributeDefinition(
        name: "value", kind: .binary, text: "The DER of a certificate, base64.",
        isCaseExact: true)),
  ]

  /// The enterprise extension, RFC 7643 §4.3.
  static let enterpriseUser = SchemaDefinition(
    id: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", name: "EnterpriseUser",
    text: "Enterprise user",
    attributes: [
      .text("employeeNumber", "The number in the personnel system.", max: 64),
      .text("costCenter", "The cost center.", max: 64),
      .text("organization", "The company.", max: 64),
      .text("division", "The division.", max: 64),
      .text("department", "The department.", max: 64),
      AttributeDefinition(
        name: "manager", kind: .complex, text: "The user's manager.",
        subAttributes: [
          .text("value", "The id of an existing user.").with {
            $0.isCaseExact = true
            $0.isRequired = true
          },
          reference("$ref", to: ["User"]).with {
            $0.text = "The URI of the user; may stand for the value."
          },
          .text("displayName", "The manager's name.").with { $0.mutability = .readOnly },
        ], storage: .links(managerLink), targetTypes: ["User"]),
    ])
}
