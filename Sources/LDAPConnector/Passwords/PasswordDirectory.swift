import Directory
import PasswordSync
import Synchronization

/// A directory from which hashes of passwords are read, or into which they are written.
///
/// No connection is kept between two uses: what the last answer held would lie in its buffers.
struct PasswordDirectory: Sendable {
  let settings: LDAPConnectorSettings
  private let known = KnownProfile()
  private let refused: RefusedSecret<LDAPError>

  /// What was found out of the directory, so that its schema is read once.
  private final class KnownProfile: Sendable {
    let profile = Mutex<DirectoryProfile?>(nil)
  }

  init(
    _ settings: LDAPConnectorSettings, _ attribute: HashAttribute,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    refused = RefusedSecret(now: now)
    var settings = settings
    settings.secretAttributes.insert(attribute.name)
    settings.connection.secretAttributes = settings.secretAttributes
    self.settings = settings
  }

  /// A connection of its own on which hashes may be spoken of, and what its server is.
  ///
  /// - Throws: ``LDAPError``, or ``ConnectorFailure`` if what is configured is not there.
  func connect() async throws -> (LDAPConnection, DirectoryProfile) {
    let connection = LDAPConnection(settings.connection)
    let server = try await signIn(connection)
    guard try await connection.isConfidential() else {
      await connection.close()
      throw LDAPError(
        .notSent, server: server.description,
        message: "Hashes of passwords would cross the network in the clear",
        hint: "Write ldaps:// or start_tls = true, or sign in by Kerberos.")
    }
    let profile = try await connection.profile(
      settings, known: known.profile.withLock { $0 })
    known.profile.withLock { $0 = profile }
    return (connection, profile)
  }

  /// Signs in, unless the server has refused the same password not long ago.
  private func signIn(_ connection: LDAPConnection) async throws(LDAPError) -> LDAPServer {
    guard case .simple(_, let password) = settings.connection.authentication,
      let mark = (try? password()).map({ RefusedSecret<LDAPError>.mark(of: $0) })
    else { return try await connection.bind() }
    if let refusal = refused.failure(of: mark) { throw refusal }
    do {
      return try await connection.bind()
    } catch {
      guard error.isOfSecret else { throw error }
      var refusal = error
      refusal.hint += " " + RefusedSecret<LDAPError>.hint + "."
      refused.note(refusal, of: mark)
      throw refusal
    }
  }

  /// What `error` is in words, with what to do.
  static func words(_ error: any Error) -> (message: String, hint: String)? {
    let failure: ConnectorFailure
    switch error {
    case let error as LDAPError: failure = error.failure(isStart: false)
    case let error as ConnectorFailure: failure = error
    default: return nil
    }
    let words = failure.serverWords.isEmpty ? "" : ": " + failure.serverWords
    let hint = failure.hint.hasSuffix(".") ? String(failure.hint.dropLast()) : failure.hint
    return (failure.message + words, hint)
  }
}
