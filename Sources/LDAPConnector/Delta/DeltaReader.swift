import Directory

/// Reads what changed in a directory, and finds out what the directory does not say.
///
/// - What stands below an object that has another name, or is gone, is read anew: servers tell of
///   the object alone.
/// - What is no longer wanted is gone, or has left what is read; the server is asked which.
/// - What comes into sight with others below it brings them with it.
/// - Where servers change references by themselves, or leave them as they were, those that referred
///   to an object with another name, or to one that is gone, are read anew.
/// - Where they tell a reference once and never of another name of what is not read, those that may
///   have an old name are read anew when somebody bears it, or when what they mean comes into sight.
///
/// What follows from a change is told before it: were the import to end in between, the change would
/// be told again, and what follows be found again.
actor DeltaReader: ImportReader {
  /// What is yet to be done.
  enum Work {
    /// A change, with the name of its object as it is staged; `isFollowed` if what stood below it
    /// is being read already.
    case change(DirectoryChange, staged: DistinguishedName?, isFollowed: Bool)
    /// Objects that are to be read, unless they are told meanwhile.
    case fetch([Anchor], isFollowed: Bool)
    /// Staged objects that are not wanted any more.
    case lost([(anchor: Anchor, name: DistinguishedName)], isFollowed: Bool)
    /// Objects below one that came into sight.
    case subtree(PagedSearch)
    /// What is told.
    case told(ImportedChange)
  }

  private enum Phase { case changes, referrers, presence, links, over }

  let context: DeltaContext
  let source: any ChangeSource
  let fetcher: ObjectFetcher
  var mapper: EntryMapper
  /// What is to be done, the next last.
  var work: [Work] = []
  /// What was told as a whole or as gone.
  var told: Set<Anchor> = []
  /// Objects that were not staged and are not new, which may bring others.
  var arrivals: Set<Anchor> = []
  /// Staged objects that have another name, or are gone.
  var affected: [Anchor] = []
  /// Staged objects that are gone, or have left what is read.
  var ended: Set<Anchor> = []
  /// Names that objects have now and had not before; only of Active Directory.
  var names = NewNames()
  /// Changes of links, which come after all names: they mean whoever bears the name in the end.
  var links: [LinkChange] = []
  /// The names of objects that were told whole, for links that mean them.
  var newNames: [Anchor: DistinguishedName] = [:]
  private var phase = Phase.changes
  private var ending: ChangeEnding?
  private var presence: PresenceReader?

  /// Changes after which a batch is handed out.
  private static let batchCount = 1000

  init(_ context: DeltaContext, _ source: any ChangeSource, _ mapper: EntryMapper) {
    self.context = context
    self.source = source
    self.mapper = mapper
    fetcher = ObjectFetcher(context)
  }

  /// The next changes; nil after the last.
  ///
  /// The last ones bring the watermark.
  ///
  /// - Throws: ``ConnectorFailure`` if changes can't be had, or the server does not tell all.
  func next() async throws -> ImportBatch? {
    guard phase != .over else { return nil }
    var batch = ImportBatch(changes: [])
    do {
      while batch.changes.count + batch.errors.count < Self.batchCount {
        if let item = work.popLast() {
          try await perform(item, &batch)
        } else if try await !refill(&batch) {
          return batch
        }
      }
    } catch let error as LDAPError {
      phase = .over
      throw error.failure(isStart: false)
    }
    return batch
  }

  /// Finds more work; false at the end, when the batch is the last.
  private func refill(_ batch: inout ImportBatch) async throws -> Bool {
    switch phase {
    case .changes:
      if let changes = try await source.next() {
        try await take(changes)
      } else {
        ending = try await source.ending()
        phase = .referrers
      }
    case .referrers:
      if context.profile.kind.isActiveDirectory {
        try await readStaleReferrers()
        if work.isEmpty { phase = .presence }
        break
      }
      let anchors = affected
      affected = []
      if anchors.isEmpty {
        phase = .presence
      } else {
        push(fetching: try await context.request.staged.referrers(to: anchors), isFollowed: true)
      }
    case .presence:
      if presence == nil { presence = try await makePresence() }
      if let anchors = try await presence?.next() {
        batch.changes += anchors.map(ImportedChange.present)
      } else {
        phase = .links
      }
    case .links:
      batch.changes += try await takeLinks()
      batch.watermark = ending?.watermark.noting(context.settings, context.profile).stored
      batch.endsPresencePhase = ending?.toldAll == true || ending?.wantsComparison == true
      phase = .over
      return false
    case .over: return false
    }
    return true
  }

  /// Reads what is there at all, if it was not told and must be known.
  private func makePresence() async throws -> PresenceReader? {
    guard let ending else { return nil }
    if context.settings.leaving == .keep {
      guard ending.toldAll || ending.wantsComparison else { return nil }
      return PresenceReader.all(context)
    }
    return ending.wantsComparison ? PresenceReader.wanted(context) : nil
  }

  private func take(_ changes: [DirectoryChange]) async throws {
    let anchors = changes.compactMap { anchor(of: $0) }
    let names = try await context.request.staged.names(of: anchors)
    let unwanted = try await unwanted(changes)
    var missing: [(anchor: Anchor, name: DistinguishedName)] = []
    var found: [Work] = []
    for change in changes {
      let anchor = anchor(of: change)
      let name = anchor.flatMap { names[$0] }
      switch change {
      case .missing(let anchor):
        if let name { missing.append((anchor, name)) }
      case .part where anchor.map(unwanted.contains) == true:
        if let anchor, let name { missing.append((anchor, name)) }
      default: found.append(.change(change, staged: name, isFollowed: false))
      }
    }
    if !missing.isEmpty { found.append(.lost(missing, isFollowed: false)) }
    work += found.reversed()
  }

  /// Those of which parts were told that the configuration's own filter leaves out.
  private func unwanted(_ changes: [DirectoryChange]) async throws -> Set<Anchor> {
    guard context.settings.filter != nil else { return [] }
    let anchors = changes.compactMap { change in
      if case .part(let entry) = change { fetcher.anchor(of: entry) } else { nil }
    }
    guard !anchors.isEmpty else { return [] }
    return Set(anchors).subtracting(try await fetcher.matching(anchors))
  }

  private func anchor(of change: DirectoryChange) -> Anchor? {
    switch change {
    case .whole(let entry), .part(let entry): fetcher.anchor(of: entry)
    case .deleted(let anchor), .missing(let anchor), .present(let anchor): anchor
    }
  }
}
