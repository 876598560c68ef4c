public import Configuration

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension RuleSet {
  /// The rules in `files` together.
  ///
  /// - Parameter parameters: What `%Name%` in names, connectors and values stands for.
  /// - Throws: ``ConfigurationError`` with the place of the first mistake.
  public static func load(
    files: [String], parameters: [String: String] = [:]
  ) throws(ConfigurationError) -> RuleSet {
    var rules: [SyncRule] = []
    for file in files {
      rules += try RuleReader(parameters: parameters).rules(in: try TOMLTable.load(file: file))
    }
    return try RuleSet(rules)
  }

  /// The rules in all files of `folder` whose names end in `.toml`.
  ///
  /// - Parameter parameters: What `%Name%` in names, connectors and values stands for.
  /// - Throws: ``ConfigurationError`` if the folder can't be read, or with the first mistake.
  public static func load(
    folder: String, parameters: [String: String] = [:]
  ) throws(ConfigurationError) -> RuleSet {
    guard let stream = opendir(folder) else {
      throw ConfigurationError(
        message: "The rule folder \(folder) can't be read: \(String(cString: strerror(errno)))",
        hint: "check the path and its permissions")
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".toml"), !name.hasPrefix(".") { names.append(name) }
    }
    return try load(files: names.sorted().map { folder + "/" + $0 }, parameters: parameters)
  }

  /// The rules that `text` spells.
  ///
  /// - Parameters:
  ///   - file: The name of the text for the places in errors.
  ///   - parameters: What `%Name%` in names, connectors and values stands for.
  /// - Throws: ``ConfigurationError`` with the place of the first mistake.
  public static func parse(
    _ text: String, file: String, parameters: [String: String] = [:]
  ) throws(ConfigurationError) -> RuleSet {
    let table = try TOMLTable.parse(text, file: file)
    return try RuleSet(try RuleReader(parameters: parameters).rules(in: table))
  }
}
