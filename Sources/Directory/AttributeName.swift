import Synchronization

/// The name of an attribute, compared without regard to case as LDAP does (RFC 4512 §2.5).
///
/// Names are interned: a value is four bytes, and comparing or hashing one costs as much as for an
/// integer. The spelling of the schema is the one that is shown where the name is a well-known one,
/// otherwise the one that was met first.
public struct AttributeName: Hashable, Sendable {
  private let id: Int32

  /// The name spelled `text`.
  public init(_ text: String) {
    id = Interning.shared.withLock { $0.id(of: text) }
  }

  /// The name's number in this process, from 0 without gaps: a place in a table of names.
  public var number: Int { Int(id) }

  /// The name as its schema spells it, or as it was first spelled in this process.
  public var text: String {
    Interning.shared.withLock { $0.texts[Int(id)] }
  }

  /// The name in lower case, the same for every spelling.
  public var key: String {
    Interning.shared.withLock { $0.keys[Int(id)] }
  }
}

extension AttributeName: Comparable {
  /// Orders names by their lower-case spelling.
  public static func < (a: AttributeName, b: AttributeName) -> Bool { a.key < b.key }
}

extension AttributeName: ExpressibleByStringLiteral, CustomStringConvertible {
  /// The name spelled by a literal.
  public init(stringLiteral value: String) { self.init(value) }

  /// The name as it is shown.
  public var description: String { text }
}

/// The well-known names and those met so far; it only grows, by one entry a distinct name.
private struct Interning {
  static let shared = Mutex(Interning())

  var ids: [String: Int32] = [:]
  var texts: [String] = []
  var keys: [String] = []

  init() {
    for name in AttributeSpelling.known { _ = id(of: name) }
  }

  mutating func id(of text: String) -> Int32 {
    if let known = ids[text] { return known }
    let key = text.lowercased()
    let id: Int32
    if let known = ids[key] {
      id = known
    } else {
      id = Int32(texts.count)
      texts.append(text)
      keys.append(key)
      ids[key] = id
    }
    ids[text] = id
    return id
  }
}
