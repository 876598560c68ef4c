import Directory

/// What a server's schema says of one attribute (RFC 4512 §4.1.2).
struct AttributeType: Hashable, Sendable {
  /// Its number.
  var oid = ""
  /// Its names, the usual one first.
  var names: [String] = []
  /// The attribute from which it inherits.
  var superior: String?
  /// The OID of its values' form; nil if it is inherited.
  var syntax: String?
  /// By which rule its values are compared, by name or OID; nil if it is inherited.
  var equality: String?
  /// Whether it takes one value only.
  var isSingleValued = false
  /// Whether only the server writes it.
  var isReadOnly = false
  /// Whether the server returns it only when it is asked for by name, or by `+` (RFC 3673).
  var isOperational = false
}

extension AttributeType {
  /// The type that a definition such as `( 2.5.4.4 NAME 'sn' SUP name )` describes; nil if it is
  /// none.
  init?(_ definition: String) {
    var tokens = SchemaTokens(definition)
    guard tokens.next() == .open, case .word(let oid)? = tokens.next() else { return nil }
    self.oid = oid
    while let token = tokens.next(), token != .close {
      guard case .word(let keyword) = token else { continue }
      switch keyword.uppercased() {
      case "NAME": names = tokens.list()
      case "SUP": superior = tokens.list().first
      // `{64}` after the OID is a length.
      case "SYNTAX": syntax = tokens.list().first?.split(separator: "{").first.map(String.init)
      case "SINGLE-VALUE": isSingleValued = true
      case "NO-USER-MODIFICATION": isReadOnly = true
      case "USAGE": isOperational = tokens.list().first?.lowercased() != "userapplications"
      case "EQUALITY": equality = tokens.list().first
      case "DESC", "ORDERING", "SUBSTR": _ = tokens.list()
      case let extra where extra.hasPrefix("X-"): _ = tokens.list()
      default: break
      }
    }
  }
}

extension AttributeType {
  /// Rules by which values that differ in the case of letters are one (RFC 4517 §4.2.7,
  /// §4.2.11).
  private static let ignoringCase: Set<String> = [
    "caseignorematch", "2.5.13.2", "caseignoreia5match", "1.3.6.1.4.1.1466.109.114.2",
  ]

  /// Whether values that differ in the case of letters only are one.
  var ignoresCase: Bool { equality.map { Self.ignoringCase.contains($0.lowercased()) } ?? false }
}

/// Cuts a schema definition into its parts.
struct SchemaTokens {
  enum Token: Hashable {
    case open, close
    case word(String)
  }

  private var rest: ArraySlice<UInt8>

  init(_ text: String) { rest = Array(text.utf8)[...] }

  mutating func next() -> Token? {
    rest = rest.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x09 }
    guard let first = rest.first else { return nil }
    switch first {
    case 0x28:
      rest.removeFirst()
      return .open
    case 0x29:
      rest.removeFirst()
      return .close
    case 0x27:
      let word = rest.dropFirst().prefix { $0 != 0x27 }
      rest = rest.dropFirst(min(word.count + 2, rest.count))
      return .word(String(decoding: word, as: UTF8.self))
    default:
      let word = rest.prefix { ![0x20, 0x28, 0x29, 0x27, 0x0A, 0x09].contains($0) }
      rest = rest.dropFirst(word.count)
      return .word(String(decoding: word, as: UTF8.self))
    }
  }

  /// One word, or the words between parentheses.
  mutating func list() -> [String] {
    var words: [String] = []
    switch next() {
    case .word(let word): return [word]
    case .open:
      while let token = next(), token != .close {
        if case .word(let word) = token, word != "$" { words.append(word) }
      }
    case .close, nil: break
    }
    return words
  }
}
