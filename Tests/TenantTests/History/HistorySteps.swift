import JSON
import TestSupport

@testable import Tenant

/// One request to either face, with what the model says of it.
struct HistoryStep {
  enum Face { case scim, graph }
  var face: Face
  var method: String
  var target: String
  var body: JSONValue?
  /// What the model is afterwards; nil if the request must be refused.
  var next: TenantModel?
  /// How it must be refused.
  var fault: TenantModel.Fault?
  /// The name under which the model has what is made.
  var made: String?

  /// The statuses with which the request may be answered.
  var statuses: Set<Int> {
    switch (fault, face) {
    case (nil, _): [200, 201, 204]
    case (.missing, _): [404]
    case (.conflict, .scim): [409]
    case (.conflict, .graph), (.refused, _): [400]
    }
  }

  /// A request of which `change` tells what it does to the model.
  init(
    _ face: Face, _ method: String, _ target: String, _ body: JSONValue? = nil,
    made: String? = nil, on model: TenantModel, _ change: (inout TenantModel) throws -> Void
  ) {
    (self.face, self.method, self.target, self.body) = (face, method, target, body)
    self.made = made
    var next = model
    do {
      try change(&next)
      self.next = next
    } catch {
      fault = error as? TenantModel.Fault ?? .refused
    }
  }
}

/// Makes requests by chance.
struct HistorySteps {
  typealias Model = TenantModel
  typealias Person = TenantModel.Person
  var random: SeededRandom
  private var number = 0

  init(seed: Int) { random = SeededRandom(scattering: seed) }

  /// A request for a tenant that is as the model has it.
  ///
  /// - Parameter isBulk: Whether it may refer to what the same request makes.
  mutating func next(_ model: Model, _ face: HistoryStep.Face) -> HistoryStep {
    switch (face, Int.random(in: 0..<12, using: &random)) {
    case (_, 0), (_, 1): return makeUser(model, face)
    case (_, 2): return makeGroup(model, face)
    case (_, 3): return delete(model, face)
    case (.scim, 4), (.scim, 5), (.scim, 6): return patchUser(model)
    case (.scim, 7): return putUser(model)
    case (.scim, 8): return putGroup(model)
    case (.scim, _): return patchGroup(model)
    case (.graph, 4), (.graph, 5): return changeUser(model)
    case (.graph, 6): return setManager(model)
    case (.graph, 7), (.graph, 8): return member(model)
    case (.graph, 9), (.graph, 10): return restore(model)
    case (.graph, _): return purge(model)
    }
  }

  // MARK: Values

  private static let names = ["ada", "Bob", "cyd", "dan", "eve", "fay"]
  private static let mailboxes = ["smtp:a@x.org", "smtp:b@x.org", "smtp:C@x.org", "SMTP:a@x.org"]

  private mutating func name() -> String {
    let name = random.choose(Self.names)
    return (random.chance(30) ? name.uppercased() : name) + "@contoso.com"
  }

  private mutating func word() -> String? { random.choose([nil, "x", "Y", "ü", "x"]) }

  private mutating func anchor() -> String? {
    random.chance(60) ? nil : random.choose(["AA", "aa", "bb", "CC", "dd"])
  }

  private mutating func addresses() -> [String] { random.some(Self.mailboxes, percent: 25) }

  private mutating func person() -> Person {
    Person(
      name: name(), title: word(), department: word(), anchor: anchor(), addresses: addresses())
  }

  // Somebody who is there as a rule, in the bin now and then, and nowhere seldom.
  private mutating func somebody(_ model: Model, _ ids: [String]) -> String {
    if random.chance(8) { return (model.bin.keys.sorted() + ["nobody"]).first ?? "nobody" }
    return ids.isEmpty ? "nobody" : random.choose(ids.sorted())
  }

  private mutating func user(_ model: Model) -> String {
    somebody(model, Array(model.people.keys))
  }

  private mutating func group(_ model: Model) -> String {
    somebody(model, Array(model.groups.keys))
  }

  private mutating func anybody(_ model: Model) -> String {
    somebody(model, Array(model.people.keys) + model.groups.keys)
  }

  private mutating func fresh() -> String {
    number += 1
    return "bulkId:\(number)"
  }

  // MARK: Users

  private mutating func makeUser(_ model: Model, _ face: HistoryStep.Face) -> HistoryStep {
    var person = person()
    let made = fresh()
    if face == .graph { person.addresses = [] }
    let manager = random.chance(30) ? user(model) : nil
    let body =
      face == .scim
      ? HistoryBody.scim(person, manager: manager) : HistoryBody.graph(person, manager: manager)
    return HistoryStep(
      face, "POST", face == .scim ? "/Users" : "/users", body, made: made, on: model
    ) {
      if face == .graph, let manager, $0.people[manager] == nil { throw Model.Fault.missing }
      try $0.put(made, person, manager: manager)
    }
  }

  private mutating func putUser(_ model: Model) -> HistoryStep {
    let (id, person) = (user(model), person())
    let manager = random.chance(30) ? user(model) : nil
    return HistoryStep(
      .scim, "PUT", "/Users/\(id)", HistoryBody.scim(person, manager: manager), on: model
    ) {
      guard $0.people[id] != nil else { throw Model.Fault.missing }
      try $0.put(id, person, manager: manager)
    }
  }

  private mutating func patchUser(_ model: Model) -> HistoryStep {
    let id = user(model)
    var person = model.people[id] ?? person()
    var manager = model.manager(of: id)
    var operations: [JSONValue] = []
    var isRefused = false
    for _ in 0...Int.random(in: 0...2, using: &random) {
      operations.append(operation(&person, &manager, model, &isRefused))
    }
    let (wanted, boss, isWrong) = (person, manager, isRefused)
    return HistoryStep(
      .scim, "PATCH", "/Users/\(id)", HistoryBody.patch(operations), on: model
    ) {
      guard $0.people[id] != nil else { throw Model.Fault.missing }
      guard !isWrong else { throw Model.Fault.refused }
      try $0.put(id, wanted, manager: boss)
    }
  }

  private mutating func operation(
    _ person: inout Person, _ manager: inout String?, _ model: Model, _ isRefused: inout Bool
  ) -> JSONValue {
    let addresses = TestTenant.onPremisesURN + ":proxyAddresses"
    switch Int.random(in: 0..<7, using: &random) {
    case 0:
      person.title = random.choose(["x", "Y", "ü"])
      return HistoryBody.operation("replace", "title", person.title.map { .string($0) })
    case 1:
      person.title = nil
      return HistoryBody.operation("remove", "title", nil)
    case 2:
      person.department = random.choose(["x", "Y"])
      return HistoryBody.operation(
        "add", TestTenant.enterpriseURN + ":department", person.department.map { .string($0) })
    case 3:
      person.addresses = self.addresses()
      isRefused = isRefused || !Self.stand(person.addresses)
      return HistoryBody.operation("replace", addresses, HistoryBody.list(person.addresses))
    case 4:
      let more = self.addresses()
      isRefused = isRefused || !Self.stand(more)
      person.addresses += more.filter { !person.addresses.contains($0) }
      return HistoryBody.operation("add", addresses, HistoryBody.list(more))
    case 5:
      manager = user(model)
      return HistoryBody.operation(
        "replace", TestTenant.enterpriseURN + ":manager",
        ["value": .string(manager ?? "")])
    default:
      manager = nil
      return HistoryBody.operation("remove", TestTenant.enterpriseURN + ":manager", nil)
    }
  }

  // Whether the addresses can stand in one list.
  private static func stand(_ addresses: [String]) -> Bool {
    Set(addresses.map { $0.lowercased() }).count == addresses.count
  }

  private mutating func changeUser(_ model: Model) -> HistoryStep {
    let id = user(model)
    var person = model.people[id] ?? person()
    var body = JSONObject()
    if random.chance(50) {
      person.title = word()
      body["jobTitle"] = HistoryBody.value(person.title)
    }
    if random.chance(50) {
      person.department = word()
      body["department"] = HistoryBody.value(person.department)
    }
    if random.chance(20) {
      person.anchor = anchor()
      body["onPremisesImmutableId"] = HistoryBody.value(person.anchor)
    }
    if random.chance(20) {
      person.name = name()
      body["userPrincipalName"] = .string(person.name)
    }
    let wanted = person
    return HistoryStep(.graph, "PATCH", "/users/\(id)", .object(body), on: model) {
      guard $0.people[id] != nil else { throw Model.Fault.missing }
      try $0.put(id, wanted, manager: $0.manager(of: id))
    }
  }

  private mutating func setManager(_ model: Model) -> HistoryStep {
    let (id, manager) = (user(model), random.chance(25) ? nil : user(model))
    let target = "/users/\(id)/manager/$ref"
    let hasManager = model.manager(of: id) != nil
    return HistoryStep(
      .graph, manager == nil ? "DELETE" : "PUT", target, manager.map(HistoryBody.reference),
      on: model
    ) { model in
      let isThere = manager.map { model.people[$0] != nil } ?? hasManager
      guard model.people[id] != nil, isThere else { throw Model.Fault.missing }
      model.setManager(manager, of: id)
    }
  }

  // MARK: Groups

  private mutating func some(_ model: Model) -> [String] {
    let count = Int.random(in: 0...3, using: &random)
    return Array(Set((0..<count).map { _ in anybody(model) })).sorted()
  }

  private mutating func makeGroup(_ model: Model, _ face: HistoryStep.Face) -> HistoryStep {
    let (name, members, made) = (random.choose(["red", "blue"]), some(model), fresh())
    let body =
      face == .scim
      ? HistoryBody.scim(group: name, members) : HistoryBody.graph(group: name, members)
    return HistoryStep(
      face, "POST", face == .scim ? "/Groups" : "/groups", body, made: made, on: model
    ) {
      $0.put(made, group: name)
      for member in members { try $0.add(member, to: made) }
    }
  }

  private mutating func putGroup(_ model: Model) -> HistoryStep {
    let (id, name, members) = (group(model), random.choose(["red", "blue"]), some(model))
    return HistoryStep(
      .scim, "PUT", "/Groups/\(id)", HistoryBody.scim(group: name, members), on: model
    ) {
      guard $0.groups[id] != nil else { throw Model.Fault.missing }
      $0.put(id, group: name)
      for member in $0.members(id) { $0.remove(member, from: id) }
      for member in members { try $0.add(member, to: id) }
    }
  }

  private mutating func patchGroup(_ model: Model) -> HistoryStep {
    let (id, come, go) = (group(model), some(model), some(model))
    let operations = [
      HistoryBody.operation("remove", "members", HistoryBody.members(go)),
      HistoryBody.operation("add", "members", HistoryBody.members(come)),
    ]
    return HistoryStep(
      .scim, "PATCH", "/Groups/\(id)", HistoryBody.patch(operations), on: model
    ) {
      guard $0.groups[id] != nil else { throw Model.Fault.missing }
      for member in go { $0.remove(member, from: id) }
      for member in come { try $0.add(member, to: id) }
    }
  }

  private mutating func member(_ model: Model) -> HistoryStep {
    let (id, member) = (group(model), anybody(model))
    guard random.chance(60) else {
      let target = "/groups/\(id)/members/\(member)/$ref"
      return HistoryStep(.graph, "DELETE", target, on: model) {
        guard $0.members(id).contains(member) else { throw Model.Fault.missing }
        $0.remove(member, from: id)
      }
    }
    return HistoryStep(
      .graph, "POST", "/groups/\(id)/members/$ref", HistoryBody.reference(member), on: model
    ) {
      guard $0.groups[id] != nil, $0.isThere(member) else { throw Model.Fault.missing }
      guard !$0.members(id).contains(member) else { throw Model.Fault.refused }
      try $0.add(member, to: id)
    }
  }

  // MARK: Coming and going

  private mutating func delete(_ model: Model, _ face: HistoryStep.Face) -> HistoryStep {
    let isGroup = random.chance(40)
    let id = isGroup ? group(model) : user(model)
    let types = face == .scim ? ["Groups", "Users"] : ["groups", "users"]
    return HistoryStep(face, "DELETE", "/\(isGroup ? types[0] : types[1])/\(id)", on: model) {
      guard isGroup ? $0.groups[id] != nil : $0.people[id] != nil else {
        throw Model.Fault.missing
      }
      $0.delete(id)
    }
  }

  private mutating func deleted(_ model: Model) -> String {
    model.bin.isEmpty || random.chance(5) ? anybody(model) : random.choose(model.bin.keys.sorted())
  }

  private mutating func restore(_ model: Model) -> HistoryStep {
    let id = deleted(model)
    return HistoryStep(.graph, "POST", "/directory/deletedItems/\(id)/restore", on: model) {
      try $0.restore(id)
    }
  }

  private mutating func purge(_ model: Model) -> HistoryStep {
    let id = deleted(model)
    return HistoryStep(.graph, "DELETE", "/directory/deletedItems/\(id)", on: model) {
      guard $0.bin[id] != nil else { throw Model.Fault.missing }
      $0.purge(id)
    }
  }
}
