extension StandardRules {
  /// Groups, from the directory to the metaverse.
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
    flow = [
      { target = "sourceAnchor", expression = '''
          IIF(IsString([objectGUID]), [objectGUID], ConvertToBase64([objectGUID]))''' },
      { target = "sourceObjectType", constant = "Group" },
      { target = "cloudFiltered", expression = '''
          IIF([sAMAccountName] = "MSOL_AD_Sync_RichCoexistence"
            || (IsPresent([msExchRecipientTypeDetails])
              && BitAnd([msExchRecipientTypeDetails], &H40000000) <> 0),
            True, NULL)''' },
    ]

    [[rule]]
    name = "In from %Source% - Named Group Join"
    description = "Groups of directories that know no accounts"
    direction = "inbound"
    connector = "%Source%"
    source = "group"
    target = "group"
    link = "Provision"
    precedence = 109
    scope = "named by entryUUID"
    join = [
      { conditions = [ { source = "entryUUID", target = "sourceAnchor" } ] },
    ]
    flow = [
      { target = "sourceAnchor", direct = "entryUUID" },
      { target = "sourceObjectType", constant = "Group" },
    ]

    [[rule]]
    name = "In from %Source% - Group Common"
    description = "The highest bit of groupType is SECURITY_ENABLED"
    direction = "inbound"
    connector = "%Source%"
    source = "group"
    target = "group"
    link = "Join"
    precedence = 110
    flow = [
      { target = "displayName", expression = '''
          IIF(IsNullOrEmpty([displayName]), [cn], Trim([displayName]))''' },
      { target = "description", expression = 'Trim([description])' },
      { target = "mail", expression = 'Trim([mail])' },
      { target = "proxyAddresses", expression = 'RemoveDuplicates(Trim([proxyAddresses]))' },
      { target = "groupType", direct = "groupType" },
      { target = "member", direct = "member" },
      { target = "managedBy", direct = "managedBy" },
      { target = "distinguishedName", direct = "distinguishedName" },
      { target = "accountName", direct = "sAMAccountName" },
      { target = "objectSidString", expression = '''
          IIF(IsString([objectSid]), [objectSid], StringFromSid([objectSid]))''' },
      { target = "securityEnabled", expression = '''
          IIF(IsPresent([groupType]), BitAnd([groupType], -2147483648) <> 0, NULL)''' },
      { target = "mailEnabled", expression = '''
          (Contains([proxyAddresses], "SMTP:") > 0
            && InStr(Item([proxyAddresses], Contains([proxyAddresses], "SMTP:")), "@") > 0)
          || (IsPresent([mail]) && InStr([mail], "@") > 0)''' },
    ]
    """#

  /// Contacts, from the directory to the metaverse.
  static let contacts = #"""
    [[rule]]
    name = "In from %Source% - Contact Join"
    description = "People outside"
    direction = "inbound"
    connector = "%Source%"
    source = "contact"
    target = "contact"
    link = "Provision"
    precedence = 111
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
    flow = [
      { target = "sourceAnchor", expression = '''
          IIF(IsString([objectGUID]), [objectGUID], ConvertToBase64([objectGUID]))''' },
      { target = "sourceObjectType", constant = "Contact" },
      { target = "cloudFiltered", expression = '''
          IIF((InStr([displayName], "(MSOL)") > 0 && CBool([msExchHideFromAddressLists]))
            || Left([mailNickname], 5) = "CAS_{",
            True, NULL)''' },
    ]

    [[rule]]
    name = "In from %Source% - Contact Common"
    direction = "inbound"
    connector = "%Source%"
    source = "contact"
    target = "contact"
    link = "Join"
    precedence = 112
    flow = [
      { target = "displayName", expression = '''
          IIF(IsNullOrEmpty([displayName]), [cn], Trim([displayName]))''' },
      { target = "givenName", expression = 'Trim([givenName])' },
      { target = "sn", expression = 'Trim([sn])' },
      { target = "mail", expression = 'Trim([mail])' },
      { target = "proxyAddresses", expression = 'RemoveDuplicates(Trim([proxyAddresses]))' },
      { target = "primarySmtpAddress", expression = '''
          IIF(Contains([proxyAddresses], "SMTP:") > 0,
            Mid(Item([proxyAddresses], Contains([proxyAddresses], "SMTP:")), 6, 1123), NULL)''' },
      { target = "distinguishedName", direct = "distinguishedName" },
      { target = "mailEnabled", expression = '''
          (Contains([proxyAddresses], "SMTP:") > 0
            && InStr(Item([proxyAddresses], Contains([proxyAddresses], "SMTP:")), "@") > 0)
          || (IsPresent([mail]) && InStr([mail], "@") > 0)''' },
    ]
    """#

  /// What the target has already.
  static let recognition = #"""
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
      { conditions = [ { source = "externalId", target = "sourceAnchor", case_sensitive = true } ] },
    ]

    [[rule]]
    name = "In from %Target% - Group Join"
    direction = "inbound"
    connector = "%Target%"
    source = "group"
    target = "group"
    link = "Join"
    precedence = 114
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
    precedence = 115
    join = [
      { conditions = [ { source = "externalId", target = "sourceAnchor", case_sensitive = true } ] },
    ]
    """#
}
