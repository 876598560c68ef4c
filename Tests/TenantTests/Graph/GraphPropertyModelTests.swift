import JSON
import TestSupport
import Testing

@testable import Tenant

/// Every property that a client may write, one like the other.
@Suite("Each property of Graph")
struct GraphPropertyModelTests {
  private static let users = GraphType.user.properties
    .filter { $0.access == .write && $0.place != .computed }.map(\.name)
  private static let eventual = ["consistencylevel": "eventual"]

  private let graph: TestGraph
  private let ada: String
  private let bob: String

  init() async throws {
    graph = try TestGraph()
    ada = try await graph.user("ada")
    bob = try await graph.user("bob")
  }

  /// Two values that a property may have.
  private static func values(_ name: String) throws -> (JSONValue, JSONValue) {
    let property = try #require(GraphType.user.property(name))
    switch (property.kind, property.format) {
    case (.boolean, _): return (true, false)
    case (.object, _): return (["extensionAttribute1": "x"], ["extensionAttribute1": "y"])
    case (.strings, .address?): return (["a@x.org", "b@x.org"], ["c@x.org"])
    case (.strings, _): return (["1"], ["2"])
    case (_, .oneOf(let words)?), (_, .someOf(let words)?):
      return (.string(words[0]), .string(words[1]))
    case (_, .country?): return ("GB", "IE")
    case (_, .address?): return ("a@x.org", "c@x.org")
    case (_, .principalName?): return ("x@contoso.com", "y@contoso.com")
    case (_, .nickname?): return ("nick", "other")
    default: return ("one", "two")
    }
  }

  private func patch(_ id: String, _ name: String, _ value: JSONValue) async throws -> Reply {
    try await graph.send("PATCH", "/users/\(id)", #"{"\#(name)":\#(value.text)}"#)
  }

  private func shown(_ id: String, _ name: String) async throws -> JSONValue? {
    let value = try await graph.get("/users/\(id)?$select=\(name)").written(name)
    // Of numbered attributes all are given, and those without a value are null.
    guard let members = value?.object?.members else { return value }
    return .object(JSONObject(members: members.filter { $0.value != .null }))
  }

  @Test("It is given as it was set, and alone where it is asked for", arguments: users)
  func set(_ name: String) async throws {
    let (one, other) = try Self.values(name)
    for value in [one, other, one] {
      #expect(try await patch(ada, name, value).status == 204)
      #expect(try await shown(ada, name) == value)
    }
    let whole = try await graph.get("/users/\(ada)?$select=\(name)")
    #expect(Set(whole.members.map(\.name)) == ["@odata.context", "id", name])
  }

  @Test("It changes nothing else, and a change to what it is changes nothing", arguments: users)
  func alone(_ name: String) async throws {
    // The address of a user is one of the proxy addresses, too.
    let others = GraphType.user.properties.map(\.name).filter {
      $0 != name && !(name == "mail" && $0 == "proxyAddresses")
    }
    func rest() async throws -> JSONObject {
      try await graph.get("/users/\(ada)?$select=\(others.joined(separator: ","))")
    }
    let (one, _) = try Self.values(name)
    let before = try await rest()
    #expect(try await patch(ada, name, one).status == 204)
    #expect(try await rest() == before)
    let version = await graph.tenant.get("/Users/\(ada)")["meta"]
    #expect(try await patch(ada, name, one).status == 204)
    #expect(await graph.tenant.get("/Users/\(ada)")["meta"] == version)
  }

  @Test("Null takes it away, unless every user has it", arguments: users)
  func clear(_ name: String) async throws {
    let property = try #require(GraphType.user.property(name))
    let (one, _) = try Self.values(name)
    _ = try await patch(ada, name, one)
    let reply = try await patch(ada, name, .null)
    guard !property.isRequired else {
      #expect(reply.status == 400 && reply.target == name)
      #expect(try await shown(ada, name) == one)
      return
    }
    #expect(reply.status == 204)
    // Numbered attributes go one by one.
    guard property.kind != .object else { return }
    let empty = property.standard ?? (property.kind == .strings ? [] : .null)
    #expect(try await shown(ada, name) == empty)
  }

  @Test("Who has its value is found by it, and nobody else", arguments: users)
  func find(_ name: String) async throws {
    let property = try #require(GraphType.user.property(name))
    let (one, other) = try Self.values(name)
    guard property.kind != .object else { return }
    _ = try await patch(ada, name, one)
    _ = try await patch(bob, name, other)
    let text = (one.array?.first ?? one).string.map { "'\($0)'" } ?? one.text
    let isEqual = property.kind == .strings ? "\(name)/any(x:x eq \(text))" : "\(name) eq \(text)"
    for (filter, wanted) in [(isEqual, [ada]), ("not(\(isEqual))", [bob])] {
      let target = "/users?$count=true&$select=id&$filter=" + Percent.encode(filter)
      let reply = try await graph.send("GET", target, headers: Self.eventual)
      let found = (reply["value"]?.array ?? []).compactMap { $0["id"]?.string }
      #expect(found == wanted && reply["@odata.count"] == 1, "\(filter): \(reply.words)")
    }
  }

  @Test(
    "A value of another kind is refused by its name, and leaves all as it was", arguments: users)
  func wrong(_ name: String) async throws {
    let property = try #require(GraphType.user.property(name))
    let before = await graph.tenant.get("/Users/\(ada)")
    let values: [JSONValue] = ["", 5, true, .number(1.5), [], ["x"], [5], [[]], ["a": "b"], "x"]
    for value in values where !Self.mayBe(value, property) {
      let reply = try await patch(ada, name, value)
      #expect(reply.status == 400 && reply.target == name, "\(value.text): \(reply.words)")
      #expect(reply.code == "Request_BadRequest" && reply.detailCode == "InvalidValue")
    }
    #expect(await graph.tenant.get("/Users/\(ada)") == before)
  }

  private static func mayBe(_ value: JSONValue, _ property: GraphProperty) -> Bool {
    switch property.kind {
    case .string, .dateTime: value.string?.isEmpty == false
    case .boolean: value.boolean != nil
    case .strings: value == [] || value.array?.allSatisfy { $0.string != nil } == true
    case .object: value.object != nil
    case .objects: value.array?.allSatisfy { $0.object != nil } == true
    }
  }
}
