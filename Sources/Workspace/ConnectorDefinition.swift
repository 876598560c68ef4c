public import Configuration

/// One `[[connector]]` section.
public struct ConnectorDefinition: Sendable {
  /// The protocol with its own settings.
  public enum Kind: Sendable {
    /// Files in LDIF (RFC 2849).
    case ldif(LDIFSection)
    /// A server that speaks SCIM 2.0 (RFC 7644).
    case scim(SCIMSection)
  }

  /// The connector's name, as rules and the history show it.
  public var name: String
  /// The protocol with its own settings.
  public var kind: Kind
  /// Whether identities come from it; otherwise they go to it.
  public var isSource: Bool
  /// Where the section starts.
  public var place: SourcePlace

  /// The protocol's name.
  public var typeName: String {
    switch kind {
    case .ldif: "ldif"
    case .scim: "scim"
    }
  }

  /// Whether it goes to the workspace's own tenant.
  public var usesEmbeddedTenant: Bool {
    if case .scim(let section) = kind { return section.url == nil }
    return false
  }

  /// A text that differs when the connector reads other objects, or reads them in another way.
  public var fingerprint: String {
    switch kind {
    case .ldif(let section): section.fingerprint
    case .scim(let section): "scim " + (section.url ?? SCIMSection.embedded)
    }
  }
}

extension ConnectorDefinition {
  /// The definition that `table` spells; relative paths start at `folder`.
  ///
  /// - Throws: ``ConfigurationError`` at the first thing that is wrong.
  init(_ table: TOMLTable, folder: String) throws(ConfigurationError) {
    let name = try table.string("name")
    guard !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }), name.count <= 100 else {
      throw ConfigurationError(
        place: table.place(of: "name"), message: "A connector's name is one short line of text",
        hint: "take control characters out, and keep it to 100 letters")
    }
    let isLDIF = try table.choice("type", of: ["ldif": true, "scim": false])
    isSource = try table.choice("role", of: ["source": true, "target": false])
    if isLDIF, !isSource {
      throw ConfigurationError(
        place: table.place(of: "role"), message: "LDIF files can only be read",
        hint: "write role = \"source\"")
    }
    kind =
      isLDIF
      ? .ldif(try LDIFSection(table, folder: folder))
      : .scim(try SCIMSection(table, folder: folder))
    self.name = name
    place = table.place
  }

  func checkTenant(_ hasTenant: Bool, in table: TOMLTable) throws(ConfigurationError) {
    guard usesEmbeddedTenant, !hasTenant else { return }
    throw ConfigurationError(
      place: table.place(of: "url"),
      message: "The connector \"\(name)\" goes to the embedded tenant, which has no section",
      hint: "add a [tenant] section, or give the server's URL")
  }

  /// The keys that every connector has.
  static let sharedKeys = ["name", "type", "role"]
}
