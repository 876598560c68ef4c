import Directory
import TestSupport
import Testing

@testable import SyncStore

/// References that rules made of text, beside a directory in which everything happens.
@Suite("Whatever a directory tells, references that rules made mean who bears the name now")
struct MadeReferenceLifeTests {
  private static let attribute: AttributeName = "=in-1 manager"

  private final class World {
    let test: TestStore
    var random: SeededRandom
    /// Who is there, by anchor.
    var staged: [String: DistinguishedName] = [:]
    /// What rules made of the keeper's text.
    var addresses: Set<String> = []
    var last: [ImportedChange] = []

    init(seed: Int) throws {
      test = try TestStore()
      random = SeededRandom(seed: seed)
      try test.stage([.entry(try test.entry("keeper"))])
    }

    func anyName() throws -> DistinguishedName {
      try TestStore.dn("n\(Int.random(in: 0..<6, using: &random))")
    }

    func freeName() throws -> DistinguishedName? {
      try (0..<6).map { try TestStore.dn("n\($0)") }
        .filter { !staged.values.contains($0) }.randomElement(using: &random)
    }

    func anyone() -> String? { staged.keys.sorted().randomElement(using: &random) }

    func noOne() -> String? {
      (0..<5).map { "a\($0)" }.filter { staged[$0] == nil }.randomElement(using: &random)
    }

    func entry(_ anchor: String, _ dn: DistinguishedName) -> ImportedChange {
      .entry(
        DirectoryEntry(
          anchor: Anchor(anchor), dn: dn, objectType: "user",
          attributes: ["displayName": [.string(anchor)]]))
    }

    func address(_ anchor: String) -> ObjectAddress {
      random.chance(50)
        ? ObjectAddress(anchor: Anchor(anchor))
        : ObjectAddress(anchor: Anchor(anchor), dn: staged[anchor])
    }
  }

  // MARK: What may happen

  private func come(_ world: World) throws -> [ImportedChange] {
    guard let anchor = world.noOne(), let dn = try world.freeName() else { return [] }
    world.staged[anchor] = dn
    return [world.entry(anchor, dn)]
  }

  private func go(_ world: World) -> [ImportedChange] {
    guard let anchor = world.anyone() else { return [] }
    let address = world.address(anchor)
    world.staged[anchor] = nil
    return [world.random.choose([.delete(address), .leave(address), .letGo(address)])]
  }

  private func rename(_ world: World) throws -> [ImportedChange] {
    guard let anchor = world.anyone(), let dn = try world.freeName() else { return [] }
    let address = world.address(anchor)
    world.staged[anchor] = dn
    return [
      world.random.chance(50) ? .rename(address, newDN: dn) : world.entry(anchor, dn)
    ]
  }

  /// Somebody else comes in the place of one who goes, in either order.
  private func replace(_ world: World) -> [ImportedChange] {
    guard let old = world.anyone(), let new = world.noOne(), let dn = world.staged[old] else {
      return []
    }
    let changes: [ImportedChange] = [
      .delete(ObjectAddress(anchor: Anchor(old))), world.entry(new, dn),
    ]
    (world.staged[old], world.staged[new]) = (nil, dn)
    return world.random.chance(50) ? changes : changes.reversed()
  }

  private func swap(_ world: World) -> [ImportedChange] {
    let anchors = world.staged.keys.sorted().shuffled(using: &world.random)
    guard anchors.count > 1, let one = world.staged[anchors[0]], let two = world.staged[anchors[1]]
    else { return [] }
    (world.staged[anchors[0]], world.staged[anchors[1]]) = (two, one)
    return [world.entry(anchors[0], two), world.entry(anchors[1], one)]
  }

  /// The directory tells once more that somebody is gone.
  private func tellAgain(_ world: World) -> [ImportedChange] {
    guard let anchor = world.noOne() else { return [] }
    return [.delete(ObjectAddress(anchor: Anchor(anchor)))]
  }

  private func make(_ world: World) throws {
    let names = try (0..<6).map { try TestStore.dn("n\($0)").text }
    let all = names + (0..<5).map { "a\($0)" } + ["nobody"]
    let some = world.random.some(all, percent: 40)
    world.addresses = Set(some)
    let keeper = try world.test.id("keeper")
    try world.test.store.transaction {
      try $0.setMadeReferences(
        [(Self.attribute, some)], .inbound, of: keeper, connector: world.test.source)
    }
  }

  /// A full import, in which everybody is told, or is gone.
  private func tellAll(_ world: World) throws {
    for anchor in world.staged.keys.sorted() where world.random.chance(25) {
      world.staged[anchor] = nil
    }
    let changes =
      try [.entry(world.test.entry("keeper"))]
      + world.staged.sorted { $0.key < $1.key }.map { world.entry($0.key, $0.value) }
    world.last = changes.shuffled(using: &world.random)
    try world.test.stage(world.last, obsolete: true)
  }

  private func synchronize(_ world: World) throws {
    try world.test.store.transaction { tx in
      for row in try tx.rows("SELECT id FROM cs_object WHERE image IS NULL") {
        try tx.remove(row[0])
      }
    }
    try world.test.synchronizeAll()
  }

  private func act(_ world: World) throws {
    let changes: [ImportedChange]
    switch Int.random(in: 0..<13, using: &world.random) {
    case 0, 1, 2: changes = try come(world)
    case 3, 4: changes = go(world)
    case 5: changes = try rename(world)
    case 6: changes = replace(world)
    case 7: changes = swap(world)
    case 8: changes = tellAgain(world)
    case 9: changes = [.entry(try world.test.entry("keeper"))]
    case 10: return try make(world)
    case 11: return try synchronize(world)
    default: return try tellAll(world)
    }
    world.last = changes
    try world.test.stage(changes)
  }

  // MARK: What must hold

  private func check(_ world: World) throws {
    let keeper = try world.test.id("keeper")
    let found = try world.test.store.look { tx throws in
      var found: [String: Int64?] = [:]
      let rows = try tx.rows(
        """
        SELECT r.value, r.target_id FROM cs_reference r JOIN attribute a ON a.id = r.attribute_id
        WHERE r.source_id = ? AND a.name = ? AND r.state <> 2
        """, [keeper, Self.attribute.text])
      for row in rows { found[row[0] as String] = .some(row[1] as Int64?) }
      return found
    }
    #expect(
      Set(found.keys) == Set(world.addresses.map(referenceKey)), "after \(world.last)")
    for address in world.addresses {
      let holder =
        world.staged[address] != nil
        ? address
        : world.staged.first { (try? DistinguishedName(address)) == $0.value }?.key
      let id = try holder.flatMap { anchor in
        try world.test.store.look {
          [try $0.objectID(connector: world.test.source, anchor: Anchor(anchor))]
        }[0]
      }
      #expect(found[referenceKey(address)] == .some(id), "\(address) after \(world.last)")
    }
  }

  @Test("Who comes, goes, is replaced, renamed, or told to be gone once more", arguments: 0..<24)
  func anyHistory(_ seed: Int) throws {
    let world = try World(seed: seed)
    try make(world)
    for _ in 0..<30 {
      try act(world)
      try check(world)
    }
  }
}
