import JSON
import TestSupport
import Testing

@testable import Tenant

/// What a client could take for done, found or told that was not.
@Suite("Graph passes nothing over")
struct GraphStrictnessTests {
  private let graph: TestGraph
  private let eventual = ["consistencylevel": "eventual"]
  private let bin = "/directory/deletedItems"

  init() throws { graph = try TestGraph() }

  private func create(_ id: String, _ name: String, after: [String] = []) -> String {
    let names = after.map { "\"\($0)\"" }.joined(separator: ",")
    return """
      {"id":"\(id)","method":"POST","url":"/users","headers":{"Content-Type":"application/json"},
       "body":\(TestGraph.user(name)),"dependsOn":[\(names)]}
      """
  }

  @Test(
    "A batch that is refused as a whole has done none of its requests",
    arguments: [
      [("1", []), ("2", ["9"])], [("1", []), ("2", ["3"]), ("3", ["2"])],
      [("1", []), ("2", ["1"]), ("3", ["2", "1"])], [("1", []), ("2", ["2"])],
    ] as [[(String, [String])]])
  func batch(_ requests: [(String, [String])]) async throws {
    let bodies = requests.map { create($0.0, "user\($0.0)", after: $0.1) }
    let reply = try await graph.send(
      "POST", "/$batch", #"{"requests":[\#(bodies.joined(separator: ","))]}"#)
    #expect(reply.status == 400 && reply["responses"] == nil)
    #expect(try await graph.names("/users") == [])
  }

  @Test(
    "Only a group is given members or owners",
    arguments: ["members@odata.bind", "owners@odata.bind"], ["POST", "PATCH"])
  func binds(_ name: String, _ method: String) async throws {
    let other = try await graph.user("other")
    let link = #""\#(name)":["\#(TestGraph.base)/users/\#(other)"]"#
    let id = try await graph.user("ada")
    let reply =
      method == "POST"
      ? try await graph.send("POST", "/users", TestGraph.user("eve", "," + link))
      : try await graph.send("PATCH", "/users/\(id)", #"{"jobTitle":"New",\#(link)}"#)
    #expect(reply.status == 400 && reply.words.contains(name))
    #expect(try await graph.get("/users/\(id)").written("jobTitle") == .null)
  }

  @Test(
    "The property whose value is wrong is the one that is named",
    arguments: [
      ("mail", #""no address""#), ("otherMails", #"["no address"]"#),
      ("otherMails", #"["a@contoso.com","b c@contoso.com"]"#), ("mail", #""a@contoso""#),
      ("faxNumber", #""""#), ("mobilePhone", "7"), ("businessPhones", #"[""]"#),
    ])
  func named(_ property: String, _ value: String) async throws {
    let id = try await graph.user("ada")
    let reply = try await graph.send("PATCH", "/users/\(id)", #"{"\#(property)":\#(value)}"#)
    #expect(reply.status == 400 && reply.target == property, "\(reply.words)")
    #expect(reply.words.contains("'\(property)'"))
  }

  @Test(
    "Who is not there is named, and nothing else, whatever was to be done",
    arguments: [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/memberOf")])
  func nobody(_ method: String, _ rest: String) async throws {
    for type in ["users", "groups"] {
      let body = method == "PATCH" ? #"{"displayName":"x"}"# : nil
      let reply = try await graph.send(method, "/\(type)/none\(rest)", body)
      #expect(reply.status == 404 && reply.code == "Request_ResourceNotFound")
      #expect(reply.words.hasPrefix("Resource 'none' does not exist"), "\(reply.words)")
    }
  }

  @Test(
    "A moment is the same in every zone, with and without a fraction",
    arguments: ["eq", "ne", "ge", "le", "gt", "lt"])
  func moments(_ comparison: String) async throws {
    let id = try await graph.user("ada")
    let shown = try await graph.get("/users/\(id)?$select=createdDateTime")["createdDateTime"]
    let text = try #require(shown?.string)
    let local = try #require(Moment.milliseconds(text)) + 5_400_000
    let zoned = Moment.text(local).prefix(19)
    for other in [text, text.dropLast() + ".000Z", zoned + "+01:30", zoned + ".0+01:30"] {
      let filter = Percent.encode("createdDateTime \(comparison) \(other)")
      let found = try await graph.names(
        "/users?$count=true&$filter=\(filter)", headers: eventual)
      #expect((found == ["ada"]) == ["eq", "ge", "le"].contains(comparison), "\(other)")
    }
  }

  @Test("A text that looks like a moment is a text like any other")
  func noMoments() async throws {
    let id = try await graph.user("ada", #","jobTitle":"2026-01-01T00:00:00Z""#)
    let filter = Percent.encode("jobTitle ge '2026-01-01T01:00:00+01:00'")
    let found = try await graph.get("/users?$filter=\(filter)")["value"]
    #expect(found == [], "the same moment, and the lesser text: \(id)")
  }

  @Test("Numbered attributes may tell their type, as clients of Graph write it")
  func annotated() async throws {
    let value = ##"{"@odata.type":"#microsoft.graph.x","extensionAttribute3":"C"}"##
    let id = try await graph.user("ada", #","onPremisesExtensionAttributes":\#(value)"#)
    let shown = try await graph.get("/users/\(id)?$select=onPremisesExtensionAttributes")
    let kept = shown["onPremisesExtensionAttributes"]
    #expect(kept?["extensionAttribute3"] == "C" && kept?["@odata.type"] == nil)
  }

  @Test(
    "An option that is not offered is refused where objects are counted or are in the bin",
    arguments: ["$apply=x", "$skip=1", "$orderby=shoeSize", "$expand=manager"])
  func options(_ option: String) async throws {
    let id = try await graph.user("ada")
    _ = try await graph.send("DELETE", "/users/\(id)")
    for target in ["/users/$count", "\(bin)/\(id)", "\(bin)/microsoft.graph.user"] {
      let reply = try await graph.send("GET", "\(target)?\(option)", headers: eventual)
      #expect(reply.status == 400 && reply.code == "Request_UnsupportedQuery", "\(target)")
    }
  }

  @Test("A deleted object is given with what is asked for, and its kind is counted")
  func bin() async throws {
    for name in ["a", "b", "c"] {
      let id = try await graph.user(name, #","jobTitle":"\#(name)""#)
      guard name != "c" else { break }
      _ = try await graph.send("DELETE", "/users/\(id)")
      let alone = try await graph.get("\(bin)/\(id)?$select=jobTitle")
      #expect(
        alone.members.map(\.name) == ["@odata.context", "@odata.type", "id", "jobTitle"])
      #expect(alone["jobTitle"] == .string(name))
    }
    let list = "\(bin)/microsoft.graph.user?$count=true&$top=1"
    #expect(try await graph.send("GET", list, headers: eventual)["@odata.count"] == 2)
    #expect(try await graph.send("GET", list)["@odata.count"] == nil)
    let wrong = try await graph.send("GET", "\(bin)/x?$select=shoeSize")
    #expect(wrong.status == 400 && wrong.words.contains("'shoeSize'"))
  }

  @Test("What Graph has no kind for is not in its bin")
  func devices() async throws {
    let reply = await graph.tenant.send(
      "POST", "/Devices",
      #"{"schemas":["urn:lockstep:params:scim:schemas:core:2.0:Device"],"displayName":"PC"}"#)
    let id = try #require(reply["id"]?.string)
    #expect(await graph.tenant.send("DELETE", "/Devices/\(id)").status == 204)
    #expect(try await graph.send("GET", "\(bin)/\(id)").status == 404)
    #expect(try await graph.send("POST", "\(bin)/\(id)/restore").status == 404)
  }

  @Test(
    "Nobody comes back under a name that nobody could have been given",
    arguments: ["a..b@contoso.com", "a%b@contoso.com", "ada@contoso", "ada@-contoso.com"])
  func newName(_ name: String) async throws {
    let id = try await graph.user("ada")
    _ = try await graph.send("DELETE", "/users/\(id)")
    let reply = try await graph.send(
      "POST", "\(bin)/\(id)/restore", #"{"newUserPrincipalName":"\#(name)"}"#)
    #expect(reply.status == 400)
    #expect(try await graph.send("GET", "/users/\(id)").status == 404)
    #expect(try await graph.send("POST", "\(bin)/\(id)/restore").status == 200)
  }

  @Test("Nor under a name of a domain that is not the tenant's")
  func foreignName() async throws {
    let graph = try TestGraph(verifiedDomains: ["contoso.com"])
    let id = try await graph.user("ada")
    _ = try await graph.send("DELETE", "/users/\(id)")
    func restore(_ name: String) async throws -> Reply {
      try await graph.send(
        "POST", "\(bin)/\(id)/restore", #"{"newUserPrincipalName":"\#(name)"}"#)
    }
    #expect(try await restore("ada@fabrikam.com").words.contains("verified domain names"))
    #expect(try await restore("ada2@contoso.com").status == 200)
  }

  @Test("Who got their manager back is not changed by a change that changes nothing")
  func canonical() async throws {
    let boss = try await graph.user("boss")
    let ada = try await graph.user("ada", #","onPremisesImmutableId":"AAEC""#)
    let link = #"{"@odata.id":"\#(TestGraph.base)/users/\#(boss)"}"#
    _ = try await graph.send("PUT", "/users/\(ada)/manager/$ref", link)
    _ = try await graph.send("DELETE", "/users/\(boss)")
    #expect(try await graph.send("POST", "\(bin)/\(boss)/restore").status == 200)
    let before = await graph.tenant.get("/Users/\(ada)")
    #expect(before[TestTenant.enterpriseURN]?["manager"]?["value"] == .string(boss))
    let put = await graph.tenant.send("PUT", "/Users/\(ada)", JSONValue.object(before).text)
    #expect(put.status == 200 && put["meta"] == before["meta"], "\(put.detail)")
  }

  @Test(
    "A manager who is set stands where the schema has them, whatever stands beside",
    arguments: ["", #","department":"Sales""#, #","department":"Sales","employeeId":"7""#])
  func managerBeside(more: String) async throws {
    let (boss, other) = try await (graph.user("boss"), graph.user("other"))
    let ada = try await graph.user("ada", more)
    for manager in [boss, other, other] {
      let link = #"{"@odata.id":"\#(TestGraph.base)/users/\#(manager)"}"#
      let set = try await graph.send("PUT", "/users/\(ada)/manager/$ref", link)
      #expect(set.status == 204)
      let kept = await graph.tenant.get("/Users/\(ada)")
      #expect(kept[TestTenant.enterpriseURN]?["manager"]?["value"] == .string(manager))
      let put = await graph.tenant.send("PUT", "/Users/\(ada)", JSONValue.object(kept).text)
      #expect(put.status == 200 && put["meta"] == kept["meta"], "\(put.detail)")
    }
    let version = await graph.tenant.get("/Users/\(ada)")["meta"]
    let link = #"{"@odata.id":"\#(TestGraph.base)/users/\#(other)"}"#
    _ = try await graph.send("PUT", "/users/\(ada)/manager/$ref", link)
    #expect(await graph.tenant.get("/Users/\(ada)")["meta"] == version)
    _ = try await graph.send("DELETE", "/users/\(ada)/manager/$ref")
    let alone = await graph.tenant.get("/Users/\(ada)")
    #expect(alone[TestTenant.enterpriseURN]?["manager"] == nil)
    #expect((alone[TestTenant.enterpriseURN]?["department"] == "Sales") == !more.isEmpty)
  }

  @Test("A manager who comes with the user has what is asked for, alone and in a list")
  func expanded() async throws {
    let boss = try await graph.user("boss", #","jobTitle":"Head","city":"Cork""#)
    let link = #","manager@odata.bind":"\#(TestGraph.base)/users/\#(boss)""#
    let ada = try await graph.user("ada", link)
    let plain = try await graph.get("/users/\(boss)").members.dropFirst()
    let wanted: [(String, JSONValue)] = [
      ("manager($select=id)", ["id": .string(boss)]),
      (
        "manager($select=id,city,mobilePhone)",
        ["id": .string(boss), "city": "Cork", "mobilePhone": .null]
      ),
      ("manager($select=jobTitle)", ["id": .string(boss), "jobTitle": "Head"]),
      ("manager", .object(JSONObject(members: Array(plain)))),
    ]
    for (expand, object) in wanted {
      var expected = JSONObject(["@odata.type": "#microsoft.graph.user"])
      expected.members += object.object?.members ?? []
      let query = "$select=id&$expand=" + Percent.encode(expand)
      let alone = try await graph.get("/users/\(ada)?\(query)")
      #expect(alone["manager"] == .object(expected), "\(expand)")
      let listed = try await graph.get("/users?\(query)")["value"]?.array ?? []
      #expect(listed.map { $0["manager"] } == [nil, .object(expected)], "\(expand)")
    }
  }

  @Test(
    "What is not given with a user is refused",
    arguments: [
      "manager($levels=none)", "manager($select=shoeSize)", "manager($select=id", "manager()",
      "managers", "members", "manager,memberOf", "manager($select=id;$levels=0)", "",
    ])
  func expansions(_ expand: String) async throws {
    try await graph.user("ada")
    for target in ["/users", "/users/ada@contoso.com"] {
      let reply = try await graph.send("GET", "\(target)?$expand=" + Percent.encode(expand))
      #expect(reply.status == 400, "\(target)")
    }
    #expect(try await graph.send("GET", "/groups?$expand=manager").status == 400)
  }
}
