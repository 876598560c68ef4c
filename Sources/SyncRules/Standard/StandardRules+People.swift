extension StandardRules {
  /// People, from the directory to the metaverse.
  static let people = #"""
    [[rule]]
    name = "In from %Source% - User Join"
    description = "Accounts of people; leaves out the system's own and those that directory tools made"
    direction = "inbound"
    connector = "%Source%"
    source = "user"
    target = "person"
    link = "Provision"
    precedence = 100
    flow = [
      { target = "sourceAnchor", direct = "mS-DS-ConsistencyGuid" },
      { target = "sourceObjectType", constant = "User" },
    ]
    scope = [
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
    join = [
      { conditions = [ { source = "mS-DS-ConsistencyGuid", target = "sourceAnchor" } ] },
      { conditions = [ { source = "objectGUID", target = "sourceAnchor" } ] },
    ]

    [[rule]]
    name = "In from %Source% - User Anchor"
    description = "The anchor of accounts that have no mS-DS-ConsistencyGuid is their objectGUID"
    direction = "inbound"
    connector = "%Source%"
    source = "user"
    target = "person"
    link = "Join"
    precedence = 126
    flow = [
      { target = "sourceAnchor", direct = "objectGUID" },
    ]
    scope = [
      { clauses = [
        { attribute = "objectGUID", operator = "ISNOTNULL" },
      ] },
    ]

    [[rule]]
    name = "In from %Source% - Person Join"
    description = "People of directories that name entries by entryUUID (RFC 4530)"
    direction = "inbound"
    connector = "%Source%"
    source = "user"
    target = "person"
    link = "Provision"
    precedence = 101
    flow = [
      { target = "sourceAnchor", direct = "entryUUID" },
      { target = "sourceObjectType", constant = "User" },
      { target = "accountName", direct = "uid" },
    ]
    scope = [
      { clauses = [
        { attribute = "objectGUID", operator = "ISNULL" },
        { attribute = "entryUUID", operator = "ISNOTNULL" },
      ] },
    ]
    join = [
      { conditions = [ { source = "entryUUID", target = "sourceAnchor" } ] },
    ]

    [[rule]]
    name = "In from %Source% - User Account Enabled"
    description = "Bit 2 of userAccountControl is ACCOUNTDISABLE"
    direction = "inbound"
    connector = "%Source%"
    source = "user"
    target = "person"
    link = "Join"
    precedence = 102
    password_sync = true
    flow = [
      { target = "accountEnabled", constant = true },
    ]
    scope = [
      { clauses = [
        { attribute = "userAccountControl", operator = "ISNOTNULL" },
        { attribute = "userAccountControl", operator = "ISNOTBITSET", value = 2 },
      ] },
    ]

    [[rule]]
    name = "In from %Source% - User Account Disabled"
    direction = "inbound"
    connector = "%Source%"
    source = "user"
    target = "person"
    link = "Join"
    precedence = 103
    flow = [
      { target = "accountEnabled", constant = false },
    ]
    scope = [
      { clauses = [
        { attribute = "userAccountControl", operator = "ISBITSET", value = 2 },
      ] },
    ]

    [[rule]]
    name = "In from %Source% - Person Account"
    description = "Directories without userAccountControl have no disabled accounts"
    direction = "inbound"
    connector = "%Source%"
    source = "user"
    target = "person"
    link = "Join"
    precedence = 104
    flow = [
      { target = "accountEnabled", constant = true },
    ]
    scope = [
      { clauses = [
        { attribute = "userAccountControl", operator = "ISNULL" },
      ] },
    ]

    [[rule]]
    name = "In from %Source% - User Common"
    direction = "inbound"
    connector = "%Source%"
    source = "user"
    target = "person"
    link = "Join"
    precedence = 105
    flow = [
      { target = "userPrincipalName", direct = "userPrincipalName" },
      { target = "displayName", direct = "displayName" },
      { target = "givenName", direct = "givenName" },
      { target = "sn", direct = "sn" },
      { target = "title", direct = "title" },
      { target = "department", direct = "department" },
      { target = "mail", direct = "mail" },
      { target = "telephoneNumber", direct = "telephoneNumber" },
      { target = "proxyAddresses", direct = "proxyAddresses" },
      { target = "employeeID", direct = "employeeID" },
      { target = "manager", direct = "manager" },
      { target = "description", direct = "description" },
      { target = "objectSidString", direct = "objectSidString" },
      { target = "distinguishedName", direct = "distinguishedName" },
      { target = "accountName", direct = "sAMAccountName" },
    ]

    [[rule]]
    name = "In from %Source% - User Name"
    description = "Where there is no display name"
    direction = "inbound"
    connector = "%Source%"
    source = "user"
    target = "person"
    link = "Join"
    precedence = 106
    flow = [
      { target = "displayName", direct = "cn" },
    ]

    [[rule]]
    name = "In from %Source% - Person Common"
    description = "Where the directory has the attributes of RFC 2798 only"
    direction = "inbound"
    connector = "%Source%"
    source = "user"
    target = "person"
    link = "Join"
    precedence = 107
    flow = [
      { target = "userPrincipalName", direct = "mail" },
      { target = "employeeID", direct = "employeeNumber" },
      { target = "department", direct = "departmentNumber" },
    ]
    scope = [
      { clauses = [
        { attribute = "objectGUID", operator = "ISNULL" },
      ] },
    ]
    """#
}
