/// Why something asked of a domain controller was not done.
public struct ReplicationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure.
  public enum Code: Hashable, Sendable {
    /// The controller can't be reached.
    case unreachable
    /// The controller can be reached, but does not serve replication.
    case noService
    /// The secret could not be read: nothing was sent.
    case noSecret
    /// The account or its password is not known to the controller.
    case wrongPassword
    /// The account is known, but closed, locked, or its password has expired.
    case accountUnusable
    /// The clocks of controller and this machine are too far apart for Kerberos.
    case clockSkew
    /// There is no ticket for the controller under the name it is called by.
    case unknownServer
    /// The account lacks rights on the domain.
    case missingRights(ReplicationRights)
    /// The controller gives no changes: it is read only, or its replication is switched off.
    case readOnlyController
    /// The controller does not hold what was asked for.
    case unknownObject
    /// The controller is busy; later it may work.
    case busy
    /// The controller refused with this Windows error ([MS-ERREF] §2.2).
    case refused(UInt32)
    /// The controller did not do what was asked for besides changes ([MS-DRSR]
    /// §4.1.10.2.21, `EXOP_ERR`).
    case refusedOperation(UInt32)
    /// The controller answered with this fault of DCE/RPC.
    case fault(UInt32)
    /// The connection broke on the way.
    case connectionLost
    /// No answer in time.
    case timeout
    /// The task that waited was cancelled.
    case cancelled
    /// The controller tells the same changes again and again, and comes to no end.
    case noProgress
    /// What the controller sent is not what the protocol says, or not signed by it.
    case malformedAnswer
    /// Controller and this program have no protection in common that is good enough.
    case unprotected
  }

  /// What kind of failure.
  public var code: Code
  /// The controller, by the name it was called by.
  public var server: String
  /// What failed.
  public var message: String
  /// The controller's or library's own words; empty if there are none.
  public var words: String
  /// What to do next.
  public var hint: String

  /// The error in one line.
  public var description: String {
    server + ": " + message + (words.isEmpty ? "" : ": " + words) + ". " + hint
  }

  /// Whether the same may succeed later without anybody's doing.
  public var isTransient: Bool {
    switch code {
    case .unreachable, .busy, .connectionLost, .timeout: true
    default: false
    }
  }

  /// Whether another controller of the domain may do what this one did not: what one says of the
  /// account, of its rights or of the domain, others would say too.
  var isOfController: Bool {
    switch code {
    case .unreachable, .noService, .busy, .connectionLost, .timeout, .fault, .malformedAnswer,
      .readOnlyController, .clockSkew, .unknownServer, .unprotected:
      true
    case .refused(let status): WindowsStatus.internalErrors.contains(status)
    case .refusedOperation(let status): status == ExtendedStatus.unknownCaller
    case .noSecret, .wrongPassword, .accountUnusable, .missingRights, .unknownObject, .cancelled,
      .noProgress:
      false
    }
  }
}

/// The extended rights on a domain that reading password hashes takes ([MS-ADTS] §5.1.3.2.1).
public struct ReplicationRights: OptionSet, Hashable, Sendable, CustomStringConvertible {
  /// The bits.
  public let rawValue: Int
  /// The rights with these bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Replicating Directory Changes (`DS-Replication-Get-Changes`).
  public static let changes = ReplicationRights(rawValue: 1)
  /// Replicating Directory Changes All (`DS-Replication-Get-Changes-All`).
  public static let secrets = ReplicationRights(rawValue: 2)

  /// The rights as the consoles of Active Directory name them.
  public var description: String {
    var names: [String] = []
    if contains(.changes) { names.append("Replicating Directory Changes") }
    if contains(.secrets) { names.append("Replicating Directory Changes All") }
    return names.joined(separator: " and ")
  }
}
