import JSON
import Testing

@testable import Tenant

@Suite("Lists")
struct ListTests {
  private let tenant: TestTenant

  init() async throws {
    tenant = try TestTenant()
    for index in 0..<25 {
      let number = String(index + 100)
      try await tenant.user(
        "u\(number)@example.com",
        #","title":"\#(index % 2 == 0 ? "Even" : "Odd")","externalId":"e\#(index)""#)
    }
  }

  private func names(_ reply: JSONObject) -> [String] {
    (reply["Resources"]?.array ?? []).compactMap { $0.object?["userName"]?.string }
  }

  private let all = (0..<25).map { "u\($0 + 100)@example.com" }

  @Test("Pages by index follow each other in the order of creation")
  func indexPaging() async {
    var seen: [String] = []
    for start in stride(from: 1, through: 31, by: 10) {
      let page = await tenant.get("/Users?startIndex=\(start)&count=10")
      #expect(page["totalResults"] == 25)
      #expect(page["startIndex"] == .integer(Int64(start)))
      #expect(page["itemsPerPage"]?.integer == Int64(names(page).count))
      seen += names(page)
    }
    #expect(seen == all)
  }

  @Test("A count of 0 gives the number alone; a negative one too; an index below 1 is 1")
  func edges() async {
    for count in ["0", "-5"] {
      let page = await tenant.get("/Users?count=\(count)")
      #expect(page["totalResults"] == 25 && page["Resources"] == nil)
    }
    #expect(names(await tenant.get("/Users?startIndex=-3&count=1")) == [all[0]])
    #expect(names(await tenant.get("/Users?startIndex=26")) == [])
  }

  @Test(
    "Pages by cursor give everything once, and end",
    arguments: [
      "", "&filter=title%20pr", "&filter=meta.lastModified%20gt%20%222020-01-01T00:00:00Z%22",
      "&filter=title%20eq%20%22even%22",
    ])
  func cursorPaging(_ filter: String) async throws {
    var seen: [String] = []
    var cursor = ""
    repeat {
      let page = await tenant.get("/Users?cursor=\(cursor)&count=4\(filter)")
      #expect(page["startIndex"] == nil)
      seen += names(page)
      cursor = page["nextCursor"]?.string?.replacing("=", with: "%3D") ?? ""
      try #require(seen.count <= 25)
    } while !cursor.isEmpty
    #expect(
      seen
        == (filter.contains("even")
          ? all.enumerated().filter { $0.offset % 2 == 0 }.map(\.element) : all))
  }

  @Test("Pages by cursor lose nothing when resources vanish meanwhile")
  func cursorAfterDelete() async throws {
    let first = await tenant.get("/Users?cursor=&count=10")
    let id = try #require(first["Resources"]?.array?[3].object?["id"]?.string)
    _ = await tenant.send("DELETE", "/Users/\(id)")
    let cursor = try #require(first["nextCursor"]?.string).replacing("=", with: "%3D")
    let second = await tenant.get("/Users?cursor=\(cursor)&count=10")
    #expect(names(second) == Array(all[10..<20]))
  }

  @Test("A cursor belongs to its question")
  func wrongCursor() async throws {
    for cursor in ["x", "NSBhYmM%3D"] {
      let reply = await tenant.send("GET", "/Users?cursor=\(cursor)")
      #expect(reply.status == 400 && reply.kind == "invalidCursor")
    }
    let page = await tenant.get("/Users?cursor=&count=4")
    let cursor = try #require(page["nextCursor"]?.string).replacing("=", with: "%3D")
    let other = await tenant.send("GET", "/Users?cursor=\(cursor)&filter=title%20pr")
    #expect(other.kind == "invalidCursor")
    let mixed = await tenant.send("GET", "/Users?cursor=&startIndex=3")
    #expect(mixed.status == 400)
  }

  @Test("What was written later is found by time, in small ranges and in large ones")
  func modified() async throws {
    let page = await tenant.get("/Users?startIndex=25&count=1")
    let last = page["Resources"]?.array?.first?.object?["meta"]?.object?["lastModified"]?.string
    let stamp = try #require(last)
    #expect(await tenant.names("Users", #"meta.lastModified gt "\#(stamp)""#) == [])
    #expect(await tenant.names("Users", #"meta.lastModified ge "\#(stamp)""#) == [all[24]])
    #expect(await tenant.names("Users", #"meta.lastModified le "\#(stamp)""#) == all)
    let id = page["Resources"]?.array?.first?.object?["id"]?.string ?? ""
    _ = await tenant.patch("/Users/\(id)", #"{"op":"add","path":"title","value":"New"}"#)
    #expect(await tenant.names("Users", #"meta.lastModified gt "\#(stamp)""#) == [all[24]])
    let both = #"meta.lastModified gt "\#(stamp)" and title eq "x""#
    #expect(await tenant.names("Users", both) == [])
  }

  @Test("A write that is answered with 400 has changed nothing")
  func refusedWrites() async throws {
    let urn = TestTenant.userURN
    let body = #"{"schemas":["\#(urn)"],"userName":"new@example.com","title":"New"}"#
    for query in ["attributes=title&excludedAttributes=id", "count=x", "startIndex=x"] {
      #expect(await tenant.send("POST", "/Users?" + query, body).status == 400)
      #expect(await tenant.names("Users", #"userName eq "new@example.com""#) == [])
      let id = await tenant.get("/Users?count=1")["Resources"]?.array?.first?.object?["id"]?.string
      let path = "/Users/\(try #require(id))"
      let operation = #"{"op":"add","path":"nickName","value":"Changed"}"#
      #expect(await tenant.patch(path + "?" + query, operation).status == 400)
      #expect(await tenant.send("PUT", path + "?" + query, body).status == 400)
      #expect(await tenant.names("Users", #"nickName eq "Changed" or title eq "New""#) == [])
    }
  }

  @Test("Resources are found by their schemas")
  func bySchema() async throws {
    #expect(await tenant.names("Users", #"schemas eq "\#(TestTenant.userURN)""#) == all)
    #expect(await tenant.names("Users", #"schemas eq "\#(TestTenant.groupURN)""#) == [])
  }

  @Test("A text that is empty is not present")
  func emptyText() async throws {
    let id = try await tenant.user("empty@example.com", #","title":"","nickName":"N""#)
    #expect(!id.isEmpty)
    #expect(
      await tenant.names("Users", #"nickName eq "N" and not (title pr)"#) == ["empty@example.com"])
  }

  @Test("Every write has a later stamp than the one before")
  func stamps() async throws {
    let page = await tenant.get("/Users")
    let stamps = (page["Resources"]?.array ?? []).compactMap {
      $0.object?["meta"]?.object?["lastModified"]?.string
    }
    #expect(stamps.count == 25)
    #expect(stamps == stamps.sorted() && Set(stamps).count == 25)
  }

  @Test(
    "Filters with and without an index give the same",
    arguments: [
      #"userName eq "U103@example.com""#, #"userName sw "U103""#,
      #"externalId eq "e3""#, #"externalId eq "e3" or externalId eq "e3" and title pr"#,
      #"userName eq "u103@example.com" or nickName pr"#,
      #"userName eq "u103@example.com" and title eq "odd""#,
    ])
  func sameByIndex(_ filter: String) async {
    #expect(await tenant.names("Users", filter) == [all[3]])
  }

  @Test("Sorting goes by the attribute in both directions, the missing ones at the end given")
  func sorting() async throws {
    try await tenant.user("zz@example.com")
    let down = await tenant.get("/Users?sortBy=userName&sortOrder=descending&count=3")
    #expect(names(down) == ["zz@example.com", all[24], all[23]])
    #expect(down["totalResults"] == 26)
    let byTitle = await tenant.get("/Users?sortBy=title&count=1000")
    #expect(names(byTitle).first == all[0] && names(byTitle).last == "zz@example.com")
    let downByTitle = await tenant.get("/Users?sortBy=title&sortOrder=descending&count=1")
    #expect(names(downByTitle) == ["zz@example.com"])
    let second = await tenant.get("/Users?sortBy=userName&startIndex=2&count=1")
    #expect(names(second) == [all[1]])
  }

  @Test(
    "Parameters that are none are refused",
    arguments: [
      "count=x", "startIndex=x", "sortOrder=up&sortBy=title", "sortBy=nothing", "sortBy=name",
      "filter=x", "attributes=id&excludedAttributes=title",
    ])
  func refused(_ query: String) async {
    #expect(await tenant.send("GET", "/Users?\(query)").status == 400)
  }

  @Test(
    "Sorting by a value of a list goes by the primary one, and by text as the attribute compares",
    arguments: [
      ("emails", ["c", "b", "a"]), ("emails.value", ["c", "b", "a"]),
      ("nickName", ["b", "a", "c"]), ("externalId", ["c", "a", "b"]),
      ("name.familyName", ["a", "c", "b"]), ("meta.created", ["a", "b", "c"]),
    ])
  func sortingByParts(_ attribute: String, _ expected: [String]) async throws {
    let tenant = try TestTenant()
    let people = [
      (
        "a", #""nickName":"B","externalId":"a","name":{"familyName":"x"}"#,
        #"{"value":"a@x.org"},{"value":"z@x.org","primary":true}"#
      ),
      ("b", #""nickName":"a","externalId":"b""#, #"{"value":"m@x.org"}"#),
      (
        "c", #""nickName":"c","externalId":"Z","name":{"familyName":"Y"}"#,
        #"{"value":"c@x.org"}"#
      ),
    ]
    for (name, more, emails) in people {
      try await tenant.user("\(name)@example.com", ",\(more),\"emails\":[\(emails)]")
    }
    let found = names(await tenant.get("/Users?sortBy=\(attribute)"))
    #expect(found == expected.map { $0 + "@example.com" })
  }

  @Test(
    "The number of all is told wherever a page begins",
    arguments: [("startIndex=26", 0), ("startIndex=999", 0), ("startIndex=25&count=9", 1)])
  func beyond(_ query: String, _ count: Int64) async {
    for more in ["", "&sortBy=userName", "&filter=title%20pr", "&filter=userName%20sw%20%22u%22"] {
      let page = await tenant.get("/Users?\(query)\(more)")
      #expect(page["totalResults"] == 25 && page["itemsPerPage"] == .integer(count))
      #expect(page["Resources"]?.array?.count == Int(count))
    }
  }

  @Test("A filter that finds nobody is an answer, not an error")
  func nobody() async {
    let reply = await tenant.find("Users", #"userName eq "none@example.com""#)
    #expect(reply.status == 200 && reply["totalResults"] == 0)
    #expect(reply["Resources"]?.array?.isEmpty ?? true)
  }

  @Test("A search request asks the same in a body")
  func search() async {
    let reply = await tenant.send(
      "POST", "/Users/.search",
      #"""
      {"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
       "filter":"title eq \"Odd\"","attributes":["userName"],"startIndex":2,"count":3,
       "sortBy":"userName","sortOrder":"descending"}
      """#)
    #expect(reply.status == 200, "\(reply.detail)")
    #expect(reply["totalResults"] == 12)
    #expect(names(reply.body?.object ?? JSONObject()) == [all[21], all[19], all[17]])
    #expect(reply["Resources"]?.array?.first?.object?["title"] == nil)
    let wrong = await tenant.send("POST", "/Users/.search", #"{"filter":"title pr"}"#)
    #expect(wrong.status == 400)
  }

  @Test("attributes and excludedAttributes choose, down to sub-attributes")
  func projection() async throws {
    let id = try await tenant.user(
      "p@example.com",
      #","name":{"givenName":"G","familyName":"F"},"\#(TestTenant.enterpriseURN)":{"department":"D","division":"V"}"#
    )
    let some = await tenant.get(
      "/Users/\(id)?attributes=name.givenName,\(TestTenant.enterpriseURN):department,unknown")
    #expect(some["name"] == ["givenName": "G"])
    #expect(some[TestTenant.enterpriseURN] == ["department": "D"])
    #expect(some["userName"] == nil && some["meta"] == nil && some["id"] == .string(id))
    let rest = await tenant.get(
      "/Users/\(id)?excludedAttributes=NAME.givenName,id,meta,\(TestTenant.enterpriseURN)")
    #expect(rest["name"] == ["familyName": "F"])
    #expect(rest["id"] != nil && rest["meta"] == nil && rest[TestTenant.enterpriseURN] == nil)
  }
}

@Suite("Versions")
struct VersionTests {
  @Test("If-Match lets through the right version only")
  func ifMatch() async throws {
    let tenant = try TestTenant()
    let id = try await tenant.user("a@example.com")
    let operation = #"{"op":"add","path":"title","value":"T"}"#
    #expect(await tenant.patch("/Users/\(id)", operation, ifMatch: "W/\"9\"").status == 412)
    #expect(await tenant.patch("/Users/\(id)", operation, ifMatch: "W/\"1\"").status == 200)
    let stale = await tenant.send("DELETE", "/Users/\(id)", ifMatch: "W/\"1\"")
    #expect(stale.status == 412 && stale["status"] == "412")
    #expect(await tenant.send("DELETE", "/Users/\(id)", ifMatch: "W/\"2\"").status == 204)
  }

  @Test("If-None-Match spares an answer that is known")
  func ifNoneMatch() async throws {
    let tenant = try TestTenant()
    let id = try await tenant.user("a@example.com")
    let known = await tenant.send("GET", "/Users/\(id)", ifNoneMatch: "W/\"1\"")
    #expect(known.status == 304 && known.body == nil)
    #expect(await tenant.send("GET", "/Users/\(id)", ifNoneMatch: "W/\"0\"").status == 200)
    let whole = await tenant.send("GET", "/Users/\(id)")
    #expect(known.headers["Content-Length"] == whole.body.map { String($0.encoded.count) })
  }

  @Test("What is shown of others may have changed, so no answer with it is spared")
  func others() async throws {
    let tenant = try TestTenant()
    let user = try await tenant.user("a@example.com")
    let group = try await tenant.group("G", members: [user])
    let etag = "W/\"1\""
    #expect(await tenant.send("GET", "/Groups/\(group)", ifNoneMatch: etag).status == 200)
    let plain = "/Groups/\(group)?excludedAttributes=members"
    #expect(await tenant.send("GET", plain, ifNoneMatch: etag).status == 304)
    let groups = "/Users/\(user)?attributes=groups"
    #expect(await tenant.send("GET", groups, ifNoneMatch: etag).status == 200)
  }
}

@Suite("What the server says of itself")
struct DiscoveryTests {
  @Test("Schemas name every attribute that is taken")
  func schemas() async throws {
    let tenant = try TestTenant()
    let list = await tenant.get("/Schemas")
    #expect(list["totalResults"] == 14)
    let user = await tenant.get("/Schemas/\(TestTenant.userURN)")
    let attributes = try #require(user["attributes"]?.array).compactMap(\.object)
    let userName = try #require(attributes.first { $0["name"] == "userName" })
    #expect(userName["required"] == true && userName["uniqueness"] == "server")
    let named = attributes.compactMap { $0["name"]?.string }
    #expect(named == ResourceType.user.schema.attributes.map(\.name))
    #expect(await tenant.send("GET", "/Schemas/urn:x").status == 404)
    #expect(await tenant.send("GET", "/Schemas?filter=x").status == 403)
  }

  @Test("Resource types and abilities are told")
  func types() async throws {
    let tenant = try TestTenant()
    #expect(await tenant.get("/ResourceTypes")["totalResults"] == 4)
    #expect(await tenant.get("/ResourceTypes/Contact")["endpoint"] == "/Contacts")
    #expect(await tenant.send("GET", "/ResourceTypes/Robot").status == 404)
    let config = await tenant.get("/ServiceProviderConfig")
    #expect(config["bulk"]?.object?["maxOperations"] == 1000)
    #expect(config["pagination"]?.object?["cursor"] == true)
  }

  @Test("A database tells its id, which it keeps when it is started again and another has not")
  func databaseID() async throws {
    func told(_ tenant: TestTenant) async throws -> String {
      let config = await tenant.get("/ServiceProviderConfig")
      let version = try #require(config["meta"]?["version"]?.string)
      #expect(version.hasPrefix(Discovery.databaseVersion) && version.hasSuffix("\""))
      return String(version.dropFirst(Discovery.databaseVersion.count).dropLast())
    }
    let (one, other) = (try TestTenant(), try TestTenant())
    let id = try await told(one)
    #expect(id.count == 32)
    #expect(try await told(other) != id)
    one.store.close()
    let again = try TenantStore(path: one.folder.file("tenant.sqlite"))
    #expect(try await again.databaseID() == id)
    again.close()
  }

  @Test(
    "Paths and methods that are none are refused",
    arguments: [
      ("GET", "/Robots", 404), ("GET", "/Users/a/b", 404), ("PUT", "/Users", 405),
      ("POST", "/Users/x", 405), ("POST", "/Schemas", 405), ("GET", "/Bulk", 405),
      ("GET", "/Users/.search", 405), ("POST", "/.search", 501), ("GET", "/Me", 501),
      ("HEAD", "/Bulk", 405), ("GET", "/Users/x", 404), ("HEAD", "/Users/x", 404),
    ])
  func paths(_ method: String, _ path: String, _ status: Int) async throws {
    let reply = try await TestTenant().send(method, path)
    #expect(reply.status == status)
    #expect(reply["schemas"] == [.string(SCIMError.schema)])
    #expect(reply["status"] == .string(String(status)))
    if status == 405 {
      let allowed = try #require(reply.headers["Allow"]).split(separator: ", ")
      // Whoever may GET may HEAD (RFC 9110 §9.1).
      #expect(allowed.contains("GET") == allowed.contains("HEAD"))
      #expect(!allowed.isEmpty && !allowed.contains(Substring(method)))
    }
  }
}
