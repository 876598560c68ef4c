import Configuration

/// Chooses how a controller finds out who this program is.
struct SignIn {
  let settings: ReplicationSettings
  /// The controller.
  let host: String

  /// Why there can be no ticket where NTLM may still do.
  private static let withoutTicket: Set<KerberosFailure.Kind> = [
    .unreachable, .unknownServer, .noCommonEncryption, .other,
  ]

  /// A context at its beginning; with Kerberos, the ticket is there.
  ///
  /// - Throws: ``KerberosFailure``; ``ReplicationError`` if the password can't be read.
  func context() throws -> any SecurityContext {
    switch settings.authentication {
    case .kerberos: return try kerberos()
    case .ntlm: return try ntlm()
    case .automatic:
      do {
        return try kerberos()
      } catch let failure as KerberosFailure where Self.withoutTicket.contains(failure.kind) {
        return try ntlm()
      }
    }
  }

  private func kerberos() throws -> any SecurityContext {
    try KerberosContext(settings.ticket(for: host), password: try password())
  }

  private func ntlm() throws -> any SecurityContext {
    let name = settings.ntlmAccount
    let hash = try password().withValue { PasswordHash.ntHash(of: $0) }
    return NTLMContext(NTLMContext.Account(user: name.user, domain: name.domain, hash: hash))
  }

  private func password() throws -> Secret {
    do {
      return try settings.password()
    } catch {
      throw ReplicationError(
        code: .noSecret, server: host, message: "the account's password can't be read",
        words: "\(error)", hint: "See that the file or variable that holds it is there")
    }
  }
}
