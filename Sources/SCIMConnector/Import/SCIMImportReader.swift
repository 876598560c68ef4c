import Directory
import HTTP
import JSON
import Synchronization

/// Reads a SCIM server: everything, or what changed since a watermark.
///
/// SCIM tells no deletes. After the changes, a delta import therefore compares how many objects the
/// server counts with how many are staged; when they differ, it reads the ids of all, so that what
/// is not among them is known to be gone. What the server counts and can't be read is never staged:
/// how much that is, is kept in the watermark, or it would make up for as many deletes.
actor SCIMImportReader: ImportReader {
  private enum Phase {
    case reading(Int)
    case comparing
    case presence(Int)
    case done
  }

  let client: SCIMClient
  let server: SCIMServer
  private let request: ImportRequest
  /// One for each list that is read.
  private let types: [SCIMResourceType]
  /// The types of what the lists show.
  let kinds: [SCIMResourceType]
  private let since: ModificationWatermark?
  private var phase = Phase.reading(0)
  private var lister: ResourceLister?
  var next = ModificationWatermark()
  /// Whether every type has what a delta import needs.
  private(set) var canResume = true
  /// Whether the server refuses the filter that a delta import asks by.
  private var isRefused = false
  private var newest: Timestamp?
  private var total: Int?
  private var wasCounted = false
  private var read = 0
  /// Why what was not shown may be there nevertheless.
  private var doubt: String?
  /// Objects that could not be read in this import, and how many of such had no id.
  private var unreadable: [Anchor] = []
  private var nameless = 0
  private var ids = ListedIDs()
  private var idCase = IDCase()

  init(
    client: SCIMClient, server: SCIMServer, request: ImportRequest, types: [SCIMResourceType],
    since: ModificationWatermark?
  ) {
    self.client = client
    self.server = server
    self.request = request
    self.types = SCIMServer.lists(types)
    kinds = types
    self.since = since
    for type in self.types { next.asked[type.objectType] = server.wantedDigest(type) }
  }

  /// The next batch, or nil when all has been read.
  func next() async throws -> ImportBatch? {
    do {
      if since == nil, !wasCounted {
        wasCounted = true
        total = try await count()
      }
      return try await nextBatch()
    } catch let error as RequestError {
      throw error.failure(url: client.settings.baseURL, isStart: false)
    }
  }

  private func nextBatch() async throws -> ImportBatch? {
    while true {
      switch phase {
      case .reading(let index):
        if let batch = try await readChanges(index) { return batch }
      case .comparing:
        let known = since?.unread ?? 0
        let staged = try await request.stagedCount()
        next.unread = known
        if try await unstaged() == 0, let all = try await count(), all - known == staged {
          return end(endsPresence: false)
        }
        // The number is found anew.
        next.unread = 0
        phase = .presence(0)
      case .presence(let index):
        guard index < types.count else { return end(endsPresence: true) }
        if let batch = try await readIDs(types[index], index) { return batch }
      case .done: return nil
      }
    }
  }

  private func end(endsPresence: Bool) -> ImportBatch {
    phase = .done
    var batch = ImportBatch(
      changes: [], watermark: canResume ? next.watermark : nil, endsPresencePhase: endsPresence,
      fractionRead: 1)
    batch.doubt = doubt
    if since == nil { client.tellsNoChanges.withLock { $0 = !canResume || isRefused } }
    if canResume, server.features.canFilter {
      client.memberStamps.withLock { if case .unasked = $0 { $0 = .unknown(tries: 5) } }
    }
    return batch
  }

  /// A batch of the type at `index`; nil when it is read, and the phase has moved on.
  private func readChanges(_ index: Int) async throws -> ImportBatch? {
    guard index < types.count else {
      // A full import shows by itself what is gone.
      guard since != nil else {
        next.unread += try await unstaged()
        return end(endsPresence: false)
      }
      phase = .comparing
      var batch = ImportBatch(changes: [])
      batch.endsWindow = true
      return batch
    }
    let type = types[index]
    let old = since?.moments[type.objectType] ?? nil
    let lister = lister ?? open(type, filter: old.map(Self.filter))
    self.lister = lister
    if let items = try await lister.next() {
      if since == nil, types.count > 1 { try checkIDs(items, type) }
      return try await withKnownReferences(batch(items, type))
    }
    if let refusal = lister.refusal { throw Self.unfiltered(type, refusal) }
    // What changed says nothing of what is gone.
    if since == nil {
      doubt = doubt ?? lister.doubt
      next.unread += lister.surplus
      if let newest, canResume { canResume = try await isFound(newest, type) }
    }
    remember(type, old: old, start: lister.start)
    ids.endList()
    self.lister = nil
    phase = .reading(index + 1)
    return nil
  }

  /// - Throws: ``ConnectorFailure`` if another list has shown an object of the same id: one of the two
  ///   would be taken for the other, and changed and deleted in its place.
  private func checkIDs(_ items: [JSONValue], _ type: SCIMResourceType) throws {
    guard let id = ids.insert(items, of: type) else { return }
    throw ConnectorFailure(
      .stoppedUnexpectedData,
      message: "\(type.endpoint) at \(client.settings.baseURL) has an object with the id "
        + "\(ServerWords.shown(id)), which another list has for another object", serverWords: "",
      hint: "Nothing more is read, since one would be taken for the other. RFC 7643 §3.1 wants an "
        + "id to be one object's in the whole server: ask its operator for such ids.")
  }

  /// Whether the server finds what changed last by the filter that a delta import asks by.
  ///
  /// Some take any filter, and find nothing by those that they don't understand: no delta import would
  /// ever tell of a change.
  private func isFound(_ newest: Timestamp, _ type: SCIMResourceType) async throws -> Bool {
    guard server.features.canFilter else { return true }
    let query = ListQuery(
      type: type, filter: Self.filter(since: newest.adding(seconds: -1)),
      attributes: server.wanted(type), mayBeRefused: true)
    let page: ListPage
    do {
      page =
        server.features.hasCursors
        ? try await client.page(query, cursor: "", count: 1)
        : try await client.page(query, startIndex: 1, count: 1)
    } catch {
      // What is refused is refused to a delta import, too.
      guard !error.isCancelled else { throw error }
      return true
    }
    isRefused = isRefused || page.refusal != nil
    return page.refusal != nil || !page.items.isEmpty || page.total ?? 0 > 0
  }

  private static func filter(since moment: Timestamp) -> String {
    "meta.lastModified ge \"\(moment)\""
  }

  private func readIDs(_ type: SCIMResourceType, _ index: Int) async throws -> ImportBatch? {
    let lister = lister ?? open(type, attributes: "id")
    self.lister = lister
    guard let items = try await lister.next() else {
      doubt = doubt ?? lister.doubt
      next.unread += lister.surplus
      self.lister = nil
      phase = .presence(index + 1)
      return nil
    }
    let ids = items.compactMap { $0["id"]?.id }.map { Anchor($0) }
    var batch = ImportBatch(changes: ids.map { .present($0) })
    let without = items.count - ids.count
    next.unread += without + ids.count - (try await request.staged.names(of: ids).count)
    // One of them may be any of those that are staged: nothing is known to be gone.
    if without > 0 {
      batch.errors.append(
        ResourceReader.withoutID(
          "", location: client.settings.baseURL + type.endpoint,
          "\(without) of a page of \(type.name)s came without an id"))
    }
    return batch
  }

  /// How many of the objects that could not be read are not staged from before.
  private func unstaged() async throws -> Int {
    guard !unreadable.isEmpty else { return nameless }
    return nameless + unreadable.count - (try await request.staged.names(of: unreadable).count)
  }

  private func open(
    _ type: SCIMResourceType, filter: String? = nil, attributes: String? = nil
  ) -> ResourceLister {
    ResourceLister(
      client: client, features: server.features,
      query: ListQuery(
        type: type, filter: filter, attributes: attributes ?? server.wanted(type),
        mayBeWider: attributes != nil, mayBeRefused: filter != nil))
  }

  /// Many a server that can filter can't do so by every attribute.
  private static func unfiltered(
    _ type: SCIMResourceType, _ refusal: SCIMErrorMessage
  ) -> ConnectorFailure {
    ConnectorFailure(
      .fullImportRequired,
      message: "\(type.endpoint) can't be asked for what was changed since: HTTP status "
        + "\(refusal.code)", serverWords: refusal.words,
      hint: "Run a full import of this connector.")
  }

  private func batch(_ items: [JSONValue], _ type: SCIMResourceType) -> ImportBatch {
    let reader = ListReader(server: server, type: type, among: kinds)
    var batch = ImportBatch(changes: [])
    batch.changes.reserveCapacity(items.count)
    for item in items {
      let modified = item["meta"]?["lastModified"]?.string.flatMap { Timestamp($0) }
      if modified == nil { canResume = false }
      newest = [newest, modified].compactMap(\.self).max()
      do throws(DiscoveryError) {
        let entry = try reader.entry(item, location: client.settings.baseURL + type.endpoint)
        batch.changes.append(.entry(entry))
      } catch {
        var error = error
        error.anchor = item["id"]?.id.map { Anchor($0) }
        batch.errors.append(error)
        if let anchor = error.anchor {
          unreadable.append(anchor)
        } else {
          nameless += 1
        }
      }
    }
    read += items.count
    if let total, total > 0 { batch.fractionRead = min(1, Double(read) / Double(total)) }
    return batch
  }

  /// The batch with references in the letters that the ids of objects have.
  func withKnownReferences(_ batch: ImportBatch) async throws -> ImportBatch {
    var batch = batch
    var asked: [String] = []
    for case .entry(let entry) in batch.changes {
      idCase.note(entry.anchor.text)
      if idCase.isUnknown, asked.count < 50 {
        asked += IDCase.candidates(entry, limit: 50 - asked.count)
      }
    }
    // A delta may show groups alone, whose ids are no GUIDs: who is staged tells the letters.
    if idCase.isUnknown, !asked.isEmpty {
      let both = Set(asked.flatMap { [$0.lowercased(), $0.uppercased()] }).map { Anchor($0) }
      for anchor in try await request.staged.names(of: both).keys { idCase.note(anchor.text) }
    }
    batch.changes = batch.changes.map { change in
      guard case .entry(let entry) = change else { return change }
      return .entry(idCase.resolved(entry))
    }
    return batch
  }

  private func remember(_ type: SCIMResourceType, old: Timestamp?, start: Timestamp) {
    let moment = ModificationWatermark.next(
      newest: newest, old: old, start: start, lag: client.settings.modificationLag)
    next.moments.updateValue(moment, forKey: type.objectType)
    newest = nil
  }

  /// How many objects of all types the server counts; nil if it does not.
  private func count() async throws(RequestError) -> Int? {
    var sum = 0
    for type in types {
      guard let total = try await client.count(type, server.features).total else { return nil }
      let (next, overflow) = sum.addingReportingOverflow(total)
      if overflow {
        throw .unexpected("the server counts more objects than there can be", words: "")
      }
      sum = next
    }
    return sum
  }
}

/// The ids that the lists of one import have shown.
///
/// Who counts the objects of each table gives short ones; what is as long as a GUID is no two objects'
/// by chance, and is not kept.
private struct ListedIDs {
  private static let longest = 31
  private var before: Set<String> = []
  private var here: Set<String> = []

  /// Notes what a list shows; the answer is an id that an object of another list has, too.
  mutating func insert(_ items: [JSONValue], of type: SCIMResourceType) -> String? {
    for item in items {
      guard let id = item["id"]?.id, id.utf8.count <= Self.longest else { continue }
      // The same object may be shown by the list of a wider type.
      let name = item["meta"]?["resourceType"]?.string ?? type.name
      guard name.lowercased() == type.name.lowercased() else { continue }
      if before.contains(id) { return id }
      here.insert(id)
    }
    return nil
  }

  mutating func endList() {
    before.formUnion(here)
    here = []
  }
}
