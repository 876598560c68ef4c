extension Function {
  /// Functions of numbers.
  static let mathematics: [Function] = [
    Function("BitAnd", "num BitAnd(num value1, num value2)", 2...2) {
      arguments, _ throws(ExpressionFailure) in
      .integer(try arguments.number(0) & arguments.number(1))
    },
    Function("BitOr", "num BitOr(num value1, num value2)", 2...2) {
      arguments, _ throws(ExpressionFailure) in
      .integer(try arguments.number(0) | arguments.number(1))
    },
    Function("RandomNum", "num RandomNum(num start, num end)", 2...2, isVolatile: true) {
      arguments, _ throws(ExpressionFailure) in
      let start = try arguments.number(0)
      let end = try arguments.number(1)
      guard start <= end else { throw arguments.outOfRange(1, "the end is before the start") }
      return .integer(Int64.random(in: start...end))
    },
  ]
}
