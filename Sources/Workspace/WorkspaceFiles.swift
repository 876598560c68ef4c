import Configuration

/// The files of a workspace that the program writes: none may be another one, or one that a person
/// writes.
struct WorkspaceFiles {
  let settings: WorkspaceSettings
  let folder: String

  /// Refuses a file that is meant for two things.
  ///
  /// - Parameter table: The whole configuration, for the places.
  func check(_ table: TOMLTable) throws(ConfigurationError) {
    var known: [(path: String, what: String)] = [
      (WorkspaceLocation.join(folder, WorkspaceLocation.configurationFile), "the configuration"),
      (WorkspaceLocation.join(folder, "engine.lock"), "the engine's lock"),
    ]
    known += inputs
    try check(settings.storeFile, "file", try table.optionalTable("store"), known, table)
    guard let tenant = settings.tenant else { return }
    known.append((settings.storeFile, "the engine's store"))
    let section = try table.optionalTable("tenant")
    try check(tenant.database, "database", section, known, table)
    known.append((tenant.database, "the embedded tenant's database"))
    try check(tenant.tokenFile, "token_file", section, known, table)
  }

  /// What people write, and connectors read.
  private var inputs: [(path: String, what: String)] {
    settings.connectors.flatMap { connector -> [(path: String, what: String)] in
      guard case .ldif(let section) = connector.kind else { return [] }
      return (section.content + [section.changes].compactMap { $0 }).map {
        ($0, "what \"\(connector.name)\" reads")
      }
    }
  }

  private func check(
    _ path: String, _ key: String, _ section: TOMLTable?, _ known: [(path: String, what: String)],
    _ table: TOMLTable
  ) throws(ConfigurationError) {
    let place = section?[key] == nil ? table.place : section?.place(of: key)
    if let other = known.first(where: { $0.path == path }) {
      throw ConfigurationError(
        place: place, message: "\"\(key)\" names \(other.what), \(path)",
        hint: "give each a file of its own")
    }
    if path == settings.rulesFolder || path.hasPrefix(settings.rulesFolder + "/"),
      path == settings.rulesFolder || path.lowercased().hasSuffix(".toml")
    {
      throw ConfigurationError(
        place: place, message: "\"\(key)\" names what belongs to the rules, \(path)",
        hint: "give it a file of its own")
    }
  }
}
