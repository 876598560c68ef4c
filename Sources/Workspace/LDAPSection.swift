public import Configuration

/// The settings of a connector that speaks LDAP.
public struct LDAPSection: Hashable, Sendable {
  /// One server's address.
  public struct Server: Hashable, Sendable {
    /// The host's name or address, without brackets.
    public var host: String
    /// The port; nil for the usual one.
    public var port: Int?
    /// Whether the connection is TLS from its first byte.
    public var usesTLS: Bool
  }

  /// Who the connector is to its directory.
  public enum Authentication: String, Hashable, Sendable, CaseIterable {
    /// A name with a password.
    case simple
    /// A Kerberos identity by SASL GSSAPI.
    case gssapi
    /// A Kerberos identity by SASL GSS-SPNEGO.
    case spnego
    /// Nobody.
    case anonymous
  }

  /// The servers in the order in which they are tried.
  public var servers: [Server]
  /// Whether a connection that starts in the clear is encrypted before anything is said.
  public var usesStartTLS: Bool
  /// A file of PEM certificates to trust instead of the system's; an absolute path.
  public var caFile: String?
  /// Who the connector is.
  public var authentication: Authentication
  /// The account's name; nil where none is needed.
  public var user: String?
  /// Where its password is; nil where none is needed.
  public var password: SecretReference?
  /// A file of Kerberos keys; an absolute path.
  public var keytab: String?
  /// The cache of Kerberos tickets.
  public var ticketCache: String?
  /// Seconds that a connection may take.
  public var connectTimeoutSeconds: Int?
  /// Seconds that a server may be silent while it owes an answer.
  public var timeoutSeconds: Int?
  /// What is read, and how.
  public var reading: Reading
  /// How the directory is watched for changes; nil if it is not.
  public var watch: WatchSection?

  /// What becomes of an object that is still in the directory and no longer read.
  public enum Leaving: String, Hashable, Sendable, CaseIterable {
    /// It counts as deleted.
    case delete
    /// It stays as it was.
    case keep
    /// It is forgotten, and what was made of it elsewhere stays.
    case disconnect
  }

  /// By which means the directory is asked for what changed.
  public enum Delta: String, Hashable, Sendable, CaseIterable {
    /// The best that the server has.
    case auto
    /// Content synchronization (RFC 4533).
    case syncrepl
    /// Active Directory's DirSync.
    case dirsync
    /// Active Directory's update numbers.
    case usn
    /// The stamps of entries, and a comparison now and then.
    case timestamps
    /// Not at all: every import is a full one.
    case none
  }

  /// What is read, and how.
  public struct Reading: Hashable, Sendable {
    /// The name below which everything is read; nil for the server's own.
    public var base: String?
    /// Which objects, in the form of RFC 4515.
    public var filter: String?
    /// Containers that are read, by GUID or DN; empty means all.
    public var included: [String]
    /// Containers that are not read, by GUID or DN.
    public var excluded: [String]
    /// What becomes of objects that are still there and no longer read.
    public var leaving: Leaving
    /// Attributes that are read; empty means all.
    public var attributes: [String]
    /// The attribute that names an object for ever; nil for the usual one.
    public var anchor: String?
    /// Further attributes that hold names of other objects.
    public var references: [String]
    /// Further attributes that hold bytes.
    public var binaries: [String]
    /// Objects asked for in one page.
    public var pageSize: Int?
    /// Values of `member` asked for at a time.
    public var rangeSize: Int?
    /// By which means changes are asked for.
    public var delta: Delta
    /// Seconds between two comparisons of what is there, where a server tells no deletes.
    public var comparisonSeconds: Int?
  }

  /// A text that differs when other objects are read, or are read in another way.
  ///
  /// Servers are left out: what another directory would be, its own identity tells.
  var fingerprint: String {
    let parts =
      ["ldap", reading.base ?? "", reading.filter ?? "", reading.anchor ?? ""]
      + reading.included.sorted() + [""] + reading.excluded.sorted() + [""]
      + reading.attributes.map { $0.lowercased() }.sorted() + [""] + reading.references.sorted()
      + [""] + reading.binaries.sorted()
      + (reading.leaving == .delete ? [] : [reading.leaving.rawValue])
    return parts.joined(separator: "\n")
  }
}
