extension ResourceType {
  /// The URN of the extension that holds what Entra ID keeps of the kind called `name` and SCIM has
  /// no attribute for.
  static func entraURN(_ name: String) -> String {
    "urn:lockstep:params:scim:schemas:extension:entra:2.0:\(name)"
  }

  /// The extension of users with the attributes of Entra Connect's connector.
  static let entraUser = entra(
    "User",
    [
      addressBook, mailbox, voice, recipient,
      [
        .string: "netBiosName onPremisesUserPrincipalName commonName usageLocation "
          + "lastPasswordChangeTimestamp msExchImmutableId msExchResourceDisplay "
          + "msExchElcExpirySuspensionEnd msExchElcExpirySuspensionStart "
          + "msExchTeamMailboxExpiration msExchTeamMailboxSharePointUrl "
          + "cloudMSExchTeamMailboxExpiration cloudMSExchTeamMailboxSharePointUrl "
          + "preferredDataLocation employeeHireDate employeeLeaveDateTime",
        .strings: "msExchArchiveName msExchResourceMetadata msExchResourceSearchProperties "
          + "msExchUserHoldPolicies cloudMSExchUserHoldPolicies cloudMSExchUCVoiceMailSettings "
          + "signInNames",
        .integer: "msExchAuditAdmin msExchAuditDelegate msExchAuditDelegateAdmin msExchAuditOwner "
          + "msExchElcMailboxFlags msExchMailboxAuditLogAgeLimit msExchRemoteRecipientType "
          + "msExchResourceCapacity cloudMSExchArchiveStatus cloudMSExchRecipientDisplayType",
        .flag: "msExchBypassAudit msExchMailboxAuditEnable",
        .binary: "msExchArchiveGuid msExchMailboxGuid onPremiseSecurityIdentifier "
          + "cloudMSExchBlockedSendersHash cloudMSExchSafeRecipientsHash "
          + "cloudMSExchSafeSendersHash",
        .binaries: "searchableDeviceKey",
        .reference: "msExchTeamMailboxSharePointLinkedBy",
        .references: "msExchDelegateListLink msExchTeamMailboxOwners "
          + "cloudMSExchDelegateListLink cloudMSExchTeamMailboxOwners",
      ],
    ])

  /// The extension of contacts; they have no manager, department or company of SCIM's own.
  static let entraContact = entra(
    "Contact",
    [
      addressBook, mailbox, voice, recipient,
      [
        .string: "department company middleName title mobile homePhone pager telephoneNumber "
          + "facsimileTelephoneNumber streetAddress city state postalCode countryLetterCode "
          + "commonName",
        .reference: "manager",
      ],
    ])

  /// The extension of groups.
  static let entraGroup = entra(
    "Group",
    [
      recipient,
      [
        .string: "commonName preferredDataLocation",
        .integer: "msExchGroupDepartRestriction msExchGroupJoinRestriction",
        .flag: "hideDLMembership msOrgIsOrganizational oOFReplyToOriginator reportToOriginator "
          + "reportToOwner",
        .strings: "msExchLabeledURI",
        .binary: "onPremiseSecurityIdentifier",
        .reference: "managedBy",
        .references: "msExchCoManagedByLink",
      ],
    ])

  /// Devices: computers that are known in a directory on premises.
  static let device = ResourceType(
    code: 4, name: "Device", endpoint: "Devices", text: "Devices",
    schema: SchemaDefinition(
      id: "urn:lockstep:params:scim:schemas:core:2.0:Device", name: "Device",
      text: "A computer or another device",
      attributes: [.text("displayName", "The name to show.", max: 256).with { $0.keyIndex = 5 }]),
    extensions: [
      entra(
        "Device",
        [
          [
            .string: "approximateLastLogonTimestamp cloudDeviceOSType cloudDeviceOSVersion "
              + "cloudDisplayName deviceOSType deviceOSVersion deviceTrustType",
            .strings: "alternativeSecurityId devicePhysicalIds",
            .flag: "accountEnabled cloudAccountEnabled cloudCreated isCompliant isManaged",
            .integer: "deviceObjectVersion dirSyncOverrides",
            .binary: "deviceId onPremiseSecurityIdentifier",
            .binaries: "stkDeviceKey userCertificate",
            .reference: "registeredOwnerReference",
            .references: "registeredUsersReference",
          ]
        ])
    ])
}

/// What the values of an attribute of Entra Connect's connector are.
private enum EntraKind: String, CaseIterable {
  case string, strings, integer, flag, binary, binaries, reference, references
}

// The attributes by the parts of the rule set that fill them, with the types of the schema that the
// connector for Entra ID exports.
extension ResourceType {
  private typealias Names = [EntraKind: String]

  private static let addressBook: Names = [
    .string: "country description info initials ipPhone msDsPhoneticDisplayName "
      + "physicalDeliveryOfficeName telephoneAssistant wWWHomePage msExchAssistantName",
    .strings: "otherFacsimileTelephoneNumber otherHomePhone otherIpPhone otherMobile otherPager "
      + "otherTelephone postOfficeBox url",
    .integer: "countryCode msDsHabSeniorityIndex",
    .binary: "thumbnailPhoto",
    .binaries: "userCertificate userSMIMECertificate",
    .reference: "assistant",
  ]

  private static let mailbox: Names = [
    .binary: "msExchBlockedSendersHash msExchSafeRecipientsHash msExchSafeSendersHash"
  ]

  private static let voice: Names = [
    .string: "msRtcSipDeploymentLocator msRtcSipLine msRtcSipOwnerUrn msRtcSipPrimaryUserAddress",
    .integer: "msRtcSipApplicationOptions msRtcSipOptionFlags",
    .flag: "msRtcSipUserEnabled",
  ]

  private static let recipient: Names = [
    .string: "alias cloudLegacyExchangeDN legacyExchangeDN targetAddress "
      + (1...15).map { "extensionAttribute\($0)" }.joined(separator: " ")
      + " msExchLitigationHoldDate msExchLitigationHoldOwner msExchRetentionComment "
      + "msExchRetentionUrl info msDsPhoneticDisplayName",
    .strings: (1...5).map { "msExchExtensionCustomAttribute\($0)" }.joined(separator: " ")
      + " msExchSenderHintTranslations",
    .integer: "msExchModerationFlags msExchRecipientDisplayType msExchRecipientTypeDetails "
      + "msDsHabSeniorityIndex",
    .flag: "msExchEnableModeration msExchHideFromAddressLists msExchRequireAuthToSendTo",
    .reference: "altRecipient",
    .references: "authOrig cloudPublicDelegates dLMemRejectPerms dLMemSubmitPerms "
      + "msExchBypassModerationFromDLMembersLink msExchBypassModerationLink msExchModeratedByLink "
      + "publicDelegates unauthOrig",
  ]

  private static func entra(_ type: String, _ parts: [Names]) -> SchemaDefinition {
    var seen: Set<String> = []
    var attributes: [AttributeDefinition] = []
    for part in parts {
      for kind in EntraKind.allCases {
        for name in part[kind]?.split(separator: " ") ?? []
        where seen.insert(String(name)).inserted {
          attributes.append(definition(String(name), kind))
        }
      }
    }
    return SchemaDefinition(
      id: entraURN(type), name: "Entra" + type,
      text: "What Entra ID keeps of a \(type.lowercased()) and SCIM has no attribute for.",
      attributes: attributes)
  }

  private static func definition(_ name: String, _ kind: EntraKind) -> AttributeDefinition {
    let text = "As Entra Connect's connector has it."
    let plain: AttributeDefinition =
      switch kind {
      case .string, .strings: .text(name, text, max: 8192)
      case .integer: AttributeDefinition(name: name, kind: .integer, text: text)
      case .flag: .flag(name, text)
      case .binary, .binaries:
        AttributeDefinition(name: name, kind: .binary, text: text, isCaseExact: true)
      case .reference, .references:
        .complex(
          name, text,
          [
            .text("value", "The id of a resource.", max: 256).with {
              $0.isCaseExact = true
              $0.isRequired = true
            },
            reference("$ref", to: ["User", "Group", "Contact", "Device"]).with {
              $0.mutability = .readOnly
            },
          ])
      }
    return plain.with {
      $0.isMultiValued = [.strings, .binaries, .references].contains(kind)
    }
  }
}
