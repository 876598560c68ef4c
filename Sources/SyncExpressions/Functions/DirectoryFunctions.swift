import Directory

extension Function {
  /// Functions of distinguished names.
  ///
  /// Values stay escaped as the name spells them.
  static let directories: [Function] = [
    Function("DNComponent", "str DNComponent(ref dn, num ComponentNumber)", 2...2) {
      arguments, _ throws(ExpressionFailure) in
      component(of: try parts(arguments), try arguments.position(1))
    },
    Function(
      "DNComponentRev", "str DNComponentRev(ref dn, num ComponentNumber[, enum Options])", 2...3,
      options: [2: ["DC"]]
    ) { arguments, _ throws(ExpressionFailure) in
      var names = try parts(arguments)
      if try arguments.option(2, "DC") {
        names.removeAll { name in
          let type = name.utf8.firstIndex(of: equals).map {
            Text.trim(String(name[..<$0]), leading: true, trailing: true)
          }
          return type?.lowercased() == "dc"
        }
      }
      return component(of: names.reversed(), try arguments.position(1))
    },
    Function("EscapeDNComponent", "str EscapeDNComponent(str value)", 1...1) {
      arguments, work throws(ExpressionFailure) in
      let escaped = escape(try arguments.text(0))
      try work.make(length: escaped.utf8.count)
      return .string(escaped)
    },
  ]

  private static func parts(_ arguments: Arguments) throws(ExpressionFailure) -> [String] {
    switch arguments[0] {
    case .reference(let text), .string(let text): DistinguishedName.split(text)
    default: throw arguments.refused(0, "which is no reference", hint: "write CRef([dn])")
    }
  }

  private static func component(of names: [String], _ number: Int) -> Value {
    guard number >= 1, number <= names.count else { return .null }
    let name = names[number - 1]
    guard let place = name.utf8.firstIndex(of: equals) else { return .string(name) }
    return .string(
      Text.trim(String(name[name.utf8.index(after: place)...]), leading: true, trailing: false))
  }

  /// Escapes a value, and leaves the type and the equals sign before one as they are.
  private static func escape(_ text: String) -> String {
    guard let place = text.utf8.firstIndex(of: equals), isType(text[..<place]) else {
      return DistinguishedName.escape(text)
    }
    let value = text.utf8.index(after: place)
    return String(text[..<value]) + DistinguishedName.escape(String(text[value...]))
  }

  // Looked for among the bytes: with a combining mark behind it, it is another character.
  private static let equals = UInt8(ascii: "=")

  private static func isType(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { Lexer.isNamePart($0) || $0 == 0x2D || $0 == 0x2E }
  }
}
