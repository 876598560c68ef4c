extension Parser {
  func missingOperand(before token: Token) -> ExpressionSyntaxError {
    let place = lexer.start
    if token == .end, frames.isEmpty, operands.isEmpty {
      return lexer.error(at: place, "The expression is empty", hint: "write [attribute] or a text")
    }
    if case .call(let call)? = frames.last, token == .close || token == .comma {
      return lexer.error(
        at: place, "An argument of \(call.function.name) is missing",
        hint: call.function.signature)
    }
    return lexer.error(at: place, "A value is missing before \(shown(token))")
  }

  func missingOperator(before token: Token) -> ExpressionSyntaxError {
    if case .name(let name) = token, let symbol = Self.words[name.lowercased()] {
      return lexer.error(
        at: lexer.start, "\(name) is no operator", hint: "write \(symbol)")
    }
    var hint = "& joins texts"
    if case .call? = frames.last { hint += ", a comma parts arguments" }
    return lexer.error(
      at: lexer.start, "An operator is missing before \(shown(token))", hint: hint)
  }

  // Operators of VBA that people try.
  private static let words = ["and": "&&", "or": "||", "is": "=", "like": "InStr(…) > 0"]

  func unknownFunction(_ name: String, at place: Int) -> ExpressionSyntaxError {
    if name.lowercased() == "not" {
      return lexer.error(at: place, "There is no function Not", hint: "compare with = False")
    }
    let nearest = Spelling.nearest(to: name, among: Function.names)
    return lexer.error(
      at: place, "There is no function \(Text.prefix(name, 60))",
      hint: nearest.map { "did you mean \($0)?" } ?? "names of functions are case-sensitive")
  }

  func unknownName(_ name: String, at place: Int) -> ExpressionSyntaxError {
    if let function = Function.named[name] {
      return lexer.error(
        at: place, "\(name) is a function and has no parenthesis", hint: function.signature)
    }
    switch name.lowercased() {
    case "not":
      return lexer.error(at: place, "\(name) is no operator", hint: "compare with = False")
    case "nothing", "empty":
      return lexer.error(at: place, "\(name) means nothing", hint: "write NULL for no value")
    default: break
    }
    let isHexadecimal = name.first.map { $0 == "H" || $0 == "h" } ?? false
    if isHexadecimal, UInt64(name.dropFirst(), radix: 16) != nil {
      return lexer.error(
        at: place, "\(name) means nothing after &", hint: "write & &\(name) to join the number")
    }
    let nearest = Spelling.nearest(to: name, among: Constants.spellings + Function.names)
    return lexer.error(
      at: place, "\(Text.prefix(name, 60)) means nothing",
      hint: nearest.map { "did you mean \($0)?" }
        ?? "texts are in quotes, attributes in brackets: [\(Text.prefix(name, 60))]")
  }

  func wrongCount(_ call: Call, atLeast: Bool) -> ExpressionSyntaxError {
    let arity = call.function.arity
    let wanted =
      call.function.form == .switch
      ? "pairs of a condition and a value"
      : arity.lowerBound == arity.upperBound
        ? "\(arity.lowerBound) argument\(arity.lowerBound == 1 ? "" : "s")"
        : "\(arity.lowerBound) to \(arity.upperBound) arguments"
    let got =
      call.function.form == .switch
      ? "an odd number" : atLeast ? "more" : call.count == 0 ? "none" : "\(call.count)"
    return lexer.error(
      at: call.start, "\(call.function.name) takes \(wanted) and got \(got)",
      hint: call.function.signature)
  }

  func unclosed(_ frame: Frame) -> ExpressionSyntaxError {
    let place: Int
    var what = "here"
    switch frame {
    case .call(let call):
      place = call.start
      what = "of \(call.function.name)"
    case .group(let start), .negate(let start): place = start
    case .infix: place = lexer.start
    }
    let count = frames.count { frame in
      switch frame {
      case .call, .group: true
      default: false
      }
    }
    return lexer.error(
      at: place, "The parenthesis \(what) is not closed",
      hint: count == 1 ? "add ) at the end" : "\(count) of ) are missing at the end")
  }

  private func shown(_ token: Token) -> String {
    if token == .end { return "the end" }
    let bytes = lexer.bytes[lexer.start..<max(lexer.start, lexer.position)]
    return Text.prefix(String(decoding: bytes, as: UTF8.self), 40)
  }
}

/// Finds what a misspelt name was meant to be.
enum Spelling {
  /// The candidate that differs least from `name`, or nil if all differ much.
  static func nearest(to name: String, among candidates: [String]) -> String? {
    let wanted = Array(name.lowercased().utf8.prefix(64))
    var best: (name: String, distance: Int, letters: Int)?
    for candidate in candidates {
      let other = Array(candidate.lowercased().utf8)
      if wanted == other { return candidate }
      let isPrefix = wanted.count >= 3 && (other.starts(with: wanted) || wanted.starts(with: other))
      let letters = self.distance(wanted, other)
      let distance = isPrefix ? 1 : letters
      // Of several that begin alike, such as IsNull and IsNullOrEmpty, the one that lacks least.
      if let best, (best.distance, best.letters) <= (distance, letters) { continue }
      best = (candidate, distance, letters)
    }
    guard let best, best.distance <= max(1, (wanted.count + 1) / 3) else { return nil }
    return best.name
  }

  /// How many insertions, removals and replacements make `a` of `b`.
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let above = row[j + 1]
        row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
        diagonal = above
      }
    }
    return row[b.count]
  }
}
