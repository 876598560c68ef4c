import Configuration
import Directory
import SyncStore
import Workspace

/// Whether all is well.
struct Health {
  /// Something that is not well.
  struct Trouble: Equatable {
    /// What it is about, in a word.
    enum Kind: String {
      case disk, engine, overdue, cycle, held, passwords, watch, configuration, errors
    }
    let kind: Kind
    /// What is wrong, and where to look.
    let message: String

    /// How a command ends that finds this.
    var status: ExitStatus {
      switch kind {
      case .disk: .store
      case .engine: .engineUnavailable
      case .errors: .completedWithErrors
      case .overdue, .cycle, .held, .passwords, .watch, .configuration: .stopped
      }
    }
  }

  let engine: EngineStatus
  /// The last cycle that did all that it had to do.
  let lastGood: CycleSummary?
  /// Seconds since that ended.
  let age: Int?
  /// What is not well, the gravest first.
  let troubles: [Trouble]

  /// How things stand at the moment `now`.
  ///
  /// - Parameters:
  ///   - passwords: The channels of passwords.
  ///   - maxAge: The most seconds since the last good cycle; nil for twice the schedule's interval.
  ///   - configuration: What can be seen from here to be wrong with the configuration; nil if nothing
  ///     is, as far as the engine does not know better.
  ///   - disk: That the store's disk is full, or nearly so; nil if it is not.
  init(
    _ store: any StoreReading, passwords: [PasswordChannelRow], maxAge: Int?,
    configuration: String?, disk: String? = nil, now: Timestamp
  ) throws {
    engine = try store.status()
    let limit = maxAge ?? (engine.schedule.isEnabled ? 2 * engine.schedule.intervalSeconds : nil)
    let search = try Search(store, since: now.adding(seconds: -Double(limit ?? 0)))
    lastGood = search.good
    age = lastGood?.ended.map { max(0, Int(now.seconds(since: $0))) }
    var found = disk.map { [Trouble(kind: .disk, message: $0)] } ?? []
    found += Self.engineTroubles(engine)
    if let limit, age ?? .max > limit {
      // The one that runs may be long, as the first one is.
      found +=
        maxAge == nil && engine.state == .running
        ? try Self.standing(store, longest: max(limit, 3600), now: now)
        : search.overdue(age: age, limit: limit, now: now)
    }
    found += try Self.stopped(engine.lastCycle, store)
    found += Self.held(engine)
    if engine.state != .absent {
      found += passwords.flatMap { Self.troubles($0, now: now) }
      found += engine.watches.filter(\.state.isBroken).map {
        Trouble(kind: .watch, message: WatchReport.line($0.connector, $0.state))
      }
    }
    if let wrong = configuration ?? engine.wrongConfiguration {
      found.append(Trouble(kind: .configuration, message: wrong))
    }
    // Who has left keeps an account by it.
    found += engine.unshown.map {
      Trouble(kind: .errors, message: "\($0.connector): \($0.message) ('lockstep held')")
    }
    if engine.openErrors > 0 {
      found.append(
        Trouble(
          kind: .errors,
          message: "\(engine.openErrors) errors of objects are open: 'lockstep errors' lists them"))
    }
    troubles = found
  }

  /// How the command ends.
  var status: ExitStatus {
    troubles.map(\.status).max { $0.rawValue < $1.rawValue } ?? .success
  }

  private static func engineTroubles(_ engine: EngineStatus) -> [Trouble] {
    guard engine.schedule.isEnabled else { return [] }
    if engine.state == .absent {
      return [
        Trouble(
          kind: .engine,
          message: "No engine works on this workspace: 'lockstep service start' starts one that "
            + "keeps the schedule")
      ]
    }
    guard !engine.keepsSchedule else { return [] }
    return [
      Trouble(
        kind: .engine,
        message: "The engine, process \(engine.pid), was started for a command and leaves when it "
          + "is idle: 'lockstep service start' has it stay")
    ]
  }

  /// That the step which runs has not moved for longer than any should.
  private static func standing(
    _ store: any StoreReading, longest: Int, now: Timestamp
  ) throws -> [Trouble] {
    guard let step = try store.progress()?.step,
      case let seconds = Int(now.seconds(since: step.lastSeen ?? step.started)), seconds > longest
    else { return [] }
    return [
      Trouble(
        kind: .overdue,
        message:
          "Step \(step.id), \(step.type.profileName) on \(step.connector), has not moved for "
          + "\(DurationText.print(.seconds(seconds))): 'lockstep service status' shows what it "
          + "does, 'lockstep service stop' ends the engine")
    ]
  }

  /// Why the last cycle did not do all that it had to do.
  private static func stopped(
    _ cycle: CycleSummary?, _ store: any StoreReading
  ) throws -> [Trouble] {
    guard let cycle, cycle.severity == .stopped else { return [] }
    return try cycle.countedSteps.filter { $0.severity == .stopped }.map { step in
      let message = try store.stepMessage(step: step.id).message
      return Trouble(
        kind: .cycle,
        message: "Cycle \(cycle.id), step \(step.id): \(step.type.profileName) on "
          + "\(step.connector) ended with \(step.result)"
          + (message.isEmpty ? "" : ": " + message))
    }
  }

  private static func held(_ engine: EngineStatus) -> [Trouble] {
    var texts = engine.heldImports
    if engine.heldDeletes > 0 { texts.append("\(engine.heldDeletes) deletes are held") }
    if engine.heldChanges > 0 { texts.append("\(engine.heldChanges) other changes are held") }
    return texts.map { Trouble(kind: .held, message: $0 + " ('lockstep held')") }
  }

  private static func troubles(_ channel: PasswordChannelRow, now: Timestamp) -> [Trouble] {
    let name = "Passwords of \(channel.domain), \(channel.source) to \(channel.target): "
    var found: [Trouble] = []
    func add(_ kind: Trouble.Kind, _ words: String) {
      found.append(Trouble(kind: kind, message: name + words))
    }
    if [.refused, .failed, .stopped].contains(channel.standing), channel.takesTurns {
      add(
        .passwords,
        channel.standing.rawValue + (channel.reason.isEmpty ? "" : ", " + channel.reason)
          + " ('lockstep password-sync')")
    } else if let seconds = silence(of: channel, now: now) {
      add(
        .passwords,
        "\(channel.standing.rawValue), and nothing has come of it for "
          + "\(DurationText.print(.seconds(seconds))) ('lockstep password-sync')")
    }
    if channel.stuck > 0 {
      add(
        .errors,
        "\(channel.stuck) have failed for an hour or longer "
          + "('lockstep password-sync list --only failed')")
    }
    if channel.doubted > 0 {
      add(
        .errors,
        "\(channel.doubted) are held back for a day at most, since the source tells of earlier ones "
          + "than it did before ('lockstep password-sync list --filter reason:earlier')")
    }
    return found
  }

  /// For how many seconds nothing has come of a channel that takes turns, if that is too long: an hour,
  /// or ten of its intervals.
  private static func silence(of channel: PasswordChannelRow, now: Timestamp) -> Int? {
    guard [.waiting, .working].contains(channel.standing), channel.takesTurns,
      let last = [channel.turnStarted, channel.turnEnded, channel.lastContact]
        .compactMap({ $0 }).max()
    else { return nil }
    let seconds = Int(now.seconds(since: last))
    return seconds > max(3600, 10 * channel.intervalSeconds) ? seconds : nil
  }
}

/// The search for the last cycle that did all that it had to do.
private struct Search {
  /// How many cycles are looked through in any case, and how many at most.
  private static let reach = 200
  private static let most = 5000

  var good: CycleSummary?
  /// The oldest that was looked at.
  private var oldest: CycleSummary?
  /// Whether there are no more.
  private var isAll = false

  /// Looks through those that began since the moment `since`.
  init(_ store: any StoreReading, since: Timestamp) throws {
    var seen = 0
    while seen < Self.reach || seen < Self.most && (oldest?.started ?? since) >= since {
      let page = try store.cycles(before: oldest?.id, limit: 20)
      good = page.first { $0.ended != nil && !$0.isRehearsal && $0.isWhole }
      if good != nil { return }
      guard let last = page.last else {
        isAll = true
        return
      }
      oldest = last
      seen += page.count
    }
  }

  /// That the last good cycle is too long ago, or that there is none.
  func overdue(age: Int?, limit: Int, now: Timestamp) -> [Health.Trouble] {
    let words: String
    if let age {
      words =
        "The last cycle that came to its end did so \(DurationText.print(.seconds(age))) ago, which "
        + "may be \(DurationText.print(.seconds(limit)))"
    } else if !isAll, let oldest {
      let seconds = Int(now.seconds(since: oldest.started))
      // One before those that were looked at may have been in time.
      guard seconds > limit else { return [] }
      words = "No cycle has come to its end for \(DurationText.print(.seconds(seconds))) or longer"
    } else if let oldest, oldest.id > 1 {
      words = "No cycle that the history tells of has come to its end"
    } else {
      words = "No cycle has come to its end yet"
    }
    return [Health.Trouble(kind: .overdue, message: words)]
  }
}

extension CycleSummary {
  /// Whether it did all that it had to do, if not for each object.
  fileprivate var isWhole: Bool { severity < .stopped && severity != .running }
}

/// Whether all is well, as text.
enum HealthReport {
  static func make(_ health: Health) -> Report {
    Report(json: HealthJSON(health)) { _ in
      let age = health.age.map {
        "The last cycle that came to its end did so \(DurationText.print(.seconds($0))) ago."
      }
      // No trouble, as a stand-by is meant to be so; one that was forgotten must be seen.
      let staging =
        health.engine.isStaging
        ? [
          "Staging mode is on, and nothing is sent: 'lockstep staging off' ends it, or staging in "
            + "lockstep.toml."
        ] : []
      guard health.troubles.isEmpty else {
        return health.troubles.map { SafeText.line($0.kind.rawValue + ": " + $0.message) } + staging
      }
      return ["All is well. " + (age ?? "No cycle has run yet.")] + staging
    }
  }
}

/// Whether all is well, as `--json` spells it; the keys are a promise.
struct HealthJSON: Encodable {
  /// Something that is not well.
  struct Trouble: Encodable {
    let kind: String
    let message: String
    let exitStatus: Int32
  }
  let isWell: Bool
  let exitStatus: Int32
  let troubles: [Trouble]
  let engine: String
  let scheduleEnabled: Bool
  let staging: Bool
  let openErrors: Int
  let newErrors: Int?
  let heldDeletes: Int
  let heldChanges: Int
  let heldImports: [String]
  let passwords: String?
  let lastCycle: Int64?
  let lastSeverity: String?
  let lastGoodCycle: Int64?
  let lastGoodEnded: String?
  let ageSeconds: Int?

  init(_ health: Health) {
    isWell = health.troubles.isEmpty
    exitStatus = health.status.rawValue
    troubles = health.troubles.map {
      Trouble(kind: $0.kind.rawValue, message: $0.message, exitStatus: $0.status.rawValue)
    }
    let status = health.engine
    engine = status.state.word
    scheduleEnabled = status.schedule.isEnabled
    staging = status.isStaging
    openErrors = status.openErrors
    newErrors = status.lastCycle?.errors?.new
    heldDeletes = status.heldDeletes
    heldChanges = status.heldChanges
    heldImports = status.heldImports
    passwords = status.passwords?.rawValue
    lastCycle = status.lastCycle?.id
    lastSeverity = status.lastCycle?.severity.word
    lastGoodCycle = health.lastGood?.id
    lastGoodEnded = health.lastGood?.ended?.description
    ageSeconds = health.age
  }
}
