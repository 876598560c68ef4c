extension Function {
  /// Functions of multi-valued attributes as a whole.
  ///
  /// A single value is a list of one.
  static let lists: [Function] = [
    Function("Count", "num Count(mv attribute)", 1...1, null: .body, whole: 1) { arguments, _ in
      .integer(Int64(arguments.list(0).count))
    },
    Function(
      "Contains", "num Contains(mvstr|mvref attribute, str search[, enum Casetype])", 2...3,
      null: .body, whole: 1, options: [2: ["CaseSensitive", "CaseInsensitive"]]
    ) { arguments, work throws(ExpressionFailure) in
      .integer(Int64(try place(arguments, &work)))
    },
    Function("Item", "var Item(mvstr attribute, num index)", 2...2, null: .body, whole: 1) {
      arguments, _ throws(ExpressionFailure) in
      let values = arguments.list(0)
      let index = try arguments.position(1)
      guard (1...max(1, values.count)).contains(index), !values.isEmpty else {
        throw arguments.outOfRange(
          1, "the attribute has \(values.count) value\(values.count == 1 ? "" : "s")",
          hint: "ask with Count or Contains first, or use ItemOrNull")
      }
      return values[index - 1]
    },
    Function("ItemOrNull", "var ItemOrNull(mvstr attribute, num index)", 2...2, whole: 1) {
      arguments, _ throws(ExpressionFailure) in
      let values = arguments.list(0)
      let index = try arguments.position(1)
      return index >= 1 && index <= values.count ? values[index - 1] : .null
    },
    Function("Join", "str Join(mvstr attribute[, str Delimiter])", 1...2, null: .body, whole: 1) {
      arguments, work throws(ExpressionFailure) in
      try join(arguments, &work)
    },
    Function("RemoveDuplicates", "mvstr RemoveDuplicates(mvstr attribute)", 1...1, whole: 1) {
      arguments, work throws(ExpressionFailure) in
      let values = arguments.list(0)
      try work.spend(values.count)
      var seen = Set<Value>()
      var texts = Set<[UInt8]>()
      return Value(
        compacting: values.filter { value in
          // Texts differ by their characters, as for `=`, whatever Unicode calls equivalent.
          guard case .string(let text) = value, !Text.isASCII(text) else {
            return seen.insert(value).inserted
          }
          return texts.insert(Array(text.utf8)).inserted
        })
    },
    Function("Split", "mvstr Split(str value, str delimiter[, num limit])", 2...3) {
      arguments, work throws(ExpressionFailure) in
      try split(arguments, &work)
    },
  ]

  /// The place from 1 of the first value that contains the text, or that is this reference; or 0.
  private static func place(
    _ arguments: Arguments, _ work: inout Work
  ) throws(ExpressionFailure) -> Int {
    // Nothing is looked for, and found nowhere.
    if arguments[1].isNull { return 0 }
    let ignoresCase = try arguments.option(2, "CaseInsensitive")
    let text = try arguments.text(1)
    let wanted = ignoresCase ? Text.lower(text) : text
    for (index, value) in arguments.list(0).enumerated() {
      guard let found = value.text else {
        throw arguments.refused(0, "and texts or references can be searched")
      }
      try work.spend(Text.searchSteps(wanted, in: found))
      let candidate = ignoresCase ? Text.lower(found) : found
      if case .reference = value {
        if Text.isSame(candidate, wanted) { return index + 1 }
      } else if Text.first(wanted, in: candidate, from: 0) != nil {
        return index + 1
      }
    }
    return 0
  }

  private static func join(
    _ arguments: Arguments, _ work: inout Work
  ) throws(ExpressionFailure) -> Value {
    let delimiter = arguments.count > 1 ? try arguments.text(1) : " "
    var result = ""
    for (index, value) in arguments.list(0).enumerated() {
      guard let text = value.text else {
        throw arguments.refused(0, "and only texts, numbers and references can be joined")
      }
      if index > 0 { result += delimiter }
      result += text
      try work.spend(1 + (delimiter.utf8.count + text.utf8.count) / 64)
      if result.utf8.count > Work.maximumLength { try work.make(length: result.utf8.count) }
    }
    return arguments.list(0).isEmpty ? .null : .string(result)
  }

  private static func split(
    _ arguments: Arguments, _ work: inout Work
  ) throws(ExpressionFailure) -> Value {
    let text = try arguments.text(0)
    let delimiter = try arguments.text(1)
    let limit = arguments.count > 2 ? try arguments.position(2) : Int.max
    guard Text.length(delimiter) == 1, let character = delimiter.unicodeScalars.first else {
      throw arguments.outOfRange(1, "the delimiter is a single character")
    }
    guard limit > 0 else { throw arguments.outOfRange(2, "the limit is at least 1") }
    var values: [Value] = []
    var start = text.unicodeScalars.startIndex
    for index in text.unicodeScalars.indices where text.unicodeScalars[index] == character {
      guard values.count + 1 < limit else { break }
      values.append(.string(String(text[start..<index])))
      if values.count > Work.maximumCount { try work.make(count: values.count) }
      start = text.unicodeScalars.index(after: index)
    }
    values.append(.string(String(text[start...])))
    try work.make(count: values.count)
    return values.count == 1 ? values[0] : .list(values)
  }
}
