extension StandardRules {
  /// From the metaverse to the target, in the names of SCIM (RFC 7643) and its extensions.
  static let outbound = #"""
    [[rule]]
    name = "Out to %Target% - User Join"
    direction = "outbound"
    connector = "%Target%"
    source = "person"
    target = "user"
    link = "Provision"
    precedence = 120
    password_sync = true
    flow = [
      { target = "externalId", direct = "sourceAnchor" },
      { target = "userName", direct = "userPrincipalName" },
      { target = "active", direct = "accountEnabled" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:immutableId", direct = "sourceAnchor" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:syncEnabled", constant = true },
    ]
    scope = [
      { clauses = [
        { attribute = "sourceObjectType", operator = "EQUAL", value = "User" },
        { attribute = "cloudFiltered", operator = "NOTEQUAL", value = true },
        { attribute = "sourceAnchor", operator = "ISNOTNULL" },
        { attribute = "accountEnabled", operator = "ISNOTNULL" },
      ] },
    ]
    join = [
      { conditions = [ { source = "sourceAnchor", target = "externalId" } ] },
      { conditions = [ { source = "userPrincipalName", target = "userName" } ] },
    ]

    [[rule]]
    name = "Out to %Target% - User Identity"
    direction = "outbound"
    connector = "%Target%"
    source = "person"
    target = "user"
    link = "Join"
    precedence = 121
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
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:proxyAddresses", direct = "proxyAddresses" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:samAccountName", direct = "accountName" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:securityIdentifier", direct = "objectSidString" },
    ]
    scope = [
      { clauses = [
        { attribute = "sourceObjectType", operator = "EQUAL", value = "User" },
        { attribute = "cloudFiltered", operator = "NOTEQUAL", value = true },
        { attribute = "sourceAnchor", operator = "ISNOTNULL" },
        { attribute = "accountEnabled", operator = "ISNOTNULL" },
      ] },
    ]

    [[rule]]
    name = "Out to %Target% - Group Join"
    direction = "outbound"
    connector = "%Target%"
    source = "group"
    target = "group"
    link = "Provision"
    precedence = 122
    flow = [
      { target = "externalId", direct = "sourceAnchor" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:immutableId", direct = "sourceAnchor" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:syncEnabled", constant = true },
    ]
    scope = [
      { clauses = [
        { attribute = "sourceObjectType", operator = "EQUAL", value = "Group" },
        { attribute = "cloudFiltered", operator = "NOTEQUAL", value = true },
        { attribute = "sourceAnchor", operator = "ISNOTNULL" },
      ] },
    ]
    join = [
      { conditions = [ { source = "sourceAnchor", target = "externalId" } ] },
    ]

    [[rule]]
    name = "Out to %Target% - Group Identity"
    direction = "outbound"
    connector = "%Target%"
    source = "group"
    target = "group"
    link = "Join"
    precedence = 123
    flow = [
      { target = "displayName", direct = "displayName" },
      { target = "members", direct = "member" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:description", direct = "description" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:mail", direct = "mail" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:securityEnabled", direct = "securityEnabled" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:distinguishedName", direct = "distinguishedName" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:proxyAddresses", direct = "proxyAddresses" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:samAccountName", direct = "accountName" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Group:securityIdentifier", direct = "objectSidString" },
    ]
    scope = [
      { clauses = [
        { attribute = "sourceObjectType", operator = "EQUAL", value = "Group" },
        { attribute = "cloudFiltered", operator = "NOTEQUAL", value = true },
        { attribute = "sourceAnchor", operator = "ISNOTNULL" },
      ] },
    ]

    [[rule]]
    name = "Out to %Target% - Contact Join"
    direction = "outbound"
    connector = "%Target%"
    source = "contact"
    target = "contact"
    link = "Provision"
    precedence = 124
    flow = [
      { target = "externalId", direct = "sourceAnchor" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Contact:immutableId", direct = "sourceAnchor" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Contact:syncEnabled", constant = true },
    ]
    scope = [
      { clauses = [
        { attribute = "sourceObjectType", operator = "EQUAL", value = "Contact" },
        { attribute = "cloudFiltered", operator = "NOTEQUAL", value = true },
        { attribute = "sourceAnchor", operator = "ISNOTNULL" },
      ] },
    ]
    join = [
      { conditions = [ { source = "sourceAnchor", target = "externalId" } ] },
    ]

    [[rule]]
    name = "Out to %Target% - Contact Identity"
    direction = "outbound"
    connector = "%Target%"
    source = "contact"
    target = "contact"
    link = "Join"
    precedence = 125
    flow = [
      { target = "displayName", direct = "displayName" },
      { target = "name.givenName", direct = "givenName" },
      { target = "name.familyName", direct = "sn" },
      { target = 'emails[type eq "work"].value', direct = "mail" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Contact:mail", direct = "mail" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Contact:distinguishedName", direct = "distinguishedName" },
      { target = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:Contact:proxyAddresses", direct = "proxyAddresses" },
    ]
    scope = [
      { clauses = [
        { attribute = "sourceObjectType", operator = "EQUAL", value = "Contact" },
        { attribute = "cloudFiltered", operator = "NOTEQUAL", value = true },
        { attribute = "sourceAnchor", operator = "ISNOTNULL" },
      ] },
    ]
    """#
}
