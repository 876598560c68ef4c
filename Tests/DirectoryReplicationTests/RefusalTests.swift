import Configuration
import Directory
import Synchronization
import Testing

@testable import DirectoryReplication

/// What a person reads when a controller can't be reached, or does not want to.
@Suite struct RefusalTests {
  private func failure(_ result: UInt32) async -> ReplicationError? {
    let controller = FakeController { _ in .reply(ReplyWriter(result: result).bytes) }
    return await controller.reader().failure()
  }

  @Test("Without the right to secrets, that one is missing")
  func secrets() async {
    let controller = FakeController { request in
      .reply(ReplyWriter(result: request.wantsSecrets ? 8453 : 0).bytes)
    }
    let error = await controller.reader().failure()
    #expect(error?.code == .missingRights(.secrets))
    #expect(
      error?.description == "127.0.0.1: the account may not read password hashes: replication"
        + " access was denied (8453). Grant it on the domain's root: Replicating Directory"
        + " Changes All")
  }

  @Test("Without any right, both are missing")
  func rights() async {
    let error = await failure(8453)
    #expect(error?.code == .missingRights([.changes, .secrets]))
    #expect(error?.hint.contains("Changes and Replicating Directory Changes All") == true)
  }

  @Test(
    "Refusals are told apart",
    arguments: [
      (8456, .readOnlyController), (8439, .unknownObject), (8440, .unknownObject),
      (8438, .busy), (8461, .busy), (8593, .refused(8593)), (4711, .refused(4711)),
    ] as [(UInt32, ReplicationError.Code)])
  func statuses(status: UInt32, code: ReplicationError.Code) async {
    let error = await failure(status)
    #expect(error?.code == code)
    #expect(error?.words.contains("(\(status))") == true)
    #expect(error?.isTransient == (code == .busy))
  }

  @Test(
    "What a controller says of a single object that it does not give is told apart",
    arguments: [
      (15, .missingRights([.changes, .secrets]), "EXOP_ERR_ACCESS_DENIED (15)"),
      (6, .refusedOperation(6), "EXOP_ERR_UNKNOWN_CALLER (6)"),
      (13, .refusedOperation(13), "EXOP_ERR_DIR_ERROR (13)"),
      (99, .refusedOperation(99), "extended error (99)"),
    ] as [(UInt32, ReplicationError.Code, String)])
  func extended(status: UInt32, code: ReplicationError.Code, words: String) async throws {
    let controller = FakeController { _ in
      .reply(ReplyWriter(extendedStatus: status).bytes)
    }
    let reader = controller.reader()
    let error = try #require(
      await #expect(throws: ReplicationError.self) {
        try await reader.check()
      })
    #expect(error.code == code && error.description.contains(words), "\(error)")
    #expect(!error.hint.isEmpty && !error.isTransient)
    // Changes are no such operation: there the field says nothing.
    #expect(await reader.failure() == nil)
  }

  @Test("Success, and a field that is left empty, are no refusal", arguments: [0, 1] as [UInt32])
  func extendedSuccess(status: UInt32) async throws {
    let controller = FakeController { _ in
      var writer = ReplyWriter(extendedStatus: status)
      writer.entries = [Sample.user(1103, password: "x")]
      return .reply(writer.bytes)
    }
    let change = try await controller.reader().account(Sample.guid(1103))
    #expect(change?.account?.has("x") == true)
  }

  @Test("A wrong password is told as one, whichever way the controller says so")
  func password() async {
    for status: UInt32 in [5, 0x1C01_000B, 0x721] {
      let controller = FakeController { operation, _ in
        operation == 0 ? .fault(status) : .close
      }
      #expect(await controller.reader().failure()?.code == .wrongPassword)
    }
  }

  @Test("Other faults are told with their number")
  func fault() async {
    let controller = FakeController { _ in .fault(0x1C01_0002) }
    let error = await controller.reader().failure()
    #expect(error?.code == .fault(0x1C01_0002))
    #expect(error?.words == "no such operation (0x1c010002)")
  }

  @Test("An answer that is not signed, or by somebody else, is refused")
  func forgery() async {
    let forged = FakeController { _ in .forged(ReplyWriter().bytes) }
    #expect(await forged.reader().failure()?.code == .malformedAnswer)
    let clear = FakeController { _ in .clear(ReplyWriter().bytes) }
    let error = await clear.reader().failure()
    #expect(error?.code == .malformedAnswer)
    #expect(error?.words == "an answer is not signed")
  }

  @Test("An answer of nothing that never ends is not followed")
  func nothing() async {
    let controller = FakeController { _ in .empty(65) }
    let error = await controller.reader().failure()
    #expect(error?.code == .malformedAnswer)
    #expect(error?.words.contains("hold any of it") == true)
  }

  @Test("An answer of another form is told as such")
  func form() async {
    let controller = FakeController { _ in .reply(ReplyWriter(version: 7).bytes) }
    #expect(await controller.reader().failure()?.words.contains("version") == true)
  }

  @Test("After a lost connection, the next request opens another")
  func lost() async throws {
    let count = Mutex(0)
    let controller = FakeController { _ in
      let number = count.withLock { count in
        count += 1
        return count
      }
      return number == 1 ? .close : .reply(ReplyWriter().bytes)
    }
    let reader = controller.reader()
    let error = await reader.failure()
    #expect(error?.code == .connectionLost)
    #expect(error?.isTransient == true)
    #expect(await reader.failure() == nil)
  }

  @Test("A controller that is silent ends the patience")
  func silence() async {
    let controller = FakeController { _ in .silence }
    let error = await controller.reader(patience: 0.1).failure()
    #expect(error?.code == .timeout)
  }

  @Test("However an answer trickles, a call has an end")
  func trickle() async {
    let controller = FakeController { _ in .silence }
    var settings = controller.settings
    (settings.patience, settings.longestCall) = (600, 0)
    let reader = DirectoryReplicator(settings) { _, _ in FakeContext() }
    #expect(await reader.failure()?.code == .timeout)
    withExtendedLifetime(controller) {}
  }

  @Test("A task that is cancelled does not wait for a silent controller")
  func cancellation() async {
    let (arrived, arrival) = AsyncStream<Void>.makeStream()
    let controller = FakeController { _ in
      arrival.yield()
      return .silence
    }
    let reader = controller.reader(patience: 600)
    let task = Task { await reader.failure() }
    for await _ in arrived { break }
    task.cancel()
    #expect(await task.value?.code == .cancelled)
  }

  @Test("Nobody at the port, no replication, and no association are told apart")
  func services() async {
    var manner = FakeController.Manner()
    manner.ports = [1]
    let nobody = FakeController(manner) { _ in .close }
    #expect(await nobody.reader().failure()?.code == .unreachable)
    manner.ports = []
    let without = FakeController(manner) { _ in .close }
    #expect(await without.reader().failure()?.code == .noService)
    manner.ports = nil
    manner.refusal = 8
    let strict = FakeController(manner) { _ in .close }
    #expect(await strict.reader().failure()?.code == .unprotected)
    manner.refusal = nil
    manner.signsHeads = false
    let lax = FakeController(manner) { _ in .close }
    #expect(await lax.reader().failure()?.code == .noService)
    let old = FakeController { _, _ in .reply(FakeController.bound(0x0000_0001)) }
    #expect(await old.reader().failure()?.words.contains("older") == true)
  }

  @Test("A password that can't be read is told before anything is sent under it")
  func noPassword() async {
    struct Missing: Error, CustomStringConvertible { let description = "no such file" }
    let controller = FakeController { _ in .close }
    var settings = ReplicationSettings(
      hosts: ["127.0.0.1"], domain: "contoso.com", account: "sync"
    ) { throw Missing() }
    settings.mapperPort = controller.port
    settings.authentication = .ntlm
    let error = await DirectoryReplicator(settings).failure()
    #expect(error?.code == .noSecret)
    #expect(error?.words == "no such file")
    withExtendedLifetime(controller) {}
  }

  @Test("That NTLM takes the place of Kerberos is told, and it does not where Kerberos has worked")
  func fallback() throws {
    var settings = ReplicationSettings(
      hosts: ["127.0.0.1"], domain: "contoso.test", account: "sync"
    ) { Secret("x") }
    settings.kerberosPort = 1
    let known = KnownHosts()
    let signIn = SignIn(settings: settings, host: "127.0.0.1", byKerberos: known)
    let context = try #require(try signIn.context() as? NTLMContext)
    #expect(context.serviceName == "ldap/127.0.0.1")
    #expect(context.notice?.hasPrefix("127.0.0.1: Kerberos: ") == true)
    #expect(context.notice?.hasSuffix("; NTLM is used in its place") == true)
    known.insert("127.0.0.1")
    #expect(throws: KerberosFailure.self) { _ = try signIn.context() }
    settings.authentication = .ntlm
    let chosen = SignIn(settings: settings, host: "127.0.0.1", byKerberos: known)
    #expect(try chosen.context().notice == nil)
  }

  @Test("A notice of the sign-in is told with the session")
  func notice() async {
    let controller = FakeController { _ in .reply(ReplyWriter().bytes) }
    let reader = DirectoryReplicator(controller.settings) { _, _ in
      FakeContext(notice: "dc1: NTLM is used")
    }
    #expect(await reader.failure() == nil)
    #expect(await reader.failure() == nil)
    #expect(await reader.takeNotices() == ["dc1: NTLM is used"])
  }

  @Test("A key file is for Kerberos: NTLM wants a password")
  func keytab() async {
    let controller = FakeController { _ in .close }
    var settings = controller.settings
    settings.credential = .keytab("/nowhere/sync.keytab")
    settings.authentication = .ntlm
    let ntlm = await DirectoryReplicator(settings).failure()
    #expect(ntlm?.code == .noSecret)
    #expect(ntlm?.hint.contains("Kerberos") == true)
    withExtendedLifetime(controller) {}
  }

  @Test(
    "Failures of Kerberos are told by what they mean",
    arguments: [
      (24, .wrongPassword), (6, .wrongPassword), (18, .accountUnusable), (23, .accountUnusable),
      (37, .clockSkew), (148, .clockSkew), (7, .unknownServer), (156, .unreachable),
      (14, .unprotected), (181, .noSecret),
    ] as [(Int32, ReplicationError.Code)])
  func kerberos(number: Int32, code: ReplicationError.Code) {
    let failure = KerberosFailure(step: "signing in", code: -1_765_328_384 + number, words: "so")
    let error = ReplicationError(failure, server: "dc1", doing: "connecting")
    #expect(error.code == code)
    #expect(error.description.hasPrefix("dc1: connecting: signing in failed: so. "))
    // Only who is not known at all may be looked for in another realm.
    #expect(error.hint.hasPrefix("Check 'domain'") == (number == 6))
  }
}
