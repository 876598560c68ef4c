import JSON
import TestSupport
import Testing

@testable import Tenant

/// What a client that only reads knows of a tenant.
private struct Listing {
  var users: [String: [String: JSONValue]] = [:]
  var managers: [String: String] = [:]
  var groups: [String: String] = [:]
  var members: [String: Set<String>] = [:]
}

/// Changes are worth nothing if they differ from what a full list says, whoever wrote.
@Suite("The changes are the difference of two full lists")
struct DeltaDifferenceTests {
  private static let properties = ["userPrincipalName", "jobTitle", "department", "proxyAddresses"]
  private static let users =
    "/users/delta?$select=" + properties.joined(separator: ",") + ",manager"
  private static let groups = "/groups/delta?$select=displayName,members"

  // MARK: Full lists

  private func list(_ tenant: RestartableTenant) async throws -> Listing {
    var listing = Listing()
    let select = Self.properties.joined(separator: ",")
    for user in try await tenant.all("/users?$expand=manager&$select=id,\(select)") {
      let id = try #require(user["id"]?.string)
      listing.users[id] = Self.values(user)
      listing.managers[id] = user["manager"]?["id"]?.string
    }
    for group in try await tenant.all("/groups?$select=id,displayName") {
      let id = try #require(group["id"]?.string)
      listing.groups[id] = group["displayName"]?.string
      let members = try await tenant.all("/groups/\(id)/members?$select=id")
      listing.members[id] = Set(members.compactMap { $0["id"]?.string })
    }
    return listing
  }

  private static func values(_ user: JSONValue) -> [String: JSONValue] {
    var values: [String: JSONValue] = [:]
    for name in properties {
      guard let value = user.object?.written(name), value != .null, value != [] else { continue }
      values[name] = value
    }
    return values
  }

  // MARK: Changes

  /// The objects of a round in pages of any size, and the link to the next round.
  private func round(
    _ world: HistoryWorld, _ link: String
  ) async throws -> (objects: [JSONValue], next: String) {
    var (objects, target) = ([JSONValue](), link)
    while true {
      let size = Int.random(in: 1...4, using: &world.steps.random)
      let reply = await world.tenant.graph(
        "GET", target, headers: ["prefer": "odata.maxpagesize=\(size)"])
      try #require(reply.status == 200, "\(reply.words)")
      objects += reply["value"]?.array ?? []
      if let next = reply["@odata.deltaLink"]?.string { return (objects, next) }
      target = try #require(reply["@odata.nextLink"]?.string)
    }
  }

  private func apply(users: [JSONValue], to listing: inout Listing) -> Set<String> {
    var came: Set<String> = []
    for user in users {
      let id = user["id"]?.string ?? ""
      guard user["@removed"] == nil else {
        (listing.users[id], listing.managers[id]) = (nil, nil)
        continue
      }
      if listing.users[id] == nil { came.insert(id) }
      listing.users[id] = Self.values(user)
      listing.managers[id] = user["manager@delta"]?.array?.first?["id"]?.string
    }
    return came
  }

  private func apply(groups: [JSONValue], to listing: inout Listing) {
    for group in groups {
      let id = group["id"]?.string ?? ""
      guard group["@removed"] == nil else {
        (listing.groups[id], listing.members[id]) = (nil, nil)
        continue
      }
      listing.groups[id] = group["displayName"]?.string ?? listing.groups[id]
      for member in group["members@delta"]?.array ?? [] {
        guard let name = member["id"]?.string else { continue }
        if member["@removed"] == nil {
          listing.members[id, default: []].insert(name)
        } else {
          listing.members[id]?.remove(name)
        }
      }
    }
  }

  // Of who came back the changes of groups and of reports tell nothing: it is asked for.
  private func ask(_ tenant: RestartableTenant, _ came: Set<String>, _ listing: inout Listing)
    async throws
  {
    for id in came where listing.users[id] != nil {
      for group in try await tenant.all("/users/\(id)/memberOf") {
        listing.members[group["id"]?.string ?? "", default: []].insert(id)
      }
      for report in try await tenant.all("/users/\(id)/directReports") {
        listing.managers[report["id"]?.string ?? ""] = id
      }
    }
  }

  // Members and managers who are not there are not listed.
  private func seen(_ listing: Listing) -> Listing {
    var seen = listing
    let present = Set(listing.users.keys).union(listing.groups.keys)
    seen.members = listing.members.mapValues { $0.intersection(present) }
    for id in listing.groups.keys where seen.members[id] == nil { seen.members[id] = [] }
    seen.managers = listing.managers.filter { present.contains($0.value) }
    return seen
  }

  @Test("After any history of both faces, for whoever had read everything", arguments: 1...100)
  func difference(seed: Int) async throws {
    let world = try HistoryWorld(seed: 5000 + seed)
    for _ in 0..<12 { try await world.step() }
    var known = try await list(world.tenant)
    var links = (users: "", groups: "")
    links.users = try await round(world, Self.users + "&$deltatoken=latest").next
    links.groups = try await round(world, Self.groups + "&$deltatoken=latest").next
    for _ in 0..<2 {
      for _ in 0..<6 {
        if world.steps.random.chance(25) {
          try await world.bulk(3)
        } else {
          try await world.step()
        }
      }
      let groups = try await round(world, links.groups)
      let users = try await round(world, links.users)
      (links.users, links.groups) = (users.next, groups.next)
      apply(groups: groups.objects, to: &known)
      let came = apply(users: users.objects, to: &known)
      try await ask(world.tenant, came, &known)
      let wanted = try await list(world.tenant)
      let told = seen(known)
      #expect(told.users == wanted.users && told.managers == wanted.managers, "\(world.told)")
      #expect(told.groups == wanted.groups && told.members == wanted.members, "\(world.told)")
      known = wanted
      #expect(try await round(world, links.users).objects == [])
      #expect(try await round(world, links.groups).objects == [])
    }
  }
}
