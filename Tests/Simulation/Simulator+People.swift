import Directory
import Synchronization

/// What people do in the source directories and in the tenant.
extension Simulator {
  // MARK: The directory "ad"

  /// Does what an event says to "ad"; the answer is whether it is about that directory.
  func inAD(_ event: Event) throws -> Bool {
    try world.ad.state.withLock { state in
      try change(&state.content, event)
    }
  }

  private func change(_ ad: inout SourceState, _ event: Event) throws -> Bool {
    switch event {
    case .hire(let person, let name, let container):
      guard ad.find(.person(person)) == nil else { break }
      try hire(&ad, person, name, container)
    case .duplicate(let person, let name, let container):
      guard ad.find(.person(person)) != nil else { break }
      try hire(&ad, person, name, container)
    case .dismiss(let person):
      if let id = ad.find(.person(person)) { try ad.remove(id) }
    case .rehire(let person):
      lastUnwanted[Who.person(person).key] = moment
      try rehire(&ad, .person(person))
    case .move(let person, let name, let container):
      if let id = ad.find(.person(person)) {
        try ad.rename(id, "CN=N\(name)", in: world.containers[container])
      }
    case .swap(let one, let other):
      if let a = ad.find(.person(one)), let b = ad.find(.person(other)) { try ad.swap(a, b) }
    case .edit(let person, let field, let value):
      if let id = ad.find(.person(person)) { try edit(&ad, id, field, value) }
    case .takeName(let person, let other):
      guard let a = ad.find(.person(person)), let b = ad.find(.person(other)), a != b else { break }
      contested.formUnion([person, other])
      try ad.set(a, "upn", ad.nodes[b]?.attributes["upn"] ?? [])
    case .manager(let person, let other):
      if let id = ad.find(.person(person)), person != other {
        try ad.link(id, "manager", other.flatMap { ad.find(.person($0)) })
      }
    case .makeGroup(let group, let name, let container):
      guard ad.find(.group(group)) == nil else { break }
      let key = Who.group(group).key
      _ = try ad.add(
        "group", "CN=N\(name)", in: world.containers[container],
        ["key": [.string(key)], "displayName": [.string(key)]])
    case .makeContact(let contact, let name, let container):
      guard ad.find(.contact(contact)) == nil else { break }
      let key = Who.contact(contact).key
      _ = try ad.add(
        "contact", "CN=N\(name)", in: world.containers[container],
        ["key": [.string(key)], "displayName": [.string(key)]])
    case .dropContact(let contact):
      if let id = ad.find(.contact(contact)) { try ad.remove(id) }
    case .dropGroup(let group):
      if let id = ad.find(.group(group)) { try ad.remove(id) }
    case .convert(let group): try convert(&ad, .group(group))
    case .member(let group, let who):
      if let id = ad.find(.group(group)), ad.nodes[id]?.type == "group", let member = ad.find(who) {
        try ad.toggle(id, "member", member)
      }
    case .swapContainers(let one, let other):
      let (a, b) = (world.containers[one], world.containers[other])
      if !ad.isBelow(a, b), !ad.isBelow(b, a) { try ad.swap(a, b) }
    case .rotate(let one, let other, let third):
      guard let a = ad.find(.person(one)), let b = ad.find(.person(other)),
        let c = ad.find(.person(third)), a != b, b != c, a != c
      else { break }
      try ad.swap(a, b)
      try ad.swap(b, c)
    case .renameContainer(let container, let label):
      let id = world.containers[container]
      try ad.rename(id, "OU=L\(label)", in: ad.nodes[id]?.parent)
    case .moveContainer(let container, let into):
      let (id, parent) = (world.containers[container], world.containers[into])
      if let rdn = ad.nodes[id]?.rdn, !ad.isBelow(parent, id) {
        try ad.rename(id, rdn, in: parent)
      }
    default: return false
    }
    return true
  }

  private func hire(
    _ ad: inout SourceState, _ person: Int, _ name: Int, _ container: Int
  ) throws {
    _ = try ad.add(
      "user", "CN=N\(name)", in: world.containers[container],
      [
        "key": [.string(Who.person(person).key)], "upn": [.string("p\(person).\(name)@test")],
        "displayName": [.string("Person \(person)")],
        "badge": [.string("B\(person)")],
      ])
  }

  /// Deletes an object and makes another under the same name.
  private func rehire(_ directory: inout SourceState, _ who: Who) throws {
    guard let id = directory.find(who), let node = directory.nodes[id] else { return }
    try directory.remove(id)
    _ = try directory.add(node.type, node.rdn, in: node.parent, node.attributes)
  }

  /// Deletes a group and makes a contact under the same name, with the same key; or the reverse.
  private func convert(_ directory: inout SourceState, _ who: Who) throws {
    guard let id = directory.find(who), let node = directory.nodes[id] else { return }
    unwanted.insert(who.key)
    try directory.remove(id)
    _ = try directory.add(
      node.type == "group" ? "contact" : "group", node.rdn, in: node.parent, node.attributes)
  }

  private func edit(
    _ directory: inout SourceState, _ id: Int, _ field: Field, _ value: Int
  ) throws {
    try directory.set(id, AttributeName(field.rawValue), Self.values(field, value))
  }

  /// The values that an edit gives a field; 0 takes the values out.
  static func values(_ field: Field, _ value: Int) -> [AttributeValue] {
    switch field {
    case .displayName: [.string("Name \(value)")]
    case _ where value == 0: []
    case .title: [.string(value.isMultiple(of: 5) ? "Bad" : "Title \(value)")]
    case .department: [.string("Department \(value)")]
    case .phone: [.string("+49 30 \(value)")]
    case .hidden, .noCloud, .guest, .mute: ["yes"]
    case .deputy: [.string("\(value % 8)")]
    case .proxies:
      AttributeSet.canonical((0...value % 3).map { .string("alias\((value + $0) % 5)") })
    }
  }

  // MARK: The directory "hr"

  /// Does what an event says to "hr"; the answer is whether it is about that directory.
  func inHR(_ event: Event) throws -> Bool {
    try world.hr.state.withLock { state in
      try changeHR(&state.content, event)
    }
  }

  private func changeHR(_ hr: inout SourceState, _ event: Event) throws -> Bool {
    switch event {
    case .enrol(let person, let name):
      guard hr.find(.person(person)) == nil else { break }
      let key = Who.person(person).key
      _ = try hr.add(
        "person", nameInHR(person, name), in: nil,
        [
          "key": [.string(key)], "mail": [.string("p\(person)@hr")],
          "displayName": [.string("Employee \(person)")],
          "badge": [.string("B\(person)")],
        ])
    case .strike(let person):
      if let id = hr.find(.person(person)) { try hr.remove(id) }
    case .reenrol(let person):
      lastUnwanted[Who.person(person).key] = moment
      try rehire(&hr, .person(person))
    case .rename(let person, let name):
      if let id = hr.find(.person(person)) { try hr.rename(id, nameInHR(person, name), in: nil) }
    case .exchange(let one, let other):
      guard history.setup.hrSharesNames else { break }
      if let a = hr.find(.person(one)), let b = hr.find(.person(other)) { try hr.swap(a, b) }
    case .record(let person, let field, let value):
      if let id = hr.find(.person(person)) { try edit(&hr, id, field, value) }
    case .superior(let person, let other):
      if let id = hr.find(.person(person)), person != other {
        try hr.link(id, "manager", other.flatMap { hr.find(.person($0)) })
      }
    case .makeTeam(let team, _): try makeTeam(&hr, .team(team))
    case .makeCrew(let group): try makeTeam(&hr, .group(group))
    case .dropTeam(let team):
      if let id = hr.find(.team(team)) { try hr.remove(id) }
    case .dropCrew(let group):
      if let id = hr.find(.group(group)) { try hr.remove(id) }
    case .teamMember(let team, let who): try toggle(&hr, .team(team), who)
    case .crewMember(let group, let who): try toggle(&hr, .group(group), who)
    default: return false
    }
    return true
  }

  private func makeTeam(_ hr: inout SourceState, _ who: Who) throws {
    guard hr.find(who) == nil else { return }
    _ = try hr.add(
      "team", "cn=\(who.key)", in: nil,
      ["key": [.string(who.key)], "displayName": [.string("Team " + who.key)]])
  }

  private func toggle(_ hr: inout SourceState, _ team: Who, _ who: Who) throws {
    guard let id = hr.find(team), let member = hr.find(who) else { return }
    try hr.toggle(id, "member", member)
  }

  private func nameInHR(_ person: Int, _ name: Int) -> String {
    history.setup.hrSharesNames ? "cn=N\(name)" : "cn=N\(name) of P\(person)"
  }

  // MARK: The tenant

  /// Does what an event says to the tenant, behind the engine's back.
  func inCloud(_ event: Event) {
    world.cloud.state.withLock { state in
      switch event {
      case .cloudEdit(let who, let field, let value):
        guard ![.hidden, .noCloud, .deputy, .guest, .phone, .mute].contains(field),
          var object = state.content.object(key: who.key)
        else { return }
        let name: AttributeName = field == .proxies ? "emails" : AttributeName(field.rawValue)
        object.attributes[name] = Self.values(field, value)
        state.content.record(.put(object))
      case .cloudDelete(let who):
        guard let object = state.content.object(key: who.key) else { return }
        notes[object.id] = nil
        state.content.record(.remove(object.id))
      case .cloudCreate(let person, let value):
        let key = person.map { Who.person($0).key }
        guard key.map({ state.content.object(key: $0) == nil }) ?? true else { return }
        var attributes: AttributeSet = ["userName": [.string("cloud\(value)@cloud")]]
        if let key { attributes["externalId"] = [.string(key)] }
        let id = state.content.newID("user")
        state.content.record(
          .put(.init(id: id, type: "user", attributes: attributes, isMadeByHand: true)))
      case .cloudMember(let who, let member):
        guard var group = state.content.object(key: who.key), group.type == "group",
          let other = state.content.object(key: member.key)
        else { return }
        let value = AttributeValue.reference(other.id)
        if group.attributes["members"].contains(value) {
          group.attributes["members"] = group.attributes["members"].filter { $0 != value }
        } else {
          group.attributes.add([value], to: "members")
        }
        state.content.record(.put(group))
      case .cloudNote(let who, let value):
        guard var object = state.content.object(key: who.key) else { return }
        object.attributes["note"] = [.string("Note \(value)")]
        notes[object.id] = "Note \(value)"
        state.content.record(.put(object))
      default: return
      }
    }
  }
}

extension SourceState {
  /// The object of a person or group; the oldest, if there are several.
  func find(_ who: Who) -> Int? {
    ids.first { nodes[$0]?.attributes.text("key") == who.key }
  }
}
