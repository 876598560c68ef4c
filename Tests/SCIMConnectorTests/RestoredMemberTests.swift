import Directory
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

/// Entra's way of removing one member is RFC 7644's of removing all.
@Suite("Who was to stay in a group that was emptied")
struct RestoredMemberTests {
  private func directory(
    _ members: [String], removal: FakeDirectory.Removal = .bySelector
  ) -> FakeDirectory {
    var options = FakeDirectory.Options()
    options.removal = removal
    let directory = FakeDirectory(options)
    let values: [JSONValue] = members.map { ["value": .string($0)] }
    directory.add("/Groups", id: "g", [("displayName", "g"), ("members", .array(values))])
    return directory
  }

  private func removal(
    of member: String = "u1", adding added: [String] = [], whole: [String]? = nil,
    isRetry: Bool = false, isRepeated: Bool = false
  ) throws -> ExportOperation {
    let change = AttributeChange(
      "members",
      .update(added: added.map { .reference($0) }, removed: [.reference(member)]))
    var operation = try operation(1, .modify([change]), "group", anchor: "g", isRetry: isRetry)
    operation.isRepeated = isRepeated
    operation.whole = whole.map { [Attribute("members", $0.map { .reference($0) })] }
    return operation
  }

  private func members(_ directory: FakeDirectory) -> [String] {
    (directory.resources("/Groups").first?["members"]?.array ?? [])
      .compactMap { $0["value"]?.string }.sorted()
  }

  private func patches(_ server: ScriptedServer) throws -> [JSONValue] {
    try server.requests.filter { $0.method == "PATCH" }.map { try JSONValue(parsing: $0.body) }
  }

  private func reason(_ outcome: ExportOutcome) -> String? {
    if case .unknown(let reason) = outcome { reason } else { nil }
  }

  @Test(
    "comes back with the next try, whoever is missing",
    arguments: [[], ["u1"], ["u3"], ["u1", "u2", "u3", "u4"]], [true, false])
  func retry(left: [String], isRetry: Bool) async throws {
    let directory = directory(left)
    let server = try directory.serve()
    defer { server.close() }
    let outcome = try await connector(server) { $0.dialect = .entra }.export([
      removal(whole: ["u2", "u3", "u4"], isRetry: isRetry, isRepeated: !isRetry)
    ])[0]
    #expect(outcome.isDone, "\(outcome)")
    #expect(members(directory) == ["u2", "u3", "u4"])
  }

  @Test("is not sent again where the list is as it should be")
  func nothingLeft() async throws {
    let directory = directory(["u2", "stranger", "u3"])
    let server = try directory.serve()
    defer { server.close() }
    let outcome = try await connector(server) { $0.dialect = .entra }.export([
      removal(whole: ["u2", "u3"], isRetry: true)
    ])[0]
    #expect(outcome.isDone && members(directory) == ["stranger", "u2", "u3"], "\(outcome)")
    #expect(try patches(server).isEmpty)
  }

  @Test("comes with who is new, under the names of Entra Connect, too")
  func named() async throws {
    let directory = directory([])
    let server = try directory.serve()
    defer { server.close() }
    var operation = try removal(adding: ["u9"], whole: ["u2", "u9"], isRetry: true)
    operation.kind = .modify([
      AttributeChange("member", .update(added: [.reference("u9")], removed: [.reference("u1")]))
    ])
    operation.whole = [Attribute("member", [.reference("u2"), .reference("u9")])]
    let outcome = try await connector(server) {
      $0.dialect = .entra
      $0.names = .entra
    }.export([operation])[0]
    #expect(outcome.isDone && members(directory) == ["u2", "u9"], "\(outcome)")
  }

  @Test("is looked for again and again while one of them is refused")
  func refusedForGood() async throws {
    let directory = directory([])
    let server = try directory.serve { request, _ in
      String(decoding: request.body, as: UTF8.self).contains(#""u3""#)
        ? directory.reply(400, ["detail": "u3 is no user"]) : nil
    }
    defer { server.close() }
    let outcome = try await connector(server) { $0.dialect = .entra }.export([
      removal(adding: ["u9"], whole: ["u2", "u3", "u4", "u9"], isRetry: true)
    ])[0]
    #expect(reason(outcome) == "u3 is no user", "\(outcome)")
    #expect(members(directory) == ["u2", "u4", "u9"])
  }

  @Test("is not known where the look after the removal comes to nothing", arguments: [0, 403, 503])
  func blind(status: Int) async throws {
    let directory = directory(["u1", "u2", "u3"])
    let server = try directory.serve { request, _ in
      guard request.method == "GET", request.path == "/Groups/g", members(directory).isEmpty
      else { return nil }
      return status == 0 ? .close : directory.reply(status, ["detail": "not now"])
    }
    defer { server.close() }
    let outcome = try await connector(server) { $0.dialect = .entra }.export([removal()])[0]
    #expect(reason(outcome)?.hasPrefix("PATCH /Groups/g was taken, and") == true, "\(outcome)")
  }

  @Test("is not known where the removal was answered with a fault of the server")
  func fault() async throws {
    let directory = directory(["u1", "u2", "u3"])
    let server = try directory.serve { request, carryOut in
      guard request.method == "PATCH" else { return nil }
      _ = carryOut()
      return directory.reply(500, ["detail": "oops"])
    }
    defer { server.close() }
    let outcome = try await connector(server) { $0.dialect = .entra }.export([removal()])[0]
    #expect(reason(outcome) == "PATCH /Groups/g was answered with 500: oops", "\(outcome)")
  }

  @Test(
    "is not at risk where the group can't be looked at before", arguments: [403, 405, 429, 501])
  func unseen(status: Int) async throws {
    let directory = directory(["u1", "u2", "u3"])
    let server = try directory.serve { request, _ in
      request.method == "GET" && request.path == "/Groups/g"
        ? directory.reply(status, ["detail": "no look"]) : nil
    }
    defer { server.close() }
    let outcome = try await connector(server) { $0.dialect = .entra }.export([removal()])[0]
    #expect(!outcome.isDone && members(directory) == ["u1", "u2", "u3"], "\(outcome)")
    #expect(server.requests.allSatisfy { $0.method == "GET" })
  }

  @Test("is asked of the engine in each dialect")
  func capability() throws {
    let server = try directory([]).serve()
    defer { server.close() }
    let entra = connector(server) { $0.dialect = .entra }
    #expect(entra.capabilities.wholeTypesOnceSent == ["user", "group"])
    #expect(connector(server).capabilities.wholeTypesOnceSent == ["user", "group"])
  }
}
