import Directory
import JSON
import Testing

@testable import SCIMConnector

private let entraURN = AttributeNaming.extensionPrefix + "User"
private let onPremisesURN = AttributeNaming.onPremisesPrefix + "User"

/// A server that offers the extension, and one that is plain SCIM.
private func server(offersExtensions: Bool) -> SCIMServer {
  var types = SCIMServer.commonResourceTypes
  var schemas = SCIMServer.commonSchemas
  guard offersExtensions else {
    return SCIMServer(
      features: .init(), resourceTypes: types, schemas: schemas, publishesSchemas: true)
  }
  types[0].extensions += [onPremisesURN, entraURN]
  var level = SCIMAttribute("msExchRecipientTypeDetails", .integer)
  level.isMultiValued = false
  schemas[entraURN.lowercased()] = SCIMSchema(
    id: entraURN, attributes: [SCIMAttribute("alias"), level])
  schemas[onPremisesURN.lowercased()] = SCIMSchema(
    id: onPremisesURN,
    attributes: [
      SCIMAttribute("immutableId"), SCIMAttribute("syncEnabled", .boolean),
      SCIMAttribute("samAccountName"),
    ])
  return SCIMServer(
    features: .init(), resourceTypes: types, schemas: schemas, publishesSchemas: true)
}

private func operation(_ kind: ExportOperation.Kind) throws -> ExportOperation {
  ExportOperation(
    id: 1, kind: kind, objectType: "user", anchor: Anchor("u1"), dn: try DistinguishedName("CN=x"))
}

private func failure(_ work: () throws(ObjectFailure) -> Void) -> ObjectFailure? {
  do throws(ObjectFailure) {
    try work()
    return nil
  } catch {
    return error
  }
}

@Suite("The names of Entra Connect's connector")
struct EntraNamesTests {
  private let naming = AttributeNaming(server: server(offersExtensions: true))

  @Test(
    "What SCIM has an attribute for is carried there",
    arguments: [
      ("userPrincipalName", "userName"), ("sourceAnchor", "externalId"),
      ("accountEnabled", "active"), ("givenName", "name.givenName"),
      ("surname", "name.familyName"), ("mail", #"emails[type eq "work"].value"#),
      ("mobile", #"phoneNumbers[type eq "mobile"].value"#),
      ("city", #"addresses[type eq "work"].locality"#),
      ("countryLetterCode", #"addresses[type eq "work"].country"#),
      ("manager", SCIMSchema.enterpriseURN + ":manager"),
      ("onPremisesSamAccountName", onPremisesURN + ":samAccountName"),
      ("employeeId", SCIMSchema.enterpriseURN + ":employeeNumber"), ("userType", "userType"),
      ("nickName", "nickName"), ("alias", entraURN + ":alias"), ("ALIAS", entraURN + ":alias"),
    ])
  func paths(name: String, path: String) {
    let table = naming.table("User")
    #expect(table.path(AttributeName(name)) == AttributeName(path))
    #expect(table.name(AttributeName(path)) == AttributeName(name))
  }

  @Test("What has no place under a name of its own is shown, and not offered to rules that write")
  func placeless() throws {
    let server = server(offersExtensions: true)
    let schema = naming.renamed(server.directorySchema)
    #expect(schema["locale"].isReadOnly == false && schema["userType"].isReadOnly == false)
    for (name, definition) in schema.attributes where !definition.isReadOnly {
      let isPlaced = schema.objectTypes.contains { naming.table($0).path(name) != nil }
      #expect(isPlaced || AttributeNaming.isPath(name) || name == "dn", "\(name)")
    }
    // Whatever a rule may write arrives.
    for name in schema.attributes.keys where naming.table("user").path(name) != nil {
      let change = try operation(.modify([AttributeChange(name, .replace(["x"]))]))
      guard case .modify(let sent) = try naming.renamed(change).kind else {
        Issue.record("\(name)")
        continue
      }
      #expect(sent.first?.name == naming.table("user").path(name))
    }
  }

  @Test("A group's members have their name, and a user's attributes are none of a group")
  func groups() {
    #expect(naming.table("group").path("member") == "members")
    #expect(naming.table("group").path("userPrincipalName") == nil)
    #expect(naming.table("unknown").path("displayName") == nil)
    #expect(naming.table("user").path("nothingLikeIt") == nil)
  }

  @Test("A new object is sent under SCIM's names, tied to its source, without its computed name")
  func add() throws {
    let renamed = try naming.renamed(
      try operation(
        .add([
          "sourceAnchor": ["abc="], "userPrincipalName": ["a@b.c"], "alias": ["a"],
          "dn": ["CN={6162633D}"],
        ])))
    #expect(
      renamed.kind
        == .add([
          "externalId": ["abc="], "userName": ["a@b.c"],
          AttributeName(entraURN + ":alias"): ["a"],
          AttributeName(onPremisesURN + ":immutableId"): ["abc="],
          AttributeName(onPremisesURN + ":syncEnabled"): [true],
        ]))
  }

  @Test("Where the rules flow no source anchor, it is taken from the computed name")
  func anchorInName() throws {
    let renamed = try naming.renamed(try operation(.add(["dn": ["CN={6162633D}"]])))
    guard case .add(let attributes) = renamed.kind else { return #expect(Bool(false)) }
    #expect(attributes["externalId"] == ["abc="])
    #expect(AttributeNaming.anchor(inDN: "cn={616263}") == "abc")
    #expect(AttributeNaming.anchor(inDN: "CN=abc") == nil)
    #expect(AttributeNaming.anchor(inDN: "CN={xyz}") == nil)
    #expect(AttributeNaming.anchor(inDN: "CN={FF}") == nil)
  }

  @Test("Changes are renamed; those of what the server keeps itself are left out")
  func modify() throws {
    let renamed = try naming.renamed(
      try operation(
        .modify([
          AttributeChange("mail", .replace(["x@y.z"])), AttributeChange("dn", .replace(["CN=z"])),
          AttributeChange("cloudMastered", .replace([true])),
        ])))
    #expect(
      renamed.kind
        == .modify([AttributeChange(#"emails[type eq "work"].value"#, .replace(["x@y.z"]))]))
  }

  @Test("What was exported under SCIM's names before is not taken away under them")
  func oldNames() throws {
    let renamed = try naming.renamed(
      try operation(
        .modify([
          AttributeChange("userName", .replace([])),
          AttributeChange(#"emails[type eq "work"].value"#, .replace([])),
          AttributeChange("mail", .replace([])),
        ])))
    #expect(
      renamed.kind
        == .modify([AttributeChange(#"emails[type eq "work"].value"#, .replace([]))]))
  }

  @Test("An object that is taken over by its source anchor is tied, too")
  func takeOver() throws {
    let renamed = try naming.renamed(
      try operation(.modify([AttributeChange("sourceAnchor", .replace(["abc="]))])))
    #expect(
      renamed.kind
        == .modify([
          AttributeChange("externalId", .replace(["abc="])),
          AttributeChange(AttributeName(onPremisesURN + ":immutableId"), .replace(["abc="])),
          AttributeChange(AttributeName(onPremisesURN + ":syncEnabled"), .replace([true])),
        ]))
  }

  @Test("An attribute without a place fails by name, and is not dropped")
  func noPlace() throws {
    let plain = AttributeNaming(server: server(offersExtensions: false))
    let add = try operation(.add(["alias": ["a"]]))
    let error = try #require(failure { () throws(ObjectFailure) in _ = try plain.renamed(add) })
    #expect(error.type == .schemaViolation)
    #expect(error.attribute == "alias")
    #expect(error.message.contains("no place for the attribute alias of a user"))
  }

  @Test("Nothing is to be taken away of an attribute without a place, and what else changes goes")
  func nothingToTakeAway() throws {
    let plain = AttributeNaming(server: server(offersExtensions: false))
    let gone = AttributeChange("alias", .replace([]))
    let mail = AttributeChange("mail", .replace(["x@y.z"]))
    let path: AttributeName = #"emails[type eq "work"].value"#
    #expect(
      try plain.renamed(try operation(.modify([gone, mail]))).kind
        == .modify([AttributeChange(path, .replace(["x@y.z"]))]))
    #expect(try plain.renamed(try operation(.modify([gone]))).kind == .modify([]))
    let value = try operation(.modify([AttributeChange("alias", .replace(["a"]))]))
    let error = try #require(failure { () throws(ObjectFailure) in _ = try plain.renamed(value) })
    #expect(error.attribute == "alias")
  }

  @Test("A path of SCIM's own goes through as it is")
  func ownPath() throws {
    let kind = ExportOperation.Kind.modify([
      AttributeChange("name.formatted", .replace(["A B"])),
      AttributeChange(AttributeName(SCIMSchema.enterpriseURN + ":division"), .replace(["d"])),
    ])
    #expect(try naming.renamed(try operation(kind)).kind == kind)
  }

  @Test("An imported object has the names, its own name, and whose it is")
  func imported() throws {
    let entry = DirectoryEntry(
      anchor: Anchor("u1"), dn: try DistinguishedName("CN={6162633D}"), objectType: "user",
      attributes: [
        "externalId": ["abc="], "userName": ["a@b.c"], "meta.created": ["2020"],
        AttributeName(onPremisesURN + ":syncEnabled"): [true],
      ])
    let renamed = naming.renamed(entry).attributes
    #expect(renamed["sourceAnchor"] == ["abc="])
    #expect(renamed["userPrincipalName"] == ["a@b.c"])
    #expect(renamed["dn"] == ["CN={6162633D}"])
    #expect(renamed["cloudAnchor"] == ["User_u1"])
    #expect(renamed["cloudMastered"] == [false])
    #expect(renamed["meta.created"] == ["2020"])
    #expect(!renamed.contains("userName"))
  }

  @Test("An object that nobody ties is mastered in the cloud")
  func cloudOnly() throws {
    let entry = DirectoryEntry(
      anchor: Anchor("u2"), dn: try DistinguishedName("CN={7532}"), objectType: "user",
      attributes: ["userName": ["c@b.c"], "externalId": ["abc="]])
    #expect(naming.renamed(entry).attributes["cloudMastered"] == [true])
    let plain = AttributeNaming(server: server(offersExtensions: false))
    #expect(plain.renamed(entry).attributes["cloudMastered"] == [false])
  }

  @Test("The schema has the names with the server's types")
  func schema() {
    let server = server(offersExtensions: true)
    let schema = naming.renamed(server.directorySchema)
    #expect(schema.attributes["msExchRecipientTypeDetails"]?.kind == .integer)
    #expect(schema.attributes["accountEnabled"]?.kind == .boolean)
    #expect(schema.attributes["manager"]?.kind == .reference)
    #expect(schema.attributes["mail"] == .init(.string, equality: .caseless))
    #expect(schema.attributes["cloudAnchor"]?.isReadOnly == true)
    #expect(schema.attributes["dn"]?.isReadOnly == false)
    #expect(schema.attributes["userName"] == nil)
    #expect(schema.attributes["name.formatted"] != nil)
  }

  @Test("A failure blames the attribute by the name that the rules use")
  func blame() {
    let failed = ExportOutcome.failed(
      ObjectFailure(.invalidAttributeValue, code: "400", message: "", attribute: "userName"))
    guard case .failed(let failure) = naming.renamed(failed, objectType: "user") else {
      return #expect(Bool(false))
    }
    #expect(failure.attribute == "userPrincipalName")
  }
}
