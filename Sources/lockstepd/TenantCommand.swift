import ArgumentParser
import CSystem
import Configuration
import Foundation
import Tenant
import Workspace

/// The command `lockstepd tenant`: the embedded tenant.
struct TenantCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tenant", abstract: "Runs the embedded tenant until it is told to end.")

  @OptionGroup var place: WorkspaceOption
  @Flag(help: "Leave when no engine has worked on the workspace for a minute.")
  var withEngine = false
  @Flag(help: "Offer /admin/faults, by which tests make the tenant fail.")
  var faults = false

  func run() async throws {
    ProcessCare.begin()
    cs_raise_file_limit()
    let workspace = try place.open()
    let settings = try TenantProcess(workspace).settings
    let lock = try Self.takeLock(workspace)
    defer { withExtendedLifetime(lock) {} }
    let address = AddressFile(workspace.tenantAddressFile, portFile: workspace.tenantPortFile)
    let preferred = settings.port == 0 ? address.port : UInt16(settings.port)
    try TenantToken.make(settings.tokenFile)
    let token = try SecretReference(.file(settings.tokenFile)).resolve(
      relativeTo: workspace.folder)
    let server = try await start(
      settings, token: token, folder: workspace.folder, preferring: preferred)
    guard let url = server.baseURL else { return }
    try address.write(url)
    defer { address.remove() }
    Log.info("embedded tenant \(Version.text) at \(url), process \(getpid())")
    let failure = await Self.waitForEnd(of: server, withEngine ? workspace.leaseFile : nil)
    await server.stop()
    if let failure { throw failure }
    Log.info("embedded tenant ends")
  }

  private static func takeLock(_ workspace: Workspace) throws -> FileLock.Taken {
    guard let lock = try FileLock.take(workspace.tenantLockFile) else {
      throw WorkspaceError(
        .system, message: "The embedded tenant of \(workspace.folder) runs already",
        hint: "'lockstep tenant status' shows it")
    }
    return lock
  }

  /// A port of 0 means the one that was used before, so that the tenant stays the same server to
  /// its clients; another is taken only if that one is not free.
  private func start(
    _ settings: EmbeddedTenant, token: Secret, folder: String, preferring port: UInt16?
  ) async throws -> TenantServer {
    do {
      return try await server(settings, token, folder, port: port ?? 0)
    } catch let error as TenantError where error.code == .portTaken && settings.port == 0 {
      Log.warning("port \(port ?? 0), used before, is taken; another is used")
      return try await server(settings, token, folder, port: 0)
    }
  }

  private func server(
    _ settings: EmbeddedTenant, _ token: Secret, _ folder: String, port: UInt16
  ) async throws -> TenantServer {
    var configuration = TenantConfiguration(
      databasePath: settings.database, address: settings.address, port: port,
      token: token.withValue { .plain($0) }, faultsEnabled: faults,
      // The workspace has checked that this is meant.
      allowsRemoteClients: settings.certificateFile != nil)
    configuration.hostName = settings.hostName
    configuration.verifiedDomains = settings.verifiedDomains
    configuration.applications = try Self.applications(settings, folder: folder)
    if let file = settings.certificateFile, let keyFile = settings.keyFile {
      configuration.certificate = .init(file: file, keyFile: keyFile)
    }
    let server = try TenantServer(configuration)
    do {
      try await server.start()
    } catch {
      await server.stop()
      throw error
    }
    return server
  }

  /// Returns when a signal asks for the end, when the lease in `leaseFile` was free for a minute, or
  /// when the server can't go on, with the reason.
  private static func waitForEnd(
    of server: TenantServer, _ leaseFile: String?
  ) async -> TenantError? {
    let (ends, sink) = AsyncStream.makeStream(of: TenantError?.self)
    let keeper = Signals { _ in sink.yield(nil) }
    let service = Task { sink.yield(await server.ended()) }
    let watch = Task {
      guard let leaseFile else { return }
      var looksWithoutEngine = 0
      while !Task.isCancelled, looksWithoutEngine < 30 {
        try await Task.sleep(for: .seconds(2))
        looksWithoutEngine = FileLock.state(of: leaseFile) == .free ? looksWithoutEngine + 1 : 0
      }
      sink.finish()
    }
    defer {
      watch.cancel()
      service.cancel()
      withExtendedLifetime(keeper) {}
    }
    for await failure in ends { return failure }
    return nil
  }
}

/// The file in which a running tenant tells its URL.
struct AddressFile {
  private let path: String
  private let portFile: String
  /// The port of the tenant that ran before, or nil.
  let port: UInt16?

  /// Reads what the tenant before has left, and takes its address away until the new one answers.
  init(_ path: String, portFile: String) {
    self.path = path
    self.portFile = portFile
    // Before there was a file for the port, the address alone told it.
    port =
      Self.firstLine(portFile).flatMap { UInt16($0) }
      ?? Self.firstLine(path).flatMap { URLComponents(string: $0)?.port }
      .flatMap { UInt16(exactly: $0) }
    remove()
  }

  /// Tells `url`, and whose it is.
  func write(_ url: String) throws {
    if let port = URLComponents(string: url)?.port { try write("\(port)\n", to: portFile) }
    try write("\(url)\n\(getpid())\n", to: path)
  }

  /// Takes the address away.
  func remove() { unlink(path) }

  private static func firstLine(_ path: String) -> String? {
    let text = try? String(contentsOfFile: path, encoding: .utf8)
    return text?.split(whereSeparator: \.isNewline).first.map(String.init)
  }

  private func write(_ text: String, to path: String) throws {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw WorkspaceError(
        .system, message: "\(path) can't be written: \(error.localizedDescription)",
        hint: "See that the folder may be written")
    }
  }
}
