import Directory

extension Function {
  /// Functions that change text.
  static let texts: [Function] = [
    text("Trim", "str Trim(str value)") { Text.trim($0, leading: true, trailing: true) },
    text("LTrim", "str LTrim(str value)") { Text.trim($0, leading: true, trailing: false) },
    text("RTrim", "str RTrim(str value)") { Text.trim($0, leading: false, trailing: true) },
    text("LCase", "str LCase(str value)") { Text.lower($0) },
    text("UCase", "str UCase(str string)") { Text.upper($0) },
    text("PCase", "str PCase(str string)") { Text.proper($0) },
    Function("PadLeft", padding("PadLeft"), 3...3, null: .gives(.string(""))) {
      arguments, work throws(ExpressionFailure) in
      .string(try pad(arguments, &work) + arguments.text(0))
    },
    Function("PadRight", padding("PadRight"), 3...3, null: .gives(.string(""))) {
      arguments, work throws(ExpressionFailure) in
      .string(try arguments.text(0) + pad(arguments, &work))
    },
    Function("Replace", "str Replace(str string, str OldValue, str NewValue)", 3...3, null: .body) {
      arguments, work throws(ExpressionFailure) in
      // As in .NET, nothing in the place of a value takes it out.
      arguments[0].isNull || arguments[1].isNull
        ? .null : .string(try replace(arguments, &work))
    },
    Function("ReplaceChars", "str ReplaceChars(str string, str ReplacePattern)", 2...2) {
      arguments, work throws(ExpressionFailure) in
      try replaceCharacters(arguments, &work)
    },
    Function("Guid", "str Guid()", 0...0, isVolatile: true) { _, _ in
      .string(randomGUID())
    },
  ]

  private static func text(
    _ name: StaticString, _ signature: String, _ change: @escaping @Sendable (String) -> String
  ) -> Function {
    Function(name, signature, 1...1) { arguments, work throws(ExpressionFailure) in
      let text = try arguments.text(0)
      try work.spend(text.utf8.count >> 6)
      return .string(change(text))
    }
  }

  private static func padding(_ name: String) -> String {
    "str \(name)(str string, num length, str padCharacter)"
  }

  private static func pad(
    _ arguments: Arguments, _ work: inout Work
  ) throws(ExpressionFailure) -> String {
    let character = try arguments.text(2)
    guard Text.length(character) == 1 else {
      throw arguments.outOfRange(2, "the character to pad with is a single one")
    }
    let text = try arguments.text(0)
    let missing = try arguments.position(1) - Text.length(text)
    guard missing > 0 else { return "" }
    try work.make(length: missing * character.utf8.count + text.utf8.count)
    return String(repeating: character, count: missing)
  }

  private static func replace(
    _ arguments: Arguments, _ work: inout Work
  ) throws(ExpressionFailure) -> String {
    let text = Array(try arguments.text(0).utf8)
    let old = Array(monikers(try arguments.text(1)).utf8)
    let new = Array(monikers(try arguments.text(2)).utf8)
    guard let first = old.first else { return try arguments.text(0) }
    try work.spend(1 + text.count / 64 * (1 + old.count / 8))
    var result: [UInt8] = []
    var place = 0
    while place < text.count {
      if text[place] == first, text[place...].starts(with: old) {
        result += new
        place += old.count
        if result.count > Work.maximumLength { try work.make(length: result.count) }
      } else {
        result.append(text[place])
        place += 1
      }
    }
    try work.make(length: result.count)
    return String(decoding: result, as: UTF8.self)
  }

  /// `text` with a new line for `\n`, a carriage return for `\r` and a tabulator for `\t`.
  private static func monikers(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
    var result = ""
    var isEscaped = false
    for scalar in text.unicodeScalars {
      switch (isEscaped, scalar) {
      case (false, "\\"):
        isEscaped = true
        continue
      case (true, "n"): result += "\n"
      case (true, "r"): result += "\r"
      case (true, "t"): result += "\t"
      case (true, "\\"):
        result += "\\"
        continue
      case (true, _):
        result += "\\"
        result.unicodeScalars.append(scalar)
      default: result.unicodeScalars.append(scalar)
      }
      isEscaped = false
    }
    return isEscaped ? result + "\\" : result
  }

  private static func replaceCharacters(
    _ arguments: Arguments, _ work: inout Work
  ) throws(ExpressionFailure) -> Value {
    var table: [Unicode.Scalar: String] = [:]
    // By scalars: a combining mark makes one character with the comma or colon before it.
    let pattern = try arguments.text(1).unicodeScalars.filter { !$0.properties.isWhitespace }
    for pair in pattern.split(separator: ",") {
      let parts = pair.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, parts[0].count == 1, let source = parts[0].first else {
        throw arguments.outOfRange(
          1, "\"\(Text.prefix(String(pair), 20))\" is no pair", hint: "write pairs as ö:oe,ß:ss")
      }
      table[source] = String(parts[1])
    }
    var result = ""
    for scalar in try arguments.text(0).unicodeScalars {
      if let target = table[scalar] {
        result += target
        if result.utf8.count > Work.maximumLength { try work.make(length: result.utf8.count) }
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    try work.make(length: result.utf8.count)
    return .string(result)
  }

  private static func randomGUID() -> String {
    var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
    // A random GUID says so in its version and variant (RFC 9562 §5.4); the third group is stored
    // low byte first.
    bytes[7] = bytes[7] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    return GUID(bytes: bytes)?.description ?? ""
  }
}
