extension StandardRules {
  /// Groups and contacts from the directory, and what the target has already.
  static let groups = #"""
    [[rule]]
    name = "In from %Source% - Group Join"
    description = "Leaves out the system's own groups"
    direction = "inbound"
    connector = "%Source%"
    source = "group"
    target = "group"
    link = "Provision"
    precedence = 108
    flow = [
      { target = "sourceAnchor", direct = "objectGUID" },
      { target = "sourceObjectType", constant = "Group" },
    ]
    scope = [
      { clauses = [
        { attribute = "objectGUID", operator = "ISNOTNULL" },
        { attribute = "isCriticalSystemObject", operator = "NOTEQUAL", value = true },
        { attribute = "sAMAccountName", operator = "NOTSTARTSWITH", value = "MSOL_" },
        { attribute = "adminDescription", operator = "NOTSTARTSWITH", value = "Group_" },
        { attribute = "distinguishedName", operator = "NOTCONTAINS", value = '\0ACNF:' },
      ] },
    ]
    join = [
      { conditions = [ { source = "objectGUID", target = "sourceAnchor" } ] },
    ]

    [[rule]]
    name = "In from %Source% - Named Group Join"
    description = "Groups of directories that name entries by entryUUID"
    direction = "inbound"
    connector = "%Source%"
    source = "group"
    target = "group"
    link = "Provision"
    precedence = 109
    flow = [
      { target = "sourceAnchor", direct = "entryUUID" },
      { target = "sourceObjectType", constant = "Group" },
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
    name = "In from %Source% - Group Common"
    direction = "inbound"
    connector = "%Source%"
    source = "group"
    target = "group"
    link = "Join"
    precedence = 110
    flow = [
      { target = "displayName", direct = "displayName" },
      { target = "description", direct = "description" },
      { target = "mail", direct = "mail" },
      { target = "proxyAddresses", direct = "proxyAddresses" },
      { target = "groupType", direct = "groupType" },
      { target = "member", direct = "member" },
      { target = "objectSidString", direct = "objectSidString" },
      { target = "distinguishedName", direct = "distinguishedName" },
      { target = "accountName", direct = "sAMAccountName" },
    ]

    [[rule]]
    name = "In from %Source% - Group Name"
    description = "Where there is no display name"
    direction = "inbound"
    connector = "%Source%"
    source = "group"
    target = "group"
    link = "Join"
    precedence = 111
    flow = [
      { target = "displayName", direct = "cn" },
    ]

    [[rule]]
    name = "In from %Source% - Group Security"
    description = "The highest bit of groupType is SECURITY_ENABLED"
    direction = "inbound"
    connector = "%Source%"
    source = "group"
    target = "group"
    link = "Join"
    precedence = 112
    flow = [
      { target = "securityEnabled", constant = true },
    ]
    scope = [
      { clauses = [
        { attribute = "groupType", operator = "ISBITSET", value = 0x80000000 },
      ] },
    ]

    [[rule]]
    name = "In from %Source% - Group Distribution"
    direction = "inbound"
    connector = "%Source%"
    source = "group"
    target = "group"
    link = "Join"
    precedence = 113
    flow = [
      { target = "securityEnabled", constant = false },
    ]
    scope = [
      { clauses = [
        { attribute = "groupType", operator = "ISNOTNULL" },
        { attribute = "groupType", operator = "ISNOTBITSET", value = 0x80000000 },
      ] },
    ]

    [[rule]]
    name = "In from %Source% - Contact Join"
    description = "People outside"
    direction = "inbound"
    connector = "%Source%"
    source = "contact"
    target = "contact"
    link = "Provision"
    precedence = 114
    flow = [
      { target = "sourceAnchor", direct = "objectGUID" },
      { target = "sourceObjectType", constant = "Contact" },
    ]
    scope = [
      { clauses = [
        { attribute = "objectGUID", operator = "ISNOTNULL" },
        { attribute = "isCriticalSystemObject", operator = "NOTEQUAL", value = true },
        { attribute = "distinguishedName", operator = "NOTCONTAINS", value = '\0ACNF:' },
      ] },
    ]
    join = [
      { conditions = [ { source = "objectGUID", target = "sourceAnchor" } ] },
    ]

    [[rule]]
    name = "In from %Source% - Contact Common"
    direction = "inbound"
    connector = "%Source%"
    source = "contact"
    target = "contact"
    link = "Join"
    precedence = 115
    flow = [
      { target = "displayName", direct = "displayName" },
      { target = "givenName", direct = "givenName" },
      { target = "sn", direct = "sn" },
      { target = "mail", direct = "mail" },
      { target = "proxyAddresses", direct = "proxyAddresses" },
      { target = "distinguishedName", direct = "distinguishedName" },
    ]

    [[rule]]
    name = "In from %Source% - Contact Name"
    description = "Where there is no display name"
    direction = "inbound"
    connector = "%Source%"
    source = "contact"
    target = "contact"
    link = "Join"
    precedence = 116
    flow = [
      { target = "displayName", direct = "cn" },
    ]

    [[rule]]
    name = "In from %Target% - User Join"
    description = "Recognizes what the target has already"
    direction = "inbound"
    connector = "%Target%"
    source = "user"
    target = "person"
    link = "Join"
    precedence = 117
    join = [
      { conditions = [ { source = "externalId", target = "sourceAnchor", case_sensitive = true } ] },
      { conditions = [ { source = "userName", target = "userPrincipalName" } ] },
    ]

    [[rule]]
    name = "In from %Target% - Group Join"
    direction = "inbound"
    connector = "%Target%"
    source = "group"
    target = "group"
    link = "Join"
    precedence = 118
    join = [
      { conditions = [ { source = "externalId", target = "sourceAnchor", case_sensitive = true } ] },
    ]

    [[rule]]
    name = "In from %Target% - Contact Join"
    direction = "inbound"
    connector = "%Target%"
    source = "contact"
    target = "contact"
    link = "Join"
    precedence = 119
    join = [
      { conditions = [ { source = "externalId", target = "sourceAnchor", case_sensitive = true } ] },
    ]
    """#
}
