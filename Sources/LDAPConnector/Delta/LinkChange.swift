import Directory

/// What changed of one attribute whose values are other objects.
struct LinkChange: Sendable {
  /// A value: the object's anchor, if it was told, and its name as it was told.
  typealias Target = (anchor: Anchor?, name: String)

  /// The object that refers.
  var source: Anchor
  /// The attribute.
  var name: AttributeName
  /// What came; all values if `isWhole`.
  var added: [Target] = []
  /// What went.
  var removed: [Target] = []
  /// Whether these are all values.
  var isWhole = false
}

/// Names as Active Directory gives them on demand, with the identifier before them
/// ([MS-ADTS] §3.1.1.3.4.1.5): `<GUID=…>;<SID=…>;CN=…`.
///
/// The name may be an old one, for what stands below a container that was renamed: the identifier
/// is not.
enum ExtendedName {
  /// Asks for them, with identifiers as Microsoft prints them.
  static let control = ServerControl(
    "1.2.840.113556.1.4.529", isCritical: false,
    value: BERWriter.piece(BERTag.sequence, BERWriter.integer(1)))

  /// The identifier and the name in `text`; a text that has no identifier is a name.
  static func parts(_ text: String) -> (anchor: Anchor?, name: String) {
    var anchor: Anchor?
    var rest = text[...]
    while rest.hasPrefix("<"), let end = rest.firstIndex(of: ">") {
      let part = rest[..<end].dropFirst()
      if part.uppercased().hasPrefix("GUID=") {
        anchor = identifier(String(part.dropFirst(5))).map { Anchor($0.description) }
      }
      rest = rest[rest.index(after: end)...]
      guard rest.hasPrefix(";") else { break }
      rest = rest.dropFirst()
    }
    return (anchor, String(rest))
  }

  /// The bytes or the text before a name, with how much that is ([MS-ADTS] §3.1.1.2.2.2.3):
  /// `B:8:0A1B2C3D:`; empty if there is none.
  static func data(_ text: String) -> Substring {
    let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "B" || parts[0] == "S", let count = Int(parts[1]),
      count >= 0
    else { return "" }
    let rest = parts[2].unicodeScalars
    guard let end = rest.index(rest.startIndex, offsetBy: count, limitedBy: rest.endIndex),
      end < rest.endIndex, rest[end] == ":"
    else { return "" }
    return text[..<rest.index(after: end)]
  }

  private static func identifier(_ text: String) -> GUID? {
    if let guid = GUID(text) { return guid }
    return Hexadecimal.decode(text).flatMap { GUID(bytes: $0) }
  }
}
