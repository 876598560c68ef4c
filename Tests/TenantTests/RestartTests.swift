import JSON
import Testing

@testable import Tenant

/// What was answered must be there after a restart, and mean the same.
@Suite("A tenant that is started again")
struct RestartTests {
  private let graph: TestGraph

  init() throws { graph = try TestGraph() }

  /// Does `work` on the same file as another server would open it.
  private func again(_ work: (GraphService, TenantService) async throws -> Void) async throws {
    graph.tenant.store.close()
    let store = try TenantStore(path: graph.tenant.folder.file("tenant.sqlite"))
    defer { store.close() }
    try await work(
      GraphService(
        store: store, base: TestGraph.base, values: ValueReader(), faults: TenantFaults()),
      TenantService(
        store: store, base: TestTenant.base, values: ValueReader(), faults: TenantFaults(),
        maximumPayload: 1 << 20))
  }

  private func get(_ service: GraphService, _ target: String) async -> Reply {
    let parts = target.replacing(TestGraph.base, with: "").split(separator: "?", maxSplits: 1)
    return await service.answer(
      GraphRequest(
        method: "GET", path: parts[0].split(separator: "/").map(String.init),
        query: parts.count == 2 ? Percent.parameters(String(parts[1])) ?? [:] : [:]))
  }

  @Test("Both faces show the same objects as before, with their versions")
  func objects() async throws {
    let (user, boss) = try await (graph.user("ada", #","jobTitle":"A""#), graph.user("boss"))
    _ = try await graph.send(
      "PUT", "/users/\(user)/manager/$ref", #"{"@odata.id":"\#(TestGraph.base)/users/\#(boss)"}"#)
    let group = try await graph.group("all", members: [user])
    let paths = ["/Users/\(user)", "/Users/\(boss)", "/Groups/\(group)"]
    var before: [JSONObject] = []
    for path in paths { before.append(await graph.tenant.get(path)) }
    try await again { graph, scim in
      for (path, object) in zip(paths, before) {
        let reply = await scim.answer(
          ServiceRequest(method: "GET", path: path.split(separator: "/").map(String.init)))
        #expect(reply.body == .object(object))
      }
      let members = await get(graph, "/groups/\(group)/members")["value"]?.array
      #expect(members?.map { $0["id"]?.string } == [user])
      #expect(await get(graph, "/users/\(user)/manager")["id"] == .string(boss))
    }
  }

  @Test("Links of pages and of changes go on where they were")
  func links() async throws {
    let (a, _) = try await (graph.user("a"), graph.user("b"))
    let page = try #require(try await graph.get("/users?$top=1")["@odata.nextLink"]?.string)
    let delta = try #require(try await graph.get("/users/delta")["@odata.deltaLink"]?.string)
    _ = try await graph.send("DELETE", "/users/\(a)")
    try await again { graph, _ in
      let names = await get(graph, page)["value"]?.array?.map { $0["displayName"]?.string }
      #expect(names == ["b"])
      let told = await get(graph, delta)["value"]?.array
      #expect(told?.map { $0["id"]?.string } == [a])
      #expect(told?.first?["@removed"]?["reason"] == "changed")
    }
  }

  @Test("A write is told by a link of before, though the clock stood still meanwhile")
  func stamps() async throws {
    let id = try await graph.user("a")
    let delta = try #require(try await graph.get("/users/delta")["@odata.deltaLink"]?.string)
    try await again { graph, _ in
      let change = GraphRequest(
        method: "PATCH", path: ["users", id], body: ["jobTitle": "New"])
      #expect(await graph.answer(change).status == 204)
      let told = await get(graph, delta)["value"]?.array
      #expect(told?.map { $0["id"]?.string } == [id])
    }
  }

  @Test("Who was deleted can come back, and the bin tells since when")
  func bin() async throws {
    let id = try await graph.user("a")
    _ = try await graph.send("DELETE", "/users/\(id)")
    let before = try await graph.send("GET", "/directory/deletedItems/\(id)").body
    try await again { graph, _ in
      #expect(await get(graph, "/directory/deletedItems/\(id)").body == before)
      let restore = GraphRequest(
        method: "POST", path: ["directory", "deletedItems", id, "restore"])
      #expect(await graph.answer(restore).status == 200)
      #expect(await get(graph, "/users/a@contoso.com")["id"] == .string(id))
    }
  }

  @Test("A name that is taken is taken still")
  func keys() async throws {
    try await graph.user("ada")
    try await again { graph, _ in
      let body = try? json(TestGraph.user("ADA"))
      let reply = await graph.answer(
        GraphRequest(method: "POST", path: ["users"], body: body))
      #expect(reply.detailCode == "ObjectConflict")
    }
  }

  @Test("A token is good until it has run out, not until the next start", arguments: [60, -60])
  func token(_ lifetime: Int) async throws {
    let application = TenantApplication(clientID: "app", secret: "a secret of tests")
    func tokens(_ store: TenantStore) -> TokenService {
      TokenService(
        store: store, applications: [application], audience: { $0 }, lifetime: lifetime)
    }
    let reply = await tokens(graph.tenant.store).answer(
      tenant: "contoso",
      form: [
        "grant_type": "client_credentials", "client_id": "app",
        "client_secret": "a secret of tests", "scope": "https://graph.microsoft.com/.default",
      ])
    let token = try #require(reply["access_token"]?.string)
    graph.tenant.store.close()
    let store = try TenantStore(path: graph.tenant.folder.file("tenant.sqlite"))
    defer { store.close() }
    let holder = try? await tokens(store).holder(ofToken: token)
    #expect((holder != nil) == (lifetime > 0))
  }
}
