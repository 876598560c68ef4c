import Foundation
import JSON
import TestSupport
import Testing

@testable import Tenant

/// Tokens of changes come back from clients, who may have kept them for long, or made them.
@Suite("Tokens of changes")
struct DeltaTokenTests {
  private static func random(_ random: inout SeededRandom) -> DeltaToken {
    func number() -> Int64 {
      random.choose([0, 1, 1_790_000_000_000, .max, .min, -1, .random(in: 0...99, using: &random)])
    }
    let names: [[String]?] = [nil, ["id"], ["displayName", "members"], ["manager", "jobTitle"]]
    return DeltaToken(
      tenant: ResourceID.make(), type: random.choose(["user", "group", "orgContact"]),
      names: random.choose(names), since: number(), position: number(), nextSince: number(),
      nextPosition: number(), afterStamp: number(), afterKey: number(), afterMember: number())
  }

  @Test("A token is read as it was written, and a link needs no escapes for it", arguments: 1...40)
  func roundTrip(seed: Int) {
    var random = SeededRandom(scattering: seed)
    for _ in 0..<20 {
      let token = Self.random(&random)
      #expect(DeltaToken(token.text) == token)
      #expect(token.text.utf8.allSatisfy { Percent.encode(String(UnicodeScalar($0))).count == 1 })
    }
  }

  @Test("A token that lost its end, or has more behind it, is another one or none")
  func damaged() throws {
    var random = SeededRandom(scattering: 7)
    let token = Self.random(&random)
    let text = token.text
    for count in 0..<text.count {
      let part = DeltaToken(String(text.prefix(count)))
      #expect(part == nil || part != token, "\(count)")
    }
    for end in ["!", "\0", " ", "é", "AAAA", ";"] { #expect(DeltaToken(text + end) != token) }
    for other in ["", ";;;;;;;;;", "latest", "*", "e30", String(repeating: "A", count: 100_000)] {
      #expect(DeltaToken(other) == nil)
    }
  }

  // MARK: In a tenant

  private func link(_ graph: TestGraph, _ type: String) async throws -> DeltaToken {
    let text = try #require(try await graph.get("/\(type)/delta")["@odata.deltaLink"]?.string)
    let token = try #require(text.split(separator: "=").last)
    return try #require(DeltaToken(String(token)))
  }

  private func ask(
    _ graph: TestGraph, _ token: DeltaToken, _ type: String = "users",
    as name: String = "deltatoken"
  ) async throws -> Reply {
    try await graph.send("GET", "/\(type)/delta?$\(name)=\(token.text)")
  }

  @Test("A token says where another begins; what is ahead of the tenant begins anew")
  func ahead() async throws {
    let graph = try TestGraph()
    let user = try await graph.user("ada")
    _ = try await graph.group("all", members: [user])
    for type in ["users", "groups"] {
      let token = try await link(graph, type)
      #expect(try await ask(graph, token, type)["value"] == [])
      for change in [
        { $0.nextSince += 1 }, { $0.nextSince = .max }, { $0.nextPosition += 1 },
        { $0.nextPosition = .max }, { $0.nextPosition = -1 }, { $0.nextSince = -1 },
        { $0.nextSince = .min },
      ] as [(inout DeltaToken) -> Void] {
        var other = token
        change(&other)
        let reply = try await ask(graph, other, type)
        #expect(reply.status == 410 && reply.code == "resyncRequired", "\(other)")
        #expect(reply.headers["Location"] == "\(TestGraph.base)/\(type)/delta")
      }
    }
  }

  @Test("A token of another tenant or another kind begins anew")
  func foreign() async throws {
    let (graph, other) = (try TestGraph(), try TestGraph())
    try await graph.user("ada")
    try await other.user("ada")
    let token = try await link(graph, "users")
    #expect(try await ask(other, token).status == 410)
    #expect(try await ask(graph, token, "groups").status == 410)
    for text in ["", "x", "%00", String(repeating: "%F0%9F%98%80", count: 100)] {
      #expect(try await graph.send("GET", "/users/delta?$deltatoken=\(text)").status == 410)
      #expect(try await graph.send("GET", "/users/delta?$skiptoken=\(text)").status == 410)
    }
  }

  @Test("Whatever numbers a token has, it is answered and the tenant lives on", arguments: 1...40)
  func anyNumbers(seed: Int) async throws {
    let graph = try TestGraph()
    let user = try await graph.user("ada")
    _ = try await graph.group("all", members: [user])
    var random = SeededRandom(scattering: seed)
    let tenant = try await graph.tenant.store.tenantID()
    for _ in 0..<15 {
      var token = Self.random(&random)
      token.tenant = tenant
      token.type = random.choose(["user", "group"])
      let name = random.choose(["deltatoken", "skiptoken"])
      let reply = try await ask(graph, token, token.type + "s", as: name)
      #expect([200, 410].contains(reply.status), "\(token)")
      guard reply.status == 200 else { continue }
      let links = ["@odata.nextLink", "@odata.deltaLink"].compactMap { reply[$0]?.string }
      #expect(links.count == 1 && reply["value"]?.array != nil)
    }
    #expect(try await graph.names("/users") == ["ada"])
  }

  @Test("A client of the time before an older copy was put back begins anew")
  func olderCopy() async throws {
    let graph = try TestGraph()
    let folder = graph.tenant.folder
    try await graph.user("ada")
    graph.tenant.store.close()
    let (file, copy) = (folder.file("tenant.sqlite"), folder.file("copy.sqlite"))
    try FileManager.default.copyItem(atPath: file, toPath: copy)
    func opened(_ path: String) throws -> (TenantStore, GraphService) {
      let store = try TenantStore(path: path)
      return (
        store,
        GraphService(
          store: store, base: TestGraph.base, values: ValueReader(), faults: TenantFaults())
      )
    }
    func send(_ service: GraphService, _ method: String, _ target: String, _ body: String? = nil)
      async throws -> Reply
    {
      let parts = target.split(separator: "?")
      return await service.answer(
        GraphRequest(
          method: method, path: parts[0].split(separator: "/").map(String.init),
          query: parts.count == 2 ? Percent.parameters(String(parts[1])) ?? [:] : [:],
          body: try body.map { try json($0) }))
    }
    let (store, service) = try opened(file)
    _ = try await send(service, "POST", "/users", TestGraph.user("bob"))
    let told = try await send(service, "GET", "/users/delta")["@odata.deltaLink"]?.string
    let link = try #require(told).replacing(TestGraph.base, with: "")
    #expect(try await send(service, "GET", link)["value"] == [])
    store.close()
    let (older, again) = try opened(copy)
    defer { older.close() }
    #expect(try await send(again, "GET", link).status == 410)
  }
}
