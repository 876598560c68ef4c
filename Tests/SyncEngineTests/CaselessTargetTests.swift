import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("A target that shows values in another case than it was sent")
struct CaselessTargetTests {
  /// A world whose target folds titles, and keeps what it was sent of them in `sent`.
  private func world(_ sent: Sent, equality: ValueEquality = .caseless) throws -> World {
    let world = try World(targetAttributes: ["title": .init(.string, equality: equality)])
    world.target.state.withLock { state in
      state.onApply = { entry in
        guard let title = entry.attributes.text("title") else { return }
        sent.titles.withLock { $0.append(title) }
        entry.attributes["title"] = [.string(title.lowercased())]
      }
    }
    return world
  }

  private final class Sent: Sendable {
    let titles = Mutex<[String]>([])
    var all: [String] { titles.withLock { $0 } }
  }

  private func openErrors(_ world: World) throws -> [ErrorRow] {
    try world.reader.openErrors(connector: nil, after: nil, limit: 100)
  }

  private func anchor(_ world: World) throws -> String {
    try #require(world.target.all.first).anchor.text
  }

  @Test("has it, with no error, and is sent nothing again")
  func folded() async throws {
    let sent = Sent()
    let world = try world(sent)
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["title"] == ["boss"])
    #expect(try openErrors(world) == [])
    for policy in [CyclePolicy.delta, .initial] {
      try await world.cycle(policy)
      #expect(sent.all == ["Boss"])
    }
    // It is no drift, and nothing of it is shown as pending.
    _ = try await world.engine().verify("target", .stored)
    let step = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first)
    let counters = try world.reader.counters(step: step.id).filter { $0.group == .drift }
    #expect(counters.allSatisfy { !$0.hasDetail }, "\(counters)")
    // Nor after the target has shown something else of the object.
    world.target.change(try anchor(world)) { $0["nickname"] = ["x"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(sent.all == ["Boss"])
    #expect(try openErrors(world) == [])
  }

  @Test("is sent another case once when rules want that, and what is another value as ever")
  func corrected() async throws {
    let sent = Sent()
    let world = try world(sent)
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    try await world.cycle()
    world.source.change("g-ann") { $0["title"] = ["BOSS"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(sent.all == ["Boss", "BOSS"])
    world.target.change(try anchor(world)) { $0["title"] = ["clerk"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(sent.all == ["Boss", "BOSS", "BOSS"])
    #expect(try openErrors(world) == [])
  }

  @Test("is sent the other case also if it shows the object before that")
  func shownBefore() async throws {
    let sent = Sent()
    let world = try world(sent)
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    try await world.cycle()
    world.isStaging = true
    world.source.change("g-ann") { $0["title"] = ["BOSS"] }
    try await world.cycle()
    world.target.change(try anchor(world)) { $0["nickname"] = ["x"] }
    try await world.cycle()
    #expect(sent.all == ["Boss"])
    world.isStaging = false
    for _ in 0..<2 { try await world.cycle() }
    #expect(sent.all == ["Boss", "BOSS"])
  }

  @Test("is told as rewriting it where it does not say that case means nothing")
  func exact() async throws {
    let world = try world(Sent(), equality: .exact)
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    try await world.cycle()
    #expect(try openErrors(world).map(\.type) == ["exported-change-not-reimported"])
  }

  @Test("is read to its end, however many values it rewrites")
  func errorLimit() async throws {
    let world = try world(Sent(), equality: .exact)
    world.errorLimit = 3
    for number in 0..<20 { world.source.put(try world.user("u\(number)", ["title": ["Boss"]])) }
    let cycle = try await world.cycle()
    #expect(!cycle.steps.contains { $0.result == "stopped-error-limit" }, "\(cycle.steps)")
    #expect(try openErrors(world).count == 20)
  }
}
