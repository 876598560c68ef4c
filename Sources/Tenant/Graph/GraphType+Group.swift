extension GraphType {
  /// Groups, with the limits of Microsoft Graph's resource type group.
  static let group = GraphType(
    "group", endpoint: "groups", title: "Group", resource: .group,
    properties: [
      .read("id").with { $0.isDefault = true },
      .text("displayName", .attribute("displayName"), max: 256, isDefault: true).with {
        $0.isRequired = true
        $0.key = GraphProperty.Key(index: 5)
      },
      .text("description", .extended(onPremisesURN, "description"), max: 1024, isDefault: true),
      .text("mailNickname", .extended(ResourceType.entraURN("Group"), "alias"), max: 64).with {
        $0.isRequired = true
        $0.isDefault = true
        $0.format = .nickname
      },
      GraphProperty(
        name: "mailEnabled", kind: .boolean, place: .extended(onPremisesURN, "mailEnabled"),
        access: .create, isDefault: true, isRequired: true),
      GraphProperty(
        name: "securityEnabled", kind: .boolean,
        place: .extended(onPremisesURN, "securityEnabled"), isDefault: true, isRequired: true),
      GraphProperty(
        name: "groupTypes", kind: .strings,
        place: .extended(ResourceType.graphURN("Group"), "groupTypes"),
        // Dynamic ones need a rule, which is not offered here.
        format: .oneOf(["Unified"]), access: .create, isDefault: true),
      .text("visibility", .extended(ResourceType.graphURN("Group"), "visibility"), isDefault: true)
        .with { $0.format = .oneOf(["Private", "Public", "HiddenMembership"]) },
      .read("mail", .string, .extended(onPremisesURN, "mail")).with { $0.isDefault = true },
      .read("createdDateTime", .dateTime).with { $0.isDefault = true },
      .read("deletedDateTime", .dateTime),
      GraphProperty(
        name: "isAssignableToRole", kind: .boolean,
        place: .extended(ResourceType.graphURN("Group"), "isAssignableToRole"), access: .create),
      .text(
        "preferredDataLocation", .extended(ResourceType.entraURN("Group"), "preferredDataLocation"),
        max: 64),
    ] + onPremises(onPremisesURN) + unkept)

  // learn.microsoft.com, "group resource type".
  private static let unkept: [GraphProperty] =
    GraphProperty.unkept(
      "classification membershipRule membershipRuleProcessingState onPremisesNetBiosName "
        + "preferredLanguage securityIdentifier theme uniqueName")
    + GraphProperty.unkept("expirationDateTime renewedDateTime", .dateTime)
    + GraphProperty.unkept(
      "hasMembersWithLicenseErrors isArchived isManagementRestricted", .boolean)
    + GraphProperty.unkept(
      "creationOptions resourceBehaviorOptions resourceProvisioningOptions", .strings)
    + GraphProperty.unkept(
      "assignedLabels assignedLicenses onPremisesProvisioningErrors serviceProvisioningErrors",
      .objects)
    + GraphProperty.unkept("licenseProcessingState", .object)

  private static let onPremisesURN = ResourceType.onPremisesURN("Group")
}

extension GraphType {
  /// Contacts of the organization, which Graph shows and lets nobody write.
  static let contact = GraphType(
    "orgContact", endpoint: "contacts", title: "Contact", resource: .contact,
    properties: [
      .read("id").with { $0.isDefault = true },
      .read("displayName", .string, .attribute("displayName")).with {
        $0.isDefault = true
        $0.key = GraphProperty.Key(index: 5)
      },
      .read("givenName", .string, .part("name", "givenName")).with { $0.isDefault = true },
      .read("surname", .string, .part("name", "familyName")).with { $0.isDefault = true },
      .read("mail", .string, .typed("emails", "work", "value")).with { $0.isDefault = true },
      .read("mailNickname", .string, .extended(contactURN, "alias")).with { $0.isDefault = true },
      .read("companyName", .string, .extended(contactURN, "company")),
      .read("department", .string, .extended(contactURN, "department")),
      .read("jobTitle", .string, .extended(contactURN, "title")),
    ] + onPremises(ResourceType.onPremisesURN("Contact")), isReadOnly: true)

  private static let contactURN = ResourceType.entraURN("Contact")
}

extension GraphType {
  /// Devices, which Graph shows and only synchronization writes here.
  static let device = GraphType(
    "device", endpoint: "devices", title: "Device", resource: .device,
    properties: [
      .read("id").with { $0.isDefault = true },
      .read("displayName", .string, .attribute("displayName")).with {
        $0.isDefault = true
        $0.key = GraphProperty.Key(index: 5)
      },
      .read("accountEnabled", .boolean, .extended(deviceURN, "accountEnabled")).with {
        $0.isDefault = true
      },
      .read("operatingSystem", .string, .extended(deviceURN, "deviceOSType")).with {
        $0.isDefault = true
      },
      .read("operatingSystemVersion", .string, .extended(deviceURN, "deviceOSVersion")).with {
        $0.isDefault = true
      },
      .read("trustType", .string, .extended(deviceURN, "deviceTrustType")).with {
        $0.isDefault = true
      },
      .read("isCompliant", .boolean, .extended(deviceURN, "isCompliant")),
      .read("isManaged", .boolean, .extended(deviceURN, "isManaged")),
      .read("createdDateTime", .dateTime), .read("deletedDateTime", .dateTime),
    ], isReadOnly: true)

  private static let deviceURN = ResourceType.entraURN("Device")
}

extension ResourceType {
  /// The URN of the extension that holds what only Graph has.
  static func graphURN(_ name: String) -> String {
    "urn:lockstep:params:scim:schemas:extension:graph:2.0:\(name)"
  }

  /// What only Graph has of users.
  static let graphUser = SchemaDefinition(
    id: graphURN("User"), name: "GraphUser", text: "What only Microsoft Graph has of a user.",
    attributes: [
      .text("passwordPolicies", "Which password rules do not hold.", max: 256),
      .text("employeeType", "How the user is employed.", max: 64),
    ])

  /// What only Graph has of groups.
  static let graphGroup = SchemaDefinition(
    id: graphURN("Group"), name: "GraphGroup", text: "What only Microsoft Graph has of a group.",
    attributes: [
      .text("groupTypes", "Unified, DynamicMembership.", max: 64).with { $0.isMultiValued = true },
      .text("visibility", "Private, Public or HiddenMembership.", max: 64),
      .flag("isAssignableToRole", "Whether roles may be given to the group."),
    ])
}
