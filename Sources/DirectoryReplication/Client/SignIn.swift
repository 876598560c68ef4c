import Configuration
import Secrets
import Synchronization

/// Chooses how a controller finds out who this program is.
struct SignIn {
  let settings: ReplicationSettings
  /// The controller.
  let host: String
  /// Controllers to which Kerberos has led in this program's life.
  var byKerberos = KnownHosts()

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
        let context = try kerberos()
        byKerberos.insert(host)
        return context
      } catch let failure as KerberosFailure
        where Self.withoutTicket.contains(failure.kind) && settings.hasPassword
        // Whoever can hold up the way to a ticket must not have NTLM instead.
        && !byKerberos.contains(host)
      {
        let context = try ntlm()
        context.notice =
          "\(host): Kerberos: \(failure.step) failed: \(failure.words); NTLM is used in its place"
        return context
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

  private func ntlm() throws -> NTLMContext {
    guard case .password(let read) = settings.credential else {
      throw ReplicationError(
        code: .noSecret, server: host, message: "NTLM needs the account's password", words: "",
        hint: "Use Kerberos with the key file, or name a password")
    }
    let name = settings.ntlmAccount
    let hash = try password(read).withValue { PasswordHash.ntHash(of: $0) }
    let context = NTLMContext(
      NTLMContext.Account(user: name.user, domain: name.domain, hash: hash))
    context.serviceName = "ldap/" + host
    return context
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

/// Names of controllers, to be added to.
final class KnownHosts: Sendable {
  private let names = Mutex<Set<String>>([])
  func insert(_ name: String) { names.withLock { _ = $0.insert(name) } }
  func contains(_ name: String) -> Bool { names.withLock { $0.contains(name) } }
}
