public import Configuration

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension RuleSet {
  /// The rules in `files` together.
  ///
  /// - Parameters:
  ///   - files: The files' paths.
  ///   - parameters: What `%Name%` in names, connectors, values and expressions stands for.
  ///   - texts: What is taken in the place of a file's own text, by path.
  /// - Throws: ``ConfigurationError`` with the place of the first mistake.
  public static func load(
    files: [String], parameters: RuleParameters, texts: [String: String] = [:]
  ) throws(ConfigurationError) -> RuleSet {
    var reader = RuleReader(parameters: parameters)
    for file in files {
      if let text = texts[file] {
        try reader.read(try TOMLTable.parse(text, file: file))
      } else {
        try reader.read(try TOMLTable.load(file: file))
      }
    }
    return try RuleSet(
      reader.rules, parameters: parameters, matching: reader.matching,
      matchingPlaces: reader.matchingPlaces)
  }

  /// The rules in `files` together, with the same parameters for every connector.
  ///
  /// - Throws: ``ConfigurationError`` with the place of the first mistake.
  public static func load(
    files: [String], parameters: [String: String] = [:]
  ) throws(ConfigurationError) -> RuleSet {
    try load(files: files, parameters: RuleParameters(shared: parameters))
  }

  /// The rules in all files of `folder` whose names end in `.toml`.
  ///
  /// - Parameters:
  ///   - folder: The folder's path.
  ///   - parameters: What `%Name%` in names, connectors, values and expressions stands for.
  /// - Throws: ``ConfigurationError`` if the folder can't be read, or with the first mistake.
  public static func load(
    folder: String, parameters: RuleParameters
  ) throws(ConfigurationError) -> RuleSet {
    try load(files: try files(in: folder), parameters: parameters)
  }

  /// The rules in all files of `folder` whose names end in `.toml`, with the same parameters for
  /// every connector.
  ///
  /// - Throws: ``ConfigurationError`` if the folder can't be read, or with the first mistake.
  public static func load(
    folder: String, parameters: [String: String] = [:]
  ) throws(ConfigurationError) -> RuleSet {
    try load(folder: folder, parameters: RuleParameters(shared: parameters))
  }

  private static func files(in folder: String) throws(ConfigurationError) -> [String] {
    guard let stream = opendir(folder) else {
      throw ConfigurationError(
        message: "The rule folder \(folder) can't be read: \(String(cString: strerror(errno)))",
        hint: errno == ENOENT
          ? "'lockstep rules standard' makes it, with the standard rules in it; or name another "
            + "folder in [rules]"
          : "check the path and its permissions")
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".toml"), !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted().map { folder + "/" + $0 }
  }

  /// The rules that `text` spells.
  ///
  /// - Parameters:
  ///   - text: TOML.
  ///   - file: The name of the text for the places in errors.
  ///   - parameters: What `%Name%` in names, connectors, values and expressions stands for.
  /// - Throws: ``ConfigurationError`` with the place of the first mistake.
  public static func parse(
    _ text: String, file: String, parameters: RuleParameters
  ) throws(ConfigurationError) -> RuleSet {
    var reader = RuleReader(parameters: parameters)
    try reader.read(try TOMLTable.parse(text, file: file))
    return try RuleSet(
      reader.rules, parameters: parameters, matching: reader.matching,
      matchingPlaces: reader.matchingPlaces)
  }

  /// The rules that `text` spells, with the same parameters for every connector.
  ///
  /// - Throws: ``ConfigurationError`` with the place of the first mistake.
  public static func parse(
    _ text: String, file: String, parameters: [String: String] = [:]
  ) throws(ConfigurationError) -> RuleSet {
    try parse(text, file: file, parameters: RuleParameters(shared: parameters))
  }
}
