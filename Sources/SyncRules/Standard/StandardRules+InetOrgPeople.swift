extension StandardRules {
  /// People of Active Directory's class inetOrgPerson, where the connector tells them from users; their
  /// passwords stay where they are.
  static let inetOrgPeople = #"""
    [[rule]]
    name = "In from %Source% - InetOrgPerson Join"
    description = "Gives linked mailboxes no anchor, and filters those of the mail system itself"
    direction = "inbound"
    connector = "%Source%"
    source = "inetOrgPerson"
    target = "person"
    link = "Provision"
    precedence = 105
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
    name = "In from %Source% - InetOrgPerson Account"
    description = "What only Active Directory has; bit 2 of userAccountControl is ACCOUNTDISABLE"
    direction = "inbound"
    connector = "%Source%"
    source = "inetOrgPerson"
    target = "person"
    link = "Join"
    precedence = 106
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
    name = "In from %Source% - InetOrgPerson Common"
    direction = "inbound"
    connector = "%Source%"
    source = "inetOrgPerson"
    target = "person"
    link = "Join"
    precedence = 107
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
    """#
}
