public import Directory

/// What an expression gives to the attribute that it flows to.
public enum ExpressionOutcome: Hashable, Sendable {
  /// These values; never none.
  case values([AttributeValue])
  /// `NULL`: this rule gives nothing, a weaker one may.
  case null
  /// `AuthoritativeNull`: no value, and weaker rules are not asked.
  case authoritativeNull
  /// `IgnoreThisFlow`: as if the flow did not exist; the target keeps its value.
  case ignoreThisFlow
}

/// Why an expression can't give a value for an object.
public struct ExpressionFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Kind: Hashable, Sendable {
    /// The rule called `Error("…")`.
    case errorFunction
    /// A value has a type that the function or operator does not take, or can't be converted.
    case type
    /// An index or a number lies outside of what is possible.
    case range
    /// A parameter is not defined, or nothing here reads certificates.
    case missing
    /// The expression asks for more than an evaluation may take: depth, length or number of values.
    case limit
  }

  /// The kind of failure.
  public var kind: Kind
  /// What failed, on what; for `Error("…")` its text.
  public var message: String
  /// What to do next; empty if the message says it.
  public var hint: String
  /// Where in the expression, as a column from 1.
  public var column: Int

  /// A failure of these parts.
  public init(_ kind: Kind, _ message: String, hint: String = "", column: Int = 1) {
    self.kind = kind
    self.message = message
    self.hint = hint
    self.column = column
  }

  /// The failure of something that would look into `count` values of an attribute that has more.
  public static func shortened(_ name: AttributeName, count: Int) -> ExpressionFailure {
    ExpressionFailure(
      .limit, "\(name) has more than the \(count) values that can be looked at",
      hint: "hand it on as [\(name)], or ask with ValueCount(\"\(name)\") first")
  }

  /// The failure in one line.
  public var description: String { hint.isEmpty ? message : message + " (\(hint))" }
}

/// Why a text is no expression.
public struct ExpressionSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, in one sentence without a full stop.
  public var message: String
  /// What to do next: a nearest right name, or what was expected.
  public var hint: String
  /// The line, from 1.
  public var line: Int
  /// The column in characters, from 1.
  public var column: Int

  /// An error of these parts.
  public init(_ message: String, hint: String = "", line: Int, column: Int) {
    self.message = message
    self.hint = hint
    self.line = line
    self.column = column
  }

  /// The error in one line: `1:14: …`.
  public var description: String {
    "\(line):\(column): \(message)" + (hint.isEmpty ? "" : " (\(hint))")
  }
}
