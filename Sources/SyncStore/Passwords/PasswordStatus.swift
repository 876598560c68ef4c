/// How far a user's password has come, by the names of Entra Connect's per-object log.
public enum PasswordStatus: String, CaseIterable, Sendable {
  /// The target has the password of the source.
  case success = "Success"
  /// The target does not take it: a password that must be changed at once, a disabled account.
  case filteredByTarget = "FilteredByTarget"
  /// No rule takes passwords of this object to a target.
  case noTargetConnection = "NoTargetConnection"
  /// The directory synchronization does not know the object.
  case sourceConnectorNotPresent = "SourceConnectorNotPresent"
  /// The object waits for its export to the target.
  case targetNotExportedToDirectory = "TargetNotExportedToDirectory"
  /// The source has no hash for the object.
  case missingAttribute = "MissingAttribute"
  /// The target asks to have it again later.
  case retryRequestedByTarget = "RetryRequestedByTarget"
  /// The target refused it, or a batch failed.
  case error = "Error"
  /// It is on its way.
  case unknown = "Unknown"

  /// Whether the password is kept back for what the account is, or for want of a hash.
  public var isRefusal: Bool { self == .filteredByTarget || self == .missingAttribute }

  /// Whether it is not on its way to the target, by what the account is or for want of a way.
  public var isKeptBack: Bool { isRefusal || waitsForDirectory }

  /// Those of ``isKeptBack`` in SQL, with commas.
  static let keptBack = allCases.filter(\.isKeptBack).map { "'" + $0.rawValue + "'" }
    .joined(separator: ", ")

  /// Whether a directory synchronization may change it.
  public var waitsForDirectory: Bool {
    switch self {
    case .noTargetConnection, .sourceConnectorNotPresent, .targetNotExportedToDirectory: true
    default: false
    }
  }
}
