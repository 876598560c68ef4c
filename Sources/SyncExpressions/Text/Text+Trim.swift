extension Text {
  /// The text without white space at its ends.
  static func trim(_ text: String, leading: Bool, trailing: Bool) -> String {
    if !needsTrimming(text, leading: leading, trailing: trailing) { return text }
    var scalars = text.unicodeScalars[...]
    while leading, let first = scalars.first, first.properties.isWhitespace {
      scalars.removeFirst()
    }
    while trailing, let last = scalars.last, last.properties.isWhitespace {
      scalars.removeLast()
    }
    return String(scalars)
  }

  // Almost no value has white space at its ends; two bytes tell that of most.
  private static func needsTrimming(_ text: String, leading: Bool, trailing: Bool) -> Bool {
    func mayBeWhite(_ byte: UInt8?) -> Bool { byte.map { $0 <= 0x20 || $0 >= 0x80 } ?? false }
    return leading && mayBeWhite(text.utf8.first) || trailing && mayBeWhite(text.utf8.last)
  }
}
