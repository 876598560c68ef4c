import JSON

extension GraphType {
  /// Users, with the limits of Microsoft Graph's resource type user.
  static let user = GraphType(
    "user", endpoint: "users", title: "User", resource: .user,
    properties: identity + person + work + place + own + unkept
      + onPremises(ResourceType.onPremisesURN("User")))

  private static let entra = ResourceType.entraURN("User")
  private static let more = ResourceType.graphURN("User")
  private static let enterprise = ResourceType.enterpriseUser.id

  private static let identity: [GraphProperty] = [
    .read("id").with { $0.isDefault = true },
    .text("userPrincipalName", .attribute("userName"), max: 113, isDefault: true).with {
      $0.isRequired = true
      $0.key = GraphProperty.Key(index: 1)
      $0.format = .principalName
    },
    GraphProperty(
      name: "accountEnabled", kind: .boolean, place: .attribute("active"), isRequired: true,
      standard: true),
    .text("displayName", .attribute("displayName"), max: 256, isDefault: true).with {
      $0.isRequired = true
      $0.key = GraphProperty.Key(index: 5)
    },
    .text("mailNickname", .extended(entra, "alias"), max: 64).with {
      $0.isRequired = true
      $0.format = .nickname
    },
    .text("mail", .typed("emails", "work", "value"), max: 256, isDefault: true).with {
      $0.format = .address
    },
    GraphProperty(
      name: "passwordProfile", kind: .object, place: .computed, isRequired: true,
      isMastered: false),
    .text(
      "onPremisesImmutableId",
      .extended(ResourceType.onPremisesURN("User"), "immutableId"), max: 59
    ).with {
      $0.key = GraphProperty.Key(index: 3, isCaseExact: true)
      // learn.microsoft.com, "Microsoft Entra Connect: Design concepts", sourceAnchor.
      $0.format = .anchor
    },
  ]

  private static let person: [GraphProperty] = [
    .text("givenName", .part("name", "givenName"), max: 64, isDefault: true),
    .text("surname", .part("name", "familyName"), max: 64, isDefault: true),
    .text("preferredLanguage", .attribute("preferredLanguage"), max: 64, isDefault: true),
    .text("userType", .attribute("userType"), max: 64).with {
      $0.format = .oneOf(["Member", "Guest"])
      $0.standard = "Member"
    },
    .text("mobilePhone", .typed("phoneNumbers", "mobile", "value"), max: 64, isDefault: true),
    .text("faxNumber", .typed("phoneNumbers", "fax", "value"), max: 64),
    GraphProperty(
      name: "businessPhones", kind: .strings, place: .list("phoneNumbers", "work"), maximum: 64,
      format: .single, isDefault: true),
    GraphProperty(
      name: "otherMails", kind: .strings, place: .list("emails", "other"), maximum: 250,
      format: .address),
  ]

  private static let work: [GraphProperty] = [
    .text("jobTitle", .attribute("title"), max: 128, isDefault: true),
    .text("department", .extended(enterprise, "department"), max: 64),
    .text("companyName", .extended(enterprise, "organization"), max: 64),
    .text("employeeId", .extended(enterprise, "employeeNumber"), max: 16),
    .text("employeeType", .extended(more, "employeeType"), max: 64),
    .text(
      "officeLocation", .extended(entra, "physicalDeliveryOfficeName"), max: 128, isDefault: true),
  ]

  private static let place: [GraphProperty] = [
    .text("streetAddress", .typed("addresses", "work", "streetAddress"), max: 1024),
    .text("city", .typed("addresses", "work", "locality"), max: 128),
    .text("state", .typed("addresses", "work", "region"), max: 128),
    .text("postalCode", .typed("addresses", "work", "postalCode"), max: 40),
    .text("country", .typed("addresses", "work", "country"), max: 128),
    .text("usageLocation", .extended(entra, "usageLocation"), max: 2).with {
      $0.isMastered = false
      $0.format = .country
    },
  ]

  private static let own: [GraphProperty] = [
    .text("passwordPolicies", .extended(more, "passwordPolicies")).with {
      $0.isMastered = false
      $0.format = .someOf(["None", "DisablePasswordExpiration", "DisableStrongPassword"])
    },
    GraphProperty(
      name: "onPremisesExtensionAttributes", kind: .object, place: .numbered(entra),
      format: .numbered),
    .read(
      "onPremisesUserPrincipalName", .string, .extended(entra, "onPremisesUserPrincipalName")),
    .text("preferredDataLocation", .extended(entra, "preferredDataLocation"), max: 64),
    .read("createdDateTime", .dateTime), .read("deletedDateTime", .dateTime),
    .read(
      "lastPasswordChangeDateTime", .dateTime,
      .extended(ResourceType.onPremisesURN("User"), "lastPasswordSyncTime")),
  ]

  // learn.microsoft.com, "user resource type".
  private static let unkept: [GraphProperty] =
    GraphProperty.unkept(
      "aboutMe ageGroup consentProvidedForMinor creationType externalUserState "
        + "legalAgeGroupClassification mySite preferredName "
        + "securityIdentifier")
    + GraphProperty.unkept(
      "birthday employeeHireDate employeeLeaveDateTime externalUserStateChangeDateTime hireDate "
        + "refreshTokensValidFromDateTime signInSessionsValidFromDateTime", .dateTime)
    + GraphProperty.unkept(
      "isManagementRestricted isResourceAccount showInAddressList", .boolean)
    + GraphProperty.unkept(
      "imAddresses interests pastProjects responsibilities schools skills", .strings)
    + GraphProperty.unkept(
      "assignedLicenses assignedPlans identities licenseAssignmentStates "
        + "onPremisesProvisioningErrors provisionedPlans serviceProvisioningErrors", .objects)
    + GraphProperty.unkept(
      "authorizationInfo cloudRealtimeCommunicationInfo customSecurityAttributes employeeOrgData "
        + "mailboxSettings signInActivity", .object)
}
