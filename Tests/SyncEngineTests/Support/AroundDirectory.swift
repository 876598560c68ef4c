import Directory

/// Something around a directory in memory that does one thing otherwise.
protocol AroundDirectory: Connector {
  var inner: MemoryDirectory { get }
}

extension AroundDirectory {
  var capabilities: ConnectorCapabilities { inner.capabilities }

  func describe() async throws -> DirectoryDescription { try await inner.describe() }

  func check() async -> [ConnectionFinding] { await inner.check() }

  func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    try await inner.openImport(request)
  }

  func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    try await inner.export(operations)
  }
}
