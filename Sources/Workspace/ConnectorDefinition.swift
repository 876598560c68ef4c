public import Configuration

/// One `[[connector]]` section.
public struct ConnectorDefinition: Sendable {
  /// The protocol with its own settings.
  public enum Kind: Sendable {
    /// Files in LDIF (RFC 2849).
    case ldif(LDIFSection)
    /// A server that speaks LDAP (RFC 4511).
    case ldap(LDAPSection)
    /// A server that speaks SCIM 2.0 (RFC 7644).
    case scim(SCIMSection)
    /// A tenant of Microsoft Entra ID by Microsoft Graph.
    case graph(GraphSection)
  }

  /// The connector's name, as rules and the history show it.
  public var name: String
  /// The protocol with its own settings.
  public var kind: Kind
  /// Whether identities come from it; otherwise they go to it.
  public var isSource: Bool
  /// What `%Name%` stands for in the rules of this connector, from `[connector.parameters]`.
  public var parameters: [String: String]
  /// Where the section starts.
  public var place: SourcePlace
  /// How many changes its imports may bring without a person's word.
  public var importLimits = LimitsSection()
  /// How many changes its exports may send without a person's word.
  public var exportLimits = LimitsSection()

  /// The protocol's name.
  public var typeName: String {
    switch kind {
    case .ldif: "ldif"
    case .ldap: "ldap"
    case .scim: "scim"
    case .graph: "graph"
    }
  }

  /// Whether it goes to the workspace's own tenant.
  public var usesEmbeddedTenant: Bool {
    switch kind {
    case .scim(let section): section.url == nil
    case .graph(let section): section.isEmbedded
    case .ldif, .ldap: false
    }
  }

  /// A text that differs when the connector reads other objects, or reads them in another way.
  public var fingerprint: String {
    switch kind {
    case .ldif(let section): section.fingerprint
    case .ldap(let section): section.fingerprint
    case .scim(let section):
      "scim " + (section.url ?? SCIMSection.embedded)
        + (section.usesEntraNames ? " names entra" : "")
    case .graph(let section): section.fingerprint
    }
  }
}

extension ConnectorDefinition {
  private enum TypeName { case ldif, ldap, scim, graph }

  /// The definition that `table` spells; relative paths start at `folder`.
  ///
  /// - Throws: ``ConfigurationError`` at the first thing that is wrong.
  init(_ table: TOMLTable, folder: String) throws(ConfigurationError) {
    let name = try table.string("name")
    guard !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }), name.count <= 100,
      name.contains(where: { !$0.isWhitespace })
    else {
      throw ConfigurationError(
        place: table.place(of: "name"), message: "A connector's name is one short line of text",
        hint: "take control characters out, and give it 1 to 100 letters")
    }
    let type = try table.choice(
      "type", of: ["ldif": TypeName.ldif, "ldap": .ldap, "scim": .scim, "graph": .graph])
    isSource = try table.choice("role", of: ["source": true, "target": false])
    if type == .ldif, !isSource {
      throw ConfigurationError(
        place: table.place(of: "role"), message: "LDIF files can only be read",
        hint: "write role = \"source\"")
    }
    switch type {
    case .ldif: kind = .ldif(try LDIFSection(table, folder: folder))
    case .ldap: kind = .ldap(try LDAPSection(table, folder: folder))
    case .scim: kind = .scim(try SCIMSection(table, folder: folder))
    case .graph: kind = .graph(try GraphSection(table, folder: folder))
    }
    self.name = name
    parameters = try Self.parameters(table)
    place = table.place
    importLimits = try LimitsSection(
      try table.optionalTable("import_limits"), hasCanaries: isSource)
    exportLimits = try LimitsSection(
      try table.optionalTable("export_limits"), hasCanaries: false)
    guard !isSource || table["export_limits"] == nil else {
      throw ConfigurationError(
        place: table.place(of: "export_limits"),
        message: "\"export_limits\" has no effect on a source: nothing is ever exported there",
        hint: "take it out, or write it below the target")
    }
  }

  func checkTenant(_ hasTenant: Bool, in table: TOMLTable) throws(ConfigurationError) {
    guard usesEmbeddedTenant, !hasTenant else { return }
    throw ConfigurationError(
      place: table.place(of: "url"),
      message: "The connector \"\(name)\" goes to the embedded tenant, which has no section",
      hint: "add a [tenant] section, or give the server's URL")
  }

  /// The keys that every connector has.
  static let sharedKeys = ["name", "type", "role", "parameters", "import_limits", "export_limits"]

  /// `Domain.FQDN = "…"` is a table in a table to TOML; quoted, it is a key: both are taken.
  private static func parameters(
    _ table: TOMLTable
  ) throws(ConfigurationError) -> [String: String] {
    guard let section = try table.optionalTable("parameters") else { return [:] }
    var values: [String: String] = [:]
    var waiting = [(prefix: "", table: section)]
    while let (prefix, table) = waiting.popLast() {
      for entry in table.entries {
        let name = prefix + entry.key
        guard values[name] == nil else {
          throw ConfigurationError(
            place: entry.place, message: "\"\(name)\" is given twice, quoted and as a table",
            hint: "keep one of them")
        }
        switch entry.value.kind {
        case .table(let inner): waiting.append((name + ".", inner))
        case .string(let text): values[name] = text
        default: throw entry.value.mismatch(name, expected: "a text")
        }
        guard isParameterName(name) else {
          throw ConfigurationError(
            place: entry.place, message: "\"\(name)\" can't stand between percent signs",
            hint: "a parameter's name has letters, digits, full stops and underscores, and starts "
              + "with a letter")
        }
      }
    }
    return values
  }

  private static func isParameterName(_ name: String) -> Bool {
    guard let first = name.unicodeScalars.first, first.properties.isAlphabetic else { return false }
    return name.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) || $0 == 0x2E || $0 == 0x5F
    }
  }
}
