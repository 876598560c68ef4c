/// Text of letters that are harmless and stand alone, one scalar a cluster: nearly all there is, so
/// that it deserves a way that asks no Unicode property and makes no array.
enum SimpleText {
  /// Columns of a text; nil when it holds anything but simple letters.
  static func width(of text: String) -> Int? {
    var width = 0
    for scalar in text.unicodeScalars {
      let columns = Self.width(of: scalar)
      if columns == 0 { return nil }
      width += columns
    }
    return width
  }

  /// 1 or 2 columns, or 0 for a scalar that is not simple: a mark, a letter that marks may turn into
  /// part of another, anything hostile, an emoji.
  static func width(of scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0x20...0x7E: 1
    case 0xA1...0xAC, 0xAE...0x2FF: 1  // Latin, without the soft hyphen
    case 0x370...0x373, 0x386, 0x388...0x38A, 0x391...0x3A1, 0x3A3...0x3FF: 1  // Greek
    case 0x400...0x482, 0x48A...0x52F: 1  // Cyrillic
    case 0x1E00...0x1EFF: 1  // Latin for Vietnamese
    case 0x2010...0x2027, 0x2190...0x21FF, 0x2500...0x25FC, 0x2713, 0x2717: 1  // marks and lines
    case 0x3041...0x3096, 0x30A1...0x30FA, 0x4E00...0x9FFF, 0xAC00...0xD7A3: 2
    default: 0
    }
  }

  /// Columns that a text too wide takes with its ellipsis.
  static func cut(_ text: String, room: Int) -> (used: Int, isCut: Bool) {
    var used = 0
    for scalar in text.unicodeScalars {
      let columns = width(of: scalar)
      if used + columns > room - 1 { break }
      used += columns
    }
    return (used + 1, true)
  }
}
