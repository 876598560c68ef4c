import Directory

/// Is told each change of what is read by content synchronization that goes on (RFC 4533 §3.4).
actor PersistentWatch: ChangeWatch {
  nonisolated let means = "content synchronization (RFC 4533)"

  private let context: DeltaContext
  private let search: StandingSearch

  private init(_ context: DeltaContext, _ search: StandingSearch) {
    self.context = context
    self.search = search
  }

  /// Begins to watch; nil if the server does not do it for this part of the directory.
  static func begin(_ context: DeltaContext) async throws -> PersistentWatch? {
    // From the cookie of now on: what is there already is not told.
    guard
      let cookie = try await ContentSyncSource.start(context.connection, context.profile)?[
        bytes: "cookie"]
    else { return nil }
    var search = LDAPSearch(
      base: context.profile.base.text, filter: context.toldFilter, attributes: ["1.1"],
      controls: [SyncControls.request(cookie: cookie, persists: true)])
    search.readsEntryControls = true
    return PersistentWatch(context, try await context.connection.begin(search))
  }

  func change() async throws {
    do {
      while true {
        let news = try await context.connection.news(
          of: search, within: context.settings.connection.operationTimeout)
        // A server that has been silent for so long is asked whether it is still there.
        if news.isEmpty { _ = try await context.look() }
        // Nothing comes after its end: who were told of a change only would wait for ever.
        if case .done(let result)? = news.last {
          throw await context.connection.error(result, "The server stopped telling changes")
        }
        for message in news {
          if try await tells(message) { return }
        }
      }
    } catch let error as LDAPError {
      throw error.failure(isStart: false)
    }
  }

  /// Whether a message tells of a change.
  private func tells(_ message: SearchMessage) async throws -> Bool {
    do {
      switch message {
      case .entry(let entry):
        let value = entry.controls.first { $0.oid == SyncControls.state }?.value
        guard let value else { throw BERReader.Fault() }
        return try SyncState(value).kind != .present
      case .intermediate(let oid, let value, _):
        guard oid == SyncControls.info, let value else { return false }
        switch try SyncInfo(value) {
        case .newCookie, .refreshDelete: return false
        // What it does not remember may have been deleted meanwhile.
        case .refreshPresent: return true
        case .idSet(_, let areGone): return areGone
        }
      case .reference, .done: return false
      }
    } catch is BERReader.Fault {
      throw LDAPError(
        .malformedAnswer, server: await context.connection.server?.description ?? "",
        message: "The server's answer is not what RFC 4533 says")
    }
  }
}
