import Directory

/// Reads what changed in a directory, and finds out what the directory does not say.
///
/// - What stands below an object that has another name, or is gone, is read anew: servers tell of
///   the object alone.
/// - What is no longer wanted is gone, or has left what is read; the server is asked which.
/// - What comes into sight with others below it brings them with it.
/// - A container that is not wanted itself is looked below when it is told, as nobody knows which name
///   it had; so is one that is wanted and has another name than at the last import; and where what is
///   there is compared, so are names.
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
    /// What is wanted below a container that is not, by anchors and names.
    case names(OutsideReader)
    /// What is told.
    case told(ImportedChange)
  }

  private enum Phase { case containers, changes, referrers, presence, links, over }

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
  /// Objects that are not staged and of which nobody told: what is wrong with one of them, the import
  /// said that met it first.
  var found: Set<Anchor> = []
  /// Names that objects have now and had not before; only of Active Directory.
  var names = NewNames()
  /// Changes of links, which come after all names: they mean whoever bears the name in the end.
  var links: [LinkChange] = []
  /// The objects of which there are such.
  var linkSources: Set<Anchor> = []
  /// What else changed of them.
  var besides: [Anchor: [AttributeChange]] = [:]
  /// The names of objects that were told whole: for links that mean them, and for what becomes of
  /// objects that are not staged yet; only of Active Directory.
  var newNames: [Anchor: DistinguishedName] = [:]
  private var phase = Phase.containers
  private let old: LDAPWatermark
  private let progress: ServerProgress
  private var ending: ChangeEnding?
  private var presence: [(reader: PresenceReader, comparesNames: Bool)]?
  private var isCompared = false
  /// Why what a comparison does not find may be there.
  private var doubt: String?
  /// Whether the server has less than was read before.
  private var isBehind = false

  /// Changes after which a batch is handed out.
  private static let batchCount = 1000

  init(
    _ context: DeltaContext, _ source: any ChangeSource, _ mapper: EntryMapper,
    since watermark: LDAPWatermark, _ progress: ServerProgress
  ) {
    self.context = context
    old = watermark
    self.progress = progress
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
    do {
      let batch = try await read()
      // Once all of it has been told: it was judged by where they stood at the beginning.
      if batch.changes.contains(where: \.isNews) { try await fetcher.checkContainers() }
      return batch
    } catch {
      phase = .over
      throw (error as? LDAPError)?.failure(isStart: false) ?? error
    }
  }

  /// Those of `objects` that are in scope, whatever the filter says.
  func look(for objects: [UnshownObject]) async throws -> ImportBatch? {
    guard context.settings.keepsUnshown else { return nil }
    var batch = ImportBatch(changes: [])
    do {
      for entry in try await fetcher.all(objects.map(\.anchor)) {
        guard let name = try? mapper.name(entry), context.scope.contains(name) else { continue }
        do {
          guard let object = try mapper.object(entry) else { continue }
          batch.changes.append(.entry(try await whole(object)))
        } catch let error as DiscoveryError {
          note(error, fetcher.anchor(of: entry), &batch)
        }
      }
    } catch {
      throw (error as? LDAPError)?.failure(isStart: false) ?? error
    }
    return batch
  }

  private func read() async throws -> ImportBatch {
    var batch = ImportBatch(changes: [])
    while batch.changes.count + batch.errors.count < Self.batchCount {
      if let item = work.popLast() {
        try await perform(item, &batch)
      } else if try await !refill(&batch) {
        break
      }
    }
    return batch
  }

  /// Finds more work; false at the end, when the batch is the last.
  private func refill(_ batch: inout ImportBatch) async throws -> Bool {
    switch phase {
    case .containers:
      phase = .changes
      // One that has another name by something above it, which nobody reads, is not told.
      for root in old.renamed(context.scope) {
        work.append(.names(try await fetcher.anchors(below: root)))
      }
    case .changes:
      if let changes = try await source.next() {
        try await take(changes)
      } else {
        var ending = try await source.ending()
        // What a back link says changes with another object, and is told by that one alone.
        if context.filtersByBackLinks { ending.wantsComparison = true }
        self.ending = ending
        phase = .referrers
      }
    case .referrers:
      if context.profile.kind.isActiveDirectory {
        try await readStaleReferrers()
        if work.isEmpty { phase = isCompared ? .links : .presence }
        break
      }
      let anchors = affected
      affected = []
      if anchors.isEmpty {
        phase = isCompared ? .links : .presence
      } else {
        push(fetching: try await context.request.staged.referrers(to: anchors), isFollowed: true)
      }
    case .presence:
      if presence == nil {
        presence = makePresence()
        // Changes are told by what has been read of which controller, and can be had of any.
        let compares = ending?.wantsComparison == true
        if compares || context.profile.kind.isActiveDirectory {
          let lag = try await context.lag(since: old, progress)
          isBehind = lag != nil
          doubt = compares ? lag : nil
        }
      }
      if let first = presence?.first {
        if let page = try await first.reader.next() {
          if first.comparesNames {
            batch.changes += page.found.map { .present($0.anchor) }
            // Nobody knows whether they are among those that seem to be gone.
            batch.errors += page.nameless.map { mapper.missingAnchor($0) }
            try await compare(page.found, isTold: false)
          } else {
            batch.changes += page.found.compactMap {
              context.settings.leaving.change(of: $0.anchor)
            }
          }
        } else {
          presence?.removeFirst()
        }
      } else {
        isCompared = true
        phase = .referrers
      }
    case .links:
      batch.changes += try await takeLinks()
      let watermark = ending?.watermark.noting(context)
      // Until it has caught up, the one that was read is the one to compare with.
      batch.watermark = (isBehind ? watermark : watermark?.noting(progress))?.stored
      batch.doubt = doubt
      batch.endsPresencePhase = ending?.toldAll == true || ending?.wantsComparison == true
      phase = .over
      return false
    case .over: return false
    }
    return true
  }

  /// Reads what is there at all, if it was not told and must be known.
  private func makePresence() -> [(reader: PresenceReader, comparesNames: Bool)] {
    guard let ending else { return [] }
    var readers: [(reader: PresenceReader, comparesNames: Bool)] = []
    if ending.wantsComparison { readers.append((PresenceReader.wanted(context), true)) }
    if context.settings.leaving != .delete, ending.toldAll || ending.wantsComparison {
      readers.append((PresenceReader.all(context), false))
    }
    return readers
  }

  private func take(_ changes: [DirectoryChange]) async throws {
    let anchors = changes.compactMap { anchor(of: $0) }
    let names = try await context.request.staged.names(of: anchors)
    let unwanted = try await unwanted(changes)
    var missing: [(anchor: Anchor, name: DistinguishedName)] = []
    var unknown: [Anchor] = []
    var found: [Work] = []
    for change in changes {
      let anchor = anchor(of: change)
      let name = anchor.flatMap { names[$0] }
      let toldName = name ?? anchor.flatMap { newNames[$0] }
      switch change {
      case .missing(let anchor):
        if let name { missing.append((anchor, name)) } else { unknown.append(anchor) }
      case .part(let entry) where anchor.map(unwanted.contains) == true,
        .whole(let entry) where anchor.map(unwanted.contains) == true:
        if let anchor, let toldName {
          // It may have been told as one that is wanted, before.
          told.remove(anchor)
          missing.append((anchor, toldName))
        } else if let search = try await lookBelow(entry) {
          found.append(.names(search))
        }
      default: found.append(.change(change, staged: name, isFollowed: false))
      }
    }
    found += try await lookBelow(unknown).map { .names($0) }
    if !missing.isEmpty { found.append(.lost(missing, isFollowed: false)) }
    work += found.reversed()
  }

  /// Those that were told and that the configuration's own filter leaves out: parts of objects, and
  /// whole ones that were asked for as something is below them.
  private func unwanted(_ changes: [DirectoryChange]) async throws -> Set<Anchor> {
    guard context.settings.filter != nil else { return [] }
    let anchors = changes.compactMap { change in
      switch change {
      case .part(let entry): fetcher.anchor(of: entry)
      case .whole(let entry) where source.besides == .containers && source.bringsOthers(entry):
        fetcher.anchor(of: entry)
      default: nil
      }
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

extension ImportedChange {
  /// Whether it says more than that an object is as it was.
  fileprivate var isNews: Bool { if case .present = self { false } else { true } }
}
