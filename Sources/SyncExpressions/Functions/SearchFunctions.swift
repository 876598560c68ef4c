import Patterns

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
    Function(
      "RegexIsMatch", "bool RegexIsMatch(str string, str pattern[, str options])", 2...3,
      null: .gives(.boolean(false))
    ) { arguments, work throws(ExpressionFailure) in
      .boolean(try isMatch(arguments, &work))
    },
  ]

  private static let patternOptions: [String: Pattern.Options] = [
    "ignorecase": .ignoreCase, "multiline": .multiline, "singleline": .singleLine, "none": [],
    // They change how .NET works, not what it finds.
    "compiled": [], "cultureinvariant": [], "explicitcapture": [],
  ]

  private static func isMatch(
    _ arguments: Arguments, _ work: inout Work
  ) throws(ExpressionFailure) -> Bool {
    let text = try arguments.text(0)
    let pattern = try arguments.text(1)
    try work.spend(1 + text.utf8.count / 8 + pattern.utf8.count)
    var options: Pattern.Options = []
    let words = arguments.count > 2 ? try arguments.text(2) : ""
    for word in words.split(whereSeparator: { $0 == "," || $0 == "|" }) {
      let name = Text.trim(String(word), leading: true, trailing: true)
      guard let option = patternOptions[name.lowercased()] else {
        throw arguments.outOfRange(
          2, "\"\(Text.prefix(name, 40))\" is no option",
          hint: "IgnoreCase, Multiline and Singleline are")
      }
      options.formUnion(option)
    }
    let compiled: Pattern
    do throws(Pattern.Mistake) {
      compiled = try Pattern(pattern, options)
    } catch {
      throw arguments.outOfRange(
        1, "at character \(error.place) of the pattern, \(error.message)",
        hint: "write it otherwise; text goes into patterns as it is")
    }
    try work.spend(compiled.size)
    return try compiled.isFound(in: text) { (count) throws(ExpressionFailure) in
      try work.spend(count)
    }
  }

  private static let compare = ["vbBinaryCompare", "vbTextCompare"]

  /// The text and what is looked for, in one case if the last argument is `vbTextCompare`; as in
  /// VBA, the default is to tell cases apart.
  private static func sides(
    _ arguments: Arguments, _ work: inout Work
  ) throws(ExpressionFailure) -> (String, String) {
    let text = try arguments.text(0)
    let wanted = try arguments.text(1)
    try work.spend(Text.searchSteps(wanted, in: text))
    let ignoresCase = try arguments.option(3, "vbTextCompare")
    return ignoresCase ? (Text.lower(text), Text.lower(wanted)) : (text, wanted)
  }
}
