import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

/// A directory one of whose servers has less than was read of another one.
private final class TwoServers: AroundDirectory {
  let inner: MemoryDirectory
  /// What is said of the server that answers; nil if it has all.
  let lack = Mutex<String?>(nil)
  /// Whether it is the server that was read before.
  let isSame = Mutex(false)
  /// Whether a server that had lost something says that it has got it again.
  let hasAllAgain = Mutex(false)
  /// Whether an import tells where a delta begins.
  let tellsMark = Mutex(true)

  init(_ inner: MemoryDirectory) { self.inner = inner }

  private actor Altered: ImportReader {
    let all: any ImportReader
    let change: @Sendable (inout ImportBatch) -> Void

    init(_ all: any ImportReader, _ change: @escaping @Sendable (inout ImportBatch) -> Void) {
      self.all = all
      self.change = change
    }

    func next() async throws -> ImportBatch? {
      guard var batch = try await all.next() else { return nil }
      change(&batch)
      return batch
    }
  }

  func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    if request.watermark ?? request.stagedUpTo != nil, let lack = lack.withLock({ $0 }) {
      var failure = ConnectorFailure(.serverBehind, message: lack, hint: "Wait.")
      if isSame.withLock({ $0 }) { failure.setBack = "dc1 had less" }
      throw failure
    }
    let reader = try await inner.openImport(request)
    let tellsMark = tellsMark.withLock { $0 }
    let hasAllAgain = hasAllAgain.withLock { $0 } && request.wasSetBack
    return Altered(reader) { batch in
      if !tellsMark { batch.watermark = nil }
      batch.hasCaughtUp = hasAllAgain
    }
  }
}

/// A directory whose deltas tell what is there by showing it, and say what else may be.
private final class Doubtful: AroundDirectory {
  let inner: MemoryDirectory
  init(_ inner: MemoryDirectory) { self.inner = inner }

  func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    let all = try await inner.openImport(ImportRequest(watermark: nil) { 0 })
    return request.watermark == nil ? all : Shown(all)
  }

  private actor Shown: ImportReader {
    let all: any ImportReader
    init(_ all: any ImportReader) { self.all = all }

    func next() async throws -> ImportBatch? {
      guard var batch = try await all.next() else { return nil }
      batch.endsPresencePhase = batch.watermark != nil
      batch.doubt = batch.endsPresencePhase ? "dc2 is behind" : nil
      return batch
    }
  }
}

@Suite("A server that has less than was read before")
struct ServerBehindTests {
  private func world() async throws -> (World, TwoServers) {
    let world = try World.of(users: 4)
    let servers = TwoServers(world.source)
    world.otherSource = servers
    try world.stopSchedule()
    try await world.cycle()
    #expect(world.outcome.count == 4)
    return (world, servers)
  }

  private func imported(_ world: World, _ policy: CyclePolicy = .delta) async throws -> String {
    try #require(try await world.cycle(policy).steps.first).result
  }

  @Test("It is not read, and held for a person, whichever import it is")
  func held() async throws {
    let (world, servers) = try await world()
    servers.lack.withLock { $0 = "dc2 is behind" }
    world.remove(0..<2)
    for policy in [CyclePolicy.delta, .initial, .delta] {
      let step = try #require(try await world.cycle(policy).steps.first)
      #expect(step.result == "no-start-server-behind")
      let message = try world.reader.stepMessage(step: step.id)
      #expect(message.message == "dc2 is behind")
      #expect(message.hint.hasPrefix("Wait. If the server that was read before is gone for ever"))
      #expect(message.hint.contains("restored from a copy"))
      #expect(message.hint.hasSuffix("lockstep release import source"))
    }
    #expect(world.outcome.count == 4)
    let held = try #require(try world.reader.heldImports().first)
    #expect(held.isBehind && held.message == "dc2 is behind" && held.count == 0)
    #expect(try world.reader.events(codes: [116], text: "dc2", before: nil, limit: 9).count == 1)
  }

  @Test("What else is staged is synchronized and sent meanwhile")
  func othersFlow() async throws {
    let (world, servers) = try await world()
    servers.lack.withLock { $0 = "dc2 is behind" }
    let cycle = try await world.cycle()
    #expect(
      cycle.steps.filter { $0.type == .deltaSynchronization }.allSatisfy {
        $0.result == "success"
      })
  }

  @Test("It ends by itself when a server answers that has it all")
  func caughtUp() async throws {
    let (world, servers) = try await world()
    servers.lack.withLock { $0 = "dc2 is behind" }
    #expect(try await imported(world) == "no-start-server-behind")
    servers.lack.withLock { $0 = nil }
    world.remove(0..<1)
    let step = try #require(try await world.cycle().steps.first)
    // It may have lost something meanwhile, or tell no more what had come before: all is read once.
    #expect(step.type == .fullImport && step.result == "success")
    #expect(try world.reader.heldImports().isEmpty)
    #expect(world.outcome.count == 3)
    #expect(try #require(try await world.cycle().steps.first).type == .deltaImport)
  }

  /// A world whose only server has lost what it told last, and goes on from there.
  private func putBack(
    _ lose: (World) -> Void
  ) async throws -> (World, TwoServers) {
    let (world, servers) = try await world()
    servers.isSame.withLock { $0 = true }
    servers.lack.withLock { $0 = "dc1 is behind" }
    lose(world)
    #expect(try await imported(world) == "no-start-server-behind")
    #expect(try world.reader.heldImports().map(\.message) == ["dc1 had less"])
    servers.lack.withLock { $0 = nil }
    return (world, servers)
  }

  @Test("Of a server that was put back, who it does not show stays until a person says so")
  func putBack() async throws {
    let (world, _) = try await putBack { $0.remove(0..<1) }
    let step = try #require(try await world.cycle().steps.first)
    #expect(step.type == .fullImport && step.result == "stopped-deletion-limit")
    let message = try world.reader.stepMessage(step: step.id).message
    #expect(message.hasSuffix("does not show 1 objects, and dc1 had less; no delete was staged"))
    #expect(try await imported(world) == "success")
    #expect(try await imported(world, .initial) == "stopped-deletion-limit")
    #expect(world.outcome.count == 4)
    let held = try world.reader.heldImports()
    #expect(held.map(\.kind) == ["deletes", "set-back"] && held.map(\.count) == [1, 0])
    #expect(try await world.release(.importOf("source")).outcome.contains("up to 1 objects"))
    #expect(try await imported(world) == "success")
    #expect(world.outcome.count == 3)
    #expect(try world.reader.heldImports().isEmpty)
  }

  @Test("Of a server that was put back, what was only changed is read again, and that ends it")
  func lostChange() async throws {
    let (world, _) = try await putBack { world in
      // A directory that was put back tells of no change.
      world.source.state.withLock { state in
        guard let first = state.order.first else { return }
        state.objects[first]?.attributes["displayName"] = [.string("As before")]
      }
    }
    #expect(try await imported(world) == "success")
    #expect(world.outcome.values.contains { "\($0)".contains("As before") })
    #expect(try world.reader.heldImports().isEmpty)
    #expect(try #require(try await world.cycle().steps.first).type == .deltaImport)
  }

  @Test("A server that has all again that it had told has lost nobody, and who is gone is gone")
  func slowBehindAddress() async throws {
    let (world, servers) = try await putBack { $0.remove(0..<1) }
    servers.hasAllAgain.withLock { $0 = true }
    #expect(try await imported(world) == "success")
    #expect(world.outcome.count == 3)
    #expect(try world.reader.heldImports().isEmpty)
  }

  @Test("What a server has again is not asked for once it was read without it")
  func notAskedLater() async throws {
    let (world, servers) = try await putBack { $0.remove(0..<1) }
    #expect(try await imported(world) == "stopped-deletion-limit")
    servers.hasAllAgain.withLock { $0 = true }
    #expect(try await imported(world, .initial) == "stopped-deletion-limit")
    #expect(world.outcome.count == 4)
  }

  @Test("A person's word lasts where imports tell no place from which a delta could begin")
  func releasedForGood() async throws {
    let (world, servers) = try await world()
    servers.lack.withLock { $0 = "restored" }
    servers.tellsMark.withLock { $0 = false }
    #expect(try await imported(world, .initial) == "no-start-server-behind")
    _ = try await world.release(.importOf("source"))
    #expect(try await imported(world) == "success")
    #expect(try await imported(world, .initial) == "success")
    #expect(try world.reader.heldImports().isEmpty)
  }

  @Test("A person's word has everything read once, and is used up by that")
  func released() async throws {
    let (world, servers) = try await world()
    servers.lack.withLock { $0 = "dc2 is behind" }
    world.remove(0..<2)
    #expect(try await imported(world) == "no-start-server-behind")
    let status = try await world.release(.importOf("source"))
    #expect(status.state == .finished && status.outcome.contains("reads everything"))
    #expect(try world.reader.heldImports().map(\.releasedBy) == ["ann"])
    let due = try #require(try world.reader.dueSteps().first)
    #expect(due.type == .fullImport && due.reason.contains("ann said"))
    let step = try #require(try await world.cycle().steps.first)
    #expect(step.type == .fullImport && step.result == "success")
    #expect(try world.reader.heldImports().isEmpty)
    #expect(world.outcome.count == 2)
    #expect(try await imported(world, .initial) == "no-start-server-behind")
  }

  @Test("A person's word for a server lets no more deletes pass than usual")
  func releasedDeletes() async throws {
    let (world, servers) = try await world()
    world.limits["source"] = GuardLimits(importing: [.deletes: GuardLimit(count: 1)])
    servers.lack.withLock { $0 = "dc2 is behind" }
    world.remove(0..<2)
    #expect(try await imported(world) == "no-start-server-behind")
    #expect(try await world.release(.importOf("source")).state == .finished)
    #expect(try await imported(world) == "stopped-deletion-limit")
    #expect(world.outcome.count == 4)
    #expect(try world.reader.heldImports().map(\.isBehind) == [false])
  }

  @Test("What a delta did not find and may be there is held, and a full import finds out")
  func doubted() async throws {
    let world = try World.of(users: 4)
    world.otherSource = Doubtful(world.source)
    try world.stopSchedule()
    for _ in 0..<2 { try await world.cycle() }
    #expect(try await imported(world) == "success")
    world.remove(0..<1)
    let step = try #require(try await world.cycle().steps.first)
    #expect(step.result == "stopped-deletion-limit")
    let message = try world.reader.stepMessage(step: step.id).message
    #expect(message.hasSuffix("does not show 1 objects, and dc2 is behind; no delete was staged"))
    #expect(world.outcome.count == 4)
    #expect(try world.reader.heldImports().count == 1)
    try await world.cycle()
    #expect(world.outcome.count == 3)
    #expect(try world.reader.heldImports().isEmpty)
  }
}
