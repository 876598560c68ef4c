import Directory

extension ObjectWriter {
  /// Gives what refers to an object its new name.
  ///
  /// Active Directory refers to the object itself. Other servers keep the name as it was written,
  /// unless a plug-in follows (OpenLDAP: `refint`), which may do so later and then finds nothing
  /// more to do. What can't be changed shows in the confirming import.
  ///
  /// - Parameter dn: The name that the object had; the new one if it bore that already.
  /// - Throws: ``LDAPError`` if the connection broke.
  mutating func follow(
    _ plan: ExportPlan, from dn: String, to newName: DistinguishedName
  ) async throws(LDAPError) {
    if let anchor = plan.operation.anchor?.text { anchors.move(anchor, to: newName.text) }
    let names = profile.followedReferences
    guard !profile.kind.isActiveDirectory, !names.isEmpty else { return }
    if dn != newName.text { try await replace(dn, by: newName, in: names) }
    // Somebody else may have got the name that it had when it was read.
    guard dn != plan.dn.text, try await connection.entry(plan.dn.text, ["1.1"]) == nil else {
      return
    }
    try await replace(plan.dn.text, by: newName, in: names)
  }

  private func replace(
    _ dn: String, by newName: DistinguishedName, in names: [AttributeName]
  ) async throws(LDAPError) {
    let old = SearchFilter.escape(dn)
    let filters = names.map { "(" + $0.text + "=" + old + ")" }
    let search = LDAPSearch(
      base: profile.base.text, filter: "(|" + filters.joined() + ")", attributes: ["1.1"])
    let found: [SearchEntry]
    do throws(LDAPError) {
      found = try await connection.entries(search)
    } catch {
      // The rename is done; that its references can't be looked for is no failure of it.
      guard error.resultCode != nil else { throw error }
      return
    }
    for entry in found {
      for name in names {
        _ = try await connection.modify(
          entry.dn,
          [
            LDAPModification(.delete, name.text, [Array(dn.utf8)]),
            LDAPModification(.add, name.text, [Array(newName.text.utf8)]),
          ])
      }
    }
  }
}

extension ObjectWriter {
  /// How many names are looked for at once: a server without an index reads all objects each time.
  private static let namesAtOnce = 20

  /// Takes what was removed out of what refers to it.
  ///
  /// As ``follow(_:from:to:)``: other servers than Active Directory keep the name, and whoever gets it
  /// next would be a member where nobody put them. What a server refuses, such as to take a group's
  /// last member where a group must have one, is in ``kept``.
  ///
  /// - Throws: ``LDAPError`` if the connection broke; what is left is known then.
  mutating func leave() async throws(LDAPError) {
    let names = profile.followedReferences
    guard !profile.kind.isActiveDirectory, !names.isEmpty else { return }
    while !removed.isEmpty {
      let some = Array(removed.prefix(Self.namesAtOnce))
      var gone: [DistinguishedName: ExportPlan] = [:]
      // Somebody else may have got the name meanwhile.
      for (name, plan) in some where try await connection.entry(name.text, ["1.1"]) == nil {
        gone[name] = plan
      }
      if !gone.isEmpty { try await take(gone, outOf: names) }
      for (name, _) in some { removed[name] = nil }
    }
  }

  private mutating func take(
    _ gone: [DistinguishedName: ExportPlan], outOf names: [AttributeName]
  ) async throws(LDAPError) {
    let filters = gone.keys.map { SearchFilter.escape($0.text) }.flatMap { name in
      names.map { "(" + $0.text + "=" + name + ")" }
    }
    let search = LDAPSearch(
      base: profile.base.text, filter: "(|" + filters.joined() + ")",
      attributes: (names + [profile.anchorAttribute].compactMap(\.self)).map(\.text))
    let found: [SearchEntry]
    do throws(LDAPError) {
      found = try await connection.entries(search)
    } catch {
      // The delete is done; that its references can't be looked for is no failure of it.
      guard error.resultCode != nil else { throw error }
      return
    }
    for entry in found {
      for name in names {
        for value in entry[name.text] {
          guard let text = String(validating: value, as: UTF8.self),
            let member = try? DistinguishedName(text), let plan = gone[member]
          else { continue }
          let change = LDAPModification(.delete, name.text, [value])
          let result = try await connection.modify(entry.dn, [change])
          note(result, of: change, in: entry, plan, as: member)
        }
      }
    }
  }

  /// Notes that an entry keeps a reference to what was removed, if that is what the server says.
  private mutating func note(
    _ result: LDAPResult, of change: LDAPModification, in entry: SearchEntry, _ plan: ExportPlan,
    as name: DistinguishedName
  ) {
    let isAway = [LDAPCode.success, LDAPCode.noSuchAttribute, LDAPCode.noSuchObject]
    guard !isAway.contains(result.code), let anchor = anchor(of: entry) else { return }
    let isKnown = kept.contains { $0.reference.anchor == anchor && $0.reference.name == name }
    guard !isKnown else { return }
    var failure = result.failure(of: plan, sent: [change])
    failure.message =
      "It still refers to \(ServerWords.shown(name.text)), which is not there: \(failure.message)"
    failure.type = .keptReference
    (failure.attribute, failure.value) = (change.attribute, name.text)
    kept.append((plan.index, KeptReference(anchor: anchor, name: name, failure: failure)))
  }

  private func anchor(of entry: SearchEntry) -> Anchor? {
    guard let name = profile.anchorAttribute else {
      return (try? DistinguishedName(entry.dn)).map { Anchor($0.normalized) }
    }
    return EntryMapper.anchorText(entry, name).map { Anchor($0) }
  }
}

extension DirectoryProfile {
  /// The attributes that refer to people and groups, as far as the server has them and lets them be
  /// written.
  var followedReferences: [AttributeName] {
    KnownAttributes.references.filter { name in
      guard let type = schema[name], !type.isReadOnly else { return false }
      return values.treatment(of: name) == .reference
    }.sorted { $0.text < $1.text }
  }
}
