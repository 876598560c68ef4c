import Glibc
import ProgramTesting
import Testing

@testable import LDAPConnector

@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct FailoverTests {
  private func closed() -> LDAPServer { LDAPServer(host: "127.0.0.1", port: Loopback.freePort()) }

  @Test func theNextServerIsTakenWhenTheFirstDoesNotAnswer() async throws {
    let slapd = try TestSlapd()
    var settings = slapd.settings()
    settings.servers.insert(closed(), at: 0)
    settings.servers.insert(LDAPServer(host: "no.such.host.invalid"), at: 0)
    #expect(try await LDAPConnection(settings).bind().port == slapd.port)
  }

  @Test func aClosedPortIsCalledThat() async throws {
    let settings = LDAPSettings(servers: [closed()])
    let error = await #expect(throws: LDAPError.self) { try await LDAPConnection(settings).bind() }
    #expect(error?.code == .cannotConnect)
    #expect(error?.words == "Connection refused")
  }

  @Test func anUnknownNameIsCalledThat() async throws {
    let settings = LDAPSettings(servers: [LDAPServer(host: "no.such.host.invalid")])
    let error = await #expect(throws: LDAPError.self) { try await LDAPConnection(settings).bind() }
    #expect(error?.code == .cannotConnect)
    #expect(error?.message == "The name no.such.host.invalid is not known")
  }

  @Test func whenNoneAnswersEachIsNamed() async throws {
    let servers = [closed(), closed()]
    let settings = LDAPSettings(servers: servers)
    let error = await #expect(throws: LDAPError.self) { try await LDAPConnection(settings).bind() }
    #expect(error?.message == "None of the 2 servers answers")
    for server in servers { #expect(error?.words.contains(server.description) == true) }
  }

  @Test func aWrongPasswordIsNotTriedOnTheNextServer() async throws {
    let first = try TestSlapd()
    let second = try TestSlapd()
    var settings = first.settings()
    settings.servers += second.settings().servers
    settings.authentication = .simple(name: TestSlapd.admin) { "wrong" }
    let error = await #expect(throws: LDAPError.self) { try await LDAPConnection(settings).bind() }
    #expect(error?.code == .refused)
    #expect(error?.server == first.settings().servers[0].description)
  }

  @Test func aSilentServerIsGivenUpAfterTheTimeout() async throws {
    let silent = try SilentServer()
    var settings = LDAPSettings(
      servers: [LDAPServer(host: "127.0.0.1", port: silent.port)],
      authentication: .simple(name: "cn=x") { "x" })
    settings.connectTimeout = 0.3
    let error = await #expect(throws: LDAPError.self) { try await LDAPConnection(settings).bind() }
    #expect(error?.code == .timeout)
    #expect(error?.hint.contains("\"connect_timeout\"") == true)
  }

  @Test("A server that is silent in the handshake of TLS is left for the next one in time")
  func silentHandshake() async throws {
    let silent = try SilentServer()
    let slapd = try TestSlapd()
    var settings = slapd.settings()
    settings.servers.insert(
      LDAPServer(host: "127.0.0.1", port: silent.port, usesTLS: true), at: 0)
    settings.connectTimeout = 1
    let patient = settings
    let server = try await withTimeLimit(seconds: 100) { try await LDAPConnection(patient).bind() }
    #expect(server.port == slapd.port)
    settings.servers.removeLast()
    let alone = settings
    let error = await #expect(throws: LDAPError.self) {
      try await withTimeLimit(seconds: 100) { try await LDAPConnection(alone).bind() }
    }
    #expect(error?.server == settings.servers[0].description)
  }

  @Test("A server that takes connections and does not answer is left for the next one")
  func silentServerFirst() async throws {
    let silent = try SilentServer()
    let slapd = try TestSlapd()
    var settings = slapd.settings()
    settings.servers.insert(LDAPServer(host: "127.0.0.1", port: silent.port), at: 0)
    settings.connectTimeout = 3
    let patient = settings
    let server = try await withTimeLimit(seconds: 100) { try await LDAPConnection(patient).bind() }
    #expect(server.port == slapd.port)
  }

  @Test func aCancelledTaskDoesNotWaitForAnAnswer() async throws {
    let silent = try SilentServer()
    let settings = LDAPSettings(
      servers: [LDAPServer(host: "127.0.0.1", port: silent.port)],
      authentication: .simple(name: "cn=x") { "x" })
    let task = Task { () async -> LDAPError? in
      do throws(LDAPError) {
        try await LDAPConnection(settings).bind()
        return nil
      } catch {
        return error
      }
    }
    await silent.waitForConnection()
    task.cancel()
    #expect(await task.value?.code == .cancelled)
  }
}

/// A server that takes connections and says nothing.
final class SilentServer: Sendable {
  let port: Int
  private let socket: Int32

  init() throws {
    (socket, port) = try #require(Loopback.listen())
  }

  deinit { close(socket) }

  /// Waits until somebody has connected and sent something.
  func waitForConnection() async {
    let socket = socket
    await withCheckedContinuation { continuation in
      startThread {
        let connection = accept(socket, nil, nil)
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        var byte: UInt8 = 0
        _ = read(connection, &byte, 1)
        continuation.resume()
      }
    }
  }
}
