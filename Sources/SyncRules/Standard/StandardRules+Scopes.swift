extension StandardRules {
  /// Scopes of rules of the source, and of people who go to the tenant.
  static let scopes = #"""
    # Accounts of people in Active Directory; not the system's own, those that directory tools
    # made, those that a cloud wrote back, nor what is left of a replication conflict.
    [[scope]]
    name = "accounts"
    groups = [
      { clauses = [
        { attribute = "objectGUID", operator = "ISNOTNULL" },
        { attribute = "sAMAccountName", operator = "ISNOTNULL" },
        { attribute = "isCriticalSystemObject", operator = "NOTEQUAL", value = true },
        { attribute = "sAMAccountName", operator = "NOTSTARTSWITH", value = "SUPPORT_" },
        { attribute = "sAMAccountName", operator = "NOTSTARTSWITH", value = "AAD_" },
        { attribute = "sAMAccountName", operator = "NOTSTARTSWITH", value = "MSOL_" },
        { attribute = "adminDescription", operator = "NOTSTARTSWITH", value = "User_" },
        { attribute = "distinguishedName", operator = "NOTCONTAINS", value = '\0ACNF:' },
      ] },
    ]

    # Entries of directories that name them by entryUUID (RFC 4530).
    [[scope]]
    name = "named by entryUUID"
    groups = [
      { clauses = [
        { attribute = "objectGUID", operator = "ISNULL" },
        { attribute = "entryUUID", operator = "ISNOTNULL" },
      ] },
    ]

    # People who go to the tenant.
    [[scope]]
    name = "users of the tenant"
    groups = [
      { clauses = [
        { attribute = "sourceObjectType", operator = "EQUAL", value = "User" },
        { attribute = "cloudFiltered", operator = "NOTEQUAL", value = true },
        { attribute = "sourceAnchor", operator = "ISNOTNULL" },
        { attribute = "accountEnabled", operator = "ISNOTNULL" },
      ] },
    ]

    """#

  /// Scopes of what goes to a tenant that takes groups and contacts of every kind.
  static let scopesOfAllGroups = #"""
    # Groups that go to the tenant: those that can be given rights, those that take mail, and those
    # of directories that know no such difference.
    [[scope]]
    name = "groups of the tenant"
    groups = [
      { clauses = [
        { attribute = "sourceObjectType", operator = "EQUAL", value = "Group" },
        { attribute = "cloudFiltered", operator = "NOTEQUAL", value = true },
        { attribute = "sourceAnchor", operator = "ISNOTNULL" },
        { attribute = "securityEnabled", operator = "NOTEQUAL", value = false },
      ] },
      { clauses = [
        { attribute = "sourceObjectType", operator = "EQUAL", value = "Group" },
        { attribute = "cloudFiltered", operator = "NOTEQUAL", value = true },
        { attribute = "sourceAnchor", operator = "ISNOTNULL" },
        { attribute = "mailEnabled", operator = "EQUAL", value = true },
      ] },
    ]

    # Contacts that go to the tenant: those with an address.
    [[scope]]
    name = "contacts of the tenant"
    groups = [
      { clauses = [
        { attribute = "sourceObjectType", operator = "EQUAL", value = "Contact" },
        { attribute = "cloudFiltered", operator = "NOTEQUAL", value = true },
        { attribute = "sourceAnchor", operator = "ISNOTNULL" },
        { attribute = "mailEnabled", operator = "EQUAL", value = true },
      ] },
    ]
    """#
}
