/// How attributes that every directory has are spelled by their schemas: RFC 4519, RFC 2798,
/// RFC 4512 §3.4 and Active Directory's schema ([MS-ADA1] to [MS-ADA3]).
///
/// An administrator who writes `MAIL` in a filter finds `mail` in every list all the same, whatever
/// was read first.
enum AttributeSpelling {
  static let known = [
    // RFC 4519, RFC 2798
    "c", "businessCategory", "carLicense", "cn", "co", "dc", "departmentNumber", "description",
    "displayName", "employeeNumber", "employeeType", "facsimileTelephoneNumber", "givenName",
    "homePhone", "homePostalAddress", "initials", "jpegPhoto", "l", "labeledURI", "mail", "manager",
    "member", "mobile", "name", "o", "objectClass", "ou", "owner", "pager",
    "physicalDeliveryOfficeName", "postalAddress", "postalCode", "postOfficeBox",
    "preferredLanguage", "roomNumber", "secretary", "seeAlso", "serialNumber", "sn", "st",
    "street", "telephoneNumber", "title", "uid", "uniqueMember", "userCertificate",
    "userPassword", "x500uniqueIdentifier",
    // RFC 4512 §3.4, RFC 4530
    "createTimestamp", "creatorsName", "entryUUID", "modifiersName", "modifyTimestamp",
    "structuralObjectClass", "subschemaSubentry",
    // Active Directory
    "accountExpires", "adminCount", "badPasswordTime", "badPwdCount", "company", "countryCode",
    "department", "distinguishedName", "division", "employeeID", "groupType", "isDeleted",
    "lastLogon", "lastLogonTimestamp", "mailNickname", "managedBy", "memberOf", "objectGUID",
    "objectSid", "primaryGroupID", "proxyAddresses", "pwdLastSet", "sAMAccountName",
    "sAMAccountType", "servicePrincipalName", "sIDHistory", "streetAddress", "targetAddress",
    "thumbnailPhoto", "unicodePwd", "userAccountControl", "userPrincipalName", "uSNChanged",
    "uSNCreated", "whenChanged", "whenCreated", "wWWHomePage",
    // The metaverse
    "accountEnabled", "accountName", "cloudAnchor", "domainFQDN", "domainNetBios", "sourceAnchor",
  ]
}
