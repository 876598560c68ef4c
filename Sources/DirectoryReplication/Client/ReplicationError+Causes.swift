/// What each layer's failure means to who has to do something about it.
extension ReplicationError {
  /// The error that `cause` means, which came up while `doing` something on `server`.
  init(_ cause: any Error, server: String, doing: String) {
    switch cause {
    case let error as ReplicationError: self = error
    case let error as SocketFailure: self.init(error, server, doing)
    case let error as KerberosFailure: self.init(error, server, doing)
    case let error as RefusedChanges: self.init(error, server, doing)
    case let error as RPCFault: self.init(error, server, doing)
    case let error as BindRefusal:
      self.init(
        error.isAuthentication ? .unprotected : .fault(UInt32(error.reason)), server, doing,
        error.words, error.isAuthentication ? Self.protection : Self.retry)
    case let error as ContextRefusal:
      self.init(.noService, server, doing, error.words, Self.controller)
    case is NoEndpoint:
      self.init(
        .noService, server, doing, "the endpoint mapper knows no replication by TCP",
        Self.controller)
    case let error as WeakAuthentication:
      let flags = "0x" + String(error.missing, radix: 16)
      self.init(.unprotected, server, doing, "NTLM without flags \(flags)", Self.protection)
    case is NoProgress:
      self.init(
        .noProgress, server, doing, "the same changes were told \(ReadingProgress.limit) times",
        "Look at the controller's event log; one of Samba must be 4.17.11, 4.18.7 or later")
    case let error as MalformedMessage:
      self.init(.malformedAnswer, server, doing, error.description, Self.strange)
    case let error as BrokenSeal:
      self.init(.malformedAnswer, server, doing, error.what, Self.strange)
    default:
      self.init(.malformedAnswer, server, doing, "\(cause)", Self.strange)
    }
  }

  private init(
    _ code: Code, _ server: String, _ doing: String, _ words: String, _ hint: String
  ) {
    self.init(code: code, server: server, message: doing + " failed", words: words, hint: hint)
  }

  private init(_ error: SocketFailure, _ server: String, _ doing: String) {
    switch error {
    case .unreachable(let words):
      let hint = "See that the controller runs and that ports 135 and 49152 to 65535 are open to it"
      self.init(.unreachable, server, doing, words, hint)
    case .closed(let words): self.init(.connectionLost, server, doing, words, Self.retry)
    case .timeout(let seconds):
      self.init(.timeout, server, doing, "no answer in \(Int(seconds)) s", Self.retry)
    }
  }

  private init(_ error: KerberosFailure, _ server: String, _ doing: String) {
    let (code, hint): (Code, String) =
      switch error.kind {
      case .wrongPassword: (.wrongPassword, Self.password)
      case .unknownAccount:
        (
          .wrongPassword,
          "Check 'domain' of [password_sync.replication] first, since the account is looked for there, "
            + "then the account's name"
        )
      case .accountClosed, .passwordExpired:
        (
          .accountUnusable,
          "Look at the account: it may be disabled, locked, or its password expired"
        )
      case .noKey: (.noSecret, "See that the key file is there and holds the account's key")
      case .clockSkew:
        (
          .clockSkew,
          "Set the clocks of this machine and of the controller; five minutes are too much"
        )
      case .unknownServer:
        (.unknownServer, "Call the controller by its full DNS name, or use NTLM")
      case .unreachable: (.unreachable, "See that port 88 is open to the controller, or use NTLM")
      case .noCommonEncryption:
        (.unprotected, "Let the account use AES (msDS-SupportedEncryptionTypes)")
      case .other: (.unprotected, "Try NTLM if Kerberos can't be made to work")
      }
    self.init(code, server, doing + ": " + error.step, error.words, hint)
  }

  private init(_ error: RPCFault, _ server: String, _ doing: String) {
    self.init(.fault(error.status), server, doing, error.words, Self.retry)
  }

  private init(_ error: RefusedChanges, _ server: String, _ doing: String) {
    switch error {
    case .status(let status): self.init(status: status, server, doing)
    case .extended(let status): self.init(extended: status, server, doing)
    case .unreadable(let words): self.init(.malformedAnswer, server, doing, words, Self.strange)
    case .form:
      self.init(
        .malformedAnswer, server, doing, "an answer of a version that was not agreed upon",
        Self.strange)
    }
  }

  // An object is asked for by an extended operation, which has errors of its own.
  private init(extended status: UInt32, _ server: String, _ doing: String) {
    let words = "the controller did not give the object: " + ExtendedStatus.words(status)
    switch status {
    case ExtendedStatus.accessDenied:
      self.init(.missingRights([.changes, .secrets]), server, doing, words, Self.rights)
    case ExtendedStatus.unknownCaller:
      self.init(
        .refusedOperation(status), server, doing, words,
        "Ask another controller: this one gives single objects to controllers only")
    default: self.init(.refusedOperation(status), server, doing, words, Self.log)
    }
  }

  private init(status: UInt32, _ server: String, _ doing: String) {
    let words = WindowsStatus.words(status)
    switch status {
    case WindowsStatus.sourceDisabled:
      let hint =
        "Ask a controller that can be written to: this one is read only, or its outbound replication"
        + " is switched off"
      self.init(.readOnlyController, server, doing, words, hint)
    case WindowsStatus.accessDenied, WindowsStatus.replicationAccessDenied:
      self.init(.missingRights([.changes, .secrets]), server, doing, words, Self.rights)
    case let status where WindowsStatus.unknownObjects.contains(status):
      self.init(.unknownObject, server, doing, words, "See that the domain is the controller's own")
    case let status where WindowsStatus.transient.contains(status):
      self.init(.busy, server, doing, words, Self.retry)
    default: self.init(.refused(status), server, doing, words, Self.log)
    }
  }

  /// The account or its password was refused.
  static func wrongPassword(server: String, words: String) -> ReplicationError {
    ReplicationError(.wrongPassword, server, "signing in", words, password)
  }

  /// The account lacks these rights.
  static func missing(_ rights: ReplicationRights, server: String) -> ReplicationError {
    ReplicationError(
      code: .missingRights(rights), server: server,
      message: "the account may not read password hashes",
      words: WindowsStatus.words(WindowsStatus.replicationAccessDenied),
      hint: "Grant it on the domain's root: \(rights)")
  }

  private static let retry = "It is tried again; if it stays, look at the controller's event log"
  private static let log = "Look at the controller's event log"
  private static let strange = "Something between here and there may change what is sent"
  private static let password = "Check the account's name and password"
  private static let controller = "See that the server is a domain controller"
  private static let protection = "See that the controller takes NTLMv2 with 128 bits, or Kerberos"
  private static let rights =
    "Grant the account Replicating Directory Changes and Replicating Directory Changes All"
}
