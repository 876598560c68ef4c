import Directory

/// Asks for what changed by content synchronization (RFC 4533), in its mode that ends.
///
/// A server tells either what is gone, or, when it does not remember that, everything that is still
/// there.
actor ContentSyncSource: ChangeSource {
  /// What else is asked for, to know whether an entry that comes into sight brings others.
  static let childMark = "hasSubordinates"

  nonisolated let besides = ToldBesides.containers

  private let context: DeltaContext
  private let old: LDAPWatermark
  private var reader: SearchReader?
  private var done: SyncDone?
  private var toldPresent = false
  /// Whether the server named an entry by another identifier than its anchor.
  private var isForeign = false
  /// Who was told to be gone; nil once they are too many to be noted.
  private var gone: [String]? = []
  /// Who was told to be gone, where one of those deletes is the last change of all.
  private var lastDeleted: [String] = []

  /// How many deletes are noted.
  private static let mostNoted = 20

  /// A source of what changed since `watermark`; nothing is sent yet.
  init(_ context: DeltaContext, since watermark: LDAPWatermark) {
    self.context = context
    old = watermark
  }

  /// Where deltas begin that come after all that is read from now on; nil if this server does not
  /// do it for this part of the directory.
  ///
  /// Nothing matches the filter, so that only the cookie comes.
  static func start(
    _ connection: LDAPConnection, _ profile: DirectoryProfile
  ) async throws(LDAPError) -> LDAPWatermark? {
    var search = LDAPSearch(
      base: profile.base.text, filter: "(!(objectClass=*))", attributes: ["1.1"],
      controls: [SyncControls.request(cookie: nil)])
    search.readsEntryControls = true
    let reader = try await connection.search(search)
    while try await reader.next() != nil {}
    guard let result = await reader.result else { return nil }
    if LDAPCode.ofTheMoment.contains(result.code) {
      throw await connection.error(result, "It was not told where changes begin")
    }
    guard result.code == LDAPCode.success,
      let value = result.control(SyncControls.done)?.value, let done = try? SyncDone(value),
      let cookie = done.cookie, !cookie.isEmpty
    else { return nil }
    var watermark = LDAPWatermark(.contentSync)
    watermark[bytes: "cookie"] = cookie
    return watermark
  }

  func next() async throws -> [DirectoryChange]? {
    let current: SearchReader
    if let reader { current = reader } else { current = try await begin() }
    guard let messages = try await current.next() else { return nil }
    do {
      var changes: [DirectoryChange] = []
      for message in messages { try take(message, &changes) }
      if isForeign { throw await foreign() }
      if case .done(let result)? = messages.last { try await end(result) }
      return changes
    } catch is BERReader.Fault {
      throw LDAPError(
        .malformedAnswer, server: await context.connection.server?.description ?? "",
        message: "The server's answer is not what RFC 4533 says")
    }
  }

  func ending() -> ChangeEnding {
    var watermark = old
    // Without a cookie nothing has changed (§3.3.2).
    if let cookie = done?.cookie, cookie != old[bytes: "cookie"] {
      watermark[bytes: "cookie"] = cookie
      watermark.note(deleted: lastDeleted)
    }
    return ChangeEnding(
      watermark: watermark, toldAll: toldPresent || done?.toldDeletes == false)
  }

  private func begin() async throws -> SearchReader {
    guard let cookie = old[bytes: "cookie"], !cookie.isEmpty else {
      throw DeltaContext.fullImportRequired("there is no cookie")
    }
    var attributes = context.attributes
    if !attributes.contains(Self.childMark) { attributes.append(Self.childMark) }
    var search = LDAPSearch(
      base: context.profile.base.text, filter: context.toldFilter, attributes: attributes,
      controls: [SyncControls.request(cookie: cookie)])
    search.readsEntryControls = true
    let reader = try await context.connection.search(search)
    self.reader = reader
    return reader
  }

  private func take(
    _ message: SearchMessage, _ changes: inout [DirectoryChange]
  ) throws(BERReader.Fault) {
    switch message {
    case .entry(let entry):
      guard let value = entry.controls.first(where: { $0.oid == SyncControls.state })?.value else {
        throw BERReader.Fault()
      }
      let state = try SyncState(value)
      switch state.kind {
      case .add, .modify:
        if let anchor = anchor(of: entry), anchor != state.uuid { isForeign = true }
        changes.append(.whole(entry))
      case .present: changes.append(.present(Anchor(state.uuid)))
      case .delete:
        changes.append(.missing(Anchor(state.uuid)))
        note(gone: [state.uuid])
      }
    case .intermediate(let oid, let value, _):
      guard oid == SyncControls.info, let value else { return }
      switch try SyncInfo(value) {
      case .newCookie, .refreshDelete: break
      case .refreshPresent: toldPresent = true
      case .idSet(let uuids, let areGone):
        if areGone { note(gone: uuids) }
        for uuid in uuids {
          changes.append(areGone ? .missing(Anchor(uuid)) : .present(Anchor(uuid)))
        }
      }
    case .reference, .done: break
    }
  }

  private func note(gone uuids: [String]) {
    gone = gone.flatMap { $0.count + uuids.count <= Self.mostNoted ? $0 + uuids : nil }
  }

  private func anchor(of entry: SearchEntry) -> String? {
    guard let name = context.profile.anchorAttribute else { return "" }
    return EntryMapper.anchorText(entry, name)
  }

  /// Who is gone is told by the server's identifiers alone: nobody would know who that is.
  private func foreign() async -> LDAPError {
    let anchor = context.profile.anchorAttribute.map { "their \($0)" } ?? "their names"
    return LDAPError(
      .malformedAnswer, server: await context.connection.server?.description ?? "",
      message: "The server tells changes by other identifiers of objects than \(anchor), by which "
        + "they are known here",
      hint: "Write delta = \"timestamps\".")
  }

  private func refusal(_ result: LDAPResult) async -> ConnectorFailure {
    DeltaContext.fullImportRequired(
      "the server does not take the cookie of the last import",
      words: await context.connection.error(result, "").words)
  }

  /// - Throws: ``ConnectorFailure`` if the server no longer knows where the last delta ended.
  private func end(_ result: LDAPResult) async throws {
    switch result.code {
    case LDAPCode.success: break
    case LDAPCode.unwillingToPerform:
      // OpenLDAP: "consumer state is newer than provider!"
      let start = try await Self.start(context.connection, context.profile)
      try await context.checkLag(
        since: old, try await context.progress(since: old), start: start ?? LDAPWatermark(.never))
      throw await refusal(result)
    case LDAPCode.syncRefreshRequired,
      LDAPCode.unavailableCriticalExtension, LDAPCode.protocolError:
      throw await refusal(result)
    case LDAPCode.sizeLimitExceeded, LDAPCode.adminLimitExceeded:
      // They come in no pages: asked for again, there would be still more of them.
      throw DeltaContext.fullImportRequired(
        "there are more changes than the server gives this account at a time; raise its limits "
          + "for it (OpenLDAP: limits ... size=unlimited)",
        words: await context.connection.error(result, "").words)
    default:
      throw await context.connection.error(result, "The search for changes did not come to its end")
    }
    guard let value = result.control(SyncControls.done)?.value else { throw BERReader.Fault() }
    let done = try SyncDone(value)
    // OpenLDAP answers a cookie that it can't read with everything, and an empty one.
    if done.cookie?.isEmpty == true {
      throw DeltaContext.fullImportRequired(
        "the server does not know the cookie of the last import")
    }
    self.done = done
    if let gone, !gone.isEmpty, let cookie = done.cookie,
      try await context.endsWithDelete(ServerProgress.stamps(inCookie: cookie))
    {
      lastDeleted = gone
    }
  }
}
