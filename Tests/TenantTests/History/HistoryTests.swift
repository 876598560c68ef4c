import JSON
import TestSupport
import Testing

@testable import Tenant

/// Runs requests, and holds both faces against the model.
final class HistoryWorld {
  let tenant: RestartableTenant
  var model = TenantModel()
  var steps: HistorySteps
  private var trace: [String] = []

  init(seed: Int) throws {
    tenant = try RestartableTenant()
    steps = HistorySteps(seed: seed)
  }

  /// The last requests, for whoever looks for a reason.
  var told: String { trace.suffix(12).joined(separator: "\n") }

  private func note(_ step: HistoryStep) {
    trace.append("\(step.method) \(step.target) \(step.body?.text ?? "") \(step.fault as Any)")
  }

  // MARK: Requests

  /// Sends one request by chance.
  func step() async throws {
    let face: HistoryStep.Face = steps.random.chance(50) ? .scim : .graph
    let step = steps.next(model, face)
    note(step)
    let reply =
      face == .scim
      ? await tenant.scim(step.method, step.target, step.body)
      : await tenant.graph(step.method, step.target, step.body)
    let words = reply.detail + reply.words
    try #require(step.statuses.contains(reply.status), "\(reply.status) \(words)\n\(told)")
    if step.fault == .conflict {
      #expect(reply.kind == "uniqueness" || reply.detailCode == "ObjectConflict")
    }
    guard let next = step.next else { return }
    model = next
    if let made = step.made { model.rename(made, to: try #require(reply["id"]?.string)) }
  }

  /// Sends several requests of SCIM in one, which may refer to what others of them make.
  func bulk(_ count: Int) async throws {
    var (wanted, sent, operations) = (model, [HistoryStep](), [JSONValue]())
    for _ in 0..<count {
      let step = steps.next(wanted, .scim)
      note(step)
      wanted = step.next ?? wanted
      var operation = JSONObject(["method": .string(step.method), "path": .string(step.target)])
      operation["data"] = step.body
      operation["bulkId"] = step.made.map { .string(String($0.dropFirst(7))) }
      operations.append(.object(operation))
      sent.append(step)
    }
    let reply = await tenant.scim(
      "POST", "/Bulk",
      ["schemas": [.string(BulkRequest.schema)], "Operations": .array(operations)])
    try #require(reply.status == 200, "\(reply.detail)")
    let answers = reply["Operations"]?.array ?? []
    try #require(answers.count == count)
    model = wanted
    for (step, answer) in zip(sent, answers) {
      let status = answer["status"]?.string.flatMap { Int($0) } ?? 0
      try #require(step.statuses.contains(status), "\(answer.text)\n\(told)")
      guard let made = step.made, step.next != nil else { continue }
      let id = answer["location"]?.string?.split(separator: "/").last
      model.rename(made, to: String(try #require(id)))
    }
  }

  /// Sends several requests of Graph in one, each after the one before.
  func batch(_ count: Int) async throws {
    var (wanted, sent, requests) = (model, [HistoryStep](), [JSONValue]())
    // What one of them makes can't be referred to, nor can a request go on behind a failed one.
    while sent.count < count {
      let step = steps.next(wanted, .graph)
      guard let next = step.next, step.made == nil else { break }
      note(step)
      wanted = next
      var request = JSONObject([
        "id": .string("\(sent.count)"), "method": .string(step.method),
        "url": .string(step.target), "headers": ["Content-Type": "application/json"],
      ])
      request["body"] = step.body
      if !sent.isEmpty { request["dependsOn"] = [.string("\(sent.count - 1)")] }
      requests.append(.object(request))
      sent.append(step)
    }
    guard !sent.isEmpty else { return }
    requests.shuffle(using: &steps.random)
    let reply = await tenant.graph("POST", "/$batch", ["requests": .array(requests)])
    try #require(reply.status == 200, "\(reply.words)\n\(told)")
    for answer in reply["responses"]?.array ?? [] {
      #expect((answer["status"]?.integer ?? 0) < 300, "\(answer.text)\n\(told)")
    }
    model = wanted
  }

  // MARK: What must hold

  func check() async throws {
    try await checkSCIM()
    try await checkGraph()
    for type in ["user", "group"] {
      let list = try await tenant.all("/directory/deletedItems/microsoft.graph.\(type)?$top=2")
      let wanted = model.bin.filter { ($0.value.person != nil) == (type == "user") }
      #expect(Self.ids(list) == Set(wanted.keys), "\(told)")
    }
  }

  private static func ids(_ objects: [JSONValue]) -> Set<String> {
    Set(objects.compactMap { $0["id"]?.string })
  }

  private func checkSCIM() async throws {
    let users = await tenant.scim("GET", "/Users?count=1000")
    #expect(users["totalResults"] == .integer(Int64(model.people.count)))
    var found: [String: TenantModel.Person] = [:]
    for user in users["Resources"]?.array ?? [] {
      let id = user["id"]?.string ?? ""
      found[id] = Self.person(user)
      let manager = user[TestTenant.enterpriseURN]?["manager"]?["value"]?.string
      #expect(manager == model.manager(of: id), "\(told)")
    }
    #expect(found == model.people, "\(told)")
    let groups = await tenant.scim("GET", "/Groups?count=1000")["Resources"]?.array ?? []
    #expect(Self.ids(groups) == Set(model.groups.keys), "\(told)")
    for group in groups {
      let id = group["id"]?.string ?? ""
      let members = (group["members"]?.array ?? []).compactMap { $0["value"]?.string }
      #expect(Set(members) == model.members(id) && Set(members).count == members.count, "\(told)")
      #expect(group["displayName"]?.string == model.groups[id])
    }
  }

  private static func person(_ user: JSONValue) -> TenantModel.Person {
    let own = user[TestTenant.onPremisesURN]
    return TenantModel.Person(
      name: user["userName"]?.string ?? "", title: user["title"]?.string,
      department: user[TestTenant.enterpriseURN]?["department"]?.string,
      anchor: own?["immutableId"]?.string,
      addresses: (own?["proxyAddresses"]?.array ?? []).compactMap(\.string))
  }

  private func checkGraph() async throws {
    let select = "userPrincipalName,jobTitle,department,onPremisesImmutableId,proxyAddresses"
    let users = try await tenant.all("/users?$top=3&$expand=manager&$select=id,\(select)")
    var found: [String: TenantModel.Person] = [:]
    for user in users {
      let id = user["id"]?.string ?? ""
      found[id] = TenantModel.Person(
        name: user["userPrincipalName"]?.string ?? "", title: user["jobTitle"]?.string,
        department: user["department"]?.string, anchor: user["onPremisesImmutableId"]?.string,
        addresses: (user["proxyAddresses"]?.array ?? []).compactMap(\.string))
      #expect(user["manager"]?["id"]?.string == model.manager(of: id), "\(told)")
      let reports = try await tenant.all("/users/\(id)/directReports?$top=2")
      #expect(Self.ids(reports) == model.reports(of: id), "\(told)")
    }
    #expect(found == model.people && found.count == users.count, "\(told)")
    #expect(Self.ids(try await tenant.all("/groups?$top=2")) == Set(model.groups.keys))
    for id in model.groups.keys {
      let members = try await tenant.all("/groups/\(id)/members?$top=2")
      #expect(Self.ids(members) == model.members(id), "\(told)")
      let above = try await tenant.all("/groups/\(id)/memberOf?$top=1")
      #expect(Self.ids(above) == Set(model.groups.keys.filter { model.members($0).contains(id) }))
    }
  }
}

/// Any requests to both faces, one by one and many in one, beside a model in memory.
@Suite("Any history of a tenant")
struct HistoryTests {
  @Test("Both faces are what the requests so far make of them", arguments: 1...30)
  func anyHistory(seed: Int) async throws {
    let world = try HistoryWorld(seed: seed)
    for _ in 0..<12 {
      for _ in 0..<8 {
        switch Int.random(in: 0..<10, using: &world.steps.random) {
        case 0: try await world.bulk(.random(in: 1...6, using: &world.steps.random))
        case 1: try await world.batch(.random(in: 1...4, using: &world.steps.random))
        default: try await world.step()
        }
      }
      try await world.check()
    }
  }

  @Test("A restart between any two requests changes nothing", arguments: 100...107)
  func restarts(seed: Int) async throws {
    let world = try HistoryWorld(seed: seed)
    for _ in 0..<25 {
      if world.steps.random.chance(20) {
        try await world.bulk(3)
      } else {
        try await world.step()
      }
      try world.tenant.restart()
    }
    try await world.check()
  }
}
