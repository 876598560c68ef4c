import Directory

/// Reads everything in scope, a page at a time.
actor LDAPImportReader: ImportReader {
  private let connection: LDAPConnection
  private let plan: Plan
  private var mapper: EntryMapper
  private var roots: ArraySlice<DistinguishedName>
  private var search: PagedSearch?
  private var outside: OutsideReader?
  private var again: PresenceReader?
  private var isOver = false

  /// What is read, and how.
  struct Plan: Sendable {
    /// Where.
    var scope: ContainerScope
    /// Which objects.
    var filter: String
    /// Which attributes.
    var attributes: [String]
    /// How many in a page; 0 for no pages.
    var pageSize: Int
    /// What the searches are sent with.
    var controls: [ServerControl]
    /// What becomes of what is not in scope.
    var leaving: ScopeLeaving
    /// What asks for objects that the filter leaves out; nil where they are not to be read.
    var unfiltered: ObjectFetcher?
    /// What the directory is.
    var profile: DirectoryProfile
    /// What is read once more at the end, as it may have moved meanwhile to where had been read
    /// already; nil for nothing.
    var again: PresenceReader?
    /// Where a delta goes on once all of this is stored; nil if there are none.
    var watermark: Watermark?
    /// Whether a server that was set back has all again that it had told.
    var hasCaughtUp = false
  }

  /// Objects after which a batch is handed out, and values of theirs.
  private static let batchCount = 1000
  private static let batchValues = 100_000

  init(_ connection: LDAPConnection, _ plan: Plan, _ mapper: EntryMapper) {
    self.connection = connection
    self.plan = plan
    self.mapper = mapper
    roots = plan.scope.roots[...]
    again = plan.again
  }

  /// The next objects; nil after the last.
  ///
  /// - Throws: ``ConnectorFailure`` if the server does not give all.
  func next() async throws -> ImportBatch? {
    guard !isOver else { return nil }
    do {
      let batch = try await read()
      // Once all of it has been read: who was in one of them would be taken for one to be read.
      if !batch.changes.isEmpty {
        try await connection.check(plan.scope.excludedPlaces, plan.profile)
      }
      return batch
    } catch {
      isOver = true
      throw (error as? LDAPError)?.failure(isStart: false) ?? error
    }
  }

  private func read() async throws -> ImportBatch {
    var batch = ImportBatch(changes: [])
    var values = 0
    while batch.changes.count + batch.errors.count < Self.batchCount, values < Self.batchValues {
      guard let messages = try await messages() else { return try await rest(batch) }
      for message in messages {
        guard case .entry(let entry) = message else { continue }
        try await take(entry, &batch, &values)
      }
    }
    return batch
  }

  /// What follows once everything in scope has been read; the last of it brings the watermark.
  private func rest(_ read: ImportBatch) async throws -> ImportBatch {
    var batch = read
    while let page = try await again?.next() {
      batch.changes += page.found.map { .present($0.anchor) }
      if batch.changes.count >= Self.batchCount { return batch }
    }
    again = nil
    if plan.leaving != .delete {
      if outside == nil {
        outside = OutsideReader(
          connection, below: plan.profile.base, anchor: mapper.anchorAttribute,
          pageSize: plan.pageSize,
          controls: plan.controls)
      }
      while let found = try await outside?.next() {
        batch.changes += found.compactMap { plan.leaving.change(of: $0.anchor) }
        if batch.changes.count >= Self.batchCount { return batch }
      }
    }
    isOver = true
    batch.watermark = plan.watermark
    batch.hasCaughtUp = plan.hasCaughtUp
    return batch
  }

  /// Those of `objects` that are in scope, whatever the filter says: rules may have given them the values
  /// by which it leaves them out.
  func look(for objects: [UnshownObject]) async throws -> ImportBatch? {
    guard let fetcher = plan.unfiltered else { return nil }
    var batch = ImportBatch(changes: [])
    do {
      for entry in try await fetcher.all(objects.map(\.anchor)) {
        guard let name = try? mapper.name(entry), plan.scope.contains(name) else { continue }
        var values = 0
        try await take(entry, &batch, &values)
      }
    } catch {
      throw (error as? LDAPError)?.failure(isStart: false) ?? error
    }
    return batch
  }

  /// What has come next; nil when the last search has ended.
  private func messages() async throws -> [SearchMessage]? {
    while true {
      let current: PagedSearch
      if let search {
        current = search
      } else {
        guard let root = roots.popFirst() else { return nil }
        current = begin(root)
      }
      guard let messages = try await current.next() else {
        search = nil
        continue
      }
      if case .done(let result)? = messages.last, result.code != LDAPCode.success {
        throw await connection.error(result, "The search did not come to its end")
      }
      return messages
    }
  }

  private func begin(_ root: DistinguishedName) -> PagedSearch {
    let wanted = LDAPSearch(
      base: root.text, filter: plan.filter, attributes: plan.attributes, controls: plan.controls)
    let search = PagedSearch(connection, wanted, pageSize: plan.pageSize)
    self.search = search
    return search
  }

  private func take(
    _ entry: SearchEntry, _ batch: inout ImportBatch, _ values: inout Int
  ) async throws {
    // Whatever is wrong with one that is not to be read: it is nobody's error.
    if !plan.scope.excluded.isEmpty, let dn = try? mapper.name(entry), plan.scope.isExcluded(dn) {
      return
    }
    do {
      guard let object = try mapper.object(entry) else { return }
      let whole = object.unfinished.isEmpty ? object.entry : try await completed(object)
      values += whole.attributes.attributes.reduce(0) { $0 + $1.values.count }
      batch.changes.append(.entry(whole))
    } catch var error as DiscoveryError {
      if error.location.isEmpty { error.location = mapper.location }
      batch.errors.append(error)
    }
  }

  /// The object with the values that the server did not give at once.
  private func completed(_ object: EntryMapper.Mapped) async throws -> DirectoryEntry {
    let completion = RangeCompletion(connection: connection, dn: object.entry.dn)
    let parts = try await completion.parts(of: object)
    return try mapper.entry(object, parts)
  }
}
