/// What is known of attributes of the usual directories when no schema is at hand.
public enum KnownAttributes {
  /// Attributes of people and groups that are text in every directory.
  public static let texts: Set<AttributeName> = [
    "cn", "sn", "givenName", "displayName", "name", "description", "mail", "proxyAddresses",
    "sAMAccountName", "userPrincipalName", "title", "department", "company", "telephoneNumber",
    "mobile", "streetAddress", "l", "st", "postalCode", "co", "c", "employeeID", "employeeNumber",
    "employeeType", "physicalDeliveryOfficeName", "mailNickname", "targetAddress", "initials",
    "uid",
    "o", "ou", "dc", "objectClass", "distinguishedName", "objectSidString", "entryUUID",
    "whenCreated", "whenChanged",
    "preferredLanguage", "info", "facsimileTelephoneNumber", "homePhone", "pager", "wWWHomePage",
  ]

  /// The links of Active Directory and of RFC 4519 directories that point forward.
  public static let references: Set<AttributeName> = [
    "member", "uniqueMember", "manager", "owner", "secretary", "seeAlso", "managedBy", "assistant",
    "roleOccupant", "publicDelegates", "authOrig", "unauthOrig", "dLMemSubmitPerms",
    "dLMemRejectPerms", "msExchCoManagedByLink", "msDS-HostServiceAccount",
    "msExchBypassModerationFromDLMembersLink", "msExchBypassModerationLink",
    "msExchDelegateListLink", "msExchModeratedByLink",
  ]

  /// Secrets, which never leave what they are read from.
  public static let secrets: Set<AttributeName> = [
    "unicodePwd", "userPassword", "dBCSPwd", "ntPwdHistory", "lmPwdHistory",
    "supplementalCredentials", "clearTextPassword", "sambaNTPassword", "sambaLMPassword",
    "sambaPasswordHistory", "sambaClearTextPassword", "sambaPreviousClearTextPassword", "ipaNTHash",
    "ipaNTTrustAuthIncoming", "ipaNTTrustAuthOutgoing", "passwordHistory", "krbPwdHistory",
    "krbPrincipalKey", "krb5Key", "authPassword", "pwdHistory",
    "ms-Mcs-AdmPwd", "msLAPS-Password", "msLAPS-EncryptedPassword", "ms-Mcs-AdmPwdHistory",
    "msLAPS-PasswordHistory", "msLAPS-EncryptedPasswordHistory", "msDS-ManagedPassword",
    "msLAPS-EncryptedDSRMPassword", "msFVE-RecoveryPassword", "msFVE-KeyPackage",
    "initialAuthIncoming", "initialAuthOutgoing", "trustAuthIncoming", "trustAuthOutgoing",
    "currentValue", "priorValue", "msDS-ExecuteScriptPassword", "unixUserPassword",
    "msSFU30Password", "orclPassword", "priorPassword",
  ]

  /// Secrets, and back links and the like, which say nothing of their own.
  public static let withheld = secrets.union([
    "memberOf", "directReports", "managedObjects", "msDS-ReplAttributeMetaData",
    "msDS-ReplValueMetaData",
  ])

  /// The attributes of Active Directory and RFC 4523 and RFC 2798 that hold bytes.
  public static let binaries: Set<AttributeName> = [
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
  public static let integers: Set<AttributeName> = [
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
  public static let booleans: Set<AttributeName> = [
    "isCriticalSystemObject", "showInAdvancedViewOnly", "isDeleted", "isRecycled",
    "msExchHideFromAddressLists", "mDBUseDefaults", "hideDLMembership", "reportToOriginator",
    "reportToOwner", "oOFReplyToOriginator", "msExchRequireAuthToSendTo",
    "msExchEnableModeration", "msRTCSIP-UserEnabled",
  ]

  /// Attributes that Active Directory defines with one value, and that no other directory
  /// defines with several.
  public static let singleValued: Set<AttributeName> = [
    "objectGUID", "entryUUID", "objectSid", "objectSidString", "mS-DS-ConsistencyGuid",
    "sAMAccountName",
    "userPrincipalName", "userAccountControl", "groupType", "sAMAccountType", "pwdLastSet",
    "accountExpires", "lastLogonTimestamp", "distinguishedName", "whenCreated", "whenChanged",
    "primaryGroupID", "instanceType", "thumbnailPhoto", "mailNickname", "targetAddress",
  ]
}
