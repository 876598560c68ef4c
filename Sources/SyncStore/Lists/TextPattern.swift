#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A regular expression as POSIX extends them (POSIX.1 XBD §9.4), letter case aside; `\d` is a
/// digit.
///
/// The C library's matcher tries all ways at once, so no pattern takes longer than the text is long.
public struct TextPattern: Sendable {
  /// Why a text is no regular expression.
  public struct Fault: Error, Equatable, Sendable {
    /// The reason in the C library's words: `Unmatched ( or \(`.
    public var reason: String
  }

  private let compiled: Compiled

  /// The pattern that a text says.
  ///
  /// - Throws: ``Fault`` if it says none.
  public init(_ text: String) throws(Fault) { compiled = try Compiled(Self.withDigits(text)) }

  /// Whether a part of `text` is like the pattern; what follows a NUL is not looked at.
  public func matches(_ text: String) -> Bool { text.withCString { compiled.matches($0) } }

  func matches(_ text: UnsafePointer<CChar>) -> Bool { compiled.matches(text) }

  /// The text with `\d` and `\D`, which POSIX does not have, written as it has them.
  private static func withDigits(_ text: String) -> String {
    var result = ""
    var isEscaped = false
    for character in text {
      if isEscaped {
        switch character {
        case "d": result += "[0-9]"
        case "D": result += "[^0-9]"
        default: result += "\\" + String(character)
        }
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        result.append(character)
      }
    }
    return isEscaped ? result + "\\" : result
  }
}

/// The C library's form of a pattern: never changed once made, and its matching may go on in several
/// threads at once (POSIX.1 XSH §2.9.1).
private final class Compiled: @unchecked Sendable {
  private var expression = regex_t()

  init(_ text: String) throws(TextPattern.Fault) {
    let code = regcomp(&expression, text, REG_EXTENDED | REG_ICASE | REG_NOSUB)
    guard code == 0 else {
      var words = [CChar](repeating: 0, count: 200)
      regerror(code, &expression, &words, words.count)
      let end = words.firstIndex(of: 0) ?? words.count
      throw TextPattern.Fault(
        reason: String(decoding: words[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
  }

  deinit { regfree(&expression) }

  func matches(_ text: UnsafePointer<CChar>) -> Bool {
    regexec(&expression, text, 0, nil, 0) == 0
  }
}
