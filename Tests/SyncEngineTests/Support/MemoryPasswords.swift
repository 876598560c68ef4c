import Directory
import Foundation
import PasswordSync
import Secrets
import SyncStore
import Synchronization

@testable import SyncEngine

/// Accounts with passwords in memory, with faults to order.
final class MemoryPasswordSource: PasswordHashSource {
  struct State {
    var accounts: [String: SourceAccount] = [:]
    var order: [String: Int] = [:]
    var index = 0
    var pageSize = 1000
    var isMoreCertain = true
    var failure: PasswordSourceFailure?
    /// What single accounts are read as, where that is not what they are: nil is not there.
    var replica: [String: SourceAccount?] = [:]
    /// Accounts that can't be read alone.
    var refused: Set<String> = []
    var singleReads: [String] = []
    /// How often accounts were read by their names, one or many at once.
    var readings = 0
    var pages = 0
    /// Whether what is told ends a reading of all.
    var isWhole = false
    /// What the next answer tells as deleted, by anchor, and what is to be told besides.
    var deleted: [String] = []
    var notices: [String] = []
    /// How often it was told to let go of what it has read.
    var rests = 0
    /// Whether stamps say that they are earlier ones than others; nil if they say nothing.
    var isEarlier: Bool?
    /// Which stamps were asked about.
    var compared: Set<String> = []
  }

  let domain = "contoso.test"
  let state = Mutex(State())

  /// Sets a password, as a person does.
  func set(_ password: String?, of name: String, at time: Timestamp) {
    state.withLock { state in
      state.index += 1
      var account = SourceAccount(
        name: AccountName(anchor: "g-" + name, dn: "CN=\(name),OU=Staff,DC=contoso,DC=test"),
        hash: password.map { PasswordHash.ntHash(of: $0) }, stamp: "set \(state.index)",
        changed: time)
      if let known = state.accounts["g-" + name] {
        account.mustChangePassword = known.mustChangePassword
        account.requiresSmartCard = known.requiresSmartCard
      }
      state.accounts["g-" + name] = account
      state.order["g-" + name] = state.index
    }
  }

  /// Changes anything else of an account: it is told, and its stamp is what it was.
  func touch(_ name: String, _ edit: (inout SourceAccount) -> Void = { _ in }) {
    state.withLock { state in
      guard var account = state.accounts["g-" + name] else { return }
      state.index += 1
      edit(&account)
      state.accounts["g-" + name] = account
      state.order["g-" + name] = state.index
    }
  }

  func remove(_ name: String) {
    state.withLock {
      $0.accounts["g-" + name] = nil
      $0.order["g-" + name] = nil
    }
  }

  func changes(since text: String?) async throws -> PasswordHashBatch {
    try state.withLock { state in
      if let failure = state.failure { throw failure }
      state.pages += 1
      let from = text.flatMap { Int($0) } ?? 0
      let all = state.order.filter { $0.value > from }.sorted { $0.value < $1.value }
      let page = all.prefix(state.pageSize)
      var batch = PasswordHashBatch(
        accounts: page.compactMap { state.accounts[$0.key] },
        state: String(page.last?.value ?? from), hasMore: all.count > page.count)
      swap(&batch.deleted, &state.deleted)
      batch.isMoreCertain = state.isMoreCertain
      batch.isWhole = state.isWhole && !batch.hasMore
      return batch
    }
  }

  func accounts(_ names: [AccountName]) async -> [AccountReading] {
    state.withLock { $0.readings += 1 }
    var readings: [AccountReading] = []
    for name in names {
      do {
        readings.append(.success(try read(name)))
      } catch {
        readings.append(.failure(error))
        break
      }
    }
    return readings
  }

  private func read(_ name: AccountName) throws -> SourceAccount? {
    try state.withLock { state in
      if let failure = state.failure { throw failure }
      state.singleReads.append(name.anchor)
      if state.refused.contains(name.anchor) {
        throw PasswordSourceFailure("\(name.dn) can't be read", hint: "See why")
      }
      if let seen = state.replica[name.anchor] { return seen }
      return state.accounts[name.anchor]
    }
  }

  func isEarlier(_ stamp: String, than other: String) -> Bool? {
    state.withLock { state in
      state.compared.formUnion([stamp, other])
      return state.isEarlier
    }
  }

  func takeNotices() async -> [String] {
    state.withLock { state in
      defer { state.notices = [] }
      return state.notices
    }
  }

  func rest() async { state.withLock { $0.rests += 1 } }
  func close() async {}
}

/// Users who take passwords, in memory, with faults to order.
final class MemoryPasswordTarget: PasswordTarget {
  struct State {
    /// What each user signs in with, by anchor.
    var hashes: [String: SecretBytes] = [:]
    /// What was carried out, by request.
    var done: [String: String] = [:]
    var batches: [[PasswordChange]] = []
    /// How often a user's password was set.
    var count: [String: Int] = [:]
    var answers: [String: PasswordAnswer] = [:]
    var failure: PasswordTargetFailure?
    /// How many batches are carried out without an answer.
    var dropAnswers = 0
    var pings = 0
    var onBatch: (@Sendable () -> Void)?
    var beforeBatch: (@Sendable () async -> Void)?
    /// Where passwords are kept, as it is configured.
    var way = ""
    /// Whose passwords have a batch refused as a whole, by anchor.
    var poison: Set<String> = []
    /// Why it is refused.
    var poisonFailure = PasswordTargetFailure("malformed", hint: "See why", isRefusal: true)
    /// How many requests there were, and after how many the target goes away.
    var requests = 0
    var failAfter: Int?
  }

  let state = Mutex(State())
  var way: String { state.withLock { $0.way } }

  func provision(_ changes: [PasswordChange]) async throws -> [PasswordAnswer] {
    await state.withLock { $0.beforeBatch }?()
    let (answers, action) = try state.withLock { state in
      if let failure = state.failure { throw failure }
      state.requests += 1
      if let limit = state.failAfter, state.requests > limit {
        throw PasswordTargetFailure("The connection broke", hint: "It is sent again")
      }
      guard state.poison.isDisjoint(with: changes.map(\.targetAnchor)) else {
        throw state.poisonFailure
      }
      state.batches.append(changes)
      let answers = changes.map { change -> PasswordAnswer in
        if let answer = state.answers[change.targetAnchor] { return answer }
        guard state.done[change.request] == nil else { return .success }
        state.done[change.request] = change.targetAnchor
        state.count[change.targetAnchor, default: 0] += 1
        state.hashes[change.targetAnchor] = change.hash
        return .success
      }
      if state.dropAnswers > 0 {
        state.dropAnswers -= 1
        throw PasswordTargetFailure("The connection broke", hint: "It is sent again")
      }
      return (answers, state.onBatch)
    }
    action?()
    return answers
  }

  func ping() async throws {
    try state.withLock { state in
      if let failure = state.failure { throw failure }
      state.pings += 1
    }
  }

  /// Whether a user signs in with a password.
  func takes(_ password: String, of anchor: String) -> Bool {
    state.withLock { $0.hashes[anchor]?.isEqual(to: PasswordHash.ntHash(of: password)) } ?? false
  }

  /// How many passwords each batch had.
  var batchSizes: [Int] { state.withLock { $0.batches.map(\.count) } }
  /// How many passwords were set, each request once.
  var setCount: Int { state.withLock { $0.done.count } }
}

/// A world whose users have passwords.
final class PasswordWorld {
  let world: World
  let source = MemoryPasswordSource()
  let target = MemoryPasswordTarget()
  /// What stands in the source's place; nil for nothing.
  var otherSource: (any PasswordHashSource)?
  let clock = Mutex(Timestamp(milliseconds: 1_700_000_000_000))
  let stop = StopSignal()
  /// What the loop of the directory tells that of passwords.
  var desk = PasswordDesk()
  private(set) var store: SyncStore
  /// Whether the target has answered before; one that never has is asked first whether it is there.
  var hasAnswered = true
  /// What a test changes of the channel's settings.
  var configure: (inout PasswordChannelSetup) -> Void = { _ in }

  init(options: StoreOptions = StoreOptions()) throws {
    let rules = World.rules.replacing(
      "name = \"In - User\"", with: "name = \"In - User\"\npassword_sync = true"
    ).replacing("name = \"Out - User\"", with: "name = \"Out - User\"\npassword_sync = true")
    world = try World(rules: rules)
    store = try SyncStore.open(file: world.storeFile, options: options)
  }

  /// Does `work` to the store's file while nobody has it open.
  func offline(_ work: (String) throws -> Void) throws {
    try store.close()
    try work(world.storeFile)
    store = try SyncStore.open(file: world.storeFile)
  }

  var now: Timestamp { clock.withLock { $0 } }
  func wait(_ seconds: Double) { clock.withLock { $0 = $0.adding(seconds: seconds) } }

  /// A user of the source who has a password.
  func addUser(_ name: String, password: String? = nil) throws {
    world.source.put(try world.user(name))
    source.set(password ?? name + "-secret", of: name, at: now)
  }

  func engine() throws -> SyncEngine { try world.engine(store: store, passwords: [setup()]) }

  func cycle(_ policy: CyclePolicy = .delta) async throws {
    _ = try await engine().runCycle(policy)
  }

  func setup() -> PasswordChannelSetup {
    var setup = PasswordChannelSetup(
      sourceConnector: "source", targetConnector: "target", source: otherSource ?? source,
      target: target)
    setup.isFIPS = { false }
    setup.now = { [clock = UncheckedClock(self)] in clock.now }
    configure(&setup)
    return setup
  }

  /// A channel that has just started, as after a restart of the engine.
  func channel() throws -> PasswordChannel {
    let setup = setup()
    // Whatever a test changes of the settings, the channel is one that was configured before.
    var known = setup
    (known.sourceConnector, known.targetConnector) = ("source", "target")
    _ = try world.engine(store: store, passwords: [known])
    let id = try store.transaction { tx in
      try tx.registerPasswordChannel(
        source: tx.connectorID("source") ?? 0, target: tx.connectorID("target") ?? 0,
        domain: setup.source.domain, intervalSeconds: setup.intervalSeconds)
    }
    if hasAnswered {
      try store.transaction { tx in
        guard try tx.passwordChannel(id)?.lastContact == nil else { return }
        try tx.notePasswordContact(id, at: now)
      }
    }
    // An engine only as long as it is asked: a test may run a cycle between two turns.
    let channel = PasswordChannel(
      store: store, setup: setup, id: id, stop: stop, isEnded: { [desk] in desk.isEnded }
    ) { [unowned self] in
      try await self.engine().makePlan()
    }
    try channel.start()
    return channel
  }

  /// One turn of a channel that has just started.
  @discardableResult
  func turn(_ wishes: PasswordWishes = PasswordWishes()) async throws -> PasswordTurn {
    try await channel().turn(wishes)
  }

  /// The anchor of a user in the target.
  func targetAnchor(_ name: String) throws -> String {
    let found = world.target.state.withLock { state in
      state.objects.first { $0.value.attributes.text("externalId") == "g-" + name }?.key.text
    }
    guard let found else { throw World.Missing() }
    return found
  }

  func takes(_ password: String, of name: String) throws -> Bool {
    target.takes(password, of: try targetAnchor(name))
  }

  func row(_ name: String) throws -> PasswordRow {
    let rows = try world.reader.passwords(
      channel: 1, .all, text: "", after: nil, limit: 10_000)
    guard let row = rows.first(where: { $0.id.anchor == "g-" + name }) else {
      throw World.Missing()
    }
    return row
  }

  func status(_ name: String) throws -> PasswordStatus { try row(name).status }

  /// The texts of the events with this number, oldest first.
  func events(_ code: Int) throws -> [String] {
    try world.reader.events(codes: [code], text: "", before: nil, limit: 10_000)
      .reversed().map(\.message)
  }

  /// Whom the lines of the events with this number, 656 or 657, tell of: anchors and names.
  func names(_ code: Int) throws -> [String] {
    try events(code).flatMap { $0.split(separator: "\n") }.compactMap { line in
      guard let from = line.range(of: " - Anchor : "),
        let to = line.range(of: code == 656 ? ", Change Date : " : ", PwdChangeOnLogon=")
      else { return nil }
      return String(line[from.upperBound..<to.lowerBound])
    }
  }

  /// The levels of the events with this number.
  func levels(_ code: Int) throws -> Set<EventRow.Level> {
    Set(
      try world.reader.events(codes: [code], text: "", before: nil, limit: 10_000).map(\.level))
  }

  var state: PasswordChannelRow {
    get throws {
      guard let row = try world.reader.passwordChannels().first else { throw World.Missing() }
      return row
    }
  }
}

/// Lets the channel read the test's clock, which the test's own task alone moves.
private final class UncheckedClock: @unchecked Sendable {
  private unowned let world: PasswordWorld
  init(_ world: PasswordWorld) { self.world = world }
  var now: Timestamp { world.now }
}
