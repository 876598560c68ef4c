/// The operators between two values.
enum Infix: UInt8, CaseIterable, Sendable {
  case or, and
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
  case join
  case add, subtract
  case multiply, divide

  /// How tightly it binds: arithmetic, then `&`, then comparison, then `&&`, then `||`.
  ///
  /// The documentation gives all operators the same rank, from left to right; the rules that the
  /// product ships only mean what they should by the ordinary one.
  var precedence: Int {
    switch self {
    case .or: 1
    case .and: 2
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: 3
    case .join: 4
    case .add, .subtract: 5
    case .multiply, .divide: 6
    }
  }

  /// Whether both are logical, or both arithmetic.
  func isKin(of other: Infix) -> Bool {
    switch (self, other) {
    case (.or, .and), (.and, .or): true
    case (.add, .multiply), (.add, .divide), (.subtract, .multiply), (.subtract, .divide): true
    default: false
    }
  }

  /// The operator as it is written.
  var spelling: String {
    switch self {
    case .or: "||"
    case .and: "&&"
    case .equal: "="
    case .notEqual: "<>"
    case .less: "<"
    case .lessOrEqual: "<="
    case .greater: ">"
    case .greaterOrEqual: ">="
    case .join: "&"
    case .add: "+"
    case .subtract: "-"
    case .multiply: "*"
    case .divide: "/"
    }
  }

  /// The operator between two values, or between each pair of two lists.
  func apply(_ a: Value, _ b: Value, _ work: inout Work) throws(ExpressionFailure) -> Value {
    switch (a, b) {
    case (.list, _), (_, .list):
      return try Lists.zip(a, b, spelling, &work, single)
    default:
      return try single(a, b, &work)
    }
  }

  private func single(
    _ a: Value, _ b: Value, _ work: inout Work
  ) throws(ExpressionFailure) -> Value {
    switch self {
    case .or, .and:
      let left = try Conditions.isTrue(a)
      let right = try Conditions.isTrue(b)
      return .boolean(self == .or ? left || right : left && right)
    case .equal: return .boolean(Comparison.areEqual(a, b))
    case .notEqual: return .boolean(!Comparison.areEqual(a, b))
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      return .boolean(try Comparison.order(a, b, spelling).map(holds) ?? false)
    case .join: return try Joining.join(a, b, &work)
    case .add, .subtract, .multiply, .divide: return try calculate(a, b)
    }
  }

  private func holds(_ order: Comparison.Order) -> Bool {
    switch self {
    case .less: order == .before
    case .lessOrEqual: order != .after
    case .greater: order == .after
    default: order != .before
    }
  }

  private func calculate(_ a: Value, _ b: Value) throws(ExpressionFailure) -> Value {
    if a.isNull || b.isNull { return .null }
    guard let x = a.number, let y = b.number else {
      let culprit = a.number == nil ? a : b
      throw ExpressionFailure(
        .type, "\(spelling) wants whole numbers and got \(culprit.shown)",
        hint: self == .add ? "join texts with &" : "")
    }
    let result: (partialValue: Int64, overflow: Bool)
    switch self {
    case .add: result = x.addingReportingOverflow(y)
    case .subtract: result = x.subtractingReportingOverflow(y)
    case .multiply: result = x.multipliedReportingOverflow(by: y)
    default:
      if y == 0 { throw ExpressionFailure(.range, "\(x) can't be divided by 0") }
      result = x.dividedReportingOverflow(by: y)
    }
    if result.overflow {
      throw ExpressionFailure(.range, "\(x) \(spelling) \(y) is beyond 64 bits")
    }
    return .integer(result.partialValue)
  }
}
