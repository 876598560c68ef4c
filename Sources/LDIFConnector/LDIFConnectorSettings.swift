public import Directory

/// What an ``LDIFConnector`` reads, and how it understands it.
public struct LDIFConnectorSettings: Sendable {
  /// Files, or folders whose `*.ldif` and `*.ldf` files are read in the order of their names.
  public var content: [String]
  /// The folder of change files, read in the order of their names; nil if there are none.
  ///
  /// A file counts once its name ends in `.ldif` or `.ldf`: write it under another name, then
  /// rename it.
  public var changes: String?
  /// The attribute whose value is an object's anchor; nil takes `objectGUID`, else `entryUUID`,
  /// else the DN.
  public var anchorAttribute: AttributeName?
  /// Whether values may be read from other files (`jpegPhoto:< file:///…`).
  public var allowFileURLs = false
  /// Attributes whose values are DNs of other objects.
  public var referenceAttributes = Self.defaultReferenceAttributes
  /// Attributes whose values are bytes.
  public var binaryAttributes = Self.defaultBinaryAttributes
  /// Attributes whose values are whole numbers.
  public var integerAttributes = Self.defaultIntegerAttributes
  /// Attributes whose values are `TRUE` or `FALSE`.
  public var booleanAttributes = Self.defaultBooleanAttributes
  /// Attributes that can have one value only; a second one is an error of the object.
  public var singleValuedAttributes = Self.defaultSingleValuedAttributes
  /// Attributes that never leave the connector: secrets, and links that others hold.
  public var ignoredAttributes = Self.defaultIgnoredAttributes
  /// The object type for each object class; the first class in this list that an object has wins.
  ///
  /// An object with none of them has its last class as type.
  public var objectTypes = Self.defaultObjectTypes

  /// Settings for these files, everything else by default.
  public init(content: [String], changes: String? = nil) {
    self.content = content
    self.changes = changes
  }
}

extension LDIFConnectorSettings {
  /// An object class with the object type that it means.
  public struct ObjectTypeRule: Hashable, Sendable {
    /// The class, in any case.
    public var objectClass: String
    /// The type.
    public var objectType: String
    /// The rule that `objectClass` means `objectType`.
    public init(_ objectClass: String, _ objectType: String) {
      self.objectClass = objectClass
      self.objectType = objectType
    }
  }

  /// The usual classes of Active Directory and of RFC 4519 and RFC 2798 directories.
  ///
  /// A computer has the class `user` too, so it comes first.
  public static let defaultObjectTypes: [ObjectTypeRule] = [
    .init("computer", "computer"), .init("inetOrgPerson", "user"), .init("user", "user"),
    .init("contact", "contact"), .init("group", "group"), .init("groupOfNames", "group"),
    .init("groupOfUniqueNames", "group"), .init("organizationalUnit", "organizationalUnit"),
    .init("builtinDomain", "builtinDomain"), .init("domainDNS", "domain"),
    .init("domain", "domain"),
    .init("dcObject", "domain"), .init("container", "container"), .init("person", "user"),
  ]

  /// The links of Active Directory and of RFC 4519 directories that point forward.
  public static let defaultReferenceAttributes: Set<AttributeName> = [
    "member", "uniqueMember", "manager", "owner", "secretary", "seeAlso", "managedBy", "assistant",
    "roleOccupant", "publicDelegates", "authOrig", "unauthOrig", "dLMemSubmitPerms",
    "dLMemRejectPerms", "msExchCoManagedByLink", "msDS-HostServiceAccount",
    "msExchBypassModerationFromDLMembersLink", "msExchBypassModerationLink",
    "msExchDelegateListLink", "msExchModeratedByLink",
  ]

  /// Secrets, which must stay in the file, and back links, which say nothing of their own.
  public static let defaultIgnoredAttributes: Set<AttributeName> = [
    "unicodePwd", "userPassword", "dBCSPwd", "ntPwdHistory", "lmPwdHistory",
    "supplementalCredentials", "clearTextPassword", "sambaNTPassword", "sambaLMPassword",
    "sambaPasswordHistory", "krbPrincipalKey", "krb5Key", "authPassword", "pwdHistory",
    "ms-Mcs-AdmPwd", "msLAPS-Password", "msLAPS-EncryptedPassword", "ms-Mcs-AdmPwdHistory",
    "msLAPS-PasswordHistory", "msLAPS-EncryptedPasswordHistory", "msDS-ManagedPassword",
    "msLAPS-EncryptedDSRMPassword", "msFVE-RecoveryPassword", "msFVE-KeyPackage",
    "initialAuthIncoming", "initialAuthOutgoing", "trustAuthIncoming", "trustAuthOutgoing",
    "currentValue", "priorValue", "msDS-ExecuteScriptPassword", "unixUserPassword",
    "msSFU30Password", "orclPassword", "priorPassword", "memberOf", "directReports",
    "managedObjects", "msDS-ReplAttributeMetaData",
    "msDS-ReplValueMetaData",
  ]

  /// The attributes of Active Directory and RFC 4523 and RFC 2798 that hold bytes.
  public static let defaultBinaryAttributes: Set<AttributeName> = [
    "objectGUID", "objectSid", "sIDHistory", "mS-DS-ConsistencyGuid", "parentGUID",
    "thumbnailPhoto", "thumbnailLogo", "jpegPhoto", "photo", "audio", "userCertificate",
    "cACertificate", "userSMIMECertificate", "userPKCS12", "nTSecurityDescriptor", "logonHours",
    "msExchMailboxGuid", "msExchArchiveGUID", "msExchMailboxSecurityDescriptor",
    "msExchBlockedSendersHash", "msExchSafeSendersHash", "msExchSafeRecipientsHash",
    "msDS-AllowedToActOnBehalfOfOtherIdentity", "attributeSecurityGUID",
    "schemaIDGUID", "dSASignature", "auditingPolicy", "replUpToDateVector", "repsFrom", "repsTo",
    "replPropertyMetaData", "dnsRecord", "msRTCSIP-UserRoutingGroupId",
    "terminalServer", "invocationId", "netbootGUID", "mSMQDigests", "mSMQSignCertificates",
    "tokenGroups", "certificateRevocationList", "authorityRevocationList", "crossCertificatePair",
    "x500uniqueIdentifier", "msDS-CloudAnchor", "msDS-DeviceID", "msExchMasterAccountSid",
    "msRTCSIP-OriginatorSid", "mS-DS-CreatorSID",
  ]

  /// The attributes of Active Directory and RFC 2307 that hold whole numbers.
  public static let defaultIntegerAttributes: Set<AttributeName> = [
    "userAccountControl", "msDS-User-Account-Control-Computed", "groupType", "sAMAccountType",
    "adminCount", "instanceType", "pwdLastSet", "accountExpires", "lastLogon", "lastLogoff",
    "lastLogonTimestamp", "lockoutTime", "badPwdCount", "badPasswordTime", "logonCount",
    "primaryGroupID", "countryCode", "codePage", "uSNChanged", "uSNCreated", "systemFlags",
    "uidNumber", "gidNumber", "msExchRecipientTypeDetails", "msExchRecipientDisplayType",
    "msExchRemoteRecipientType", "msExchVersion", "msDS-SupportedEncryptionTypes",
    "maxStorage", "msDS-HABSeniorityIndex", "msExchELCMailboxFlags",
    "msExchGroupDepartRestriction", "msExchGroupJoinRestriction", "msExchModerationFlags",
    "msExchResourceCapacity", "msRTCSIP-ApplicationOptions", "msRTCSIP-OptionFlags",
  ]

  /// The attributes of Active Directory that hold true or false.
  public static let defaultBooleanAttributes: Set<AttributeName> = [
    "isCriticalSystemObject", "showInAdvancedViewOnly", "isDeleted", "isRecycled",
    "msExchHideFromAddressLists", "mDBUseDefaults", "hideDLMembership", "reportToOriginator",
    "reportToOwner", "oOFReplyToOriginator", "msExchRequireAuthToSendTo",
    "msExchEnableModeration", "msRTCSIP-UserEnabled",
  ]

  /// Attributes that Active Directory defines with one value, and that no other directory
  /// defines with several.
  public static let defaultSingleValuedAttributes: Set<AttributeName> = [
    "objectGUID", "entryUUID", "objectSid", "objectSidString", "mS-DS-ConsistencyGuid",
    "sAMAccountName",
    "userPrincipalName", "userAccountControl", "groupType", "sAMAccountType", "pwdLastSet",
    "accountExpires", "lastLogonTimestamp", "distinguishedName", "whenCreated", "whenChanged",
    "primaryGroupID", "instanceType", "thumbnailPhoto", "mailNickname", "targetAddress",
  ]
}
