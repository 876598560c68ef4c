/// One value of a TOML file with its place.
public struct TOMLValue: Sendable {
  /// What a value can be.
  public enum Kind: Sendable {
    /// Text.
    case string(String)
    /// A whole number.
    case integer(Int64)
    /// A number with a fraction, infinite or not a number.
    case float(Double)
    /// True or false.
    case boolean(Bool)
    /// A list.
    case array([TOMLValue])
    /// Keys with values.
    case table(TOMLTable)
    /// A date, a time or both, as RFC 3339 prints it.
    case dateTime(String)
  }

  /// What the value is.
  public var kind: Kind
  /// Where the value starts; for a table under a `[header]`, the header.
  public var place: SourcePlace
  var source: SourceText?

  /// Where a character of a text stands in the file.
  ///
  /// - Parameters:
  ///   - line: The line in the text, from 1.
  ///   - column: The column in characters, from 1.
  /// - Returns: The place of its first spelled character, escapes and quotation marks counted; the
  ///   value's own place if the value was not read from a file.
  public func place(line: Int, column: Int) -> SourcePlace {
    source?.place(of: line, column, inValueAt: place) ?? place
  }

  /// A value of these parts.
  public init(_ kind: Kind, place: SourcePlace) {
    self.kind = kind
    self.place = place
  }

  /// The value in words for an error: `the text "abc"`, `the number 5`, `a table`.
  public var found: String {
    switch kind {
    case .string(let text): "the text \"\(Self.short(text))\""
    case .integer(let number): "the number \(number)"
    case .float(let number): "the number \(number)"
    case .boolean(let flag): flag ? "true" : "false"
    case .array(let values): values.isEmpty ? "an empty list" : "a list"
    case .table: "a table"
    case .dateTime(let text): "the date or time \(text)"
    }
  }

  /// The error that this value is not what `expected` says.
  ///
  /// - Parameters:
  ///   - name: The key, or another name for the value.
  ///   - expected: What is wanted, as in "must be …".
  public func mismatch(_ name: String, expected: String, hint: String = "") -> ConfigurationError {
    ConfigurationError(
      place: place, message: "\"\(name)\" must be \(expected), but is \(found)", hint: hint)
  }

  private static func short(_ text: String) -> String {
    text.count <= 60 ? text : text.prefix(59) + "…"
  }
}
