/// What servers say, without what they repeat of a hash that they were sent.
public enum WordsWithoutHashes {
  /// `text` without what may be a hash: 32 hexadecimal digits or more, and sixteen bytes in base64.
  ///
  /// - Parameter inBase64: Whether hashes are sent in base64.
  public static func shown(_ text: String, inBase64: Bool = true) -> String {
    var out = ""
    var run = ""
    func end(before next: Character?) {
      let isCut = next == "…" && isBeginning(run, inBase64: inBase64)
      out += isCut || isHash(run, inBase64: inBase64) ? "(a value)" : run
      run = ""
    }
    for character in text {
      if character.isASCII, character.isLetter || character.isNumber || "+/=".contains(character) {
        run.append(character)
      } else {
        end(before: character)
        out.append(character)
      }
    }
    end(before: nil)
    return out
  }

  // Of a hash, where what was said is cut off.
  private static func isBeginning(_ run: String, inBase64: Bool) -> Bool {
    run.count >= 8 && run.allSatisfy(\.isHexDigit) || inBase64 && run.count >= 16
  }

  private static func isHash(_ run: String, inBase64: Bool) -> Bool {
    if inBase64, run.count >= 24, run.hasSuffix("==") { return true }
    return run.split(whereSeparator: { !$0.isHexDigit }).contains { $0.count >= 32 }
  }
}
