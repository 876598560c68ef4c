extension StandardRules {
  /// People, from the directory to the metaverse.
  static let people = #"""
    [[rule]]
    name = "In from %Source% - User Join"
    description = "Gives linked mailboxes no anchor, and filters those of the mail system itself"
    direction = "inbound"
    connector = "%Source%"
    source = "user"
    target = "person"
    link = "Provision"
    precedence = 100
    scope = "accounts"
    join = [
      { conditions = [ { source = "mS-DS-ConsistencyGuid", target = "sourceAnchor" } ] },
      { conditions = [ { source = "objectGUID", target = "sourceAnchor" } ] },
    ]
    flow = [
      { target = "sourceAnchor", expression = '''
          IIF([msExchRecipientTypeDetails] = 2, NULL,
            IIF(IsPresent([mS-DS-ConsistencyGuid]),
              IIF(IsString([mS-DS-ConsistencyGuid]),
                [mS-DS-ConsistencyGuid], ConvertToBase64([mS-DS-ConsistencyGuid])),
              IIF(IsString([objectGUID]), [objectGUID], ConvertToBase64([objectGUID]))))''' },
      { target = "sourceObjectType", constant = "User" },
      { target = "cloudFiltered", expression = '''
          IIF(Left([mailNickname], 14) = "SystemMailbox{"
            || Left([mailNickname], 5) = "CAS_{" || Left([sAMAccountName], 5) = "CAS_{"
            || (IsPresent([msExchRecipientTypeDetails])
              && BitAnd([msExchRecipientTypeDetails], &H21C07000) <> 0),
            True, NULL)''' },
    ]

    [[rule]]
    name = "In from %Source% - User Password"
    description = "Passwords go with enabled accounts only"
    direction = "inbound"
    connector = "%Source%"
    source = "user"
    target = "person"
    link = "Join"
    precedence = 101
    password_sync = true
    scope = [
      { clauses = [
        { attribute = "userAccountControl", operator = "ISNOTNULL" },
        { attribute = "userAccountControl", operator = "ISNOTBITSET", value = 2 },
      ] },
    ]

    [[rule]]
    name = "In from %Source% - User Account"
    description = "What only Active Directory has; bit 2 of userAccountControl is ACCOUNTDISABLE"
    direction = "inbound"
    connector = "%Source%"
    source = "user"
    target = "person"
    link = "Join"
    precedence = 102
    scope = [
      { clauses = [
        { attribute = "objectGUID", operator = "ISNOTNULL" },
      ] },
    ]
    flow = [
      { target = "accountEnabled", expression = '''
          IIF(IsPresent([userAccountControl]), BitAnd([userAccountControl], 2) = 0, True)''' },
      { target = "accountName", direct = "sAMAccountName" },
      { target = "userPrincipalName", expression = '''
          IIF(IsPresent([userPrincipalName]), [userPrincipalName],
            IIF(IsPresent([sAMAccountName]), [sAMAccountName] & "@" & %Domain.FQDN%, NULL))''' },
      { target = "objectSidString", expression = '''
          IIF(IsString([objectSid]), [objectSid], StringFromSid([objectSid]))''' },
      { target = "pwdLastSet", expression = '''
          IIF(IsPresent([pwdLastSet]),
            FormatDateTime(DateFromNum([pwdLastSet]), "yyyyMMddHHmmss.0Z"), NULL)''' },
      { target = "domainFQDN", constant = "%Domain.FQDN%" },
    ]

    [[rule]]
    name = "In from %Source% - User Common"
    direction = "inbound"
    connector = "%Source%"
    source = "user"
    target = "person"
    link = "Join"
    precedence = 103
    flow = [
      { target = "displayName", expression = '''
          IIF(IsNullOrEmpty([displayName]), [cn], Trim([displayName]))''' },
      { target = "givenName", expression = 'Trim([givenName])' },
      { target = "sn", expression = 'Trim([sn])' },
      { target = "title", expression = 'Trim([title])' },
      { target = "department", expression = 'Trim([department])' },
      { target = "mail", expression = 'Trim([mail])' },
      { target = "telephoneNumber", expression = 'Trim([telephoneNumber])' },
      { target = "employeeID", direct = "employeeID" },
      { target = "manager", direct = "manager" },
      { target = "description", direct = "description" },
      { target = "distinguishedName", direct = "distinguishedName" },
      { target = "proxyAddresses", expression = 'RemoveDuplicates(Trim([proxyAddresses]))' },
      { target = "primarySmtpAddress", expression = '''
          IIF(Contains([proxyAddresses], "SMTP:") > 0,
            Mid(Item([proxyAddresses], Contains([proxyAddresses], "SMTP:")), 6, 1123), NULL)''' },
      { target = "usageLocation", expression = '''
          IIF(IsPresent([msExchUsageLocation]), [msExchUsageLocation], [c])''' },
    ]

    [[rule]]
    name = "In from %Source% - Person Join"
    description = "People of directories that know no accounts: all are enabled, and sign in by mail"
    direction = "inbound"
    connector = "%Source%"
    source = "user"
    target = "person"
    link = "Provision"
    precedence = 104
    scope = "named by entryUUID"
    join = [
      { conditions = [ { source = "entryUUID", target = "sourceAnchor" } ] },
    ]
    flow = [
      { target = "sourceAnchor", direct = "entryUUID" },
      { target = "sourceObjectType", constant = "User" },
      { target = "accountEnabled", constant = true },
      { target = "accountName", direct = "uid" },
      { target = "userPrincipalName", direct = "mail" },
      { target = "employeeID", direct = "employeeNumber" },
      { target = "department", direct = "departmentNumber" },
    ]
    """#
}
