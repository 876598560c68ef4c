import Directory
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

private let userURN = SCIMSchema.userURN
private let groupURN = SCIMSchema.groupURN

private func type(
  _ name: String, _ endpoint: String, _ schema: String, _ extensions: [String] = []
) -> SCIMResourceType {
  SCIMResourceType(name: name, endpoint: endpoint, schema: schema, extensions: extensions)
}

private func distinct(_ types: SCIMResourceType...) -> [String] {
  SCIMResourceType.distinct(types).map { $0.objectType + " " + $0.endpoint }
}

@Suite("The resource types of a server")
struct ResourceTypeTests {
  @Test("are as they are listed where they are those of the standard")
  func standard() {
    let listed = SCIMServer.commonResourceTypes + [type("Device", "/Devices", "urn:x:Device")]
    #expect(SCIMResourceType.distinct(listed) == listed)
  }

  @Test("are users and groups by their core schema and endpoint, whatever they are called")
  func names() {
    #expect(
      distinct(type("Users", "/Users", userURN), type("Role", "/Groups", groupURN))
        == ["user /Users", "group /Groups"])
    // By the schema alone, and by the endpoint alone.
    #expect(distinct(type("Identity", "/Identities", userURN)) == ["user /Identities"])
    #expect(distinct(type("Person", "/Users", "urn:x:Person")) == ["user /Users"])
    #expect(distinct(type("Account", "/Accounts", "urn:x:Account")) == ["account /Accounts"])
  }

  @Test("are users at /Users, where several kinds of accounts have the same name or schema")
  func several() {
    #expect(
      distinct(
        type("User", "/Accounts", "urn:x:Account"), type("Identity", "/Users", userURN),
        type("Agent", "/Agents", userURN))
        == ["accounts /Accounts", "user /Users", "agent /Agents"])
    #expect(
      distinct(type("User", "/Users", userURN), type("user", "/Old", "urn:x:Old"))
        == ["user /Users", "old /Old"])
    #expect(
      distinct(type("A", "/A", "urn:x:A"), type("a", "/B", "urn:x:B"), type("User", "/P", userURN))
        == ["a /A", "user /P"])
  }

  @Test("are one for each endpoint, with the extensions of all that are there")
  func endpoints() {
    let enterprise = type("EnterpriseUser", "/Users", SCIMSchema.enterpriseURN, ["urn:x:More"])
    let user = type("User", "/users", userURN, ["urn:x:more"])
    for listed in [[enterprise, user], [user, enterprise]] {
      let found = SCIMResourceType.distinct(listed)
      #expect(found.map(\.objectType) == ["user"])
      #expect(found.map(\.schema) == [userURN])
      #expect(found.map(\.extensions) == [["urn:x:more", SCIMSchema.enterpriseURN]])
    }
  }

  @Test("that show the same objects are read once")
  func readOnce() async throws {
    let types = """
      {"Resources": [
        {"name": "EnterpriseUser", "endpoint": "/Users", "schema": "\(SCIMSchema.enterpriseURN)"},
        {"name": "Account", "endpoint": "/Users", "schema": "\(userURN)"},
        {"name": "Group", "endpoint": "/Groups", "schema": "\(groupURN)"}]}
      """
    let directory = FakeDirectory()
    directory.add("/Users", [("userName", "ann")])
    let server = try directory.serve { request, _ in
      request.path == "/ResourceTypes" ? .answer(200, [], Array(types.utf8)) : nil
    }
    defer { server.close() }
    let all = entries(try await readAll(connector(server)))
    #expect(all.map(\.objectType) == ["user"])
  }
}
