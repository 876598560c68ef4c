import Directory
import GRDB
import TestSupport
import Testing

@testable import SyncStore

/// Imports made by chance, held against a simple model of what a directory says.
@Suite("Whatever a directory tells, the store says what the directory says")
struct StagingModelTests {
  /// A directory in memory: people and groups, whose members are objects or names of nobody yet.
  private struct Model {
    enum Member: Hashable {
      case object(String)
      case name(String)
      /// An object that has left what is read, and is there still.
      case away(String)
    }
    struct Object: Equatable {
      var dn: DistinguishedName
      var title: String?
      var members: Set<Member> = []
      var isGroup: Bool
      var awayMembers: Set<String> {
        Set(members.compactMap { if case .away(let anchor) = $0 { anchor } else { nil } })
      }
    }
    var objects: [String: Object] = [:]
    /// The names of those who are there and not read.
    var away: [String: DistinguishedName] = [:]
    /// Who was told as a whole in this import.
    var toldNow: Set<String> = []

    func anchor(of dn: DistinguishedName) -> String? {
      objects.first { $0.value.dn == dn }?.key
    }

    mutating func put(_ anchor: String, _ object: Object) {
      objects[anchor] = object
      away[anchor] = nil
      replace(.away(anchor), by: .object(anchor))
      bind(anchor)
    }

    mutating func leave(_ anchor: String) {
      away[anchor] = objects.removeValue(forKey: anchor)?.dn
      replace(.object(anchor), by: .away(anchor))
    }

    /// Who has left what is read is gone.
    mutating func forget(_ anchor: String) {
      away[anchor] = nil
      replace(.away(anchor), by: nil)
    }

    private mutating func replace(_ member: Member, by other: Member?) {
      for group in objects.keys where objects[group]?.members.remove(member) != nil {
        if let other { objects[group]?.members.insert(other) }
      }
    }

    mutating func rename(_ anchor: String, to dn: DistinguishedName) {
      objects[anchor]?.dn = dn
      bind(anchor)
    }

    /// Who referred to it does so no more; one that was told in this same import means whoever comes
    /// under the name.
    mutating func remove(_ anchor: String) {
      guard let gone = objects.removeValue(forKey: anchor) else { return }
      for other in objects.keys where objects[other]?.members.remove(.object(anchor)) != nil {
        if toldNow.contains(other) { objects[other]?.members.insert(.name(gone.dn.path)) }
      }
    }

    func member(_ dn: DistinguishedName) -> Member {
      anchor(of: dn).map { .object($0) } ?? .name(dn.path)
    }

    // Who waited for a name has found its object.
    private mutating func bind(_ anchor: String) {
      guard let dn = objects[anchor]?.dn else { return }
      replace(.name(dn.path), by: .object(anchor))
    }

    /// The paths of the names by which an object's members are shown.
    func shown(_ object: Object) -> Set<String> {
      Set(
        object.members.compactMap { member in
          switch member {
          case .object(let anchor): objects[anchor]?.dn.path
          case .name(let path): path
          case .away: nil
          }
        })
    }
  }

  /// A store and its model, and the dice.
  private final class World {
    let test: TestStore
    var model = Model()
    var random: SeededRandom
    /// What was told of each step when it had ended.
    var told: [Int64: String] = [:]
    /// What was told last.
    var last: [ImportedChange] = []

    init(seed: Int) throws {
      test = try TestStore()
      random = SeededRandom(seed: seed)
    }

    func pick<T>(_ values: [T]) -> T? { values.randomElement(using: &random) }

    private var names: [String] { (0..<6).map { "n\($0)" } }

    func name() throws -> DistinguishedName {
      try TestStore.dn(pick(names) ?? "n0", ou: random.chance(70) ? "Staff" : "Berlin")
    }

    func freeName() throws -> DistinguishedName? {
      for _ in 0..<8 {
        let dn = try name()
        if model.anchor(of: dn) == nil, !model.away.values.contains(dn) { return dn }
      }
      return nil
    }

    func entry(_ anchor: String, _ object: Model.Object, members: [String]) -> DirectoryEntry {
      var attributes: AttributeSet = ["displayName": [.string(anchor)]]
      if let title = object.title { attributes["title"] = [.string(title)] }
      if !members.isEmpty { attributes["member"] = members.map { .reference($0) } }
      return DirectoryEntry(
        anchor: Anchor(anchor), dn: object.dn, objectType: object.isGroup ? "group" : "user",
        attributes: attributes)
    }

    /// The names by which a directory gives an object's members now.
    func members(_ object: Model.Object) throws -> [String] {
      let known = model.objects.values.map { ($0.dn.path, $0.dn.text) }
      let all = try names.flatMap { name in
        try ["Staff", "Berlin"].map { try TestStore.dn(name, ou: $0) }
      }.map { ($0.path, $0.text) }
      let texts = Dictionary(known + all, uniquingKeysWith: { first, _ in first })
      return model.shown(object).compactMap { texts[$0] }.sorted()
    }
  }

  // MARK: What may happen

  private func change(_ world: World) throws -> ImportedChange? {
    let anchors = world.model.objects.keys.sorted()
    switch Int.random(in: 0..<8, using: &world.random) {
    case 0, 1:
      let anchor = "a\(Int.random(in: 0..<7, using: &world.random))"
      let isGroup = anchor < "a3"
      let dn =
        try world.model.objects[anchor]?.dn ?? world.model.away[anchor] ?? world.freeName()
      guard let dn else { return nil }
      var object = Model.Object(
        dn: dn, title: world.pick(["Clerk", "Boss", nil]) ?? nil, isGroup: isGroup)
      let members =
        isGroup
        ? try (0..<Int.random(in: 0..<4, using: &world.random)).map { _ in try world.name() } : []
      world.model.put(anchor, object)
      object.members = Set(members.map { world.model.member($0) })
      world.model.objects[anchor] = object
      world.model.toldNow.insert(anchor)
      return .entry(world.entry(anchor, object, members: Set(members.map(\.text)).sorted()))
    case 2:
      guard let anchor = world.pick(anchors) else { return nil }
      let title = world.pick(["Clerk", "Boss", "Chef"]) ?? "Boss"
      world.model.objects[anchor]?.title = title
      return .modify(
        ObjectAddress(anchor: Anchor(anchor)),
        [AttributeChange("title", .replace([.string(title)]))])
    case 3:
      guard let anchor = world.pick(anchors), let group = world.model.objects[anchor],
        group.isGroup, case let dn = try world.name()
      else { return nil }
      let member = world.model.member(dn)
      let isAdded = !group.members.contains(member)
      if isAdded {
        world.model.objects[anchor]?.members.insert(member)
      } else {
        world.model.objects[anchor]?.members.remove(member)
      }
      let values: [AttributeValue] = [.reference(dn.text)]
      return .modify(
        ObjectAddress(anchor: Anchor(anchor)),
        [
          AttributeChange(
            "member", .update(added: isAdded ? values : [], removed: isAdded ? [] : values))
        ])
    case 4:
      guard let anchor = world.pick(anchors), let dn = try world.freeName() else { return nil }
      world.model.rename(anchor, to: dn)
      return .rename(ObjectAddress(anchor: Anchor(anchor)), newDN: dn)
    case 5:
      guard let anchor = world.pick(anchors) else { return nil }
      world.model.leave(anchor)
      return .leave(ObjectAddress(anchor: Anchor(anchor)))
    case 6:
      guard let anchor = world.pick(world.model.away.keys.sorted()) else { return nil }
      world.model.forget(anchor)
      return .delete(ObjectAddress(anchor: Anchor(anchor)))
    default:
      guard let anchor = world.pick(anchors) else { return nil }
      world.model.remove(anchor)
      return .delete(ObjectAddress(anchor: Anchor(anchor)))
    }
  }

  /// Everything that is there but a few, who are gone then.
  private func fullImport(_ world: World) throws -> TestStore.Staged {
    for anchor in world.model.objects.keys.sorted() where world.random.chance(20) {
      world.model.remove(anchor)
    }
    var entries: [ImportedChange] = []
    // Its groups name who is not read as well.
    for (anchor, var object) in world.model.objects.sorted(by: { $0.key < $1.key }) {
      for case .away(let other) in object.members {
        object.members.remove(.away(other))
        if let dn = world.model.away[other] { object.members.insert(.name(dn.path)) }
      }
      world.model.objects[anchor] = object
      entries.append(
        .entry(world.entry(anchor, object, members: try world.members(object))))
    }
    world.last = entries.shuffled(using: &world.random)
    return try world.test.stage(world.last, obsolete: true)
  }

  private func synchronize(_ world: World) throws {
    let gone = try world.test.store.look { tx in
      try tx.rows("SELECT id FROM cs_object WHERE image IS NULL").map { $0[0] as Int64 }
    }
    try world.test.store.transaction { tx in for id in gone { try tx.remove(id) } }
    try world.test.synchronizeAll()
  }

  // MARK: What must hold

  private func check(_ world: World, _ staged: TestStore.Staged) throws {
    let (test, reader) = (world.test, try world.test.reader)
    let present = try test.store.look { tx in
      try tx.rows("SELECT anchor, id FROM cs_object WHERE image IS NOT NULL").map {
        ($0[0] as String, $0[1] as Int64)
      }
    }
    #expect(Set(present.map(\.0)) == Set(world.model.objects.keys))
    for (anchor, id) in present {
      guard let object = world.model.objects[anchor] else { continue }
      let detail = try #require(try reader.object(id: id, valueLimit: 100))
      let rows = Dictionary(
        detail.attributes.map { ($0.name, $0.values) }, uniquingKeysWith: { first, _ in first })
      #expect(detail.row.dn == object.dn.text)
      #expect(rows["title", default: []] == (object.title.map { [.string($0)] } ?? []))
      // Who is not read is shown by the anchor.
      let texts = rows["member", default: []].map(\.text)
      #expect(Set(texts.filter { !isName($0) }) == object.awayMembers)
      let members = try texts.filter(isName).map { try DistinguishedName($0).path }
      #expect(Set(members) == world.model.shown(object), "\(anchor) after \(world.last)")
      #expect(members.count == Set(members).count)
      guard let replayed = try test.replayed(id, reader) else { continue }
      #expect(replayed["title", default: []] == rows["title", default: []])
    }
    let kinds: [Counter] = [.stageAdd, .stageUpdate, .stageRename, .stageDelete, .stageDeleteAdd]
    #expect(
      try test.number("SELECT COUNT(*) FROM step_change WHERE step_id = \(staged.step)")
        == kinds.reduce(0) { $0 + staged.count($1) })
    let told = try test.toldOfSteps(reader)
    for (step, words) in world.told { #expect(told[step] == words, "step \(step)") }
    world.told = told
  }

  @Test(
    "Objects, names, members and the history of each are right after every import",
    arguments: 0..<12)
  func anyHistory(_ seed: Int) throws {
    let world = try World(seed: seed)
    for _ in 0..<24 {
      world.model.toldNow = []
      if world.random.chance(20) { try synchronize(world) }
      if world.random.chance(15) {
        try check(world, try fullImport(world))
        continue
      }
      var changes: [ImportedChange] = []
      for _ in 0..<Int.random(in: 1..<5, using: &world.random) {
        if let change = try change(world) { changes.append(change) }
      }
      world.last = changes
      try check(world, try world.test.stage(changes))
    }
  }
}
