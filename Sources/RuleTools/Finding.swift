public import Configuration

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
  /// Where the rule stands; nil for the whole set.
  public var place: SourcePlace?

  /// A finding of these parts.
  public init(
    _ severity: Severity, rule: String, message: String, hint: String, place: SourcePlace? = nil
  ) {
    self.severity = severity
    self.rule = rule
    self.message = message
    self.hint = hint
    self.place = place
  }

  /// The finding in one line.
  public var description: String {
    let start = place.map { "\($0): " } ?? ""
    let about = rule.isEmpty ? "" : "\(rule): "
    return start + severity.rawValue + ": " + about + message
      + (hint.isEmpty ? "" : " (\(hint))")
  }
}

extension Finding: CustomStringConvertible {}

extension Finding: Encodable {
  private enum CodingKeys: String, CodingKey { case severity, rule, message, hint, place }

  /// Writes the finding for a program.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(severity.rawValue, forKey: .severity)
    try container.encode(rule, forKey: .rule)
    try container.encode(message, forKey: .message)
    try container.encode(hint, forKey: .hint)
    try container.encodeIfPresent(place?.description, forKey: .place)
  }
}
