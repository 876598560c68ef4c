public import Directory

/// What the header of every view says.
public struct EngineStatus: Hashable, Sendable {
  /// Whether an engine works.
  public enum State: Hashable, Sendable {
    /// No engine holds the lease of this store.
    case absent
    /// An engine waits.
    case idle
    /// An engine works on a cycle or a run.
    case running
  }
  /// Whether an engine works.
  public var state: State
  /// The engine's process id, 0 if there is none.
  public var pid: Int32
  /// The connectors that identities come from, by name.
  public var sources: [String]
  /// The connectors that they go to, by name.
  public var targets: [String]
  /// When the next cycle begins by the schedule; nil if the schedule is off.
  public var nextCycle: Timestamp?
  /// What the next cycle will be.
  public var nextPolicy: CyclePolicy
  /// What the next cycle does in full and why, or empty.
  public var nextReason: String
  /// The schedule.
  public var schedule: ScheduleSettings
  /// The last cycle that ended, with its steps.
  public var lastCycle: CycleSummary?
  /// Errors that objects have now: an object with an open error counts once a stage.
  public var openErrors: Int
  /// Deletes that wait for a person's word.
  public var heldDeletes: Int
  /// The same by connector's name; without those that hold none.
  public var heldDeletesByConnector: [String: Int] = [:]
  /// Deletes that the next export sends though no person has spoken of them, by connector's name;
  /// without those to which none goes.
  public var passingDeletes: [String: Int] = [:]
  /// Adds, updates and renames that wait for a person's word.
  public var heldChanges = 0
  /// Whether nothing is exported, because this is the engine that stands by.
  public var isStaging = false
  /// Whether the engine that works, or that worked last, starts cycles by the schedule.
  public var keepsSchedule = true
  /// Why the engine that works can't go over to what the configuration says now, and refuses what is
  /// asked of it; nil if it can.
  public var wrongConfiguration: String?
  /// Imports that are not believed until a person says so, in words.
  public var heldImports: [String] = []
  /// Objects that stay though they are not shown any more, by connector, until a full import reads all.
  public var unshown: [UnshownObjects] = []
  /// How the channels of passwords stand, the one in the worst state; nil if there is none.
  public var passwords: PasswordChannelState?
  /// Directories that are watched for changes, or are to be.
  public var watches: [ConnectorWatch] = []
  /// How many deletes pass without a person's word: those that imports of a connector show, and those
  /// that go out to a target.
  public var deletionLimits: [DeletionLimit] = []

  /// How many deletes of a connector pass.
  public struct DeletionLimit: Hashable, Sendable {
    /// The connector.
    public var connector: String
    /// On the way in or out.
    public var stage: GuardStage
    /// How many.
    public var limit: GuardLimit

    /// A limit of these parts.
    public init(connector: String, stage: GuardStage, limit: GuardLimit) {
      self.connector = connector
      self.stage = stage
      self.limit = limit
    }
  }
}

/// The scheduler's settings.
public struct ScheduleSettings: Hashable, Sendable {
  /// Seconds between the beginnings of two cycles; 10,800 (3 hours) unless changed.
  public var intervalSeconds: Int
  /// Whether cycles are started by the schedule.
  public var isEnabled: Bool
  /// Policy asked for the next cycle alone, or nil.
  public var nextPolicy: CyclePolicy?
  /// Seconds after which history is purged; 604,800 (7 days) unless changed.
  public var purgeAgeSeconds: Int
  /// Deletes a connector may export in one run without a person's word; 500 unless changed.
  public var deletionThreshold: Int
  /// Settings of these values.
  public init(
    intervalSeconds: Int = 10_800, isEnabled: Bool = true, nextPolicy: CyclePolicy? = nil,
    purgeAgeSeconds: Int = 604_800, deletionThreshold: Int = 500
  ) {
    self.intervalSeconds = intervalSeconds
    self.isEnabled = isEnabled
    self.nextPolicy = nextPolicy
    self.purgeAgeSeconds = purgeAgeSeconds
    self.deletionThreshold = deletionThreshold
  }
}

/// One line of the application log.
public struct EventRow: Hashable, Sendable, Identifiable {
  /// How grave an event is.
  public enum Level: String, Sendable {
    case information, warning, error
  }
  /// The event's number in the store.
  public var id: Int64
  /// When it happened.
  public var time: Timestamp
  /// How grave it is.
  public var level: Level
  /// The event's id, as in the Windows event log of the original.
  public var code: Int
  /// Who says it: `Directory Synchronization`, `ADSync`.
  public var source: String
  /// What happened.
  public var message: String
}

/// Something that a face asks the engine to do.
public enum EngineCommand: Hashable, Sendable {
  /// Start a cycle.
  case cycle(CyclePolicy)
  /// Run one profile on one connector.
  case run(connector: String, StepType)
  /// Stop what runs now, between two batches.
  case stop
  /// Let held deletes of this connector go out with the next export.
  ///
  /// If there are more than `atMost` by then, which a person agreed to, none goes; and none that came
  /// after `until`, when that person saw how many there are.
  case releaseDeletes(connector: String, atMost: Int? = nil, until: Timestamp? = nil)
  /// Delete the history of what ended before this moment.
  case purge(before: Timestamp)
  /// Let a group of held changes, the change of one object, or the next import of a connector pass.
  case release(HeldReference)
  /// Do a whole cycle's work on a copy of the store and send nothing.
  case rehearse(CyclePolicy)
  /// Turn staging mode on or off: everything but exports.
  case staging(Bool)
  /// Compare what a target holds with what the rules want, without sending anything.
  case verify(connector: String, VerificationBasis)
  /// Synchronize one object alone and report what it does.
  case preview(PreviewOrder)
  /// Look now whether the configuration was changed, and work by it.
  case readConfiguration
  /// Synchronize passwords.
  case passwords(PasswordOrder)
  /// Stay, and keep the schedule, where the engine was started for one command.
  case becomeService
  /// End the engine's process when nothing runs; what runs is stopped.
  case shutDown

  /// Whether it is done by the rules and settings of the configuration.
  public var needsConfiguration: Bool {
    switch self {
    case .cycle, .run, .rehearse, .verify, .preview, .readConfiguration, .passwords: true
    case .stop, .releaseDeletes, .purge, .release, .staging, .becomeService, .shutDown: false
    }
  }
}

/// What a verification takes for what the rules want.
public enum VerificationBasis: String, CaseIterable, Sendable {
  /// What the last synchronizations worked out.
  case stored
  /// What they would work out from what the sources hold now.
  case sources
}

/// What became of a command.
public struct CommandStatus: Hashable, Sendable {
  /// How far it has come.
  public enum State: String, Sendable {
    case filed, taken, finished, refused
  }
  /// The command's number.
  public var id: Int64
  /// How far it has come.
  public var state: State
  /// The cycle that it started, if it did.
  public var cycleID: Int64?
  /// The run that it started, if it did.
  public var runID: Int64?
  /// Words on its outcome, above all why it was refused.
  public var outcome: String

  /// How the outcome begins of what was refused because the configuration can't be used.
  public static let wrongConfiguration = "The configuration is wrong: "
  /// Whether it was refused because the configuration can't be used.
  public var isConfigurationWrong: Bool {
    state == .refused && outcome.hasPrefix(Self.wrongConfiguration)
  }
}

/// Something that was asked of the engine, with who asked and what became of it.
public struct FiledCommand: Hashable, Sendable, Identifiable {
  /// The command's number.
  public var id: Int64
  /// What was asked; nil if this version does not know it.
  public var command: EngineCommand?
  /// Who asked: `console ann`, `command line root`.
  public var requestedBy: String
  /// When.
  public var filed: Timestamp
  /// What became of it.
  public var state: CommandStatus.State
  /// Words on that.
  public var outcome: String
  /// Whether the engine that had taken it is gone.
  public var isBrokenOff = false
  /// What became of it in a word or two.
  public var standing: String { isBrokenOff ? "broken off" : state.rawValue }
}
