/// Why the store could not do what was asked.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of fault.
  public enum Code: String, Sendable {
    /// The file is no database of ours.
    case notAStore
    /// The store was written by a newer version.
    case newerVersion
    /// The store is of an older version, and an engine of this one upgrades it.
    case olderVersion
    /// The store does not exist.
    case missing
    /// The file can't be opened, read or written.
    case inaccessible
    /// Another process keeps the store locked.
    case busy
    /// The disk is full.
    case diskFull
    /// The store's content contradicts itself.
    case corrupt
    /// Our own fault.
    case `internal`
  }

  /// What kind of fault.
  public var code: Code
  /// What failed, on what, and why in the system's words.
  public var message: String
  /// What to do next.
  public var hint: String

  /// An error of these parts.
  public init(_ code: Code, message: String, hint: String) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  /// The error in one line.
  public var description: String { message + ". " + hint }
}
