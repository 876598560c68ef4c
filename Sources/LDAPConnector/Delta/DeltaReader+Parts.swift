import Directory

/// Objects of which only what changed is told.
extension DeltaReader {
  private static let objectClass: AttributeName = "objectClass"

  /// A part of an object.
  ///
  /// - Throws: ``DiscoveryError`` if it can't be understood.
  func tell(part entry: SearchEntry, _ staged: DistinguishedName?) async throws {
    guard let anchor = fetcher.anchor(of: entry) else { return }
    let dn = try mapper.name(
      SearchEntry(dn: ExtendedName.parts(entry.dn).name, attributes: []))
    guard context.scope.contains(dn) else {
      guard let name = staged ?? newNames[anchor] else { return }
      return try await end(anchor, name, .leave, isFollowed: false)
    }
    let typed = try mapper.attributes(entry)
    let isNew = typed.contains { $0.name == Self.objectClass }
    // An object that is not new came from where it was not wanted.
    if staged == nil, !isNew { arrivals.insert(anchor) }
    // A new name is in attributes, too, which are not told.
    // Of a long attribute, too, only the first values are told.
    let isCutOff = typed.contains { $0.range != nil && isWanted($0.type) && !isLink($0.type) }
    guard let staged, !isNew, !isCutOff, staged.text == dn.text else {
      told.remove(anchor)
      return push(fetching: [anchor], isFollowed: false)
    }
    told.insert(anchor)
    if Self.tellsPlace(entry) { try await noteRead(dn, of: anchor) }
    var changes: [AttributeChange] = []
    for part in typed where isWanted(part.type) && !isLink(part.type) {
      changes.append(AttributeChange(part.name, .replace(part.values.map(Self.plain))))
    }
    let found = linkChanges(entry, of: anchor)
    links += found
    if !found.isEmpty { linkSources.insert(anchor) }
    if linkSources.contains(anchor) {
      // Told by themselves, they would show an export that has come without its references.
      besides[anchor, default: []] += changes.filter { $0.name != context.profile.anchorAttribute }
    } else if !changes.isEmpty {
      work.append(.told(.modify(ObjectAddress(anchor: anchor), changes)))
    }
  }

  /// Forgets changes of links that were told of an object before it was read whole, or was gone.
  func forgetLinks(of anchor: Anchor) {
    guard linkSources.remove(anchor) != nil else { return }
    links.removeAll { $0.source == anchor }
    besides[anchor] = nil
  }

  private static func plain(_ value: AttributeValue) -> AttributeValue {
    guard case .string(let text) = value else { return value }
    let head = ExtendedName.data(text)
    guard text.dropFirst(head.count).hasPrefix("<GUID=") else { return value }
    return .string(head + ExtendedName.parts(String(text.dropFirst(head.count))).name)
  }

  private func isLink(_ name: AttributeName) -> Bool {
    mapper.values.treatment(of: name) == .reference
  }

  private func linkChanges(_ entry: SearchEntry, of anchor: Anchor) -> [LinkChange] {
    var found: [AttributeName: LinkChange] = [:]
    for attribute in entry.attributes {
      guard let description = AttributeDescription(attribute.description.utf8),
        isWanted(description.name), isLink(description.name)
      else { continue }
      let targets = attribute.values.map {
        ExtendedName.parts(String(decoding: $0, as: UTF8.self))
      }
      let name = description.keptName
      var change = found[name] ?? LinkChange(source: anchor, name: name)
      // The values at place 0 went, those at place 1 came.
      switch description.range?.first {
      case nil:
        // With neither values nor a range, it has none any more; beside a range, it says nothing.
        guard !targets.isEmpty || !hasRange(entry, description.name) else { continue }
        change.isWhole = true
        change.added = targets
      case 0: change.removed += targets
      default: change.added += targets
      }
      found[name] = change
    }
    return found.values.sorted { $0.name.text < $1.name.text }
  }

  private func hasRange(_ entry: SearchEntry, _ name: AttributeName) -> Bool {
    entry.attributes.contains { attribute in
      guard let other = AttributeDescription(attribute.description.utf8) else { return false }
      return other.name == name && other.range != nil
    }
  }

  private func isWanted(_ name: AttributeName) -> Bool {
    let chosen = context.settings.attributes
    if chosen.isEmpty || chosen.contains("*") {
      return !DirSyncSource.ownAttributes.contains(name)
        || chosen.contains { AttributeName($0) == name }
    }
    return name == context.profile.anchorAttribute || chosen.contains { AttributeName($0) == name }
  }

  /// The changes of links, by the names that objects have once all else has been stored, and what else
  /// changed of the same objects.
  func takeLinks() async throws -> [ImportedChange] {
    defer { (links, linkSources, besides) = ([], [], [:]) }
    let targets = links.flatMap { ($0.added + $0.removed).compactMap(\.anchor) }
    let staged = try await context.request.staged.names(of: Array(Set(targets)))
    func reference(_ target: LinkChange.Target) -> AttributeValue {
      guard let anchor = target.anchor else { return .reference(target.name) }
      return .reference(newNames[anchor]?.text ?? staged[anchor]?.text ?? target.name)
    }
    // Who is not read may have left since the link was: then it is staged by the anchor.
    func gone(_ target: LinkChange.Target) -> [AttributeValue] {
      guard let anchor = target.anchor, newNames[anchor] == nil, staged[anchor] == nil else {
        return [reference(target)]
      }
      return [reference(target), .reference(AwaitedReference.address(of: anchor))]
    }
    var order: [Anchor] = []
    var changes = besides
    for link in links {
      let added = link.added.map(reference)
      let operation: AttributeChange.Operation =
        link.isWhole
        ? .replace(added) : .update(added: added, removed: link.removed.flatMap(gone))
      if linkSources.remove(link.source) != nil { order.append(link.source) }
      changes[link.source, default: []].append(AttributeChange(link.name, operation))
    }
    return order.map { .modify(ObjectAddress(anchor: $0), changes[$0] ?? []) }
  }
}
