/// A part of the order of names, `COLLATE NOCASE`, in which names may begin with a text in any case.
///
/// SQLite folds the case of ASCII letters only: `łu` and `Łukasz` stand far apart. The letter that it
/// does not fold is looked for in each of its cases, and what follows it is left to who reads the
/// names.
struct NameRange {
  /// The first name that may be of it.
  var from: String
  /// The first name that is none of it any more.
  var end: String

  /// The ranges of the names that begin with `text`, in their order.
  static func beginning(with text: String) -> [NameRange] {
    let scalars = text.unicodeScalars
    guard let index = scalars.firstIndex(where: { !$0.isASCII }) else { return [of(text)] }
    let head = String(scalars[..<index])
    let letter = scalars[index].properties
    let cases = [
      String(scalars[index]), letter.lowercaseMapping, letter.uppercaseMapping,
      letter.titlecaseMapping,
    ]
    return Set(cases.map { folded(head + $0) }).sorted { $0.lexicographicallyPrecedes($1) }
      .map { of(String(decoding: $0, as: UTF8.self)) }
  }

  /// The last character of Unicode ends the range of what begins with a text.
  private static func of(_ text: String) -> NameRange {
    NameRange(from: text, end: text + "\u{10FFFF}")
  }

  /// Whether a name stands before another in the order.
  static func isLess(_ name: String, than other: String) -> Bool {
    folded(name).lexicographicallyPrecedes(folded(other))
  }

  /// The bytes that SQLite compares.
  private static func folded(_ text: String) -> [UInt8] {
    text.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
  }
}
