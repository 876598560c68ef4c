import JSON

/// A `$filter` in the forms that Graph takes for directory objects: comparisons, `in`,
/// `startswith`, `endswith`, `any` on lists, joined by `and`, `or` and `not`.
indirect enum ODataFilter: Hashable, Sendable {
  /// How a value is compared.
  enum Comparison: String, Sendable { case eq, ne, ge, le, gt, lt, startswith, endswith }

  case compare(String, Comparison, JSONValue)
  case any(String, Comparison, JSONValue)
  case and(ODataFilter, ODataFilter)
  case or(ODataFilter, ODataFilter)
  case not(ODataFilter)

  /// The filter that `text` spells for objects of `type`.
  ///
  /// - Throws: ``GraphError`` with the place where it makes no sense.
  init(parsing text: String, type: GraphType) throws {
    var parser = try ODataFilterParser(text, type: type)
    self = try parser.parse()
  }

  /// Whether Graph takes it only as an advanced query (learn.microsoft.com, "Advanced query
  /// capabilities on Microsoft Entra ID objects").
  var isAdvanced: Bool {
    switch self {
    case .compare(_, let comparison, _), .any(_, let comparison, _):
      comparison == .ne || comparison == .endswith
    case .and(let a, let b), .or(let a, let b): a.isAdvanced || b.isAdvanced
    case .not: true
    }
  }

  /// A property and the text without which nothing passes the filter, if there is one that an index
  /// may know.
  var demanded: (name: String, value: String)? {
    switch self {
    case .compare(let name, .eq, .string(let text)), .any(let name, .eq, .string(let text)):
      (name, text)
    case .and(let a, let b): a.demanded ?? b.demanded
    default: nil
    }
  }

  /// Whether an object with these values passes.
  func matches(_ value: (String) -> JSONValue?) -> Bool {
    switch self {
    case .compare(let name, let comparison, let wanted):
      Self.compare(value(name) ?? .null, comparison, wanted)
    case .any(let name, let comparison, let wanted):
      (value(name)?.array ?? []).contains { Self.compare($0, comparison, wanted) }
    case .and(let a, let b): a.matches(value) && b.matches(value)
    case .or(let a, let b): a.matches(value) || b.matches(value)
    case .not(let inner): !inner.matches(value)
    }
  }

  private static func compare(_ value: JSONValue, _ comparison: Comparison, _ wanted: JSONValue)
    -> Bool
  {
    guard let text = value.string?.lowercased(), let other = wanted.string?.lowercased() else {
      switch comparison {
      case .eq: return value == wanted
      case .ne: return value != wanted
      default: return false
      }
    }
    switch comparison {
    case .eq: return text == other
    case .ne: return text != other
    case .startswith: return text.hasPrefix(other)
    case .endswith: return text.hasSuffix(other)
    case .ge, .le, .gt, .lt: return order(text, comparison, other)
    }
  }

  private static func order(_ text: String, _ comparison: Comparison, _ other: String) -> Bool {
    let (a, b) = (Moment.milliseconds(text), Moment.milliseconds(other))
    let isLess = if let a, let b { a < b } else { text < other }
    let isSame = if let a, let b { a == b } else { text == other }
    switch comparison {
    case .ge: return !isLess
    case .gt: return !isLess && !isSame
    case .le: return isLess || isSame
    default: return isLess
    }
  }
}

private struct ODataFilterParser {
  private enum Token: Hashable {
    case word(String)
    case text(String)
    case sign(Character)
  }

  private let type: GraphType
  private var tokens: ArraySlice<Token> = []
  private var depth = 0

  init(_ text: String, type: GraphType) throws {
    self.type = type
    tokens = try Self.tokens(text)[...]
  }

  mutating func parse() throws -> ODataFilter {
    let filter = try disjunction()
    guard tokens.isEmpty else { throw Self.wrong("more follows where it should end") }
    return filter
  }

  private mutating func disjunction() throws -> ODataFilter {
    var left = try conjunction()
    while take(word: "or") { left = .or(left, try conjunction()) }
    return left
  }

  private mutating func conjunction() throws -> ODataFilter {
    var left = try term()
    while take(word: "and") { left = .and(left, try term()) }
    return left
  }

  private mutating func term() throws -> ODataFilter {
    depth += 1
    defer { depth -= 1 }
    guard depth < 50 else { throw Self.wrong("it nests too deep") }
    if take(word: "not") { return .not(try term()) }
    if take("(") {
      let inner = try disjunction()
      try demand(")")
      return inner
    }
    let name = try word()
    if let function = ODataFilter.Comparison(rawValue: name.lowercased()), take("(") {
      guard function == .startswith || function == .endswith else {
        throw Self.wrong("'\(name)' is no function")
      }
      let property = try property()
      try demand(",")
      let value = try literal()
      try demand(")")
      return .compare(property, function, value)
    }
    if name.hasSuffix("/any") { return try lambda(String(name.dropLast(4))) }
    return try comparison(try check(name))
  }

  private mutating func comparison(_ property: String) throws -> ODataFilter {
    let name = try word().lowercased()
    if name == "in" { return try list(property) }
    guard let comparison = ODataFilter.Comparison(rawValue: name), comparison != .startswith,
      comparison != .endswith
    else { throw Self.wrong("'\(name)' is no comparison") }
    return .compare(property, comparison, try literal())
  }

  private mutating func list(_ property: String) throws -> ODataFilter {
    try demand("(")
    var filter = ODataFilter.compare(property, .eq, try literal())
    var number = 1
    while take(",") {
      number += 1
      guard number <= 15 else { throw Self.wrong("more than 15 values stand in a list") }
      filter = .or(filter, .compare(property, .eq, try literal()))
    }
    try demand(")")
    return filter
  }

  // `proxyAddresses/any(p:p eq 'smtp:a@b.c')`.
  private mutating func lambda(_ name: String) throws -> ODataFilter {
    let property = try check(name)
    try demand("(")
    let variable = try word()
    try demand(":")
    let first = try word()
    if first.lowercased() == "startswith" {
      try demand("(")
      guard try word() == variable else { throw Self.wrong("'\(variable)' is expected") }
      try demand(",")
      let value = try literal()
      try demand(")")
      try demand(")")
      return .any(property, .startswith, value)
    }
    guard first == variable, try word().lowercased() == "eq" else {
      throw Self.wrong("'\(variable) eq' is expected")
    }
    let value = try literal()
    try demand(")")
    return .any(property, .eq, value)
  }

  // MARK: Tokens

  private mutating func property() throws -> String { try check(try word()) }

  private func check(_ name: String) throws -> String {
    guard type.property(name) != nil else {
      throw GraphError.bad(
        "Could not find a property named '\(name)' on type 'microsoft.graph.\(type.name)'.")
    }
    return name
  }

  private mutating func literal() throws -> JSONValue {
    switch tokens.popFirst() {
    case .text(let text)?: return .string(text)
    case .word("true")?: return true
    case .word("false")?: return false
    case .word("null")?: return .null
    case .word(let word)? where Moment.milliseconds(word) != nil: return .string(word)
    default: throw Self.wrong("a value is expected")
    }
  }

  private mutating func word() throws -> String {
    guard case .word(let word)? = tokens.popFirst() else { throw Self.wrong("a name is expected") }
    return word
  }

  private mutating func take(word: String) -> Bool {
    guard case .word(let next)? = tokens.first, next.lowercased() == word else { return false }
    tokens.removeFirst()
    return true
  }

  private mutating func take(_ sign: Character) -> Bool {
    guard tokens.first == .sign(sign) else { return false }
    tokens.removeFirst()
    return true
  }

  private mutating func demand(_ sign: Character) throws {
    guard take(sign) else { throw Self.wrong("'\(sign)' is expected") }
  }

  private static func wrong(_ why: String) -> GraphError {
    GraphError(400, "BadRequest", "Invalid filter clause: \(why).")
  }

  private static func tokens(_ text: String) throws -> [Token] {
    var tokens: [Token] = []
    var rest = text[...]
    while let first = rest.first {
      if first == " " {
        rest.removeFirst()
      } else if first == "'" {
        rest.removeFirst()
        tokens.append(.text(try quoted(&rest)))
      } else if "(),".contains(first) || (first == ":") {
        tokens.append(.sign(first))
        rest.removeFirst()
      } else {
        let isMoment = first.isNumber
        let word = rest.prefix { !" (),'".contains($0) && (isMoment || $0 != ":") }
        tokens.append(.word(String(word)))
        rest = rest.dropFirst(word.count)
      }
    }
    return tokens
  }

  // Two quotes stand for one.
  private static func quoted(_ rest: inout Substring) throws -> String {
    var text = ""
    while let next = rest.popFirst() {
      guard next == "'" else {
        text.append(next)
        continue
      }
      guard rest.first == "'" else { return text }
      rest.removeFirst()
      text.append("'")
    }
    throw wrong("a text does not end")
  }
}
