public import Configuration

/// A `[password_sync]` section: from which connector's accounts to which connector's users passwords
/// go, and how hashes are read and written.
public struct PasswordSyncSection: Hashable, Sendable {
  /// How an attribute holds a hash.
  public enum HashForm: String, Hashable, Sendable, CaseIterable {
    /// As 32 hexadecimal digits.
    case hexadecimal
    /// As 16 bytes.
    case binary
  }

  /// An attribute that holds the NT hash of a password, and one that tells when it was set.
  public struct HashAttribute: Hashable, Sendable {
    /// The attribute's name.
    public var name: String
    /// How it holds the hash.
    public var form: HashForm
    /// The attribute that tells when the password was set; nil if there is none.
    public var changed: String?
  }

  /// Where hashes are read from.
  public enum Source: Hashable, Sendable {
    /// By the replication of Active Directory's domain controllers.
    case replication(Replication)
    /// From an attribute of the source connector's objects.
    case attribute(HashAttribute)
  }

  /// Which domain controllers are asked, as whom.
  public struct Replication: Hashable, Sendable {
    /// How the controller finds out who this program is.
    public enum Authentication: String, Hashable, Sendable, CaseIterable {
      /// Kerberos, and NTLM where there can be no ticket.
      case automatic
      /// Kerberos.
      case kerberos
      /// NTLMv2.
      case ntlm
    }

    /// The domain's DNS name.
    public var domain: String
    /// The controllers in the order in which they are tried.
    public var hosts: [String]
    /// The account: `name`, `DOMAIN\name`, or `name@suffix`.
    public var account: String
    /// What the account proves itself with.
    public var credential: Credential
    /// How the controller finds out who this program is.
    public var authentication: Authentication
    /// Seconds that connecting, and each wait for an answer, may take; nil for the usual ones.
    public var timeoutSeconds: Int?
  }

  /// What an account proves itself with.
  public enum Credential: Hashable, Sendable {
    /// A password.
    case password(SecretReference)
    /// A file of Kerberos keys; an absolute path.
    case keytab(String)
  }

  /// The name of the connector whose objects the accounts are.
  public var source: String
  /// The name of the connector whose objects take the passwords.
  public var target: String
  /// Where hashes are read from.
  public var reading: Source
  /// The attribute that a directory takes hashes in; nil where the target takes passwords itself.
  public var writing: HashAttribute?
  /// Seconds between two turns, from 30 to 86,400.
  public var intervalSeconds: Int
  /// Whether a password that must be changed at the next sign-in is sent, with that word.
  public var sendsMustChange: Bool
  /// Whether the hash of an account that signs in with a smart card only is sent.
  public var sendsSmartCard: Bool
  /// Whether passwords go although the host is in FIPS mode.
  public var allowsFIPS: Bool
  /// Where the section starts.
  public var place: SourcePlace
}

extension WorkspaceSettings {
  /// The attributes of the connector `name` that hold hashes: they are never read into the connector
  /// space, logged nor shown.
  public func hashAttributes(ofConnector name: String) -> [String] {
    passwordSync.flatMap { section -> [String] in
      var names: [String] = []
      if section.source == name, case .attribute(let attribute) = section.reading {
        names.append(attribute.name)
      }
      if section.target == name, let attribute = section.writing { names.append(attribute.name) }
      return names
    }
  }
}
