extension TOMLTable {
  /// The texts in the list of `key`, or `standard` if it is not there.
  ///
  /// - Throws: ``ConfigurationError`` at the first item that is no text, or if `key` is no list or
  ///   missing without a standard.
  public func strings(
    _ key: String, default standard: [String]? = nil
  ) throws(ConfigurationError) -> [String] {
    if let standard, self[key] == nil { return standard }
    let value = try value(key)
    guard case .array(let items) = value.kind else {
      throw value.mismatch(key, expected: "a list of texts", hint: "write \(key) = [\"…\"]")
    }
    var texts: [String] = []
    for (index, item) in items.enumerated() {
      guard case .string(let text) = item.kind else {
        throw item.mismatch("\(key)[\(index + 1)]", expected: "a text")
      }
      texts.append(text)
    }
    return texts
  }

  /// The table of `key`.
  ///
  /// - Throws: ``ConfigurationError`` if it is missing or no table.
  public func table(_ key: String) throws(ConfigurationError) -> TOMLTable {
    let value = try value(key)
    guard case .table(let table) = value.kind else {
      throw value.mismatch(key, expected: "a table", hint: "write a header like [\(key)]")
    }
    return table
  }

  /// The table of `key`, or nil if it is not there.
  ///
  /// - Throws: ``ConfigurationError`` if it is no table.
  public func optionalTable(_ key: String) throws(ConfigurationError) -> TOMLTable? {
    self[key] == nil ? nil : try table(key)
  }

  /// The tables in the list of `key`; none if it is not there.
  ///
  /// - Throws: ``ConfigurationError`` if it is no list of tables.
  public func tables(_ key: String) throws(ConfigurationError) -> [TOMLTable] {
    guard let value = self[key] else { return [] }
    guard case .array(let items) = value.kind else {
      throw value.mismatch(
        key, expected: "a list of tables", hint: "write headers like [[\(key)]]")
    }
    var tables: [TOMLTable] = []
    for (index, item) in items.enumerated() {
      guard case .table(let table) = item.kind else {
        throw item.mismatch("\(key)[\(index + 1)]", expected: "a table")
      }
      tables.append(table)
    }
    return tables
  }
}
