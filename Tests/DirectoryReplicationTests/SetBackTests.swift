import Directory
import Synchronization
import Testing

@testable import DirectoryReplication

@Suite("A controller that was set back is found out though its numbers have caught up")
final class SetBackTests: Sendable {
  /// How a controller answers who asks for the account whose change it told last.
  enum Now: Sendable, CaseIterable {
    case same, later, earlier, otherChange, gone, deleted, silentOfIt, refused

    /// Whether that shows that its database was set back.
    var isSetBack: Bool { [.earlier, .otherChange, .gone].contains(self) }

    var answer: FakeController.Answer {
      var writer = ReplyWriter()
      var user = Sample.user(1103, password: "old")
      switch self {
      case .same: break
      case .later: user.version = 2
      case .earlier: user.version = 0
      case .otherChange:
        // The version of what was told, under the number before its own.
        user.values.removeFirst()
        user.version = 2
      case .gone: return .reply(ReplyWriter(result: 8439).bytes)
      case .deleted:
        user.values = [(.isDeleted, [[1, 0, 0, 0]])]
        user.version = 0
      case .silentOfIt: user.version = nil
      case .refused: return .reply(ReplyWriter(result: 5).bytes)
      }
      writer.entries = [user]
      return .reply(writer.bytes)
    }
  }

  private let now = Mutex(Now.same)
  private let seen = Mutex<[String]>([])

  /// A controller that tells one account to who reads all, and nothing to who goes on.
  private func makeController() -> FakeController {
    FakeController { [self] request in
      guard !request.isForObject else {
        seen.withLock { $0.append("object") }
        return now.withLock { $0 }.answer
      }
      seen.withLock { $0.append(String(request.object)) }
      var writer = ReplyWriter()
      if request.object == 0 {
        writer.entries = [Sample.user(1103, password: "since")]
      } else {
        writer.to = USNVector(object: 120, reserved: 0, property: 120)
        writer.known = [GUID(1, 2, 3, 4): 120]
      }
      return .reply(writer.bytes)
    }
  }

  @Test("What it told last shows it to who comes back, once in a session", arguments: Now.allCases)
  func found(how: Now) async throws {
    let controller = makeController()
    let start = try await controller.reader().changes(since: nil)
    let stored = try #require(ReplicationCursor(start.cursor.description))
    now.withLock { $0 = how }
    seen.withLock { $0 = [] }
    let reader = controller.reader()
    let batch = try await reader.changes(since: stored)
    let notices = await reader.takeNotices()
    if how.isSetBack {
      #expect(batch.changes.compactMap(\.account).map { $0.has("since") } == [true])
      #expect(notices.count == 1 && notices[0].contains("behind change 54"), "\(notices)")
      #expect(seen.withLock { $0 } == ["100", "object", "0"])
    } else {
      #expect(batch.changes.isEmpty && notices.isEmpty)
      #expect(seen.withLock { $0 } == ["100", "object"])
    }
    seen.withLock { $0 = [] }
    #expect(try await reader.changes(since: batch.cursor).changes.isEmpty)
    #expect(await reader.takeNotices().isEmpty)
    #expect(seen.withLock { $0 } == [how.isSetBack ? "100" : "120"])
  }

  @Test("Of another controller nothing is asked that it did not write, and its own is kept beside")
  func otherController() async throws {
    let controller = makeController()
    let first = try await controller.reader().changes(since: nil).cursor
    let asked = Mutex(0)
    let second = FakeController { request in
      guard !request.isForObject else {
        asked.withLock { $0 += 1 }
        return .close
      }
      var writer = ReplyWriter(invocation: GUID(5, 5, 5, 5))
      writer.known = [GUID(5, 5, 5, 5): 100]
      writer.entries = [Sample.user(1104, password: "x")]
      return .reply(writer.bytes)
    }
    let cursor = try await second.reader().changes(since: first).cursor
    #expect(asked.withLock { $0 } == 0)
    #expect(Set(cursor.witnesses.keys) == [GUID(1, 2, 3, 4), GUID(5, 5, 5, 5)])
    #expect(cursor.witnesses[GUID(1, 2, 3, 4)] == first.witnesses[GUID(1, 2, 3, 4)])
  }

  @Test("Of all that is told, the change with the highest number is kept, none of the deleted")
  func kept() {
    func entry(_ id: UInt32, _ change: UInt64, deleted: Bool = false) -> ReplicatedEntry {
      var entry = ReplicatedEntry()
      entry.object.guid = Sample.guid(id)
      entry.stamps[.unicodePwd] = .init(
        version: 1, time: Timestamp(milliseconds: 5000), controller: GUID(1, 2, 3, 4),
        change: change)
      if deleted { entry.values[.isDeleted] = [[1, 0, 0, 0]] }
      return entry
    }
    var cursor = ReplicationCursor(
      invocation: GUID(1, 2, 3, 4), vector: USNVector(), upToDateness: UpToDateness())
    cursor.noteWitnesses(of: [entry(1, 7), entry(2, 9), entry(3, 8), entry(4, 20, deleted: true)])
    #expect(cursor.witnesses.values.map(\.object) == [Sample.guid(2)])
    cursor.noteWitnesses(of: [entry(5, 9)])
    #expect(cursor.witnesses.values.map(\.object) == [Sample.guid(2)])
    cursor.noteWitnesses(of: [entry(5, 10)])
    #expect(cursor.witnesses.values.map(\.object) == [Sample.guid(5)])
  }

  @Test("A stored place has what was told last, and one that is damaged is none")
  func stored() {
    var cursor = ReplicationCursor(
      invocation: GUID(1, 2, 3, 4), vector: USNVector(object: 3, reserved: 0, property: 3),
      upToDateness: UpToDateness(changes: [GUID(1, 2, 3, 4): 3]))
    for (number, attribute) in ReplicatedAttribute.allCases.enumerated() {
      let controller = GUID(UInt32(number), 2, 3, 4)
      cursor.witnesses[controller] = ChangeWitness(
        object: Sample.guid(UInt32(number)), attribute: attribute,
        stamp: .init(
          version: .max, time: Timestamp(milliseconds: -5000), controller: controller, change: .max)
      )
    }
    let text = cursor.description
    #expect(ReplicationCursor(text) == cursor)
    for (part, other) in [(",unicodePwd,", ",unicodePw,"), (" w", " v"), (",-5000,", ",,")] {
      #expect(ReplicationCursor(text.replacing(part, with: other)) == nil, "\(part)")
    }
  }
}
