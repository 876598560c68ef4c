import Directory
public import SyncStore

/// What people type to narrow lists: words, and fields with values; quotation marks keep blanks.
enum SearchText {
  /// The words of a text; what stands in quotation marks is one.
  static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    var isWord = false
    for character in text {
      if character == "\"" {
        isQuoted.toggle()
        isWord = true
      } else if character == " ", !isQuoted {
        if isWord { words.append(word) }
        word = ""
        isWord = false
      } else {
        word.append(character)
        isWord = true
      }
    }
    return isWord ? words + [word] : words
  }

  /// The text without some of its words.
  static func without(_ text: String, _ isLeftOut: (String) -> Bool) -> String {
    let words = words(text)
    guard words.contains(where: isLeftOut) else { return text }
    return words.filter { !isLeftOut($0) }.map { $0.contains(" ") ? "\"\($0)\"" : $0 }
      .joined(separator: " ")
  }

  /// A word of the form `field:value`; nil for any other.
  static func field(_ word: String) -> (name: String, value: String)? {
    guard let colon = word.firstIndex(of: ":"), colon != word.startIndex else { return nil }
    let name = String(word[..<colon]).lowercased()
    guard name.allSatisfy(\.isLetter) else { return nil }
    return (name, String(word[word.index(after: colon)...]))
  }

  /// The seconds of a span before the present, `2d` or `2d ago`; nil for what is none.
  private static func span(_ text: String) -> Int? {
    SpanText.seconds(text.lowercased().hasSuffix(" ago") ? String(text.dropLast(4)) : text)
  }

  /// Whether a text names a moment by how long ago it is.
  static func isSpan(_ text: String) -> Bool { span(text) != nil }

  /// The years that a moment may be of: others have no four digits.
  private static let years = -62_135_596_800_000...253_402_300_799_999 as ClosedRange<Int64>

  /// A moment as people name it, by `clock`; nil for what names none.
  ///
  /// That is a span ago (`2d`, `2d ago`), a day (`2026-11-22`), a day and a time
  /// (`2026-11-22T14:30`), or a time of today (`14:30`). Where `isEnd`, a day or a minute means its
  /// last moment. What is before the year 1 or after 9999 is none.
  static func moment(
    _ text: String, now: Timestamp, clock: LocalTime, isEnd: Bool = false
  ) -> Timestamp? {
    read(text, now, clock, isEnd).flatMap { years.contains($0.milliseconds) ? $0 : nil }
  }

  private static func read(
    _ text: String, _ now: Timestamp, _ clock: LocalTime, _ isEnd: Bool
  ) -> Timestamp? {
    if let seconds = span(text) { return now.adding(seconds: -Double(seconds)) }
    let today = clock.dateAndTime(now).prefix(10)
    let parts = text.uppercased().split(whereSeparator: { $0 == "T" || $0 == " " })
    let (day, time): (Substring, Substring)
    switch (parts.count, parts.first?.contains(":") ?? false) {
    case (1, true): (day, time) = (today, parts[0])
    case (1, false): (day, time) = (parts[0], "00:00")
    case (2, false): (day, time) = (parts[0], parts[1])
    default: return nil
    }
    let padded = time.split(separator: ":").count == 2 ? time + ":00" : String(time)[...]
    let shortHour = padded.prefix(2).last == ":" ? "0" + padded : String(padded)[...]
    guard let utc = Timestamp(String(day) + "T" + shortHour + "Z") else { return nil }
    let whole = parts.count == 1 && !parts[0].contains(":") ? 86_400.0 : 60.0
    let isExact = time.split(separator: ":").count == 3
    let rest = isEnd && !isExact ? whole - 0.001 : 0
    // What the offset is depends on the moment, which depends on the offset; and that of a day's end
    // may be another than that of its beginning.
    let shown = utc.adding(seconds: rest)
    let near = shown.adding(seconds: -Double(clock.offset(at: shown)))
    return shown.adding(seconds: -Double(clock.offset(at: near)))
  }
}

extension MetaverseQuery {
  /// How a part of a name is looked for, where no name begins with what was typed; nil where something
  /// else was asked for as well.
  public var advice: String? {
    guard !name.isEmpty, clauses.isEmpty else { return nil }
    let clause = Clause("displayName", .contains, name).text
    return "No name begins so; \(clause) looks inside names."
  }

  /// The query that a text says: `type:person`, clauses such as `department=Sales`, and the
  /// beginning of a name.
  init(text: String) {
    self.init()
    _ = take(SearchText.words(text), fields: [])
  }

  /// Takes the words that say something of the metaverse; the answer is those that speak of the
  /// list's own `fields`, of patterns, or of what must not be.
  mutating func take(_ words: [String], fields: [String]) -> [String] {
    var names: [String] = []
    var rest: [String] = []
    for word in words {
      if let field = SearchText.field(word), field.name == "type" {
        objectType = field.value.isEmpty ? nil : field.value
      } else if word.hasPrefix("!") || word.hasPrefix("~") {
        rest.append(word)
      } else if let field = SearchText.field(word), fields.contains(field.name) {
        rest.append(word)
      } else if let clause = Clause(text: word) {
        let isPattern = clause.comparison == .matches || clause.comparison == .matchesNot
        // A pattern that is none as yet is told by who reads the rest.
        if isPattern, (try? TextPattern(clause.value)) == nil {
          rest.append("~" + clause.value)
        } else {
          clauses.append(clause)
        }
      } else {
        names.append(word)
      }
    }
    name = names.joined(separator: " ")
    return rest
  }
}

extension MetaverseQuery.Clause {
  /// The longest sign first, or `!=*` would be `!=` and a star.
  private static let signs = Comparison.allCases.sorted { $0.rawValue.count > $1.rawValue.count }

  /// The clause that a word says; nil for a word without a comparison.
  init?(text: String) {
    let isName: (Character) -> Bool = { $0.isLetter || $0.isNumber || "-_.;".contains($0) }
    let attribute = text.prefix(while: isName)
    let rest = text.dropFirst(attribute.count)
    guard !attribute.isEmpty, let sign = Self.signs.first(where: { rest.hasPrefix($0.rawValue) })
    else { return nil }
    let value = String(rest.dropFirst(sign.rawValue.count))
    // `a=*x` begins with what a presence looks like and asks for a value.
    let isUnary = sign == .isPresent || sign == .isAbsent
    if isUnary, !value.isEmpty {
      self.init(String(attribute), sign == .isPresent ? .equals : .differs, "*" + value)
    } else {
      self.init(String(attribute), sign, value)
    }
  }

  /// The clause as it is typed.
  var text: String {
    let quoted = value.contains(" ") ? "\"" + value + "\"" : value
    return attribute + comparison.rawValue + quoted
  }
}

extension OperationFilter {
  /// Takes the words that the history itself knows: `connector=tenant`, `profile:export` or its
  /// initials, `since:2d`, `until:2026-11-22`; the answer is the others.
  mutating func take(_ words: [String], now: Timestamp, clock: LocalTime) -> [String] {
    (connector, type, since, until) = (nil, nil, nil, nil)
    return words.compactMap { word -> String? in
      if word.lowercased().hasPrefix("connector=") {
        connector = String(word.dropFirst("connector=".count))
        return nil
      }
      switch SearchText.field(word) {
      case ("profile", let value)?:
        type = StepType.named(value)
        return type == nil ? word : nil
      case ("since", let value)?:
        since = SearchText.moment(value, now: now, clock: clock)
        // What is no time is told as it is of the field itself.
        return since == nil ? "started>=" + value : nil
      case ("until", let value)?:
        until = SearchText.moment(value, now: now, clock: clock, isEnd: true)
        return until == nil ? "started<=" + value : nil
      default: return word
      }
    }
  }
}

extension StepType {
  /// The profile that a word names: `export`, `full-import`, or their initials, `fi`; nil for the
  /// beginning of several.
  static func named(_ word: String) -> StepType? {
    let word = word.lowercased()
    let exact = allCases.first { type in
      let initials = String(type.rawValue.split(separator: "-").compactMap(\.first))
      return type.rawValue == word || initials == word
    }
    let like = word.isEmpty ? [] : allCases.filter { $0.rawValue.hasPrefix(word) }
    return exact ?? (like.count == 1 ? like.first : nil)
  }
}
