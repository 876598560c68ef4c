import Configuration

extension LookRule {
  /// Reads `red on default bold`: a colour, `on` and a background, attributes; each may be missing.
  ///
  /// - Throws: ``ConfigurationError`` at `place` that names the role and the nearest known word.
  init(
    _ text: String, role: String, palette: [String: Color], place: SourcePlace
  ) throws(ConfigurationError) {
    var expectsBackground = false
    for word in text.split(separator: " ").map(String.init) {
      if word == "on", !expectsBackground, background == nil {
        expectsBackground = true
      } else if let color = palette[word] ?? Color(word) {
        guard expectsBackground || foreground == nil else {
          throw Self.error(
            "\"\(text)\" gives \(role) two text colours", "write the second after \"on\"", place)
        }
        if expectsBackground { background = color } else { foreground = color }
        expectsBackground = false
      } else if let known = Attributes.named.first(where: { $0.name == word }), !expectsBackground {
        attributes.insert(known.attribute)
      } else {
        throw Self.unknown(word, role: role, palette: palette, place: place)
      }
    }
    if expectsBackground {
      throw Self.error("\"\(text)\" names no colour after \"on\" for \(role)", "", place)
    }
  }

  private static func unknown(
    _ word: String, role: String, palette: [String: Color], place: SourcePlace
  ) -> ConfigurationError {
    let known = Color.names + palette.keys + Attributes.named.map(\.name) + ["default", "on"]
    let hint =
      word.first == "#"
      ? "exact colours are written #rrggbb"
      : Spelling.nearest(word, among: known).map { "did you mean \"\($0)\"?" }
        ?? "a colour is default, a name, 0 to 255, or #rrggbb; an attribute is "
        + Attributes.named.map(\.name).joined(separator: ", ")
    return error("\"\(word)\" is no colour or attribute for \(role)", hint, place)
  }

  private static func error(
    _ message: String, _ hint: String, _ place: SourcePlace
  ) -> ConfigurationError {
    ConfigurationError(place: place, message: message, hint: hint)
  }
}
