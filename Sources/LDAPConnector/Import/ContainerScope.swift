import Directory

/// Which parts of a directory are read, by the names that they have now.
struct ContainerScope: Hashable, Sendable {
  /// The containers that are read with all below them; none stands below another.
  var roots: [DistinguishedName]
  /// The containers that are not read, with all below them.
  var excluded: [DistinguishedName]
  /// The containers to be read that the configuration names, where they stood when they were looked
  /// for.
  var includedPlaces: [Place] = []
  /// Those not to be read.
  var excludedPlaces: [Place] = []

  /// A container, and its name when it was looked for.
  struct Place: Hashable, Sendable {
    var container: ContainerName
    var dn: DistinguishedName
  }

  /// All roots, and those before the last once more.
  ///
  /// They are read one after the other: what meanwhile moves from one to another that has been read
  /// would be in none of them, and be taken for gone.
  var rootsTwice: [DistinguishedName] { roots + roots.dropLast() }

  /// Whether the object called `dn` is read.
  func contains(_ dn: DistinguishedName) -> Bool {
    roots.contains { Self.isAtOrBelow(dn, $0) } && !isExcluded(dn)
  }

  /// Whether the object called `dn` is in a container that is not read.
  func isExcluded(_ dn: DistinguishedName) -> Bool {
    excluded.contains { Self.isAtOrBelow(dn, $0) }
  }

  private static func isAtOrBelow(_ dn: DistinguishedName, _ other: DistinguishedName) -> Bool {
    dn == other || dn.isBelow(other)
  }

  /// `names` without those that stand below another of them.
  static func outermost(_ names: [DistinguishedName]) -> [DistinguishedName] {
    var kept: [DistinguishedName] = []
    for name in names where !kept.contains(name) {
      guard !names.contains(where: { name.isBelow($0) }) else { continue }
      kept.append(name)
    }
    return kept
  }
}

extension LDAPConnection {
  /// Finds the containers that `settings` name, by what they keep when they are renamed.
  ///
  /// - Throws: ``ConnectorFailure`` if one is not there: as if it were empty, all that it holds
  ///   would be taken for deleted.
  func scope(
    _ profile: DirectoryProfile, _ settings: LDAPConnectorSettings
  ) async throws -> ContainerScope {
    var included: [ContainerScope.Place] = []
    for name in settings.included {
      let dn = try await find(name, profile)
      guard dn == profile.base || dn.isBelow(profile.base) else {
        throw ConnectorFailure(
          .badConfiguration,
          message: "The container \(dn) is not below \(profile.base), from where on is read",
          hint: "Correct \"base\" or \"include\". Nothing was taken for deleted.")
      }
      included.append(ContainerScope.Place(container: name, dn: dn))
    }
    var excluded: [ContainerScope.Place] = []
    for name in settings.excluded {
      excluded.append(ContainerScope.Place(container: name, dn: try await find(name, profile)))
    }
    return ContainerScope(
      roots: included.isEmpty ? [profile.base] : ContainerScope.outermost(included.map(\.dn)),
      excluded: excluded.map(\.dn), includedPlaces: included, excludedPlaces: excluded)
  }

  /// Makes sure that containers still stand where they were found: what is told of those below one
  /// that does not would be judged by a name that nothing has any more.
  ///
  /// They are looked for by their names, which costs every server least.
  ///
  /// - Throws: ``ConnectorFailure`` if one has got another name.
  func check(_ places: [ContainerScope.Place], _ profile: DirectoryProfile) async throws {
    for place in places where try await hasMoved(place, profile) {
      throw ConnectorFailure(
        .stoppedImportRead,
        message: "The container \(place.dn) got another name while the directory was read",
        hint: "The next import looks for it anew, and tells again what was read.")
    }
  }

  private func hasMoved(
    _ place: ContainerScope.Place, _ profile: DirectoryProfile
  ) async throws(LDAPError) -> Bool {
    // There it is the identifier that finds it, whatever the anchor is.
    let anchor = profile.kind.isActiveDirectory ? "objectGUID" : profile.anchorAttribute
    guard let entry = try await entry(place.dn.text, [anchor?.text ?? "1.1"]) else { return true }
    guard case .anchor(let id) = place.container, let anchor,
      let shown = EntryMapper.anchorText(entry, anchor)
    else { return false }
    return shown.lowercased() != id.lowercased()
  }

  private func find(
    _ container: ContainerName, _ profile: DirectoryProfile
  ) async throws -> DistinguishedName {
    guard let text = try await search(container, profile),
      let dn = try? DistinguishedName(text), !dn.normalized.isEmpty
    else {
      throw ConnectorFailure(
        .badConfiguration,
        message: "The container \(container) is not there, or may not be seen",
        hint: "Correct it in the configuration. Nothing was taken for deleted.")
    }
    return dn
  }

  private func search(
    _ container: ContainerName, _ profile: DirectoryProfile
  ) async throws(LDAPError) -> String? {
    switch container {
    case .name(let dn): return try await entry(dn.text, ["1.1"])?.dn
    case .anchor(let id):
      if profile.kind.isActiveDirectory { return try await entry("<GUID=\(id)>", ["1.1"])?.dn }
      guard let name = profile.anchorAttribute else { return nil }
      let filter = "(" + name.text + "=" + SearchFilter.escape(id) + ")"
      let search = LDAPSearch(base: profile.base.text, filter: filter, attributes: ["1.1"])
      return try await entries(search).first?.dn
    }
  }
}
