import Directory
import PasswordSync
import Synchronization
import Testing

@testable import LDAPConnector

@Suite(
  "A directory that has refused the account's password is not asked by it turn after turn",
  .enabled(if: !TestSlapd.isMissing))
struct PasswordSignInTests {
  private final class Scene: Sendable {
    let now = Mutex(ContinuousClock.now)
    let password = Mutex("wrong")
  }

  @Test("The same one is tried again after a quarter of an hour, and another one at once")
  func refused() async throws {
    let account = HashSlapd.dn("reader")
    let server = try HashSlapd.start(person("reader", "userPassword: right\n"))
    let scene = Scene()
    var settings = server.passwordSettings()
    settings.connection.authentication = .simple(name: account) { scene.password.withLock { $0 } }
    let directory = PasswordDirectory(
      settings, HashSlapd.attribute, now: { scene.now.withLock { $0 } })
    func failure() async -> LDAPError? {
      do {
        let (connection, _) = try await directory.connect()
        await connection.close()
        return nil
      } catch {
        return error as? LDAPError
      }
    }
    for _ in 1...2 {
      let refusal = await failure()
      #expect(refusal?.code == .refused && refusal?.isOfSecret == true)
      #expect(refusal?.hint.contains("15 minutes") == true)
    }
    // The server takes it by now, and is not asked.
    try await server.change(
      account, [LDAPModification(.replace, "userPassword", [Array("wrong".utf8)])])
    #expect(await failure()?.isOfSecret == true)
    scene.now.withLock { $0 += .seconds(900) }
    #expect(await failure() == nil)
    scene.password.withLock { $0 = "right" }
    #expect(await failure()?.isOfSecret == true)
    scene.password.withLock { $0 = "wrong" }
    #expect(await failure() == nil)
  }
}
