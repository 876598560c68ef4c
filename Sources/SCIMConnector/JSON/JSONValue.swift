/// A JSON value (RFC 8259), with whole numbers kept exact.
///
/// Foundation's coder takes 35,000 directory objects a second, tells booleans from numbers only
/// by the run-time type of an NSNumber, and gives no place of an error that could be shown: an
/// import reads millions of objects from a server that is not to be trusted.
enum JSONValue: Hashable, Sendable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// The text of a string; nil for anything else.
  var string: String? { if case .string(let text) = self { text } else { nil } }

  /// The members of an object; nil for anything else.
  var object: JSONObject? { if case .object(let object) = self { object } else { nil } }

  /// The elements of an array; nil for anything else.
  var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }

  /// The flag of a boolean; nil for anything else.
  var boolean: Bool? { if case .boolean(let flag) = self { flag } else { nil } }

  /// The whole number, also when it was written as `5.0` or `"5"`; nil for anything else.
  var integer: Int64? {
    switch self {
    case .integer(let number): number
    case .number(let number): Int64(exactly: number)
    case .string(let text): Int64(text)
    default: nil
    }
  }

  /// The member `name` of an object; nil if there is none or it is null.
  subscript(name: String) -> JSONValue? { object?[name] }
}

/// The members of a JSON object, in the order in which they were written.
struct JSONObject: Hashable, Sendable {
  var members: [JSONMember] = []

  /// The member called `name`, or nil if there is none or it is null.
  ///
  /// SCIM's attribute names know no case (RFC 7643 §2.1). Setting nil removes the member.
  subscript(name: String) -> JSONValue? {
    get {
      guard let index = index(of: name), members[index].value != .null else { return nil }
      return members[index].value
    }
    set {
      switch (index(of: name), newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(JSONMember(name: name, value: value))
      case (nil, nil): break
      }
    }
  }

  private func index(of name: String) -> Int? {
    if let index = members.firstIndex(where: { $0.name == name }) { return index }
    let key = name.lowercased()
    return members.firstIndex {
      $0.name.utf8.count == key.utf8.count && $0.name.lowercased() == key
    }
  }
}

/// One member of a JSON object.
struct JSONMember: Hashable, Sendable {
  var name: String
  var value: JSONValue
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  init(stringLiteral value: String) { self = .string(value) }
  init(integerLiteral value: Int64) { self = .integer(value) }
  init(booleanLiteral value: Bool) { self = .boolean(value) }
  init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(JSONObject(members: elements.map { JSONMember(name: $0.0, value: $0.1) }))
  }
}
