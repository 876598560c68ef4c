import Directory
public import PasswordSync

/// A way that passwords take: from the accounts of a source to the users of a target.
public struct PasswordChannelSetup: Sendable {
  /// The connector whose objects the accounts are.
  public var sourceConnector: String
  /// The connector whose objects take the passwords.
  public var targetConnector: String
  /// Where hashes are read from.
  public var source: any PasswordHashSource
  /// Where they go to.
  public var target: any PasswordTarget
  /// Seconds between two turns; 120 unless changed (Microsoft: implement password hash
  /// synchronization).
  public var intervalSeconds = 120
  /// Whether a password that must be changed at the next sign-in is sent, with that word; the
  /// original does so with the feature UserForcePasswordChangeOnLogon only.
  public var sendsMustChange = false
  /// Whether the hash of an account that signs in with a smart card only is sent.
  public var sendsSmartCard = false
  /// Whether the channel works on a host in FIPS mode: MD4, MD5 and RC4, which hashes need to be
  /// read, are not approved there.
  public var allowsFIPS = false
  /// Whether this host is in FIPS mode.
  var isFIPS: @Sendable () -> Bool = { FIPSMode.isOn }
  /// The time.
  var now: @Sendable () -> Timestamp = { .now }

  /// A way between these connectors.
  public init(
    sourceConnector: String, targetConnector: String, source: any PasswordHashSource,
    target: any PasswordTarget
  ) {
    self.sourceConnector = sourceConnector
    self.targetConnector = targetConnector
    self.source = source
    self.target = target
  }
}
