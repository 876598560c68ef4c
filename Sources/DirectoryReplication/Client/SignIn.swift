import Configuration
import Secrets

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
      } catch let failure as KerberosFailure
        where Self.withoutTicket.contains(failure.kind) && settings.hasPassword
      {
        return try ntlm()
      }
    }
  }

  private func kerberos() throws -> any SecurityContext {
    try KerberosContext(settings.ticket(for: host), proof: try proof())
  }

  private func proof() throws -> KerberosTicket.Proof {
    switch settings.credential {
    case .password(let read): .password(try password(read))
    case .keytab(let path): .keytab(path)
    }
  }

  private func ntlm() throws -> any SecurityContext {
    guard case .password(let read) = settings.credential else {
      throw ReplicationError(
        code: .noSecret, server: host, message: "NTLM needs the account's password", words: "",
        hint: "Use Kerberos with the key file, or name a password")
    }
    let name = settings.ntlmAccount
    let hash = try password(read).withValue { PasswordHash.ntHash(of: $0) }
    return NTLMContext(NTLMContext.Account(user: name.user, domain: name.domain, hash: hash))
  }

  private func password(_ read: @Sendable () throws -> Secret) throws -> Secret {
    do {
      return try read()
    } catch {
      throw ReplicationError(
        code: .noSecret, server: host, message: "the account's password can't be read",
        words: "\(error)", hint: "See that the file or variable that holds it is there")
    }
  }
}
