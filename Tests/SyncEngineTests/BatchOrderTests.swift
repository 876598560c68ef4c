import Directory
import Foundation
import SyncEngine
import SyncStore
import Testing

@Suite("How many objects are decided at once makes no difference")
struct BatchOrderTests {
  /// What is there after a history in which objects of one batch depend on one another.
  private func history(batchSize: Int) async throws -> [String] {
    let world = try World()
    world.batchSize = batchSize
    for number in 0..<20 {
      world.source.put(
        try world.user("u\(number)", ["title": [.string("T\(number)")]]))
    }
    world.source.put(try world.group("team", members: (0..<20).map { "u\($0)" }))
    world.target.put(
      DirectoryEntry(
        anchor: Anchor("old-1"), dn: try DistinguishedName("CN={1}"), objectType: "user",
        attributes: ["externalId": ["g-u7"], "userName": ["old@contoso.test"]]))
    try await world.cycle()
    // Two objects of a batch take the place of others of the same batch.
    for number in 10..<14 {
      world.source.remove("g-u\(number)")
      var heir = try world.user("heir\(number)")
      heir.attributes["employeeNumber"] = [.string("g-u\(number)")]
      world.source.put(heir)
    }
    // A twin comes before the one that it is mistaken for goes.
    var twin = try world.user("twin")
    twin.attributes["employeeNumber"] = ["g-u3"]
    world.source.put(twin)
    try await world.cycle()
    world.source.change("g-u5") { $0["hidden"] = ["yes"] }
    world.source.remove("g-u3")
    for _ in 0..<3 { try await world.cycle() }
    return try dump(world)
  }

  private func dump(_ world: World) throws -> [String] {
    var lines = world.outcome.map { "\($0.key): \($0.value.sorted { $0.key < $1.key })" }.sorted()
    for cycle in try world.reader.operations(OperationFilter(), before: nil, limit: 1000) {
      for counter in try world.reader.counters(step: cycle.id) where counter.count > 0 {
        lines.append("\(cycle.id) \(cycle.type) \(counter.group) \(counter.name) \(counter.count)")
      }
    }
    lines += try world.reader.openErrors(connector: nil, after: nil, limit: 100).map(\.message)
    return lines
  }

  @Test("Batches of one, of three and of all at once leave the same objects and statistics")
  func sameOutcome() async throws {
    // References flow a page at a time, and each page counts the object that it changes.
    func comparable(_ lines: [String]) -> [String] {
      lines.filter { !$0.contains("outbound") || !$0.contains(" connector-flow ") }
    }
    let one = comparable(try await history(batchSize: 1))
    let three = comparable(try await history(batchSize: 3))
    let all = comparable(try await history(batchSize: 1000))
    #expect(Set(one).symmetricDifference(three) == [])
    #expect(Set(one).symmetricDifference(all) == [])
    #expect(one.contains { $0.hasPrefix("g-u12:") && $0.contains("heir12@contoso.test") })
  }

  @Test("The same history told twice leaves the same objects and statistics")
  func sameTwice() async throws {
    #expect(try await history(batchSize: 64) == history(batchSize: 64))
  }
}
