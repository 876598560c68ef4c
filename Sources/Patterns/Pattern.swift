/// A regular expression as .NET writes them, without what only trying back and forth could match.
///
/// All ways through it are followed at once, character by character, so that no pattern takes longer
/// than its length times that of the text.
public struct Pattern: Sendable {
  /// How a pattern is to be read.
  public struct Options: OptionSet, Sendable {
    /// The options as bits.
    public let rawValue: Int
    /// Letter case doesn't count.
    public static let ignoreCase = Options(rawValue: 1)
    /// `^` and `$` are at the ends of lines, too.
    public static let multiline = Options(rawValue: 2)
    /// A dot is the end of a line, too.
    public static let singleLine = Options(rawValue: 4)

    /// The options of these bits.
    public init(rawValue: Int) { self.rawValue = rawValue }
  }

  /// A step of the compiled pattern.
  enum Step {
    /// One character that passes the test of this number.
    ///
    /// By number: a step is looked at for each character, and should cost nothing to hold.
    case character(Int)
    /// Either way.
    case split(Int, Int)
    case jump(Int)
    /// A condition on the place between two characters.
    case place(Place)
    case match
  }

  /// Conditions on a place between two characters.
  enum Place {
    case textStart, textEnd, lastLineEnd, lineStart, lineEnd, wordEdge, noWordEdge
  }

  /// A part of a pattern.
  indirect enum Node {
    case character(CharacterTest)
    case place(Place)
    case sequence([Node])
    case choice([Node])
    case repeated(Node, least: Int, most: Int?)
  }

  /// Why a text is no pattern.
  public struct Mistake: Error {
    /// The reason in words: `a parenthesis is not closed`.
    public var message: String
    /// Where, counted from 1.
    public var place: Int
  }

  /// The most parts of a pattern that are compiled, those included that make no step.
  private static let maximumParts = 50_000

  private(set) var steps: [Step] = []
  private(set) var tests: [CharacterTest] = []
  /// What ASCII has that passes each of the tests; empty where that is not worked out.
  private(set) var letters: [ASCIISet] = []
  /// What ASCII has that a match may begin with; nil where that is not worked out, or a match may
  /// begin with no character.
  private(set) var beginnings: ASCIISet?
  private var parts = 0
  private let maximumSteps: Int

  /// How many steps the pattern has: what it costs at most at each character of a text.
  public var size: Int { steps.count }

  /// The pattern that `text` spells.
  ///
  /// It may have no more than `maximumSteps`: counted repetitions multiply what they repeat.
  public init(
    _ text: String, _ options: Options, maximumSteps: Int = 5000
  ) throws(Mistake) {
    self.maximumSteps = maximumSteps
    var reader = PatternReader(text, options)
    try add(try reader.pattern())
    steps.append(.match)
  }

  /// Works out beforehand what can be: worth it for a search of many texts.
  public mutating func prepare() {
    letters = tests.map { test in ASCIISet { test.passes(Unicode.Scalar($0)) } }
    beginnings = firstLetters()
  }

  private func firstLetters() -> ASCIISet? {
    var all = ASCIISet { _ in false }
    var seen: Set<Int> = []
    var open = [0]
    while let step = open.popLast() {
      guard seen.insert(step).inserted else { continue }
      switch steps[step] {
      case .character(let test): all.formUnion(letters[test])
      case .jump(let target): open.append(target)
      case .split(let first, let second): open += [first, second]
      case .place, .match: return nil
      }
    }
    return all
  }

  private mutating func add(_ node: Node) throws(Mistake) {
    guard steps.count < maximumSteps else {
      throw Mistake(message: "it takes more than \(maximumSteps) steps", place: 1)
    }
    parts += 1
    guard parts <= Self.maximumParts else {
      throw Mistake(message: "it repeats more than \(Self.maximumParts) parts", place: 1)
    }
    switch node {
    case .character(let test):
      steps.append(.character(tests.count))
      tests.append(test)
    case .place(let place): steps.append(.place(place))
    case .sequence(let nodes): for node in nodes { try add(node) }
    case .choice(let nodes): try add(choice: nodes)
    case .repeated(let node, let least, let most):
      for _ in 0..<least { try add(node) }
      if let most {
        try add(optional: node, times: most - least)
      } else {
        let start = steps.count
        steps.append(.jump(0))
        try add(node)
        steps.append(.jump(start))
        steps[start] = .split(start + 1, steps.count)
      }
    }
  }

  private mutating func add(choice nodes: [Node]) throws(Mistake) {
    var ends: [Int] = []
    for (index, node) in nodes.enumerated() {
      let isLast = index == nodes.count - 1
      let split = steps.count
      if !isLast { steps.append(.jump(0)) }
      try add(node)
      guard !isLast else { break }
      ends.append(steps.count)
      steps.append(.jump(0))
      steps[split] = .split(split + 1, steps.count)
    }
    for end in ends { steps[end] = .jump(steps.count) }
  }

  private mutating func add(optional node: Node, times: Int) throws(Mistake) {
    var splits: [Int] = []
    for _ in 0..<times {
      splits.append(steps.count)
      steps.append(.jump(0))
      try add(node)
    }
    for split in splits { steps[split] = .split(split + 1, steps.count) }
  }
}

/// Some of the characters of ASCII.
struct ASCIISet {
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  init(where isMember: (UInt8) -> Bool) {
    for code in UInt8(0)..<64 {
      if isMember(code) { low |= 1 << code }
      if isMember(code + 64) { high |= 1 << code }
    }
  }

  mutating func formUnion(_ other: ASCIISet) {
    low |= other.low
    high |= other.high
  }

  /// Whether the character of a code below 128 is one of them.
  func contains(_ code: UInt32) -> Bool {
    (code < 64 ? low : high) & (1 << UInt64(code & 63)) != 0
  }
}

/// What a single character of a text must be.
struct CharacterTest {
  /// A named class of characters.
  enum Class {
    case digit, word, space
    case notDigit, notWord, notSpace
  }

  var ranges: [ClosedRange<Unicode.Scalar>] = []
  var classes: [Class] = []
  var isNegated = false
  var ignoresCase = false

  /// What a test costs, in steps.
  var cost: Int { 1 + ranges.count / 8 }

  /// Whether `scalar` passes.
  func passes(_ scalar: Unicode.Scalar) -> Bool {
    (contains(scalar) || ignoresCase && containsOtherCase(of: scalar)) != isNegated
  }

  private func containsOtherCase(of scalar: Unicode.Scalar) -> Bool {
    // What Unicode says of cases is a text each time: most letters don't need it.
    switch scalar {
    case "a"..."z", "A"..."Z": contains(Unicode.Scalar(UInt8(scalar.value) ^ 0x20))
    case "\0"..."\u{7F}": false
    default: contains(Self.lower(scalar)) || contains(Self.upper(scalar))
    }
  }

  private func contains(_ scalar: Unicode.Scalar) -> Bool {
    ranges.contains { $0.contains(scalar) } || classes.contains { Self.has($0, scalar) }
  }

  static func has(_ kind: Class, _ scalar: Unicode.Scalar) -> Bool {
    switch kind {
    case .digit: scalar.properties.generalCategory == .decimalNumber
    case .notDigit: !has(.digit, scalar)
    case .space: scalar.properties.isWhitespace
    case .notSpace: !has(.space, scalar)
    case .word: isWord(scalar)
    case .notWord: !isWord(scalar)
    }
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .nonspacingMark, .decimalNumber, .connectorPunctuation:
      true
    default: false
    }
  }

  private static func lower(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    single(scalar.properties.lowercaseMapping) ?? scalar
  }

  private static func upper(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    single(scalar.properties.uppercaseMapping) ?? scalar
  }

  private static func single(_ mapping: String) -> Unicode.Scalar? {
    let scalars = mapping.unicodeScalars
    return scalars.count == 1 ? scalars.first : nil
  }
}
