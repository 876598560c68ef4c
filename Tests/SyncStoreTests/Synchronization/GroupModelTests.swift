import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Groups that scopes ask for, told by chance, held against a list of who is in which.
@Suite("Members of groups that scopes ask for, beside a list of them")
struct GroupModelTests {
  private struct Group {
    var dn: DistinguishedName
    var members: Set<String> = []
    /// Who is none any more, and has not been synchronized since.
    var left: Set<String> = []
  }

  private final class World {
    let test: TestStore
    var random: SeededRandom
    var groups: [String: Group] = [:]
    /// Groups that are gone, until that is synchronized.
    var gone: [String: Group] = [:]
    var people: Set<String> = []
    var isHalfRead = false
    /// Of whom all is known to be synchronized.
    var before: [String: Set<String>] = [:]
    /// Whom any group held at any moment since: it may have got such a name, or lost it.
    var everHeld: Set<String> = []
    let asked: Set<String>

    init(seed: Int) throws {
      test = try TestStore()
      random = SeededRandom(seed: seed)
      asked = Set(try ["g0", "g1"].map { try TestStore.dn($0).normalized })
      try test.store.transaction { try $0.fullImportDone(test.source) }
    }

    func name(_ prefix: String, _ count: Int) -> String {
      "\(prefix)\(Int.random(in: 0..<count, using: &random))"
    }

    func freeName() throws -> DistinguishedName? {
      let free = try (0..<5).map { try TestStore.dn("g\($0)") }.filter { dn in
        !groups.values.contains { $0.dn == dn }
      }
      return free.randomElement(using: &random)
    }

    /// The names that were asked for of the groups that hold a person.
    func names(of person: String) -> Set<String> {
      Set(
        groups.values.filter {
          $0.members.contains(person) || isHalfRead && $0.left.contains(person)
        }.map(\.dn.normalized)
      ).intersection(asked)
    }

    func memberships() -> [String: Set<String>] {
      Dictionary(uniqueKeysWithValues: people.map { ($0, names(of: $0)) }.filter { !$1.isEmpty })
    }

    func noteHeld() {
      for group in groups.values { everHeld.formUnion(group.members.union(group.left)) }
    }

    func ids() throws -> [String: Int64] {
      try test.store.look { tx throws in
        var ids: [String: Int64] = [:]
        for person in people {
          ids[person] = try tx.objectID(connector: test.source, anchor: Anchor("a-" + person))
        }
        return ids
      }
    }
  }

  // MARK: What may happen

  private func entry(_ world: World, _ anchor: String, _ group: Group) throws -> ImportedChange {
    let members = try group.members.sorted().map {
      AttributeValue.reference(try TestStore.dn($0).text)
    }
    var attributes: AttributeSet = ["displayName": [.string(anchor)]]
    if !members.isEmpty { attributes["member"] = members }
    return .entry(
      DirectoryEntry(
        anchor: Anchor("a-" + anchor), dn: group.dn, objectType: "group", attributes: attributes))
  }

  /// Tells a group as a whole, that it may bear another name now among it.
  private func tell(_ world: World) throws -> [ImportedChange] {
    let anchor = world.name("h", 4)
    let isKnown = world.groups[anchor] != nil
    guard let free = try world.groups[anchor]?.dn ?? world.freeName() else { return [] }
    var group = world.groups[anchor] ?? world.gone.removeValue(forKey: anchor) ?? Group(dn: free)
    group.dn = free
    if isKnown, world.random.chance(30), let other = try world.freeName() { group.dn = other }
    let members = Set(world.random.some(world.people.sorted()))
    group.left = group.left.union(group.members).subtracting(members)
    group.members = members
    world.groups[anchor] = group
    return [try entry(world, anchor, group)]
  }

  private func modify(_ world: World) throws -> [ImportedChange] {
    guard let anchor = world.groups.keys.sorted().randomElement(using: &world.random),
      let person = world.people.sorted().randomElement(using: &world.random)
    else { return [] }
    let value: [AttributeValue] = [.reference(try TestStore.dn(person).text)]
    let isMember = world.groups[anchor]?.members.contains(person) == true
    if isMember {
      world.groups[anchor]?.members.remove(person)
      world.groups[anchor]?.left.insert(person)
    } else {
      world.groups[anchor]?.members.insert(person)
      world.groups[anchor]?.left.remove(person)
    }
    return [
      .modify(
        ObjectAddress(anchor: Anchor("a-" + anchor)),
        [
          AttributeChange(
            "member", .update(added: isMember ? [] : value, removed: isMember ? value : []))
        ])
    ]
  }

  private func rename(_ world: World) throws -> [ImportedChange] {
    guard let anchor = world.groups.keys.sorted().randomElement(using: &world.random),
      let dn = try world.freeName()
    else { return [] }
    world.groups[anchor]?.dn = dn
    return [.rename(ObjectAddress(anchor: Anchor("a-" + anchor)), newDN: dn)]
  }

  /// Two groups that take each other's name.
  private func swap(_ world: World) throws -> [ImportedChange] {
    let anchors = world.groups.keys.sorted().shuffled(using: &world.random)
    guard anchors.count > 1, let one = world.groups[anchors[0]], let two = world.groups[anchors[1]]
    else { return [] }
    world.groups[anchors[0]]?.dn = two.dn
    world.groups[anchors[1]]?.dn = one.dn
    return try anchors.prefix(2).compactMap { anchor in
      try world.groups[anchor].map { try entry(world, anchor, $0) }
    }
  }

  private func remove(_ world: World) -> [ImportedChange] {
    if world.random.chance(50),
      let anchor = world.groups.keys.sorted().randomElement(using: &world.random)
    {
      world.gone[anchor] = world.groups.removeValue(forKey: anchor)
      return [.delete(ObjectAddress(anchor: Anchor("a-" + anchor)))]
    }
    guard let person = world.people.sorted().randomElement(using: &world.random) else { return [] }
    world.people.remove(person)
    for anchor in world.groups.keys {
      world.groups[anchor]?.members.remove(person)
      world.groups[anchor]?.left.remove(person)
    }
    for anchor in world.gone.keys {
      world.gone[anchor]?.members.remove(person)
      world.gone[anchor]?.left.remove(person)
    }
    return [.delete(ObjectAddress(anchor: Anchor("a-" + person)))]
  }

  private func act(_ world: World) throws {
    let changes: [ImportedChange]
    switch Int.random(in: 0..<11, using: &world.random) {
    case 0, 1:
      let person = world.name("p", 6)
      guard !world.people.contains(person) else { return }
      world.people.insert(person)
      changes = [.entry(try world.test.entry(person))]
    case 2, 3: changes = try tell(world)
    case 4, 5, 6: changes = try modify(world)
    case 7: changes = try rename(world)
    case 8: changes = try swap(world)
    case 9: changes = remove(world)
    default: return try breakOff(world)
    }
    try world.test.stage(changes)
  }

  /// A full import breaks off, or comes to its end.
  private func breakOff(_ world: World) throws {
    world.isHalfRead.toggle()
    try world.test.store.transaction { tx in
      if world.isHalfRead {
        try tx.requireFullImport(world.test.source, because: "it broke off")
      } else {
        try tx.fullImportDone(world.test.source)
      }
    }
  }

  /// What a synchronization does: all that is staged is taken, and who is gone goes.
  private func synchronize(_ world: World) throws {
    try world.test.store.transaction { tx in
      for row in try tx.rows("SELECT id FROM cs_object WHERE image IS NULL") {
        try tx.remove(row[0])
      }
    }
    try world.test.synchronizeAll()
    for anchor in world.groups.keys { world.groups[anchor]?.left = [] }
    world.gone = [:]
  }

  // MARK: What must hold

  private func checkMembers(_ world: World) throws {
    let ids = try world.ids()
    let wanted = world.memberships()
    try world.test.store.look { tx throws in
      let found = try tx.groups(
        of: Array(ids.values), among: world.asked, connector: world.test.source)
      for (person, id) in ids {
        #expect(found[id, default: []] == wanted[person, default: []], "\(person)")
        let alone = try tx.groups(of: id, among: world.asked, connector: world.test.source)
        #expect(alone == wanted[person, default: []])
      }
    }
    let reader = try world.test.reader
    for (person, id) in ids {
      let shown = Set(try #require(try reader.object(id: id, valueLimit: 99)).groups)
      let holding = world.groups.values.filter { $0.members.contains(person) }.map(\.dn.text)
      #expect(shown == Set(holding), "\(person)")
    }
  }

  private func pending(_ world: World) throws -> Set<String> {
    try world.test.store.look { tx throws in
      Set(
        try tx.rows("SELECT anchor FROM cs_object WHERE pending_import <> 0").map {
          String(($0[0] as String).dropFirst(2))
        })
    }
  }

  /// Everybody is looked at again who came or went, and nobody whom no group held.
  private func checkPending(_ world: World) throws {
    let waited = try pending(world)
    try world.test.store.transaction {
      try $0.keepPending(membersOf: world.asked, connector: world.test.source)
    }
    let (waiting, now) = (try pending(world), world.memberships())
    for person in world.people where now[person] != world.before[person] {
      #expect(waiting.contains(person), "\(person) was in \(world.before[person] ?? [])")
    }
    for person in waiting.subtracting(waited) {
      #expect(now[person] != nil || world.everHeld.contains(person), "\(person)")
    }
  }

  @Test("Who came into such a group, or left it, is looked at again", arguments: 0..<24)
  func anyHistory(_ seed: Int) throws {
    let world = try World(seed: seed)
    for _ in 0..<12 {
      for _ in 0..<Int.random(in: 1...4, using: &world.random) {
        try act(world)
        try checkMembers(world)
        world.noteHeld()
      }
      guard !world.isHalfRead else { continue }
      try checkPending(world)
      try synchronize(world)
      world.before = world.memberships()
      world.everHeld = []
      world.noteHeld()
    }
  }
}
