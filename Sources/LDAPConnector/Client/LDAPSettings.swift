import Directory

/// Where a directory's servers are, and how they are spoken to.
public struct LDAPSettings: Sendable {
  /// The servers of one directory, in the order in which they are tried.
  public var servers: [LDAPServer]
  /// Who this program is to them.
  public var authentication: LDAPAuthentication
  /// Whether a connection that starts in the clear is encrypted before anything is said (StartTLS,
  /// RFC 4511 §4.14); a server that can't do it is refused.
  public var startTLS = false
  /// A file of PEM certificates to trust instead of the system's.
  public var caFile: String?
  /// Seconds that a connection to one server may take, TLS and bind included.
  public var connectTimeout: Double = 10
  /// Seconds that a server may be silent while it owes an answer.
  public var operationTimeout: Double = 120
  /// Whether requests that could change something are refused before they leave.
  public var isReadOnly = false
  /// Attributes whose values are not copied out of an answer, also if the server sends them.
  var secretAttributes = KnownAttributes.secrets

  /// Settings for these servers, with usual values for the rest.
  public init(servers: [LDAPServer], authentication: LDAPAuthentication = .anonymous) {
    self.servers = servers
    self.authentication = authentication
  }
}

/// One server's address.
public struct LDAPServer: Hashable, Sendable, CustomStringConvertible {
  /// The host's name or address.
  public var host: String
  /// The port.
  public var port: Int
  /// Whether the connection is TLS from its first byte (ldaps).
  public var usesTLS: Bool

  /// A server of these parts; without a port the usual one, 389 or 636.
  public init(host: String, port: Int? = nil, usesTLS: Bool = false) {
    self.host = host
    self.port = port ?? (usesTLS ? 636 : 389)
    self.usesTLS = usesTLS
  }

  /// The address as a URL (RFC 4516): `ldaps://dc1.contoso.com:636`.
  public var description: String {
    let name = host.utf8.contains(0x3A) ? "[" + host + "]" : host
    return (usesTLS ? "ldaps://" : "ldap://") + name + ":" + String(port)
  }
}

/// Who this program is to a directory.
public enum LDAPAuthentication: Sendable {
  /// Nobody.
  case anonymous
  /// A name with its password: a DN, or what else the server takes, such as `user@contoso.com`.
  ///
  /// The password is asked for at each connection, and never kept, stored nor printed.
  case simple(name: String, password: @Sendable () throws -> String)
  /// A Kerberos identity by SASL GSSAPI (RFC 4752).
  case gssapi(KerberosIdentity)
  /// A Kerberos identity by SASL GSS-SPNEGO ([MS-ADTS] §5.1.1.1.1).
  case spnego(KerberosIdentity)
}

/// Where Kerberos finds who this program is.
public struct KerberosIdentity: Hashable, Sendable {
  /// The principal; nil takes the one that is found.
  public var principal: String?
  /// A file of keys from which tickets are got; nil takes tickets that are there.
  public var keytab: String?
  /// The cache of tickets, such as `FILE:/run/lockstep/ccache`; nil takes the account's usual one.
  public var cache: String?

  /// An identity of these parts.
  public init(principal: String? = nil, keytab: String? = nil, cache: String? = nil) {
    self.principal = principal
    self.keytab = keytab
    self.cache = cache
  }
}
