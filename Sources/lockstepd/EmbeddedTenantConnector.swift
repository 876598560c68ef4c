import Directory
import Synchronization
import Workspace

/// The connector to the workspace's own tenant: sees that the tenant runs when a step begins, and
/// follows it when it comes back at another port.
final class EmbeddedTenantConnector: Connector {
  private struct Current {
    var url: String
    var connector: any Connector
  }
  private let tenant: TenantKeeper
  private let make: @Sendable (String) -> any Connector
  private let current = Mutex<Current?>(nil)

  /// A connector that `make` builds for a URL.
  init(tenant: TenantKeeper, make: @escaping @Sendable (String) -> any Connector) {
    self.tenant = tenant
    self.make = make
  }

  var capabilities: ConnectorCapabilities {
    current.withLock { $0?.connector.capabilities }
      ?? ConnectorCapabilities(
        deltaImport: true, export: true, exportBatchSize: 1000, mayShowWritesLate: true)
  }

  /// The tenant is started for a rehearsal, too; what it is asked there only reads.
  var readOnly: any DirectoryReading {
    let make = make
    return EmbeddedTenantConnector(tenant: tenant) { ReadOnlyConnector(make($0).readOnly) }
  }

  /// A tenant that was not asked anything yet has not asked for patience either.
  var load: ServiceLoad? {
    current.withLock { $0?.connector.load } ?? ServiceLoad(waitsUntil: nil, wishes: 0)
  }

  func describe() async throws -> DirectoryDescription { try await connector().describe() }

  func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    try await connector().openImport(request)
  }

  func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    // A step that has begun is not to hide that the tenant went away in its middle.
    guard let known = current.withLock({ $0?.connector }) else {
      return try await connector().export(operations)
    }
    return try await known.export(operations)
  }

  func refusal(of operation: ExportOperation) -> ObjectFailure? {
    current.withLock { $0?.connector }?.refusal(of: operation)
  }

  func check() async -> [ConnectionFinding] {
    do {
      return try await connector().check()
    } catch let error as ConnectorFailure {
      return [ConnectionFinding(isGood: false, text: error.message, hint: error.hint)]
    } catch {
      return [ConnectionFinding(isGood: false, text: "\(error)")]
    }
  }

  private func connector() async throws -> any Connector {
    let url: String
    do {
      url = try await tenant.url()
    } catch let error as WorkspaceError {
      throw ConnectorFailure(.noStartConnection, message: error.message, hint: error.hint)
    }
    return current.withLock { current in
      if let known = current, known.url == url { return known.connector }
      let connector = make(url)
      current = Current(url: url, connector: connector)
      return connector
    }
  }
}
