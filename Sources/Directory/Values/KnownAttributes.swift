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

  /// Secrets, which never leave what they are read from; by their names and, since RFC 4512 §2.5
  /// allows a type to be written so, by their numbers.
  public static let secrets = secretNames.union(secretNumbers)

  /// Whether a value of `attribute` would be a secret in any service: one of ``secrets``, with or
  /// without options (RFC 4512 §2.5), or what SCIM and Microsoft Graph call a password.
  public static func isSecret(_ attribute: AttributeName) -> Bool {
    let name = attribute.text.prefix { $0 != ";" }
    if secrets.contains(AttributeName(String(name))) { return true }
    // `urn:ietf:params:scim:schemas:core:2.0:User:password`, `passwordProfile.password`.
    let last = name.split { $0 == ":" || $0 == "." }.last.map { $0.lowercased() }
    return last == "password" || last == "passwordprofile"
  }

  private static let secretNames: Set<AttributeName> = [
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
    // Active Directory's keys, and what it keeps for its clients and their roaming credentials.
    "msTPM-OwnerInformation", "msTPM-OwnerInformationTemp", "msPKIAccountCredentials",
    "msPKIDPAPIMasterKeys", "msPKI-CredentialRoamingTokens", "msLAPS-EncryptedDSRMPasswordHistory",
    "msKds-RootKeyData", "pekList", "linkTrackSecret", "privateKey",
    // Samba, of version 2 and as the backend of a domain; Univention.
    "ntPassword", "lmPassword", "sambaTrustAuthIncoming", "sambaTrustAuthOutgoing", "pwhistory",
    // FreeIPA and its directory server, Kerberos, and one-time passwords.
    "krbMKey", "ipatokenOTPkey", "ipatokenRadiusSecret", "ipaIdpClientSecret",
    "nsds5ReplicaCredentials", "nsds5ReplicaBootstrapCredentials", "nsMultiplexorCredentials",
    "nsslapd-rootpw", "oathSecret", "otp-secret",
    // OpenLDAP's own configuration, RFC 2307bis, eDirectory.
    "olcRootPW", "nisSecretKey", "nspmPassword", "nspmPasswordKey", "nspmPasswordHistory",
    "nspmDistributionPassword", "nspmPreviousDistributionPassword", "passwordsUsed",
    "sASLoginSecret", "sASLoginSecretKey",
  ]

  private static let secretNumbers: Set<AttributeName> = [
    "2.5.4.35",  // userPassword
    "1.2.840.113556.1.4.90",  // unicodePwd
    "1.2.840.113556.1.4.55",  // dBCSPwd
    "1.2.840.113556.1.4.94",  // ntPwdHistory
    "1.2.840.113556.1.4.160",  // lmPwdHistory
    "1.2.840.113556.1.4.125",  // supplementalCredentials
    "1.2.840.113556.1.4.27",  // currentValue
    "1.2.840.113556.1.4.100",  // priorValue
    "1.2.840.113556.1.4.101",  // privateKey
    "1.2.840.113556.1.4.129",  // trustAuthIncoming
    "1.2.840.113556.1.4.135",  // trustAuthOutgoing
    "1.2.840.113556.1.4.269",  // linkTrackSecret
    "1.2.840.113556.1.4.539",  // initialAuthIncoming
    "1.2.840.113556.1.4.540",  // initialAuthOutgoing
    "1.2.840.113556.1.4.865",  // pekList
    "1.2.840.113556.1.4.1783",  // msDS-ExecuteScriptPassword
    "1.2.840.113556.1.4.1893",  // msPKIDPAPIMasterKeys
    "1.2.840.113556.1.4.1894",  // msPKIAccountCredentials
    "1.2.840.113556.1.4.1910",  // unixUserPassword
    "1.2.840.113556.1.4.1964",  // msFVE-RecoveryPassword
    "1.2.840.113556.1.4.1966",  // msTPM-OwnerInformation
    "1.2.840.113556.1.4.1999",  // msFVE-KeyPackage
    "1.2.840.113556.1.4.2050",  // msPKI-CredentialRoamingTokens
    "1.2.840.113556.1.4.2175",  // msKds-RootKeyData
    "1.2.840.113556.1.4.2196",  // msDS-ManagedPassword
    "1.2.840.113556.1.6.44.1.2",  // msLAPS-Password
    "1.2.840.113556.1.6.44.1.3",  // msLAPS-EncryptedPassword
    "1.2.840.113556.1.6.44.1.4",  // msLAPS-EncryptedPasswordHistory
    "1.2.840.113556.1.6.44.1.5",  // msLAPS-EncryptedDSRMPassword
    "1.2.840.113556.1.6.44.1.6",  // msLAPS-EncryptedDSRMPasswordHistory
    // ms-Mcs-AdmPwd
    "1.2.840.113556.1.8000.2554.50051.45980.28112.18903.35903.6685103.1224907.2.1",
    "1.3.6.1.4.1.7165.2.1.1",  // lmPassword
    "1.3.6.1.4.1.7165.2.1.2",  // ntPassword
    "1.3.6.1.4.1.7165.2.1.24",  // sambaLMPassword
    "1.3.6.1.4.1.7165.2.1.25",  // sambaNTPassword
    "1.3.6.1.4.1.7165.2.1.54",  // sambaPasswordHistory
    "1.3.6.1.4.1.7165.2.1.68",  // sambaClearTextPassword
    "1.3.6.1.4.1.7165.2.1.69",  // sambaPreviousClearTextPassword
    "1.3.6.1.4.1.7165.2.1.75",  // sambaTrustAuthOutgoing
    "1.3.6.1.4.1.7165.2.1.76",  // sambaTrustAuthIncoming
    "1.3.6.1.4.1.4203.1.3.4",  // authPassword
    "1.3.6.1.4.1.42.2.27.8.1.20",  // pwdHistory
    "1.3.6.1.1.1.1.29",  // nisSecretKey
    "2.16.840.1.113719.1.301.4.39.1",  // krbPrincipalKey
    "2.16.840.1.113719.1.301.4.46.1",  // krbMKey
  ]

  /// Secrets, and back links and the like, which say nothing of their own.
  public static let withheld = secrets.union([
    "memberOf", "directReports", "managedObjects", "msDS-ReplAttributeMetaData",
    "msDS-ReplValueMetaData",
  ])

  /// The attributes in which a group holds its direct members.
  public static let members: [AttributeName] = ["member", "uniqueMember"]

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
