/// A JSON value (RFC 8259), with the order of members kept.
///
/// Foundation's `JSONSerialization` is not used: on Linux it makes `true` and `1` the same
/// `NSNumber`, and a strict server must tell a boolean from a number.
enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSON])
  case object(JSONObject)

  /// The text, if this is a string.
  var string: String? {
    if case .string(let text) = self { return text }
    return nil
  }

  /// The truth, if this is a boolean.
  var bool: Bool? {
    if case .bool(let truth) = self { return truth }
    return nil
  }

  /// The whole number, if this is one.
  var integer: Int64? {
    if case .integer(let value) = self { return value }
    return nil
  }

  /// The members, if this is an object.
  var object: JSONObject? {
    if case .object(let object) = self { return object }
    return nil
  }

  /// The elements, if this is an array.
  var array: [JSON]? {
    if case .array(let elements) = self { return elements }
    return nil
  }

  /// Whether SCIM takes this for "unassigned": null, or an empty array (RFC 7643 §2.5).
  var isUnassigned: Bool {
    switch self {
    case .null: return true
    case .array(let elements): return elements.isEmpty
    default: return false
    }
  }

  /// What kind of value this is, in a person's words.
  var kindName: String {
    switch self {
    case .null: return "null"
    case .bool: return "a boolean"
    case .integer: return "an integer"
    case .number: return "a number"
    case .string: return "a string"
    case .array: return "an array"
    case .object: return "an object"
    }
  }
}

/// The members of a JSON object, in their order.
struct JSONObject: Hashable, Sendable {
  /// One name with its value.
  struct Member: Hashable, Sendable {
    var name: String
    var value: JSON
  }

  /// The members in order; no name occurs twice, also not in another case.
  var members: [Member] = []

  /// An object without members.
  init() {}

  /// An object of these members, in this order.
  init(_ members: KeyValuePairs<String, JSON>) {
    self.members = members.map { Member(name: $0.key, value: $0.value) }
  }

  /// The value of the member of exactly this name; setting nil removes it.
  subscript(name: String) -> JSON? {
    get {
      for member in members where member.name == name { return member.value }
      return nil
    }
    set {
      let index = members.firstIndex { $0.name == name }
      switch (index, newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(Member(name: name, value: value))
      case (nil, nil): break
      }
    }
  }

  /// The value of the member of this name in any case: SCIM names ignore it (RFC 7643 §2.1).
  func value(ignoringCase name: String) -> JSON? {
    if let exact = self[name] { return exact }
    let folded = name.lowercased()
    return members.first { $0.name.lowercased() == folded }?.value
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  init(stringLiteral value: String) { self = .string(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(integerLiteral value: Int64) { self = .integer(value) }
  init(arrayLiteral elements: JSON...) { self = .array(elements) }
  init(dictionaryLiteral elements: (String, JSON)...) {
    var object = JSONObject()
    object.members = elements.map { JSONObject.Member(name: $0.0, value: $0.1) }
    self = .object(object)
  }
}
