import Directory
import GraphConnector
import HTTP
import HTTPTesting
import JSON
import SCIMConnector
import SyncEngine
import SyncStore
import Synchronization
import Testing

/// A directory in the cloud with four users, in pages of two, of which a page may come in half.
private final class HalfCloud: Sendable {
  enum Face: CaseIterable, Sendable { case graph, scim }

  /// What becomes of the second page of users.
  enum Cut: CaseIterable, Sendable {
    /// The connection ends in the middle of it.
    case connection
    /// The whole answer is half of the JSON.
    case json
  }

  private final class State: Sendable {
    let url = Mutex("")
    let cut = Mutex<Cut?>(nil)
    /// Whether there is news for who asks what changed.
    let hasNews = Mutex(false)
  }

  private let state = State()
  private let server: ScriptedServer
  private let face: Face

  init(_ face: Face) throws {
    let state = state
    self.face = face
    server = try ScriptedServer { request in
      let (json, isCut) =
        face == .graph ? Self.graph(request, state) : Self.scim(request)
      let cut = state.cut.withLock { $0 }
      if json.object?.members.isEmpty == true { return .answer(404, [], []) }
      guard isCut, let cut else {
        return .answer(200, [("Content-Type", "application/json")], json.encoded)
      }
      let half = Array(json.encoded.prefix(json.encoded.count / 2))
      switch cut {
      case .json: return .answer(200, [("Content-Type", "application/json")], half)
      case .connection:
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(json.encoded.count)\r\n\r\n"
        return .raw(Array(head.utf8) + half)
      }
    }
    state.url.withLock { $0 = server.url }
  }

  deinit { server.close() }

  func cut(_ cut: Cut?) { state.cut.withLock { $0 = cut } }

  /// Has the next delta tell that a user is gone.
  func tellNews() { state.hasNews.withLock { $0 = true } }

  var connector: any Connector {
    let retry = RetryPolicy(tries: 2, firstDelay: 0.01, longestDelay: 0.01)
    switch face {
    case .graph:
      var settings = GraphConnectorSettings(
        graphRoot: server.url, loginRoot: server.url, tenant: "contoso",
        credentials: .bearer { "a-token" })
      settings.retry = retry
      return GraphConnector(settings)
    case .scim:
      var settings = SCIMConnectorSettings(url: server.url) { "a-token" }
      settings.retry = retry
      settings.pageSize = 2
      return SCIMConnector(settings)
    }
  }

  /// The answer of Graph, and whether it is the one that is cut.
  private static func graph(_ request: ReceivedRequest, _ state: State) -> (JSONValue, Bool) {
    let base = state.url.withLock { $0 } + "/v1.0"
    func list(_ items: [JSONValue], _ link: String, _ path: String) -> JSONValue {
      ["value": .array(items), link: .string(base + path)]
    }
    func user(_ number: Int) -> JSONValue {
      ["id": .string("u\(number)"), "userPrincipalName": .string("u\(number)@contoso.com")]
    }
    let path = String(request.path.dropFirst("/v1.0".count))
    switch (path, request.query["page"]) {
    case ("/users/delta", nil):
      return (list([user(0), user(1)], "@odata.nextLink", "/users/delta?page=2"), false)
    case ("/users/delta", "2"):
      return (list([user(2), user(3)], "@odata.deltaLink", "/users/delta?page=end"), true)
    case ("/users/delta", _):
      let news: [JSONValue] =
        state.hasNews.withLock { $0 } ? [["id": "u3", "@removed": ["reason": "deleted"]]] : []
      return (list(news, "@odata.deltaLink", "/users/delta?page=end"), true)
    case ("/organization", _):
      return (["value": [["id": "contoso", "displayName": "Contoso"]]], false)
    default:
      return (list([], "@odata.deltaLink", path + "?page=end"), false)
    }
  }

  private static func scim(_ request: ReceivedRequest) -> (JSONValue, Bool) {
    guard request.path == "/Users" else {
      return (request.path == "/Groups" ? list([], of: 0) : [:], false)
    }
    let start = (Int(request.query["startIndex"] ?? "1") ?? 1) - 1
    let count = Int(request.query["count"] ?? "2") ?? 2
    let users: [JSONValue] = (0..<4).dropFirst(start).prefix(count).map { number in
      [
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": .string("u\(number)"),
        "userName": .string("u\(number)"), "meta": ["lastModified": "2026-11-22T10:00:00Z"],
      ]
    }
    return (list(users, of: 4), start > 0)
  }

  private static func list(_ items: [JSONValue], of total: Int64) -> JSONValue {
    var list = JSONObject([
      "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
      "totalResults": .integer(total),
    ])
    // A page without resources has no list (RFC 7644 §3.4.2).
    if !items.isEmpty { list["Resources"] = .array(items) }
    return .object(list)
  }
}

@Suite("Half a page of a directory in the cloud", .serialized)
struct HalfPageTests {
  /// Imports the target and answers with the step and how many objects are staged then.
  private func run(
    _ type: StepType, _ world: World
  ) async throws -> (step: OperationRow, told: (message: String, hint: String), staged: Int) {
    _ = try await world.engine().runProfile(connector: "target", type)
    let reader = try world.reader
    let step = try #require(try reader.operations(OperationFilter(), before: nil, limit: 1).first)
    let staged = try #require(try reader.connectors().first { $0.name == "target" }).objects
    return (step, try reader.stepMessage(step: step.id), staged)
  }

  private func expectFailure(
    _ cut: HalfCloud.Cut,
    _ outcome: (step: OperationRow, told: (message: String, hint: String), staged: Int)
  ) {
    let result: ConnectorFailure.Result =
      cut == .connection ? .stoppedConnectivity : .stoppedUnexpectedData
    #expect(outcome.step.result == result.text)
    #expect(outcome.step.deletes == 0)
    #expect(outcome.staged == 4)
    let words = cut == .connection ? "No answer from http" : "no JSON"
    #expect(outcome.told.message.contains(words), "\(outcome.told.message)")
    #expect(!outcome.told.hint.isEmpty)
  }

  @Test(
    "A full import that gets one loses no object, deletes none and says what is wrong",
    arguments: HalfCloud.Face.allCases, HalfCloud.Cut.allCases)
  fileprivate func fullImport(face: HalfCloud.Face, cut: HalfCloud.Cut) async throws {
    let world = try World()
    let cloud = try HalfCloud(face)
    world.wrap = { _ in cloud.connector }
    #expect(try await run(.fullImport, world).staged == 4)
    cloud.cut(cut)
    expectFailure(cut, try await run(.fullImport, world))
    // From where the last one ended a delta may not go on: it did not see all.
    let refused = try await run(.deltaImport, world)
    #expect(refused.step.result == ConnectorFailure.Result.fullImportRequired.text)
    cloud.cut(nil)
    let whole = try await run(.fullImport, world)
    #expect(whole.step.result == "success" && whole.step.deletes == 0 && whole.staged == 4)
  }

  @Test(
    "A delta that gets one takes nothing of it, and the next tells it",
    arguments: HalfCloud.Cut.allCases)
  fileprivate func delta(cut: HalfCloud.Cut) async throws {
    let world = try World()
    let cloud = try HalfCloud(.graph)
    world.wrap = { _ in cloud.connector }
    #expect(try await run(.fullImport, world).staged == 4)
    cloud.tellNews()
    cloud.cut(cut)
    expectFailure(cut, try await run(.deltaImport, world))
    cloud.cut(nil)
    let whole = try await run(.deltaImport, world)
    #expect(whole.step.result == "success" && whole.step.deletes == 1)
  }
}
