/// Why the tenant can't be started or go on, with what to do about it.
public struct TenantError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: String, Hashable, Sendable {
    /// The address can't be listened on, because another program does.
    case portTaken
    /// The address is none, or not of this machine, or may not be used.
    case addressUnusable
    /// The file is no tenant database.
    case notADatabase
    /// The database was written by a newer version.
    case newerVersion
    /// The database is open in another tenant server.
    case inUse
    /// The database can't be opened or written.
    case storeFailed
    /// The token or its hash is not usable.
    case badToken
    /// The certificate or its key is not usable.
    case badCertificate
    /// The server can't go on.
    case serviceEnded
  }

  /// The kind of failure.
  public var code: Code
  /// What failed, on what, and why in the system's own words.
  public var message: String
  /// What to do next.
  public var hint: String

  /// A failure of these parts.
  public init(_ code: Code, _ message: String, hint: String) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  /// The failure in one line.
  public var description: String { "\(message). \(hint)" }
}
