/// Where exported lists go.
public protocol ExportFiles: Sendable {
  /// Begins a file that does not exist yet, with `name` in its name.
  ///
  /// - Throws: ``Fault``.
  func create(name: String, format: ExportFormat) throws -> any ExportFile
}

/// A file that is being written.
public protocol ExportFile {
  /// Appends a text.
  ///
  /// - Throws: ``Fault``.
  func write(_ text: String) throws
  /// Ends the file.
  ///
  /// - Returns: its path.
  /// - Throws: ``Fault``.
  func close() throws -> String
}
