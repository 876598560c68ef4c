/// A connector that can only read: it holds nothing that could write.
///
/// What it is asked to export it takes in silence, as a willing directory would, but for what could
/// not be sent at all; new objects get made-up anchors. So a rehearsal computes what it would compute,
/// and nothing leaves.
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

  /// Sends nothing and answers that all was taken that could be sent.
  public func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    operations.map { operation in
      if let failure = directory.refusal(of: operation) { return .failed(failure) }
      return .done(anchor: operation.anchor ?? Anchor("rehearsal-\(operation.id)"))
    }
  }

  /// What its directory could not be sent.
  public func refusal(of operation: ExportOperation) -> ObjectFailure? {
    directory.refusal(of: operation)
  }

  /// How its directory's service bears the work.
  public var load: ServiceLoad? { directory.load }

  /// Tries the connection.
  public func check() async -> [ConnectionFinding] { await directory.check() }
}
