/// One value of an attribute, typed as its directory's schema says.
public enum AttributeValue: Hashable, Sendable {
  /// Text, in Unicode.
  case string(String)
  /// Bytes that are no text: a GUID, a SID, a photograph.
  case binary([UInt8])
  /// A whole number.
  case integer(Int64)
  /// True or false.
  case boolean(Bool)
  /// Another object of the same directory, by the address that this directory uses: a DN or an id.
  case reference(String)

  /// The value as text for a person; binary values as hexadecimal digits.
  public var text: String {
    switch self {
    case .string(let text), .reference(let text): text
    case .binary(let bytes): Hexadecimal.encode(bytes)
    case .integer(let number): String(number)
    case .boolean(let flag): flag ? "true" : "false"
    }
  }

  /// The text that equal values share whatever their case, for joins and look-ups.
  public var searchKey: String {
    switch self {
    case .string(let text), .reference(let text): text.lowercased()
    default: text
    }
  }

  /// The word for the value's type as Synchronization Service Manager prints it.
  public var typeName: String {
    switch self {
    case .string: "string"
    case .binary: "binary"
    case .integer: "number"
    case .boolean: "boolean"
    case .reference: "reference"
    }
  }
}

extension AttributeValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral
{
  /// A string value.
  public init(stringLiteral value: String) { self = .string(value) }
  /// An integer value.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// A boolean value.
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
}

extension AttributeValue: Comparable {
  /// A total order, so that a set of values has one canonical sequence.
  public static func < (a: AttributeValue, b: AttributeValue) -> Bool {
    switch (a, b) {
    case (.string(let x), .string(let y)), (.reference(let x), .reference(let y)): x < y
    case (.binary(let x), .binary(let y)): x.lexicographicallyPrecedes(y)
    case (.integer(let x), .integer(let y)): x < y
    case (.boolean(let x), .boolean(let y)): !x && y
    default: a.rank < b.rank
    }
  }

  private var rank: Int {
    switch self {
    case .string: 0
    case .binary: 1
    case .integer: 2
    case .boolean: 3
    case .reference: 4
    }
  }
}
