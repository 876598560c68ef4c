import Directory
import SyncStore

/// What people type to narrow a table: words, `field:part`, `field=whole`, `field~pattern`,
/// `field>5`, `~pattern` for any field, and `!` before what must not be.
enum FilterText {
  /// A field as it can be typed.
  struct Field: Equatable, Sendable {
    var name: String
    var kind: ListField.Kind
  }

  /// What a text says.
  struct Reading: Equatable, Sendable {
    /// What must be true of each row.
    var terms: [ListTerm] = []
    /// What is wrong with the text; empty if nothing is.
    ///
    /// A term that is wrong counts for nothing.
    var fault = ""
    /// When spans that end now were read, in words, since they stay as they were; empty where there
    /// are none.
    var asOf = ""
  }

  private typealias Sign = (text: String, comparison: ListTerm.Comparison, isNegated: Bool)

  /// The longest first, or `!~` would be `!` and a tilde.
  private static let signs: [Sign] = [
    ("!=", .equals, true), ("!~", .matches, true), ("^=", .begins, false), (">=", .atLeast, false),
    ("<=", .atMost, false), (":", .contains, false), ("=", .equals, false), ("~", .matches, false),
    (">", .greater, false), ("<", .less, false),
  ]

  /// What words say of a table with these fields.
  static func read(
    _ words: [String], fields: [Field], now: Timestamp, clock: LocalTime
  ) -> Reading {
    var reading = Reading()
    for word in words {
      let isNegated = word.hasPrefix("!") && word.count > 1
      let text = isNegated ? String(word.dropFirst()) : word
      do throws(Fault) {
        for term in try terms(text, fields, now, clock) {
          var term = term
          if isNegated { term.isNegated.toggle() }
          reading.terms.append(term)
        }
      } catch {
        reading.fault = error.message
      }
    }
    return reading
  }

  /// The present moment in words, where words name a time by a span that ends with it: `started>2d`.
  static func asOf(
    _ words: [String], fields: [Field], now: Timestamp, clock: LocalTime
  ) -> String {
    let isRelative = words.contains { word in
      let word = word.hasPrefix("!") ? String(word.dropFirst()) : word
      var value = ""
      if let field = SearchText.field(word), ["since", "until"].contains(field.name) {
        value = field.value
      } else if let parts = parts(word, fields), parts.field.kind == .moment {
        value = parts.value
      }
      return SearchText.isSpan(value)
    }
    return isRelative ? " as of " + clock.dateAndTime(now).dropLast(3) : ""
  }

  private static func terms(
    _ word: String, _ fields: [Field], _ now: Timestamp, _ clock: LocalTime
  ) throws(Fault) -> [ListTerm] {
    if word.hasPrefix("~") {
      return [ListTerm(nil, .matches, .text(try pattern(String(word.dropFirst()))))]
    }
    guard let (field, sign, value) = parts(word, fields) else {
      return word.isEmpty ? [] : [ListTerm(nil, .contains, .text(word))]
    }
    switch field.kind {
    case .text:
      let text = sign.comparison == .matches ? try pattern(value) : value
      return [ListTerm(field.name, sign.comparison, .text(text), isNegated: sign.isNegated)]
    case .number:
      guard let number = Double(value) ?? SpanText.seconds(value).map(Double.init), number.isFinite
      else {
        throw Fault(message: "\(field.name) is a number", hint: "")
      }
      return [ListTerm(field.name, sign.comparison, .number(number), isNegated: sign.isNegated)]
    case .moment: return try moments(field, sign, value, now, clock)
    }
  }

  /// A moment of a day or a minute means all of it.
  private static func moments(
    _ field: Field, _ sign: Sign, _ value: String, _ now: Timestamp, _ clock: LocalTime
  ) throws(Fault) -> [ListTerm] {
    guard let begin = SearchText.moment(value, now: now, clock: clock),
      let end = SearchText.moment(value, now: now, clock: clock, isEnd: true)
    else {
      throw Fault(message: "\(field.name) is a time: 14:30, 2026-11-22 or 2d", hint: "")
    }
    func term(_ comparison: ListTerm.Comparison, _ moment: Timestamp) -> ListTerm {
      ListTerm(field.name, comparison, .moment(moment))
    }
    switch sign.comparison {
    case .greater: return [term(.greater, end)]
    case .atLeast: return [term(.atLeast, begin)]
    case .less: return [term(.less, begin)]
    case .atMost: return [term(.atMost, end)]
    case .contains, .equals, .begins, .matches:
      guard sign.isNegated else { return [term(.atLeast, begin), term(.atMost, end)] }
      throw Fault(message: "\(field.name)!= says nothing; < and > do", hint: "")
    }
  }

  private static func pattern(_ text: String) throws(Fault) -> String {
    do {
      _ = try TextPattern(text)
      return text
    } catch {
      throw Fault(message: "No pattern as yet: " + error.reason, hint: "")
    }
  }

  /// A word that begins with a field's name, or the beginning of one, and a sign.
  private static func parts(
    _ word: String, _ fields: [Field]
  ) -> (field: Field, sign: Sign, value: String)? {
    // As its heading is written: Sign-in is signin.
    let written = word.prefix { $0.isLetter || $0 == "-" }
    let name = written.lowercased().filter { $0 != "-" }
    let rest = word.dropFirst(written.count)
    guard !name.isEmpty, let sign = signs.first(where: { rest.hasPrefix($0.text) }),
      let field = field(name, fields)
    else { return nil }
    return (field, sign, String(rest.dropFirst(sign.text.count)))
  }

  /// The field of this name, or the only one that begins so.
  static func field(_ name: String, _ fields: [Field]) -> Field? {
    if let exact = fields.first(where: { $0.name == name }) { return exact }
    let like = fields.filter { $0.name.hasPrefix(name) }
    return name.count >= 3 && like.count == 1 ? like[0] : nil
  }

  /// The text with its last word completed to the name of a field.
  static func completed(_ text: String, fields: [Field]) -> String {
    let start = text.lastIndex(of: " ").map { text.index(after: $0) } ?? text.startIndex
    var word = String(text[start...])
    let sign = word.hasPrefix("!") ? "!" : ""
    word.removeFirst(sign.count)
    let like = fields.map(\.name).filter { $0.hasPrefix(word.lowercased()) }
    guard !word.isEmpty, let prefix = TypedCommand.commonPrefix(like) else { return text }
    return text[..<start] + sign + prefix + (like.count == 1 ? ":" : "")
  }
}

extension ListTerm {
  /// The term of a word that any field may contain.
  static func containing(_ text: String) -> ListTerm { ListTerm(nil, .contains, .text(text)) }
}
