extension Text {
  /// The text in lower case, character by character: its length stays.
  static func lower(_ text: String) -> String {
    isASCII(text)
      ? text.lowercased()
      : map(text) { single($0.properties.lowercaseMapping) ?? $0 }
  }

  /// The text in upper case, character by character: `ß` stays, as in .NET.
  static func upper(_ text: String) -> String {
    isASCII(text)
      ? text.uppercased()
      : map(text) { single($0.properties.uppercaseMapping) ?? $0 }
  }

  /// The text with the first letter of each word that spaces part in upper case, the rest in lower;
  /// words all in upper case stay as they are, as in .NET.
  static func proper(_ text: String) -> String {
    let words = text.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false)
    return words.map { proper($0) }.joined(separator: " ")
  }

  private static func proper(_ word: Substring.UnicodeScalarView) -> String {
    guard word.contains(where: { $0.properties.isLowercase }) else { return String(word) }
    var isFirst = true
    return map(String(word)) { scalar in
      let mapping =
        isFirst ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
      isFirst = false
      return single(mapping) ?? scalar
    }
  }

  /// Whether every character is one of ASCII.
  static func isASCII(_ text: String) -> Bool {
    withBytes(of: text) { bytes in
      var all: UInt8 = 0
      for byte in bytes { all |= byte }
      return all < 0x80
    }
  }

  private static func map(
    _ text: String, _ transform: (Unicode.Scalar) -> Unicode.Scalar
  ) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { result.append(transform(scalar)) }
    return String(result)
  }

  private static func single(_ mapping: String) -> Unicode.Scalar? {
    let scalars = mapping.unicodeScalars
    guard let first = scalars.first, scalars.count == 1 else { return nil }
    return first
  }
}
