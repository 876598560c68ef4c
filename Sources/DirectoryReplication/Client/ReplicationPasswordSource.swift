import Directory
public import PasswordSync

/// The passwords of a domain, by its controllers' replication, as another controller has them.
///
/// An account's anchor is its `objectGUID` as the LDAP connector spells it. The state is a
/// ``ReplicationCursor`` as text; it outlives controllers.
public struct ReplicationPasswordSource: PasswordHashSource {
  /// The domain's DNS name.
  public let domain: String
  private let replicator: DirectoryReplicator

  /// What a request with a cursor is refused with that the controller can't go on from ([MS-ERREF]
  /// §2.2: a wrong parameter, in general and of replication).
  private static let uselessCursor: Set<UInt32> = [87, 8437]

  /// The passwords of the domain that `settings` name; nothing is sent yet.
  public init(_ settings: ReplicationSettings) {
    self.init(DirectoryReplicator(settings), domain: settings.domain)
  }

  init(_ replicator: DirectoryReplicator, domain: String) {
    self.replicator = replicator
    self.domain = domain
  }

  /// Accounts of which anything changed since `state`, as many as come in one answer of a controller.
  ///
  /// - Throws: ``PasswordSourceFailure``.
  public func changes(since state: String?) async throws -> PasswordHashBatch {
    let cursor = try state.map(Self.cursor)
    do {
      let batch = try await replicator.changes(since: cursor)
      var told = PasswordHashBatch(
        accounts: batch.changes.compactMap(SourceAccount.init), state: batch.cursor.description,
        hasMore: batch.hasMore)
      told.deleted = batch.changes.compactMap {
        if case .deleted(let guid, _) = $0 { guid.description } else { nil }
      }
      return told
    } catch {
      throw Self.failure(error, hasState: state != nil)
    }
  }

  /// Accounts as they are now, found by their `objectGUID`, or by their DN where the anchor is no
  /// GUID; in one session, with a call for each.
  public func accounts(_ names: [AccountName]) async -> [AccountReading] {
    var readings: [AccountReading] = []
    for name in names {
      do {
        let change =
          if let guid = GUID(name.anchor) { try await replicator.account(guid) } else {
            try await replicator.account(named: name.dn)
          }
        var account = change.flatMap(SourceAccount.init)
        if account?.name.dn.isEmpty == true { account?.name.dn = name.dn }
        readings.append(.success(account))
      } catch {
        readings.append(.failure(Self.failure(error, hasState: false)))
        break
      }
    }
    return readings
  }

  /// Signs in and asks for one object with its secrets, so that what keeps hashes from being read is
  /// told.
  ///
  /// - Throws: ``PasswordSourceFailure``.
  public func check() async throws {
    do { try await replicator.check() } catch { throw Self.failure(error, hasState: false) }
  }

  /// Whether the hash of the first stamp was written before that of the second, and will give way to
  /// it on all controllers ([MS-DRSR] `AttributeStampCompare`: the higher version wins, then the later
  /// time).
  ///
  /// One with a lower version that was written later counts as later: it is the first after the domain
  /// was restored.
  public func isEarlier(_ stamp: String, than other: String) -> Bool? {
    guard let stamp = PasswordStamp(stamp), let other = PasswordStamp(other) else { return nil }
    if stamp.version == other.version { return stamp.time < other.time }
    return stamp.version < other.version && stamp.time <= other.time
  }

  /// Which controllers had to be passed over since this was last asked, and why.
  public func takeNotices() async -> [String] { await replicator.takeNotices() }

  /// Nothing: what was read was handed out, and a reading that is under way needs its session.
  public func rest() async {}

  /// Ends the session with the controller.
  public func close() async { await replicator.close() }

  private static func cursor(_ state: String) throws -> ReplicationCursor {
    guard let cursor = ReplicationCursor(state) else {
      throw PasswordSourceFailure(
        "What is stored of how far passwords were read is none of a domain's replication",
        hint: "All are read anew", isStateUseless: true)
    }
    return cursor
  }

  private static func failure(_ error: any Error, hasState: Bool) -> any Error {
    guard let error = error as? ReplicationError else { return error }
    var failure = PasswordSourceFailure(
      error.server + ": " + error.message + (error.words.isEmpty ? "" : ": " + error.words),
      hint: error.hint)
    if hasState, case .refused(let status) = error.code, uselessCursor.contains(status) {
      failure.isStateUseless = true
    }
    return failure
  }
}

extension SourceAccount {
  /// The account that `change` tells of; nil if it tells of none that is there.
  init?(_ change: ReplicatedChange) {
    switch change {
    case .deleted: return nil
    case .unreadable(let guid, let name, let reason):
      // No stamp: of which password that is can't be told.
      self.init(
        name: AccountName(anchor: guid.description, dn: name), hash: nil, stamp: "", changed: nil)
      problem = reason
    case .account(let account):
      self.init(
        name: AccountName(anchor: account.guid.description, dn: account.name),
        hash: account.hash, stamp: account.passwordStamp,
        changed: account.passwordSet ?? account.stamp?.time)
      isDisabled = account.isDisabled
      mustChangePassword = account.mustChangePassword
      requiresSmartCard = account.requiresSmartCard
    }
  }
}

extension ReplicatedAccount {
  // When the password is another one. Where the controller tells nothing of the hash's own change,
  // the time that users see takes its place.
  fileprivate var passwordStamp: String {
    stamp?.description ?? passwordSet.map { "set " + $0.description } ?? ""
  }
}

extension PasswordStamp: CustomStringConvertible {
  /// The stamp as text to be stored and compared: version, time, controller, and its number.
  public var description: String {
    "\(version) \(time.description) \(controller.description) \(change)"
  }

  /// The stamp that `text` is; nil if it is none.
  init?(_ text: String) {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 4, let version = UInt32(parts[0]),
      let time = Timestamp(parts[1]), let controller = GUID(parts[2]),
      let change = UInt64(parts[3])
    else { return nil }
    self.init(
      ReplicatedEntry.Stamp(version: version, time: time, controller: controller, change: change))
  }
}
