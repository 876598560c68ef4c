import JSON
import Testing

@testable import Tenant

/// Both faces of a tenant without HTTP, which can be stopped and started again.
final class RestartableTenant {
  private let folder = TemporaryFolder()
  private(set) var store: TenantStore
  private var scim: TenantService
  private var graph: GraphService

  init() throws {
    store = try TenantStore(path: folder.file("tenant.sqlite"))
    (scim, graph) = Self.faces(store)
  }

  private static func faces(_ store: TenantStore) -> (TenantService, GraphService) {
    let (values, faults) = (ValueReader(), TenantFaults())
    return (
      TenantService(
        store: store, base: TestTenant.base, values: values, faults: faults,
        maximumPayload: 1 << 20),
      GraphService(store: store, base: TestGraph.base, values: values, faults: faults)
    )
  }

  /// Stops the tenant and starts another one on its file.
  func restart() throws {
    store.close()
    store = try TenantStore(path: folder.file("tenant.sqlite"))
    (scim, graph) = Self.faces(store)
  }

  func scim(_ method: String, _ target: String, _ body: JSONValue? = nil) async -> Reply {
    let (path, query) = Self.parts(target)
    return await scim.answer(
      ServiceRequest(method: method, path: path, query: query, body: body?.encoded))
  }

  func graph(
    _ method: String, _ target: String, _ body: JSONValue? = nil, headers: [String: String] = [:]
  ) async -> Reply {
    let (path, query) = Self.parts(target.replacing(TestGraph.base, with: ""))
    return await graph.answer(
      GraphRequest(method: method, path: path, query: query, headers: headers, body: body))
  }

  private static func parts(_ target: String) -> ([String], [String: String]) {
    let parts = target.split(separator: "?", maxSplits: 1)
    return (
      parts[0].split(separator: "/").map { Percent.decode($0, isQuery: false) ?? String($0) },
      parts.count == 2 ? Percent.parameters(String(parts[1])) ?? [:] : [:]
    )
  }

  /// All objects of a list of Graph, page by page.
  func all(_ target: String) async throws -> [JSONValue] {
    var target: String? = target
    var found: [JSONValue] = []
    while let next = target {
      let reply = await graph("GET", next)
      try #require(reply.status == 200, "\(next): \(reply.words)")
      found += reply["value"]?.array ?? []
      target = reply["@odata.nextLink"]?.string
    }
    return found
  }
}
