extension TOMLTable {
  /// The largest file that is read, in bytes; more is surely a mistake.
  public static let sizeLimit = 16 << 20

  /// The table in the file at path `file`.
  ///
  /// - Throws: ``ConfigurationError`` if the file is absent, unreadable, too large, not UTF-8, or
  ///   not TOML.
  public static func load(file: String) throws(ConfigurationError) -> TOMLTable {
    let purpose = "configuration file"
    let open = try OpenFile(file, purpose: purpose)
    let bytes = try open.bytes(limit: sizeLimit, purpose: purpose)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigurationError(
        place: firstFault(bytes, file: file), message: "This is not UTF-8",
        hint: "save the file in UTF-8")
    }
    return try parse(text, file: file)
  }

  private static func firstFault(_ bytes: [UInt8], file: String) -> SourcePlace {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var place = SourcePlace(file: file, line: 1, column: 1)
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
      if scalar == "\n" {
        place.line += 1
        place.column = 1
      } else {
        place.column += 1
      }
    }
    return place
  }
}
