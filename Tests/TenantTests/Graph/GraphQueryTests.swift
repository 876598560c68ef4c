import JSON
import TestSupport
import Testing

@testable import Tenant

/// Query options as learn.microsoft.com has them ("Customize responses with query parameters",
/// "Advanced query capabilities on Microsoft Entra ID objects").
@Suite("Questions by Graph")
struct GraphQueryTests {
  private let graph: TestGraph
  private let eventual = ["consistencylevel": "eventual"]

  init() async throws {
    graph = try TestGraph()
    try await graph.user("ada", #","department":"Engines","onPremisesImmutableId":"AAEC""#)
    try await graph.user("bob", #","department":"Engines","city":"Cork""#)
    try await graph.user("cyd", #","department":"Sales","city":"Cork""#)
    try await graph.user("dan")
  }

  private func find(_ filter: String, _ more: String = "") async throws -> [String] {
    try await graph.names(
      "/users?$count=true&$filter=" + Percent.encode(filter) + more, headers: eventual)
  }

  private static let comparisons: [(text: String, found: Set<String>)] = [
    ("displayName eq 'ada'", ["ada"]), ("startswith(displayName,'b')", ["bob"]),
    ("department eq 'Engines'", ["ada", "bob"]), ("city eq 'Cork'", ["bob", "cyd"]),
    ("endsWith(userPrincipalName,'n@contoso.com')", ["dan"]),
    ("displayName in ('cyd','dan')", ["cyd", "dan"]), ("city ne 'Cork'", ["ada", "dan"]),
    ("userPrincipalName eq 'bob@contoso.com'", ["bob"]), ("department eq null", ["dan"]),
    ("accountEnabled eq true", ["ada", "bob", "cyd", "dan"]),
    ("onPremisesImmutableId eq 'AAEC'", ["ada"]),
  ]

  @Test("Comparisons join as they should: not before and before or", arguments: 0..<60)
  func precedence(_ seed: Int) async throws {
    var generator = SeededRandom(seed: seed)
    let condition = RandomCondition(
      depth: 3, of: Self.comparisons.count, using: &generator)
    let filter = condition.text(Self.comparisons.map(\.text))
    let expected = ["ada", "bob", "cyd", "dan"].filter { name in
      condition.holds(Self.comparisons.map { $0.found.contains(name) })
    }
    #expect(try await find(filter) == expected, "\(filter)")
  }

  @Test(
    "A value is the same text with and without an index",
    arguments: [
      "onPremisesImmutableId eq 'AAEC'", "onPremisesImmutableId eq 'aaec'",
      "userPrincipalName eq 'ADA@contoso.com'", "displayName eq 'Ada'",
    ])
  func indexed(_ filter: String) async throws {
    #expect(try await find(filter) == find("\(filter) or city eq 'Nowhere'"))
  }

  @Test(
    "What only an advanced query may ask is refused without the header and the count",
    arguments: [
      "city ne 'Cork'", "not(displayName eq 'ada')", "endsWith(userPrincipalName,'a')",
      "displayName eq 'ada' and not startsWith(displayName,'b')",
    ])
  func advanced(_ filter: String) async throws {
    let target = "/users?$filter=" + Percent.encode(filter)
    for (more, headers) in [("", [:]), ("", eventual), ("&$count=true", [:])] {
      let reply = try await graph.send("GET", target + more, headers: headers)
      #expect(reply.status == 400 && reply.code == "Request_UnsupportedQuery")
    }
    #expect(
      try await graph.send("GET", target + "&$count=true", headers: eventual).status == 200)
  }

  @Test(
    "A list is compared by any, a single value without it",
    arguments: [
      "proxyAddresses eq 'smtp:a@b.c'", "startswith(businessPhones,'1')",
      "displayName/any(d:d eq 'ada')",
    ])
  func kinds(_ filter: String) async throws {
    let reply = try await graph.send("GET", "/users?$filter=" + Percent.encode(filter))
    #expect(reply.status == 400)
  }

  @Test(
    "A value of another type than the property is refused",
    arguments: [
      "accountEnabled eq 'true'", "displayName eq true", "createdDateTime ge 'yesterday'",
      "accountEnabled gt true",
    ])
  func types(_ filter: String) async throws {
    let target = "/users?$count=true&$filter=" + Percent.encode(filter)
    #expect(try await graph.send("GET", target, headers: eventual).status == 400)
  }

  @Test("A filter of very many parts is refused, and the tenant lives on")
  func longFilter() async throws {
    let many = Array(repeating: "displayName eq 'ada'", count: 40_000).joined(separator: " or ")
    let reply = try await graph.send("GET", "/users?$filter=" + Percent.encode(many))
    #expect(reply.status == 400)
    #expect(try await find("displayName eq 'ada'") == ["ada"])
  }

  @Test(
    "An option that is not offered is refused, not passed over",
    arguments: ["$search=x", "$skip=1", "$orderby=businessPhones", "$format=xml", "$apply=x"])
  func options(_ option: String) async throws {
    for target in ["/users", "/users/ada@contoso.com/memberOf", "/users/delta"] {
      let reply = try await graph.send("GET", "\(target)?\(option)")
      #expect(reply.status == 400, "\(target)")
    }
  }

  @Test("The number counts all that pass, on every page")
  func countOnPages() async throws {
    var target: String? = "/users?$count=true&$top=1&$filter=" + Percent.encode("city eq 'Cork'")
    var numbers: [JSONValue?] = []
    while let next = target {
      let reply = try await graph.send("GET", next, headers: eventual)
      numbers.append(reply["@odata.count"])
      target = reply["@odata.nextLink"]?.string
    }
    #expect(numbers == [2, 2])
  }

  @Test("Objects alone are counted by a filter, too")
  func countSegment() async throws {
    let filter = Percent.encode("city eq 'Cork'")
    let reply = try await graph.send("GET", "/users/$count?$filter=\(filter)", headers: eventual)
    #expect(reply.body == 2)
  }

  @Test("What an object is asked for and does not have is refused by its name")
  func unknownProperty() async throws {
    let group = try await graph.group("all")
    for target in ["/users", "/users/ada@contoso.com", "/groups/\(group)/members"] {
      let reply = try await graph.send("GET", "\(target)?$select=id,shoeSize")
      #expect(reply.status == 400 && reply.words.contains("'shoeSize'"), "\(target)")
    }
  }

  @Test("Spaces around the names that are asked for are none of them")
  func spacedNames() async throws {
    let reply = try await graph.get("/users/ada@contoso.com?$select=%20id,%20displayName%20,mail")
    #expect(reply["displayName"] != nil && reply["id"] != nil && reply["userPrincipalName"] == nil)
  }

  @Test("Pages lose and repeat nobody when others come and go meanwhile")
  func pagesWhileChanging() async throws {
    var target: String? = "/users?$top=1&$select=id,displayName"
    var seen: [String] = []
    while let next = target {
      let reply = try await graph.send("GET", next)
      seen += (reply["value"]?.array ?? []).compactMap { $0["displayName"]?.string }
      if seen.count == 2 {
        _ = try await graph.send("DELETE", "/users/ada@contoso.com")
        _ = try await graph.send("PATCH", "/users/bob@contoso.com", #"{"displayName":"zoe"}"#)
        try await graph.user("eve")
      }
      target = reply["@odata.nextLink"]?.string
      try #require(seen.count < 9)
    }
    #expect(seen == ["ada", "bob", "cyd", "dan", "eve"])
  }
}

/// Links between objects, as the pages "List group members" and "List memberOf" tell of them.
@Suite("Lists of links by Graph")
struct GraphLinkListTests {
  private let graph: TestGraph
  private let eventual = ["consistencylevel": "eventual"]

  init() throws { graph = try TestGraph() }

  private func all(_ target: String) async throws -> [String] {
    var target: String? = target
    var names: [String] = []
    while let next = target {
      let reply = try await graph.send("GET", next, headers: eventual)
      try #require(reply.status == 200, "\(reply.words)")
      names += (reply["value"]?.array ?? []).compactMap { $0["displayName"]?.string }
      target = reply["@odata.nextLink"]?.string
      try #require(names.count < 100)
    }
    return names
  }

  @Test(
    "Groups of a user come whole in pages, with a cast and without it",
    arguments: ["memberOf", "memberOf/microsoft.graph.group"])
  func pagesOfGroups(_ links: String) async throws {
    let id = try await graph.user("ada")
    for name in ["x", "y", "z"] { try await graph.group(name, members: [id]) }
    #expect(
      try await all("/users/\(id)/\(links)?$count=true&$top=2&$select=displayName")
        == ["x", "y", "z"])
  }

  @Test("Members are counted where the count is asked for with its header")
  func countOfMembers() async throws {
    let ids = try await [graph.user("a"), graph.user("b"), graph.user("c")]
    let group = try await graph.group("all", members: ids)
    let target = "/groups/\(group)/members?$count=true&$top=2"
    let reply = try await graph.send("GET", target, headers: eventual)
    #expect(reply["@odata.count"] == 3)
    #expect(try await graph.send("GET", target)["@odata.count"] == nil)
  }

  @Test("Members tell what they are, and are given with what is asked for")
  func kinds() async throws {
    let user = try await graph.user("ada", #","jobTitle":"Analyst""#)
    let inner = try await graph.group("inner")
    let outer = try await graph.group("outer", members: [user, inner])
    let values = try await graph.get("/groups/\(outer)/members?$select=id,jobTitle")["value"]?.array
    #expect(
      values?.map { $0["@odata.type"]?.string } == [
        "#microsoft.graph.user", "#microsoft.graph.group",
      ])
    #expect(values?.first?["jobTitle"] == "Analyst")
    #expect(values?.last?["jobTitle"] == nil)
  }

  @Test("A group is no member of itself")
  func itself() async throws {
    let group = try await graph.group("all")
    let link = #"{"@odata.id":"\#(TestGraph.base)/groups/\#(group)"}"#
    #expect(try await graph.send("POST", "/groups/\(group)/members/$ref", link).status == 400)
    #expect(try await graph.members(group) == [])
  }

  @Test(
    "What names nobody is no member",
    arguments: [
      #"{}"#, #"{"@odata.id":5}"#, #"{"@odata.id":""}"#, #"{"@odata.id":"ada"}"#,
      #"{"@odata.id":"http://127.0.0.1:1/v1.0/directoryObjects/none"}"#,
    ])
  func nobody(_ body: String) async throws {
    let group = try await graph.group("all")
    let reply = try await graph.send("POST", "/groups/\(group)/members/$ref", body)
    #expect([400, 404].contains(reply.status))
  }

  @Test("One member who is there already refuses the whole change")
  func allOrNothing() async throws {
    let (a, b) = try await (graph.user("a"), graph.user("b"))
    let group = try await graph.group("all", members: [a])
    let links = [b, a].map { #""\#(TestGraph.base)/directoryObjects/\#($0)""# }
      .joined(separator: ",")
    let reply = try await graph.send(
      "PATCH", "/groups/\(group)",
      #"{"description":"Changed","members@odata.bind":[\#(links)]}"#)
    #expect(reply.status == 400)
    #expect(try await graph.members(group) == [a])
    #expect(try await graph.get("/groups/\(group)").written("description") == .null)
  }
}
