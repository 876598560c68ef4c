/// A JSON value (RFC 8259), with whole numbers exact and the order of members kept.
///
/// Foundation's coder takes 35,000 directory objects a second, tells booleans from numbers only
/// by the run-time type of an NSNumber, and gives no place of an error that could be shown: an
/// import reads millions of objects from a server that is not to be trusted, and a strict server
/// must tell `true` from `1`.
public enum JSONValue: Hashable, Sendable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// The text of a string; nil for anything else.
  public var string: String? { if case .string(let text) = self { text } else { nil } }

  /// The members of an object; nil for anything else.
  public var object: JSONObject? { if case .object(let object) = self { object } else { nil } }

  /// The elements of an array; nil for anything else.
  public var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }

  /// The flag of a boolean; nil for anything else.
  public var boolean: Bool? { if case .boolean(let flag) = self { flag } else { nil } }

  /// The whole number, as it was written; nil for anything else, `5.0` included.
  public var integer: Int64? { if case .integer(let number) = self { number } else { nil } }

  /// The whole number, also when it was written as `5.0` or `"5"`; nil for anything else.
  public var lenientInteger: Int64? {
    switch self {
    case .integer(let number): number
    case .number(let number): Int64(exactly: number)
    case .string(let text): Int64(text)
    default: nil
    }
  }

  /// The member `name` of an object; nil if there is none or it is null.
  public subscript(name: String) -> JSONValue? { object?[name] }

  /// What kind of value this is, in a person's words.
  public var kindName: String {
    switch self {
    case .null: "null"
    case .boolean: "a boolean"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// The string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// The whole number.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// The boolean.
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  /// The array of these elements.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// The object of these members, in this order.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(JSONObject(members: elements.map { JSONMember(name: $0.0, value: $0.1) }))
  }
}
