/// Text from a server, made fit to be shown: it may hold anything.
package enum ServerWords {
  /// `text` in one line without control characters, cut after `limit` characters.
  package static func shown(_ text: String, limit: Int = 500) -> String {
    var out = ""
    var count = 0
    var isBlank = true
    for scalar in text.unicodeScalars {
      let isControl =
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
      if isControl || scalar == " " {
        if !isBlank { out += " " }
        isBlank = true
        continue
      }
      isBlank = false
      count += 1
      if count > limit { return out + "…" }
      out.unicodeScalars.append(scalar)
    }
    return out.hasSuffix(" ") ? String(out.dropLast()) : out
  }

  /// `words` and what comes after them as sentences: a server's own may end in a full stop, or not.
  package static func sentences(_ words: String, _ next: String) -> String {
    guard !words.isEmpty, !next.isEmpty else { return words + next }
    let isEnded = words.last.map { ".!?…".contains($0) } ?? false
    return words + (isEnded ? " " : ". ") + next
  }

  /// The first of `bytes` as text in one line.
  package static func shown(_ bytes: [UInt8], limit: Int = 200) -> String {
    shown(String(decoding: bytes.prefix(limit * 4), as: UTF8.self), limit: limit)
  }
}
