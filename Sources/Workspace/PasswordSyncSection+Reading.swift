import Configuration

extension PasswordSyncSection {
  private static let keys = [
    "source", "target", "interval", "must_change", "smart_card", "allow_in_fips", "replication",
    "hash_attribute", "hash_form", "changed_attribute", "write_attribute", "write_form",
    "write_changed_attribute",
  ]

  /// The sections of `table`: one `[password_sync]`, or several `[[password_sync]]`.
  ///
  /// - Throws: ``ConfigurationError`` at the first thing that is wrong.
  static func all(
    in table: TOMLTable, connectors: [ConnectorDefinition], folder: String
  ) throws(ConfigurationError) -> [PasswordSyncSection] {
    guard let value = table["password_sync"] else { return [] }
    let tables =
      if case .array = value.kind { try table.tables("password_sync") } else {
        [try table.table("password_sync")]
      }
    var found: [PasswordSyncSection] = []
    for table in tables {
      let section = try PasswordSyncSection(table, connectors: connectors, folder: folder)
      if let twin = found.first(where: {
        $0.source == section.source && $0.target == section.target
      }) {
        throw ConfigurationError(
          place: table.place,
          message:
            "Passwords go from \"\(section.source)\" to \"\(section.target)\" already by the "
            + "section at \(twin.place)", hint: "keep one of them")
      }
      found.append(section)
    }
    return found
  }

  init(
    _ table: TOMLTable, connectors: [ConnectorDefinition], folder: String
  ) throws(ConfigurationError) {
    try table.rejectUnknown(allowed: Self.keys)
    let source = try Self.connector(table, "source", among: connectors, isSource: true)
    let target = try Self.connector(table, "target", among: connectors, isSource: false)
    self.source = source.name
    self.target = target.name
    reading = try Self.reading(table, source, folder: folder)
    writing = try Self.writing(table, target)
    let interval = try table.duration(
      "interval", in: .seconds(30)...Duration.seconds(86_400), default: .seconds(120))
    intervalSeconds = Int(interval.components.seconds)
    sendsMustChange = try table.boolean("must_change", default: false)
    sendsSmartCard = try table.boolean("smart_card", default: false)
    allowsFIPS = try table.boolean("allow_in_fips", default: false)
    place = table.place
    try Self.checkAnchors(table, source, target, reading, writing)
    if case .attribute = reading { try Self.checkEncryption(table, "hash_attribute", source) }
    if writing != nil { try Self.checkEncryption(table, "write_attribute", target) }
  }

  /// An NT hash opens what the password opens, and must not cross a network in the clear.
  private static func checkEncryption(
    _ table: TOMLTable, _ key: String, _ connector: ConnectorDefinition
  ) throws(ConfigurationError) {
    guard case .ldap(let section) = connector.kind, let host = section.openHost else { return }
    throw ConfigurationError(
      place: table.place(of: key),
      message: "Hashes of passwords would cross the network between \"\(connector.name)\", at "
        + "\(host), and here in the clear",
      hint: "in the section of \"\(connector.name)\", write ldaps://\(host), start_tls = true, or "
        + "authentication = \"gssapi\"")
  }

  private static func connector(
    _ table: TOMLTable, _ key: String, among connectors: [ConnectorDefinition], isSource: Bool
  ) throws(ConfigurationError) -> ConnectorDefinition {
    let name = try table.string(key)
    let place = table.place(of: key)
    guard let found = connectors.first(where: { $0.name.lowercased() == name.lowercased() }) else {
      let near = Spelling.nearest(name, among: connectors.map(\.name))
      throw ConfigurationError(
        place: place, message: "There is no connector \"\(name)\"",
        hint: near.map { "did you mean \"\($0)\"?" } ?? "write the name of a [[connector]] section")
    }
    guard found.isSource == isSource else {
      throw ConfigurationError(
        place: place,
        message: "Passwords \(isSource ? "come from a source" : "go to a target"), and "
          + "\"\(found.name)\" is a \(found.isSource ? "source" : "target")",
        hint: "name a connector with role = \"\(isSource ? "source" : "target")\"")
    }
    return found
  }

  // MARK: The source

  private static func reading(
    _ table: TOMLTable, _ source: ConnectorDefinition, folder: String
  ) throws(ConfigurationError) -> Source {
    let replication = try table.optionalTable("replication")
    let attribute = try hashAttribute(
      table, name: "hash_attribute", form: "hash_form", changed: "changed_attribute")
    switch (source.kind, attribute, replication) {
    case (.scim, _, _), (.graph, _, _):
      throw ConfigurationError(
        place: table.place(of: "source"),
        message:
          "Hashes of passwords can't be read by \(source.typeName), as \"\(source.name)\" is",
        hint: "name a connector of type ldap or ldif")
    case (_, .some, let replication?):
      throw ConfigurationError(
        place: replication.place,
        message: "Hashes are read by replication or from \"hash_attribute\", not both",
        hint: "keep one of them")
    case (_, let attribute?, nil): return .attribute(attribute)
    case (.ldap(let section), nil, let replication?):
      return .replication(try Replication(replication, section, folder: folder))
    case (_, nil, let replication?):
      throw ConfigurationError(
        place: replication.place,
        message: "Files have no domain controllers, and \"\(source.name)\" is of type ldif",
        hint: "name the attribute that holds the NT hash: hash_attribute = \"sambaNTPassword\"")
    case (_, nil, nil):
      throw ConfigurationError(
        place: table.place, message: "It is not said where the hashes of passwords are",
        hint: "add [password_sync.replication] for Active Directory and Samba, or hash_attribute = "
          + "\"sambaNTPassword\" for a directory that holds them")
    }
  }

  private static func hashAttribute(
    _ table: TOMLTable, name nameKey: String, form formKey: String, changed changedKey: String
  ) throws(ConfigurationError) -> HashAttribute? {
    guard let name = try table.optionalString(nameKey) else {
      for key in [formKey, changedKey] where table[key] != nil {
        throw ConfigurationError(
          place: table.place(of: key), message: "\"\(key)\" is of no use without \"\(nameKey)\"",
          hint: "take it out, or add \(nameKey)")
      }
      return nil
    }
    try check(name, table, nameKey)
    let forms = Dictionary(uniqueKeysWithValues: HashForm.allCases.map { ($0.rawValue, $0) })
    let usual = HashAttribute.usual[name.lowercased()]
    guard usual != nil || table[formKey] != nil else {
      let words = HashForm.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
      throw ConfigurationError(
        place: table.place(of: nameKey),
        message: "It is not said in which form \"\(name)\" holds hashes",
        hint: "add \(formKey), one of \(words)")
    }
    let form = try table.choice(formKey, of: forms, default: usual?.form)
    let changed = try table.optionalString(changedKey)
    if let changed { try check(changed, table, changedKey) }
    return HashAttribute(name: name, form: form, changed: changed ?? usual?.changed)
  }

  private static func check(
    _ name: String, _ table: TOMLTable, _ key: String
  ) throws(ConfigurationError) {
    let isName = name.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) || $0 == 0x2D || $0 == 0x2E
    }
    guard isName, name.utf8.count <= 200 else {
      throw ConfigurationError(
        place: table.place(of: key), message: "\"\(name)\" is no name of an attribute",
        hint: "write it like \"sambaNTPassword\"")
    }
  }

  // MARK: The target

  /// Why Entra ID gets no passwords, as the end of a sentence.
  static let entraRefusal =
    "Entra ID takes hashes of passwords from Microsoft's own programs alone: Entra Connect sends them "
    + "through an interface that is not public, and Microsoft Graph has none"
  /// What people can do who want to sign in there.
  static let entraHint =
    "users who are to sign in with their password on premises stay with Entra Connect or Cloud Sync, or "
    + "sign in by federation; others get a password or a passkey of their own in the cloud"

  private static func writing(
    _ table: TOMLTable, _ target: ConnectorDefinition
  ) throws(ConfigurationError) -> HashAttribute? {
    let attribute = try hashAttribute(
      table, name: "write_attribute", form: "write_form", changed: "write_changed_attribute")
    switch (target.kind, attribute) {
    case (.ldap, nil):
      throw ConfigurationError(
        place: table.place,
        message: "It is not said where \"\(target.name)\" keeps hashes of passwords",
        hint: "name the attribute: write_attribute = \"sambaNTPassword\"")
    case (.ldap, let attribute?): return attribute
    case (.graph(let section), nil) where section.isMicrosoft:
      throw ConfigurationError(
        place: table.place(of: "target"),
        message: "\"\(target.name)\" is a tenant of Microsoft Entra ID, and \(entraRefusal)",
        hint: "take the section out; \(entraHint)")
    case (.graph, nil): return nil
    case (.scim(let section), nil) where section.url == nil: return nil
    case (.scim, nil), (.ldif, _):
      throw ConfigurationError(
        place: table.place(of: "target"),
        message:
          "\"\(target.name)\" is of type \(target.typeName) and takes no hashes of passwords",
        hint: "name a connector of type graph or ldap, or one to the embedded tenant")
    case (_, .some):
      throw ConfigurationError(
        place: table.place(of: "write_attribute"),
        message: "\"\(target.name)\" takes passwords at an endpoint, not in an attribute",
        hint: "take \"write_attribute\" out")
    }
  }

  /// Accounts must be found by their anchors, and a hash must never become a part of what is stored.
  private static func checkAnchors(
    _ table: TOMLTable, _ source: ConnectorDefinition, _ target: ConnectorDefinition,
    _ reading: Source, _ writing: HashAttribute?
  ) throws(ConfigurationError) {
    // Controllers name accounts by nothing else.
    if case .replication = reading, case .ldap(let section) = source.kind,
      let anchor = section.reading.anchor, anchor.lowercased() != "objectguid"
    {
      throw ConfigurationError(
        place: table.place(of: "replication"),
        message: "Replication finds accounts by their objectGUID, and \"\(anchor)\" anchors the "
          + "objects of \"\(source.name)\"",
        hint: "take \"anchor\" out of the section of \"\(source.name)\"")
    }
    if case .attribute(let attribute) = reading {
      try checkAnchor(table, "hash_attribute", source, attribute.name)
    }
    if let writing { try checkAnchor(table, "write_attribute", target, writing.name) }
  }

  private static func checkAnchor(
    _ table: TOMLTable, _ key: String, _ connector: ConnectorDefinition, _ name: String
  ) throws(ConfigurationError) {
    let anchor: String? =
      switch connector.kind {
      case .ldap(let section): section.reading.anchor
      case .ldif(let section): section.anchor
      case .scim, .graph: nil
      }
    guard anchor?.lowercased() == name.lowercased() else { return }
    throw ConfigurationError(
      place: table.place(of: key),
      message: "\"\(name)\" anchors the objects of \"\(connector.name)\" and is stored with them",
      hint: "a secret can't be an anchor: name the attribute that holds the hash")
  }
}

extension PasswordSyncSection.HashAttribute {
  /// What is known of the attributes of usual directories, by their names in lower case.
  fileprivate static let usual: [String: (form: PasswordSyncSection.HashForm, changed: String)] = [
    // Samba's schema for OpenLDAP (samba.schema): hexadecimal text, and seconds since 1970.
    "sambantpassword": (.hexadecimal, "sambaPwdLastSet"),
    // FreeIPA's schema (60basev3.ldif): bytes, and the time of Kerberos.
    "ipanthash": (.binary, "krbLastPwdChange"),
  ]
}

extension PasswordSyncSection.Replication {
  private static let keys = [
    "domain", "servers", "account", "password_file", "password_environment", "keytab",
    "authentication", "timeout",
  ]

  /// The controllers that `table` names; what it leaves out is as for the connector of `section`.
  fileprivate init(
    _ table: TOMLTable, _ section: LDAPSection, folder: String
  ) throws(ConfigurationError) {
    try table.rejectUnknown(allowed: Self.keys)
    domain = try Self.domain(table)
    hosts = try table.strings("servers", default: section.servers.map(\.host))
    guard !hosts.isEmpty, !hosts.contains("") else {
      throw ConfigurationError(
        place: table.place(of: "servers"), message: "\"servers\" names no domain controller",
        hint: "write it like [\"dc1.contoso.com\"], or leave it out for those of the connector")
    }
    let words = Dictionary(
      uniqueKeysWithValues: Authentication.allCases.map { ($0.rawValue, $0) })
    authentication = try table.choice("authentication", of: words, default: .automatic)
    (account, credential) = try Self.identity(table, section, folder: folder)
    if case .keytab = credential, authentication == .ntlm {
      throw ConfigurationError(
        place: table.place(of: "authentication"),
        message: "NTLM needs a password, and a keytab holds keys of Kerberos",
        hint: "write authentication = \"kerberos\", or name a password_file")
    }
    if table["timeout"] != nil {
      let duration = try table.duration("timeout", in: .seconds(1)...Duration.seconds(3600))
      timeoutSeconds = Int(duration.components.seconds)
    }
  }

  private static func domain(_ table: TOMLTable) throws(ConfigurationError) -> String {
    let domain = try table.string("domain")
    let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
    let isName = labels.allSatisfy { label in
      (1...63).contains(label.utf8.count)
        && label.utf8.allSatisfy {
          (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) || $0 == 0x2D
            || $0 == 0x5F
        }
    }
    guard isName, domain.utf8.count <= 255 else {
      throw ConfigurationError(
        place: table.place(of: "domain"), message: "\"\(domain)\" is no DNS name of a domain",
        hint: "write it like \"contoso.com\"")
    }
    return domain
  }

  private static func identity(
    _ table: TOMLTable, _ section: LDAPSection, folder: String
  ) throws(ConfigurationError) -> (String, PasswordSyncSection.Credential) {
    let named = try table.optionalString("account")
    let account = named ?? section.user
    let password = try table.optionalSecret("password")
    let keytab = try table.optionalString("keytab").map {
      WorkspaceLocation.absolute($0, in: folder)
    }
    guard let account, !account.contains("=") else {
      throw ConfigurationError(
        place: account == nil || named == nil ? table.place : table.place(of: "account"),
        message: account.map { "Replication takes no DN as an account, and it is \"\($0)\"" }
          ?? "It is not said as whom the domain controllers are asked",
        hint: "write account = \"svc-sync@contoso.com\"; it needs the rights Replicating Directory "
          + "Changes and Replicating Directory Changes All")
    }
    if let keytab {
      guard password == nil else {
        throw ConfigurationError(
          place: table.place(of: "keytab"),
          message: "The account proves itself with a password or a keytab, not both",
          hint: "keep one of them")
      }
      return (account, .keytab(keytab))
    }
    if let password { return (account, .password(password)) }
    // The connector's own secret is that of its own account.
    if named == nil, let password = section.password { return (account, .password(password)) }
    if named == nil, let keytab = section.keytab { return (account, .keytab(keytab)) }
    return (account, .password(try table.secret("password")))
  }
}
