/// Reads the text of a regular expression.
struct PatternReader {
  typealias Node = Pattern.Node
  typealias Mistake = Pattern.Mistake

  // Deeper parentheses would cost the stack of the thread.
  private static let maximumDepth = 50
  private static let maximumCount = 1000

  private let text: [Unicode.Scalar]
  private let options: Pattern.Options
  private var place = 0
  private var depth = 0

  init(_ text: String, _ options: Pattern.Options) {
    self.text = Array(text.unicodeScalars)
    self.options = options
  }

  /// The whole pattern.
  mutating func pattern() throws(Mistake) -> Node {
    let node = try choice()
    guard place == text.count else { throw mistake("a parenthesis closes none") }
    return node
  }

  private var next: Unicode.Scalar? { place < text.count ? text[place] : nil }

  private func mistake(_ message: String, at place: Int? = nil) -> Mistake {
    Mistake(message: message, place: (place ?? self.place) + 1)
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    place += 1
    return true
  }

  private mutating func choice() throws(Mistake) -> Node {
    var nodes = [try sequence()]
    while take("|") { nodes.append(try sequence()) }
    return nodes.count == 1 ? nodes[0] : .choice(nodes)
  }

  private mutating func sequence() throws(Mistake) -> Node {
    var nodes: [Node] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      nodes.append(try repeated(try item(scalar)))
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  private mutating func item(_ scalar: Unicode.Scalar) throws(Mistake) -> Node {
    place += 1
    switch scalar {
    case "(": return try group()
    case "[": return .character(try set())
    case "\\": return try escape()
    case ".":
      let all = options.contains(.singleLine)
      return .character(CharacterTest(ranges: all ? [] : ["\n"..."\n"], isNegated: true))
    case "^": return .place(options.contains(.multiline) ? .lineStart : .textStart)
    case "$": return .place(options.contains(.multiline) ? .lineEnd : .lastLineEnd)
    case "*", "+", "?": throw mistake("\(scalar) repeats nothing", at: place - 1)
    case "{":
      let start = place - 1
      place = start
      if try counts() != nil { throw mistake("{ repeats nothing", at: start) }
      place = start + 1
      return character(scalar)
    default: return character(scalar)
    }
  }

  private func character(_ scalar: Unicode.Scalar) -> Node {
    .character(
      CharacterTest(ranges: [scalar...scalar], ignoresCase: options.contains(.ignoreCase)))
  }

  private mutating func group() throws(Mistake) -> Node {
    let start = place - 1
    depth += 1
    guard depth <= Self.maximumDepth else {
      throw mistake("it has more than \(Self.maximumDepth) parentheses in each other", at: start)
    }
    if take("?") { try groupKind(start) }
    let node = try choice()
    guard take(")") else { throw mistake("a parenthesis is not closed", at: start) }
    depth -= 1
    return node
  }

  /// Takes what stands between `(?` and the group's pattern: only groups that match no other text
  /// than without it.
  private mutating func groupKind(_ start: Int) throws(Mistake) {
    if take(":") { return }
    if take("<") {
      let name = place
      while let scalar = next, CharacterTest.has(.word, scalar) { place += 1 }
      if place > name, take(">") { return }
    }
    throw mistake("only (…), (?:…) and (?<name>…) are known as groups", at: start)
  }

  private mutating func repeated(_ node: Node) throws(Mistake) -> Node {
    var node = node
    while let scalar = next {
      let start = place
      let bounds: (least: Int, most: Int?)
      switch scalar {
      case "*": bounds = (0, nil)
      case "+": bounds = (1, nil)
      case "?": bounds = (0, 1)
      case "{":
        guard let found = try counts() else { return node }
        bounds = found
      default: return node
      }
      if scalar != "{" { place += 1 }
      // Which of several ways is tried first does not matter to whether there is one.
      _ = take("?")
      if case .repeated = node, start > 0, "*+?}".unicodeScalars.contains(text[start - 1]) {
        throw mistake("\(scalar) repeats what is repeated already", at: start)
      }
      node = .repeated(node, least: bounds.least, most: bounds.most)
    }
    return node
  }

  /// The bounds in `{2}`, `{2,}` or `{2,5}`; nil if the brace stands for itself.
  private mutating func counts() throws(Mistake) -> (least: Int, most: Int?)? {
    let start = place
    place += 1
    guard let least = number() else {
      place = start
      return nil
    }
    var most: Int? = least
    if take(",") { most = number() }
    guard take("}") else {
      place = start
      return nil
    }
    guard max(least, most ?? 0) <= Self.maximumCount else {
      throw mistake("it repeats more than \(Self.maximumCount) times", at: start)
    }
    if let most, most < least { throw mistake("\(least) is more than \(most)", at: start) }
    return (least, most)
  }

  private mutating func number() -> Int? {
    let start = place
    while let scalar = next, ("0"..."9").contains(scalar) { place += 1 }
    guard place > start else { return nil }
    let digits = String(String.UnicodeScalarView(text[start..<place]))
    return Int(digits) ?? Int.max
  }

  private mutating func escape() throws(Mistake) -> Node {
    let start = place - 1
    guard let scalar = next else { throw mistake("a backslash ends it", at: start) }
    place += 1
    switch scalar {
    case "A": return .place(.textStart)
    case "z": return .place(.textEnd)
    case "Z": return .place(.lastLineEnd)
    case "b": return .place(.wordEdge)
    case "B": return .place(.noWordEdge)
    default: break
    }
    if let kind = Self.classes[scalar] { return .character(CharacterTest(classes: [kind])) }
    return character(try escaped(scalar, start))
  }

  private static let classes: [Unicode.Scalar: CharacterTest.Class] = [
    "d": .digit, "D": .notDigit, "w": .word, "W": .notWord, "s": .space, "S": .notSpace,
  ]
  private static let controls: [Unicode.Scalar: Unicode.Scalar] = [
    "t": "\t", "n": "\n", "r": "\r", "f": "\u{C}", "v": "\u{B}", "e": "\u{1B}", "a": "\u{7}",
  ]

  /// The character that a backslash and `scalar` mean.
  private mutating func escaped(
    _ scalar: Unicode.Scalar, _ start: Int
  ) throws(Mistake) -> Unicode.Scalar {
    if let control = Self.controls[scalar] { return control }
    if scalar == "0" { return octal() }
    if scalar == "x" || scalar == "u" {
      let end = place + (scalar == "x" ? 2 : 4)
      let digits = text[place..<min(end, text.count)]
      // `UInt32` would take a sign.
      guard end <= text.count, digits.allSatisfy(\.properties.isASCIIHexDigit),
        let code = UInt32(String(String.UnicodeScalarView(digits)), radix: 16),
        let character = Unicode.Scalar(code)
      else { throw mistake("\\\(scalar) wants a character's number", at: start) }
      place = end
      return character
    }
    if CharacterTest.has(.word, scalar) {
      throw mistake("\\\(scalar) is not known", at: start)
    }
    return scalar
  }

  /// The character of at most two octal digits, behind the zero that says so.
  private mutating func octal() -> Unicode.Scalar {
    var code: UInt8 = 0
    let end = place + 2
    while place < end, let scalar = next, ("0"..."7").contains(scalar) {
      code = code * 8 + UInt8(scalar.value - 0x30)
      place += 1
    }
    return Unicode.Scalar(code)
  }

  /// What stands in brackets.
  private mutating func set() throws(Mistake) -> CharacterTest {
    let start = place - 1
    var test = CharacterTest(ignoresCase: options.contains(.ignoreCase))
    test.isNegated = take("^")
    var isFirst = true
    while let scalar = next, isFirst || scalar != "]" {
      if !isFirst { try refuseSubtraction() }
      isFirst = false
      guard let low = try member(&test, start) else { continue }
      // A hyphen at the end is one.
      guard next == "-", place + 1 < text.count, text[place + 1] != "]" else {
        test.ranges.append(low...low)
        continue
      }
      try refuseSubtraction()
      place += 1
      let dash = place
      guard let high = try member(&test, start), low <= high else {
        throw mistake("the range is none", at: dash)
      }
      test.ranges.append(low...high)
    }
    guard take("]") else { throw mistake("a bracket is not closed", at: start) }
    return test
  }

  /// In .NET `-[` within a set begins one that is taken from it.
  private func refuseSubtraction() throws(Mistake) {
    guard next == "-", place + 1 < text.count, text[place + 1] == "[" else { return }
    throw mistake("sets that are taken from others are not known", at: place)
  }

  /// One character of a set; nil for a class, which is added.
  private mutating func member(
    _ test: inout CharacterTest, _ start: Int
  ) throws(Mistake) -> Unicode.Scalar? {
    guard let scalar = next else { throw mistake("a bracket is not closed", at: start) }
    place += 1
    guard scalar == "\\" else { return scalar }
    guard let named = next else { throw mistake("a backslash ends it", at: place - 1) }
    place += 1
    if let kind = Self.classes[named] {
      test.classes.append(kind)
      return nil
    }
    return named == "b" ? "\u{8}" : try escaped(named, place - 2)
  }
}
