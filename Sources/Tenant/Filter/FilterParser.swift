import JSON

/// Reads the filter language of RFC 7644 §3.4.2.2 and the paths of PATCH (§3.5.2).
struct FilterParser {
  /// The greatest length of a filter, in bytes.
  static let maximumLength = 16_384
  /// How deep brackets and `not` may stand inside each other.
  static let maximumDepth = 40

  private let bytes: [UInt8]
  private var index = 0
  private var depth = 0
  private let type: ResourceType
  private let isStrict: Bool
  private let kind: SCIMError.Kind
  /// The attribute in whose brackets the parser is.
  private var outer: AttributePath?

  /// The condition that `text` spells for resources of `type`.
  ///
  /// - Throws: ``SCIMError``, status 400 with `invalidFilter`.
  static func filter(_ text: String, for type: ResourceType, isStrict: Bool = true) throws -> Filter
  {
    var parser = try FilterParser(text, type, isStrict, .invalidFilter)
    let filter = try parser.disjunction()
    parser.skipSpace()
    guard parser.index == parser.bytes.count else { throw parser.error("unexpected text") }
    return filter
  }

  /// The target of a PATCH operation that `text` names.
  ///
  /// - Throws: ``SCIMError``, status 400 with `invalidPath`.
  static func patchPath(_ text: String, for type: ResourceType, isStrict: Bool = true) throws
    -> PatchPath
  {
    if let schema = type.schemaExtension(text) { return PatchPath(wholeExtension: schema.id) }
    var parser = try FilterParser(text, type, isStrict, .invalidPath)
    var path = try parser.attributePath()
    var filter: Filter?
    if parser.take("[") {
      filter = try parser.inner(of: path)
      if parser.take(".") {
        let name = parser.word()
        guard let sub = path.attribute.subAttribute(name) else {
          throw parser.error("'\(path.attribute.name)' has no '\(name)'")
        }
        path.sub = sub
      }
    }
    parser.skipSpace()
    guard parser.index == parser.bytes.count else { throw parser.error("unexpected text") }
    return PatchPath(path: path, filter: filter)
  }

  private init(
    _ text: String, _ type: ResourceType, _ isStrict: Bool, _ kind: SCIMError.Kind
  ) throws {
    bytes = Array(text.utf8)
    self.type = type
    self.isStrict = isStrict
    self.kind = kind
    guard bytes.count <= Self.maximumLength else {
      throw SCIMError(400, kind, "longer than \(Self.maximumLength) bytes.")
    }
  }

  private func error(_ message: String) -> SCIMError {
    let what = kind == .invalidPath ? "Path" : "Filter"
    return SCIMError(
      400, kind, "\(what) '\(String(decoding: bytes, as: UTF8.self))': \(message) at \(index).")
  }

  // MARK: Grammar

  private mutating func disjunction() throws -> Filter {
    var filter = try conjunction()
    while takeWord("or") { filter = .or(filter, try conjunction()) }
    return filter
  }

  private mutating func conjunction() throws -> Filter {
    var filter = try term()
    while takeWord("and") { filter = .and(filter, try term()) }
    return filter
  }

  private mutating func term() throws -> Filter {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else { throw error("nested too deep") }
    skipSpace()
    if take("(") { return try closed() }
    let start = index
    if takeWord("not") {
      skipSpace()
      if take("(") { return .not(try closed()) }
      index = start
    }
    return try expression()
  }

  private mutating func closed() throws -> Filter {
    let filter = try disjunction()
    skipSpace()
    guard take(")") else { throw error("a ) should stand here") }
    return filter
  }

  private mutating func expression() throws -> Filter {
    let path = try attributePath()
    if take("[") { return .values(path, try inner(of: path)) }
    skipSpace()
    let name = word().lowercased()
    if name == "pr" { return .present(path) }
    guard let relation = Filter.Operator(rawValue: name) else {
      throw error("'\(name)' is no operator (eq ne co sw ew pr gt ge lt le)")
    }
    skipSpace()
    return .compare(path, relation, try operand(path, relation))
  }

  private mutating func inner(of path: AttributePath) throws -> Filter {
    guard outer == nil, path.sub == nil, path.attribute.isMultiValued || path.leaf.kind == .complex
    else { throw error("[ ] can follow a multi-valued attribute only") }
    outer = path
    defer { outer = nil }
    let filter = try disjunction()
    skipSpace()
    guard take("]") else { throw error("a ] should stand here") }
    return filter
  }

  private mutating func attributePath() throws -> AttributePath {
    skipSpace()
    let name = word()
    guard !name.isEmpty else { throw error("an attribute should stand here") }
    guard let outer else {
      let path = try AttributePath(name, in: type, kind: kind)
      guard kind != .invalidFilter || path.leaf.returned != .never else {
        throw error("'\(name)' is never shown and can't be asked for")
      }
      return path
    }
    if outer.attribute.kind != .complex, name.lowercased() == "value" {
      let plain = outer.attribute.with { value in
        value.name = "value"
        value.isMultiValued = false
      }
      return AttributePath(schema: nil, attribute: plain)
    }
    guard let sub = outer.attribute.subAttribute(name) else {
      throw error("'\(outer.attribute.name)' has no '\(name)'")
    }
    return AttributePath(schema: nil, attribute: sub)
  }

  private mutating func operand(_ path: AttributePath, _ relation: Filter.Operator) throws
    -> Filter.Operand
  {
    let literal = try literal()
    var definition = path.leaf
    if definition.kind == .complex {
      guard let value = definition.subAttribute("value") else {
        throw error("'\(path.text)' has parts; name one of them")
      }
      definition = value
    }
    if literal == .null {
      guard relation == .eq || relation == .ne else { throw error("null goes with eq and ne only") }
      return .null
    }
    return try operand(literal, definition, relation)
  }

  private func operand(
    _ literal: JSONValue, _ definition: AttributeDefinition, _ relation: Filter.Operator
  ) throws -> Filter.Operand {
    switch definition.kind {
    case .boolean:
      guard relation == .eq || relation == .ne else {
        throw error("'\(definition.name)' is a boolean: eq and ne only")
      }
      if let truth = literal.boolean { return .bool(truth) }
      if !isStrict, let text = literal.string?.lowercased(), ["true", "false"].contains(text) {
        return .bool(text == "true")
      }
    case .integer, .decimal:
      if let number = literal.integer.map(Double.init) ?? literal.double { return .number(number) }
    case .dateTime:
      if let moment = literal.string.flatMap(Moment.milliseconds) { return .moment(moment) }
    case .binary where ![.eq, .ne].contains(relation):
      throw error("'\(definition.name)' is binary: eq and ne only")
    case .string, .reference, .binary, .complex:
      if let text = literal.string { return .text(definition.folded(text)) }
    }
    throw error(
      "'\(definition.name)' is of type \(definition.kind.rawValue); "
        + "\(literal.text) is not")
  }

  // MARK: Words

  private mutating func literal() throws -> JSONValue {
    let start = index
    guard index < bytes.count else { throw error("a value should stand here") }
    if bytes[index] == UInt8(ascii: "\"") {
      index += 1
      while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
        index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
      }
      index = min(index + 1, bytes.count)
    } else {
      while index < bytes.count, ![0x20, 0x29, 0x5D].contains(bytes[index]) { index += 1 }
    }
    do {
      return try JSONValue(parsing: Array(bytes[start..<index]))
    } catch {
      throw self.error("a value (\"text\" in quotes, number, true, false, null) should stand here")
    }
  }

  // Letters, digits and what attribute names and URNs may hold besides.
  private mutating func word() -> String {
    let start = index
    while index < bytes.count {
      switch bytes[index] {
      case 0x41...0x5A, 0x61...0x7A, 0x30...0x39: index += 1
      case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "$"), UInt8(ascii: "."),
        UInt8(ascii: ":"):
        index += 1
      default: return String(decoding: bytes[start..<index], as: UTF8.self)
      }
    }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  private mutating func takeWord(_ wanted: String) -> Bool {
    let start = index
    skipSpace()
    if word().lowercased() == wanted, index >= bytes.count || [0x20, 0x28].contains(bytes[index]) {
      return true
    }
    index = start
    return false
  }

  private mutating func take(_ character: Character) -> Bool {
    guard index < bytes.count, bytes[index] == character.asciiValue else { return false }
    index += 1
    return true
  }

  private mutating func skipSpace() {
    while index < bytes.count, bytes[index] == 0x20 { index += 1 }
  }
}
