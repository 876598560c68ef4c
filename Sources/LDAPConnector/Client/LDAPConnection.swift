import CSystem
import Secrets

/// A connection to one server of a directory, on a thread of its own.
///
/// Requests are answered one after the other, in the order in which they were made. While a search
/// is read, other requests may go in between: what arrives meanwhile of the search is kept by
/// libldap, so the search should be one of pages.
///
/// The connection ends when it is released.
final class LDAPConnection: Sendable {
  let settings: LDAPSettings
  private let session: LDAPSession
  private let wakeUp = WakeUp()

  /// A connection that is not made yet.
  init(_ settings: LDAPSettings) {
    self.settings = settings
    session = LDAPSession(settings)
  }

  /// Connects to the first server that answers, and binds; anew if it was connected.
  ///
  /// - Returns: the server.
  @discardableResult
  func bind() async throws(LDAPError) -> LDAPServer {
    try await perform { (session, patience) throws(LDAPError) in try session.open(patience) }
  }

  /// The server that is connected; nil if none is, or the connection broke.
  var server: LDAPServer? { get async { await session.server } }

  /// Begins a search; what it finds comes at the pace at which the reader is asked.
  func search(_ search: LDAPSearch) async throws(LDAPError) -> SearchReader {
    let message = try await perform { (session, _) throws(LDAPError) in
      try session.begin(search)
    }
    return SearchReader(connection: self, message: message, EntryReading(search))
  }

  /// Begins a search that goes on by itself, which ``news(of:within:)`` tells from.
  func begin(_ search: LDAPSearch) async throws(LDAPError) -> StandingSearch {
    let message = try await perform { (session, _) throws(LDAPError) in
      try session.begin(search)
    }
    return StandingSearch(message: message, reading: EntryReading(search))
  }

  /// What comes of a search that goes on by itself; nothing if the server is silent for `seconds`.
  func news(
    of search: StandingSearch, within seconds: Double
  ) async throws(LDAPError) -> [SearchMessage] {
    try await perform { (session, patience) throws(LDAPError) in
      try session.news(of: search.message, within: seconds, search.reading, patience)
    }
  }

  /// Everything that a small search finds.
  ///
  /// - Throws: ``LDAPError``, also for a result that is no success.
  func entries(_ search: LDAPSearch) async throws(LDAPError) -> [SearchEntry] {
    let reader = try await self.search(search)
    var found: [SearchEntry] = []
    while let messages = try await reader.next() {
      for case .entry(let entry) in messages { found.append(entry) }
    }
    guard let result = await reader.result, result.code != 0 else { return found }
    throw await error(result, "The search below \"\(search.base)\" failed")
  }

  /// What a search finds that wants a few only: that there are more is no failure.
  func firstEntries(_ search: LDAPSearch) async throws(LDAPError) -> [SearchEntry] {
    let reader = try await self.search(search)
    var found: [SearchEntry] = []
    while let messages = try await reader.next() {
      for case .entry(let entry) in messages { found.append(entry) }
    }
    guard let result = await reader.result,
      ![LDAPCode.success, LDAPCode.sizeLimitExceeded].contains(result.code)
    else { return found }
    throw await error(result, "The search below \"\(search.base)\" failed")
  }

  /// One object by its name; nil if there is none.
  func entry(_ dn: String, _ attributes: [String] = []) async throws(LDAPError) -> SearchEntry? {
    do throws(LDAPError) {
      return try await entries(LDAPSearch(base: dn, scope: .base, attributes: attributes)).first
    } catch {
      if error.resultCode == LDAPCode.noSuchObject { return nil }
      throw error
    }
  }

  /// Creates an object.
  func add(
    _ dn: String, _ attributes: [SearchAttribute], controls: [ServerControl] = []
  ) async throws(LDAPError) -> LDAPResult {
    try await perform { (session, patience) throws(LDAPError) in
      try session.add(dn, attributes, controls, patience)
    }
  }

  /// Changes an object's attributes.
  func modify(
    _ dn: String, _ modifications: [LDAPModification], controls: [ServerControl] = []
  ) async throws(LDAPError) -> LDAPResult {
    try await perform { (session, patience) throws(LDAPError) in
      try session.modify(dn, modifications, controls, patience)
    }
  }

  /// Gives an attribute a secret as its one value, and changes others with it.
  func replace(
    _ dn: String, _ attribute: String, with secret: SecretBytes,
    and modifications: [LDAPModification], controls: [ServerControl] = []
  ) async throws(LDAPError) -> LDAPResult {
    try await perform { (session, patience) throws(LDAPError) in
      try session.replace(dn, attribute, with: secret, and: modifications, controls, patience)
    }
  }

  /// Ends the connection.
  func close() async { await session.use(nil) }

  /// Whether nobody on the way can read what is said: it is encrypted, or stays on this machine.
  func isConfidential() async throws(LDAPError) -> Bool {
    guard let host = await server?.host else { return false }
    if cs_is_this_machine(host) == 1 { return true }
    return try await perform { (session, _) throws(LDAPError) in try session.encryption() } != nil
  }

  /// Gives an object the relative name `rdn`, and another container if one is named.
  func rename(
    _ dn: String, to rdn: String, below superior: String? = nil, deletesOld: Bool = true,
    controls: [ServerControl] = []
  ) async throws(LDAPError) -> LDAPResult {
    try await perform { (session, patience) throws(LDAPError) in
      try session.rename(
        dn, to: rdn, below: superior, deletesOld: deletesOld, controls, patience)
    }
  }

  /// Removes an object.
  func delete(
    _ dn: String, controls: [ServerControl] = []
  ) async throws(LDAPError) -> LDAPResult {
    try await perform { (session, patience) throws(LDAPError) in
      try session.delete(dn, controls, patience)
    }
  }

  /// The error that `result` is.
  func error(_ result: LDAPResult, _ message: String) async -> LDAPError {
    result.error(message, await server?.description ?? "")
  }

  /// Tells the server that nobody waits for `message` any more.
  func abandon(_ message: Int32) async { await session.abandon(message) }

  /// Does `work` on the connection's thread; it ends early when the task is cancelled.
  func perform<T: Sendable>(
    _ work: @escaping @Sendable (isolated LDAPSession, Patience) throws(LDAPError) -> T
  ) async throws(LDAPError) -> T {
    let patience = Patience(wakeUp)
    let result = await withTaskCancellationHandler {
      await Self.run(work, session, patience)
    } onCancel: {
      patience.cancel()
    }
    return try result.get()
  }

  private static func run<T: Sendable>(
    _ work: @Sendable (isolated LDAPSession, Patience) throws(LDAPError) -> T,
    _ session: isolated LDAPSession, _ patience: Patience
  ) async -> Result<T, LDAPError> {
    guard !patience.isCancelled else {
      return .failure(LDAPError(.cancelled, server: "", message: "Stopped before it was sent"))
    }
    do throws(LDAPError) {
      return .success(try work(session, patience))
    } catch {
      return .failure(error)
    }
  }
}
