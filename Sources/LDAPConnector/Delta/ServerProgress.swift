import Directory

/// How far a server has got with what is changed in its directory, wherever that is.
///
/// A server that is behind does not show who is new: an import of it would take the living for gone.
struct ServerProgress: Hashable, Sendable {
  /// Its address; empty if it is not known.
  var server = ""
  /// The stamp of the last change that it has of each server, by that server's identifier; only of
  /// OpenLDAP.
  var stamps: [String: String] = [:]
  /// The identifier of a domain controller's own database; empty if it does not tell.
  var invocation: [UInt8] = []
  /// The largest update number of that database that something in the naming context bears; nil if
  /// it is not told, or no other controller keeps count of it.
  var number: Int64?
  /// Objects of which one was deleted by the last change of all, as far as that is known; only of
  /// OpenLDAP.
  var deleted: [String] = []
}

extension ServerProgress {
  /// Whether it is of the same database as `other`, or else of the same server: what it lacks of that
  /// one's it has lost.
  func isOfSame(as other: ServerProgress) -> Bool {
    invocation.isEmpty && other.invocation.isEmpty
      ? !server.isEmpty && server == other.server : invocation == other.invocation
  }

  /// The stamps in a cookie of OpenLDAP: `rid=000,sid=001,csn=STAMP;STAMP`.
  static func stamps(inCookie cookie: [UInt8]) -> [String: String] {
    let parts = String(decoding: cookie, as: UTF8.self).split(separator: ",")
    guard let list = parts.first(where: { $0.hasPrefix("csn=") }) else { return [:] }
    return stamps(list.dropFirst(4).split(separator: ";").map(String.init))
  }

  /// Stamps by the identifier of the server in them: `TIME#COUNT#SERVER#MODIFICATION`.
  static func stamps(_ values: [String]) -> [String: String] {
    var found: [String: String] = [:]
    for value in values {
      let parts = value.split(separator: "#", omittingEmptySubsequences: false)
      guard parts.count == 4 else { continue }
      let server = String(parts[2])
      found[server] = max(found[server] ?? "", value)
    }
    return found
  }
}

extension LDAPWatermark {
  private static let server = "server"
  private static let database = "database"
  private static let number = "changed"
  private static let deleted = "deleted"

  /// How far the server had got that was read until here.
  var progress: ServerProgress {
    var progress = ServerProgress(
      invocation: self[bytes: Self.database] ?? [], number: self[number: Self.number])
    guard strategy == .contentSync else { return progress }
    progress.server = String(decoding: self[bytes: Self.server] ?? [], as: UTF8.self)
    progress.stamps = ServerProgress.stamps(inCookie: self[bytes: "cookie"] ?? [])
    progress.deleted = fields[Self.deleted]?.split(separator: " ").map(String.init) ?? []
    return progress
  }

  /// Notes of whom the last change of all was a delete; nobody where it was another change.
  mutating func note(deleted: [String]) {
    fields[Self.deleted] = deleted.isEmpty ? nil : deleted.joined(separator: " ")
  }

  /// The watermark with which server was read, and how far a domain controller had got.
  ///
  /// - Parameter before: Until where had been read before: a controller of which no number is noted
  ///   does not take that one's place.
  func noting(_ progress: ServerProgress, after before: LDAPWatermark? = nil) -> LDAPWatermark {
    var noted = self
    switch strategy {
    case .contentSync: noted[bytes: Self.server] = Array(progress.server.utf8)
    case .dirSync, .updateNumbers, .timestamps:
      let known = progress.isComparable ? progress : before?.progress ?? progress
      guard known.isComparable else { break }
      noted[bytes: Self.database] = known.invocation
      noted[number: Self.number] = known.number
    case .never: break
    }
    return noted
  }
}

extension DeltaContext {
  /// How far the server has got now.
  ///
  /// - Parameter before: Until where had been read before; nil if nobody knows.
  func progress(since before: LDAPWatermark?) async throws(LDAPError) -> ServerProgress {
    var progress = ServerProgress()
    if profile.kind.isActiveDirectory {
      progress = try await controllerProgress(since: before?.progress)
    } else {
      let values = try await values(namingContext.text, "contextCSN")
      progress.stamps = ServerProgress.stamps(values.map { String(decoding: $0, as: UTF8.self) })
    }
    progress.server = await connection.server?.description ?? ""
    return progress
  }

  /// That the server has less than was read until `before`, in words; nil if it has it all, or nobody
  /// can tell.
  ///
  /// - Parameter start: Where deltas of what is read now will begin; nil if nobody has asked.
  func lag(
    since before: LDAPWatermark, _ progress: ServerProgress, start: LDAPWatermark? = nil
  ) async throws(LDAPError) -> String? {
    try await lack(since: before, progress, start: start).map {
      "\(progress.server) has less than was read of the directory before: \($0)"
    }
  }

  private func lack(
    since before: LDAPWatermark, _ progress: ServerProgress, start: LDAPWatermark?
  ) async throws(LDAPError) -> String? {
    if profile.kind.isActiveDirectory {
      return try await lackOfController(before.progress, progress)
    }
    if let now = try await told(before.progress, progress, start),
      let lack = try await lackOfStamps(before.progress, now)
    {
      return lack
    }
    return Self.lackOfStamp(before, start, shown: progress.stamps)
  }

  /// - Throws: ``ConnectorFailure`` with `serverBehind` if the server has less than was read until
  ///   `before`.
  func checkLag(
    since before: LDAPWatermark, _ progress: ServerProgress, start: LDAPWatermark? = nil
  ) async throws {
    let lack = try await lack(since: before, progress, start: start)
    try Self.refuse(lack, of: progress, isSetBack: progress.isOfSame(as: before.progress))
  }

  /// Whether the server, which had lost the changes that it was read until, has got the very same
  /// again, as one has that was slow behind an address of several.
  ///
  /// No two changes have one stamp: a server that was put back and has gone on gives others.
  func hasCaughtUp(
    with before: LDAPWatermark, _ progress: ServerProgress, start: LDAPWatermark?
  ) async throws(LDAPError) -> Bool {
    let stamps = before.progress.stamps
    let told = start?.progress.stamps ?? [:]
    for (server, stamp) in stamps {
      // What bore the last one of all may be gone with it.
      if (told.isEmpty ? progress.stamps : told)[server] == stamp { continue }
      guard try await hasChange(stamped: stamp, of: before.progress) else { return false }
    }
    return !stamps.isEmpty
  }

  /// Apart from the check: the compiler can't split a coroutine that makes the error itself.
  private static func refuse(
    _ lack: String?, of progress: ServerProgress, isSetBack: Bool
  ) throws(ConnectorFailure) {
    guard let lack else { return }
    let words = "less than was read of the directory before: \(lack)"
    var failure = ConnectorFailure(
      .serverBehind,
      message: "\(progress.server) has \(words). It is not read, as who it does not know yet would "
        + "be taken for gone",
      hint: "If it still gets changes, wait: once it has caught up, it is read by itself. Or take "
        + "it out of \"servers\". After a crash, or a delete of what was changed last, it goes on "
        + "with the next change.")
    if isSetBack { failure.setBack = "\(progress.server) had \(words)" }
    throw failure
  }

  /// How far the server says that it has got; nil if it says nothing of that.
  private func told(
    _ before: ServerProgress, _ progress: ServerProgress, _ start: LDAPWatermark?
  ) async throws(LDAPError) -> ServerProgress? {
    var now = progress
    // Without the provider of content synchronization, what is shown may stand still.
    if let told = start?.progress.stamps, !told.isEmpty { now.stamps = told }
    guard now.stamps.isEmpty, !before.stamps.isEmpty, start?.strategy != .contentSync else {
      return now
    }
    // An account may not be shown them, and is told where a delta begins.
    let begins = try await ContentSyncSource.start(connection, profile)
    guard start != nil || begins != nil else { return nil }
    now.stamps = begins?.progress.stamps ?? [:]
    return now
  }

  private func lackOfStamps(
    _ before: ServerProgress, _ now: ServerProgress
  ) async throws(LDAPError) -> String? {
    // One that is being filled anew gets what is there in any order, and shows no stamp until it has
    // it all; one that is no provider any more may show none either.
    let mayForget =
      before.server == now.server
      && !(now.stamps.isEmpty && profile.has(ControlOID.syncRequest))
    for (server, stamp) in before.stamps.sorted(by: { $0.key < $1.key }) {
      let known = now.stamps[server]
      if let known, known >= stamp { continue }
      // A server that crashed has forgotten how far it had got, and has the changes themselves; one
      // that gets them of another server does not get them in their order.
      if mayForget, try await hasChange(stamped: stamp, of: before) { continue }
      guard let known else {
        return "nothing of the server \(server), of which changes were read"
      }
      return "of the server \(server) changes until \(known), and they were read until \(stamp)"
    }
    return nil
  }

  /// Whether the server has the last change that was read until `before`: what bore its stamp, or
  /// nobody of whom it was the delete, where that was put back with a copy from before.
  private func hasChange(
    stamped stamp: String, of before: ServerProgress
  ) async throws(LDAPError) -> Bool {
    if try await hasEntry(stamped: stamp) { return true }
    guard before.stamps.count == 1, !before.deleted.isEmpty else { return false }
    let filters = before.deleted.map { "(entryUUID=" + SearchFilter.escape($0) + ")" }
    return try await has("(|" + filters.joined() + ")") == false
  }

  /// Whether the last change that a server has, which is the one with this stamp, was a delete: then
  /// nothing bears it.
  func endsWithDelete(_ stamps: [String: String]) async throws(LDAPError) -> Bool {
    guard stamps.count == 1, let stamp = stamps.values.first,
      try await has("(entryCSN=" + SearchFilter.escape(stamp) + ")") == false
    else { return false }
    // Nothing has come since that took the stamp away from who bore it.
    let now = try await values(namingContext.text, "contextCSN")
    return ServerProgress.stamps(now.map { String(decoding: $0, as: UTF8.self) }) == stamps
  }

  private func hasEntry(stamped stamp: String) async throws(LDAPError) -> Bool {
    try await has("(entryCSN=" + SearchFilter.escape(stamp) + ")") == true
  }

  /// Whether there is anything that `filter` holds for; nil if the server does not say.
  private func has(_ filter: String) async throws(LDAPError) -> Bool? {
    let search = LDAPSearch(
      base: namingContext.text, filter: filter,
      attributes: ["1.1"], controls: plainControls)
    do throws(LDAPError) {
      return try await !connection.entries(search).isEmpty
    } catch {
      guard error.isAnswer else { throw error }
      return nil
    }
  }

  /// The youngest stamp of all says something of another server only: it goes with the entry that
  /// bore it.
  ///
  /// - Parameter shown: Up to which stamps a server has got that gets all from others, whether what
  ///   bore them is there or not.
  private static func lackOfStamp(
    _ before: LDAPWatermark, _ start: LDAPWatermark?, shown: [String: String]
  ) -> String? {
    guard let start, start.strategy == .timestamps, before.strategy == .timestamps,
      start[bytes: "server"] != before[bytes: "server"],
      let now = start[bytes: "stamp"].map({ String(decoding: $0, as: UTF8.self) }),
      let stamp = before[bytes: "stamp"].map({ String(decoding: $0, as: UTF8.self) }),
      now.utf8.count == stamp.utf8.count, now < stamp,
      !ServerProgress.stamps([stamp]).contains(where: { shown[$0.key] ?? "" >= $0.value })
    else { return nil }
    return "changes until \(now), and on another server they were read until \(stamp)"
  }

  /// The values of one attribute; none where the account may not see them.
  func values(_ dn: String, _ attribute: String) async throws(LDAPError) -> [[UInt8]] {
    try await shown(dn, [attribute])?[attribute] ?? []
  }

  /// What the account may see of an object; nil if that is nothing.
  func shown(_ dn: String, _ attributes: [String]) async throws(LDAPError) -> SearchEntry? {
    do throws(LDAPError) {
      return try await connection.entry(dn, attributes)
    } catch {
      guard error.isAnswer else { throw error }
      return nil
    }
  }
}
