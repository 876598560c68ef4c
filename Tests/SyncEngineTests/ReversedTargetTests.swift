import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

/// A target that refers by names, and tells the last object first.
private struct ReversedTarget: AroundDirectory {
  let inner: MemoryDirectory

  func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    let reader = try await inner.openImport(request)
    var all = ImportBatch(changes: [])
    while let batch = try await reader.next() {
      all.changes += batch.changes
      all.watermark = batch.watermark
    }
    let names = Dictionary(
      inner.all.map { (AttributeValue.reference($0.anchor.text), $0.dn.text) },
      uniquingKeysWith: { first, _ in first })
    all.changes = all.changes.reversed().map { change in
      guard case .entry(var entry) = change else { return change }
      for attribute in entry.attributes.attributes {
        entry.attributes[attribute.name] = attribute.values.map { value in
          names[value].map { .reference($0) } ?? value
        }
      }
      return .entry(entry)
    }
    return Reader(all)
  }

  private actor Reader: ImportReader {
    private var batch: ImportBatch?

    init(_ batch: ImportBatch) { self.batch = batch }

    func next() async throws -> ImportBatch? {
      defer { batch = nil }
      return batch
    }
  }
}

@Suite("A target that tells a group or a person before those to whom they refer")
struct ReversedTargetTests {
  private func world() throws -> World {
    let world = try World()
    world.wrap = { ReversedTarget(inner: $0) }
    world.source.put(try world.user("ann"))
    world.source.put(
      try world.user("bob", ["manager": [.reference(try world.dn("ann", ou: "Staff").text)]]))
    world.source.put(try world.group("team", members: ["ann", "bob"]))
    return world
  }

  @Test("shows all that it was sent")
  func confirmed() async throws {
    let world = try world()
    let cycle = try await world.cycle(.initial)
    #expect(cycle.severity == .success)
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-bob"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("is told to lack what it drops of that, by one error, in the same import")
  func dropped() async throws {
    let world = try world()
    world.target.state.withLock { state in
      state.onApply = { entry in
        entry.attributes["members"] = entry.attributes["members"].map {
          $0 == .reference("id-1") ? .reference("CN=stranger") : $0
        }
      }
    }
    let cycle = try await world.cycle(.initial)
    #expect(cycle.severity != .success)
    let errors = try world.reader.openErrors(connector: nil, after: nil, limit: 10)
    #expect(errors.map(\.type) == ["exported-change-not-reimported"])
    #expect(errors.first?.attribute == "members")
  }
}
