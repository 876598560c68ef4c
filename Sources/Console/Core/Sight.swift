public import Directory

/// Tells keys that answer a question from those that were pressed before it could be read.
///
/// A question that no key has opened comes up while a person does something else: a letter that was
/// meant for that agrees to nothing.
public struct Sight: Equatable, Sendable {
  /// Seconds that a person takes at least to see that there is a question.
  static let glance = 0.3

  private var question: Int?
  private var shown: Timestamp?

  /// Nothing has been seen.
  public init() {}

  /// Takes that a frame was drawn at a moment, with the question of this number or none.
  public mutating func draw(_ question: Int?, at now: Timestamp) {
    guard question != self.question || shown == nil else { return }
    (self.question, shown) = (question, now)
  }

  /// Whether a key comes too early for the question of this number to have been read.
  public func isTooEarly(for question: Int?, at now: Timestamp) -> Bool {
    guard let question else { return false }
    guard question == self.question, let shown else { return true }
    // A clock that was set back must not keep an answer off.
    return (0..<Self.glance).contains(now.seconds(since: shown))
  }
}
