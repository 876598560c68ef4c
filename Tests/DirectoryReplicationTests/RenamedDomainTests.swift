import Synchronization
import Testing

@testable import DirectoryReplication

@Suite("A domain that was renamed tells its epoch, and wants to hear it")
struct RenamedDomainTests {
  /// Which epochs a controller was told, and the first bytes of the handles that were given back.
  private final class Seen: Sendable {
    let epochs = Mutex<[UInt32]>([])
    let unbound = Mutex<[UInt8]>([])
  }

  /// A controller of the epoch `epoch`, which gives changes only to those who name it.
  private func controller(_ epoch: UInt32, _ seen: Seen) -> FakeController {
    FakeController { operation, stub in
      switch operation {
      case 0:
        let named = stub[56..<60].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        seen.epochs.withLock { $0.append(named) }
        return .reply(FakeController.bound(handle: named == epoch ? 9 : 3, epoch: epoch))
      case 1:
        seen.unbound.withLock { $0.append(stub[0]) }
        return .reply([UInt8](repeating: 0, count: 24))
      default:
        guard stub[0] == 9 else { return .reply(ReplyWriter(result: 8593).bytes) }
        var writer = ReplyWriter()
        writer.entries = [Sample.user(1103, password: "x")]
        return .reply(writer.bytes)
      }
    }
  }

  @Test(
    "Changes and single accounts are read with the epoch that the controller tells",
    arguments: [0, 7, 0x8000_0001] as [UInt32])
  func epoch(_ epoch: UInt32) async throws {
    let seen = Seen()
    let controller = controller(epoch, seen)
    let reader = controller.reader()
    #expect(try await reader.changes(since: nil).changes.first?.account?.has("x") == true)
    #expect(try await reader.account(Sample.guid(1103))?.account?.has("x") == true)
    #expect(seen.epochs.withLock { $0 } == (epoch == 0 ? [0, 0] : [0, epoch, epoch]))
    #expect(seen.unbound.withLock { $0 } == (epoch == 0 ? [] : [3]))
  }
}
