import Directory
import Foundation
import SyncStore
import Testing

@testable import SyncEngine

@Suite("Objects of a target that wait for their delete")
struct AwaitingDeleteTests {
  /// Rules that want users of a title in the target no more.
  private static func rules(findsAgain: Bool) -> String {
    let join = """
      [[rule.join]]
      conditions = [{ source = "sourceAnchor", target = "externalId" }]
      """
    let start = "target = \"user\"\nlink = \"provision\"\nprecedence = 200\n"
    let scope = """
      [[rule.scope]]
      clauses = [{ attribute = "title", operator = "NOTEQUAL", value = "Out" }]

      """
    return World.rules.replacingOccurrences(
      of: start + join, with: start + scope + (findsAgain ? join : ""))
  }

  /// A world that holds the delete of a user who has left the scope.
  private func world(findsAgain: Bool) async throws -> World {
    let world = try World(rules: Self.rules(findsAgain: findsAgain))
    world.limits["target"] = GuardLimits(exporting: [.deletes: GuardLimit(count: 0)])
    for name in ["ann", "bob"] { world.source.put(try world.user(name, ["title": ["In"]])) }
    for _ in 0..<2 { try await world.cycle() }
    world.source.change("g-bob") { $0["title"] = ["Out"] }
    return world
  }

  private func joins(_ cycle: CycleSummary, _ world: World) throws -> Int {
    try cycle.steps.filter { $0.connector == "target" }.reduce(0) { sum, step in
      try world.reader.counters(step: step.id).filter { $0.title == "Joins" }
        .reduce(sum) { $0 + $1.count }
    }
  }

  @Test("One that has left the scope is not joined again, neither by a delta nor in full")
  func staysApart() async throws {
    let world = try await world(findsAgain: true)
    for policy in [CyclePolicy.delta, .delta, .initial] {
      #expect(try joins(try await world.cycle(policy), world) == 0)
    }
    try expectStatisticsAddUp(world.reader)
    #expect(try world.reader.connectors().map(\.heldDeletes).max() == 1)
  }

  @Test("One whose user is wanted again stays the same", arguments: [true, false])
  func comesBack(findsAgain: Bool) async throws {
    let world = try await world(findsAgain: findsAgain)
    let before = world.target.all.map(\.anchor.text).sorted()
    for _ in 0..<2 { try await world.cycle() }
    world.source.change("g-bob") { $0["title"] = ["In again"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-bob"]?["title"] == ["In again"])
    #expect(world.target.all.map(\.anchor.text).sorted() == before)
    #expect(try world.reader.connectors().allSatisfy { $0.heldDeletes == 0 })
    #expect(try await world.cycle().isQuiet)
  }
}
