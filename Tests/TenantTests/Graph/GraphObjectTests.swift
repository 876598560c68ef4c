import JSON
import Testing

@testable import Tenant

@Suite("Users, groups and contacts by Graph")
struct GraphObjectTests {
  let graph: TestGraph

  init() throws { graph = try TestGraph() }

  @Test("A user that was created is given with the usual properties and no others")
  func create() async throws {
    let id = try await graph.user("ada", #","jobTitle":"Analyst","businessPhones":["+44 1"]"#)
    let user = try await graph.get("/users/\(id)")
    #expect(user["userPrincipalName"] == "ada@contoso.com")
    #expect(user["jobTitle"] == "Analyst")
    #expect(user["businessPhones"] == ["+44 1"])
    #expect(user.written("mobilePhone") == .null)
    #expect(user.written("accountEnabled") == nil)
    #expect(user.written("passwordProfile") == nil)
  }

  @Test("What is answered to a creation is JSON that a strict reader takes")
  func strictAnswers() async throws {
    for (target, body) in [("/users", TestGraph.user("a")), ("/groups", TestGraph.group("g"))] {
      let reply = try await graph.send("POST", target, body)
      #expect(reply.status == 201)
      let read = try JSONValue(parsing: try #require(reply.body).encoded)
      #expect(read["createdDateTime"] != nil)
    }
  }

  @Test("A user is found by its principal name, in any case")
  func byPrincipalName() async throws {
    let id = try await graph.user("ada")
    #expect(try await graph.get("/users/ADA@contoso.com")["id"] == .string(id))
  }

  @Test("What is selected is given, and nothing else but the id")
  func select() async throws {
    let id = try await graph.user("ada", #","onPremisesImmutableId":"AAEC""#)
    let user = try await graph.get("/users/\(id)?$select=onPremisesImmutableId,accountEnabled")
    #expect(
      user.members.map(\.name).dropFirst() == ["id", "onPremisesImmutableId", "accountEnabled"])
    #expect(user["accountEnabled"] == true)
  }

  @Test(
    "A user is not created without what every user has",
    arguments: [
      "accountEnabled", "displayName", "mailNickname", "userPrincipalName", "passwordProfile",
    ])
  func required(_ name: String) async throws {
    var body = try #require(try json(TestGraph.user("ada")).object)
    body[name] = nil
    let reply = try await graph.send("POST", "/users", JSONValue.object(body).text)
    #expect(reply.status == 400)
    #expect(reply.code == "Request_BadRequest")
    #expect(reply.target == name)
  }

  @Test(
    "A value of another type or length is refused with its property",
    arguments: [
      (#","jobTitle":5"#, "jobTitle", "InvalidValue"),
      (#","jobTitle":"""#, "jobTitle", "InvalidValue"),
      (#","businessPhones":"1""#, "businessPhones", "InvalidValue"),
      (#","usageLocation":"GBR""#, "usageLocation", "InvalidLength"),
      (#","proxyAddresses":["SMTP:a@b.c"]"#, "proxyAddresses", "ReadOnlyProperty"),
      (#","onPremisesSyncEnabled":true"#, "onPremisesSyncEnabled", "ReadOnlyProperty"),
      (#","title":"x""#, "title", "UnknownProperty"),
      (#","mail":"no address""#, "mail", "InvalidValue"),
      (#","businessPhones":["1","2"]"#, "businessPhones", "InvalidValue"),
      (#","usageLocation":"4B""#, "usageLocation", "InvalidValue"),
      (#","userType":"Employee""#, "userType", "InvalidValue"),
      (#","passwordPolicies":"None, Never""#, "passwordPolicies", "InvalidValue"),
      (
        #","onPremisesExtensionAttributes":{"extensionAttribute16":"x"}"#,
        "onPremisesExtensionAttributes", "InvalidValue"
      ),
      (
        #","onPremisesExtensionAttributes":{"alias":"x"}"#, "onPremisesExtensionAttributes",
        "InvalidValue"
      ),
    ])
  func values(_ more: String, _ property: String, _ code: String) async throws {
    let reply = try await graph.send("POST", "/users", TestGraph.user("ada", more))
    #expect(reply.status == 400)
    #expect(reply.target == property)
    #expect(reply.detailCode == code)
  }

  @Test(
    "Names have the form that Graph demands",
    arguments: [
      ("userPrincipalName", "ada"), ("userPrincipalName", "@contoso.com"),
      ("userPrincipalName", "a@b@contoso.com"), ("userPrincipalName", "ad\u{e4}@contoso.com"),
      ("mailNickname", "a b"), ("mailNickname", "a@b"), ("mailNickname", "a;b"),
    ])
  func names(_ property: String, _ value: String) async throws {
    var body = try #require(try json(TestGraph.user("ada")).object)
    body[property] = .string(value)
    let reply = try await graph.send("POST", "/users", JSONValue.object(body).text)
    #expect(reply.status == 400 && reply.target == property)
  }

  @Test("Words of groups are those of Graph's enumerations, where they may be used")
  func groupWords() async throws {
    for more in [
      #","visibility":"Secret""#, #","groupTypes":["Dynamic"]"#,
      #","visibility":"HiddenMembership""#,
    ] {
      #expect(try await graph.send("POST", "/groups", TestGraph.group("all", more)).status == 400)
    }
    let unified = #","visibility":"HiddenMembership","groupTypes":["Unified"]"#
    #expect(try await graph.send("POST", "/groups", TestGraph.group("all", unified)).status == 201)
  }

  @Test("The mail address of a user is the primary one of the proxy addresses, and nobody else's")
  func mail() async throws {
    let id = try await graph.user("ada", #","mail":"Ada@contoso.com""#)
    func addresses() async throws -> [String] {
      let user = try await graph.get("/users/\(id)?$select=proxyAddresses")
      return (user["proxyAddresses"]?.array ?? []).compactMap(\.string)
    }
    #expect(try await addresses() == ["SMTP:Ada@contoso.com"])
    let other = TestGraph.user("bob", #","mail":"ada@contoso.com""#)
    let taken = try await graph.send("POST", "/users", other)
    #expect(taken.status == 400 && taken.target == "proxyAddresses")
    #expect(taken.detailCode == "ObjectConflict")
    let changed = try await graph.send("PATCH", "/users/\(id)", #"{"mail":"ada@fabrikam.com"}"#)
    #expect(changed.status == 204)
    #expect(try await addresses() == ["SMTP:ada@fabrikam.com", "smtp:Ada@contoso.com"])
    #expect(try await graph.send("POST", "/users", other).status == 400)
  }

  @Test("A manager comes with the user; what binds nothing is refused")
  func binds() async throws {
    let boss = try await graph.user("boss")
    let link = #""\#(TestGraph.base)/users/\#(boss)""#
    let id = try await graph.user("ada", #","manager@odata.bind":\#(link)"#)
    #expect(try await graph.get("/users/\(id)/manager")["id"]?.string == boss)
    let nobody = #","manager@odata.bind":"\#(TestGraph.base)/users/nobody""#
    #expect(try await graph.send("POST", "/users", TestGraph.user("bob", nobody)).status == 404)
    let strange = #","sponsor@odata.bind":\#(link)"#
    #expect(try await graph.send("POST", "/users", TestGraph.user("bob", strange)).status == 400)
    let typed = ##","@odata.type":"#microsoft.graph.user""##
    #expect(try await graph.send("POST", "/users", TestGraph.user("bob", typed)).status == 201)
  }

  @Test("A principal name that another user has is refused by its property")
  func unique() async throws {
    try await graph.user("ada")
    let reply = try await graph.send("POST", "/users", TestGraph.user("ADA"))
    #expect(reply.status == 400)
    #expect(reply.detailCode == "ObjectConflict")
    #expect(reply.target == "userPrincipalName")
    #expect(
      reply.words
        == "Another object with the same value for property userPrincipalName already exists.")
  }

  @Test("A change leaves the rest, and null takes a value away")
  func update() async throws {
    let id = try await graph.user("ada", #","jobTitle":"Analyst","department":"Engines""#)
    let reply = try await graph.send(
      "PATCH", "/users/\(id)", #"{"jobTitle":null,"city":"London"}"#)
    #expect(reply.status == 204)
    let user = try await graph.get("/users/\(id)?$select=jobTitle,department,city")
    #expect(user.written("jobTitle") == .null)
    #expect(user["department"] == "Engines")
    #expect(user["city"] == "London")
  }

  @Test("What comes from a directory on premises is not changed by Graph, except where it may")
  func mastered() async throws {
    let id = try await graph.tenant.user(
      "ada@contoso.com",
      #","displayName":"Ada","\#(TestTenant.onPremisesURN)":{"syncEnabled":true}"#)
    let refused = try await graph.send("PATCH", "/users/\(id)", #"{"jobTitle":"x"}"#)
    #expect(refused.status == 400)
    #expect(refused.words.contains("on-premises mastered"))
    let taken = try await graph.send("PATCH", "/users/\(id)", #"{"usageLocation":"GB"}"#)
    #expect(taken.status == 204)
    let last = try await graph.get("/organization")["value"]?.array?.first
    #expect(last?["onPremisesSyncEnabled"] == true)
    #expect(last?["onPremisesLastSyncDateTime"]?.string?.hasSuffix("Z") == true)
  }

  @Test("A mail-enabled group is refused unless it is unified")
  func mailEnabled() async throws {
    let body = TestGraph.group("all").replacing(
      "\"mailEnabled\":false", with: "\"mailEnabled\":true")
    #expect(try await graph.send("POST", "/groups", body).status == 400)
    let unified = body.dropLast() + #","groupTypes":["Unified"]}"#
    #expect(try await graph.send("POST", "/groups", String(unified)).status == 201)
  }

  @Test("A group that Exchange manages is read, and not changed, filled or deleted")
  func exchange() async throws {
    let urn = TestTenant.onPremisesGroupURN
    let made = await graph.tenant.send(
      "POST", "/Groups",
      #"{"schemas":["\#(TestTenant.groupURN)","\#(urn)"],"displayName":"list","#
        + #""\#(urn)":{"mailEnabled":true,"securityEnabled":true}}"#)
    let list = try #require(made["id"]?.string, "\(made.detail)")
    let user = try await graph.user("ada")
    let link = #"{"@odata.id":"\#(TestGraph.base)/directoryObjects/\#(user)"}"#
    let bound = #"{"members@odata.bind":["\#(TestGraph.base)/directoryObjects/\#(user)"]}"#
    let added = await graph.tenant.patch(
      "/Groups/\(list)", #"{"op":"add","path":"members","value":[{"value":"\#(user)"}]}"#)
    #expect((200..<300).contains(added.status), "\(added.detail)")
    for (method, target, body) in [
      ("PATCH", "", #"{"displayName":"other"}"#), ("PATCH", "", bound), ("DELETE", "", nil),
      ("POST", "/members/$ref", link), ("DELETE", "/members/\(user)/$ref", nil),
      ("POST", "/owners/$ref", link),
    ] {
      let reply = try await graph.send(method, "/groups/\(list)\(target)", body)
      let verb = method == "DELETE" && target.isEmpty ? "Delete" : "Update"
      #expect(reply.status == 400 && reply.code == "Request_BadRequest", "\(method) \(target)")
      #expect(
        reply.words
          == "Cannot \(verb) a mail-enabled security groups and or distribution list.")
    }
    #expect(try await graph.get("/groups/\(list)")["displayName"] == "list")
    #expect(try await graph.members(list) == [user])
    // Others are not so.
    let unified = try await graph.send(
      "POST", "/groups",
      TestGraph.group("team", #","groupTypes":["Unified"]"#).replacing(
        "\"mailEnabled\":false", with: "\"mailEnabled\":true"))
    let team = try #require(unified["id"]?.string)
    for id in [team, try await graph.group("rights")] {
      #expect(try await graph.send("POST", "/groups/\(id)/members/$ref", link).status == 204)
      #expect(
        try await graph.send("PATCH", "/groups/\(id)", #"{"description":"x"}"#).status == 204)
      #expect(try await graph.send("DELETE", "/groups/\(id)").status == 204)
    }
  }

  @Test("A group that is neither for rights nor for mail is refused, and none becomes so")
  func distribution() async throws {
    let body = TestGraph.group("list").replacing(
      "\"securityEnabled\":true", with: "\"securityEnabled\":false")
    let refused = try await graph.send("POST", "/groups", body)
    #expect(refused.status == 400)
    #expect(refused.words.contains("security-enablement property is set"))
    let unified = body.replacing("\"mailEnabled\":false", with: "\"mailEnabled\":true").dropLast()
    let taken = try await graph.send(
      "POST", "/groups", unified + #","groupTypes":["Unified"]}"#)
    #expect(taken.status == 201)
    let id = try await graph.group("rights")
    let change = #"{"securityEnabled":false}"#
    #expect(try await graph.send("PATCH", "/groups/\(id)", change).status == 400)
  }

  @Test("Contacts are shown and can't be written")
  func contacts() async throws {
    _ = await graph.tenant.send(
      "POST", "/Contacts", #"{"schemas":["\#(TestTenant.contactURN)"],"displayName":"Out Side"}"#)
    #expect(try await graph.names("/contacts") == ["Out Side"])
    #expect(try await graph.send("POST", "/contacts", #"{"displayName":"x"}"#).status == 405)
  }

  @Test(
    "What is not there is 404, and what can't be is 400",
    arguments: [
      ("GET", "/users/none", 404), ("GET", "/planets", 400), ("DELETE", "/users/none", 404),
      ("GET", "/users?$select=shoeSize", 400), ("GET", "/users?$orderby=shoeSize", 400),
      ("PUT", "/users/none", 405),
    ])
  func wrong(_ method: String, _ target: String, _ status: Int) async throws {
    #expect(try await graph.send(method, target).status == status)
  }

  @Test("A deleted user is kept, and comes back with its groups")
  func restore() async throws {
    let id = try await graph.user("ada")
    let group = try await graph.group("engineers", members: [id])
    #expect(try await graph.send("DELETE", "/users/\(id)").status == 204)
    #expect(try await graph.send("GET", "/users/\(id)").status == 404)
    #expect(try await graph.members(group) == [])
    #expect(try await graph.names("/directory/deletedItems/microsoft.graph.user") == ["ada"])
    #expect(try await graph.send("POST", "/directory/deletedItems/\(id)/restore").status == 200)
    #expect(try await graph.get("/users/\(id)")["displayName"] == "ada")
    #expect(try await graph.members(group) == [id])
    #expect(try await graph.names("/directory/deletedItems/microsoft.graph.user") == [])
  }

  @Test("A deleted user whose name another has by now does not come back")
  func conflictingRestore() async throws {
    let id = try await graph.user("ada")
    _ = try await graph.send("DELETE", "/users/\(id)")
    try await graph.user("ada")
    let reply = try await graph.send("POST", "/directory/deletedItems/\(id)/restore")
    #expect(reply.detailCode == "ObjectConflict")
    #expect(try await graph.send("GET", "/users/\(id)").status == 404)
  }

  @Test("A deleted user comes back under another name, if one is given, as the manager it was")
  func renamedRestore() async throws {
    let id = try await graph.user("ada")
    let report = try await graph.user("ben")
    _ = try await graph.send(
      "PUT", "/users/\(report)/manager/$ref", #"{"@odata.id":"\#(TestGraph.base)/users/\#(id)"}"#)
    _ = try await graph.send("DELETE", "/users/\(id)")
    try await graph.user("ada")
    let reply = try await graph.send(
      "POST", "/directory/deletedItems/\(id)/restore",
      #"{"newUserPrincipalName":"ada2@contoso.com"}"#)
    #expect(reply.status == 200, "\(reply.words)")
    #expect(try await graph.get("/users/\(id)")["userPrincipalName"] == "ada2@contoso.com")
    let reports = try await graph.get("/users/\(id)/directReports?$select=id")["value"]?.array
    #expect(reports?.compactMap { $0["id"]?.string } == [report])
    #expect(try await graph.get("/users/\(report)/manager")["id"] == .string(id))
  }

  @Test("What is deleted for ever does not come back")
  func deleteForEver() async throws {
    let id = try await graph.user("ada")
    _ = try await graph.send("DELETE", "/users/\(id)")
    #expect(try await graph.send("DELETE", "/directory/deletedItems/\(id)").status == 204)
    #expect(try await graph.send("POST", "/directory/deletedItems/\(id)/restore").status == 404)
  }

  @Test("A user that was made by Graph is SCIM's user, too")
  func bothFaces() async throws {
    let id = try await graph.user("ada", #","givenName":"Ada""#)
    let user = await graph.tenant.get("/Users/\(id)")
    #expect(user["userName"] == "ada@contoso.com")
    #expect(user["name"]?["givenName"] == "Ada")
    #expect(user["active"] == true)
  }
}
