import Configuration
import Directory
import SyncRules
import Testing

private let onPremises = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:"
private let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:"
private let guid = AttributeValue.binary(Array(1...16))
private let guidAnchor: AttributeValue = "AQIDBAUGBwgJCgsMDQ4PEA=="
private let sid = AttributeValue.binary([
  1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0x50, 4, 0, 0,
])

private let ann: AttributeSet = [
  "objectGUID": [guid], "sAMAccountName": ["ann"], "userPrincipalName": ["ann@contoso.com"],
  "displayName": ["Ann Example"], "cn": ["Ann"], "givenName": ["Ann"], "sn": ["Example"],
  "title": ["Engineer"], "department": ["R&D"], "mail": ["ann@contoso.com"],
  "telephoneNumber": ["+49 30 1"],
  "proxyAddresses": ["SMTP:ann@contoso.com", "smtp:a@contoso.com"],
  "employeeID": ["007"], "userAccountControl": [512],
  "distinguishedName": ["CN=Ann,OU=Staff,DC=contoso,DC=com"],
  "objectSid": [sid], "pwdLastSet": [129_699_324_000_000_000], "c": ["DE"],
]

@Suite("Standard rules")
struct StandardRulesTests {
  let rules: RuleSet
  init() throws { rules = try StandardRules.ruleSet(source: "contoso.com", target: "cloud") }

  private func inbound(
    _ attributes: AttributeSet, _ type: String = "user", connector: String = "contoso.com"
  ) -> InboundEvaluation {
    rules.evaluateInbound(
      connector: connector, objectType: type, attributes: attributes,
      references: ["manager", "member"])
  }

  private func metaverse(_ evaluation: InboundEvaluation) -> AttributeSet {
    let resolved = MetaverseMerge.resolve(evaluation.contributions.map { (1, $0) })
    return AttributeSet(resolved.map { Attribute($0.attribute, $0.values) })
  }

  private func outbound(_ attributes: AttributeSet, _ type: String) -> OutboundEvaluation {
    rules.evaluateOutbound(
      connector: "cloud", metaverseType: type, attributes: attributes,
      references: ["manager", "member"])
  }

  private func values(_ evaluation: OutboundEvaluation) -> [String: [AttributeValue]] {
    Dictionary(
      uniqueKeysWithValues: evaluation.attributes.map { ($0.attribute.text, $0.values) })
  }

  private func changed(_ change: (inout AttributeSet) -> Void) -> AttributeSet {
    var copy = ann
    change(&copy)
    return copy
  }

  @Test("precedences start at 100, so that there is room for rules of one's own")
  func precedences() {
    #expect(rules.rules.allSatisfy { $0.precedence >= 100 })
    #expect(rules.rules.allSatisfy { !$0.isDisabled })
    #expect(rules.indexedMetaverseAttributes == ["sourceAnchor"])
    #expect(
      rules.indexedConnectorAttributes(connector: "cloud")
        == ["externalId", "userName", "emails[type eq \"work\"].value"])
  }

  @Test("the text needs its parameters")
  func parameters() {
    let error = #expect(throws: ConfigurationError.self) {
      try RuleSet.parse(
        StandardRules.text, file: "s.toml", parameters: ["Source": "a", "Domain.FQDN": "a"])
    }
    #expect(error?.message == "The parameter %Target% is unknown")
  }

  @Test("a user becomes a person")
  func user() {
    let found = inbound(ann)
    #expect(found.projects && found.keepsAlive)
    #expect(found.metaverseType == "person")
    #expect(found.joins.map { $0.conditions.map(\.values) } == [[[guid]]])
    let person = metaverse(found)
    #expect(person["sourceAnchor"] == [guidAnchor])
    #expect(person["pwdLastSet"] == ["20120101230000.0Z"])
    #expect(person["usageLocation"] == ["DE"])
    #expect(person["primarySmtpAddress"] == ["ann@contoso.com"])
    #expect(person["cloudFiltered"] == [])
    #expect(person["accountEnabled"] == [true])
    #expect(person["accountName"] == ["ann"])
    #expect(person["displayName"] == ["Ann Example"])
    #expect(person["sourceObjectType"] == ["User"])
    #expect(found.referenceFlows.map(\.target) == ["manager"])
    #expect(found.inScope.contains { $0.enablePasswordSync })
  }

  @Test("a person becomes a user of the tenant, attribute by attribute")
  func tenantUser() {
    let found = outbound(metaverse(inbound(ann)), "person")
    #expect(found.provisions && found.connectorType == "user")
    #expect(found.inScope.contains { $0.enablePasswordSync })
    #expect(
      found.joins.map { $0.conditions[0].target }
        == ["externalId", "emails[type eq \"work\"].value", "userName"])
    #expect(found.joins.map(\.match) == [.hard, .soft, .soft])
    #expect(found.referenceFlows.map(\.target.text) == [enterprise + "manager"])
    let extra = onPremises + "User:"
    let plain: [String: [AttributeValue]] = [
      "externalId": [guidAnchor], "userName": ["ann@contoso.com"], "active": [true],
      "displayName": ["Ann Example"], "name.givenName": ["Ann"], "name.familyName": ["Example"],
      "title": ["Engineer"], "emails[type eq \"work\"].value": ["ann@contoso.com"],
      "phoneNumbers[type eq \"work\"].value": ["+49 30 1"],
    ]
    let extended: [String: [AttributeValue]] = [
      enterprise + "department": ["R&D"], enterprise + "employeeNumber": ["007"],
      extra + "immutableId": [guidAnchor], extra + "domainName": ["contoso.com"],
      extra + "distinguishedName": ["CN=Ann,OU=Staff,DC=contoso,DC=com"],
      extra + "samAccountName": ["ann"], extra + "syncEnabled": [true],
      extra + "securityIdentifier": ["S-1-5-21-1-2-3-1104"],
      extra + "proxyAddresses": ["SMTP:ann@contoso.com", "smtp:a@contoso.com"],
    ]
    #expect(values(found) == plain.merging(extended) { first, _ in first })
  }

  @Test("a disabled account is handed on as disabled, without its password")
  func disabled() {
    let found = inbound(changed { $0["userAccountControl"] = [514] })
    #expect(found.projects)
    #expect(!found.inScope.contains { $0.enablePasswordSync })
    let person = metaverse(found)
    #expect(person["accountEnabled"] == [false])
    #expect(values(outbound(person, "person"))["active"] == [false])
  }

  @Test(
    "what is no person's account does not project",
    arguments: [
      ("isCriticalSystemObject", ["TRUE"]), ("isCriticalSystemObject", [true]),
      ("sAMAccountName", []), ("sAMAccountName", ["SUPPORT_388945a0"]),
      ("sAMAccountName", ["aad_1234"]), ("sAMAccountName", ["MSOL_5678"]), ("objectGUID", []),
      ("adminDescription", ["User_1"]),
      ("distinguishedName", ["CN=Ann\\0ACNF:0a1b,OU=Staff,DC=contoso,DC=com"]),
    ] as [(AttributeName, [AttributeValue])])
  func excluded(attribute: AttributeName, found: [AttributeValue]) {
    let evaluation = inbound(changed { $0[attribute] = found })
    #expect(!evaluation.projects && !evaluation.keepsAlive)
    let excluded = evaluation.outOfScope.first { $0.rule.linkType == .provision }
    #expect(excluded?.reason.hasPrefix(attribute.text) == true)
  }

  @Test("a person of RFC 2798 is taken by entryUUID, enabled, and signs in by mail")
  func inetOrgPerson() {
    let found = inbound([
      "entryUUID": ["0a1b"], "uid": ["bob"], "cn": ["Bob"], "mail": ["bob@x.org"],
      "employeeNumber": ["12"],
    ])
    #expect(found.projects)
    #expect(!found.inScope.contains { $0.enablePasswordSync })
    let user = values(outbound(metaverse(found), "person"))
    #expect(user["externalId"] == ["0a1b"])
    #expect(user["userName"] == ["bob@x.org"])
    #expect(user["active"] == [true])
    #expect(user["displayName"] == ["Bob"])
    #expect(user[onPremises + "User:samAccountName"] == ["bob"])
    #expect(user[enterprise + "employeeNumber"] == ["12"])
  }

  @Test("a group becomes a group with its members")
  func group() {
    let found = inbound(
      [
        "objectGUID": [guid], "cn": ["Staff"], "sAMAccountName": ["staff"],
        "groupType": [-2_147_483_646], "description": ["All of us"], "mail": ["staff@contoso.com"],
      ], "group")
    #expect(found.projects && found.metaverseType == "group")
    #expect(found.referenceFlows.map(\.target) == ["member"])
    let sent = outbound(metaverse(found), "group")
    #expect(sent.provisions && sent.connectorType == "group")
    #expect(sent.referenceFlows.map(\.target) == ["members"])
    let group = values(sent)
    #expect(group["displayName"] == ["Staff"])
    #expect(group["externalId"] == [guidAnchor])
    #expect(group[onPremises + "Group:description"] == ["All of us"])
    #expect(group[onPremises + "Group:mail"] == ["staff@contoso.com"])
    #expect(group[onPremises + "Group:securityEnabled"] == [true])
    #expect(group[onPremises + "Group:syncEnabled"] == [true])
  }

  @Test("a distribution group is no security group")
  func distribution() {
    let found = inbound(["objectGUID": [guid], "cn": ["News"], "groupType": [8]], "group")
    #expect(metaverse(found)["securityEnabled"] == [false])
  }

  @Test("a contact becomes a contact")
  func contact() {
    let found = inbound(
      ["objectGUID": [guid], "displayName": ["Eve"], "sn": ["E"], "mail": ["eve@x.org"]], "contact")
    #expect(found.projects && found.metaverseType == "contact")
    let sent = outbound(metaverse(found), "contact")
    #expect(sent.provisions && sent.connectorType == "contact")
    let contact = values(sent)
    #expect(contact["externalId"] == [guidAnchor])
    #expect(contact["displayName"] == ["Eve"])
    #expect(contact[onPremises + "Contact:immutableId"] == [guidAnchor])
    #expect(contact[onPremises + "Contact:mail"] == ["eve@x.org"])
  }

  @Test("no anchor, no projection", arguments: ["user", "group", "contact"])
  func anchor(type: String) {
    let found = inbound(["displayName": ["X"], "sAMAccountName": ["x"], "cn": ["X"]], type)
    #expect(!found.projects)
  }

  @Test("what the tenant has already joins, but never projects")
  func tenant() {
    let found = inbound(
      ["externalId": ["AAA="], "userName": ["ann@contoso.com"]], connector: "cloud")
    #expect(!found.projects && !found.keepsAlive && found.contributions.isEmpty)
    #expect(found.joins.map { $0.conditions[0].target } == ["sourceAnchor"])
    #expect(found.joins.map { $0.conditions[0].isCaseSensitive } == [true])
    let group = inbound(["externalId": ["AAA="]], "group", connector: "cloud")
    #expect(group.joins.count == 1)
  }

  @Test("an anchor that was set by hand goes before the object's own")
  func consistencyGUID() {
    let other = AttributeValue.binary(Array(repeating: 7, count: 16))
    let found = inbound(changed { $0["mS-DS-ConsistencyGuid"] = [other] })
    #expect(metaverse(found)["sourceAnchor"] == ["BwcHBwcHBwcHBwcHBwcHBw=="])
    #expect(found.joins.map { $0.conditions[0].values } == [[other], [guid]])
  }

  @Test("a linked mailbox has no anchor, and so does not go to the tenant")
  func linkedMailbox() {
    let found = inbound(changed { $0["msExchRecipientTypeDetails"] = [2] })
    let person = metaverse(found)
    #expect(person["sourceAnchor"] == [])
    #expect(outbound(person, "person").inScope.isEmpty)
  }

  @Test(
    "mailboxes of the mail system are filtered from the tenant",
    arguments: [
      ("mailNickname", "SystemMailbox{1}"), ("mailNickname", "CAS_{5}"),
      ("sAMAccountName", "CAS_{5}"), ("msExchRecipientTypeDetails", 0x0100_0000),
    ] as [(AttributeName, AttributeValue)])
  func cloudFiltered(attribute: AttributeName, value: AttributeValue) {
    let found = inbound(changed { $0[attribute] = [value] })
    #expect(found.projects)
    let person = metaverse(found)
    #expect(person["cloudFiltered"] == [true])
    #expect(outbound(person, "person").inScope.isEmpty)
  }

  @Test("who has no sign-in name gets one of account and domain")
  func signInName() {
    let found = inbound(changed { $0["userPrincipalName"] = [] })
    #expect(metaverse(found)["userPrincipalName"] == ["ann@contoso.com"])
  }

  @Test("a source whose values are all text gives the same")
  func text() {
    let found = inbound(
      changed {
        $0["userAccountControl"] = ["514"]
        $0["pwdLastSet"] = ["129699324000000000"]
        $0["objectGUID"] = ["0a1b"]
        $0["objectSid"] = ["S-1-5-21-1-2-3-1104"]
        $0["isCriticalSystemObject"] = ["FALSE"]
        $0["msExchRecipientTypeDetails"] = ["1"]
      })
    let person = metaverse(found)
    #expect(found.failures.isEmpty)
    #expect(person["accountEnabled"] == [false])
    #expect(person["pwdLastSet"] == ["20120101230000.0Z"])
    #expect(person["sourceAnchor"] == ["0a1b"])
    #expect(person["objectSidString"] == ["S-1-5-21-1-2-3-1104"])
    let group = inbound(
      ["objectGUID": ["0a1b"], "cn": ["G"], "groupType": ["-2147483646"]], "group")
    #expect(group.failures.isEmpty)
    #expect(metaverse(group)["securityEnabled"] == [true])
  }

  @Test("an inetOrgPerson of Active Directory is a person without password")
  func directoryInetOrgPerson() {
    let found = inbound(ann, "inetOrgPerson")
    #expect(found.projects && !found.enablesPasswordSync)
    let user = outbound(metaverse(found), "person")
    #expect(values(user) == values(outbound(metaverse(inbound(ann)), "person")))
    #expect(!RuleSet.synchronizesPassword(found, user))
    #expect(RuleSet.synchronizesPassword(inbound(ann), user))
  }

  @Test(
    "a group that gives no rights goes to the tenant if it takes mail",
    arguments: [
      (["mail": ["news@contoso.com"]], true), (["mail": ["news"]], false),
      (["proxyAddresses": ["smtp:a@x", "SMTP:news@contoso.com"]], true),
      (["proxyAddresses": ["smtp:news@contoso.com"]], false), ([:], false),
    ] as [(AttributeSet, Bool)])
  func mailGroup(more: AttributeSet, isSent: Bool) {
    var news: AttributeSet = ["objectGUID": [guid], "cn": ["News"], "groupType": [8]]
    for attribute in more.attributes { news[attribute.name] = attribute.values }
    let group = metaverse(inbound(news, "group"))
    #expect(group["mailEnabled"] == [.boolean(isSent)])
    #expect(outbound(group, "group").provisions == isSent)
  }

  @Test("a group of a directory that knows no kinds of groups goes to the tenant")
  func plainGroup() {
    let group = metaverse(inbound(["entryUUID": ["0a1b"], "cn": ["Choir"]], "group"))
    #expect(outbound(group, "group").provisions)
  }

  @Test("a contact without an address stays")
  func silentContact() {
    let contact = metaverse(inbound(["objectGUID": [guid], "cn": ["Eve"]], "contact"))
    #expect(!outbound(contact, "contact").provisions)
    let hidden = metaverse(
      inbound(
        [
          "objectGUID": [guid], "displayName": ["Eve (MSOL)"], "mail": ["e@x"],
          "msExchHideFromAddressLists": [true],
        ], "contact"))
    #expect(hidden["cloudFiltered"] == [true])
  }

  @Test("no line of the text is too long to read, but for names of attributes")
  func readable() {
    for line in StandardRules.text.split(separator: "\n") where !line.contains("urn:") {
      #expect(line.count <= 100, "\(line)")
    }
  }

  @Test("a rule of one's own can keep a person out of the tenant")
  func filtered() {
    var person = metaverse(inbound(ann))
    person["cloudFiltered"] = [true]
    let found = outbound(person, "person")
    #expect(!found.provisions && found.inScope.isEmpty)
    #expect(found.outOfScope[0].reason == "cloudFiltered NOTEQUAL true fails (true)")
  }

  @Test("A service of others gets what RFC 7643 knows, and all of that")
  func service() throws {
    let service = try RuleSet.parse(
      StandardRules.text(for: .service), file: "rules",
      parameters: ["Source": "contoso.com", "Target": "cloud", "Domain.FQDN": "contoso.com"])
    let theirs = service.rules.filter { $0.direction == .outbound }
    let ours = rules.rules.filter { $0.direction == .outbound && $0.sourceType != "contact" }
    #expect(theirs.map(\.name) == ours.map(\.name))
    for (their, our) in zip(theirs, ours) {
      let kept = our.flows.map(\.target.text).filter { !$0.hasPrefix("urn:lockstep:") }
      #expect(their.flows.map(\.target.text) == kept, "\(their.name)")
    }
    #expect(!theirs.flatMap(\.flows).isEmpty)
    #expect(!service.rules.contains { $0.name.contains("Contact") })
  }

  @Test("Groups of Entra ID are known again before they would be made, by all that tells them")
  func knownGroups() throws {
    let rules = try StandardRules.ruleSet(source: "contoso.com", target: "cloud", names: .graph)
    func joins(_ direction: Direction) throws -> Set<String> {
      let rule = try #require(
        rules.rules.first { $0.direction == direction && $0.name.hasSuffix("cloud - Group Join") })
      return Set(
        rule.joins.flatMap(\.conditions).map { condition in
          let names = [condition.source.text, condition.target.text]
          return (direction == .inbound ? names : names.reversed()).joined(separator: " = ")
        })
    }
    #expect(try joins(.outbound) == joins(.inbound))
    #expect(try joins(.outbound).contains("onPremisesSecurityIdentifier = objectSidString"))
  }
}
