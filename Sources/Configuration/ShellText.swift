/// Words of commands that a person is advised to type.
public enum ShellText {
  /// `word` as a shell takes it for one word.
  public static func quoted(_ word: String) -> String {
    let isPlain = word.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "-_./=@:,+".contains($0))
    }
    if isPlain, !word.isEmpty { return word }
    // By scalars: a quotation mark with a combining mark is another Character, and ends it still.
    return word.unicodeScalars.reduce(into: "'") { text, scalar in
      if scalar == "'" { text += "'\\''" } else { text.unicodeScalars.append(scalar) }
    } + "'"
  }
}
