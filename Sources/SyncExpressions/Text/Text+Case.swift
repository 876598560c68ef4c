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

  /// The text with the first letter of each word in upper case, the rest in lower; words all in
  /// upper case stay as they are.
  ///
  /// As .NET's `TextInfo.ToTitleCase`, whose documentation the page of the functions quotes:
  /// spaces, punctuation and symbols part words, save an apostrophe, behind which all is in lower
  /// case; a word begins with its first letter.
  static func proper(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    var result = String.UnicodeScalarView()
    var place = 0
    while place < scalars.count {
      let first = scalars[place]
      place += 1
      guard first.isLetter else {
        result.append(first)
        continue
      }
      result.append(title(first))
      var hasSmall = first.isSmallLetter
      var part: [Unicode.Scalar] = []
      while place < scalars.count, case let scalar = scalars[place],
        scalar == "'" || !scalar.partsWords
      {
        place += 1
        part.append(scalar)
        hasSmall = hasSmall || scalar.isSmallLetter
        guard scalar == "'" else { continue }
        result.append(contentsOf: hasSmall ? lower(part) : part)
        (part, hasSmall) = ([], true)
      }
      result.append(contentsOf: hasSmall ? lower(part) : part)
    }
    return String(result)
  }

  private static func lower(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    scalars.map { single($0.properties.lowercaseMapping) ?? $0 }
  }

  /// The letter at the beginning of a word; a letter that is two in one is half in lower case.
  private static func title(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    let isDouble = (0x1C4...0x1CC).contains(scalar.value) || (0x1F1...0x1F3).contains(scalar.value)
    let properties = scalar.properties
    return single(isDouble ? properties.titlecaseMapping : properties.uppercaseMapping) ?? scalar
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

extension Unicode.Scalar {
  fileprivate var isSmallLetter: Bool { properties.generalCategory == .lowercaseLetter }

  fileprivate var isLetter: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  /// Whether it is neither a letter nor a mark or number in a word.
  fileprivate var partsWords: Bool {
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .letterNumber,
      .otherNumber, .surrogate, .privateUse, .unassigned:
      false
    default: !isLetter
    }
  }
}
