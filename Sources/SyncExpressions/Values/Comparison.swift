/// How values compare.
///
/// Text compares with regard to case. The shipped rules compare base64 anchors with `=`, where case
/// tells objects apart, and the page calls `Contains` case-sensitive and has `LCase` for the rest.
/// A number compares with text that spells a number, a truth value with text that spells one:
/// directories that know no types hold everything as text.
enum Comparison {
  /// Whether a value stands before another.
  enum Order { case before, same, after }

  /// Whether both are the same.
  ///
  /// Nothing equals only nothing, so `[absent] = "x"` is false; values
  /// of types that have nothing in common differ.
  static func areEqual(_ a: Value, _ b: Value) -> Bool {
    switch (a, b) {
    case (.string(let x), .string(let y)), (.reference(let x), .reference(let y)),
      (.string(let x), .reference(let y)), (.reference(let x), .string(let y)):
      return Text.isSame(x, y)
    case (.binary(let x), .binary(let y)): return x == y
    case (.date(let x), .date(let y)): return x == y
    default: break
    }
    if a.isNull || b.isNull { return a.isNull && b.isNull }
    switch (a, b) {
    case (.boolean, _), (_, .boolean):
      guard let x = a.condition, let y = b.condition else { return false }
      return x == y
    case (.integer, _), (_, .integer):
      guard let x = a.number, let y = b.number else { return false }
      return x == y
    default: return false
    }
  }

  /// The order of two values, or nil if one is null: then no comparison holds.
  static func order(
    _ a: Value, _ b: Value, _ spelling: String
  ) throws(ExpressionFailure) -> Order? {
    if a.isNull || b.isNull { return nil }
    switch (a, b) {
    case (.string(let x), .string(let y)):
      if let m = a.number, let n = b.number { return of(m, n) }
      return x.utf8.elementsEqual(y.utf8)
        ? .same : x.utf8.lexicographicallyPrecedes(y.utf8) ? .before : .after
    case (.date(let x), .date(let y)): return of(x, y)
    case (.date, _), (_, .date), (.boolean, _), (_, .boolean): break
    default:
      if let x = a.number, let y = b.number { return of(x, y) }
    }
    throw ExpressionFailure(
      .type, "\(spelling) can't compare \(a.shown) with \(b.shown)",
      hint: "both sides must be numbers, texts or dates")
  }

  private static func of<T: Comparable>(_ a: T, _ b: T) -> Order {
    a < b ? .before : a == b ? .same : .after
  }
}

/// The operator `&`.
enum Joining {
  /// Two texts as one, or the bytes of two binary values as one; nothing adds nothing.
  static func join(
    _ a: Value, _ b: Value, _ work: inout Work
  ) throws(ExpressionFailure) -> Value {
    switch (a, b) {
    case (.string(let x), .string(let y)):
      try work.make(length: x.utf8.count + y.utf8.count)
      return .string(x + y)
    case (.binary(let x), .binary(let y)):
      try work.make(length: x.count + y.count)
      return .binary(x + y)
    case (.binary, _) where b.isNull: return a
    case (_, .binary) where a.isNull: return b
    default: break
    }
    if a.isNull, b.isNull { return .null }
    let x = try text(a, beside: b)
    let y = try text(b, beside: a)
    try work.make(length: x.utf8.count + y.utf8.count)
    return .string(x + y)
  }

  private static func text(
    _ value: Value, beside other: Value
  ) throws(ExpressionFailure) -> String {
    if value.isNull { return "" }
    if let text = value.text { return text }
    var hint = ""
    if case .binary = value { hint = "make text of bytes with ConvertToBase64" }
    if case .date = value { hint = "make text of a date with FormatDateTime" }
    throw ExpressionFailure(.type, "& can't join \(value.shown) with \(other.shown)", hint: hint)
  }
}
