import Directory

/// Which parts of a directory are read, by the names that they have now.
struct ContainerScope: Hashable, Sendable {
  /// The containers that are read with all below them; none stands below another.
  var roots: [DistinguishedName]
  /// The containers that are not read, with all below them.
  var excluded: [DistinguishedName]

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
    var included: [DistinguishedName] = []
    for name in settings.included {
      let dn = try await find(name, profile)
      guard dn == profile.base || dn.isBelow(profile.base) else {
        throw ConnectorFailure(
          .badConfiguration,
          message: "The container \(dn) is not below \(profile.base), from where on is read",
          hint: "Correct \"base\" or \"include\". Nothing was taken for deleted.")
      }
      included.append(dn)
    }
    var excluded: [DistinguishedName] = []
    for name in settings.excluded { excluded.append(try await find(name, profile)) }
    return ContainerScope(
      roots: included.isEmpty ? [profile.base] : ContainerScope.outermost(included),
      excluded: excluded)
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
