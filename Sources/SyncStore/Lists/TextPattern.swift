import Patterns

/// A regular expression as people type it to narrow a list, in the language that rules have for them
/// too; letter case aside, and a dot is any character.
///
/// All ways are tried at once and the steps are limited, so no pattern takes long for a text: nobody
/// could end the reading of the store meanwhile.
public struct TextPattern: Sendable {
  /// Why a text is no regular expression.
  public struct Fault: Error, Equatable, Sendable {
    /// Where, and the reason: `at character 1, a parenthesis is not closed`.
    public var reason: String
  }

  /// The most steps of a pattern: nobody types as many, but a few counted repetitions in each other
  /// make them.
  private static let maximumSteps = 1000

  private let pattern: Pattern

  /// The pattern that a text says.
  ///
  /// - Throws: ``Fault`` if it says none.
  public init(_ text: String) throws(Fault) {
    // Elsewhere these mean a class of characters, here some characters: nobody means those.
    if text.contains("[[:") || text.contains("[^[:") {
      throw Fault(reason: #"classes like [:alpha:] are not known; \w, \d and \s are"#)
    }
    do throws(Pattern.Mistake) {
      var pattern = try Pattern(
        text, [.ignoreCase, .singleLine], maximumSteps: Self.maximumSteps)
      pattern.prepare()
      self.pattern = pattern
    } catch {
      throw Fault(reason: "at character \(error.place), \(error.message)")
    }
  }

  /// Whether a part of `text` is like the pattern.
  public func matches(_ text: String) -> Bool { pattern.isFound(in: text) }
}
