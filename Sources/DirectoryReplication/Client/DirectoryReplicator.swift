public import Directory
import PasswordSync
import Synchronization
import Threads

/// Reads password hashes of a domain from one of its controllers, as another controller would
/// ([MS-DRSR]).
///
/// Work is done on a thread of its own, one request after the other. The session is opened with the
/// first request, with the first controller that can be reached, and kept. One that has died in the
/// meantime is opened anew and asked once more; a controller that gives no answer in time, or fails
/// for a reason of its own, lets the next one be asked.
public actor DirectoryReplicator {
  private let executor = ThreadExecutor()
  /// The thread on which all of it happens.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  private let settings: ReplicationSettings
  private let sockets = OpenSockets()
  private let security: @Sendable (ReplicationSettings, String) throws -> any SecurityContext
  private var session: ReplicationSession?
  private var notices: [String] = []
  private var progress = ReadingProgress()
  private let refused: RefusedSecret<ReplicationError>

  /// A reader of the controllers that `settings` name; nothing is sent yet.
  public init(_ settings: ReplicationSettings) {
    let byKerberos = KnownHosts()
    self.init(settings) {
      try SignIn(settings: $0, host: $1, byKerberos: byKerberos).context()
    }
  }

  /// A reader that signs in with the context that `security` makes.
  init(
    _ settings: ReplicationSettings,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    security: @escaping @Sendable (ReplicationSettings, String) throws -> any SecurityContext
  ) {
    self.settings = settings
    self.security = security
    refused = RefusedSecret(now: now)
  }

  /// Changes of accounts since `cursor`, as many as come in one answer.
  ///
  /// Without a cursor, all accounts are read. What comes may have come before: a change is told by
  /// its ``PasswordStamp``.
  ///
  /// - Parameter cursor: where an earlier answer ended; nil reads from the beginning.
  /// - Throws: ``ReplicationError``.
  public func changes(since cursor: ReplicationCursor?) async throws -> ReplicatedBatch {
    try await attempt("reading changes") { session throws in
      var reader = ChangeReader(session: session, root: settings.namingContext)
      reader.objectLimit = settings.objectLimit
      let batch = try reader.batch(since: cursor)
      try progress.note(batch)
      if let notice = batch.notice { notices.append("\(session.host): " + notice) }
      return batch
    }
  }

  /// The account with this identifier as it is now; nil if it is none of a user, or not there.
  ///
  /// - Throws: ``ReplicationError``.
  public func account(_ guid: GUID) async throws -> ReplicatedChange? {
    try await attempt("reading an account") { session throws in
      let reader = ChangeReader(session: session, root: settings.namingContext)
      return try reader.change(DistinguishedObject(guid: guid))
    }
  }

  /// The account with this DN, `DOMAIN\name`, or user principal name as it is now; nil if it is none
  /// of a user, or not there.
  ///
  /// - Throws: ``ReplicationError``.
  public func account(named name: String) async throws -> ReplicatedChange? {
    try await attempt("reading an account") { session throws in
      let request = NamesRequest(names: [name], offered: Self.format(of: name))
      guard let item = try session.resolve(request).first, item.status == 0, let name = item.name
      else { return nil }
      let reader = ChangeReader(session: session, root: settings.namingContext)
      return try reader.change(DistinguishedObject(name: name))
    }
  }

  /// Signs in and asks for one object with its secrets: whatever keeps hashes from being read is told.
  ///
  /// - Throws: ``ReplicationError``.
  public func check() async throws {
    try await attempt("asking for changes") { session throws in
      let reader = ChangeReader(session: session, root: settings.namingContext)
      _ = try reader.entry(DistinguishedObject(name: settings.namingContext))
    }
  }

  /// Ends the session, if there is one.
  public func close() {
    try? session?.close()
    session = nil
    sockets.forget()
  }

  private static func format(of name: String) -> NamesRequest.Format {
    if name.contains("\\"), !name.contains("=") { return .accountName }
    return name.contains("=") ? .distinguishedName : .userPrincipalName
  }

  // Does `work` in the session; a failure of any layer ends it.
  private func attempt<R: Sendable>(
    _ doing: String, _ work: (ReplicationSession) throws -> R
  ) async throws -> R {
    let sockets = sockets
    return try await withTaskCancellationHandler {
      try attemptNow(doing, work)
    } onCancel: {
      sockets.interrupt()
    }
  }

  private func attemptNow<R>(
    _ doing: String, _ work: (ReplicationSession) throws -> R
  ) throws -> R {
    let wasKept = session != nil
    do {
      return try attemptOnce(doing, work)
    } catch {
      // A refusal leaves the session; one that was kept and has died says nothing of the controller.
      guard wasKept, session == nil, error.code != .noProgress, error.code != .cancelled else {
        return try askAnother(after: error, doing, work)
      }
      if error.code == .timeout { return try attemptOnce(doing, after: error, work) }
      do {
        return try attemptOnce(doing, work)
      } catch {
        return try askAnother(after: error, doing, work)
      }
    }
  }

  // Does `work` with the next controller, once, if what the one before said was of itself.
  private func askAnother<R>(
    after error: ReplicationError, _ doing: String, _ work: (ReplicationSession) throws -> R
  ) throws -> R {
    guard error.isOfController, settings.hosts.contains(where: { $0 != error.server }) else {
      throw error
    }
    try? session?.close()
    session = nil
    return try attemptOnce(doing, after: error, work)
  }

  private func attemptOnce<R>(
    _ doing: String, after late: ReplicationError? = nil,
    _ work: (ReplicationSession) throws -> R
  ) throws(ReplicationError) -> R {
    var step = "connecting"
    do {
      try Task.checkCancellation()
      let session = try session ?? open(after: late)
      self.session = session
      step = doing
      return try work(session)
    } catch {
      throw failure(error, step)
    }
  }

  // A session with the first controller that can be reached; one that has failed comes last.
  private func open(after late: ReplicationError?) throws -> ReplicationSession {
    let mark = settings.credential.mark
    if let mark, let refusal = refused.failure(of: mark) { throw refusal }
    let hosts =
      settings.hosts.filter { $0 != late?.server } + settings.hosts.filter { $0 == late?.server }
    var first: ReplicationError?
    for host in hosts {
      do {
        let session = try open(host)
        if let failure = late ?? first, failure.server != host { note(failure, asking: host) }
        if let notice = session.notice { notices.append(notice) }
        return session
      } catch {
        var error = ReplicationError(error, server: host, doing: "connecting")
        if error.code == .wrongPassword, let mark {
          error.hint += ". " + RefusedSecret<ReplicationError>.hint
          refused.note(error, of: mark)
        }
        // What one controller says of the account, others would say too; and a lock-out is near.
        guard error.isOfController, !Task.isCancelled else { throw error }
        first = first ?? error
      }
    }
    throw first
      ?? ReplicationError(
        code: .unreachable, server: settings.domain, message: "connecting failed",
        words: "no controller is named", hint: "Name one")
  }

  private func note(_ failure: ReplicationError, asking host: String) {
    let words = failure.words.isEmpty ? "" : ": " + failure.words
    notices.append("\(failure.server): \(failure.message)\(words); \(host) is asked in its place")
  }

  /// Which controllers had to be passed over, and why; each is told once.
  public func takeNotices() -> [String] {
    defer { notices = [] }
    return notices
  }

  private func open(_ host: String) throws -> ReplicationSession {
    sockets.forget()
    return try ReplicationSession(settings, host: host, security: security) { port throws in
      try sockets.keep(TCPSocket(host: host, port: port, patience: settings.patience))
    }
  }

  private func failure(_ cause: any Error, _ doing: String) -> ReplicationError {
    let server = session?.host ?? settings.hosts.first ?? settings.domain
    var error = ReplicationError(cause, server: server, doing: doing)
    if Task.isCancelled {
      error = ReplicationError(
        code: .cancelled, server: server, message: doing + " was cancelled", words: "",
        hint: "Nothing was changed")
    } else if case .missingRights = error.code, let session {
      error = missingRights(session) ?? error
    }
    // A refusal leaves the session as it was.
    if !(cause is RefusedChanges) || Task.isCancelled { session = nil }
    return error
  }

  // Which right is missing: without the second, all but secrets would come.
  private func missingRights(_ session: ReplicationSession) -> ReplicationError? {
    let reader = ChangeReader(session: session, root: settings.namingContext)
    do {
      _ = try reader.entry(
        DistinguishedObject(name: settings.namingContext), attributes: ReplicatedAttribute.open)
      return .missing(.secrets, server: session.host)
    } catch RefusedChanges.status(let status)
      where [WindowsStatus.accessDenied, WindowsStatus.replicationAccessDenied].contains(status)
    {
      return .missing([.changes, .secrets], server: session.host)
    } catch {
      return nil
    }
  }
}

/// The sockets that a cancelled task must not wait for.
private final class OpenSockets: Sendable {
  private let list = Mutex<[TCPSocket]>([])

  func keep(_ socket: TCPSocket) -> TCPSocket {
    list.withLock { $0.append(socket) }
    return socket
  }

  func forget() { list.withLock { $0.removeAll() } }

  func interrupt() { list.withLock { for socket in $0 { socket.interrupt() } } }
}
