extension StandardRules {
  /// From the metaverse to the target, in the names of SCIM (RFC 7643) and its extensions.
  static let outbound = #"""
    [[rule]]
    name = "Out to %Target% - User Join"
    description = "Takes over a user without an anchor by mail address or sign-in name"
    direction = "outbound"
    connector = "%Target%"
    source = "person"
    target = "user"
    link = "Provision"
    precedence = 116
    password_sync = true
    scope = "users of the tenant"
    join = [
      { match = "hard", conditions = [ { source = "sourceAnchor", target = "externalId" } ] },
      { match = "soft", conditions = [
        { source = "primarySmtpAddress", target = 'emails[type eq "work"].value' },
      ] },
      { match = "soft", conditions = [ { source = "userPrincipalName", target = "userName" } ] },
    ]
    flow = [
      { target = "externalId", direct = "sourceAnchor" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:immutableId", direct = "sourceAnchor" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:syncEnabled", constant = true },
      { target = "userName", direct = "userPrincipalName" },
      { target = "active", direct = "accountEnabled" },
    ]

    [[rule]]
    name = "Out to %Target% - User Identity"
    direction = "outbound"
    connector = "%Target%"
    source = "person"
    target = "user"
    link = "Join"
    precedence = 117
    scope = "users of the tenant"
    flow = [
      { target = "displayName", direct = "displayName" },
      { target = "name.givenName", direct = "givenName" },
      { target = "name.familyName", direct = "sn" },
      { target = "title", direct = "title" },
      { target = 'emails[type eq "work"].value', direct = "mail" },
      { target = 'phoneNumbers[type eq "work"].value', direct = "telephoneNumber" },
      { target = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", direct = "department" },
      { target = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber", direct = "employeeID" },
      { target = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", direct = "manager" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:distinguishedName", direct = "distinguishedName" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:domainName", direct = "domainFQDN" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:proxyAddresses", direct = "proxyAddresses" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:samAccountName", direct = "accountName" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:securityIdentifier", direct = "objectSidString" },
    ]

    [[rule]]
    name = "Out to %Target% - Group Join"
    direction = "outbound"
    connector = "%Target%"
    source = "group"
    target = "group"
    link = "Provision"
    precedence = 118
    scope = "groups of the tenant"
    join = [
      { match = "hard", conditions = [ { source = "sourceAnchor", target = "externalId" } ] },
    ]
    flow = [
      { target = "externalId", direct = "sourceAnchor" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:immutableId", direct = "sourceAnchor" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:syncEnabled", constant = true },
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
      { target = "members", direct = "member" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:description", direct = "description" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:mail", direct = "mail" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:mailEnabled", direct = "mailEnabled" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:securityEnabled", direct = "securityEnabled" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:distinguishedName", direct = "distinguishedName" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:proxyAddresses", direct = "proxyAddresses" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:samAccountName", direct = "accountName" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:securityIdentifier", direct = "objectSidString" },
    ]

    [[rule]]
    name = "Out to %Target% - Contact Join"
    direction = "outbound"
    connector = "%Target%"
    source = "contact"
    target = "contact"
    link = "Provision"
    precedence = 120
    scope = "contacts of the tenant"
    join = [
      { match = "hard", conditions = [ { source = "sourceAnchor", target = "externalId" } ] },
      { match = "soft", conditions = [
        { source = "primarySmtpAddress", target = 'emails[type eq "work"].value' },
      ] },
    ]
    flow = [
      { target = "externalId", direct = "sourceAnchor" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Contact:immutableId", direct = "sourceAnchor" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Contact:syncEnabled", constant = true },
    ]

    [[rule]]
    name = "Out to %Target% - Contact Identity"
    direction = "outbound"
    connector = "%Target%"
    source = "contact"
    target = "contact"
    link = "Join"
    precedence = 121
    scope = "contacts of the tenant"
    flow = [
      { target = "displayName", direct = "displayName" },
      { target = "name.givenName", direct = "givenName" },
      { target = "name.familyName", direct = "sn" },
      { target = 'emails[type eq "work"].value', direct = "mail" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Contact:mail", direct = "mail" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Contact:distinguishedName", direct = "distinguishedName" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Contact:proxyAddresses", direct = "proxyAddresses" },
    ]
    """#
}
