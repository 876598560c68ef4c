import JSON

/// A tenant as a reader of the documents would keep it in memory.
struct TenantModel {
  struct Person: Hashable {
    var name: String
    var title: String?
    var department: String?
    var anchor: String?
    var addresses: [String] = []
  }

  /// From one object to another.
  struct Link: Hashable {
    enum Kind { case member, manager }
    var kind: Kind
    /// The group, or who has the manager.
    var from: String
    var to: String
  }

  /// What a deleted object takes with it.
  struct Deleted {
    var person: Person?
    var group: String?
    var links: Set<Link>
    /// Those of others who came back meanwhile, one after the other.
    var late: [Link] = []
  }

  /// What is wrong with a request.
  enum Fault: Error { case missing, conflict, refused }

  /// Users by their ids.
  private(set) var people: [String: Person] = [:]
  /// The names of groups by their ids.
  private(set) var groups: [String: String] = [:]
  private(set) var links: Set<Link> = []
  private(set) var bin: [String: Deleted] = [:]

  func members(_ group: String) -> Set<String> {
    Set(links.filter { $0.kind == .member && $0.from == group }.map(\.to))
  }

  func manager(of person: String) -> String? {
    links.first { $0.kind == .manager && $0.from == person }?.to
  }

  func reports(of person: String) -> Set<String> {
    Set(links.filter { $0.kind == .manager && $0.to == person }.map(\.from))
  }

  func isThere(_ id: String) -> Bool { people[id] != nil || groups[id] != nil }

  // MARK: Users

  /// Makes the user of this id so, with this manager or none.
  mutating func put(_ id: String, _ person: Person, manager: String?) throws {
    try check(person, of: id)
    if let manager, people[manager] == nil { throw Fault.refused }
    people[id] = person
    setManager(manager, of: id)
  }

  mutating func setManager(_ manager: String?, of id: String) {
    links = links.filter { $0.kind != .manager || $0.from != id }
    if let manager { links.insert(Link(kind: .manager, from: id, to: manager)) }
  }

  // A name belongs to one user in any case, an anchor in its exact case, and an address to one object
  // of the tenant.
  private func check(_ person: Person, of id: String) throws {
    let folded = person.addresses.map { $0.lowercased() }
    guard Set(folded).count == folded.count,
      person.addresses.count(where: { $0.hasPrefix("SMTP:") }) <= 1
    else { throw Fault.refused }
    for (other, known) in people where other != id {
      if known.name.lowercased() == person.name.lowercased() { throw Fault.conflict }
      if known.anchor != nil, known.anchor == person.anchor { throw Fault.conflict }
      if known.addresses.contains(where: { folded.contains($0.lowercased()) }) {
        throw Fault.conflict
      }
    }
  }

  // MARK: Groups

  mutating func put(_ id: String, group name: String) { groups[id] = name }

  mutating func add(_ member: String, to group: String) throws {
    guard isThere(member), member != group else { throw Fault.refused }
    links.insert(Link(kind: .member, from: group, to: member))
  }

  mutating func remove(_ member: String, from group: String) {
    links.remove(Link(kind: .member, from: group, to: member))
  }

  // MARK: Deleting

  mutating func delete(_ id: String) {
    let own = links.filter { $0.from == id || $0.to == id }
    links.subtract(own)
    bin[id] = Deleted(person: people[id], group: groups[id], links: own)
    (people[id], groups[id]) = (nil, nil)
  }

  mutating func purge(_ id: String) { bin[id] = nil }

  /// Brings an object back; what it was linked to and is in the bin finds it when that comes back.
  mutating func restore(_ id: String) throws {
    guard let item = bin[id] else { throw Fault.missing }
    if let person = item.person { try check(person, of: id) }
    bin[id] = nil
    (people[id], groups[id]) = (item.person, item.group)
    // Whose manager one was or had at the end comes before those of earlier times.
    for link in Array(item.links) + item.late {
      let other = link.from == id ? link.to : link.from
      guard isThere(other) else {
        leave(link, for: other)
        continue
      }
      if link.kind == .manager, manager(of: link.from) != nil { continue }
      links.insert(link)
    }
  }

  private mutating func leave(_ link: Link, for id: String) {
    guard let item = bin[id], !item.links.contains(link), !item.late.contains(link) else { return }
    bin[id]?.late.append(link)
  }

  // MARK: Names

  /// Gives what was made under a name of the request the id that the tenant gave it.
  mutating func rename(_ old: String, to new: String) {
    func named(_ id: String) -> String { id == old ? new : id }
    func renamed(_ link: Link) -> Link {
      Link(kind: link.kind, from: named(link.from), to: named(link.to))
    }
    if let person = people.removeValue(forKey: old) { people[new] = person }
    if let group = groups.removeValue(forKey: old) { groups[new] = group }
    if let item = bin.removeValue(forKey: old) { bin[new] = item }
    links = Set(links.map(renamed))
    bin = bin.mapValues {
      Deleted(
        person: $0.person, group: $0.group, links: Set($0.links.map(renamed)),
        late: $0.late.map(renamed))
    }
  }
}
