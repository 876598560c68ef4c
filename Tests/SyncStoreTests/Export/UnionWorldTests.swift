import Directory
import TestSupport
import Testing

@testable import SyncStore

/// An attribute to which rules add values beside those that a target has of its own.
@Suite("Rules that add values take back their own, and leave what others have put there")
struct UnionWorldTests {
  private static let name: AttributeName = "proxyAddresses"
  private static let words = ["smtp:a@x", "SMTP:A@x", "smtp:b@x", "smtp:c@x", "Smtp:b@X"]

  private final class World {
    let test: TestStore
    var random: SeededRandom
    let id: Int64
    let ignoresCase: Bool
    /// What the target has.
    var values: Set<AttributeValue> = []
    var desired = DesiredImage()
    /// What others put there, and nobody but they took away, since rules last had to do with it.
    var theirs: Set<AttributeValue> = []

    init(seed: Int) throws {
      let test = try TestStore()
      random = SeededRandom(seed: seed)
      ignoresCase = seed.isMultiple(of: 2)
      try test.stage([.entry(try test.entry("ann"))], connector: test.target)
      id = try test.id("ann", connector: test.target)
      self.test = test
    }

    var given: [AttributeValue] { desired.attributes.first?.values ?? [] }

    var withdrawn: [AttributeValue] {
      get throws { try test.object(id).desired?.unions.first?.withdrawn ?? [] }
    }
  }

  private func canonical(_ values: some Sequence<AttributeValue>) -> [AttributeValue] {
    AttributeSet.canonical(Array(values))
  }

  // MARK: What may happen

  /// Rules give other values than before: what they gave and do not give now is to go.
  private func want(_ world: World) throws {
    let now = canonical(world.random.some(Self.words, percent: 40).map { .string($0) })
    let gone = (world.given + (try world.withdrawn)).filter { !now.contains($0) }
    var desired = DesiredImage(attributes: [Attribute(Self.name, now)])
    desired.unions = [
      AttributeUnion(
        name: Self.name, withdrawn: canonical(Set(gone)), ignoresCase: world.ignoresCase)
    ]
    try world.test.store.transaction { try $0.setDesired($0.encode(desired), of: world.id) }
    world.desired = desired
    world.theirs.subtract(gone)
  }

  private func send(_ world: World, isLost: Bool) throws {
    let test = world.test
    let waiting = try test.store.look {
      try $0.exportsInOrder(
        connector: test.target, objectType: "user", after: 0, limit: 9)
    }
    guard waiting.contains(where: { $0.id == world.id }) else { return }
    let object = try test.object(world.id)
    try test.store.transaction { try $0.markSending([world.id]) }
    // The whole attribute is sent, as the last import showed it.
    let sent = object.desired?.attributes(showing: object.image ?? AttributeSet()).first?.values
    world.values = Set(sent ?? [])
    world.theirs.formIntersection(world.values)
    guard !isLost else { return }
    try test.store.transaction { try $0.exportTaken(world.id, anchor: nil) }
  }

  private func show(_ world: World) throws {
    var attributes: AttributeSet = ["displayName": ["ann"]]
    if !world.values.isEmpty { attributes[Self.name] = canonical(world.values) }
    try world.test.stage(
      [.entry(try world.test.entry("ann", attributes))], connector: world.test.target)
  }

  /// Others put something there, or take something away.
  private func meddle(_ world: World) throws {
    let value = AttributeValue.string(world.random.choose(Self.words + ["X500:/o=theirs"]))
    if world.values.remove(value) == nil {
      world.values.insert(value)
      if !world.given.contains(value), try !world.withdrawn.contains(value) {
        world.theirs.insert(value)
      }
    } else {
      world.theirs.remove(value)
    }
  }

  private func act(_ world: World) throws {
    switch Int.random(in: 0..<6, using: &world.random) {
    case 0, 1: try want(world)
    case 2: try send(world, isLost: world.random.chance(30))
    case 3, 4: try show(world)
    default:
      // What came since the last look is not known to whoever sends.
      try meddle(world)
      try show(world)
    }
  }

  // MARK: What must hold

  /// What the target is to have, said plainly: its own but what was taken back, and what is given,
  /// unless that stands there in another case.
  private func wanted(_ world: World) throws -> Set<AttributeValue> {
    let stays = world.values.subtracting(try world.withdrawn)
    let known = Set(stays.map { $0.text.lowercased() })
    return stays.union(
      world.given.filter { !world.ignoresCase || !known.contains($0.text.lowercased()) })
  }

  private func check(_ world: World) throws {
    let object = try world.test.object(world.id)
    let shown = object.image ?? AttributeSet()
    guard Set(shown[Self.name]) == world.values else { return }
    let isOpen = try wanted(world) != world.values
    let row = try #require(try world.test.reader.object(id: world.id, valueLimit: 99)?.row)
    #expect((row.pendingExport == "update") == isOpen)
  }

  @Test("Given, taken back, given again, put there by others in another case", arguments: 0..<24)
  func anyHistory(_ seed: Int) throws {
    let world = try World(seed: seed)
    for _ in 0..<24 {
      try act(world)
      try check(world)
      #expect(world.theirs.isSubset(of: world.values))
    }
    for _ in 0..<3 {
      try show(world)
      try send(world, isLost: false)
    }
    try show(world)
    #expect(try world.test.object(world.id).exportState == .idle)
    #expect(try wanted(world) == world.values)
    for value in world.given {
      let isThere = world.values.contains {
        $0 == value || world.ignoresCase && $0.text.lowercased() == value.text.lowercased()
      }
      #expect(isThere, "\(value)")
    }
    // Once it is shown that all went, who puts it there again is not asked about it.
    #expect(try world.withdrawn.allSatisfy { !world.values.contains($0) })
    #expect(world.theirs.isSubset(of: world.values))
  }
}
