extension TOMLTable {
  /// The value of `key`.
  ///
  /// - Throws: ``ConfigurationError`` with the table's place if it is missing.
  public func value(_ key: String) throws(ConfigurationError) -> TOMLValue {
    guard let value = self[key] else {
      throw ConfigurationError(
        place: place, message: "\"\(key)\" is missing",
        hint: Spelling.nearest(key, among: keys).map { "is \"\($0)\" meant for it?" } ?? "add it")
    }
    return value
  }

  /// The text of `key`.
  ///
  /// - Throws: ``ConfigurationError`` if it is missing, empty or no text.
  public func string(_ key: String) throws(ConfigurationError) -> String {
    let value = try value(key)
    guard case .string(let text) = value.kind else {
      throw value.mismatch(key, expected: "a text", hint: "write \(key) = \"…\"")
    }
    guard !text.isEmpty else {
      throw ConfigurationError(
        place: value.place, message: "\"\(key)\" is empty",
        hint: "write \(key) = \"…\", or leave the line out")
    }
    return text
  }

  /// The text of `key`, or nil if it is not there.
  ///
  /// - Throws: ``ConfigurationError`` if it is empty or no text.
  public func optionalString(_ key: String) throws(ConfigurationError) -> String? {
    self[key] == nil ? nil : try string(key)
  }

  /// The whole number of `key`, or `standard` if it is not there.
  ///
  /// - Throws: ``ConfigurationError`` if it is no whole number in `range`, or missing without a
  ///   standard.
  public func integer(
    _ key: String, in range: ClosedRange<Int>, default standard: Int? = nil
  ) throws(ConfigurationError) -> Int {
    if let standard, self[key] == nil { return standard }
    return try checkedInteger(key, try value(key), range)
  }

  /// The whole number of `key`, or nil if it is not there.
  ///
  /// - Throws: ``ConfigurationError`` if it is no whole number in `range`.
  public func optionalInteger(
    _ key: String, in range: ClosedRange<Int>
  ) throws(ConfigurationError) -> Int? {
    guard let value = self[key] else { return nil }
    return try checkedInteger(key, value, range)
  }

  /// The flag of `key`, or `standard` if it is not there.
  ///
  /// - Throws: ``ConfigurationError`` if it is neither true nor false, or missing without a
  ///   standard.
  public func boolean(
    _ key: String, default standard: Bool? = nil
  ) throws(ConfigurationError) -> Bool {
    if let standard, self[key] == nil { return standard }
    let value = try value(key)
    guard case .boolean(let flag) = value.kind else {
      throw value.mismatch(key, expected: "true or false", hint: "write it without quotes")
    }
    return flag
  }

  /// The span of time of `key`, or `standard` if it is not there.
  ///
  /// - Throws: ``ConfigurationError`` if it spells none, is out of `range`, or is missing without a
  ///   standard.
  public func duration(
    _ key: String, in range: ClosedRange<Duration>? = nil, default standard: Duration? = nil
  ) throws(ConfigurationError) -> Duration {
    if let standard, self[key] == nil { return standard }
    let value = try value(key)
    guard case .string(let text) = value.kind, let duration = DurationText.parse(text) else {
      throw value.mismatch(
        key, expected: "a span of time", hint: "write it like \"30m\", \"3h\" or \"1d12h\"")
    }
    if let range, !range.contains(duration) {
      let low = DurationText.print(range.lowerBound)
      let high = DurationText.print(range.upperBound)
      throw value.mismatch(key, expected: "a span of time from \(low) to \(high)")
    }
    return duration
  }

  /// What the word of `key` stands for in `words`, in any case, or `standard` if it is not there.
  ///
  /// - Throws: ``ConfigurationError`` with the nearest word if it is none of them, or missing
  ///   without a standard.
  public func choice<T>(
    _ key: String, of words: [String: T], default standard: T? = nil
  ) throws(ConfigurationError) -> T {
    if let standard, self[key] == nil { return standard }
    let value = try value(key)
    let allowed = words.keys.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
    guard case .string(let word) = value.kind else {
      throw value.mismatch(key, expected: "one of \(allowed)")
    }
    guard let meaning = words[word] ?? Self.anyCase(word, words) else {
      let near = Spelling.nearest(word, among: words.keys)
      throw value.mismatch(
        key, expected: "one of \(allowed)", hint: near.map { "did you mean \"\($0)\"?" } ?? "")
    }
    return meaning
  }

  private static func anyCase<T>(_ word: String, _ words: [String: T]) -> T? {
    words.first { $0.key.lowercased() == word.lowercased() }?.value
  }

  private func checkedInteger(
    _ key: String, _ value: TOMLValue, _ range: ClosedRange<Int>
  ) throws(ConfigurationError) -> Int {
    guard case .integer(let number) = value.kind, range.contains(Int(number)) else {
      throw value.mismatch(
        key, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return Int(number)
  }
}
