/// Why a step could not start or had to stop: the connection, the credentials, the files.
public struct ConnectorFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// The result string of the step, as MIIS names it ([MS-UPSDBDAP] §2.2.1.1).
  public struct Result: Hashable, Sendable {
    /// The string itself.
    public let text: String
    /// The result called `text`.
    public init(_ text: String) { self.text = text }
    /// The server could not be reached.
    public static let noStartConnection = Result("no-start-connection")
    /// The server refused the credentials.
    public static let noStartCredentials = Result("no-start-credentials")
    /// The file is not there.
    public static let noStartFileNotFound = Result("no-start-file-not-found")
    /// The file may not be read.
    public static let noStartFileAccessDenied = Result("no-start-file-access-denied")
    /// The file could not be opened for another reason.
    public static let noStartFileOpen = Result("no-start-file-open")
    /// The configuration of the connector is wrong.
    public static let badConfiguration = Result("no-start-bad-ma-configuration")
    /// There is no usable watermark: a full import comes first.
    public static let fullImportRequired = Result("no-start-full-import-required")
    /// The server that answers has less than was read of its directory before: it has not caught up
    /// with the others, or was restored from a copy.
    public static let serverBehind = Result("no-start-server-behind")
    /// The files contradict what was read of them before: to import them would undo changes, or make
    /// them once more.
    public static let filesDoubted = Result("no-start-files-doubted")
    /// The connection was lost on the way.
    public static let stoppedConnectivity = Result("stopped-connectivity")
    /// The credentials were refused on the way.
    public static let stoppedCredentials = Result("stopped-bad-server-credentials")
    /// Reading failed on the way.
    public static let stoppedImportRead = Result("stopped-import-read")
    /// The server answered what it must not answer.
    public static let stoppedUnexpectedData = Result("stopped-unexpected-data")
  }

  /// The step's result.
  public var result: Result
  /// What failed, on what.
  public var message: String
  /// The server's or system's own words; empty if there are none.
  public var serverWords: String
  /// What to do next.
  public var hint: String
  /// That the server has lost what it had told itself, in words; nil where it may be another one, or
  /// lost nothing.
  public var setBack: String?

  /// A failure of these parts.
  public init(_ result: Result, message: String, serverWords: String = "", hint: String) {
    self.result = result
    self.message = message
    self.serverWords = serverWords
    self.hint = hint
  }

  /// The failure in one line.
  public var description: String {
    ServerWords.sentences(message + (serverWords.isEmpty ? "" : ": " + serverWords), hint)
  }
}
