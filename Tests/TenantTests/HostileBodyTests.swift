import JSON
import TestSupport
import Testing

@testable import Tenant

/// Bodies that nobody means well with: they are taken as what they are, or refused and forgotten.
@Suite("Hostile bodies")
struct HostileBodyTests {
  private static let numbers = [
    "0", "-0", "1e999", "-1e999", "1e-999", "9223372036854775807", "9223372036854775808",
    "-9223372036854775808", "-9223372036854775809", "1.0", "0.1e1",
    "123456789012345678901234567890",
  ]
  private static let texts = [
    #""""#, #""\u0000""#, #""\ud83d""#, #""\ude00\ud83d""#, #""\ud83d\ude00""#, #""\u202e""#,
    "\"'; DROP TABLE resource; --\"", #""bulkId:""#, #""bulkId:x""#, #""../../etc""#, "\"%s%n\"",
    "\"\u{FEFF}x\"", "\"\u{301}\"",
  ]

  /// A value that an attribute seldom has.
  private static func value(_ random: inout SeededRandom) -> String {
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return random.choose(numbers)
    case 1, 2: return random.choose(texts)
    case 3: return random.choose(["null", "true", "[]", "{}", "[null]", "[[]]", #"{"":1}"#])
    case 4: return "\"" + String(repeating: random.choose(["x", "é", "😀"]), count: 5000) + "\""
    case 5:
      let depth = random.choose([3, 60, 70, 3000])
      return String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    case 6: return #"{"value":\#(random.choose(texts)),"VALUE":\#(random.choose(texts))}"#
    default: return JSONValue.string(random.text()).text
    }
  }

  private static let names = [
    "schemas", "userName", "displayName", "active", "emails", "name", "externalId", "id", "meta",
    "members", "groups", "value", "Operations", "op", "path", "", "\\u0000", "__proto__",
    TestTenant.enterpriseURN, TestTenant.onPremisesURN, "USERNAME", "@odata.type",
    "members@odata.bind", "manager@odata.bind", "passwordProfile", "accountEnabled", "mailNickname",
    "onPremisesExtensionAttributes", "businessPhones",
  ]

  private static func body(_ random: inout SeededRandom) -> String {
    let start =
      random.chance(50)
      ? #""schemas":["\#(TestTenant.userURN)"],"userName":"new@contoso.com""#
      : #""userPrincipalName":"new@contoso.com","displayName":"d","accountEnabled":true"#
    let more = (0..<Int.random(in: 0...3, using: &random)).map { _ in
      "\"\(random.choose(names))\":\(value(&random))"
    }
    return "{" + ([start] + more).joined(separator: ",") + "}"
  }

  /// The text with some of it lost, doubled, or something else put in.
  private static func damaged(_ text: String, _ random: inout SeededRandom) -> [UInt8] {
    var bytes = Array(text.utf8)
    for _ in 0...Int.random(in: 0...2, using: &random) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes.insert(contentsOf: random.choose(HostileText.pieces).utf8, at: place)
      case 1: bytes.insert(contentsOf: random.bytes(1...3), at: place)
      case 2: bytes.removeSubrange(place...)
      case 3: bytes.removeFirst(min(bytes.count, place / 8))
      default: bytes += bytes.prefix(place)
      }
    }
    return bytes
  }

  private static func target(_ random: inout SeededRandom, _ id: String) -> (String, String) {
    random.choose([
      ("POST", "Users"), ("PUT", "Users/\(id)"), ("PATCH", "Users/\(id)"), ("POST", "Groups"),
      ("POST", "Bulk"), ("POST", "Users/.search"), ("POST", "Contacts"),
    ])
  }

  // MARK: SCIM

  @Test(
    "By SCIM, whatever is sent is answered in its form, and a refusal changes nothing",
    arguments: 1...20)
  func scim(seed: Int) async throws {
    var random = SeededRandom(scattering: seed)
    let tenant = try TestTenant(isStrict: random.chance(50))
    let id = try await tenant.user("ada@contoso.com")
    for _ in 0..<25 {
      let text = Self.body(&random)
      let bytes = random.chance(40) ? Self.damaged(text, &random) : Array(text.utf8)
      let (method, target) = Self.target(&random, id)
      let before = await tenant.get("/Users")
      let reply = await tenant.service.answer(
        ServiceRequest(
          method: method, path: target.split(separator: "/").map(String.init), body: bytes))
      let shown = String(decoding: bytes.prefix(300), as: UTF8.self)
      #expect((200..<500).contains(reply.status), "\(method) \(target) \(shown)")
      if reply.status >= 400 {
        #expect(reply["schemas"] == [.string(SCIMError.schema)])
        #expect(reply["status"] == .string(String(reply.status)) && !reply.detail.isEmpty)
        #expect(await tenant.get("/Users") == before, "\(method) \(target) \(shown)")
      }
      if let body = reply.body { #expect(try JSONValue(parsing: body.encoded) == body) }
    }
    try await tenant.user("still@contoso.com")
  }

  // MARK: Graph

  @Test(
    "By Graph, whatever is sent is answered in its form, and a refusal changes nothing",
    arguments: 1...20)
  func graph(seed: Int) async throws {
    var random = SeededRandom(scattering: 100 + seed)
    let graph = try TestGraph()
    let id = try await graph.user("ada")
    let group = try await graph.group("all")
    let targets = [
      ("POST", "users"), ("PATCH", "users/\(id)"), ("POST", "groups"), ("PATCH", "groups/\(group)"),
      ("POST", "groups/\(group)/members/$ref"), ("PUT", "users/\(id)/manager/$ref"),
      ("POST", "$batch"), ("POST", "directory/deletedItems/\(id)/restore"),
    ]
    for _ in 0..<25 {
      let text = Self.body(&random)
      let bytes = random.chance(40) ? Self.damaged(text, &random) : Array(text.utf8)
      let (method, target) = random.choose(targets)
      var request = GraphRequest(
        method: method, path: target.split(separator: "/").map(String.init))
      let shown = String(decoding: bytes.prefix(300), as: UTF8.self)
      do {
        try request.read(bytes, contentType: "application/json")
      } catch {
        #expect(error.status == 400 && error.code == "Request_BadRequest", "\(shown)")
        continue
      }
      let before = await graph.tenant.get("/Users")
      let reply = await graph.service.answer(request)
      #expect((200..<500).contains(reply.status), "\(method) \(target) \(shown) \(reply.words)")
      guard reply.status >= 400 else { continue }
      #expect(!reply.code.isEmpty && !reply.words.isEmpty, "\(method) \(target) \(shown)")
      #expect(reply.body?["error"]?["innerError"]?["request-id"]?.string != nil)
      #expect(await graph.tenant.get("/Users") == before, "\(method) \(target) \(shown)")
    }
    try await graph.user("still")
  }

  @Test("Words of Graph name no attribute of SCIM, whatever value is refused", arguments: 1...20)
  func words(seed: Int) async throws {
    var random = SeededRandom(scattering: 200 + seed)
    let graph = try TestGraph()
    let id = try await graph.user("ada")
    for property in GraphType.user.properties where property.access == .write {
      let text = #"{"\#(property.name)":\#(Self.value(&random))}"#
      guard let body = try? json(text) else { continue }
      let reply = await graph.service.answer(
        GraphRequest(method: "PATCH", path: ["users", id], body: body))
      guard reply.status >= 400 else { continue }
      #expect(reply.status == 400 && reply.target == property.name, "\(reply.body?.text ?? "")")
      #expect(!reply.words.contains("urn:") && !reply.words.contains("/Schemas"))
    }
  }

  // MARK: What is taken

  @Test("A text that is taken is given as it was, to the last byte", arguments: 1...20)
  func kept(seed: Int) async throws {
    var random = SeededRandom(scattering: 300 + seed)
    let graph = try TestGraph()
    let id = try await graph.user("ada")
    for _ in 0..<20 {
      let text = random.text(count: 1...6)
      let body: JSONValue = ["jobTitle": .string(text), "department": .string(text)]
      let reply = await graph.service.answer(
        GraphRequest(method: "PATCH", path: ["users", id], body: body))
      guard text.utf16.count <= 64 else {
        #expect(reply.status == 400 && reply.detailCode == "InvalidLength")
        continue
      }
      #expect(reply.status == 204, "\(text.debugDescription): \(reply.words)")
      let user = await graph.tenant.get("/Users/\(id)")
      let shown = try await graph.get("/users/\(id)?$select=department")["department"]
      for value in [user["title"], user[TestTenant.enterpriseURN]?["department"], shown] {
        #expect(value?.string?.utf8.elementsEqual(text.utf8) == true)
      }
      let found = await graph.tenant.find("Users", "title eq \(JSONValue.string(text).text)")
      #expect(found["totalResults"] == 1, "\(text.debugDescription)")
    }
  }
}
