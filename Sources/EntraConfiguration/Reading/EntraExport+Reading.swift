import Configuration

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension EntraExport {
  private static let ruleFolder = "SynchronizationRules"
  private static let connectorFolder = "Connectors"
  private static let metaverseFile = "GlobalSettings/MV.xml"

  /// Whether `folder` looks like an exported configuration.
  public static func isExport(_ folder: String) -> Bool {
    access(folder + "/" + ruleFolder, F_OK) == 0
  }

  /// The configuration that was exported to `folder`.
  ///
  /// - Throws: ``EntraConfigurationError`` if there are no rules or connectors, or with the place
  ///   of the first thing in a file that is wrong.
  public static func read(folder: String) throws(EntraConfigurationError) -> EntraExport {
    var export = EntraExport(
      folder: folder, rules: [], connectors: [], metaverse: nil, notes: [])
    try export.readConnectors()
    try export.readRules()
    let file = folder + "/" + metaverseFile
    if access(file, F_OK) == 0 {
      let root = try XMLFile(path: file, root: "saved-mv-configuration").load()
      export.metaverse = try MetaverseFile.metaverse(root)
    } else {
      export.notes.append(
        EntraNote(nil, "there is no \(metaverseFile): the types of attributes are not known"))
    }
    return export
  }

  private mutating func readConnectors() throws(EntraConfigurationError) {
    var reader = ConnectorFile()
    for path in try Self.files(in: folder + "/" + Self.connectorFolder) {
      let file = XMLFile(path: path, root: "ma-data", skipped: ConnectorFile.skipped)
      let connector = try reader.connector(try file.load())
      if let twin = connectors.first(where: { $0.id == connector.id }) {
        throw EntraConfigurationError(
          place: "\(connector.place)",
          message: "The connector \"\(connector.name)\" has the same id as \"\(twin.name)\" at "
            + "\(twin.place)", hint: "remove one of the files")
      }
      connectors.append(connector)
    }
    connectors.sort { ($0.name, $0.id) < ($1.name, $1.id) }
    notes += reader.notes
  }

  private mutating func readRules() throws(EntraConfigurationError) {
    var reader = RuleFile()
    var known: [String: EntraRule] = [:]
    for path in try Self.files(in: folder + "/" + Self.ruleFolder) {
      let rule = try reader.rule(try XMLFile(path: path, root: "synchronizationRule").load())
      if let twin = known.updateValue(rule, forKey: rule.id) {
        throw EntraConfigurationError(
          place: "\(rule.place)",
          message: "The rule \"\(rule.name)\" has the same id as \"\(twin.name)\" at "
            + "\(twin.place)", hint: "remove one of the files")
      }
      rules.append(rule)
    }
    rules.sort { ($0.precedence, $0.id) < ($1.precedence, $1.id) }
    notes += reader.notes
  }

  /// The XML files in `folder`, in the order of their names.
  private static func files(in folder: String) throws(EntraConfigurationError) -> [String] {
    guard let stream = opendir(folder) else {
      throw EntraConfigurationError(
        place: folder, message: "The folder can't be read: \(String(cString: strerror(errno)))",
        hint: "name the folder that holds \(ruleFolder) and \(connectorFolder)")
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.lowercased().hasSuffix(".xml"), !name.hasPrefix(".") { names.append(name) }
    }
    guard !names.isEmpty else {
      throw EntraConfigurationError(
        place: folder, message: "The folder has no XML file",
        hint: "copy the exported configuration whole")
    }
    return names.sorted().map { folder + "/" + $0 }
  }
}
