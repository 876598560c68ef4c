import FlyingFox
import FlyingSocks
import Foundation
import Synchronization

/// The tenant as a running server.
///
/// ```swift
/// let token = Tenant.makeToken()
/// let server = try TenantServer(TenantConfiguration(databasePath: path, token: .plain(token)))
/// let port = try await server.start()
/// // SCIM at http://127.0.0.1:port/scim/v2, Graph at http://127.0.0.1:port/v1.0
/// await server.stop()
/// ```
public final class TenantServer: Sendable {
  /// Faults that a test makes the server have.
  public let faults = TenantFaults()

  private let configuration: TenantConfiguration
  private let tokenHash: String
  private let state: Mutex<State>

  private struct State {
    var store: TenantStore?
    var server: HTTPServer?
    var run: Task<(any Error)?, Never>?
    var port: UInt16?
    /// What speaks TLS with the clients, and the folder of the socket behind it.
    var front: TLSFront?
    var folder: PrivateFolder?
  }

  /// Opens the database, or makes it.
  ///
  /// - Throws: ``TenantError`` if the database, the token or the address is not usable.
  public init(_ configuration: TenantConfiguration) throws {
    self.configuration = configuration
    try configuration.checkAddress()
    tokenHash = try configuration.tokenHash()
    state = Mutex(State(store: try TenantStore(path: configuration.databasePath)))
  }

  /// The port that is listened on; nil if the server does not run.
  public var port: UInt16? { state.withLock { $0.port } }

  /// The URL of the base path; nil if the server does not run.
  public var baseURL: String? { port.map { base(port: $0) } }

  /// The URL below which Microsoft Graph v1.0 is spoken; nil if the server does not run.
  public var graphURL: String? { port.map { origin(port: $0) + Tenant.graphPath } }

  /// The URL below which `/TENANT/oauth2/v2.0/token` gives tokens; nil if the server does not run.
  public var loginURL: String? { port.map { origin(port: $0) } }

  /// The URL below which passwords are taken; nil if the server does not run.
  public var passwordURL: String? { port.map { origin(port: $0) + Tenant.passwordPath } }

  /// Listens, and returns the port when clients can come.
  ///
  /// - Throws: ``TenantError`` if the address can't be listened on or the database not be opened.
  @discardableResult
  public func start() async throws -> UInt16 {
    if let port { return port }
    let certificate = try configuration.certificate.map {
      try TLSCertificate(certificateFile: $0.file, keyFile: $0.keyFile)
    }
    let folder = try certificate.map { _ in try PrivateFolder() }
    let store = try openStore()
    // Needed before requests come, and known for a port of 0 only when it is listened on.
    let origin = Origin()
    let server = HTTPServer(
      config: try httpConfiguration(behind: folder), handler: LateHandler(origin))
    let (run, failure) = await Self.run(server)
    if let failure {
      _ = await run.value
      throw explained(failure)
    }
    var front: TLSFront?
    do {
      front = try certificate.map { certificate in
        try TLSFront(
          address: configuration.address, port: configuration.port, certificate: certificate,
          inner: folder?.path("http") ?? "")
      }
    } catch {
      await server.stop()
      _ = await run.value
      throw error
    }
    guard let port = await listeningPort(of: server, front) else {
      await server.stop()
      throw TenantError(
        .addressUnusable, "'\(configuration.address)' gave no port",
        hint: "Give an IPv4 or IPv6 address.")
    }
    origin.handler.withLock { $0 = handler(store, port: port) }
    state.withLock { state in
      (state.server, state.run, state.port) = (server, run, port)
      (state.front, state.folder) = (front, folder)
    }
    return port
  }

  /// Stops listening, lets the requests at work end for 3 seconds at most, and closes the database.
  public func stop() async {
    let old = state.withLock { state in
      defer { state = State() }
      return state
    }
    old.front?.stopListening()
    await old.server?.stop(timeout: 3)
    _ = await old.run?.value
    old.front?.close()
    old.store?.close()
  }

  /// Returns when the server takes no requests any more: with the reason if it can't go on, as when the
  /// system gives it no more sockets; nil if it was stopped, or never started.
  public func ended() async -> TenantError? {
    guard let run = state.withLock({ $0.run }), let error = await run.value,
      state.withLock({ $0.run != nil })
    else { return nil }
    let words =
      if case SocketError.failed(_, let number, _)? = error as? SocketError {
        String(cString: strerror(Int32(number)))
      } else {
        "\(error)"
      }
    return TenantError(
      .serviceEnded, "The tenant takes no more requests: \(words)",
      hint: "Start it again; where connections ran out, let it have more open files (ulimit -n)")
  }

  // MARK: Parts

  private func openStore() throws -> TenantStore {
    if let store = state.withLock({ $0.store }) { return store }
    let store = try TenantStore(path: configuration.databasePath)
    state.withLock { $0.store = store }
    return store
  }

  private func origin(port: UInt16) -> String {
    let name = configuration.hostName ?? configuration.address
    let host = name.contains(":") ? "[\(name)]" : name
    let scheme = configuration.certificate == nil ? "http" : "https"
    return configuration.publicURL ?? "\(scheme)://\(host):\(port)"
  }

  private func base(port: UInt16) -> String { origin(port: port) + Tenant.basePath }

  private func handler(_ store: TenantStore, port: UInt16) -> TenantHandler {
    let values = ValueReader(
      isStrict: configuration.isStrict,
      verifiedDomains: configuration.verifiedDomains.map { $0.lowercased() })
    let service = TenantService(
      store: store, base: base(port: port), values: values, faults: faults,
      maximumPayload: configuration.maximumPayload)
    let gate = gate(store, port: port)
    let graph = GraphHandler(
      service: GraphService(
        store: store, base: origin(port: port) + Tenant.graphPath, values: values, faults: faults,
        jobs: configuration.provisioningJobs),
      gate: gate, maximumPayload: configuration.maximumPayload)
    let provisioning = graph.service.provisioning
    let scim = SCIMHandler(
      service: service, provisioning: provisioning, tokenHash: tokenHash,
      faultsEnabled: configuration.faultsEnabled)
    let passwords = PasswordHandler(
      service: CredentialService(store: store, values: values, faults: faults),
      provisioning: provisioning, gate: gate,
      maximumPayload: configuration.maximumPayload)
    let login = LoginHandler(
      service: graph.service, tokens: gate.tokens,
      documents: LoginDocuments(store: store, origin: origin(port: port)),
      maximumPayload: configuration.maximumPayload)
    return TenantHandler(scim: scim, graph: graph, login: login, passwords: passwords)
  }

  private func gate(_ store: TenantStore, port: UInt16) -> TokenGate {
    let origin = origin(port: port)
    let tokens = TokenService(
      store: store, applications: configuration.applications,
      audience: { "\(origin)/\($0)/oauth2/v2.0/token" },
      lifetime: configuration.tokenLifetime,
      policy: SignInCheck.Policy(
        attempts: max(1, configuration.lockoutAttempts),
        seconds: max(1, configuration.lockoutSeconds)))
    return TokenGate(tokens: tokens, tokenHash: tokenHash, faults: faults)
  }

  private func listeningPort(of server: HTTPServer, _ front: TLSFront?) async -> UInt16? {
    if let front { return front.port }
    return await server.listeningPort
  }

  private func httpConfiguration(
    behind folder: PrivateFolder?
  ) throws -> HTTPServer.Configuration {
    func wrapped(_ pool: some AsyncSocketPool) -> any AsyncSocketPool { NoDelayPool(inner: pool) }
    func made(_ address: some SocketAddress) -> HTTPServer.Configuration {
      HTTPServer.Configuration(
        // No body is kept for a second reading: whoever answers has read it or cuts the connection.
        address: address, timeout: 600, sharedRequestReplaySize: 0,
        pool: wrapped(HTTPServer.defaultPool()), logger: .disabled)
    }
    if let folder { return made(.unix(path: folder.path("http"))) }
    do {
      guard configuration.address.contains(":") else {
        return made(try .inet(ip4: configuration.address, port: configuration.port))
      }
      return made(try .inet6(ip6: configuration.address, port: configuration.port))
    } catch {
      throw TenantError(
        .addressUnusable, "'\(configuration.address)' is no IPv4 or IPv6 address",
        hint: "Give one, such as 127.0.0.1.")
    }
  }

  // Runs the server; returns when it listens, or with the reason why it can't.
  private static func run(
    _ server: HTTPServer
  ) async -> (Task<(any Error)?, Never>, (any Error)?) {
    let (events, sink) = AsyncStream.makeStream(of: Result<Void, any Error>.self)
    let run = Task { () -> (any Error)? in
      defer { sink.finish() }
      do {
        try await server.run()
        return nil
      } catch {
        sink.yield(.failure(error))
        return error
      }
    }
    let watch = Task {
      do {
        try await server.waitUntilListening(timeout: 30)
        sink.yield(.success(()))
      } catch {
        sink.yield(.failure(error))
      }
    }
    for await event in events {
      watch.cancel()
      guard case .failure(let error) = event else { return (run, nil) }
      return (run, error)
    }
    return (run, CancellationError())
  }

  private func explained(_ error: any Error) -> TenantError {
    guard case SocketError.failed(_, let number, _)? = error as? SocketError else {
      return TenantError(
        .addressUnusable,
        "The tenant can't listen on \(configuration.address), port \(configuration.port): \(error)",
        hint: "Try another.")
    }
    return .notListening(configuration.address, configuration.port, Int32(number))
  }
}

/// Where requests are answered once the server knows its port.
private final class Origin: Sendable {
  let handler = Mutex<TenantHandler?>(nil)
}

private struct LateHandler: HTTPHandler {
  let origin: Origin
  init(_ origin: Origin) { self.origin = origin }

  func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
    guard let handler = origin.handler.withLock({ $0 }) else {
      return HTTPResponse(statusCode: .serviceUnavailable)
    }
    return try await handler.handleRequest(request)
  }
}

extension HTTPServer {
  fileprivate var listeningPort: UInt16? {
    switch listeningAddress {
    case .ip4(_, let port)?, .ip6(_, let port)?: return port
    default: return nil
    }
  }
}
