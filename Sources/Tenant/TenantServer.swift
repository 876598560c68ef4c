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
    var server: RequestServer?
    var run: Task<Int32?, Never>?
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
    let (listener, port, front) = try listen(certificate, folder)
    let server = RequestServer(
      listener: listener, limits: configuration.limits, handler: handler(store, port: port))
    front?.pass(makingRoom: { server.table.makeRoom() })
    let run = Task { await server.run() }
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
    old.server?.stop()
    let late = Task {
      try await Task.sleep(for: .seconds(3))
      old.run?.cancel()
    }
    _ = await old.run?.value
    late.cancel()
    old.front?.close()
    old.store?.close()
  }

  /// Returns when the server takes no requests any more: with the reason if it can't go on, as when the
  /// system gives it no more sockets; nil if it was stopped, or never started.
  public func ended() async -> TenantError? {
    guard let run = state.withLock({ $0.run }), let number = await run.value,
      state.withLock({ $0.run != nil })
    else { return nil }
    return TenantError(
      .serviceEnded, "The tenant takes no more requests: \(String(cString: strerror(number)))",
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

  /// What listens for plain HTTP, the port that clients know, and what stands there with TLS.
  private func listen(
    _ certificate: TLSCertificate?, _ folder: PrivateFolder?
  ) throws -> (Int32, UInt16, TLSFront?) {
    guard let certificate, let folder else {
      let open = try Listener.open(address: configuration.address, port: configuration.port)
      return (open.socket, open.port, nil)
    }
    let inner = try Listener.open(path: folder.path("http"))
    do {
      let front = try TLSFront(
        address: configuration.address, port: configuration.port, certificate: certificate,
        inner: folder.path("http"), most: configuration.limits.most)
      return (inner, front.port, front)
    } catch {
      close(inner)
      throw error
    }
  }
}
