/// What is wrong in a configuration, where, and what to do next.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where; nil if it is no matter of one place in a file.
  public var place: SourcePlace?
  /// What is wrong, in one sentence without a full stop.
  public var message: String
  /// What to do next; empty if the message says it.
  public var hint: String

  /// An error of these parts.
  public init(place: SourcePlace? = nil, message: String, hint: String = "") {
    self.place = place
    self.message = message
    self.hint = hint
  }

  /// The error in one line: `rules.toml:12:5: "direction" is missing (write …)`.
  public var description: String {
    let start = place.map { "\($0): " } ?? ""
    return start + message + (hint.isEmpty ? "" : " (\(hint))")
  }
}
