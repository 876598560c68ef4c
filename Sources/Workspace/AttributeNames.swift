import Configuration

/// The names of attributes that a section gives.
enum AttributeNames {
  /// Whether `name` can be that of an attribute: letters, digits and hyphens, or a number of dots, with
  /// options behind semicolons (RFC 4512 §2.5).
  static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, isLetter(first) || isDigit(first), name.utf8.count <= 200
    else { return false }
    return name.utf8.allSatisfy {
      isLetter($0) || isDigit($0) || [0x2D, 0x2E, 0x3B, 0x5F].contains($0)
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) }
  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// The one name at `key`; nil if there is none.
  static func optional(_ table: TOMLTable, _ key: String) throws(ConfigurationError) -> String? {
    guard let name = try table.optionalString(key) else { return nil }
    try check(name, table, key)
    return name
  }

  /// The attributes that hold names of other objects, and those that hold bytes: none is both.
  static func kinds(
    _ table: TOMLTable
  ) throws(ConfigurationError) -> (references: [String], binaries: [String]) {
    let references = try table.strings("reference_attributes", default: [])
    let binaries = try table.strings("binary_attributes", default: [])
    for name in references { try check(name, table, "reference_attributes") }
    for name in binaries { try check(name, table, "binary_attributes") }
    let known = Set(references.map { $0.lowercased() })
    if let both = binaries.first(where: { known.contains($0.lowercased()) }) {
      throw ConfigurationError(
        place: table.place(of: "binary_attributes"),
        message: "\"\(both)\" stands in \"reference_attributes\", too: it holds names, or bytes",
        hint: "take it out of one of them")
    }
    return (references, binaries)
  }

  private static func check(
    _ name: String, _ table: TOMLTable, _ key: String
  ) throws(ConfigurationError) {
    guard !isName(name) else { return }
    throw ConfigurationError(
      place: table.place(of: key), message: "\(TOMLText.quoted(name)) is no name of an attribute",
      hint: "write it like \"employeeID\"")
  }
}
