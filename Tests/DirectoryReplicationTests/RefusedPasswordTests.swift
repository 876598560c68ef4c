import Configuration
import Synchronization
import Testing

@testable import DirectoryReplication

@Suite("A password that a controller has refused is not tried turn after turn")
struct RefusedPasswordTests {
  /// A clock, a password, and how often a controller was asked by it.
  private final class Scene: Sendable {
    let now = Mutex(ContinuousClock.now)
    let password = Mutex("wrong")
    let asked = Mutex(0)

    func reader(of controller: FakeController) -> DirectoryReplicator {
      var settings = controller.settings
      settings.credential = .password { [self] in Secret(password.withLock { $0 }) }
      let isRight: @Sendable () -> Bool = { [self] in password.withLock { $0 } == "right" }
      return DirectoryReplicator(settings, now: { [self] in now.withLock { $0 } }) { _, _ in
        self.asked.withLock { $0 += 1 }
        guard isRight() else {
          throw KerberosFailure(step: "signing in", code: -1_765_328_384 + 24, words: "wrong")
        }
        return FakeContext()
      }
    }
  }

  @Test("The same one is tried again after a quarter of an hour, and another one at once")
  func refused() async throws {
    let scene = Scene()
    let controller = FakeController { _ in .reply(ReplyWriter().bytes) }
    let reader = scene.reader(of: controller)
    for _ in 1...3 {
      let failure = await reader.failure()
      #expect(failure?.code == .wrongPassword)
      #expect(failure?.hint.contains("15 minutes") == true)
    }
    #expect(scene.asked.withLock { $0 } == 1)
    scene.now.withLock { $0 += .seconds(899) }
    #expect(await reader.failure()?.code == .wrongPassword)
    #expect(scene.asked.withLock { $0 } == 1)
    scene.now.withLock { $0 += .seconds(1) }
    #expect(await reader.failure()?.code == .wrongPassword)
    #expect(scene.asked.withLock { $0 } == 2)
    scene.password.withLock { $0 = "right" }
    #expect(await reader.failure() == nil)
    #expect(scene.asked.withLock { $0 } == 3)
  }

  @Test("A controller that does not answer at the end is not waited for long")
  func silentEnd() async throws {
    let controller = FakeController { operation, _ in
      switch operation {
      case 0: .reply(FakeController.bound())
      case 1: .silence
      default: .reply(ReplyWriter().bytes)
      }
    }
    let reader = controller.reader(patience: 3600)
    #expect(await reader.failure() == nil)
    let start = ContinuousClock.now
    await reader.close()
    #expect(ContinuousClock.now - start < .seconds(600))
  }
}
