import Configuration
import Directory
import SyncStore
import Workspace

/// The engine, its schedule and its last cycle as text.
enum StatusReport {
  static func make(
    _ status: EngineStatus, progress: RunProgress?, due: [DueStep]
  ) -> Report {
    Report(json: StatusJSON(status, progress, due)) { width in
      var lines = [engine(status), schedule(status)]
      if let progress {
        let now = "Now: "
        let room = (width ?? 105) - now.utf8.count
        lines.append(now + ProgressText.line(progress, width: room))
      }
      if let wrong = status.wrongConfiguration {
        lines.append(
          "The configuration is wrong, and the engine refuses what is asked for until it is right: "
            + SafeText.line(wrong))
      }
      if status.openErrors > 0 {
        lines.append("\(status.openErrors) open errors: 'lockstep errors' lists them.")
      }
      if status.isStaging { lines.append("Staging mode is on: nothing is exported.") }
      if status.heldDeletes > 0 {
        lines.append("\(status.heldDeletes) deletes are held: 'lockstep held' says why.")
      }
      if status.heldChanges > 0 {
        lines.append("\(status.heldChanges) other changes are held: 'lockstep held' says why.")
      }
      for text in status.heldImports {
        lines.append("Held: " + SafeText.line(text) + " ('lockstep held').")
      }
      for item in status.unshown {
        lines.append(
          SafeText.line(item.connector) + ": " + SafeText.line(item.message) + ". "
            + SafeText.line(item.hint) + ".")
      }
      for step in due {
        lines.append("Due: " + DueReport.line(step))
      }
      lines += status.watches.map { WatchReport.line($0.connector, $0.state) }
      guard let cycle = status.lastCycle else { return lines + ["No cycle has run yet."] }
      return lines + [""] + HistoryReport.lines(cycle, width: width)
    }
  }

  /// The scheduler's settings.
  static func schedule(of status: EngineStatus) -> Report {
    Report(json: ScheduleJSON(status)) { _ in
      let settings = status.schedule
      return [
        "Interval            " + DurationText.print(.seconds(settings.intervalSeconds)),
        "Enabled             " + (settings.isEnabled ? "true" : "false"),
        "Next cycle          " + nextCycle(status),
        "Next policy         " + status.nextPolicy.rawValue + because(status),
        "Purge age           " + DurationText.print(.seconds(settings.purgeAgeSeconds)),
        "Deletion threshold  " + String(settings.deletionThreshold) + others(status),
      ]
    }
  }

  /// The targets for which the threshold does not hold, as they have one of their own.
  private static func others(_ status: EngineStatus) -> String {
    let standard = GuardLimit.standardExportedDeletes(
      threshold: status.schedule.deletionThreshold)
    return status.deletionLimits.filter { $0.stage == .exporting && $0.limit != standard }.map {
      let limit = [$0.limit.count.map(String.init), $0.limit.share]
      return "; of \(SafeText.line($0.connector)) "
        + limit.compactMap(\.self).joined(separator: " or ")
    }.joined()
  }

  private static func engine(_ status: EngineStatus) -> String {
    switch status.state {
    case .absent: "Engine: none works on this workspace ('lockstep service start' starts one)."
    case .idle: "Engine: idle, process \(status.pid)."
    case .running: "Engine: working, process \(status.pid)."
    }
  }

  private static func schedule(_ status: EngineStatus) -> String {
    "Schedule: a cycle every " + DurationText.print(.seconds(status.schedule.intervalSeconds))
      + ", next " + nextCycle(status) + ", " + status.nextPolicy.rawValue + because(status)
  }

  private static func nextCycle(_ status: EngineStatus) -> String {
    guard status.schedule.isEnabled else { return "never: the schedule is off" }
    guard let time = status.nextCycle else {
      return status.state == .absent
        ? "when an engine works" : "when an engine stays ('lockstep service start')"
    }
    return TimeText.local(time)
  }

  private static func because(_ status: EngineStatus) -> String {
    status.nextReason.isEmpty ? "" : " (" + SafeText.line(status.nextReason) + ")"
  }
}

/// The engine's state as `--json` spells it.
struct StatusJSON: Encodable {
  let engine: String
  let pid: Int32
  let sources: [String]
  let targets: [String]
  let openErrors: Int
  let heldDeletes: Int
  let heldChanges: Int
  let heldImports: [String]
  let wrongConfiguration: String?
  let staging: Bool
  let due: [DueJSON]
  let watches: [WatchJSON]
  let schedule: ScheduleJSON
  let deletionLimits: [DeletionLimitJSON]
  let progress: ProgressJSON?
  let lastCycle: CycleJSON?

  init(_ status: EngineStatus, _ progress: RunProgress?, _ due: [DueStep]) {
    engine = status.state.word
    pid = status.pid
    sources = status.sources
    targets = status.targets
    openErrors = status.openErrors
    heldDeletes = status.heldDeletes
    heldChanges = status.heldChanges
    heldImports = status.heldImports
    wrongConfiguration = status.wrongConfiguration
    staging = status.isStaging
    self.due = due.map(DueJSON.init)
    watches = status.watches.map { WatchJSON($0.connector, $0.state) }
    schedule = ScheduleJSON(status)
    deletionLimits = status.deletionLimits.map(DeletionLimitJSON.init)
    self.progress = progress.map(ProgressJSON.init)
    lastCycle = status.lastCycle.map(CycleJSON.init)
  }
}

extension EngineStatus.State {
  /// Whether an engine works, in a word, as `--json` spells it.
  var word: String {
    switch self {
    case .absent: "absent"
    case .idle: "idle"
    case .running: "running"
    }
  }
}

/// How many deletes of a connector pass, as `--json` spells it.
struct DeletionLimitJSON: Encodable {
  let connector: String
  let stage: String
  let count: Int?
  let percent: Double?
  /// Objects that the connector must hold before the share counts.
  let smallest: Int

  init(_ limit: EngineStatus.DeletionLimit) {
    connector = limit.connector
    stage = limit.stage.rawValue
    count = limit.limit.count
    percent = limit.limit.percent
    smallest = limit.limit.smallest
  }
}

/// The schedule as `--json` spells it; spans in seconds.
struct ScheduleJSON: Encodable {
  let intervalSeconds: Int
  let enabled: Bool
  let nextCycle: String?
  let nextPolicy: String
  let nextReason: String
  let purgeAgeSeconds: Int
  let deletionThreshold: Int

  init(_ status: EngineStatus) {
    intervalSeconds = status.schedule.intervalSeconds
    enabled = status.schedule.isEnabled
    nextCycle = status.nextCycle?.description
    nextPolicy = status.nextPolicy.rawValue
    nextReason = status.nextReason
    purgeAgeSeconds = status.schedule.purgeAgeSeconds
    deletionThreshold = status.schedule.deletionThreshold
  }
}

/// A running step's progress as `--json` spells it.
struct ProgressJSON: Encodable {
  let step: StepJSON
  let phase: String
  let done: Int
  let total: Int?
  let objectsPerSecond: Double
  let secondsLeft: Double?
  let waitsUntil: String?
  let throttled: Int
  let quotaUsed: Double?

  init(_ progress: RunProgress) {
    step = StepJSON(progress.step)
    phase = progress.phase
    done = progress.done
    total = progress.total
    objectsPerSecond = progress.rate
    secondsLeft = progress.secondsLeft
    waitsUntil = progress.waitsUntil?.description
    throttled = progress.throttleCount
    quotaUsed = progress.quotaUsed
  }
}
