import Directory
import Foundation
import PasswordSync
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("A password for which a whole batch fails, though nobody says that it is this one")
struct PasswordOutcastTests {
  private let world: PasswordWorld

  init() throws { world = try PasswordWorld() }

  private var forbidden: PasswordTargetFailure {
    var failure = PasswordTargetFailure("403 from a proxy", hint: "See why")
    failure.mayBeOfOne = true
    return failure
  }

  private func started(_ count: Int) async throws {
    for number in 1...count { try world.addUser("u\(number)") }
    try await world.cycle(.initial)
  }

  @Test("It is found out by sending parts, and the others go")
  func found() async throws {
    try await started(60)
    let (guilty, failure) = (try world.targetAnchor("u23"), forbidden)
    world.target.state.withLock { ($0.poison, $0.poisonFailure) = ([guilty], failure) }
    let channel = try world.channel()
    var turns = 0
    while turns < 5, world.target.setCount < 59 {
      turns += 1
      _ = try await channel.turn()
      world.wait(120)
    }
    #expect(world.target.setCount == 59)
    #expect(try world.status("u23") == .error && world.row("u23").reason.contains("403"))
    #expect(try world.state.retrying == 1)
    // From then on it holds up nobody.
    world.wait(3600)
    world.source.set("new", of: "u7", at: world.now)
    #expect(try await channel.turn() == .ended(taken: 1, failed: 1))
    world.target.state.withLock { $0.poison = [] }
    world.wait(7200)
    #expect(try await channel.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("u23-secret", of: "u23"))
  }

  @Test("Where nothing of a batch is taken it is the target that fails, and no more is tried")
  func all() async throws {
    try await started(120)
    let anchors = try (1...120).map { try world.targetAnchor("u\($0)") }
    let failure = forbidden
    world.target.state.withLock { ($0.poison, $0.poisonFailure) = (Set(anchors), failure) }
    let channel = try world.channel()
    for _ in 1...4 {
      let before = world.target.state.withLock { $0.requests }
      guard case .failed = try await channel.turn() else {
        Issue.record("the failure is not told")
        return
      }
      #expect(world.target.state.withLock { $0.requests } - before < 100)
      world.wait(120)
    }
    world.target.state.withLock { $0.poison = [] }
    world.wait(7200)
    #expect(try await channel.turn() == .ended(taken: 120, failed: 0))
  }

  @Test("What was taken of a batch before the target went away is told as taken")
  func brokenOff() async throws {
    try await started(4)
    let guilty = try world.targetAnchor("u4")
    // The whole is refused, the first half taken, and then nobody is there.
    world.target.state.withLock { ($0.poison, $0.failAfter) = ([guilty], 2) }
    guard case .failed = try await world.turn() else {
      Issue.record("the failure is not told")
      return
    }
    #expect(world.target.setCount == 2)
    let rows = try (1...4).map { try world.row("u\($0)") }
    #expect(rows.count { $0.status == .success && $0.attempts == 0 && $0.due == nil } == 2)
    #expect(rows.count { $0.status == .error && $0.attempts == 1 && $0.due != nil } == 2)
    let told = try #require(try world.events(657).last)
    #expect(told.components(separatedBy: "Result : Success.").count == 3)
    world.target.state.withLock { ($0.poison, $0.failAfter) = ([], nil) }
    world.wait(7200)
    #expect(try await world.turn() == .ended(taken: 2, failed: 0))
    #expect(world.target.setCount == 4)
    #expect(world.target.state.withLock { $0.count.values.max() } == 1)
  }

  @Test("A target that takes no ping is away, and its batch stays whole")
  func away() async throws {
    try await started(3)
    let failure = forbidden
    world.target.state.withLock { $0.failure = failure }
    let channel = try world.channel()
    for _ in 1...3 {
      guard case .failed = try await channel.turn() else {
        Issue.record("the failure is not told")
        return
      }
      world.wait(120)
    }
    #expect(try world.row("u1").attempts == 1)
  }
}
