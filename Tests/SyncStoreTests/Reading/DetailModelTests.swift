import Directory
import TestSupport
import Testing

@testable import SyncStore

/// An object of a target with what it says, said before, and is to say, by chance.
@Suite("An object is shown with what it says, what it said before, and what it is to say")
struct DetailModelTests {
  private static let names = ["title", "mail", "phone", "other"]
  private static let words: [AttributeValue] = ["x", "X", "y", "nul\0", "Ä", "ä", .integer(7)]

  private final class World {
    let test: TestStore
    var random: SeededRandom
    let id: Int64
    var image = AttributeSet()
    /// What it said when it was synchronized last; nil while nothing is staged.
    var before: AttributeSet?
    var desired: DesiredImage?

    init(seed: Int) throws {
      let test = try TestStore()
      random = SeededRandom(seed: seed)
      try test.stage([.entry(try test.entry("ann"))], connector: test.target)
      id = try test.id("ann", connector: test.target)
      try test.synchronizeAll()
      image = ["displayName": ["ann"]]
      self.test = test
    }

    func values() -> [AttributeValue] {
      AttributeSet.canonical(random.some(DetailModelTests.words, percent: 25))
    }
  }

  // MARK: What may happen

  private func act(_ world: World) throws {
    let test = world.test
    switch Int.random(in: 0..<6, using: &world.random) {
    case 0, 1:
      var image: AttributeSet = ["displayName": ["ann"]]
      for name in Self.names where world.random.chance(60) {
        let values = world.values()
        if !values.isEmpty { image[AttributeName(name)] = values }
      }
      let isChanged = image != world.image
      let relevant = Set(Self.names.map { AttributeName($0) })
      try test.stage(
        [.entry(try test.entry("ann", image))], connector: test.target, relevant: relevant)
      if isChanged, world.before == nil { world.before = world.image }
      world.image = image
    case 2:
      let names = world.random.some(Self.names, percent: 60)
      let desired = DesiredImage(
        attributes: names.map { Attribute(AttributeName($0), world.values()) })
      try test.store.transaction { try $0.setDesired($0.encode(desired), of: world.id) }
      world.desired = desired
    case 3:
      try test.store.transaction {
        try $0.finishImport(of: $0.object(world.id) ?? test.object(world.id), isFiltered: false)
      }
      world.before = nil
    case 4:
      try test.store.transaction { try $0.keepPending(world.id) }
      if world.before == nil { world.before = world.image }
    default:
      try test.store.transaction { try $0.letGo(world.id) }
      world.desired = nil
    }
  }

  // MARK: What is shown

  private struct Shown: Equatable {
    var values: [AttributeValue] = []
    var before: [AttributeValue]?
    var pending: [AttributeValue]?
  }

  private func expected(_ world: World) -> [String: Shown] {
    var shown: [String: Shown] = [:]
    for attribute in world.image.attributes {
      shown[attribute.name.text] = Shown(values: attribute.values)
    }
    if let before = world.before {
      for name in Set(before.attributes.map(\.name)).union(world.image.attributes.map(\.name))
      where before[name] != world.image[name] {
        shown[name.text, default: Shown()].before = before[name]
      }
    }
    for attribute in world.desired?.attributes ?? []
    where world.image[attribute.name] != attribute.values {
      shown[attribute.name.text, default: Shown()].pending = attribute.values
    }
    return shown
  }

  @Test("After any imports, rules and synchronizations", arguments: 0..<16)
  func anyHistory(_ seed: Int) throws {
    let world = try World(seed: seed)
    for _ in 0..<20 {
      try act(world)
      let reader = try world.test.reader
      let detail = try #require(try reader.object(id: world.id, valueLimit: 99))
      let shown = Dictionary(
        uniqueKeysWithValues: detail.attributes.map {
          ($0.name, Shown(values: $0.values, before: $0.before, pending: $0.pendingExport))
        })
      #expect(shown == expected(world))
      let names = detail.attributes.map { $0.name.lowercased() }
      #expect(names == names.sorted())
      #expect(detail.attributes.allSatisfy { $0.valueCount == $0.values.count })
      let isPending = shown.values.contains { $0.pending != nil }
      #expect(detail.row.pendingExport == (isPending ? "update" : "none"))
      #expect((detail.row.pendingImport != "none") == (world.before != nil))
    }
  }
}
