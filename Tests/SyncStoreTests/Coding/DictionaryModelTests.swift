import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Names and rules that get numbers in transactions which are stored, broken off or only tried.
@Suite("A number means one name for ever, whatever became of the transaction that gave it")
struct DictionaryModelTests {
  private struct Broken: Error {}

  /// What is stored, as far as a list of it knows.
  private struct Known {
    var names: [String: Int64] = [:]
    var rules: [String: (id: Int64, name: String)] = [:]
  }

  private final class World {
    let test: TestStore
    var random: SeededRandom
    var stored = Known()
    /// Bytes that were stored, and what they say.
    var images: [[UInt8]: [String]] = [:]

    init(seed: Int) throws {
      test = try TestStore()
      random = SeededRandom(seed: seed)
    }

    func name() -> String {
      let name = random.choose(["a", "b", "c d", "é", "ß", "日本", "x;binary", "nul\0", "%"])
      return "\(name)\(Int.random(in: 0..<4, using: &random))"
    }
  }

  // MARK: What a transaction does

  /// Gives names and rules numbers; the answer is what there would be if it is stored.
  private func work(_ world: World, _ tx: StoreTransaction) throws -> (Known, [[UInt8]: [String]]) {
    var (known, images) = (world.stored, [[UInt8]: [String]]())
    for _ in 0..<Int.random(in: 1...4, using: &world.random) {
      switch Int.random(in: 0..<4, using: &world.random) {
      case 0, 1:
        let names = Set((0..<2).map { _ in world.name() }).sorted()
        let bytes = try tx.coding.encode(
          names.map { Attribute(AttributeName($0), [.string($0)]) })
        for name in names {
          let id = try tx.dictionaries.id(AttributeName(name), tx.db)
          #expect(known.names[name] ?? id == id, "\(name)")
          known.names[name] = id
        }
        images[bytes] = names
      case 2:
        let (key, name) = ("k" + world.name(), "rule " + world.name())
        let id = try tx.ruleID(key, name: name)
        #expect(known.rules[key]?.id ?? id == id, "\(key)")
        known.rules[key] = (id, name)
      default:
        let name = world.name()
        let id = try tx.dictionaries.existingID(AttributeName(name), tx.db)
        #expect(id == known.names[name], "\(name)")
      }
    }
    // Beside it others see what is stored, or what is about to be, and never anything else.
    try world.test.store.snapshot { try look(world.stored, about: known, $0) }
    return (known, images)
  }

  private func act(_ world: World) throws {
    var result: (Known, [[UInt8]: [String]])?
    switch Int.random(in: 0..<5, using: &world.random) {
    case 0:
      #expect(throws: Broken.self) {
        try world.test.store.transaction { tx in
          _ = try work(world, tx)
          throw Broken()
        }
      }
    case 1: _ = try world.test.store.tryOut { try work(world, $0) }
    default: result = try world.test.store.transaction { try work(world, $0) }
    }
    guard let (known, images) = result else { return }
    world.stored = known
    world.images.merge(images) { _, new in new }
  }

  // MARK: What must hold

  private func look(_ stored: Known, about known: Known, _ tx: StoreTransaction) throws {
    for (name, id) in stored.names {
      #expect(try tx.dictionaries.existingID(AttributeName(name), tx.db) == id)
      #expect(try tx.dictionaries.name(id, tx.db).text.utf8.elementsEqual(name.utf8))
    }
    for (key, rule) in stored.rules {
      let told = try tx.dictionaries.ruleName(rule.id, tx.db)
      #expect(told == rule.name || told == known.rules[key]?.name)
    }
  }

  private func check(_ world: World) throws {
    let again = try SyncStore.open(file: world.test.store.file)
    for store in [world.test.store, again] {
      try store.look { tx throws in
        try look(world.stored, about: world.stored, tx)
        for (bytes, names) in world.images {
          let image = try tx.coding.decode(bytes)
          #expect(Set(image.attributes.map(\.name.text)) == Set(names))
          for name in names { #expect(image[AttributeName(name)] == [.string(name)]) }
        }
        let coder = try tx.coder()
        for (key, rule) in world.stored.rules { #expect(coder.ruleID(key) == rule.id) }
        #expect(
          try tx.integer("SELECT COUNT(*) FROM attribute") == Int64(world.stored.names.count))
        #expect(try tx.integer("SELECT COUNT(*) FROM rule") == Int64(world.stored.rules.count))
      }
    }
    try again.close()
  }

  @Test("Stored, broken off, tried out and read beside, in any order", arguments: 0..<12)
  func anyHistory(_ seed: Int) throws {
    let world = try World(seed: seed)
    for step in 1...30 {
      try act(world)
      if step.isMultiple(of: 6) { try check(world) }
    }
  }
}
