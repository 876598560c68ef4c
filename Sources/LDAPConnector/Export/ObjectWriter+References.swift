import Directory

extension ObjectWriter {
  /// How many names are looked for at once: a server without an index reads all objects each time.
  static let namesAtOnce = 20
  /// How many entries of an answer come in a page.
  private static let pageSize = 500

  /// Gives what refers to an object, or to one below it, the new name.
  ///
  /// Active Directory refers to the object itself. Other servers keep the name as it was written,
  /// unless a plug-in follows (OpenLDAP: `refint`), which may do so later and then finds nothing
  /// more to do. What can't be changed shows in the confirming import.
  ///
  /// - Parameter dn: The name that the object had; the new one if it bore that already.
  /// - Returns: why what refers to the old name can't be looked for; nil if nothing keeps it from that.
  /// - Throws: ``LDAPError`` if the connection broke.
  mutating func follow(
    _ plan: ExportPlan, from dn: String, to newName: DistinguishedName
  ) async throws(LDAPError) -> ObjectFailure? {
    if let anchor = plan.operation.anchor?.text { anchors.move(anchor, to: newName.text) }
    let names = profile.followedReferences
    guard !profile.kind.isActiveDirectory, !names.isEmpty else { return nil }
    var before: [DistinguishedName] = []
    if let name = try? DistinguishedName(dn), name != newName { before.append(name) }
    do throws(LDAPError) {
      // Somebody else may have got the name that it had when it was read.
      if plan.dn != newName, !before.contains(plan.dn),
        try await connection.entry(plan.dn.text, ["1.1"]) == nil
      {
        before.append(plan.dn)
      }
      for old in before { try await replace(old.text, by: newName.text, in: names) }
      if !before.isEmpty { try await follow(below: newName, from: before, in: names) }
    } catch {
      // The rename is done; that its references can't be looked for does not undo it.
      return try Self.unseen(error, of: "It has its new name")
    }
    return nil
  }

  /// What is below a container that was renamed has another name, too.
  private mutating func follow(
    below newName: DistinguishedName, from before: [DistinguishedName], in names: [AttributeName]
  ) async throws(LDAPError) {
    var look = LDAPSearch(base: newName.text, scope: .oneLevel, attributes: ["1.1"])
    look.sizeLimit = 1
    guard try await !connection.firstEntries(look).isEmpty else { return }
    for old in before { anchors.move(below: old, to: newName) }
    // On its own: a server may keep one open page for a connection only.
    var settings = connection.settings
    if let server = await connection.server { settings.servers = [server] }
    let walker = LDAPConnection(settings)
    try await walker.bind()
    let search = LDAPSearch(base: newName.text, attributes: ["1.1"])
    let pages = PagedSearch(walker, search, pageSize: pageSize)
    while let messages = try await pages.next() {
      var moved: [(old: String, new: String)] = []
      for case .entry(let entry) in messages {
        guard let name = try? DistinguishedName(entry.dn), name != newName else { continue }
        for old in before {
          if let old = name.replacing(newName, by: old) { moved.append((old.text, entry.dn)) }
        }
      }
      while !moved.isEmpty {
        try await replace(Array(moved.prefix(Self.namesAtOnce)), in: names)
        moved.removeFirst(min(Self.namesAtOnce, moved.count))
      }
      if case .done(let result)? = messages.last, result.code != LDAPCode.success {
        throw await connection.error(result, "The search below \"\(newName)\" failed")
      }
    }
    await walker.close()
  }

  /// Replaces names that something refers to: whether anything does is asked for all of them at once.
  private func replace(
    _ moved: [(old: String, new: String)], in names: [AttributeName]
  ) async throws(LDAPError) {
    var look = LDAPSearch(
      base: profile.base.text, filter: Self.filter(moved.map(\.old), names), attributes: ["1.1"])
    look.sizeLimit = 1
    guard try await !connection.firstEntries(look).isEmpty else { return }
    for (old, new) in moved { try await replace(old, by: new, in: names) }
  }

  private func replace(
    _ old: String, by new: String, in names: [AttributeName]
  ) async throws(LDAPError) {
    var search = LDAPSearch(
      base: profile.base.text, filter: Self.filter([old], names), attributes: names.map(\.text))
    // Which ones it has: a group may have very many members.
    search.namesOnly = true
    for entry in try await allEntries(search) {
      for attribute in entry.attributes {
        _ = try await connection.modify(
          entry.dn,
          [
            LDAPModification(.delete, attribute.description, [Array(old.utf8)]),
            LDAPModification(.add, attribute.description, [Array(new.utf8)]),
          ])
      }
    }
  }

  /// Objects that refer to one of these names.
  static func filter(_ dns: some Sequence<String>, _ names: [AttributeName]) -> String {
    let filters = dns.map { SearchFilter.escape($0) }.flatMap { dn in
      names.map { "(" + $0.text + "=" + dn + ")" }
    }
    return "(|" + filters.joined() + ")"
  }

  private var pageSize: Int { profile.has(ControlOID.pagedResults) ? Self.pageSize : 0 }

  /// Everything that a search finds, asked for in pages, which a limit of the server does not cut.
  ///
  /// - Throws: ``LDAPError``, also for a result that is no success.
  func allEntries(_ search: LDAPSearch) async throws(LDAPError) -> [SearchEntry] {
    let pages = PagedSearch(connection, search, pageSize: pageSize)
    var found: [SearchEntry] = []
    while let messages = try await pages.next() {
      for message in messages {
        switch message {
        case .entry(let entry): found.append(entry)
        case .done(let result) where result.code != LDAPCode.success:
          throw await connection.error(result, "The search below \"\(search.base)\" failed")
        case .done, .reference, .intermediate: break
        }
      }
    }
    return found
  }

  /// The failure of an operation that is done, while what refers to the object can't be looked for.
  ///
  /// - Throws: `error` if the connection broke.
  static func unseen(_ error: LDAPError, of done: String) throws(LDAPError) -> ObjectFailure {
    guard let code = error.resultCode else { throw error }
    var failure = LDAPResult(code: code).failure
    failure.message =
      "\(done), and what refers to its old name can't be looked for: \(error.description)"
    return failure
  }
}

extension ObjectWriter {
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
    let search = LDAPSearch(
      base: profile.base.text, filter: Self.filter(gone.keys.map(\.text), names),
      attributes: (names + [profile.anchorAttribute].compactMap(\.self)).map(\.text))
    let found: [SearchEntry]
    do throws(LDAPError) {
      found = try await allEntries(search)
    } catch {
      // The deletes are done; asked for once more, what refers to them is looked for again.
      let failure = try Self.unseen(error, of: "It is deleted")
      for plan in gone.values { unseen[plan.index] = failure }
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
