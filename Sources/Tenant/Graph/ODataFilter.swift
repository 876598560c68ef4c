import JSON

/// A `$filter` in the forms that Graph takes for directory objects: comparisons, `in`,
/// `startswith`, `endswith`, `any` on lists, joined by `and`, `or` and `not`.
indirect enum ODataFilter: Hashable, Sendable {
  /// How a value is compared.
  enum Comparison: String, Sendable { case eq, ne, ge, le, gt, lt, startswith, endswith }

  case compare(String, Comparison, JSONValue)
  case any(String, Comparison, JSONValue)
  /// A part of the objects in a list.
  case anyPart(String, part: String, JSONValue)
  /// How many there are in a list.
  case count(String, Comparison, Int64)
  case and(ODataFilter, ODataFilter)
  case or(ODataFilter, ODataFilter)
  case not(ODataFilter)

  /// The filter that `text` spells for objects of `type`.
  ///
  /// - Parameter choices: The most parts that may be joined by `or`; 15 unless told.
  /// - Throws: ``GraphError`` with the place where it makes no sense.
  init(parsing text: String, type: GraphType, choices: Int? = nil) throws {
    var parser = try ODataFilterParser(text, type: type)
    if let choices { parser.maximumChoices = choices }
    self = try parser.parse()
  }

  /// Whether Graph takes it only as an advanced query (learn.microsoft.com, "Advanced query
  /// capabilities on Microsoft Entra ID objects").
  var isAdvanced: Bool {
    switch self {
    case .compare(_, let comparison, _), .any(_, let comparison, _):
      comparison == .ne || comparison == .endswith
    case .and(let a, let b), .or(let a, let b): a.isAdvanced || b.isAdvanced
    case .not, .count: true
    case .anyPart: false
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

  /// The ids of which one is demanded, and nothing else; nil if that is not all.
  var ids: [String]? {
    switch self {
    case .compare("id", .eq, .string(let id)): return [id]
    case .or(let a, let b):
      guard let first = a.ids, let second = b.ids else { return nil }
      return first + second
    default: return nil
    }
  }

  /// Whether an object of `type` with these values passes.
  func matches(_ type: GraphType, _ value: (String) -> JSONValue?) -> Bool {
    switch self {
    case .compare(let name, let comparison, let wanted):
      Self.compare(value(name) ?? .null, comparison, wanted, type.queried(name))
    case .any(let name, let comparison, let wanted):
      (value(name)?.array ?? []).contains {
        Self.compare($0, comparison, wanted, type.queried(name))
      }
    case .anyPart(let name, let part, let wanted):
      (value(name)?.array ?? []).contains { Self.compare($0[part] ?? .null, .eq, wanted, nil) }
    case .count(let name, let comparison, let number):
      Self.order(Int64(value(name)?.array?.count ?? 0), comparison, number)
    case .and(let a, let b): a.matches(type, value) && b.matches(type, value)
    case .or(let a, let b): a.matches(type, value) || b.matches(type, value)
    case .not(let inner): !inner.matches(type, value)
    }
  }

  // In the same form as the index of the property has it, so that both find the same.
  private static func compare(
    _ value: JSONValue, _ comparison: Comparison, _ wanted: JSONValue, _ property: GraphProperty?
  ) -> Bool {
    if property?.kind == .dateTime, let moment = value.string.flatMap(Moment.milliseconds),
      let other = wanted.string.flatMap(Moment.milliseconds)
    {
      return order(moment, comparison, other)
    }
    func folded(_ text: String) -> String { property?.key?.folded(text) ?? text.lowercased() }
    guard let text = value.string.map(folded), let other = wanted.string.map(folded) else {
      switch comparison {
      case .eq: return value == wanted
      case .ne: return value != wanted
      default: return false
      }
    }
    switch comparison {
    case .startswith: return text.begins(with: other)
    case .endswith: return text.ends(with: other)
    default: return order(ExactText(text), comparison, ExactText(other))
    }
  }

  private static func order<Value: Comparable>(
    _ a: Value, _ comparison: Comparison, _ b: Value
  ) -> Bool {
    switch comparison {
    case .eq: a == b
    case .ne: a != b
    case .ge: a >= b
    case .gt: a > b
    case .le: a <= b
    case .lt: a < b
    case .startswith, .endswith: false
    }
  }
}

private struct ODataFilterParser {
  /// The greatest length of a filter, in bytes.
  static let maximumLength = 16_384
  /// The most values of a list, and the most parts that `or` joins (learn.microsoft.com,
  /// "Use the $filter query parameter").
  var maximumChoices = 15

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
    guard text.utf8.count <= Self.maximumLength else {
      throw Self.wrong("it is longer than \(Self.maximumLength) bytes")
    }
    tokens = try Self.tokens(text)[...]
  }

  mutating func parse() throws -> ODataFilter {
    let filter = try disjunction()
    guard tokens.isEmpty else { throw Self.wrong("more follows where it should end") }
    return filter
  }

  private mutating func disjunction() throws -> ODataFilter {
    var left = try conjunction()
    var number = 1
    while take(word: "or") {
      number += 1
      guard number <= maximumChoices else {
        throw Self.wrong("more than \(maximumChoices) parts are joined by or")
      }
      left = .or(left, try conjunction())
    }
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
      let property = try check(try word())
      try demand(",")
      let value = try literal(property, function)
      try demand(")")
      return .compare(property.name, function, value)
    }
    if name.lowercased().hasSuffix("/$count") { return try number(String(name.dropLast(7))) }
    if name.lowercased().hasSuffix("/any") { return try lambda(String(name.dropLast(4))) }
    return try comparison(try check(name))
  }

  private mutating func comparison(_ property: GraphProperty) throws -> ODataFilter {
    let name = try word().lowercased()
    if name == "in" { return try list(property) }
    guard let comparison = ODataFilter.Comparison(rawValue: name), comparison != .startswith,
      comparison != .endswith
    else { throw Self.wrong("'\(name)' is no comparison") }
    return .compare(property.name, comparison, try literal(property, comparison))
  }

  // `assignedLicenses/$count eq 0`.
  private mutating func number(_ name: String) throws -> ODataFilter {
    let property = try check(name, isList: true)
    guard let comparison = ODataFilter.Comparison(rawValue: try word().lowercased()),
      comparison != .startswith, comparison != .endswith, let number = Int64(try word())
    else { throw Self.wrong("a comparison with a number is expected") }
    return .count(property.name, comparison, number)
  }

  private mutating func list(_ property: GraphProperty) throws -> ODataFilter {
    try demand("(")
    var filter = ODataFilter.compare(property.name, .eq, try literal(property, .eq))
    var number = 1
    while take(",") {
      number += 1
      guard number <= maximumChoices else {
        throw Self.wrong("more than \(maximumChoices) values stand in a list")
      }
      filter = .or(filter, .compare(property.name, .eq, try literal(property, .eq)))
    }
    try demand(")")
    return filter
  }

  // `proxyAddresses/any(p:p eq 'smtp:a@b.c')`.
  private mutating func lambda(_ name: String) throws -> ODataFilter {
    let property = try check(name, isList: true)
    try demand("(")
    let variable = try word()
    try demand(":")
    let first = try word()
    if first.lowercased() == "startswith" {
      try demand("(")
      guard try word() == variable else { throw Self.wrong("'\(variable)' is expected") }
      try demand(",")
      let value = try literal(property, .startswith)
      try demand(")")
      try demand(")")
      return .any(property.name, .startswith, value)
    }
    let part = first.hasPrefix(variable + "/") ? String(first.dropFirst(variable.count + 1)) : nil
    guard first == variable || part != nil, (property.kind == .objects) == (part != nil),
      try word().lowercased() == "eq"
    else {
      throw Self.wrong("'\(variable) eq' is expected")
    }
    if let part {
      let value = try literal()
      try demand(")")
      return .anyPart(property.name, part: part, value)
    }
    let value = try literal(property, .eq)
    try demand(")")
    return .any(property.name, .eq, value)
  }

  // MARK: Tokens

  // What a list holds is compared by `any` alone, and a single value without it.
  private func check(_ name: String, isList: Bool = false) throws -> GraphProperty {
    guard let property = type.queried(name) else {
      throw GraphError.bad(
        "Could not find a property named '\(name)' on type 'microsoft.graph.\(type.name)'.")
    }
    guard property.isList == isList, property.kind != .object else {
      throw Self.wrong(
        "'\(name)' is \(isList ? "no list" : "a list or an object") and can't be compared so")
    }
    return property
  }

  private mutating func literal(_ property: GraphProperty, _ comparison: ODataFilter.Comparison)
    throws -> JSONValue
  {
    let value = try literal()
    let isRight =
      switch property.kind {
      case _ where value == .null: [.eq, .ne].contains(comparison)
      case .string, .strings: value.string != nil
      case .boolean: value.boolean != nil && [.eq, .ne].contains(comparison)
      case .dateTime:
        value.string.flatMap(Moment.milliseconds) != nil && comparison != .startswith
          && comparison != .endswith
      case .object, .objects: false
      }
    guard isRight else {
      throw Self.wrong("'\(property.name)' can't be compared with that value in that way")
    }
    return value
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

  // By scalars: a mark behind a quote or a blank makes another character of both.
  private static func tokens(_ text: String) throws -> [Token] {
    var tokens: [Token] = []
    var rest = text.unicodeScalars[...]
    while let first = rest.first {
      switch first {
      case " ": rest.removeFirst()
      case "'":
        rest.removeFirst()
        tokens.append(.text(try quoted(&rest)))
      case "(", ")", ",", ":":
        tokens.append(.sign(Character(first)))
        rest.removeFirst()
      default:
        let isMoment = ("0"..."9").contains(first)
        let word = rest.prefix { !" (),'".unicodeScalars.contains($0) && (isMoment || $0 != ":") }
        tokens.append(.word(String(word)))
        rest = rest.dropFirst(word.count)
      }
    }
    return tokens
  }

  // Two quotes stand for one.
  private static func quoted(_ rest: inout Substring.UnicodeScalarView) throws -> String {
    var text = String.UnicodeScalarView()
    while let next = rest.popFirst() {
      if next == "'" {
        guard rest.first == "'" else { return String(text) }
        rest.removeFirst()
      }
      text.append(next)
    }
    throw wrong("a text does not end")
  }
}
