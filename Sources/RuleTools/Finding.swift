/// One thing that a look at rules found.
public struct Finding: Hashable, Sendable {
  /// How grave it is.
  public enum Severity: String, Hashable, Sendable {
    /// The rules can't do what they say.
    case error
    /// The rules likely don't do what was meant.
    case warning
  }

  /// How grave it is.
  public var severity: Severity
  /// The rule that it is about; empty for the whole set.
  public var rule: String
  /// What is wrong.
  public var message: String
  /// What to do next.
  public var hint: String

  /// A finding of these parts.
  public init(_ severity: Severity, rule: String, message: String, hint: String) {
    self.severity = severity
    self.rule = rule
    self.message = message
    self.hint = hint
  }
}
