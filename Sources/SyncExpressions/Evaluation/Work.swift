/// What an evaluation may still spend, so that no expression stops a synchronization.
struct Work {
  /// The longest text or binary value an expression may make, in bytes.
  static let maximumLength = 16 * 1024 * 1024
  /// The most values a function may make.
  static let maximumCount = 1_000_000
  /// The steps of an evaluation; a step is an operation on one value of 64 bytes.
  static let maximumSteps = 5_000_000

  private var steps = Work.maximumSteps

  /// Spends steps.
  @inline(__always)
  mutating func spend(_ count: Int) throws(ExpressionFailure) {
    steps -= count
    if steps < 0 { throw Self.exhausted }
  }

  /// Spends what it takes to make a value of `length` bytes.
  mutating func make(length: Int) throws(ExpressionFailure) {
    if length > Self.maximumLength {
      throw ExpressionFailure(
        .limit, "A value of \(length) bytes is longer than the \(Self.maximumLength) allowed")
    }
    try spend(1 + length / 64)
  }

  /// Spends what it takes to make `count` values.
  mutating func make(count: Int) throws(ExpressionFailure) {
    if count > Self.maximumCount {
      throw ExpressionFailure(
        .limit, "\(count) values are more than the \(Self.maximumCount) allowed")
    }
    try spend(1 + count)
  }

  private static var exhausted: ExpressionFailure {
    ExpressionFailure(
      .limit, "The evaluation took more than \(maximumSteps) steps",
      hint: "look for Select or Where inside of each other over many values")
  }
}
