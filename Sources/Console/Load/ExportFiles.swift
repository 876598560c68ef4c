/// Where exported lists go.
public protocol ExportFiles: Sendable {
  /// Begins a file that does not exist yet, with `name` in its name.
  ///
  /// - Throws: ``ExportFault``.
  func create(name: String, format: ExportFormat) throws -> any ExportFile
}

/// A file that is being written.
public protocol ExportFile {
  /// Appends a text.
  ///
  /// - Throws: ``ExportFault``.
  func write(_ text: String) throws
  /// Ends the file.
  ///
  /// - Returns: its path.
  /// - Throws: ``ExportFault``.
  func close() throws -> String
}

/// Why a list could not be written to a file.
public struct ExportFault: Error, Equatable, Sendable {
  /// What failed, on what file, and why in the system's words.
  public var message: String
  /// What to do next.
  public var hint: String

  /// A fault of these words.
  public init(message: String, hint: String) {
    self.message = message
    self.hint = hint
  }
}
