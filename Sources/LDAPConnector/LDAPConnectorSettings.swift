public import Directory

/// Which objects an ``LDAPConnector`` reads from which directory, and how it understands them.
public struct LDAPConnectorSettings: Sendable {
  /// The servers, and how they are spoken to.
  public var connection: LDAPSettings
  /// The name below which everything is read; nil takes what the server says is its own: the domain
  /// of Active Directory, the naming context of others if they have one only.
  public var base: String?
  /// Which objects are wanted besides their type, in the form of RFC 4515; nil means all.
  public var filter: String?
  /// Containers with all below them that are read; empty means all below ``base``.
  public var included: [ContainerName] = []
  /// Containers with all below them that are not read.
  public var excluded: [ContainerName] = []
  /// What becomes of an object that is still in the directory, and no longer in scope.
  public var leaving = ScopeLeaving.delete
  /// By which means changes are asked for; nil takes the best that the server has.
  public var delta: DeltaStrategy?
  /// Seconds after which ``DeltaStrategy/timestamps`` compare what is there with what is staged, as
  /// they tell no deletes.
  public var comparisonInterval = 3600
  /// By which means ``LDAPConnector/watch()`` learns of changes; nil takes the best that the server
  /// has.
  public var watchMeans: WatchMeans?
  /// Seconds between two questions to a server that is asked whether anything moved.
  public var pollInterval: Double = 30
  /// Attributes that are read; empty means all that a server shows unasked, and the anchor.
  public var attributes: [String] = []
  /// Objects asked for in one page; the server may give fewer.
  public var pageSize = 1000
  /// Values of ``rangedAttributes`` asked for at a time; nil leaves it to the server.
  ///
  /// Only Active Directory and Samba know ranges ([MS-ADTS] §3.1.1.3.1.3.3).
  public var rangeSize: Int?
  /// Attributes that ``rangeSize`` is for.
  public var rangedAttributes: [String] = ["member"]
  /// The attribute whose value is an object's anchor; nil takes what the kind of server has.
  public var anchorAttribute: AttributeName?
  /// Further attributes whose values are DNs of other objects.
  public var referenceAttributes: Set<AttributeName> = []
  /// Further attributes whose values are bytes.
  public var binaryAttributes: Set<AttributeName> = []
  /// Attributes that never leave the connector.
  public var ignoredAttributes = KnownAttributes.withheld.union(Self.volatileAttributes)
  /// Those whose values are not even copied out of a server's answer.
  public var secretAttributes = KnownAttributes.secrets
  /// The object type for each object class; the first class in this list that an object has wins.
  ///
  /// An object with none of them has its last class as type.
  public var objectTypes = ObjectTypeRule.usual

  /// Whether objects are written to the directory, so that their names are values which rules give:
  /// the attribute `dn`.
  public var isTarget = false

  /// Settings for the directory of these servers, everything else by default.
  public init(connection: LDAPSettings) { self.connection = connection }
}

extension LDAPConnectorSettings {
  /// Whether an object that stands where is read, and that ``filter`` leaves out, stays as it was seen
  /// last.
  ///
  /// Where objects are written to, what the rules give one may take it out of the filter: it is there all
  /// the same, nobody can make it anew, and it is to be deleted when its source is.
  var keepsUnshown: Bool { isTarget && filter != nil && leaving == .delete }

  /// What each domain controller counts for itself: it says nothing of the object, and another
  /// controller says something else.
  public static let volatileAttributes: Set<AttributeName> = [
    "lastLogon", "lastLogoff", "logonCount", "badPwdCount", "badPasswordTime", "uSNChanged",
    "uSNCreated", "whenChanged", "dSCorePropagationData", "replPropertyMetaData",
    "msDS-LastSuccessfulInteractiveLogonTime",
    "msDS-LastFailedInteractiveLogonTime", "msDS-FailedInteractiveLogonCount",
    "msDS-FailedInteractiveLogonCountAtLastSuccessfulLogon",
  ]
}

/// What becomes of an object that is still in the directory and no longer read: it was moved to a
/// container that is not read, or the filter, the containers or the object changed.
public enum ScopeLeaving: String, Hashable, Sendable, CaseIterable {
  /// It counts as deleted.
  case delete
  /// It stays as it was seen last, until it is read again or is gone from the directory.
  case keep
  /// It is forgotten here, and what was made of it elsewhere stays as it is, without being kept in
  /// step any more.
  case disconnect

  /// What an import tells of an object that is in the directory, read or not; nil where nobody asks.
  func change(of anchor: Anchor) -> ImportedChange? {
    switch self {
    case .delete: nil
    case .keep: .present(anchor)
    case .disconnect: .outside(anchor)
    }
  }
}

/// A container, by the identifier that it keeps, or by its name as long as it keeps that.
public enum ContainerName: Hashable, Sendable, CustomStringConvertible {
  /// The anchor: a GUID as Microsoft prints it, or an entryUUID.
  case anchor(String)
  /// The name.
  case name(DistinguishedName)

  /// The container that `text` names; nil if it is neither a GUID nor a DN.
  public init?(_ text: String) {
    if let guid = GUID(text) {
      self = .anchor(guid.description)
    } else if let name = try? DistinguishedName(text), !name.normalized.isEmpty {
      self = .name(name)
    } else {
      return nil
    }
  }

  /// The identifier or name.
  public var description: String {
    switch self {
    case .anchor(let text): text
    case .name(let name): name.text
    }
  }
}
