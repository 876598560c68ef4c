import JSON
import Testing

@testable import Tenant

@Suite("Order, phrases and expansions by Graph")
struct GraphOptionTests {
  private let graph: TestGraph
  private let eventual = ["consistencylevel": "eventual"]

  init() throws { graph = try TestGraph() }

  private func people() async throws {
    for name in ["eve", "Bob", "ada", "cyd", "dan"] { try await graph.user(name) }
    try await graph.tenant.user("nameless@contoso.com")
  }

  private func found(_ list: String, _ option: String, _ text: String) async throws -> [String] {
    try await graph.names(
      "/\(list)?$count=true&$\(option)=" + Percent.encode(text), headers: eventual)
  }

  @Test("A list is ordered either way, whatever the case, in pages that follow each other")
  func ordered() async throws {
    try await people()
    for (order, wanted) in [
      ("displayName", ["ada", "Bob", "cyd", "dan", "eve"]),
      ("displayName%20desc", ["eve", "dan", "cyd", "Bob", "ada"]),
    ] {
      var target: String? = "/users?$top=2&$orderby=\(order)"
      var names: [String] = []
      var sizes: [Int] = []
      while let next = target {
        let page = try await graph.get(next)
        let values = page["value"]?.array ?? []
        names += values.compactMap { $0["displayName"]?.string }
        sizes.append(values.count)
        target = page["@odata.nextLink"]?.string
        try #require(sizes.count < 5)
      }
      #expect(names == wanted)
      #expect(sizes == [2, 2, 2])
    }
    #expect(
      try await found("users", "orderby", "userPrincipalName desc").first == "eve")
  }

  @Test(
    "What can't be ordered by, or is no place in an order, is refused",
    arguments: [
      "$orderby=shoeSize", "$orderby=businessPhones", "$orderby=displayName%20up",
      "$orderby=displayName,mail", "$orderby=", "$orderby=displayName&$skiptoken=7",
      "$orderby=displayName&$filter=displayName%20eq%20'a'",
    ])
  func noOrder(_ query: String) async throws {
    #expect(try await graph.send("GET", "/users?\(query)").status == 400)
  }

  @Test("With the header, a filtered list is ordered, too")
  func filteredOrder() async throws {
    try await people()
    let filter = Percent.encode("startswith(displayName,'b') or displayName eq 'ada'")
    let target = "/users?$count=true&$orderby=displayName&$filter=\(filter)"
    #expect(try await graph.names(target, headers: eventual) == ["ada", "Bob"])
  }

  @Test(
    "A phrase finds words by their beginnings, and other values by theirs",
    arguments: [
      (#""displayName:video""#, ["OneVideo", "one video 7"]),
      (#""displayName:onevideo""#, ["OneVideo"]),
      (#""displayName:one vid""#, ["OneVideo", "one video 7"]),
      (#""displayName:7""#, ["one video 7"]), (#""displayName:deo""#, []),
      (#""mailNickname:VI" OR "displayname:7""#, ["one video 7", "sales"]),
      (#""displayName:one" AND "mailNickname:u""#, ["OneVideo", "one video 7"]),
      (
        #"("displayName:sales" OR "displayName:one") AND NOT "displayName:7""#,
        ["OneVideo", "sales"]
      ),
    ])
  func phrases(_ phrase: String, _ names: [String]) async throws {
    for (name, nick) in [("OneVideo", "u1"), ("one video 7", "u2"), ("sales", "vi")] {
      let body =
        #"{"displayName":"\#(name)","mailEnabled":false,"mailNickname":"\#(nick)","#
        + #""securityEnabled":true}"#
      _ = try await graph.send("POST", "/groups", body)
    }
    #expect(try await found("groups", "search", phrase) == names)
    let count = "/groups/$count?$search=" + Percent.encode(phrase)
    #expect(
      try await graph.send("GET", count, headers: eventual).body == .integer(Int64(names.count)))
    #expect(try await graph.send("GET", "/groups?$search=" + Percent.encode(phrase)).status == 400)
  }

  @Test(
    "A phrase that makes no sense is refused",
    arguments: [
      "ada", #""ada""#, #""displayName:""#, #""shoeSize:x""#, #""displayName:x"#,
      #"("displayName:x""#, #""displayName:x" "displayName:y""#, " ", #""accountEnabled:true""#,
    ])
  func noPhrase(_ phrase: String) async throws {
    let target = "/users?$search=" + Percent.encode(phrase)
    #expect(try await graph.send("GET", target, headers: eventual).status == 400)
  }

  @Test("Groups come with their members, 20 at most, and users with their groups and reports")
  func expanded() async throws {
    var ids: [String] = []
    for index in 0..<21 { ids.append(try await graph.user("u\(index)")) }
    let group = try await graph.group("all", members: Array(ids.prefix(20)))
    _ = try await graph.send(
      "POST", "/groups/\(group)/members/$ref",
      #"{"@odata.id":"\#(TestGraph.base)/users/\#(ids[20])"}"#)
    let members = try await graph.get("/groups?$expand=members($select=id)")["value"]?.array?
      .first?["members"]?.array
    #expect(members?.count == 20)
    #expect(
      members?.first == ["@odata.type": "#microsoft.graph.user", "id": .string(ids[0])])
    for (name, boss) in [(ids[1], ids[0]), (ids[2], ids[1]), (ids[0], ids[2])] {
      let body = #"{"@odata.id":"\#(TestGraph.base)/users/\#(boss)"}"#
      _ = try await graph.send("PUT", "/users/\(name)/manager/$ref", body)
    }
    let groups = try await graph.get("/users/\(ids[0])?$expand=memberOf")["memberOf"]?.array
    #expect(groups?.map { $0["displayName"]?.string } == ["all"])
    let reports = try await graph.get("/users/\(ids[0])?$expand=DirectReports")
    #expect(reports["directReports"]?.array?.map { $0["id"]?.string } == [ids[1]])
    #expect(try await graph.get("/users/\(ids[9])?$expand=directReports")["directReports"] == [])
    let above = try await graph.get("/users/\(ids[1])?$expand=manager($levels=max;$select=id)")
    #expect(above["manager"]?["id"]?.string == ids[0])
    #expect(above["manager"]?["manager"]?["id"]?.string == ids[2])
    let one = try await graph.get("/users/\(ids[1])?$expand=manager($levels=1)")
    #expect(one["manager"]?["id"]?.string == ids[0] && one["manager"]?["manager"] == nil)
  }

  @Test(
    "What is not around an object is not given with it",
    arguments: [
      "users?$expand=members", "groups?$expand=manager", "users?$expand=transitiveMemberOf",
      "users?$expand=manager(", "users?$expand=manager($top=1)", "users?$expand=manager,memberOf",
      "users?$expand=memberOf($levels=2)", "users?$expand=manager($select=shoeSize)",
      "users?$expand=manager($levels=0)", "users?$expand=",
    ])
  func notAround(_ target: String) async throws {
    #expect(try await graph.send("GET", "/" + target).status == 400)
  }

  @Test("Deleted objects are filtered, searched and ordered by the moment of the delete")
  func deleted() async throws {
    for name in ["ada", "bob", "cyd"] {
      let id = try await graph.user(name)
      _ = try await graph.send("DELETE", "/users/\(id)")
    }
    let bin = "directory/deletedItems/microsoft.graph.user"
    #expect(try await found(bin, "filter", "displayName eq 'bob'") == ["bob"])
    #expect(try await found(bin, "search", #""displayName:b""#) == ["bob"])
    #expect(try await found(bin, "filter", "deletedDateTime ge 2020-01-01T00:00:00Z").count == 3)
    #expect(try await found(bin, "filter", "deletedDateTime ge 2999-01-01T00:00:00Z") == [])
    #expect(try await found(bin, "orderby", "displayName desc") == ["cyd", "bob", "ada"])
    #expect(try await found(bin, "orderby", "deletedDateTime").count == 3)
    let first = try await graph.get("/\(bin)?$filter=displayName%20eq%20'ada'")["value"]?.array
    #expect(first?.count == 1)
  }

  @Test("The changes of some objects are told apart from those of others, round for round")
  func someChanges() async throws {
    let (ada, bob, eve) = try await (graph.user("ada"), graph.user("bob"), graph.user("eve"))
    func ids(_ page: JSONObject) -> [String] {
      (page["value"]?.array ?? []).compactMap { $0["id"]?.string }
    }
    let filter = Percent.encode("id eq '\(ada.uppercased())' or id eq '\(bob)'")
    let first = try await graph.get("/users/delta()?$filter=\(filter)&$select=jobTitle")
    #expect(ids(first) == [ada, bob])
    for id in [eve, bob] {
      _ = try await graph.send("PATCH", "/users/\(id)", #"{"jobTitle":"x"}"#)
    }
    let second = try await graph.get(try #require(first["@odata.deltaLink"]?.string))
    #expect(ids(second) == [bob])
    for id in [eve, ada] { _ = try await graph.send("DELETE", "/users/\(id)") }
    let third = try await graph.get(try #require(second["@odata.deltaLink"]?.string))
    #expect(ids(third) == [ada])
    for wrong in ["displayName eq 'ada'", "id ne 'x'", "id eq 'x' and id eq 'y'"] {
      let target = "/users/delta?$filter=" + Percent.encode(wrong)
      #expect(try await graph.send("GET", target).status == 400)
    }
  }

  @Test("Ids in a token are ids and nothing more")
  func tokenIsNoStatement() async throws {
    let id = try await graph.user("ada")
    let tenant = try await graph.tenant.store.tenantID()
    for name in ["x') OR 1=1 --", "x", id] {
      let token = DeltaToken(
        tenant: tenant, type: "user", names: nil, ids: [name], since: 0, position: 0,
        nextSince: 0, nextPosition: 0)
      #expect(DeltaToken(token.text) == token)
      let page = try await graph.get("/users/delta?$skiptoken=\(token.text)")
      #expect(page["value"]?.array?.count == (name == id ? 1 : 0))
    }
  }

  @Test("Values in lists are counted, and parts of objects in them compared")
  func counted() async throws {
    try await graph.user("ada", #","businessPhones":["1"]"#)
    try await graph.user("bob")
    #expect(try await found("users", "filter", "businessPhones/$count eq 1") == ["ada"])
    #expect(try await found("users", "filter", "assignedLicenses/$count eq 0") == ["ada", "bob"])
    #expect(try await found("users", "filter", "identities/any(c:c/issuer eq 'x')") == [])
    #expect(try await found("users", "filter", "imAddresses/any(i:i eq 'x')") == [])
    for wrong in [
      "displayName/$count eq 1", "businessPhones/$count eq 'x'", "identities/any(c:c eq 'x')",
      "assignedLicenses eq null", "businessPhones/any(c:c/x eq 'x')",
    ] {
      let target = "/users?$count=true&$filter=" + Percent.encode(wrong)
      #expect(try await graph.send("GET", target, headers: eventual).status == 400)
    }
    let target = "/users?$filter=" + Percent.encode("assignedLicenses/$count eq 0")
    #expect(try await graph.send("GET", target).status == 400)
  }
}
