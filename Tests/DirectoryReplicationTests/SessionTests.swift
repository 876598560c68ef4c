import Synchronization
import Testing

@testable import DirectoryReplication

/// Sessions that were kept, and have died when they are needed.
@Suite struct SessionTests {
  private typealias Answer = FakeController.Answer

  /// A controller that answers requests for changes in turn as `answers` say, and well after them,
  /// and how many requests there were.
  private final class Script: Sendable {
    private let answers: Mutex<[Answer]>
    private let requests = Mutex(0)
    init(_ answers: [Answer]) { self.answers = Mutex(answers) }
    var count: Int { requests.withLock { $0 } }
    func next() -> Answer {
      requests.withLock { $0 += 1 }
      return answers.withLock { $0.isEmpty ? .reply(ReplyWriter().bytes) : $0.removeFirst() }
    }
  }

  private static let good = Answer.reply(ReplyWriter().bytes)

  @Test(
    "A kept session that has died costs no turn: the request goes once more, on a new one",
    arguments: [Answer.close, .fault(0x1C00_001A), .fault(5), .forged(ReplyWriter().bytes)])
  private func died(_ end: Answer) async throws {
    let script = Script([Self.good, end])
    let controller = FakeController { _ in script.next() }
    let reader = controller.reader()
    #expect(await reader.failure() == nil)
    #expect(await reader.failure() == nil)
    #expect(script.count == 3)
    #expect(await reader.takeNotices().isEmpty)
  }

  @Test("One that dies again is told, and a new one that dies at once is not tried again")
  func diesAgain() async {
    let script = Script([Self.good, .close, .close, .close])
    let controller = FakeController { _ in script.next() }
    let reader = controller.reader()
    #expect(await reader.failure() == nil)
    #expect(await reader.failure()?.code == .connectionLost)
    #expect(script.count == 3)
    #expect(await reader.failure()?.code == .connectionLost)
    #expect(script.count == 4)
    #expect(await reader.failure() == nil)
  }

  @Test("A refusal is no death: it is told at once, and the session stays")
  func refused() async {
    let script = Script([Self.good, .reply(ReplyWriter(result: 8442).bytes)])
    let controller = FakeController { _ in script.next() }
    let reader = controller.reader()
    #expect(await reader.failure() == nil)
    #expect(await reader.failure()?.code == .refused(8442))
    #expect(script.count == 2)
  }

  @Test("When no answer comes in time the next controller is asked, and that is told once")
  func late() async throws {
    // One controller by two names.
    let script = Script([.silence])
    let controller = FakeController { _ in script.next() }
    var settings = controller.settings
    settings.hosts = ["127.0.0.1", "localhost"]
    settings.patience = 0.3
    let reader = DirectoryReplicator(settings) { _, _ in FakeContext() }
    #expect(await reader.failure() == nil)
    #expect(script.count == 2)
    let notice = try #require(await reader.takeNotices().first)
    #expect(notice.hasPrefix("127.0.0.1: reading changes failed: no answer in"))
    #expect(notice.hasSuffix("; localhost is asked in its place"))
    #expect(await reader.takeNotices().isEmpty)
    // It stays with that one.
    #expect(await reader.failure() == nil)
    #expect(await reader.takeNotices().isEmpty)
  }

  @Test(
    "A controller that fails for a reason of its own lets the next one be asked, once",
    arguments: [
      .reply(ReplyWriter(result: 8456).bytes), .reply(ReplyWriter(result: 8438).bytes),
      .reply(ReplyWriter(result: 8442).bytes), .reply(ReplyWriter(result: 8451).bytes), .close,
      .fault(0x1C01_0002), .forged(ReplyWriter().bytes),
    ] as [Answer])
  private func ownFailure(answer: Answer) async throws {
    let script = Script([answer])
    let controller = FakeController { _ in script.next() }
    var settings = controller.settings
    settings.hosts = ["127.0.0.1", "localhost"]
    let reader = DirectoryReplicator(settings) { _, _ in FakeContext() }
    #expect(await reader.failure() == nil)
    #expect(script.count == 2)
    let notices = await reader.takeNotices()
    #expect(notices.count == 1 && notices[0].hasPrefix("127.0.0.1: reading changes failed: "))
    #expect(notices.first?.hasSuffix("; localhost is asked in its place") == true)
    let both = Script([answer, answer, answer])
    let other = FakeController { _ in both.next() }
    settings.mapperPort = other.port
    let failing = DirectoryReplicator(settings) { _, _ in FakeContext() }
    #expect(await failing.failure()?.server == "localhost")
    #expect(both.count == 2)
  }

  @Test("What a controller says of the domain is not asked of another one")
  func ofDomain() async {
    let script = Script([.reply(ReplyWriter(result: 8440).bytes)])
    let controller = FakeController { _ in script.next() }
    var settings = controller.settings
    settings.hosts = ["127.0.0.1", "localhost"]
    let reader = DirectoryReplicator(settings) { _, _ in FakeContext() }
    #expect(await reader.failure()?.code == .unknownObject)
    #expect(script.count == 1)
  }

  @Test("A controller whose clock is wrong is passed over")
  func clock() async throws {
    let controller = FakeController { _ in Self.good }
    var settings = controller.settings
    settings.hosts = ["127.0.0.1", "localhost"]
    let reader = DirectoryReplicator(settings) { _, host in
      guard host == "localhost" else {
        throw KerberosFailure(step: "signing in", code: -1_765_328_384 + 37, words: "skew")
      }
      return FakeContext()
    }
    #expect(await reader.failure() == nil)
    #expect(await reader.takeNotices().first?.contains("signing in failed: skew") == true)
  }

  @Test("A first controller that can't be reached is told when the next one answers")
  func unreachable() async throws {
    let controller = FakeController { _ in .reply(ReplyWriter().bytes) }
    var settings = controller.settings
    settings.hosts = ["127.0.0.2", "127.0.0.1"]
    let reader = DirectoryReplicator(settings) { _, _ in FakeContext() }
    #expect(await reader.failure() == nil)
    let notices = await reader.takeNotices()
    #expect(notices.count == 1 && notices[0].hasPrefix("127.0.0.2: connecting failed"))
    #expect(notices[0].hasSuffix("127.0.0.1 is asked in its place"))
  }

  @Test("A single controller that is too late is not asked again on a session that was new")
  func single() async {
    let script = Script([.silence])
    let controller = FakeController { _ in script.next() }
    #expect(await controller.reader(patience: 0.3).failure()?.code == .timeout)
    #expect(script.count == 1)
  }
}
