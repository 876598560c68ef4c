import Patterns
import TestSupport

/// A pattern as a tree, with the plainest way there is to tell what it matches: from a set of places
/// in a text to the set of places at which its match may end.
indirect enum PatternModel {
  /// What single characters a test lets through.
  enum Member {
    case one(Unicode.Scalar)
    case range(Unicode.Scalar, Unicode.Scalar)
    /// `d`, `w` or `s`, or the same in capitals for all others.
    case kind(Character)
  }

  case letter(Unicode.Scalar)
  case dot
  case kind(Character)
  case set([Member], isNegated: Bool)
  case anchor(String)
  case sequence([PatternModel])
  case choice([PatternModel])
  case repeated(PatternModel, least: Int, most: Int?)

  /// The letters of the texts that patterns are tried on.
  static let alphabet: [Unicode.Scalar] = [
    "a", "b", "c", "A", "B", "C", "é", "É", "1", "7", "_", "-", " ", "\n", ".", "]", "ß", "日",
  ]
}

// MARK: - How it is written

extension PatternModel {
  /// The pattern as .NET writes it; `number` tells groups with names apart.
  func text(_ random: inout SeededRandom) -> String {
    switch self {
    case .letter(let scalar): return Self.escaped(scalar)
    case .dot: return "."
    case .kind(let letter): return "\\" + String(letter)
    case .set(let members, let isNegated):
      return "[" + (isNegated ? "^" : "") + members.map(Self.text).joined() + "]"
    case .anchor(let text): return text
    case .sequence(let parts):
      // A brace behind a repeated part would be read as one more repetition.
      return parts.map { Self.grouped($0, &random) }.joined()
    case .choice(let parts):
      return Self.group(parts.map { $0.text(&random) }.joined(separator: "|"), &random)
    case .repeated(let part, let least, let most):
      let lazy = Bool.random(using: &random) ? "?" : ""
      return Self.group(part.text(&random), &random) + Self.count(least, most) + lazy
    }
  }

  private static func grouped(_ part: PatternModel, _ random: inout SeededRandom) -> String {
    if case .sequence = part { return group(part.text(&random), &random) }
    return part.text(&random)
  }

  private static func group(_ text: String, _ random: inout SeededRandom) -> String {
    ["(", "(?:", "(?<name>"][Int.random(in: 0..<3, using: &random)] + text + ")"
  }

  private static func count(_ least: Int, _ most: Int?) -> String {
    switch (least, most) {
    case (0, nil): "*"
    case (1, nil): "+"
    case (0, 1): "?"
    case (_, nil): "{\(least),}"
    case (_, let most?): most == least ? "{\(least)}" : "{\(least),\(most)}"
    }
  }

  private static func text(_ member: Member) -> String {
    switch member {
    case .one(let scalar): escaped(scalar)
    case .range(let low, let high): escaped(low) + "-" + escaped(high)
    case .kind(let letter): "\\" + String(letter)
    }
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case ".", "]", "-": "\\" + String(scalar)
    case "日": "\\u65E5"
    case "é": "\\xE9"
    default: String(scalar)
    }
  }
}

// MARK: - What it matches

extension PatternModel {
  /// Whether it matches somewhere in `text`.
  func isFound(in text: [Unicode.Scalar], _ options: Pattern.Options) -> Bool {
    !ends(Set(0...text.count), text, options).isEmpty
  }

  private func ends(
    _ starts: Set<Int>, _ text: [Unicode.Scalar], _ options: Pattern.Options
  ) -> Set<Int> {
    func step(_ passes: (Unicode.Scalar) -> Bool) -> Set<Int> {
      Set(starts.filter { $0 < text.count && passes(text[$0]) }.map { $0 + 1 })
    }
    func either(_ passes: (Unicode.Scalar) -> Bool, _ scalar: Unicode.Scalar) -> Bool {
      passes(scalar) || options.contains(.ignoreCase) && passes(Self.otherCase(scalar))
    }
    switch self {
    case .letter(let letter): return step { either({ $0 == letter }, $0) }
    case .dot: return step { options.contains(.singleLine) || $0 != "\n" }
    case .kind(let letter): return step { Self.isOf(letter, $0) }
    case .set(let members, let isNegated):
      return step { scalar in
        either({ one in members.contains { Self.passes($0, one) } }, scalar) != isNegated
      }
    case .anchor(let anchor):
      return starts.filter { Self.holds(anchor, at: $0, text, options) }
    case .sequence(let parts):
      return parts.reduce(starts) { $1.ends($0, text, options) }
    case .choice(let parts):
      return parts.reduce(into: Set()) { $0.formUnion($1.ends(starts, text, options)) }
    case .repeated(let part, let least, let most):
      var places = starts
      for _ in 0..<least { places = part.ends(places, text, options) }
      var all = places
      // More rounds than there are places reach nothing new.
      for _ in 0..<min((most ?? .max) - least, text.count + 1) {
        places = part.ends(places, text, options)
        all.formUnion(places)
      }
      return all
    }
  }

  private static func otherCase(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar {
    case "a"..."z": Unicode.Scalar(UInt8(scalar.value) - 32)
    case "A"..."Z": Unicode.Scalar(UInt8(scalar.value) + 32)
    case "é": "É"
    case "É": "é"
    default: scalar
    }
  }

  private static func passes(_ member: Member, _ scalar: Unicode.Scalar) -> Bool {
    switch member {
    case .one(let one): one == scalar
    case .range(let low, let high): low.value <= scalar.value && scalar.value <= high.value
    case .kind(let letter): isOf(letter, scalar)
    }
  }

  private static func isOf(_ kind: Character, _ scalar: Unicode.Scalar) -> Bool {
    let isOf =
      switch kind.lowercased() {
      case "d": "17".unicodeScalars.contains(scalar)
      case "w": "abcABCéÉß日17_".unicodeScalars.contains(scalar)
      default: scalar == " " || scalar == "\n"
      }
    return isOf != kind.isUppercase
  }

  private static func holds(
    _ anchor: String, at place: Int, _ text: [Unicode.Scalar], _ options: Pattern.Options
  ) -> Bool {
    let (isStart, isEnd) = (place == 0, place == text.count)
    let isLast = isEnd || place == text.count - 1 && text[place] == "\n"
    let isMany = options.contains(.multiline)
    switch anchor {
    case "^": return isStart || isMany && text[place - 1] == "\n"
    case "$": return isMany ? isEnd || text[place] == "\n" : isLast
    case "\\A": return isStart
    case "\\z": return isEnd
    case "\\Z": return isLast
    default:
      let before = !isStart && isOf("w", text[place - 1])
      let after = !isEnd && isOf("w", text[place])
      return (before != after) == (anchor == "\\b")
    }
  }
}

// MARK: - Some of them by chance

extension PatternModel {
  /// A pattern of at most `depth` parts in each other.
  static func random(depth: Int, _ random: inout SeededRandom) -> PatternModel {
    let kinds = depth == 0 ? 5 : 9
    switch Int.random(in: 0..<kinds, using: &random) {
    case 0, 1: return .letter(alphabet.randomElement(using: &random) ?? "a")
    case 2:
      return Bool.random(using: &random)
        ? .dot : .kind("dDwWsS".randomElement(using: &random) ?? "d")
    case 3:
      let members = (0..<Int.random(in: 1...3, using: &random)).map { _ in member(&random) }
      return .set(members, isNegated: Bool.random(using: &random))
    case 4:
      return .anchor(
        random.choose(["^", "$", "\\A", "\\z", "\\Z", "\\b", "\\B"]))
    case 5, 6: return .sequence(parts(depth, from: 0, &random))
    case 7: return .choice(parts(depth, from: 2, &random))
    default:
      let least = Int.random(in: 0...2, using: &random)
      let most = Int.random(in: 0...3, using: &random)
      return .repeated(
        Self.random(depth: depth - 1, &random), least: least, most: most == 3 ? nil : least + most)
    }
  }

  private static func parts(
    _ depth: Int, from least: Int, _ random: inout SeededRandom
  ) -> [PatternModel] {
    (0..<Int.random(in: least...4, using: &random)).map { _ in
      Self.random(depth: depth - 1, &random)
    }
  }

  private static func member(_ random: inout SeededRandom) -> Member {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return .kind("dDwWsS".randomElement(using: &random) ?? "d")
    case 1:
      let bounds = [0, 1].map { _ in alphabet.randomElement(using: &random) ?? "a" }.sorted()
      return .range(bounds[0], bounds[1])
    default: return .one(alphabet.randomElement(using: &random) ?? "a")
    }
  }
}
