public import Directory

/// Open errors of one type and one cause, counted.
public struct ErrorFamily: Hashable, Sendable, Identifiable {
  /// What its errors have in common.
  ///
  /// The cause is the attribute, the rule and the server's code; the value and the words differ from
  /// object to object.
  public struct Kind: Hashable, Sendable {
    /// The connector whose objects they are.
    public var connector: String
    /// The stage that met them.
    public var stage: ErrorRow.Stage
    /// The type as MIIS or Entra Connect names it.
    public var type: String
    /// The attribute to blame, or empty.
    public var attribute: String
    /// The rule that was at work, or empty.
    public var rule: String
    /// The server's own code, or empty.
    public var code: String

    /// The kind of an error.
    public init(_ error: ErrorRow) {
      (connector, stage, type) = (error.connector, error.stage, error.type)
      (attribute, rule, code) = (error.attribute, error.rule, error.code)
    }

    init(
      connector: String, stage: ErrorRow.Stage, type: String, attribute: String, rule: String,
      code: String
    ) {
      (self.connector, self.stage, self.type) = (connector, stage, type)
      (self.attribute, self.rule, self.code) = (attribute, rule, code)
    }

    /// The cause in words; empty if none is known.
    public var cause: String {
      [attribute, rule.isEmpty ? "" : "by " + rule, code.isEmpty ? "" : "code " + code]
        .filter { !$0.isEmpty }.joined(separator: ", ")
    }
  }

  /// What its errors have in common.
  public var kind: Kind
  /// How many there are.
  public var count: Int
  /// When the first of them was first seen.
  public var first: Timestamp
  /// When one of them was last met.
  public var last: Timestamp
  /// How many came up in the last day.
  public var newInDay: Int
  /// How many came up in the last week.
  public var newInWeek: Int
  /// What to do about them.
  public var hint: String

  /// What tells it from others.
  public var id: Kind { kind }
}
