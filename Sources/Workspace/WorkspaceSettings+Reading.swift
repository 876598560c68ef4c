public import Configuration

extension WorkspaceSettings {
  /// The settings that `table` spells; relative paths start at `folder`.
  ///
  /// - Throws: ``ConfigurationError`` at the first thing that is wrong, with its place.
  public init(_ table: TOMLTable, folder: String) throws(ConfigurationError) {
    try table.rejectUnknown(
      allowed: ["store", "rules", "tenant", "connector", "password_sync", "engine", "console"])
    storeFile = try Self.storeFile(table, folder: folder)

    let rules = try table.optionalTable("rules")
    try rules?.rejectUnknown(allowed: ["folder"])
    rulesFolder = try Self.path(rules, "folder", folder, default: "rules")

    tenant = try table.optionalTable("tenant").map { section throws(ConfigurationError) in
      try EmbeddedTenant(section, folder: folder)
    }
    connectors = try Self.connectors(table, hasTenant: tenant != nil, folder: folder)
    passwordSync = try PasswordSyncSection.all(in: table, connectors: connectors, folder: folder)

    let engine = try table.optionalTable("engine")
    try engine?.rejectUnknown(allowed: ["idle_exit", "staging", "error_limit"])
    isStaging = try engine?.boolean("staging", default: false) ?? false
    errorLimit = try engine?.optionalInteger("error_limit", in: 1...100_000_000)
    let idle = try engine?.duration(
      "idle_exit", in: .seconds(1)...Duration.seconds(30 * 86_400), default: .seconds(600))
    idleExitSeconds = Int((idle ?? .seconds(600)).components.seconds)

    let console = try table.optionalTable("console")
    try console?.rejectUnknown(allowed: ["theme", "themes_folder", "selection", "keys", "aliases"])
    theme = try console?.optionalString("theme")
    themesFolder = try console?.optionalString("themes_folder").map {
      WorkspaceLocation.absolute($0, in: folder)
    }
    shortSelection =
      try console?.choice("selection", of: ["row": false, "short": true], default: false) ?? false
    keys = try console?.optionalTable("keys").map(Self.keys) ?? []
    aliases = try console?.optionalTable("aliases").map(Self.aliases) ?? []
    try WorkspaceFiles(settings: self, folder: folder).check(table)
  }

  /// The store's file, which the section `[store]` alone tells.
  static func storeFile(
    _ table: TOMLTable, folder: String
  ) throws(ConfigurationError) -> String {
    let store = try table.optionalTable("store")
    try store?.rejectUnknown(allowed: ["file"])
    return try path(store, "file", folder, default: "store.sqlite")
  }

  /// Each key of the table is an action, with one key or a list of them.
  private static func keys(_ table: TOMLTable) throws(ConfigurationError) -> [ConsoleKeySetting] {
    var settings: [ConsoleKeySetting] = []
    for entry in table.entries {
      let keys: [String]
      if case .string(let key) = entry.value.kind {
        keys = [key]
      } else {
        keys = try table.strings(entry.key)
      }
      settings.append(ConsoleKeySetting(action: entry.key, keys: keys, place: entry.place))
    }
    return settings
  }

  /// Each key of the table is a word, and its value the line that it stands for.
  private static func aliases(
    _ table: TOMLTable
  ) throws(ConfigurationError) -> [ConsoleAliasSetting] {
    var settings: [ConsoleAliasSetting] = []
    for entry in table.entries {
      settings.append(
        ConsoleAliasSetting(
          name: entry.key, text: try table.string(entry.key), place: entry.place))
    }
    return settings
  }

  static func path(
    _ table: TOMLTable?, _ key: String, _ folder: String, default standard: String
  ) throws(ConfigurationError) -> String {
    WorkspaceLocation.absolute(try table?.optionalString(key) ?? standard, in: folder)
  }

  private static func connectors(
    _ table: TOMLTable, hasTenant: Bool, folder: String
  ) throws(ConfigurationError) -> [ConnectorDefinition] {
    var found: [ConnectorDefinition] = []
    for section in try table.tables("connector") {
      let connector = try ConnectorDefinition(section, folder: folder)
      if let twin = found.first(where: { $0.name.lowercased() == connector.name.lowercased() }) {
        throw ConfigurationError(
          place: section.place(of: "name"),
          message: "The name \"\(connector.name)\" is already that of the connector at "
            + "\(twin.place)", hint: "give each connector a name of its own")
      }
      try connector.checkTenant(hasTenant, in: section)
      found.append(connector)
    }
    guard !found.isEmpty else {
      throw ConfigurationError(
        place: table.place, message: "There is no connector",
        hint: "add a [[connector]] section with name, type and role")
    }
    return found
  }
}

extension EmbeddedTenant {
  init(_ table: TOMLTable, folder: String) throws(ConfigurationError) {
    try table.rejectUnknown(
      allowed: [
        "database", "address", "port", "token_file", "certificate_file", "key_file", "host",
        "remote_clients", "verified_domains", "application",
      ])
    database = try WorkspaceSettings.path(table, "database", folder, default: "tenant.sqlite")
    certificateFile = try table.optionalString("certificate_file").map {
      WorkspaceLocation.absolute($0, in: folder)
    }
    keyFile = try table.optionalString("key_file").map {
      WorkspaceLocation.absolute($0, in: folder)
    }
    hostName = try table.optionalString("host")
    address = try table.optionalString("address") ?? "127.0.0.1"
    port = try table.integer("port", in: 0...65_535, default: 0)
    tokenFile = try WorkspaceSettings.path(table, "token_file", folder, default: "tenant.token")
    verifiedDomains = try Self.domains(table)
    applications = try TenantApplicationSection.all(in: table, folder: folder)
    try checkCertificate(table)
    try checkAddress(table, isOpen: try table.boolean("remote_clients", default: false))
  }

  private static func domains(_ table: TOMLTable) throws(ConfigurationError) -> [String] {
    let names = try table.strings("verified_domains", default: [])
    for name in names {
      let labels = name.split(separator: ".", omittingEmptySubsequences: false)
      let isDomain =
        labels.count > 1
        && labels.allSatisfy { label in
          !label.isEmpty
            && label.utf8.allSatisfy { byte in
              switch byte {
              case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                true
              default: false
              }
            }
        }
      guard !isDomain else { continue }
      throw ConfigurationError(
        place: table.place(of: "verified_domains"),
        message: "\(TOMLText.quoted(name)) is no domain that user principal names can end with",
        hint: "write what stands behind the @, such as contoso.com")
    }
    return names
  }

  private func checkCertificate(_ table: TOMLTable) throws(ConfigurationError) {
    if hostName != nil, certificateFile == nil {
      throw ConfigurationError(
        place: table.place(of: "host"),
        message: "\"host\" is the name in a certificate, and the tenant has none",
        hint: "give certificate_file and key_file, or take \"host\" out")
    }
    guard (certificateFile == nil) != (keyFile == nil) else { return }
    throw ConfigurationError(
      place: table.place(of: certificateFile == nil ? "key_file" : "certificate_file"),
      message: "A certificate and its key belong together",
      hint: "give both certificate_file and key_file, or neither")
  }

  /// What others can reach has to be told, and must not be read on the way.
  private func checkAddress(_ table: TOMLTable, isOpen: Bool) throws(ConfigurationError) {
    if address != "localhost", ThisMachine.isMeant(byHost: address) {
      guard isOpen else { return }
      throw ConfigurationError(
        place: table.place(of: "remote_clients"),
        message: "Nobody else reaches \"\(address)\", whatever \"remote_clients\" says",
        hint: "take it out, or give an address that others reach")
    }
    guard certificateFile != nil else {
      throw ConfigurationError(
        place: table.place(of: "address"),
        message: "The embedded tenant speaks plain HTTP and listens on this machine only, not on "
          + "\"\(address)\"",
        hint: "give it a certificate_file with its key_file, or write one of: "
          + "127.0.0.1, ::1")
    }
    guard isOpen else {
      throw ConfigurationError(
        place: table.place(of: "address"),
        message: "The embedded tenant would listen on \"\(address)\", which others can reach",
        hint: "write remote_clients = true if that is meant")
    }
  }
}
