/// A connector that can only read: it holds nothing that could write.
///
/// What it is asked to export it takes in silence, as a willing directory would: new objects get
/// made-up anchors. So a rehearsal computes what it would compute, and nothing leaves.
public struct ReadOnlyConnector: Connector {
  private let directory: any DirectoryReading

  /// A connector over `directory`.
  public init(_ directory: any DirectoryReading) { self.directory = directory }

  /// What its directory can do; exports are computed as if it took them.
  public var capabilities: ConnectorCapabilities { directory.capabilities }

  /// The same.
  public var readOnly: any DirectoryReading { directory }

  /// What the directory says about itself.
  public func describe() async throws -> DirectoryDescription { try await directory.describe() }

  /// Reads the directory for real.
  public func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    try await directory.openImport(request)
  }

  /// Sends nothing and answers that all was taken.
  public func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    operations.map { operation in
      .done(anchor: operation.anchor ?? Anchor("rehearsal-\(operation.id)"))
    }
  }

  /// How its directory's service bears the work.
  public var load: ServiceLoad? { directory.load }

  /// Tries the connection.
  public func check() async -> [ConnectionFinding] { await directory.check() }
}
