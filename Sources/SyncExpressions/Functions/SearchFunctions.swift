extension Function {
  /// Functions that find text in text.
  static let searches: [Function] = [
    Function(
      "InStr", "num InStr(str stringcheck, str stringmatch[, num start[, enum compare]])", 2...4,
      null: .gives(.integer(0)), options: [3: compare]
    ) { arguments, work throws(ExpressionFailure) in
      let (text, wanted) = try sides(arguments, &work)
      let start = arguments.count > 2 ? try arguments.position(2) : 1
      guard start >= 1 else { throw arguments.outOfRange(2, "places are counted from 1") }
      if text.isEmpty || start > Text.length(text) { return .integer(0) }
      if wanted.isEmpty { return .integer(Int64(start)) }
      let place = Text.first(wanted, in: text, from: start - 1)
      return .integer(Int64(place.map { $0 + 1 } ?? 0))
    },
    Function(
      "InStrRev", "num InStrRev(str stringcheck, str stringmatch[, num start[, enum compare]])",
      2...4, null: .gives(.integer(0)), options: [3: compare]
    ) { arguments, work throws(ExpressionFailure) in
      let (text, wanted) = try sides(arguments, &work)
      let start = arguments.count > 2 ? try arguments.position(2) : -1
      guard start == -1 || start >= 1 else {
        throw arguments.outOfRange(2, "places are counted from 1, and -1 is the end")
      }
      let end = start == -1 ? Int.max : start
      if text.isEmpty || start > Text.length(text) { return .integer(0) }
      if wanted.isEmpty { return .integer(Int64(min(end, Text.length(text)))) }
      let place = Text.last(wanted, in: text, before: end)
      return .integer(Int64(place.map { $0 + 1 } ?? 0))
    },
  ]

  private static let compare = ["vbBinaryCompare", "vbTextCompare"]

  /// The text and what is looked for, in one case if the last argument is `vbTextCompare`; as in
  /// VBA, the default is to tell cases apart.
  private static func sides(
    _ arguments: Arguments, _ work: inout Work
  ) throws(ExpressionFailure) -> (String, String) {
    let text = try arguments.text(0)
    let wanted = try arguments.text(1)
    try work.spend(1 + text.utf8.count / 64 * (1 + wanted.utf8.count / 8))
    let ignoresCase = try arguments.option(3, "vbTextCompare")
    return ignoresCase ? (Text.lower(text), Text.lower(wanted)) : (text, wanted)
  }
}
