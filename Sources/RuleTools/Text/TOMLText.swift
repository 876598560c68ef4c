/// Writes values as TOML does.
enum TOMLText {
  /// `text` in quotes: in single ones as it is where that is easier to read, else in double ones
  /// with escapes.
  static func string(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let isPlain = scalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    let needsEscapes = scalars.contains { $0 == "\"" || $0 == "\\" }
    if needsEscapes, isPlain, !scalars.contains("'") { return "'" + text + "'" }
    var out = "\""
    for scalar in scalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
