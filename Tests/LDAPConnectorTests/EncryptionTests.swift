import Directory
import Testing

@testable import LDAPConnector

@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct EncryptionTests {
  /// A server with a certificate of these names and days, and what an attempt to bind gives.
  private func attempt(
    names: [String] = ["localhost"], addresses: [[UInt8]] = [[127, 0, 0, 1]],
    days: ClosedRange<Int> = -1...30, trustsAnother: Bool = false, startTLS: Bool = false,
    host: String = "127.0.0.1"
  ) async throws -> Result<LDAPServer, LDAPError> {
    let folder = try TestFolder()
    let authority = try TestAuthority(in: folder)
    let other = try TestAuthority("Other CA", in: folder)
    let slapd = try TestSlapd(
      global: try authority.configuration(names: names, addresses: addresses, days: days))
    var settings = slapd.settings()
    settings.servers = [
      LDAPServer(host: host, port: startTLS ? slapd.port : slapd.tlsPort, usesTLS: !startTLS)
    ]
    settings.startTLS = startTLS
    settings.caFile = trustsAnother ? other.file : authority.file
    let connection = LDAPConnection(settings)
    do throws(LDAPError) {
      let server = try await connection.bind()
      _ = try await connection.rootDSE()
      return .success(server)
    } catch {
      return .failure(error)
    }
  }

  private func refusal(_ result: Result<LDAPServer, LDAPError>) -> LDAPError? {
    if case .failure(let error) = result { error } else { nil }
  }

  @Test(arguments: [true, false]) func aTrustedServerIsSpokenToEncrypted(startTLS: Bool)
    async throws
  {
    let result = try await attempt(startTLS: startTLS)
    #expect(refusal(result) == nil)
  }

  @Test(arguments: [true, false]) func anExpiredCertificateIsCalledThat(startTLS: Bool) async throws
  {
    let error = refusal(try await attempt(days: -10 ... -2, startTLS: startTLS))
    #expect(error?.code == .tls)
    #expect(error?.message == "The server's certificate is refused: it has expired")
    #expect(
      error?.words.hasPrefix("CN=server for localhost, 127.0.0.1, signed by CN=Test CA") == true)
    #expect(error?.hint == "Renew the server's certificate, or set this machine's clock.")
  }

  @Test(arguments: [true, false]) func aCertificateOfTomorrowIsCalledThat(startTLS: Bool)
    async throws
  {
    let error = refusal(try await attempt(days: 1...30, startTLS: startTLS))
    #expect(error?.message == "The server's certificate is refused: it is not valid yet")
  }

  @Test(arguments: [true, false]) func aCertificateForAnotherNameIsCalledThat(startTLS: Bool)
    async throws
  {
    let error = refusal(
      try await attempt(
        names: ["dc1.contoso.com"], addresses: [[10, 0, 0, 1]], startTLS: startTLS))
    #expect(error?.message == "The server's certificate is refused: it is not for 127.0.0.1")
    #expect(error?.words.contains("for dc1.contoso.com, 10.0.0.1") == true)
    #expect(error?.hint == "Use a name that the certificate is for as the server's address.")
  }

  @Test(arguments: [true, false]) func anUnknownAuthorityIsNamed(startTLS: Bool) async throws {
    let error = refusal(try await attempt(trustsAnother: true, startTLS: startTLS))
    #expect(error?.message == "The server's certificate is refused: who signed it is not trusted")
    #expect(error?.hint == "Name a file with the certificate of CN=Test CA as \"ca_file\".")
    #expect(error?.failure(isStart: true).result == .noStartConnection)
  }

  @Test func severalReasonsAreAllTold() async throws {
    let error = refusal(
      try await attempt(addresses: [], days: -10 ... -2, trustsAnother: true))
    #expect(error?.message.contains("it has expired; it is not for 127.0.0.1") == true)
    #expect(error?.message.contains("who signed it is not trusted") == true)
  }

  /// What keeps a server from being bound to whose TLS is configured so.
  private func refusal(tls: String, startTLS: Bool) async throws -> LDAPError? {
    let folder = try TestFolder()
    let authority = try TestAuthority(in: folder)
    let usual = try authority.configuration().replacing("TLSVerifyClient never\n", with: "")
    let slapd = try TestSlapd(global: usual + tls)
    var settings = slapd.settings()
    settings.servers[0].usesTLS = !startTLS
    settings.servers[0].port = startTLS ? slapd.port : slapd.tlsPort
    settings.startTLS = startTLS
    settings.caFile = authority.file
    let final = settings
    return await #expect(throws: LDAPError.self) { try await LDAPConnection(final).bind() }
  }

  @Test("No password goes over a TLS that is too old", arguments: [true, false])
  func oldProtocols(startTLS: Bool) async throws {
    let error = try await refusal(
      tls: "TLSCipherSuite NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0\n", startTLS: startTLS)
    #expect(error?.code == .tls)
    #expect(error?.message == "TLS can't be agreed on")
    #expect(error?.hint == "Check that this port speaks TLS 1.2 or later.")
  }

  @Test(
    "A server that wants a certificate of who connects is called that", arguments: [true, false],
    ["", "TLSCipherSuite NORMAL:-VERS-ALL:+VERS-TLS1.2\n"])
  func clientCertificates(startTLS: Bool, version: String) async throws {
    let error = try await refusal(tls: "TLSVerifyClient demand\n" + version, startTLS: startTLS)
    #expect(error?.code == .tls)
    #expect(error?.message.hasPrefix("The server wants a certificate") == true, "\(error as Any)")
    #expect(error?.hint.contains("TLSVerifyClient") == true)
  }

  @Test func aServerWithoutTLSDoesNotTakeStartTLS() async throws {
    let slapd = try TestSlapd()
    var settings = slapd.settings()
    settings.startTLS = true
    let error = await #expect(throws: LDAPError.self) { try await LDAPConnection(settings).bind() }
    #expect(error?.code == .tls)
    #expect(error?.message == "The server does not take StartTLS")
    #expect(error?.nothingWasSent == true)
  }

  @Test func aPortWithoutTLSIsCalledThat() async throws {
    let slapd = try TestSlapd()
    var settings = slapd.settings()
    settings.servers = [LDAPServer(host: "127.0.0.1", port: slapd.port, usesTLS: true)]
    settings.connectTimeout = 2
    let error = await #expect(throws: LDAPError.self) { try await LDAPConnection(settings).bind() }
    #expect(error?.code == .tls)
    #expect(error?.message == "TLS can't be agreed on")
  }

  @Test func aFileWithoutCertificatesIsCalledThat() async throws {
    let folder = try TestFolder()
    let slapd = try TestSlapd()
    var settings = slapd.settings()
    settings.servers = [LDAPServer(host: "127.0.0.1", port: slapd.port, usesTLS: true)]
    for file in [folder.path + "/none.pem", try folder.write("empty.pem", "nothing\n")] {
      settings.caFile = file
      let error = await #expect(throws: LDAPError.self) {
        try await LDAPConnection(settings).bind()
      }
      #expect(error?.code == .tls)
      #expect("\(String(describing: error))".contains(file))
    }
  }
}
