import Configuration

extension LDAPSection {
  private static let keys = [
    "servers", "start_tls", "ca_file", "authentication", "user", "password_file",
    "password_environment", "keytab", "ticket_cache", "connect_timeout", "timeout", "base",
    "filter", "include", "exclude", "out_of_scope", "attributes", "anchor", "reference_attributes",
    "binary_attributes", "page_size", "range_size", "delta", "compare_every",
    "watch",
  ]

  init(_ table: TOMLTable, folder: String) throws(ConfigurationError) {
    try table.rejectUnknown(allowed: ConnectorDefinition.sharedKeys + Self.keys)
    servers = try Self.servers(table)
    usesStartTLS = try table.boolean("start_tls", default: false)
    caFile = try table.optionalString("ca_file").map {
      WorkspaceLocation.absolute($0, in: folder)
    }
    authentication = try table.choice(
      "authentication",
      of: Dictionary(uniqueKeysWithValues: Authentication.allCases.map { ($0.rawValue, $0) }),
      default: .simple)
    user = try table.optionalString("user")
    password = try table.optionalSecret("password")
    keytab = try table.optionalString("keytab").map { WorkspaceLocation.absolute($0, in: folder) }
    ticketCache = try table.optionalString("ticket_cache")
    connectTimeoutSeconds = try Self.seconds(table, "connect_timeout")
    timeoutSeconds = try Self.seconds(table, "timeout")
    reading = try Reading(table)
    watch = try table.optionalTable("watch").map { section throws(ConfigurationError) in
      try WatchSection(section)
    }
    try checkIdentity(table)
    try checkEncryption(table)
    try checkUse(table)
  }

  fileprivate static func seconds(
    _ table: TOMLTable, _ key: String,
    in range: ClosedRange<Duration> = .seconds(1)...Duration.seconds(3600)
  ) throws(ConfigurationError) -> Int? {
    guard table[key] != nil else { return nil }
    let duration = try table.duration(key, in: range)
    return Int(duration.components.seconds)
  }

  /// What the kind of authentication needs must be there, and what it has no use for must not.
  private func checkIdentity(_ table: TOMLTable) throws(ConfigurationError) {
    let usesPassword = authentication == .simple
    if usesPassword {
      if user == nil { _ = try table.string("user") }
      if password == nil { _ = try table.secret("password") }
    } else if let password {
      throw ConfigurationError(
        place: password.place, message: "\"\(authentication.rawValue)\" takes no password",
        hint: "take it out, or write authentication = \"simple\"")
    }
    let usesTickets = authentication == .gssapi || authentication == .spnego
    for key in ["keytab", "ticket_cache"] where !usesTickets && table[key] != nil {
      throw ConfigurationError(
        place: table.place(of: key),
        message: "\"\(key)\" is for Kerberos, and this connector does not use it",
        hint: "take it out, or write authentication = \"gssapi\"")
    }
    if authentication == .anonymous, user != nil {
      throw ConfigurationError(
        place: table.place(of: "user"), message: "Who is anonymous has no name",
        hint: "take \"user\" out, or write authentication = \"simple\"")
    }
  }

  /// What would have no effect beside what else is said must not stand there.
  private func checkUse(_ table: TOMLTable) throws(ConfigurationError) {
    if usesStartTLS, servers.allSatisfy(\.usesTLS) {
      throw ConfigurationError(
        place: table.place(of: "start_tls"),
        message: "\"start_tls\" is for ldap:// addresses, and all of these are ldaps://",
        hint: "take it out, or write ldap://")
    }
    guard reading.delta == .none else { return }
    for (key, what) in [
      ("compare_every", "there is no delta to compare"),
      ("watch", "a change that is noticed is followed by a delta"),
    ] where table[key] != nil {
      throw ConfigurationError(
        place: table.place(of: key),
        message: "\"\(key)\" has no use beside delta = \"none\": \(what)",
        hint: "take it out, or write delta = \"auto\"")
    }
  }

  /// A password must not cross a network in the clear; Kerberos brings its own encryption.
  private func checkEncryption(_ table: TOMLTable) throws(ConfigurationError) {
    guard authentication == .simple, let host = openHost else { return }
    throw ConfigurationError(
      place: table.place(of: "servers"),
      message: "The password would cross the network to \(host) in the clear",
      hint: "write ldaps://\(host), or start_tls = true")
  }

  /// The first server to which all that is said crosses a network in the clear; nil if there is none.
  var openHost: String? {
    let isKerberos = authentication == .gssapi || authentication == .spnego
    guard !usesStartTLS, !isKerberos else { return nil }
    return servers.first { !$0.usesTLS && !ThisMachine.isMeant(byHost: $0.host) }?.host
  }

  private static func servers(_ table: TOMLTable) throws(ConfigurationError) -> [Server] {
    let texts: [String]
    if case .string = table["servers"]?.kind {
      texts = [try table.string("servers")]
    } else {
      texts = try table.strings("servers")
    }
    guard !texts.isEmpty else {
      throw ConfigurationError(
        place: table.place(of: "servers"), message: "\"servers\" names no server",
        hint: "write it like \"ldaps://dc1.contoso.com\", or a list of such")
    }
    var servers: [Server] = []
    for text in texts {
      guard let server = Server(text) else {
        throw ConfigurationError(
          place: table.place(of: "servers"), message: "\"\(text)\" is no address of an LDAP server",
          hint: "write it like \"ldaps://dc1.contoso.com\" or \"ldap://dc1.contoso.com:389\"")
      }
      servers.append(server)
    }
    return servers
  }
}

extension LDAPSection.Reading {
  fileprivate init(_ table: TOMLTable) throws(ConfigurationError) {
    base = try table.optionalString("base")
    filter = try table.optionalString("filter")
    included = try table.strings("include", default: [])
    excluded = try table.strings("exclude", default: [])
    leaving = try table.choice(
      "out_of_scope",
      of: Dictionary(
        uniqueKeysWithValues: LDAPSection.Leaving.allCases.map { ($0.rawValue, $0) }),
      default: .delete)
    attributes = try table.strings("attributes", default: [])
    anchor = try AttributeNames.optional(table, "anchor")
    (references, binaries) = try AttributeNames.kinds(table)
    pageSize = try table.optionalInteger("page_size", in: 1...100_000)
    rangeSize = try table.optionalInteger("range_size", in: 10...1_000_000)
    delta = try table.choice(
      "delta",
      of: Dictionary(uniqueKeysWithValues: LDAPSection.Delta.allCases.map { ($0.rawValue, $0) }),
      default: .auto)
    comparisonSeconds = try LDAPSection.seconds(
      table, "compare_every", in: .seconds(60)...Duration.seconds(604_800))
  }
}

extension LDAPSection.Server {
  /// The server at an address such as `ldaps://dc1.contoso.com:636`; nil if it is none.
  init?(_ text: String) {
    let lower = text.lowercased()
    guard let scheme = ["ldap://", "ldaps://"].first(where: { lower.hasPrefix($0) }) else {
      return nil
    }
    usesTLS = scheme == "ldaps://"
    var rest = text.dropFirst(scheme.count)
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    var port: Substring?
    if rest.hasPrefix("[") {
      guard let end = rest.firstIndex(of: "]") else { return nil }
      host = String(rest[rest.index(after: rest.startIndex)..<end])
      let tail = rest[rest.index(after: end)...]
      guard tail.isEmpty || tail.hasPrefix(":") else { return nil }
      if !tail.isEmpty { port = tail.dropFirst() }
    } else {
      let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count <= 2, let name = parts.first else { return nil }
      host = String(name)
      if parts.count == 2 { port = parts[1] }
    }
    guard !host.isEmpty, host.utf8.allSatisfy(Self.isHostByte) else { return nil }
    if let port {
      guard let number = Int(port), (1...65_535).contains(number) else { return nil }
      self.port = number
    }
  }

  private static func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x3A, 0x25: true
    default: false
    }
  }
}
