import Directory

/// What follows from what a directory tells.
extension DeltaReader {
  func perform(_ item: Work, _ batch: inout ImportBatch) async throws {
    switch item {
    case .told(let change): batch.changes.append(change)
    case .change(.present(let anchor), _, _): batch.changes.append(.present(anchor))
    case .change(.missing, _, _): break
    case .change(.deleted(let anchor), let name, let isFollowed):
      if let name = name ?? newNames[anchor] {
        try await end(anchor, name, .delete, isFollowed: isFollowed)
      }
    case .change(.part(let entry), let name, _):
      do {
        try await tell(part: entry, name)
      } catch let error as DiscoveryError {
        note(error, fetcher.anchor(of: entry), &batch)
      }
    case .change(.whole(let entry), let name, let isFollowed):
      do {
        try await tell(entry, name, isFollowed: isFollowed)
      } catch let error as DiscoveryError {
        let anchor = fetcher.anchor(of: entry)
        if name != nil || anchor.map(found.contains) != true { note(error, anchor, &batch) }
      }
    case .fetch(let anchors, let isFollowed): try await fetch(anchors, isFollowed: isFollowed)
    case .lost(let objects, let isFollowed): try await lose(objects, isFollowed: isFollowed)
    case .subtree(let search): try await read(search)
    case .names(let search): try await readNames(search)
    }
  }

  /// - Parameter anchor: The first one of an object that shows several is not known to be its own.
  func note(_ error: DiscoveryError, _ anchor: Anchor?, _ batch: inout ImportBatch) {
    var error = error
    if error.type != .multiValuedAnchor { error.anchor = anchor }
    if error.location.isEmpty { error.location = mapper.location }
    batch.errors.append(error)
  }

  /// Has the objects with these anchors read next.
  func push(fetching anchors: [Anchor], isFollowed: Bool) {
    var rest = anchors[...]
    var chunks: [Work] = []
    while !rest.isEmpty {
      chunks.append(.fetch(Array(rest.prefix(ObjectFetcher.chunk)), isFollowed: isFollowed))
      rest = rest.dropFirst(ObjectFetcher.chunk)
    }
    work += chunks.reversed()
  }

  /// A whole object; its place tells whether it is wanted.
  private func tell(
    _ entry: SearchEntry, _ staged: DistinguishedName?, isFollowed: Bool
  ) async throws {
    let isInScope = context.scope.contains(try mapper.name(entry))
    // Whatever is wrong with one that is not to be read, it is nobody's error, unless it may be
    // several that are staged.
    guard isInScope || staged != nil && showsSeveralAnchors(entry),
      let object = try mapper.object(entry)
    else {
      guard let anchor = fetcher.anchor(of: entry) else { return }
      forgetLinks(of: anchor)
      guard let name = staged ?? newNames[anchor] else { return }
      return try await end(anchor, name, .leave, isFollowed: isFollowed)
    }
    let anchor = object.entry.anchor
    forgetLinks(of: anchor)
    told.insert(anchor)
    let whole = try await whole(object)
    work.append(.told(.entry(whole)))
    // Only Active Directory tells links apart from what they belong to.
    if context.profile.kind.isActiveDirectory { newNames[anchor] = whole.dn }
    noteName(
      whole.dn, of: anchor, before: staged,
      isArrival: isFollowed || arrivals.contains(anchor) || source.bringsOthers(entry))
    if let staged {
      guard staged.text != object.entry.dn.text else { return }
      affected.append(anchor)
      if !isFollowed { try await follow(staged) }
    } else if !isFollowed, arrivals.remove(anchor) != nil || source.bringsOthers(entry) {
      work.append(.subtree(try await fetcher.below(object.entry.dn)))
    }
  }

  private func showsSeveralAnchors(_ entry: SearchEntry) -> Bool {
    context.profile.anchorAttribute.map { entry[$0.text].count > 1 } ?? false
  }

  /// Has read anew what stood below `name`.
  func follow(_ name: DistinguishedName) async throws {
    let below = try await context.request.staged.below(name).filter { !told.contains($0) }
    push(fetching: below, isFollowed: true)
  }

  /// How a staged object stops being read.
  enum Leaving { case delete, leave }

  /// A staged object is gone, or has left what is read.
  func end(
    _ anchor: Anchor, _ name: DistinguishedName, _ leaving: Leaving, isFollowed: Bool
  ) async throws {
    told.insert(anchor)
    affected.append(anchor)
    ended.insert(anchor)
    newNames[anchor] = nil
    forgetLinks(of: anchor)
    let address = ObjectAddress(anchor: anchor)
    switch leaving {
    case .delete: work.append(.told(.delete(address)))
    case .leave:
      switch context.settings.leaving {
      case .delete: work.append(.told(.leave(address)))
      case .disconnect: work.append(.told(.letGo(address)))
      case .keep: break
      }
    }
    if !isFollowed { try await follow(name) }
  }

  private func fetch(_ anchors: [Anchor], isFollowed: Bool) async throws {
    let untold = anchors.filter { !told.contains($0) }
    guard !untold.isEmpty else { return }
    let entries = try await fetcher.wanted(untold)
    let names = try await context.request.staged.names(of: untold)
    var missing = Set(untold)
    var items: [Work] = []
    for entry in entries {
      guard let anchor = fetcher.anchor(of: entry) else { continue }
      missing.remove(anchor)
      items.append(.change(.whole(entry), staged: names[anchor], isFollowed: isFollowed))
    }
    let lost = missing.compactMap { anchor in
      (names[anchor] ?? newNames[anchor]).map { (anchor, $0) }
    }
    if !lost.isEmpty { items.append(.lost(lost, isFollowed: isFollowed)) }
    work += items.reversed()
  }

  private func lose(
    _ objects: [(anchor: Anchor, name: DistinguishedName)], isFollowed: Bool
  ) async throws {
    let untold = objects.filter { !told.contains($0.anchor) }
    let existing = try await fetcher.existing(untold.map(\.anchor))
    let staying = try await unfiltered(untold.map(\.anchor).filter { stays(existing[$0]) })
    for (anchor, name) in untold {
      if let entry = staying[anchor] {
        work.append(.change(.whole(entry), staged: name, isFollowed: isFollowed))
      } else {
        try await end(
          anchor, name, existing[anchor] == nil ? .delete : .leave, isFollowed: isFollowed)
      }
    }
  }

  /// Whether an object that is not wanted any more is read nevertheless, at this place: the rules may
  /// have given it the values by which the filter leaves it out.
  private func stays(_ place: String?) -> Bool {
    guard context.settings.keepsUnshown, let name = place.flatMap({ try? DistinguishedName($0) })
    else { return false }
    return context.scope.contains(name)
  }

  private func unfiltered(_ anchors: [Anchor]) async throws -> [Anchor: SearchEntry] {
    var found: [Anchor: SearchEntry] = [:]
    for entry in try await fetcher.all(anchors) {
      if let anchor = fetcher.anchor(of: entry) { found[anchor] = entry }
    }
    return found
  }

  /// Reads on in a subtree that came into sight.
  private func read(_ search: PagedSearch) async throws {
    guard let messages = try await search.next() else { return }
    work.append(.subtree(search))
    if case .done(let result)? = messages.last, result.code != LDAPCode.success,
      result.code != LDAPCode.noSuchObject
    {
      throw try await fetcher.error(result, "What came into sight could not be read to its end")
    }
    let entries = messages.compactMap { message in
      if case .entry(let entry) = message { entry } else { nil }
    }
    let anchors = entries.compactMap { fetcher.anchor(of: $0) }
    let names = try await context.request.staged.names(of: anchors)
    for entry in entries {
      guard let anchor = fetcher.anchor(of: entry), !told.contains(anchor) else { continue }
      work.append(.change(.whole(entry), staged: names[anchor], isFollowed: true))
    }
  }

  /// The object with the values that the server did not give at once.
  func whole(_ object: EntryMapper.Mapped) async throws -> DirectoryEntry {
    guard !object.unfinished.isEmpty else { return object.entry }
    let parts = try await fetcher.parts(of: object)
    return try mapper.entry(object, parts)
  }
}
