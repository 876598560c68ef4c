import Directory

/// Asks for changes in a session, and for what they don't tell.
struct ChangeReader {
  let session: ReplicationSession
  /// The naming context's root.
  let root: String
  /// Objects in one answer at most.
  var objectLimit: UInt32 = 1000

  /// Changes since `cursor`; all there is, if the controller was set back behind it.
  func batch(since cursor: ReplicationCursor?) throws -> ReplicatedBatch {
    var reply = try session.changes(request(since: cursor))
    if let cursor, cursor.invocation != reply.invocation, cursor.vector != USNVector() {
      // The numbers are another controller's: what it knows of all of them counts, or nothing.
      var fresh = cursor
      fresh.vector = USNVector()
      reply = try session.changes(request(since: fresh))
    }
    if cursor == nil { session.isTrusted = true }
    if let cursor, let words = try setBack(behind: cursor, reply) {
      // What got a number since then that was told before would never come.
      var whole = try batch(since: nil)
      whole.notice =
        "it was set back \(words), as by a snapshot of its machine; all accounts are read again"
      return whole
    }
    var known = cursor?.upToDateness ?? UpToDateness()
    if let theirs = reply.upToDateness { known.merge(theirs) }
    var next = ReplicationCursor(
      invocation: reply.invocation, vector: reply.to, upToDateness: known)
    next.witnesses = cursor?.witnesses ?? [:]
    next.noteWitnesses(of: reply.entries)
    var changes: [ReplicatedChange] = []
    for entry in reply.entries {
      let isWhole = isFromBeginning(cursor) || !entry.lacksAttributes
      if let change = isWhole ? decoder.change(entry) : try change(entry.object) {
        changes.append(change)
      }
    }
    return ReplicatedBatch(
      changes: changes, objectCount: reply.entries.count, cursor: next, hasMore: reply.hasMore)
  }

  /// How a controller was set back behind what it has told before; nil if it was not.
  private func setBack(behind cursor: ReplicationCursor, _ reply: ChangesReply) throws -> String? {
    if let place = Self.place(behind: cursor, reply) {
      return "from change \(place.before) to \(place.now)"
    }
    // Nobody sets it back while a session lasts.
    guard !session.isTrusted else { return nil }
    session.isTrusted = true
    guard let witness = cursor.witnesses[reply.invocation], try isGone(witness) else { return nil }
    return "behind change \(witness.stamp.change), which it told and does not show any more"
  }

  /// Whether a controller does not have a change that it took itself.
  private func isGone(_ witness: ChangeWitness) throws -> Bool {
    do {
      let object = DistinguishedObject(guid: witness.object)
      guard let now = try entry(object, attributes: [witness.attribute, .isDeleted]) else {
        return true
      }
      // Where it does not say how the attribute came to be there is no telling.
      return !now.isDeleted
        && now.stamps[witness.attribute].map(witness.isContradicted) ?? false
    } catch is RefusedChanges {
      return false
    }
  }

  // Where a controller says that it is, and where it was, if that is farther: some keep their
  // invocation id when they are set back.
  private static func place(
    behind cursor: ReplicationCursor, _ reply: ChangesReply
  ) -> (now: UInt64, before: UInt64)? {
    guard cursor.invocation == reply.invocation,
      let now = reply.upToDateness?.changes[reply.invocation],
      let before = cursor.upToDateness.changes[reply.invocation], now < before
    else { return nil }
    return (now, before)
  }

  /// The change that one object is now; nil if it is none of a user account, or not there.
  ///
  /// One that the controller does not give, though it gives others, is unreadable.
  func change(_ object: DistinguishedObject) throws -> ReplicatedChange? {
    do {
      return try entry(object).flatMap(decoder.change)
    } catch let refusal as RefusedChanges {
      guard let guid = object.guid, let reason = refusal.ofObject else { throw refusal }
      return .unreadable(guid: guid, name: object.name, reason: reason)
    }
  }

  /// One object as it is now; nil if it is not there.
  func entry(
    _ object: DistinguishedObject, attributes: [ReplicatedAttribute] = ReplicatedAttribute.allCases
  ) throws -> ReplicatedEntry? {
    var request = ChangesRequest(object: object)
    request.extended = .object
    request.objectLimit = 1
    request.attributes = attributes
    do {
      return try session.changes(request).entries.first
    } catch RefusedChanges.status(let status) where WindowsStatus.unknownObjects.contains(status) {
      return nil
    }
  }

  // Whether attributes of any age are told: the numbers of attributes grow at the end only.
  private func isFromBeginning(_ cursor: ReplicationCursor?) -> Bool {
    guard let cursor else { return true }
    return cursor.vector.property == 0 && cursor.upToDateness.changes.isEmpty
  }

  private var decoder: EntryDecoder { EntryDecoder(sessionKey: session.sessionKey) }

  private func request(since cursor: ReplicationCursor?) -> ChangesRequest {
    var request = ChangesRequest(object: DistinguishedObject(name: root))
    request.objectLimit = objectLimit
    if let cursor {
      request.invocation = cursor.invocation
      request.from = cursor.vector
      if !cursor.upToDateness.changes.isEmpty { request.upToDateness = cursor.upToDateness }
    }
    return request
  }
}
