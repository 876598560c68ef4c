import JSON
import TestSupport
import Testing

@testable import Tenant

/// Who follows the changes must come to know what whoever asks for everything is told.
@Suite("A copy that follows the changes is the tenant")
struct GraphDeltaModelTests {
  /// A client that knows what it was told by the changes.
  private struct Copy {
    var users: [String: [String: JSONValue]] = [:]
    var managers: [String: String] = [:]
    var groups: [String: String] = [:]
    var members: [String: Set<String>] = [:]
    var links: [String: String] = [:]
  }

  private final class World {
    let graph: TestGraph
    var random: SeededRandom
    var number = 0

    init(seed: Int) throws {
      graph = try TestGraph()
      random = SeededRandom(seed: seed)
    }

    func ids(_ target: String) async throws -> [String] {
      try await objects(target).compactMap { $0["id"]?.string }
    }

    func objects(_ target: String) async throws -> [JSONValue] {
      var target: String? = target
      var found: [JSONValue] = []
      while let next = target {
        let reply = try await graph.send("GET", next)
        try #require(reply.status == 200, "\(next): \(reply.words)")
        found += reply["value"]?.array ?? []
        target = reply["@odata.nextLink"]?.string
      }
      return found
    }

    func pick(_ values: [String]) -> String? { values.randomElement(using: &random) }
  }

  private static let select = [
    "users": "?$select=id,displayName,jobTitle,manager",
    "groups": "?$select=id,displayName,members",
  ]

  // MARK: What may happen

  private func change(_ world: World) async throws {
    let graph = world.graph
    let users = try await world.ids("/users")
    let groups = try await world.ids("/groups")
    world.number += 1
    let link = { (id: String) in #"{"@odata.id":"\#(TestGraph.base)/directoryObjects/\#(id)"}"# }
    switch Int.random(in: 0..<11, using: &world.random) {
    case 0, 1: try await graph.user("u\(world.number)")
    case 2: try await graph.group("g\(world.number)")
    case 3:
      guard let id = world.pick(users) else { return }
      _ = try await graph.send("PATCH", "/users/\(id)", #"{"jobTitle":"\#(world.number)"}"#)
    case 4:
      guard let id = world.pick(users) else { return }
      _ = try await graph.send("PATCH", "/users/\(id)", #"{"jobTitle":null}"#)
    case 5, 6:
      guard let group = world.pick(groups), let member = world.pick(users) else { return }
      _ = try await graph.send("POST", "/groups/\(group)/members/$ref", link(member))
    case 7:
      guard let group = world.pick(groups),
        let member = world.pick(try await world.ids("/groups/\(group)/members"))
      else { return }
      _ = try await graph.send("DELETE", "/groups/\(group)/members/\(member)/$ref")
    case 8:
      guard let user = world.pick(users), let boss = world.pick(users) else { return }
      _ = try await graph.send("PUT", "/users/\(user)/manager/$ref", link(boss))
    case 9:
      guard let id = world.pick(users + groups) else { return }
      _ = try await graph.send("DELETE", "/\(users.contains(id) ? "users" : "groups")/\(id)")
    default:
      let bin = "/directory/deletedItems/microsoft.graph."
      guard let id = world.pick(try await world.ids(bin + "user") + world.ids(bin + "group")) else {
        return
      }
      if Bool.random(using: &world.random) {
        _ = try await graph.send("POST", "/directory/deletedItems/\(id)/restore")
      } else {
        _ = try await graph.send("DELETE", "/directory/deletedItems/\(id)")
      }
    }
  }

  // MARK: What the client does

  private func follow(_ world: World, _ copy: inout Copy) async throws {
    for kind in ["groups", "users"] {
      var target = copy.links[kind] ?? "/\(kind)/delta" + (Self.select[kind] ?? "")
      while true {
        let size = Int.random(in: 1..<4, using: &world.random)
        let reply = try await world.graph.send(
          "GET", target, headers: ["prefer": "odata.maxpagesize=\(size)"])
        try #require(reply.status == 200, "\(reply.words)")
        for object in reply["value"]?.array ?? [] {
          if kind == "users" {
            try await take(user: object, world, &copy)
          } else {
            take(group: object, &copy)
          }
        }
        if let link = reply["@odata.deltaLink"]?.string {
          copy.links[kind] = link
          break
        }
        target = try #require(reply["@odata.nextLink"]?.string)
      }
    }
  }

  private func take(group: JSONValue, _ copy: inout Copy) {
    guard let id = group["id"]?.string else { return }
    guard group["@removed"] == nil else {
      (copy.groups[id], copy.members[id]) = (nil, nil)
      return
    }
    if let name = group["displayName"]?.string { copy.groups[id] = name }
    for member in group["members@delta"]?.array ?? [] {
      guard let name = member["id"]?.string else { continue }
      if member["@removed"] == nil {
        copy.members[id, default: []].insert(name)
      } else {
        copy.members[id]?.remove(name)
      }
    }
  }

  private func take(user: JSONValue, _ world: World, _ copy: inout Copy) async throws {
    guard let id = user["id"]?.string else { return }
    guard user["@removed"] == nil else {
      (copy.users[id], copy.managers[id]) = (nil, nil)
      return
    }
    let isNew = copy.users[id] == nil
    for name in ["displayName", "jobTitle"] {
      guard let value = user.object?.written(name) else { continue }
      copy.users[id, default: [:]][name] = value
    }
    if let managers = user["manager@delta"]?.array {
      copy.managers[id] = managers.first?["id"]?.string
    }
    guard isNew, try await world.graph.send("GET", "/users/\(id)").status == 200 else { return }
    // Of who came back the changes tell neither groups nor reports.
    for group in try await world.ids("/users/\(id)/memberOf") {
      copy.members[group, default: []].insert(id)
    }
    for report in try await world.ids("/users/\(id)/directReports") { copy.managers[report] = id }
  }

  // MARK: What must hold

  private func check(_ world: World, _ copy: Copy) async throws {
    let users = try await world.objects("/users?$select=id,displayName,jobTitle")
    let ids = Set(users.compactMap { $0["id"]?.string })
    #expect(ids == Set(copy.users.keys))
    for user in users {
      let id = user["id"]?.string ?? ""
      for name in ["displayName", "jobTitle"] {
        #expect(user[name] == copy.users[id]?[name].flatMap { $0 == .null ? nil : $0 }, "\(name)")
      }
      let manager = try await world.graph.send("GET", "/users/\(id)/manager")["id"]?.string
      #expect(manager == copy.managers[id].flatMap { ids.contains($0) ? $0 : nil })
    }
    let groups = try await world.objects("/groups")
    #expect(Set(groups.compactMap { $0["id"]?.string }) == Set(copy.groups.keys))
    for group in groups.compactMap({ $0["id"]?.string }) {
      let members = Set(try await world.ids("/groups/\(group)/members"))
      #expect(copy.members[group, default: []].intersection(ids) == members)
    }
  }

  @Test("Whatever happens, and in pages of any size", arguments: 0..<16)
  func anyHistory(_ seed: Int) async throws {
    let world = try World(seed: seed)
    var copy = Copy()
    for _ in 0..<12 {
      for _ in 0..<Int.random(in: 0..<8, using: &world.random) { try await change(world) }
      try await follow(world, &copy)
      try await check(world, copy)
    }
  }
}
