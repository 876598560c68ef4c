import JSON
import Testing

@testable import Tenant

/// Values that Microsoft's services refuse whatever their length.
@Suite("Values that Graph refuses")
struct GraphValueTests {
  private let graph: TestGraph
  private let id: String

  init() async throws {
    graph = try TestGraph()
    id = try await graph.user("ada")
  }

  /// The status of a change, and that of a new user with the value.
  private func statuses(_ name: String, _ value: String) async throws -> [Int] {
    let more = #""\#(name)":"\#(value)""#
    let changed = try await graph.send("PATCH", "/users/\(id)", "{\(more)}")
    let made = try await graph.send("POST", "/users", TestGraph.user("bob", "," + more))
    for reply in [changed, made] where reply.status == 400 {
      #expect(reply.target == name && reply.detailCode == "InvalidValue")
    }
    return [changed.status, made.status]
  }

  @Test("An immutable id has no $ and no _", arguments: ["a$b", "a_b", "$", "_"])
  func anchor(_ value: String) async throws {
    #expect(try await statuses("onPremisesImmutableId", value) == [400, 400])
  }

  @Test("An immutable id may be a GUID in base64, and what else there is")
  func goodAnchor() async throws {
    let reply = try await graph.send(
      "PATCH", "/users/\(id)", #"{"onPremisesImmutableId":"Ab+/9 é-.#=="}"#)
    #expect(reply.status == 204, "\(reply.words)")
    let user = try await graph.get("/users/\(id)?$select=onPremisesImmutableId")
    #expect(user["onPremisesImmutableId"] == "Ab+/9 é-.#==")
  }

  @Test(
    "A place of use is a country that there is",
    arguments: ["ZZ", "XX", "AA", "UK", "EU", "D", "4B", "D ", "dé"])
  func noCountry(_ value: String) async throws {
    #expect(try await statuses("usageLocation", value) == [400, 400])
  }

  @Test("Every country may be a place of use, in small letters too")
  func country() async throws {
    #expect(CountryCode.all.count == 250)
    #expect(CountryCode.all.allSatisfy { $0.utf8.count == 2 && $0 == $0.lowercased() })
    for value in ["GB", "de", "Us", "XK", "ZW", "AD"] {
      let reply = try await graph.send(
        "PATCH", "/users/\(id)", #"{"usageLocation":"\#(value)"}"#)
      #expect(reply.status == 204, "\(value)")
    }
  }

  @Test(
    "A password has three kinds of characters of four",
    arguments: [
      "aaaaaaaa", "password", "12345678", "alllowercaseletters", "ALLUPPERCASE", "Password",
      "password1", "PASSWORD1", "pass word", "1234-5678", "ééééÉÉÉÉ",
    ])
  func weak(_ password: String) async throws {
    let profile = #"{"passwordProfile":{"password":"\#(password)"}}"#
    let changed = try await graph.send("PATCH", "/users/\(id)", profile)
    let made = try await graph.send(
      "POST", "/users", TestGraph.user("bob").replacing("xWwvJ]6NMw+bWH-d", with: password))
    for reply in [changed, made] {
      #expect(reply.status == 400 && reply.detailCode == "InvalidPassword", "\(reply.status)")
      #expect(reply.words.contains("complexity"))
      // The words have that one of their own.
      #expect(password == "password" || !reply.words.contains(password))
    }
  }

  @Test(
    "Any three kinds of characters will do",
    arguments: ["Password1", "Password-", "password-1", "PASSWORD-1", "Correct horse 7"])
  func strong(_ password: String) async throws {
    let profile = #"{"passwordProfile":{"password":"\#(password)"}}"#
    #expect(try await graph.send("PATCH", "/users/\(id)", profile).status == 204)
  }

  @Test(
    "A group that may get roles is for rights, and closed",
    arguments: [
      ("true", #","visibility":"Public""#, 400), ("true", #","visibility":"Private""#, 201),
      ("true", "", 201), ("false", #","groupTypes":["Unified"]"#, 400),
    ])
  func roles(_ isSecurity: String, _ more: String, _ status: Int) async throws {
    let body = TestGraph.group("all", #","isAssignableToRole":true\#(more)"#)
      .replacing(#""securityEnabled":true"#, with: #""securityEnabled":\#(isSecurity)"#)
    let reply = try await graph.send("POST", "/groups", body)
    #expect(reply.status == status, "\(reply.words)")
  }
}
