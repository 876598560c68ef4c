#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One value of an attribute, typed as its directory's schema says.
///
/// Texts are equal byte for byte, as a directory stores them: to Swift, `é` is the same whether it is
/// one character or a letter with its accent behind it, and a change of that would never arrive.
public enum AttributeValue: Sendable {
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

  /// The value as text that another directory can hold: binary values in base64, as
  /// RFC 7643 §2.3.6 has them and Entra's immutable ids are.
  public var portableText: String {
    if case .binary(let bytes) = self {
      String(decoding: Base64.encode(bytes), as: UTF8.self)
    } else {
      text
    }
  }

  /// The text that equal values share whatever their case, for joins and look-ups.
  ///
  /// Binary values
  /// share it with the base64 text that means them; whoever looks up compares again.
  public var searchKey: String { portableText.lowercased() }

  /// `values` without those that `removed` mean.
  ///
  /// A directory compares most texts without regard to case (RFC 4517 §4.2.11), and names by what
  /// they mean: each of `removed` takes away the value that equals it, or, if none does, those that
  /// differ from it in case or spelling only.
  public static func values(
    _ values: [AttributeValue], without removed: [AttributeValue]
  ) -> [AttributeValue] {
    guard !removed.isEmpty, !values.isEmpty else { return values }
    let present = Set(values)
    let exact = present.intersection(removed)
    let folded = Set(removed.lazy.filter { !present.contains($0) }.compactMap(\.foldedText))
    return values.filter { value in
      if exact.contains(value) { return false }
      guard !folded.isEmpty, let text = value.foldedText else { return true }
      return !folded.contains(text)
    }
  }

  /// What equal texts and names share, with their kind before it; nil for other values.
  private var foldedText: String? {
    switch self {
    case .string(let text): "s" + text.lowercased()
    case .reference(let text):
      "r" + ((try? DistinguishedName(text))?.normalized ?? text.lowercased())
    case .binary, .integer, .boolean: nil
    }
  }

  /// The value as an attribute of another kind holds it, or nil if it can't.
  public func converted(
    to kind: DirectorySchema.AttributeDefinition.Kind
  ) -> AttributeValue? {
    switch (kind, self) {
    case (.string, .string), (.binary, .binary), (.integer, .integer), (.boolean, .boolean),
      (.reference, .reference):
      return self
    case (.string, _): return .string(portableText)
    case (.binary, .string(let text)): return Base64.decode(Array(text.utf8)).map { .binary($0) }
    case (.integer, .string(let text)): return Int64(text).map { .integer($0) }
    case (.boolean, .string(let text)):
      switch text.lowercased() {
      case "true": return .boolean(true)
      case "false": return .boolean(false)
      default: return nil
      }
    default: return nil
    }
  }

  /// The kind of attribute that holds the value as it is.
  public var kind: DirectorySchema.AttributeDefinition.Kind {
    switch self {
    case .string: .string
    case .binary: .binary
    case .integer: .integer
    case .boolean: .boolean
    case .reference: .reference
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

extension AttributeValue: Hashable {
  /// Whether both are of one kind and hold the same bytes.
  public static func == (a: AttributeValue, b: AttributeValue) -> Bool {
    switch (a, b) {
    case (.string(let x), .string(let y)), (.reference(let x), .reference(let y)):
      x.hasBytes(of: y)
    case (.binary(let x), .binary(let y)): x == y
    case (.integer(let x), .integer(let y)): x == y
    case (.boolean(let x), .boolean(let y)): x == y
    default: false
    }
  }

  /// Hashes what equality compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(rank)
    switch self {
    case .string(let text), .reference(let text):
      var text = text
      text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
      hasher.combine(text.utf8.count)
    case .binary(let bytes): hasher.combine(bytes)
    case .integer(let number): hasher.combine(number)
    case .boolean(let flag): hasher.combine(flag)
    }
  }
}

extension String {
  /// Whether both are the same bytes of UTF-8.
  fileprivate func hasBytes(of other: String) -> Bool {
    guard utf8.count == other.utf8.count else { return false }
    let answer =
      utf8.withContiguousStorageIfAvailable { mine in
        other.utf8.withContiguousStorageIfAvailable { theirs in
          guard let a = mine.baseAddress, let b = theirs.baseAddress else { return true }
          return memcmp(a, b, mine.count) == 0
        } ?? nil
      } ?? nil
    return answer ?? utf8.elementsEqual(other.utf8)
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
    case (.string(let x), .string(let y)), (.reference(let x), .reference(let y)):
      // In the order that stored sets have; what Swift takes for the same, by its bytes.
      x < y || x == y && x.utf8.lexicographicallyPrecedes(y.utf8)
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
