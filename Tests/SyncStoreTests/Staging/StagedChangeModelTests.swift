import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Objects that come, change, are renamed and go between two synchronizations, held against what they
/// were at the last one.
@Suite("Changes that are staged are those between what was synchronized and what is there now")
struct StagedChangeModelTests {
  private struct Person: Equatable {
    var dn: DistinguishedName
    var title: String
  }

  private final class World {
    let test: TestStore
    var random: SeededRandom
    /// Who is there, and who was at the last synchronization, by anchor.
    var now: [String: Person] = [:]
    var synced: [String: Person] = [:]

    init(seed: Int) throws {
      test = try TestStore()
      random = SeededRandom(seed: seed)
    }

    func freeName() throws -> DistinguishedName? {
      try (0..<8).map { try TestStore.dn("n\($0)") }
        .filter { dn in
          !now.values.contains { $0.dn == dn } && !synced.values.contains { $0.dn == dn }
        }.randomElement(using: &random)
    }

    func anyone() -> String? { now.keys.sorted().randomElement(using: &random) }

    func entry(_ anchor: String, _ person: Person) -> ImportedChange {
      .entry(
        DirectoryEntry(
          anchor: Anchor(anchor), dn: person.dn, objectType: "user",
          attributes: ["displayName": [.string(anchor)], "title": [.string(person.title)]]))
    }
  }

  // MARK: What may happen

  private func act(_ world: World) throws {
    let title = world.random.choose(["Clerk", "Boss", "clerk"])
    let changes: [ImportedChange]
    switch Int.random(in: 0..<8, using: &world.random) {
    case 0, 1:
      let anchor = "a\(Int.random(in: 0..<6, using: &world.random))"
      guard let dn = try world.now[anchor]?.dn ?? world.synced[anchor]?.dn ?? world.freeName()
      else { return }
      world.now[anchor] = Person(dn: dn, title: title)
      changes = [world.entry(anchor, Person(dn: dn, title: title))]
    case 2:
      guard let anchor = world.anyone() else { return }
      world.now[anchor]?.title = title
      changes = [
        .modify(
          ObjectAddress(anchor: Anchor(anchor)),
          [AttributeChange("title", .replace([.string(title)]))])
      ]
    case 3:
      guard let anchor = world.anyone(), let dn = try world.freeName() else { return }
      world.now[anchor]?.dn = dn
      changes = [.rename(ObjectAddress(anchor: Anchor(anchor)), newDN: dn)]
    case 4:
      // Back to what it was.
      guard let anchor = world.anyone(), let was = world.synced[anchor] else { return }
      world.now[anchor] = was
      changes = [world.entry(anchor, was)]
    case 5:
      guard let anchor = world.anyone() else { return }
      world.now[anchor] = nil
      changes = [.delete(ObjectAddress(anchor: Anchor(anchor)))]
    default: return try synchronize(world)
    }
    try world.test.stage(changes)
  }

  private func synchronize(_ world: World) throws {
    guard world.random.chance(40) else { return }
    try world.test.store.transaction { tx in
      for row in try tx.rows("SELECT id FROM cs_object WHERE image IS NULL") {
        try tx.remove(row[0])
      }
    }
    try world.test.synchronizeAll()
    world.synced = world.now
  }

  // MARK: What must hold

  private func check(_ world: World) throws {
    let (now, synced) = (world.now, world.synced)
    let changed = now.filter { anchor, person in synced[anchor].map { $0 != person } ?? false }
    let renamed = changed.filter { $1.dn.text != synced[$0]?.dn.text }
    let added = now.keys.filter { synced[$0] == nil }
    let gone = synced.keys.filter { now[$0] == nil }
    func count(_ kind: GuardedKind) throws -> Int {
      try world.test.store.look {
        try $0.stagedChanges(connector: world.test.source, kind, tellsReferences: true)
      }
    }
    #expect(try count(.updates) == changed.count)
    #expect(try count(.renames) == renamed.count)
    #expect(try count(.adds) == added.count)
    // Who came and went again is staged as gone, too: that he ever came no synchronization knows.
    #expect(try count(.deletes) >= gone.count)
    try checkBefore(world)
  }

  /// What each was is what the last synchronization took, and of who is gone that is what is left.
  private func checkBefore(_ world: World) throws {
    for (anchor, was) in world.synced {
      let id = try #require(
        try world.test.store.look {
          [try $0.objectID(connector: world.test.source, anchor: Anchor(anchor))]
        }[0])
      let object = try world.test.object(id)
      if object.hasPendingImport { #expect(object.lastDN == was.dn.text, "\(anchor)") }
      #expect((object.image == nil) == (world.now[anchor] == nil))
      #expect(object.hasPendingImport || world.now[anchor] == was)
      if object.image == nil { #expect(object.last?["title"] == [.string(was.title)]) }
      let detail = try #require(try world.test.reader.object(id: id, valueLimit: 9))
      let title = detail.attributes.first { $0.name == "title" }
      let isOther = world.now[anchor]?.title != was.title
      #expect(title?.before == (isOther ? [.string(was.title)] : nil), "\(anchor)")
    }
  }

  @Test("Updates, renames and adds, and nobody who is again what he was", arguments: 0..<16)
  func anyHistory(_ seed: Int) throws {
    let world = try World(seed: seed)
    for _ in 0..<30 {
      try act(world)
      try check(world)
    }
  }
}
