/// Why something that a person asked for could not be done.
public struct WorkspaceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The status that the program ends with.
  public var status: ExitStatus
  /// What failed, on what, and why in the system's words.
  public var message: String
  /// What to do next; may be empty.
  public var hint: String

  /// An error of these parts.
  public init(_ status: ExitStatus, message: String, hint: String) {
    self.status = status
    self.message = message
    self.hint = hint
  }

  /// The error in one line.
  public var description: String { hint.isEmpty ? message : message + ". " + hint }
}
