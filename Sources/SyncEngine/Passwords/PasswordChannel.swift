import Directory
import Foundation
import PasswordSync
import SyncRules
import SyncStore
import Synchronization

/// What a turn of a channel is asked to do beside what it does by itself.
struct PasswordWishes: Sendable {
  /// Whether the passwords of all accounts are sent again.
  var isFull = false
  /// Whether what waits for another try is sent now.
  var isImpatient = false
  /// Accounts whose passwords are sent again, by anchor.
  var accounts: [String] = []
  /// When it was asked for; nil if nobody did.
  var filed: Timestamp?

  /// Whether anything is asked for.
  var isNothing: Bool { !isFull && !isImpatient && accounts.isEmpty }
}

/// What came of a turn.
enum PasswordTurn: Hashable, Sendable {
  /// It came to its end; so many passwords were taken, so many not, and of so many the target takes
  /// none of their kind.
  case ended(taken: Int, failed: Int, filtered: Int = 0)
  /// Nothing was done, and why.
  case refused(String)
  /// The source or the target failed.
  case failed(String)
  /// The engine was told to end.
  case stopped
}

/// Takes passwords from a source to a target, turn by turn.
///
/// What is known of an account moves with the place in the source in one transaction; what is on its
/// way stays due until its answer is stored. So an end at any moment loses nothing, and what was
/// sent and not answered is sent again under its number.
final class PasswordChannel {
  let store: SyncStore
  let setup: PasswordChannelSetup
  let id: Int64
  let stop: StopSignal
  /// Whether the turn is to end: a person stopped it, or another engine is to go on, with another
  /// configuration.
  private let isEnded: () -> Bool
  /// Gives the plan of a turn.
  private let plan: () async throws -> SyncPlan
  /// What decides in this turn; made when first needed.
  var judge: PasswordJudge?
  /// What the turn has done so far.
  var taken = 0
  var failed = 0
  var filtered = 0
  /// Accounts of which the target has said in this turn that it does not take their passwords.
  var unsuccessful: Set<String> = []
  /// Accounts whose batch has failed as a whole when it was last sent, for what may be one of them.
  var failedTogether: Set<String> = []
  /// Accounts that made a batch fail as a whole, which was found out by sending them alone.
  var outcasts: Set<String> = []
  /// Why the batch that is underway was sent in parts; nil if it was not.
  var split: PasswordTargetFailure?
  /// What is known of the target.
  var reach = Reach.unknown
  /// That the target asked to be left alone, and until when.
  var wish: (failure: PasswordTargetFailure, seconds: Double, until: Timestamp)?
  /// Of how many objects the turn has seen that only the time of the password is another one.
  var touched = 0
  /// Which times were told of such objects.
  var toldTimes: [String: Timestamp] = [:]

  init(
    store: SyncStore, setup: PasswordChannelSetup, id: Int64, stop: StopSignal,
    isEnded: @escaping () -> Bool, plan: @escaping () async throws -> SyncPlan
  ) {
    self.store = store
    self.setup = setup
    self.id = id
    self.stop = stop
    self.isEnded = isEnded
    self.plan = plan
  }

  var now: Timestamp { setup.now() }
  var domain: String { setup.source.domain }

  /// Whether the target answered when it was last asked.
  enum Reach { case unknown, reached, away }

  /// The turn is to end before its time.
  struct Stopped: Error {}

  /// What decides whose password goes where can't be made, and why.
  struct ContextFailure: Error { let words: String }

  func checkStop() throws {
    if stop.reason == .shutDown || isEnded() || Task.isCancelled { throw Stopped() }
  }

  /// Notes that the channel is there, and has sent again what an engine that vanished had underway.
  func start() throws {
    try store.transaction { tx in
      try tx.logPassword(
        .information, 601, "Password synchronization manager starting for domain: \(domain).")
      try closeAbandoned(tx)
      try tx.setPasswordChannel(id, .waiting)
    }
  }

  private func closeAbandoned(_ tx: StoreTransaction) throws {
    let words = "It was broken off before the answer came; it is sent again under the same number"
    let batches = try tx.closeAbandonedPasswordBatches(id, words: words, at: now)
    for lines in batches {
      try tellResults(
        lines.map { (PasswordEvents.Line($0), PasswordOutcome(status: .error, words: words)) }, tx)
      try tx.logPassword(
        .error, 652,
        "Failed credential provisioning batch. Error: It was broken off before the answer came.")
    }
    let count = batches.reduce(0) { $0 + $1.count }
    guard count > 0 else { return }
    try tx.logPassword(
      .warning, 605,
      "\(count) passwords added to the retry queue: they were broken off before their result came.")
  }

  /// Notes that nobody works on it any more.
  func end() async throws {
    await setup.source.close()
    try store.transaction { tx in
      try tx.setPasswordChannel(id, .stopped)
      try tx.logPassword(
        .information, 602, "Password synchronization manager stopping for domain: \(domain).")
    }
  }

  /// Looks for passwords that changed and sends them, and what else is due.
  ///
  /// A fault of the program ends the turn and is told: the next one begins anew, and cycles go on.
  ///
  /// - Throws: ``StoreError``.
  func turn(_ wishes: PasswordWishes = PasswordWishes()) async throws -> PasswordTurn {
    (judge, taken, failed, filtered, touched) = (nil, 0, 0, 0, 0)
    unsuccessful = []
    defer { judge = nil }
    let turn: PasswordTurn
    do {
      turn = try await attempt(wishes)
    } catch {
      await setup.source.rest()
      throw error
    }
    // No hash waits in memory for the next turn, or for a target that is to come back.
    await setup.source.rest()
    try await tellNotices()
    return turn
  }

  private func tellNotices() async throws {
    let notices = await setup.source.takeNotices()
    guard !notices.isEmpty else { return }
    try store.transaction { tx in
      for notice in notices {
        try tx.logPassword(
          .warning, 616, "Preferred domain controller of domain \(domain) failed: " + notice)
      }
    }
  }

  private func attempt(_ wishes: PasswordWishes) async throws -> PasswordTurn {
    do {
      if let reason = try obstacle() { return .refused(reason) }
      try store.transaction { try $0.beginPasswordTurn(id, at: now) }
      try await work(wishes)
      try store.transaction { try $0.endPasswordTurn(id, at: now) }
      return .ended(taken: taken, failed: failed, filtered: filtered)
    } catch let error where Task.isCancelled && !(error is StoreError) {
      // Whoever was waited for failed because nobody waits any more.
      try store.transaction { try $0.setPasswordChannel(id, .waiting) }
      return .stopped
    } catch let failure as PasswordSourceFailure {
      try fail(failure.description) { tx in
        if failure.isStateUseless { try tx.setPasswordCursor(nil, channel: id) }
        try tx.logPassword(
          .error, 611,
          "Password synchronization failed for domain: \(domain).\n" + failure.description)
      }
      try await pingNevertheless()
      return .failed(failure.description)
    } catch let failure as PasswordTargetFailure {
      try fail(failure.description) { _ in }
      return .failed(failure.description)
    } catch let failure as ContextFailure {
      try fail(failure.words) { tx in
        try tx.logPassword(
          .error, 612,
          "Password synchronization of domain \(domain) could not be set up: " + failure.words)
      }
      try await pingNevertheless()
      return .failed(failure.words)
    } catch is Stopped {
      try store.transaction { try $0.setPasswordChannel(id, .waiting) }
      return .stopped
    } catch let error as StoreError {
      throw error
    } catch {
      try fail("\(error)") { tx in
        try tx.logPassword(
          .error, 603, "Password synchronization of domain \(domain) met a fault: \(error)")
      }
      try await pingNevertheless()
      return .failed("\(error)")
    }
  }

  /// The target hears of the channel though nothing can be sent to it for want of a source; that it
  /// does not answer is told by the event of the ping, and the turn's own failure stays.
  private func pingNevertheless() async throws {
    do { _ = try await pingIfQuiet() } catch is PasswordTargetFailure {}
  }

  private func fail(_ reason: String, _ log: (StoreTransaction) throws -> Void) throws {
    try store.transaction { tx in
      try tx.setPasswordChannel(id, .failed, reason: reason)
      if let full = try tx.passwordChannel(id)?.fullStarted {
        try tx.logPassword(
          .error, 621,
          "Full password hash synchronization for domain \(domain), begun at "
            + "\(PasswordEvents.date(full)), was interrupted and goes on: \(reason)")
      }
      try log(tx)
    }
  }

  private func work(_ wishes: PasswordWishes) async throws {
    try store.transaction { tx in
      try tx.shortenPasswordWaits(
        id, at: now, longest: Double(RetryDelay.longest), filtered: Double(RetryDelay.filtered))
    }
    try reconsiderFiltered()
    // A person may know that it can be asked again.
    if !wishes.isNothing { wish = nil }
    let isOtherWay = try noteWay()
    let memory = try remembered()
    // One that has never answered, or was away when it was last asked, is not offered passwords
    // before it answers.
    if reach == .away || memory.lastContact == nil { try await ping() }
    // What was never read is read in full.
    let isFirst = memory.cursor == nil && memory.turnEnded == nil
    // One that is under way does for an order of before it; a later one may follow upon a loss at the
    // target, and begins anew.
    let isLater = memory.fullStarted.flatMap { start in wishes.filed.map { $0 > start } } ?? false
    if memory.fullStarted == nil ? wishes.isFull || isFirst : wishes.isFull && isLater {
      if !isOtherWay { try store.transaction { try beginFull($0) } }
    }
    // What changed is read nevertheless: nobody's password waits for one account.
    let unread = try await judgeWaiting()
    try await resend(wishes.accounts)
    try await readChanges()
    try tellTouched()
    let isImpatient = wishes.isImpatient || wishes.isFull
    try await sendDue(isImpatient: isImpatient)
    if try await pingIfQuiet() { try await sendDue(isImpatient: isImpatient) }
    if let unread { throw unread }
  }

  /// Event 668: what the source told though no password was set.
  private func tellTouched() throws {
    guard touched > 0 else { return }
    try store.transaction { tx in
      try tx.logPassword(
        .information, 668,
        "Count of objects of domain \(domain) of which only pwdLastSet changed: \(touched)")
    }
  }

  func remembered() throws -> PasswordChannelMemory {
    guard let memory = try store.look({ [try $0.passwordChannel(id)] })[0] else {
      throw EngineError(
        message: "The store has no channel \(id) of passwords", hint: "Restart the engine")
    }
    return memory
  }

  // MARK: What must come first

  /// Why nothing may be done now, nil if it may; what is new in it is told.
  private func obstacle() throws -> String? {
    if setup.isFIPS() && !setup.allowsFIPS {
      let reason =
        "This host is in FIPS mode, and MD4, MD5 and RC4, which it takes to read a password's hash, "
        + "are not approved. Set allow_in_fips = true under [password_sync] in lockstep.toml to "
        + "synchronize passwords nevertheless"
      return try hold(.refused, reason, .error, 607, "Password synchronization cannot start: ")
    }
    if try store.look({ try $0.isStagingMeant() }) {
      return try hold(
        .paused, "Staging mode is on: no password is sent", .information, 609,
        "Password synchronization stopped: ")
    }
    let isReady = try store.look { tx -> Bool in
      if try tx.passwordChannel(id)?.turnEnded != nil { return true }
      guard let source = try tx.connectorID(setup.sourceConnector),
        let target = try tx.connectorID(setup.targetConnector)
      else { return false }
      return try tx.hasCompletedDirectorySync(source: source, target: target)
    }
    guard isReady else {
      return try hold(
        .paused,
        "the full directory synchronization of \(setup.sourceConnector) and "
          + "\(setup.targetConnector) that comes first has not ended",
        .warning, 613, "Password synchronization is paused for domain \(domain): ")
    }
    return nil
  }

  private func hold(
    _ state: PasswordChannelState, _ reason: String, _ level: EventRow.Level, _ code: Int,
    _ beginning: String
  ) throws -> String {
    try store.transaction { tx in
      let known = try tx.passwordChannel(id)
      guard known?.state != state || known?.reason != reason else { return }
      try tx.setPasswordChannel(id, state, reason: reason)
      try tx.logPassword(level, code, beginning + reason + ".")
    }
    return reason
  }

  func beginFull(_ tx: StoreTransaction) throws {
    try tx.beginFullPasswordSync(id, at: now)
    try tx.logPassword(
      .information, 617, "Full password hash synchronization started for forest: \(domain)")
    try tx.logPassword(
      .information, 618, "Full password hash synchronization started for domain: \(domain)")
  }

  /// What decides in this turn.
  func judgement() async throws -> PasswordJudge {
    if let judge { return judge }
    do {
      let made = try await makeJudge()
      judge = made
      return made
    } catch let error where !(error is StoreError || error is CancellationError) {
      throw ContextFailure(words: "\(error)")
    }
  }

  private func makeJudge() async throws -> PasswordJudge {
    let plan = try await plan()
    func find(_ name: String) throws -> ActiveConnector {
      guard let found = plan.connectors.first(where: { $0.name == name }) else {
        throw SyncEngine.unknown(name)
      }
      return found
    }
    return PasswordJudge(
      plan: plan, facts: try store.transaction { try PlanFacts(plan, $0, now: now) },
      source: try find(setup.sourceConnector), target: try find(setup.targetConnector),
      setup: setup)
  }
}
