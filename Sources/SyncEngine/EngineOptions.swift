/// How an engine works.
public struct EngineOptions: Sendable {
  /// Seconds without work after which the engine leaves; nil keeps it for ever.
  public var idleExitSeconds: Int?
  /// How many objects one transaction of a synchronization takes.
  public var batchSize: Int
  /// The version of the program, for the log.
  public var version: String
  /// Whether it starts cycles by the schedule; an engine that was started for one command does not.
  public var keepsSchedule: Bool
  /// Whether nothing is exported, because this is the engine that stands by.
  public var isStaging = false
  /// What tells that the configuration was changed; nil where it can't be.
  public var configuration: (any ConfigurationWatching)?
  /// Why this engine takes over from another of its process; nil for the first one.
  public var continuation: EngineContinuation?
  /// The ways that passwords take.
  public var passwordChannels: [PasswordChannelSetup] = []
  /// How many objects one transaction takes unless somebody says otherwise.
  public static let usualBatchSize = 2000
  /// What in the rules can't work, each in words; told when rules are new.
  public var ruleFaults: [String] = []
  /// Errors after which a step ends, as the original does.
  public var errorLimit = usualErrorLimit
  /// How many those are unless a person says otherwise.
  public static let usualErrorLimit = 5000
  /// Tells the process's own log what the store can't keep.
  public var tell: @Sendable (String) -> Void = { _ in }
  /// Seconds after which a store on a full disk is tried again.
  public var fullDiskPause: Double = 30
  /// Seconds for which a step that is to end still waits for the target to give two objects each
  /// other's name.
  public var exchangePatience = usualExchangePatience
  /// How many those are unless a test says otherwise.
  static let usualExchangePatience: Double = 30
  /// Seconds for which references that a target took need not be shown by an import that shows the
  /// object, where it may show writes late; nil to have all shown that is.
  public var lateness: Double? = usualLateness
  /// How many those are unless a test says otherwise.
  static let usualLateness: Double = 600
  /// Options of these values.
  public init(
    idleExitSeconds: Int?, batchSize: Int = usualBatchSize, keepsSchedule: Bool = true,
    version: String
  ) {
    self.idleExitSeconds = idleExitSeconds
    self.batchSize = batchSize
    self.keepsSchedule = keepsSchedule
    self.version = version
  }
}

/// Why an engine takes over from another of the same process.
public enum EngineContinuation: Sendable {
  /// The configuration was changed.
  case configuration
  /// It was asked to stay and to keep the schedule.
  case service
}

/// Why the engine was asked for what it can't do.
public struct EngineError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What failed, on what.
  public var message: String
  /// What to do next.
  public var hint: String
  /// An error of these parts.
  public init(message: String, hint: String) {
    self.message = message
    self.hint = hint
  }
  /// The error in one line.
  public var description: String { message + ". " + hint }
}
