import Directory
import PasswordSync
import Synchronization
import Testing

@testable import SyncEngine

@Suite("A check of the ways that passwords take")
struct PasswordCheckTests {
  private let source = MemoryPasswordSource()
  private let target = MemoryPasswordTarget()

  private func findings(
    _ adjust: (inout PasswordChannelSetup) -> Void = { _ in }
  ) async -> [ConnectionFinding] {
    var setup = PasswordChannelSetup(
      sourceConnector: "contoso.test", targetConnector: "tenant", source: source, target: target)
    setup.isFIPS = { false }
    adjust(&setup)
    return await setup.check()
  }

  @Test("Both ends that answer are good, and nothing was sent")
  func good() async throws {
    for name in ["ann", "bob", "eve"] { source.set("secret of " + name, of: name, at: .now) }
    source.set(nil, of: "ned", at: .now)
    let found = await findings()
    #expect(found.count == 2 && found.allSatisfy(\.isGood))
    #expect(found[0].text.contains("contoso.test"))
    #expect(found[0].text.contains("3 accounts were read; 1 have no password"))
    #expect(found[1].text == "tenant takes passwords")
    #expect(target.state.withLock { $0.batches.isEmpty && $0.pings == 1 })
  }

  @Test("Only the first batch is read, and it is said that there are more")
  func first() async throws {
    for number in 1...30 { source.set("secret", of: "user\(number)", at: .now) }
    source.state.withLock { $0.pageSize = 10 }
    let found = await findings()
    #expect(found[0].text.contains("10 accounts were read, and there are more"))
    #expect(source.state.withLock { $0.pages } == 1)
    source.state.withLock { $0.isMoreCertain = false }
    #expect(await findings()[0].text.hasSuffix("10 accounts were read"))
  }

  @Test("Accounts whose hash can't be read are counted, the first with its reason")
  func problems() async throws {
    source.set("secret", of: "ann", at: .now)
    for name in ["bob", "eve"] {
      source.set(nil, of: name, at: .now)
      source.touch(name) { $0.problem = "the right is missing" }
    }
    let found = await findings()
    #expect(found.map(\.isGood) == [true, false, true])
    #expect(found[1].text.contains("2 accounts could not be read, the first of CN=bob,"))
    #expect(found[1].text.hasSuffix(": the right is missing"))
    source.remove("ann")
    #expect(await findings().map(\.isGood) == [false, true])
  }

  @Test("A source without any account with a password is none to rely on")
  func empty() async throws {
    let found = await findings()
    #expect(found.map(\.isGood) == [false, true])
    #expect(!found[0].hint.isEmpty)
  }

  @Test("What either end says is told, with what to do")
  func failures() async throws {
    source.state.withLock { $0.failure = PasswordSourceFailure("dc1 is gone", hint: "Start it") }
    target.state.withLock { $0.failure = PasswordTargetFailure("no right", hint: "Give it") }
    let found = await findings()
    #expect(found.map(\.isGood) == [false, false])
    #expect(found[0].text.hasSuffix("contoso.test: dc1 is gone") && found[0].hint == "Start it")
    #expect(found[1].text == "tenant takes no passwords: no right" && found[1].hint == "Give it")
  }

  @Test("A host in FIPS mode is told, and whether that is allowed")
  func approved() async throws {
    source.set("secret", of: "ann", at: .now)
    let refused = await findings { $0.isFIPS = { true } }
    #expect(refused.map(\.isGood) == [false, true], "hashes are not read there")
    #expect(source.state.withLock { $0.pages } == 0)
    #expect(refused[0].hint.contains("allow_in_fips"))
    let allowed = await findings { setup in
      setup.isFIPS = { true }
      setup.allowsFIPS = true
    }
    #expect(allowed.allSatisfy(\.isGood) && allowed.count == 3)
  }
}
