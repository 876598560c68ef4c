import JSON

/// A `$search`: phrases, each in quotes and with the property that it is looked for in, joined by
/// `AND`, `OR` and `NOT` (learn.microsoft.com, "Use the $search query parameter", directory objects).
indirect enum GraphPhrase: Hashable, Sendable {
  case words(GraphProperty, [String])
  case start(GraphProperty, String)
  case and(GraphPhrase, GraphPhrase)
  case or(GraphPhrase, GraphPhrase)
  case not(GraphPhrase)

  /// The greatest length of a search, in bytes.
  private static let maximumLength = 4096

  /// What `$search` asks for; nil if it is not there.
  ///
  /// - Throws: ``GraphError`` for what makes no sense, or is asked without the header that it needs.
  init?(_ type: GraphType, _ request: GraphRequest) throws {
    guard let text = request.query["$search"] else { return nil }
    guard request.isEventual else {
      throw GraphError.query(
        "Request with $search query parameter only works through MSGraph with a special request "
          + "header: 'ConsistencyLevel: eventual'")
    }
    guard text.utf8.count <= Self.maximumLength else {
      throw Self.wrong("it is longer than \(Self.maximumLength) bytes")
    }
    var parser = Parser(type: type, rest: text.unicodeScalars[...])
    self = try parser.parse()
  }

  /// Whether an object with these values passes.
  func matches(_ value: (GraphProperty) -> JSONValue?) -> Bool {
    switch self {
    case .words(let property, let wanted):
      let known = Self.texts(value(property)).flatMap(Self.parts)
      return wanted.allSatisfy { word in known.contains { $0.begins(with: word) } }
    case .start(let property, let wanted):
      return Self.texts(value(property)).contains { $0.lowercased().begins(with: wanted) }
    case .and(let a, let b): return a.matches(value) && b.matches(value)
    case .or(let a, let b): return a.matches(value) || b.matches(value)
    case .not(let inner): return !inner.matches(value)
    }
  }

  private static func texts(_ value: JSONValue?) -> [String] {
    (value?.array ?? value.map { [$0] } ?? []).compactMap(\.string)
  }

  // The words of a text, which signs, digits and capitals begin, and what stands between blanks and
  // signs as a whole.
  private static func parts(_ text: String) -> [String] {
    words(text) + text.split { !$0.isLetter && !$0.isNumber }.map { $0.lowercased() }
  }

  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var last: Character?
    for character in text {
      defer { last = character }
      guard character.isLetter || character.isNumber else { continue }
      let isOn =
        last.map { last in
          last.isNumber && character.isNumber
            || last.isLetter && character.isLetter && !(last.isLowercase && character.isUppercase)
        } ?? false
      if isOn, !words.isEmpty {
        words[words.count - 1] += character.lowercased()
      } else {
        words.append(character.lowercased())
      }
    }
    return words
  }

  private static func wrong(_ why: String) -> GraphError {
    GraphError(400, "BadRequest", "Invalid search clause: \(why).")
  }

  private struct Parser {
    let type: GraphType
    var rest: Substring.UnicodeScalarView
    var depth = 0

    mutating func parse() throws -> GraphPhrase {
      let phrase = try disjunction()
      guard next == nil else { throw GraphPhrase.wrong("more follows where it should end") }
      return phrase
    }

    private mutating func disjunction() throws -> GraphPhrase {
      var left = try conjunction()
      while take("OR") { left = .or(left, try conjunction()) }
      return left
    }

    private mutating func conjunction() throws -> GraphPhrase {
      var left = try term()
      while take("AND") { left = .and(left, try term()) }
      return left
    }

    private mutating func term() throws -> GraphPhrase {
      depth += 1
      defer { depth -= 1 }
      guard depth < 50 else { throw GraphPhrase.wrong("it nests too deep") }
      if take("NOT") { return .not(try term()) }
      if take("(") {
        let inner = try disjunction()
        guard take(")") else { throw GraphPhrase.wrong("')' is expected") }
        return inner
      }
      guard take("\"") else { throw GraphPhrase.wrong("a phrase in double quotes is expected") }
      return try clause(try quoted())
    }

    private func clause(_ text: String) throws -> GraphPhrase {
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[1].isEmpty else {
        throw GraphPhrase.wrong("a phrase is of the form \"property:text\"")
      }
      guard let property = type.queried(String(parts[0])),
        property.kind == .string || property.kind == .strings
      else { throw GraphPhrase.wrong("'\(parts[0])' can't be searched") }
      let wanted = String(parts[1])
      guard ["displayName", "description"].contains(property.name) else {
        return .start(property, wanted.lowercased())
      }
      return .words(property, GraphPhrase.words(wanted))
    }

    private mutating func quoted() throws -> String {
      var text = String.UnicodeScalarView()
      while let scalar = rest.popFirst() {
        if scalar == "\"" { return String(text) }
        if scalar == "\\", let escaped = rest.popFirst() {
          text.append(escaped)
        } else {
          text.append(scalar)
        }
      }
      throw GraphPhrase.wrong("a phrase does not end")
    }

    private var next: Unicode.Scalar? { rest.first { $0 != " " } }

    private mutating func take(_ word: String) -> Bool {
      let after = rest.drop { $0 == " " }
      guard after.starts(with: word.unicodeScalars) else { return false }
      rest = after.dropFirst(word.unicodeScalars.count)
      return true
    }
  }
}
