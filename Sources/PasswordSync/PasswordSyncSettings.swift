/// Between which connectors passwords go, how often, and which of them.
public struct PasswordSyncSettings: Hashable, Sendable {
  /// The seconds that may lie between two turns.
  public static let intervalRange = 30...86_400

  /// The name of the connector whose objects the accounts are.
  public var sourceConnector: String
  /// The name of the connector whose objects take the passwords.
  public var targetConnector: String
  /// Seconds between two turns, in ``intervalRange``; 120 unless changed (Microsoft: implement
  /// password hash synchronization).
  public var intervalSeconds = 120
  /// Whether a password that must be changed at the next sign-in is sent, with that word.
  public var sendsMustChange = false
  /// Whether the hash of an account that signs in with a smart card only is sent.
  public var sendsSmartCard = false
  /// Whether passwords go although the host is in FIPS mode.
  public var allowsFIPS = false

  /// Settings of passwords between these connectors, with usual values for the rest.
  public init(sourceConnector: String, targetConnector: String) {
    self.sourceConnector = sourceConnector
    self.targetConnector = targetConnector
  }
}
