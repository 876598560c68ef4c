public import Configuration
import Glibc
import PasswordSync
import Secrets

/// Which domain controllers are asked for changes, as whom.
public struct ReplicationSettings: Sendable {
  /// How the controller finds out who this program is.
  public enum Authentication: String, CaseIterable, Sendable {
    /// Kerberos, and NTLM where there can be no ticket: the controller is no key distribution centre
    /// that answers, or is called by a name that the realm does not know.
    case automatic
    /// Kerberos with a ticket from the controller itself.
    case kerberos
    /// NTLMv2.
    case ntlm
  }

  /// What an account proves itself with.
  public enum Credential: Sendable {
    /// A password, asked for at each connection and never kept.
    case password(@Sendable () throws -> Secret)
    /// A file of keys, for Kerberos only.
    case keytab(String)
  }

  /// The names or addresses of controllers of one domain, in the order in which they are tried;
  /// Kerberos wants full DNS names.
  public var hosts: [String]
  /// The domain's DNS name, such as `contoso.com`: also its naming context and its realm.
  public var domain: String
  /// The account: `name`, `DOMAIN\name`, or `name@suffix`.
  public var account: String
  /// What the account proves itself with.
  public var credential: Credential
  /// How the controller finds out who this program is.
  public var authentication = Authentication.automatic
  /// Seconds that connecting, and each wait for an answer, may take.
  public var patience: Double = 60
  /// Seconds that one call may take in all, however its answer trickles.
  var callPatience: Double { longestCall ?? 10 * patience }
  /// The same as a test wants it.
  var longestCall: Double?
  /// Objects in one answer at most; a controller may give fewer.
  var objectLimit: UInt32 = 1000
  /// The port of the endpoint mapper.
  public var mapperPort = 135
  /// The port of the key distribution centre.
  public var kerberosPort = 88

  /// Settings with usual values for the rest.
  public init(hosts: [String], domain: String, account: String, credential: Credential) {
    self.hosts = hosts
    self.domain = domain
    self.account = account
    self.credential = credential
  }

  /// Settings for an account with a password.
  public init(
    hosts: [String], domain: String, account: String,
    password: @escaping @Sendable () throws -> Secret
  ) {
    self.init(hosts: hosts, domain: domain, account: account, credential: .password(password))
  }
}

extension ReplicationSettings {
  /// The root of the domain's naming context: `DC=contoso,DC=com` (RFC 2247 §2).
  var namingContext: String {
    domain.split(separator: ".").map { "DC=" + $0 }.joined(separator: ",")
  }

  /// The domain's realm ([MS-KILE] §3.1.5.6).
  var realm: String { domain.uppercased() }

  /// Whether NTLM can be used.
  var hasPassword: Bool {
    if case .password = credential { true } else { false }
  }

  /// Account and domain as NTLM names them: one with a suffix stands for itself.
  var ntlmAccount: (user: String, domain: String) {
    if account.contains("@") { return (account, "") }
    let parts = account.split(separator: "\\", maxSplits: 1).map(String.init)
    return parts.count == 2 ? (parts[1], parts[0]) : (account, domain)
  }

  /// The account as Kerberos names it, without realm.
  var kerberosAccount: String {
    account.split(separator: "\\", maxSplits: 1).last.map(String.init) ?? account
  }

  /// The ticket that is needed: for the directory service of the controller `host`, from itself.
  func ticket(for host: String) -> KerberosTicket.Request {
    let name = host.contains(":") ? "[" + host + "]" : host
    return KerberosTicket.Request(
      realm: realm, distributionCentre: name + ":" + String(kerberosPort),
      account: kerberosAccount, service: "ldap/" + host)
  }
}

extension ReplicationSettings.Credential {
  /// What tells one that was refused from the one that is there now; nil if it can't be read.
  var mark: SecretBytes? {
    switch self {
    case .password(let read):
      guard let secret = try? read() else { return nil }
      return secret.withValue { RefusedSecret<ReplicationError>.mark(of: $0) }
    case .keytab(let path):
      // Whoever brings other keys writes the file.
      var found = stat()
      guard stat(path, &found) == 0 else { return nil }
      let (seconds, parts) = (found.st_mtim.tv_sec, found.st_mtim.tv_nsec)
      return RefusedSecret<ReplicationError>.mark(
        of: "\(found.st_ino) \(found.st_size) \(seconds) \(parts)")
    }
  }
}
