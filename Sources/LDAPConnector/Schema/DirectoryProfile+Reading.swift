import Directory

extension LDAPConnection {
  /// Finds out what the connected directory is.
  ///
  /// - Parameter known: What was found out before; its schema is not read again if the server is of
  ///   the same kind.
  /// - Throws: ``LDAPError`` if the server does not answer; ``ConnectorFailure`` if what is
  ///   configured is not there.
  func profile(
    _ settings: LDAPConnectorSettings, known: DirectoryProfile? = nil
  ) async throws -> DirectoryProfile {
    let root = try await rootDSE()
    let kind = ServerKind(root)
    let known = known?.kind == kind ? known : nil
    let schema =
      if let known { known.schema } else {
        try await self.schema(root, withClasses: settings.isTarget)
      }
    let base = try Self.base(root, settings)
    let anchor = DirectoryProfile.anchor(kind, schema, settings)
    var profile = DirectoryProfile(
      root: root, kind: kind, schema: schema, base: base, baseAnchor: "", anchorAttribute: anchor,
      values: known?.values ?? DirectoryProfile.values(schema, settings))
    let wanted = anchor.map { [$0.text] } ?? ["1.1"]
    guard let top = try await entry(base.text, wanted) else {
      throw ConnectorFailure(
        .badConfiguration, message: "\(base.text) is not there, or may not be seen",
        hint: "The server holds: \(Self.shown(root.namingContexts)). Correct \"base\", or let the "
          + "connector's account read it.")
    }
    if let anchor { profile.baseAnchor = EntryMapper.anchorText(top, anchor) ?? "" }
    return profile
  }

  private static func base(
    _ root: RootDSE, _ settings: LDAPConnectorSettings
  ) throws(ConnectorFailure) -> DistinguishedName {
    let named = settings.base ?? root.defaultNamingContext
    let contexts = root.namingContexts.filter { !$0.lowercased().hasSuffix("cn=config") }
    guard let text = named ?? (contexts.count == 1 ? contexts.first : nil) else {
      throw ConnectorFailure(
        .badConfiguration, message: "It is not said below which name to read",
        hint: "The server holds: \(shown(root.namingContexts)). Write one as \"base\".")
    }
    guard let base = try? DistinguishedName(text), !base.normalized.isEmpty else {
      throw ConnectorFailure(
        .badConfiguration, message: "\"\(ServerWords.shown(text))\" is no name of an object",
        hint: "Write \"base\" like \"DC=contoso,DC=com\".")
    }
    return base
  }

  private static func shown(_ names: [String]) -> String {
    names.isEmpty
      ? "nothing that it tells"
      : names.prefix(5).map { ServerWords.shown($0, limit: 100) }.joined(separator: "; ")
  }
}
