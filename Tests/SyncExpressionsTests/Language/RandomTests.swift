import Directory
import TestSupport
import Testing

@testable import SyncExpressions

/// An expression as a tree, to be printed in several ways.
private indirect enum Tree {
  case leaf(String)
  case infix(Infix, Tree, Tree)
  case negative(Tree)
  case call(String, [Tree])

  private static let leaves = [
    "[a]", "[b]", "[many]", "[bytes]", "[absent]", "1", "0", "2", "True", "False", "NULL", "\"x\"",
    "\"1\"", "\"\"", "%P%", "Now()", "IgnoreThisFlow", "&HFF",
  ]

  static func random(_ depth: Int, _ generator: inout some RandomNumberGenerator) -> Tree {
    guard depth > 0, Int.random(in: 0..<5, using: &generator) > 0 else {
      return .leaf(leaves.randomElement(using: &generator) ?? "1")
    }
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: return .negative(random(depth - 1, &generator))
    case 1, 2, 3:
      let infix = Infix.allCases.randomElement(using: &generator) ?? .join
      return .infix(infix, random(depth - 1, &generator), random(depth - 1, &generator))
    default:
      let callable = Function.all.filter {
        [.ordinary, .iif, .certificate].contains($0.form) && $0.arity.lowerBound > 0
      }
      guard let function = callable.randomElement(using: &generator) else { return .leaf("1") }
      let count = Int.random(in: function.arity, using: &generator)
      return .call(
        function.name.description, (0..<count).map { _ in random(depth - 1, &generator) })
    }
  }

  /// The text with only the parentheses it needs.
  func short(_ precedence: Int = 0) -> String {
    switch self {
    case .leaf(let text): return text
    case .negative(let operand): return "-" + operand.short(7)
    case .call(let name, let arguments):
      return name + "(" + arguments.map { $0.short() }.joined(separator: ",") + ")"
    case .infix(let infix, let left, let right):
      let own = infix.precedence
      let text = left.short(own) + " " + infix.spelling + " " + right.short(own + 1)
      return own < precedence ? "(" + text + ")" : text
    }
  }

  /// The text with all parentheses there can be.
  var long: String {
    switch self {
    case .leaf(let text): return "((" + text + "))"
    case .negative(.leaf(let text)): return "(-" + text + ")"
    case .negative(let operand): return "(-" + operand.long + ")"
    case .call(let name, let arguments):
      return "(" + name + "(\n" + arguments.map(\.long).joined(separator: " , ") + "))"
    case .infix(let infix, let left, let right):
      return "(" + left.long + infix.spelling + right.long + ")"
    }
  }
}

@Suite("Random expressions")
struct RandomTests {
  private static let input: TestInput = {
    var input = TestInput([
      "a": ["x"], "b": [2], "many": ["x y", "Y", "3"], "bytes": [.binary([1, 2])],
    ])
    input.parameters = ["P": "p"]
    return input
  }()

  private static func outcome(
    _ expression: Expression
  ) -> Result<ExpressionOutcome, ExpressionFailure> {
    Result { () throws(ExpressionFailure) in try expression.evaluate(input) }
  }

  @Test("A tree reads the same with few parentheses and with many", arguments: 0..<20)
  func trees(seed: UInt64) throws {
    var generator = SeededRandom(seed: seed)
    for _ in 0..<50 {
      let tree = Tree.random(5, &generator)
      let short = try Parser.parse(tree.short(), folds: false)
      let long = try Parser.parse(tree.long, folds: false)
      #expect(short.builder.instructions == long.builder.instructions, "\(tree.short())")
      #expect(short.builder.constants == long.builder.constants)
    }
  }

  @Test("Constants that are calculated before give what they give after", arguments: 0..<20)
  func folding(seed: UInt64) throws {
    var generator = SeededRandom(seed: seed &+ 1000)
    for _ in 0..<50 {
      let text = Tree.random(5, &generator).short()
      if text.contains("RandomNum") { continue }
      let expression = try Expression(text)
      let folded = Self.outcome(expression)
      let unfolded = expression.trace(Self.input).outcome
      switch (folded, unfolded) {
      case (.success(let x), .success(let y)): #expect(x == y, "\(text)")
      case (.failure(let x), .failure(let y)): #expect(x.message == y.message, "\(text)")
      default: Issue.record("\(text): \(folded) and \(unfolded)")
      }
    }
  }

  @Test("A soup of tokens gives an expression or an error, never a crash", arguments: 0..<20)
  func soup(seed: UInt64) {
    var generator = SeededRandom(seed: seed &+ 2000)
    let tokens =
      Function.names + Constants.spellings + Infix.allCases.map(\.spelling)
      + [
        "(", ")", "(", ")", ",", ",", "[a]", "[many]", "$x", "$y", "%P%", "\"", "\"x\"", "1", "-",
        "&H", "&HF", "[", "]", "%", "\\", "😀", "\u{301}", "\r\n", "9223372036854775808", "_", "é",
      ]
    for _ in 0..<300 {
      let count = Int.random(in: 0..<30, using: &generator)
      let text = (0..<count).map { _ in tokens.randomElement(using: &generator) ?? "" }
        .joined(separator: Bool.random(using: &generator) ? "" : " ")
      do {
        _ = Self.outcome(try Expression(text))
      } catch {
        #expect(error.line >= 1 && error.column >= 1 && !error.message.isEmpty)
      }
    }
  }

  @Test("Calls with anything as arguments give a value or a failure", arguments: 0..<20)
  func calls(seed: UInt64) throws {
    var generator = SeededRandom(seed: seed &+ 3000)
    for _ in 0..<50 {
      for form in ["Select($x,%,%)", "Where($x,%,%)", "With($x,%,%)", "Switch(%,%,%,%)"] {
        let text = form.split(separator: "%", omittingEmptySubsequences: false)
          .reduce(into: "") { text, part in
            if !text.isEmpty { text += Tree.random(3, &generator).short() }
            text += part
          }
        let expression = try Expression(text)
        _ = Self.outcome(expression)
        _ = expression.trace(Self.input)
      }
    }
  }

  @Test("Every failure has a place inside of the text", arguments: 0..<10)
  func places(seed: UInt64) throws {
    var generator = SeededRandom(seed: seed &+ 4000)
    for _ in 0..<100 {
      let text = Tree.random(4, &generator).short()
      if case .failure(let failure) = Self.outcome(try Expression(text)) {
        #expect((1...text.unicodeScalars.count).contains(failure.column), "\(text)")
      }
    }
  }
}
