import Directory
import Synchronization
import Testing

@testable import DirectoryReplication

/// Reading in several answers, with a controller that keeps its place as Samba does.
@Suite struct CycleTests {
  /// A controller whose objects `1...count` have each a new password, and how often it was asked.
  ///
  /// With each handle it keeps how far a cycle has come. One that is not kept begins where attributes
  /// were known before the cycle, as in Samba's `getncchanges.c`.
  private final class Keeper: Sendable {
    struct State {
      var handles: UInt8 = 0
      var places: [[UInt8]: UInt64] = [:]
      var answers = 0
      var single = 0
    }
    let state = Mutex(State())
    let count: UInt64
    /// Whether asking for one object loses the place of the handle, and whether each answer does.
    let forgetsAtObjects, forgetsAlways: Bool

    init(count: UInt64, forgetsAtObjects: Bool = true, forgetsAlways: Bool = false) {
      self.count = count
      self.forgetsAtObjects = forgetsAtObjects
      self.forgetsAlways = forgetsAlways
    }

    func answer(_ operation: UInt16, _ stub: [UInt8]) -> FakeController.Answer {
      state.withLock { state in
        switch operation {
        case 0:
          state.handles += 1
          return .reply(FakeController.bound(handle: state.handles))
        case 3:
          let request = SeenRequest(stub: stub)
          return .reply(request.isForObject ? object(request, &state) : page(request, &state))
        default: return .reply([UInt8](repeating: 0, count: 24))
        }
      }
    }

    private func object(_ request: SeenRequest, _ state: inout State) -> [UInt8] {
      if forgetsAtObjects { state.places[request.handle] = nil }
      state.single += 1
      var writer = ReplyWriter()
      let number = (1...UInt32(count)).first { request.names(Sample.guid($0)) } ?? 0
      writer.entries = [Sample.user(number, password: "new \(number)")]
      return writer.bytes
    }

    private func page(_ request: SeenRequest, _ state: inout State) -> [UInt8] {
      state.answers += 1
      let from = state.places[request.handle] ?? request.property
      let to = min(from + 5, count)
      var writer = ReplyWriter(known: to == count ? [GUID(1, 2, 3, 4): count] : nil)
      writer.entries = (from..<to).map { index in
        var entry = Sample.user(UInt32(index) + 1, password: "new \(index + 1)")
        entry.values = entry.values.filter { [.unicodePwd, .pwdLastSet].contains($0.0) }
        return entry
      }
      writer.hasMore = to < count
      writer.to = USNVector(
        object: to, reserved: 0, property: writer.hasMore ? request.property : to)
      state.places[request.handle] = writer.hasMore && !forgetsAlways ? to : nil
      return writer.bytes
    }

    var counts: (answers: Int, single: Int) { state.withLock { ($0.answers, $0.single) } }
  }

  /// Who was told until the end, or until more answers came than there can be.
  private func told(_ reader: DirectoryReplicator, answers limit: Int) async throws -> [GUID] {
    var cursor = ReplicationCursor(
      invocation: GUID(1, 2, 3, 4), vector: USNVector(),
      upToDateness: UpToDateness(changes: [GUID(4, 4, 4, 4): 1]))
    var guids: [GUID] = []
    for _ in 1...limit {
      let batch = try await reader.changes(since: cursor)
      guids += batch.changes.compactMap(\.account?.guid)
      cursor = batch.cursor
      if !batch.hasMore { return guids }
    }
    Issue.record("no end after \(limit) answers")
    return guids
  }

  @Test("Asking for what a change does not tell leaves the controller's place as it is")
  func place() async throws {
    let keeper = Keeper(count: 12)
    let controller = FakeController { keeper.answer($0, $1) }
    let reader = controller.reader()
    #expect(try await told(reader, answers: 10) == (1...12).map { Sample.guid($0) })
    #expect(keeper.counts.answers == 3 && keeper.counts.single == 12)
    // Nor does asking for an account between two answers.
    let again = try await reader.changes(since: nil)
    _ = try await reader.account(Sample.guid(12))
    #expect(try await reader.changes(since: again.cursor).objectCount == 5)
    #expect(keeper.state.withLock { $0.handles } == 2)
    await reader.close()
  }

  @Test("A controller that tells the same for ever is left after a few answers, in each turn")
  func noProgress() async throws {
    let keeper = Keeper(count: 12, forgetsAlways: true)
    let controller = FakeController { keeper.answer($0, $1) }
    let reader = controller.reader()
    for turn in 1...2 {
      let error = await #expect(throws: ReplicationError.self) {
        _ = try await told(reader, answers: 20)
      }
      #expect(error?.code == .noProgress)
      #expect(error?.description.contains("the same changes were told 3 times") == true)
      #expect(keeper.counts.answers == 3 * turn)
    }
  }

  @Test("A controller that begins anew once is followed to the end")
  func onceMore() async throws {
    let keeper = Keeper(count: 22)
    let controller = FakeController { operation, stub in
      if operation == 3, keeper.counts.answers == 3 {
        keeper.state.withLock { $0.places = [:] }
      }
      return keeper.answer(operation, stub)
    }
    let guids = try await told(controller.reader(), answers: 20)
    #expect(Set(guids) == Set((1...22).map { Sample.guid($0) }) && guids.count == 37)
  }
}
