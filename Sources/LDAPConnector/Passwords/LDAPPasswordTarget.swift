import CLDAP
import Directory
public import PasswordSync
import Secrets

/// A directory that takes hashes of passwords in an attribute of its entries, for example
/// `sambaNTPassword` for a RADIUS server.
///
/// A hash takes the place of the one before; to be given the same twice changes nothing. Where the
/// schema has the attribute that tells when a password was set, it is written in the same change. A
/// password that must be changed goes only where that attribute can say so.
public struct LDAPPasswordTarget: PasswordTarget {
  private let directory: PasswordDirectory
  private let attribute: HashAttribute

  /// The directory that `settings` name; nothing is sent yet.
  ///
  /// - Parameters:
  ///   - settings: As for the connector.
  ///   - attribute: The attribute that takes hashes.
  public init(_ settings: LDAPConnectorSettings, attribute: HashAttribute) {
    directory = PasswordDirectory(settings, attribute)
    self.attribute = attribute
  }

  /// The attributes and the form of what is written.
  public var way: String {
    "\(attribute.name.text) \(attribute.form) \(attribute.changed?.text ?? "-")".lowercased()
  }

  /// Writes the hashes one after the other.
  ///
  /// An object that is not there is answered with `retry`, as what the server has no time for; what
  /// it refuses, with `failed`, in the server's words.
  ///
  /// - Throws: ``PasswordTargetFailure`` if the server can't be reached, or goes away before it has
  ///   answered for each.
  public func provision(_ changes: [PasswordChange]) async throws -> [PasswordAnswer] {
    guard !changes.isEmpty else { return [] }
    return try await onConnection { connection, profile in
      var places = PasswordPlaces(connection, profile)
      try await places.find(changes)
      var answers: [PasswordAnswer] = []
      for change in changes {
        answers.append(try await answer(change, connection, profile, &places))
      }
      return answers
    }
  }

  /// Connects, signs in, and reads the top of the directory.
  ///
  /// - Throws: ``PasswordTargetFailure``.
  public func ping() async throws { try await onConnection { _, _ in } }

  private func onConnection<R>(
    _ work: (LDAPConnection, DirectoryProfile) async throws -> R
  ) async throws -> R {
    var isConnected = false
    do {
      let (connection, profile) = try await directory.connect()
      isConnected = true
      let result = try await work(connection, profile)
      await connection.close()
      return result
    } catch {
      guard let (message, hint) = PasswordDirectory.words(error) else { throw error }
      var failure = PasswordTargetFailure(message, hint: hint)
      // A server may fail at one entry, and take all others.
      failure.mayBeOfOne = isConnected
      throw failure
    }
  }

  private func answer(
    _ change: PasswordChange, _ connection: LDAPConnection, _ profile: DirectoryProfile,
    _ places: inout PasswordPlaces
  ) async throws(LDAPError) -> PasswordAnswer {
    guard let times = times(change, profile) else {
      let reason =
        attribute.changed.map { "\($0) takes no number of seconds, of which 0 would say so" }
        ?? "no attribute for the time of the password is named"
      return .filtered("The directory can't be told that the password must be changed: " + reason)
    }
    do throws(LDAPError) {
      let (name, value) = (attribute.name.text, attribute.value(of: change.hash))
      let result = try await places.atItsPlace(change) { (dn, controls) throws(LDAPError) in
        try await connection.replace(dn, name, with: value, and: times, controls: controls)
      }
      guard let result else {
        return .retry(
          change.targetAnchor.isEmpty
            ? "The directory's object has no name yet"
            : "The directory has no object \(ServerWords.shown(change.targetAnchor))")
      }
      return answer(result)
    } catch {
      // libldap refuses a name that is none before it sends anything.
      guard error.code == .notSent, !directory.settings.connection.isReadOnly else { throw error }
      return .failed(WordsWithoutHashes.shown(error.description))
    }
  }

  /// What tells when the password was set, if the schema has it and it can be written; nil if it can't
  /// tell that the password must be changed.
  private func times(
    _ change: PasswordChange, _ profile: DirectoryProfile
  ) -> [LDAPModification]? {
    guard let name = attribute.changed, let type = profile.schema[name], !type.isReadOnly else {
      return change.mustChange ? nil : []
    }
    // Zero stands for a password that must be changed, where seconds are counted (samba.schema).
    let isGeneralized = type.syntax?.hasSuffix(".121.1.24") == true
    guard !(isGeneralized && change.mustChange) else { return nil }
    let text =
      isGeneralized
      ? PasswordTime.generalized(change.changed)
      : change.mustChange ? "0" : PasswordTime.seconds(change.changed)
    return [LDAPModification(.replace, name.text, [Array(text.utf8)])]
  }

  private func answer(_ result: LDAPResult) -> PasswordAnswer {
    let name = String(cString: ldap_err2string(result.code))
    // Some servers repeat a value that they do not take.
    let diagnostic = WordsWithoutHashes.shown(result.diagnostic)
    let words = name + " (\(result.code))" + (diagnostic.isEmpty ? "" : ": " + diagnostic)
    switch result.code {
    case LDAPCode.success: return .success
    case LDAPCode.noSuchObject, LDAPCode.assertionFailed, LDAPCode.busy, LDAPCode.unavailable,
      LDAPCode.timeLimitExceeded, LDAPCode.adminLimitExceeded:
      return .retry(words)
    case LDAPCode.insufficientAccessRights:
      return .failed(words + ". Give the connector's account the right to write \(attribute.name)")
    case LDAPCode.objectClassViolation, LDAPCode.undefinedAttributeType:
      return .failed(
        words + ". Give the object a class that allows \(attribute.name), such as sambaSamAccount")
    default: return .failed(words)
    }
  }
}
