import JSON

/// A condition on resources (RFC 7644 §3.4.2.2), its attributes already found in the schema.
indirect enum Filter: Sendable {
  case and(Filter, Filter)
  case or(Filter, Filter)
  case not(Filter)
  /// The attribute has a value.
  case present(AttributePath)
  /// A value of the attribute stands in this relation to the operand.
  case compare(AttributePath, Operator, Operand)
  /// One value of the multi-valued attribute meets the whole inner condition.
  case values(AttributePath, Filter)

  /// The relations of RFC 7644 §3.4.2.2, table 3, but for `pr`.
  enum Operator: String, Sendable {
    case eq, ne, co, sw, ew, gt, ge, lt, le
  }

  /// What values are compared with, ready for the attribute's type.
  enum Operand: Hashable, Sendable {
    /// Folded in case if the attribute ignores case.
    case text(String)
    /// Milliseconds since the epoch.
    case moment(Int64)
    case number(Double)
    case bool(Bool)
    case null
  }
}

extension Filter {
  /// Gives the values of attributes that are not in a resource's body, such as `members`.
  typealias LinkedValues = (AttributePath) throws -> [JSONValue]

  /// Whether a resource of this body meets the condition.
  func matches(_ body: JSONObject, linked: LinkedValues = { _ in [] }) throws -> Bool {
    switch self {
    case .and(let a, let b):
      return try a.matches(body, linked: linked) && b.matches(body, linked: linked)
    case .or(let a, let b):
      return try a.matches(body, linked: linked) || b.matches(body, linked: linked)
    case .not(let inner): return try !inner.matches(body, linked: linked)
    case .present(let path):
      // A value that is empty is none (RFC 7644 §3.4.2.2).
      return try path.values(in: body, linked: linked).contains {
        !$0.isUnassigned && $0 != .string("")
      }
    case .values(let path, let inner):
      let elements = try AttributePath(schema: path.schema, attribute: path.attribute)
        .values(in: body, linked: linked)
      return try elements.contains { try inner.matchesElement($0) }
    case .compare(let path, let relation, let operand):
      let values = try path.comparable(in: body, linked: linked)
      if operand == .null {
        let isAbsent = values.values.isEmpty
        return relation == .ne ? !isAbsent : isAbsent
      }
      // An absent value is not equal to anything.
      if values.values.isEmpty { return relation == .ne }
      return values.values.contains {
        Self.holds($0, relation, operand, definition: values.definition)
      }
    }
  }

  /// Whether one value of a multi-valued attribute meets the condition; a plain value stands as
  /// `value`.
  func matchesElement(_ element: JSONValue) throws -> Bool {
    try matches(element.object ?? JSONObject(["value": element]))
  }

  private static func holds(
    _ value: JSONValue, _ relation: Operator, _ operand: Operand, definition: AttributeDefinition
  ) -> Bool {
    switch operand {
    case .bool(let truth): return (value.boolean == truth) == (relation == .eq)
    case .number(let wanted):
      guard let number = value.integer.map(Double.init) ?? value.double else { return false }
      return compares(number, relation, wanted)
    case .moment(let wanted):
      guard let moment = value.string.flatMap(Moment.milliseconds) else { return false }
      return compares(moment, relation, wanted)
    case .text(let wanted):
      guard let text = value.string.map(definition.folded) else { return false }
      switch relation {
      case .co: return text.holds(wanted)
      case .sw: return text.begins(with: wanted)
      case .ew: return text.ends(with: wanted)
      default: return compares(ExactText(text), relation, ExactText(wanted))
      }
    case .null: return false
    }
  }

  private static func compares<Value: Comparable>(_ a: Value, _ relation: Operator, _ b: Value)
    -> Bool
  {
    switch relation {
    case .eq: return a == b
    case .ne: return a != b
    case .gt: return a > b
    case .ge: return a >= b
    case .lt: return a < b
    case .le: return a <= b
    case .co, .sw, .ew: return false
    }
  }
}

extension JSONValue {
  /// The number, if this is one that is not whole.
  var double: Double? {
    if case .number(let value) = self { return value }
    return nil
  }
}

extension AttributePath {
  /// The values that the path leads to in a resource of this body.
  func values(in body: JSONObject, linked: Filter.LinkedValues = { _ in [] }) throws -> [JSONValue]
  {
    let elements: [JSONValue]
    if isLinked {
      elements = try linked(self)
    } else {
      let holder = schema.map { body[$0]?.object } ?? body
      guard let value = holder?[attribute.name] else { return [] }
      elements = value.array ?? [value]
    }
    guard let sub else { return elements }
    return elements.compactMap { element in
      // A plain value of a multi-valued attribute is its own `value`.
      guard let object = element.object else { return sub.name == "value" ? element : nil }
      return object[sub.name]
    }
  }

  /// The values that a comparison looks at, with their definition: of a complex attribute it is its
  /// `value` (RFC 7643 §2.4).
  func comparable(in body: JSONObject, linked: Filter.LinkedValues = { _ in [] }) throws -> (
    values: [JSONValue], definition: AttributeDefinition
  ) {
    let values = try values(in: body, linked: linked)
    guard leaf.kind == .complex else { return (values, leaf) }
    return (values.compactMap { $0.object?["value"] }, leaf.subAttribute("value") ?? leaf)
  }

  /// Whether the values are not in the body: those kept as rows, and what is told of the target.
  private var isLinked: Bool {
    switch attribute.storage {
    case .body: return false
    case .reverseLinks: return true
    case .links: return attribute.isMultiValued || sub.map { $0.name != "value" } ?? false
    }
  }
}
