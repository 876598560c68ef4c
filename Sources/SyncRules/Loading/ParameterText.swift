import Configuration

/// Puts the values of parameters in the place of `%Name%`.
struct ParameterText {
  let parameters: [String: String]
  /// Whether a name that is not known stays as it is written: what is switched off need not work.
  var isLenient = false

  /// The same, to which names need not be known.
  var lenient: Self {
    var copy = self
    copy.isLenient = true
    return copy
  }

  /// `text` with its parameters replaced; a percent sign that encloses no name stays.
  func expand(_ text: String, place: SourcePlace) throws(ConfigurationError) -> String {
    guard text.utf8.contains(0x25) else { return text }
    var result = ""
    var rest = text[...]
    while let start = rest.firstIndex(of: "%") {
      let after = rest.index(after: start)
      guard let end = rest[after...].firstIndex(of: "%") else { break }
      let name = rest[after..<end]
      if Self.isName(name) {
        result += rest[..<start] + (try value(String(name), place))
        rest = rest[rest.index(after: end)...]
      } else {
        result += rest[..<end]
        rest = rest[end...]
      }
    }
    return result + rest
  }

  /// The names that ``expand(_:place:)`` looks up in `text`.
  static func names(in text: String) -> Set<String> {
    guard text.utf8.contains(0x25) else { return [] }
    var names: Set<String> = []
    var rest = text[...]
    while let start = rest.firstIndex(of: "%") {
      let after = rest.index(after: start)
      guard let end = rest[after...].firstIndex(of: "%") else { break }
      let name = rest[after..<end]
      if isName(name) { names.insert(String(name)) }
      rest = isName(name) ? rest[rest.index(after: end)...] : rest[end...]
    }
    return names
  }

  private static func isName(_ name: Substring) -> Bool {
    guard let first = name.unicodeScalars.first, first.properties.isAlphabetic else { return false }
    return name.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) || $0 == 0x2E || $0 == 0x5F
    }
  }

  private func value(_ name: String, _ place: SourcePlace) throws(ConfigurationError) -> String {
    if let value = parameters[name] { return value }
    if isLenient { return "%\(name)%" }
    throw unknown(name, place)
  }

  /// The error that there is no parameter `name`, which is named at `place`.
  func unknown(_ name: String, _ place: SourcePlace) -> ConfigurationError {
    var hint = "define it in the connector's [connector.parameters] in lockstep.toml"
    if let near = Spelling.nearest(name, among: parameters.keys) {
      hint = "did you mean %\(near)%? Else " + hint
    }
    return ConfigurationError(
      place: place, message: "The parameter %\(name)% is unknown", hint: hint)
  }
}
