import Directory
import Foundation
import Glibc
import HTTP
import HTTPTesting
import Testing

@testable import SCIMConnector
@testable import Tenant

/// A folder with certificates, and a tenant that shows one of them.
private final class TLSBench {
  let folder: URL
  let authority: CertificateMaker
  let token = Tenant.makeToken()

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("tenant-tls-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    authority = try CertificateMaker(in: folder.path)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func configuration(_ files: CertificateMaker.Files) -> TenantConfiguration {
    var configuration = TenantConfiguration(
      databasePath: folder.appendingPathComponent("tenant.sqlite").path, token: .plain(token),
      faultsEnabled: true)
    configuration.certificate = .init(file: files.certificate, keyFile: files.key)
    return configuration
  }

  func connector(_ url: String?, caFile: String?) -> SCIMConnector {
    var settings = SCIMConnectorSettings(url: url ?? "", token: { [token] in token })
    settings.retry = RetryPolicy(tries: 2, firstDelay: 0.01, longestDelay: 0.05)
    settings.caFile = caFile
    return SCIMConnector(settings)
  }

  /// Does `body` with a tenant that runs.
  func serve(
    _ configuration: TenantConfiguration, _ body: (TenantServer) async throws -> Void
  ) async throws {
    let server = try TenantServer(configuration)
    do {
      try await server.start()
      try await body(server)
    } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }
}

@Suite("A tenant with a certificate")
struct TLSTests {
  @Test("is written to and read by whoever trusts its authority", arguments: [true, false])
  func trusted(useBulk: Bool) async throws {
    let bench = try TLSBench()
    try await bench.serve(bench.configuration(bench.authority.server())) { server in
      #expect(server.baseURL?.hasPrefix("https://127.0.0.1:") == true)
      var settings = SCIMConnectorSettings(
        url: server.baseURL ?? "", token: { [token = bench.token] in token })
      settings.caFile = bench.authority.file
      settings.useBulk = useBulk
      let connector = SCIMConnector(settings)
      // Long values, so that requests and answers have many records of TLS.
      let title = String(repeating: "ü", count: 100)
      let outcomes = try await connector.export(
        (0..<300).map { number in
          try operation(
            Int64(number),
            .add([
              "userName": [.string("user\(number)@example.com")], "title": [.string(title)],
              "externalId": [.string("anchor-\(number)")],
              "displayName": [.string("User \(number)")],
            ]))
        })
      #expect(
        outcomes.allSatisfy { $0.isDone }, "\(outcomes.first { !$0.isDone }.debugDescription)")
      let all = entries(try await readAll(connector))
      #expect(all.count == 300)
      #expect(all.allSatisfy { $0.attributes["title"] == [.string(title)] })
    }
  }

  @Test("is refused, with nothing sent, by who does not trust it, and the words tell why")
  func untrusted() async throws {
    let bench = try TLSBench()
    let other = try CertificateMaker("Another CA", in: bench.folder.path)
    try await bench.serve(bench.configuration(bench.authority.server())) { server in
      for caFile in [nil, other.file] {
        let connector = bench.connector(server.baseURL, caFile: caFile)
        let failure = await failure { _ = try await connector.describe() }
        #expect(failure?.result == .noStartConnection)
        #expect(failure?.serverWords.contains("no secure connection") == true)
        #expect(
          failure?.serverWords.contains("certificate") == true, "\(String(describing: failure))")
        #expect(failure?.hint.contains("certificate") == true)
        let findings = await connector.check()
        #expect(findings.last?.isGood == false)
        #expect(findings.last?.text.contains("certificate") == true)
      }
    }
  }

  @Test("is refused where its certificate has ended, or is for another name")
  func unfit() async throws {
    let bench = try TLSBench()
    let old = try bench.authority.server("old", days: -10 ... -2)
    let foreign = try bench.authority.server(
      "foreign", names: ["tenant.example.com"], addresses: [])
    for files in [old, foreign] {
      try await bench.serve(bench.configuration(files)) { server in
        let connector = bench.connector(server.baseURL, caFile: bench.authority.file)
        let failure = await failure { _ = try await connector.describe() }
        #expect(failure?.result == .noStartConnection)
        #expect(
          failure?.serverWords.contains("certificate") == true, "\(String(describing: failure))")
      }
    }
  }

  @Test("goes by the name that its certificate has")
  func name() async throws {
    let bench = try TLSBench()
    var configuration = bench.configuration(
      try bench.authority.server(names: ["localhost"], addresses: []))
    configuration.hostName = "localhost"
    try await bench.serve(configuration) { server in
      #expect(server.baseURL?.hasPrefix("https://localhost:") == true)
      let connector = bench.connector(server.baseURL, caFile: bench.authority.file)
      _ = try await connector.describe()
    }
  }

  @Test("says nothing to who speaks no TLS, and goes on")
  func plain() async throws {
    let bench = try TLSBench()
    try await bench.serve(bench.configuration(bench.authority.server())) { server in
      let port = try #require(server.port)
      for _ in 0..<3 {
        await #expect(throws: HTTPError.self) {
          try await HTTPClient().send(
            HTTPRequest("GET", "http://127.0.0.1:\(port)/scim/v2/Users", timeout: 5))
        }
      }
      let connector = bench.connector(server.baseURL, caFile: bench.authority.file)
      _ = try await connector.describe()
    }
  }

  @Test("refuses an endless head, and serves others meanwhile")
  func endlessHead() async throws {
    let bench = try TLSBench()
    try await bench.serve(bench.configuration(bench.authority.server())) { server in
      var settings = HTTPClient.Settings()
      settings.caFile = bench.authority.file
      let client = HTTPClient(settings)
      let long = String(repeating: "y", count: 90_000)
      let url = server.baseURL ?? ""
      for request in [
        HTTPRequest("GET", url + "/Users", headers: [("X-Long", long)]),
        HTTPRequest("GET", url + "/Users?filter=" + long),
      ] {
        let answer = try await client.send(request)
        #expect(answer.status == 431)
        #expect(String(decoding: answer.body, as: UTF8.self).contains("65536 bytes"))
      }
      let connector = bench.connector(server.baseURL, caFile: bench.authority.file)
      _ = try await connector.describe()
    }
  }

  @Test("has room for another though all places are taken by who says nothing")
  func full() async throws {
    let bench = try TLSBench()
    var configuration = bench.configuration(try bench.authority.server())
    configuration.limits.most = 3
    try await bench.serve(configuration) { server in
      var settings = HTTPClient.Settings()
      settings.caFile = bench.authority.file
      // Each keeps its connection, idle.
      let clients = (0..<4).map { _ in HTTPClient(settings) }
      let url = (server.baseURL ?? "") + "/Users"
      for client in clients {
        #expect(try await client.send(HTTPRequest("GET", url)).status == 401)
      }
      // Some have agreed on nothing yet.
      let port = try #require(server.port)
      let silent = try (0..<5).map { _ in try SilentClient(port: port) }
      for client in clients {
        #expect(try await client.send(HTTPRequest("GET", url)).status == 401)
      }
      #expect(silent.count == 5)
    }
  }

  @Test("has answers cut off and throttling as without TLS")
  func faults() async throws {
    let bench = try TLSBench()
    try await bench.serve(bench.configuration(bench.authority.server())) { server in
      let connector = bench.connector(server.baseURL, caFile: bench.authority.file)
      _ = try await connector.describe()
      server.faults.knobs.dropAfterWorkNext = 1
      let outcomes = try await connector.export([addUser(1, "ann@example.com")])
      #expect(outcomes[0].isDone, "\(outcomes)")
      let changes = try await readAll(connector).flatMap(\.changes)
      #expect(changes.count == 1)
    }
  }

  @Test("comes back at the same port, as the same tenant")
  func restart() async throws {
    let bench = try TLSBench()
    var configuration = bench.configuration(try bench.authority.server())
    try await bench.serve(configuration) { server in
      configuration.port = try #require(server.port)
      let connector = bench.connector(server.baseURL, caFile: bench.authority.file)
      _ = try await connector.export([addUser(1, "ann@example.com")])
    }
    try await bench.serve(configuration) { server in
      #expect(server.port == configuration.port)
      let connector = bench.connector(server.baseURL, caFile: bench.authority.file)
      let changes = try await readAll(connector).flatMap(\.changes)
      #expect(changes.count == 1)
    }
  }

  @Test("does not start with files that are no certificate and key, and says which")
  func badFiles() async throws {
    let bench = try TLSBench()
    let good = try bench.authority.server("good")
    let other = try bench.authority.server("other")
    let text = bench.folder.appendingPathComponent("text").path
    _ = FileManager.default.createFile(
      atPath: text, contents: Data("nothing".utf8), attributes: [.posixPermissions: 0o600])
    let open = bench.folder.appendingPathComponent("open.key").path
    try FileManager.default.copyItem(atPath: good.key, toPath: open)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: open)
    let cases = [
      (bench.folder.path + "/none", good.key, "No such file"),
      (good.certificate, bench.folder.path + "/none", "No such file"),
      (good.certificate, other.key, "is not that of the certificate"),
      (text, good.key, "can't be used"), (good.certificate, open, "chmod 600"),
    ]
    for (number, (certificate, key, words)) in cases.enumerated() {
      var configuration = bench.configuration(.init(certificate: certificate, key: key))
      // A file of its own for each: the lock of one goes with its server, whenever that is.
      configuration.databasePath += String(number)
      let server = try TenantServer(configuration)
      let error = await #expect(throws: TenantError.self) {
        _ = try await server.start()
      }
      #expect(error?.code == .badCertificate)
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
      await server.stop()
    }
  }

  @Test("tells that its port is taken")
  func portTaken() async throws {
    let bench = try TLSBench()
    try await bench.serve(bench.configuration(bench.authority.server())) { server in
      var second = bench.configuration(try bench.authority.server("second"))
      second.databasePath += "2"
      second.port = try #require(server.port)
      let other = try TenantServer(second)
      let error = await #expect(throws: TenantError.self) {
        _ = try await other.start()
      }
      #expect(error?.code == .portTaken)
      await other.stop()
    }
  }
}

/// A connection over which nothing is said.
private final class SilentClient {
  struct Failure: Error {}
  private let socket: Int32

  init(port: UInt16) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = port.bigEndian
    place.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else {
      close(socket)
      throw Failure()
    }
  }

  deinit { close(socket) }
}
