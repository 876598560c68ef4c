public import SyncRules

/// Examples for the rules that ship with the project, as a file of examples.
public enum StandardExamples {
  /// The examples' text for connectors called `source` and `target`.
  public static func text(
    source: String, target: String, names: StandardRules.TargetNames = .scim
  ) -> String {
    let last =
      switch names {
      case .scim: contact
      case .service: mailGroup
      case .graph: distributionGroup
      }
    var text = template + last
    for (place, value) in [("%Source%", source), ("%Target%", target)] + Self.names(names) {
      text = text.split(separator: place, omittingEmptySubsequences: false)
        .joined(separator: value)
    }
    return text
  }

  private static func names(_ names: StandardRules.TargetNames) -> [(String, String)] {
    switch names {
    case .scim, .service:
      [
        ("%SignIn%", "userName"), ("%Enabled%", "active"), ("%Given%", "\"name.givenName\""),
        ("%Family%", "\"name.familyName\""), ("%Members%", "members"),
      ]
    case .graph:
      [
        ("%SignIn%", "userPrincipalName"), ("%Enabled%", "accountEnabled"),
        ("%Given%", "givenName"),
        ("%Family%", "surname"), ("%Members%", "member"),
      ]
    }
  }

  private static let template = #"""
    # Examples for the standard rules; 'lockstep rules test' tries them.

    [[test]]
    name = "A person with an account arrives with name, address and source anchor"
    [[test.entry]]
    connector = "%Source%"
    type = "user"
    dn = "CN=Ann Example,OU=Staff,DC=contoso,DC=test"
    [test.entry.attributes]
    cn = "Ann Example"
    objectGUID = { guid = "01020304-0506-0708-090a-0b0c0d0e0f10" }
    sAMAccountName = "ann"
    userPrincipalName = "ann@contoso.test"
    userAccountControl = 512
    displayName = "Ann Example"
    givenName = "Ann"
    sn = "Example"
    mail = "ann@contoso.test"
    [test.expect]
    filtered = false
    type = "person"
    metaverse = { userPrincipalName = "ann@contoso.test", accountEnabled = true }
    [[test.expect.target]]
    connector = "%Target%"
    type = "user"
    [test.expect.target.attributes]
    %SignIn% = "ann@contoso.test"
    %Enabled% = true
    displayName = "Ann Example"
    %Given% = "Ann"
    %Family% = "Example"

    [[test]]
    name = "An account that is switched off arrives switched off"
    [[test.entry]]
    connector = "%Source%"
    type = "user"
    dn = "CN=Bo,OU=Staff,DC=contoso,DC=test"
    [test.entry.attributes]
    cn = "Bo"
    objectGUID = { guid = "01020304-0506-0708-090a-0b0c0d0e0f11" }
    sAMAccountName = "bo"
    userPrincipalName = "bo@contoso.test"
    userAccountControl = 514
    [test.expect]
    metaverse = { accountEnabled = false }
    [[test.expect.target]]
    connector = "%Target%"
    attributes = { %Enabled% = false, displayName = "Bo" }

    [[test]]
    name = "The system's own account stays here"
    [[test.entry]]
    connector = "%Source%"
    type = "user"
    dn = "CN=krbtgt,CN=Users,DC=contoso,DC=test"
    [test.entry.attributes]
    cn = "krbtgt"
    objectGUID = { guid = "01020304-0506-0708-090a-0b0c0d0e0f12" }
    sAMAccountName = "krbtgt"
    userAccountControl = 514
    isCriticalSystemObject = true
    [test.expect]
    filtered = true

    [[test]]
    name = "An account that a synchronization tool made stays here"
    [[test.entry]]
    connector = "%Source%"
    type = "user"
    dn = "CN=Sync,CN=Users,DC=contoso,DC=test"
    [test.entry.attributes]
    cn = "Sync"
    objectGUID = { guid = "01020304-0506-0708-090a-0b0c0d0e0f13" }
    sAMAccountName = "MSOL_0123456789"
    userAccountControl = 512
    [test.expect]
    filtered = true

    [[test]]
    name = "A security group arrives with its members"
    [[test.entry]]
    connector = "%Source%"
    type = "group"
    dn = "CN=Everyone,OU=Groups,DC=contoso,DC=test"
    [test.entry.attributes]
    cn = "Everyone"
    objectGUID = { guid = "01020304-0506-0708-090a-0b0c0d0e0f14" }
    sAMAccountName = "everyone"
    groupType = -2147483646
    member = { reference = "CN=Ann Example,OU=Staff,DC=contoso,DC=test" }
    [test.expect]
    type = "group"
    [[test.expect.target]]
    connector = "%Target%"
    type = "group"
    [test.expect.target.attributes]
    displayName = "Everyone"
    %Members% = { reference = "CN=Ann Example,OU=Staff,DC=contoso,DC=test" }

    """#

  private static let contact = #"""
    [[test]]
    name = "A contact arrives as a contact"
    [[test.entry]]
    connector = "%Source%"
    type = "contact"
    dn = "CN=Carla,OU=Partners,DC=contoso,DC=test"
    [test.entry.attributes]
    cn = "Carla"
    objectGUID = { guid = "01020304-0506-0708-090a-0b0c0d0e0f15" }
    displayName = "Carla Partner"
    mail = "carla@partner.example"
    [test.expect]
    filtered = false
    [[test.expect.target]]
    connector = "%Target%"
    type = "contact"
    attributes = { displayName = "Carla Partner" }
    """#

  private static let mailGroup = #"""
    [[test]]
    name = "A distribution group arrives by its name alone: SCIM knows no address of a group"
    [[test.entry]]
    connector = "%Source%"
    type = "group"
    dn = "CN=News,OU=Groups,DC=contoso,DC=test"
    [test.entry.attributes]
    cn = "News"
    objectGUID = { guid = "01020304-0506-0708-090a-0b0c0d0e0f16" }
    sAMAccountName = "news"
    groupType = 2
    mail = "news@contoso.test"
    [test.expect]
    filtered = false
    [[test.expect.target]]
    connector = "%Target%"
    type = "group"
    [test.expect.target.attributes]
    displayName = "News"
    """#

  private static let distributionGroup = #"""
    [[test]]
    name = "A distribution group stays here: Microsoft Graph lets nobody make one"
    [[test.entry]]
    connector = "%Source%"
    type = "group"
    dn = "CN=News,OU=Groups,DC=contoso,DC=test"
    [test.entry.attributes]
    cn = "News"
    objectGUID = { guid = "01020304-0506-0708-090a-0b0c0d0e0f16" }
    sAMAccountName = "news"
    groupType = 2
    mail = "news@contoso.test"
    [test.expect]
    filtered = true
    """#
}
