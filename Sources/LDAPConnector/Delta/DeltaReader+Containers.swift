import Directory

/// Containers that a filter leaves out: they are not staged, and what stands below them has another
/// name when they do, of which directories say nothing.
extension DeltaReader {
  /// Looks at what is wanted below a container that is not and was told; nil if that can't have
  /// another name by it.
  func lookBelow(_ entry: SearchEntry) async throws -> OutsideReader? {
    // Of parts, those with a new name or a new place count; a new object has both, and nothing below.
    if source.besides == .parts {
      guard Self.tellsPlace(entry), entry["objectClass"].isEmpty else { return nil }
    }
    guard let dn = try? DistinguishedName(ExtendedName.parts(entry.dn).name),
      !dn.normalized.isEmpty
    else { return nil }
    return try await fetcher.anchors(below: dn)
  }

  /// Whether a part of an object tells its name or the container that it is in.
  static func tellsPlace(_ entry: SearchEntry) -> Bool {
    !entry["name"].isEmpty || !entry["parentGUID"].isEmpty
  }

  /// Looks at what is below containers that nobody knows and that are not below the base any more:
  /// they may have been moved away with what is staged.
  func lookBelow(_ unknown: [Anchor]) async throws -> [OutsideReader] {
    guard context.settings.filter != nil, context.namingContext != context.profile.base else {
      return []
    }
    var searches: [OutsideReader] = []
    for dn in try await fetcher.places(of: unknown) {
      searches.append(try await fetcher.anchors(below: dn))
    }
    return searches
  }

  /// Reads on below a container that is not wanted itself.
  func readNames(_ search: OutsideReader) async throws {
    do {
      guard let found = try await search.next() else { return }
      work.append(.names(search))
      try await compare(found, isTold: true)
    } catch let error as LDAPError {
      // It has got another name again, and will be told again.
      guard error.resultCode == LDAPCode.noSuchObject else { throw error }
    }
  }

  /// Has those read anew that are staged under another name than they have, and those that are not
  /// staged, where they may have come with a container that is not wanted itself.
  ///
  /// - Parameter isTold: Whether something was told that may have changed these names.
  func compare(_ present: [OutsideReader.Found], isTold: Bool) async throws {
    let untold = present.filter { !told.contains($0.anchor) }
    let names = try await context.request.staged.names(of: untold.map(\.anchor))
    var stale: [Anchor] = []
    for (anchor, name) in untold {
      if let staged = names[anchor] {
        if let name, name.text != staged.text { stale.append(anchor) }
      } else if isTold || context.settings.filter != nil {
        if !isTold { found.insert(anchor) }
        stale.append(anchor)
      }
    }
    push(fetching: stale, isFollowed: true)
  }
}
