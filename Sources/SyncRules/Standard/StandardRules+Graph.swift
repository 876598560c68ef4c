extension StandardRules {
  /// What goes to Entra ID of groups.
  static let scopesOfSecurityGroups = #"""
    # Groups that go to the tenant: those that can be given rights, and those of directories that know
    # no such difference. Microsoft Graph lets nobody make distribution groups.
    [[scope]]
    name = "groups of the tenant"
    groups = [
      { clauses = [
        { attribute = "sourceObjectType", operator = "EQUAL", value = "Group" },
        { attribute = "cloudFiltered", operator = "NOTEQUAL", value = true },
        { attribute = "sourceAnchor", operator = "ISNOTNULL" },
        { attribute = "securityEnabled", operator = "NOTEQUAL", value = false },
      ] },
    ]

    """#

  /// What a tenant of Entra ID knows of people beyond what all targets know.
  static let graphDetails =
    details(of: "User", type: "user", precedence: 111)
    + details(of: "InetOrgPerson", type: "inetOrgPerson", precedence: 112)

  private static func details(of name: String, type: String, precedence: Int) -> String {
    #"""
    [[rule]]
    name = "In from %Source% - \#(name) Details"
    description = "What only Microsoft Entra ID has a place for"
    direction = "inbound"
    connector = "%Source%"
    source = "\#(type)"
    target = "person"
    link = "Join"
    precedence = \#(precedence)
    flow = [
      { target = "mailNickname", expression = 'Trim([mailNickname])' },
      { target = "company", expression = 'Trim([company])' },
      { target = "office", expression = 'Trim([physicalDeliveryOfficeName])' },
      { target = "streetAddress", expression = 'Trim([streetAddress])' },
      { target = "city", expression = 'Trim([l])' },
      { target = "state", expression = 'Trim([st])' },
      { target = "postalCode", expression = 'Trim([postalCode])' },
      { target = "country", expression = 'Trim([co])' },
      { target = "mobile", expression = 'Trim([mobile])' },
      { target = "fax", expression = 'Trim([facsimileTelephoneNumber])' },
      { target = "preferredLanguage", expression = 'Trim([preferredLanguage])' },
      { target = "extensionAttribute1", expression = 'Trim([extensionAttribute1])' },
      { target = "extensionAttribute2", expression = 'Trim([extensionAttribute2])' },
      { target = "extensionAttribute3", expression = 'Trim([extensionAttribute3])' },
      { target = "extensionAttribute4", expression = 'Trim([extensionAttribute4])' },
      { target = "extensionAttribute5", expression = 'Trim([extensionAttribute5])' },
      { target = "extensionAttribute6", expression = 'Trim([extensionAttribute6])' },
      { target = "extensionAttribute7", expression = 'Trim([extensionAttribute7])' },
      { target = "extensionAttribute8", expression = 'Trim([extensionAttribute8])' },
      { target = "extensionAttribute9", expression = 'Trim([extensionAttribute9])' },
      { target = "extensionAttribute10", expression = 'Trim([extensionAttribute10])' },
      { target = "extensionAttribute11", expression = 'Trim([extensionAttribute11])' },
      { target = "extensionAttribute12", expression = 'Trim([extensionAttribute12])' },
      { target = "extensionAttribute13", expression = 'Trim([extensionAttribute13])' },
      { target = "extensionAttribute14", expression = 'Trim([extensionAttribute14])' },
      { target = "extensionAttribute15", expression = 'Trim([extensionAttribute15])' },
    ]

    """#
  }

  /// What Entra ID has already.
  static let graphRecognition = #"""
    [[rule]]
    name = "In from %Target% - User Join"
    description = "Recognizes what the target has already"
    direction = "inbound"
    connector = "%Target%"
    source = "user"
    target = "person"
    link = "Join"
    precedence = 113
    join = [
      { conditions = [ { source = "sourceAnchor", target = "sourceAnchor", case_sensitive = true } ] },
    ]

    [[rule]]
    name = "In from %Target% - Group Join"
    description = "By the anchor, where group_anchor in lockstep.toml names a place for it; else by the identifier that Entra Connect has left"
    direction = "inbound"
    connector = "%Target%"
    source = "group"
    target = "group"
    link = "Join"
    precedence = 114
    join = [
      { conditions = [ { source = "sourceAnchor", target = "sourceAnchor", case_sensitive = true } ] },
      { conditions = [
        { source = "onPremisesSecurityIdentifier", target = "objectSidString" },
      ] },
    ]

    """#

  /// From the metaverse to Entra ID, in the names of its connector.
  ///
  /// Whom the tenant has under the same sign-in name or address, without an anchor, is taken over by
  /// the connector itself, which looks first whether that is an administrator.
  static let graphOutbound = #"""
    [[rule]]
    name = "Out to %Target% - User Join"
    description = "The alias, which every user must have, is the sign-in name's where there is none"
    direction = "outbound"
    connector = "%Target%"
    source = "person"
    target = "user"
    link = "Provision"
    precedence = 116
    password_sync = true
    scope = "users of the tenant"
    join = [
      { match = "hard", conditions = [ { source = "sourceAnchor", target = "sourceAnchor" } ] },
    ]
    flow = [
      { target = "sourceAnchor", direct = "sourceAnchor" },
      { target = "userPrincipalName", direct = "userPrincipalName" },
      { target = "accountEnabled", direct = "accountEnabled" },
      { target = "alias", expression = '''
          IIF(IsNullOrEmpty([mailNickname]),
            Word([userPrincipalName], 1, "@"), [mailNickname])''' },
    ]

    [[rule]]
    name = "Out to %Target% - User Identity"
    description = "A usage location that the tenant has stays where the directory has none"
    direction = "outbound"
    connector = "%Target%"
    source = "person"
    target = "user"
    link = "Join"
    precedence = 117
    scope = "users of the tenant"
    flow = [
      { target = "displayName", direct = "displayName" },
      { target = "givenName", direct = "givenName" },
      { target = "surname", direct = "sn" },
      { target = "title", direct = "title" },
      { target = "department", direct = "department" },
      { target = "company", direct = "company" },
      { target = "employeeId", direct = "employeeID" },
      { target = "mail", direct = "mail" },
      { target = "telephoneNumber", direct = "telephoneNumber" },
      { target = "mobile", direct = "mobile" },
      { target = "facsimileTelephoneNumber", direct = "fax" },
      { target = "physicalDeliveryOfficeName", direct = "office" },
      { target = "streetAddress", direct = "streetAddress" },
      { target = "city", direct = "city" },
      { target = "state", direct = "state" },
      { target = "postalCode", direct = "postalCode" },
      { target = "country", direct = "country" },
      { target = "preferredLanguage", direct = "preferredLanguage" },
      { target = "usageLocation", expression = '''
          IIF(IsNullOrEmpty([usageLocation]), IgnoreThisFlow, [usageLocation])''' },
      { target = "extensionAttribute1", direct = "extensionAttribute1" },
      { target = "extensionAttribute2", direct = "extensionAttribute2" },
      { target = "extensionAttribute3", direct = "extensionAttribute3" },
      { target = "extensionAttribute4", direct = "extensionAttribute4" },
      { target = "extensionAttribute5", direct = "extensionAttribute5" },
      { target = "extensionAttribute6", direct = "extensionAttribute6" },
      { target = "extensionAttribute7", direct = "extensionAttribute7" },
      { target = "extensionAttribute8", direct = "extensionAttribute8" },
      { target = "extensionAttribute9", direct = "extensionAttribute9" },
      { target = "extensionAttribute10", direct = "extensionAttribute10" },
      { target = "extensionAttribute11", direct = "extensionAttribute11" },
      { target = "extensionAttribute12", direct = "extensionAttribute12" },
      { target = "extensionAttribute13", direct = "extensionAttribute13" },
      { target = "extensionAttribute14", direct = "extensionAttribute14" },
      { target = "extensionAttribute15", direct = "extensionAttribute15" },
      { target = "manager", direct = "manager" },
    ]

    [[rule]]
    name = "Out to %Target% - Group Join"
    description = "A new store knows a group by the anchor, where group_anchor in lockstep.toml names a place for it; else by the identifier that Entra Connect has left"
    direction = "outbound"
    connector = "%Target%"
    source = "group"
    target = "group"
    link = "Provision"
    precedence = 118
    scope = "groups of the tenant"
    join = [
      { match = "hard", conditions = [ { source = "sourceAnchor", target = "sourceAnchor" } ] },
      { match = "hard", conditions = [
        { source = "objectSidString", target = "onPremisesSecurityIdentifier" },
      ] },
    ]
    flow = [
      { target = "securityEnabled", constant = true },
      { target = "mailEnabled", constant = false },
      # With group_anchor in lockstep.toml: a new store then knows its groups again.
      # { target = "sourceAnchor", direct = "sourceAnchor" },
    ]

    [[rule]]
    name = "Out to %Target% - Group Identity"
    direction = "outbound"
    connector = "%Target%"
    source = "group"
    target = "group"
    link = "Join"
    precedence = 119
    scope = "groups of the tenant"
    flow = [
      { target = "displayName", direct = "displayName" },
      { target = "description", direct = "description" },
      { target = "member", direct = "member" },
    ]
    """#
}
