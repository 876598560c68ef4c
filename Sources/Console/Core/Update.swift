import Cells
import Directory
import SyncStore

/// Takes what happened into the state and says what is to be done.
///
/// Pure: no clock, no store, no terminal. It answers at once however slow the store is, because it
/// only ever says what it would like to have read.
public func update(_ state: inout ConsoleState, _ message: Message) -> [Effect] {
  var effects: [Effect] = []
  switch message {
  case .input(let event): effects = state.take(event)
  case .early(let key): effects = state.takeEarly(key)
  case .amid(let key): effects = state.takeAmid(key)
  case .tick(let now): effects = state.tick(now)
  case .answered(let ticket, let response): effects = state.take(ticket, response)
  case .failed(let ticket, let error): state.take(ticket, error)
  case .watching(let isWatching): state.isWatching = isWatching
  case .stirred(let now):
    state.isStirred = true
    state.lastStir = now
    effects = state.tick(now)
  case .polled(let counter): state.polled(counter)
  case .pollFailed(let error):
    state.isPolling = false
    state.pollFault = Fault(error)
    state.isStoreMissing = error.code == .missing
    state.isStoreOlder = error.code == .olderVersion
    // Another store may have the same count.
    state.counter = nil
  case .filed(let command, let id): effects = state.filed(command, id)
  case .notFiled(let command, let error):
    let words = "Not asked for: " + error.message + ". " + error.hint
    state.tell(words, .toastError)
    state.leaveFiling(command)
    state.settleReversal(isDone: false) { $0 == .ask(command) }
    state.releaseNotFiled(command, error.message)
    state.forEachScreen { $0.notFiled(command, words) }
  case .scheduled(let outcome): state.scheduled(outcome)
  case .engineStarted(let fault):
    if let fault { effects = state.engineFailed(fault) }
    state.isHeaderStale = true
  case .withdrawn(let id, let outcome): state.withdrawn(id, outcome)
  case .exporting(let rows):
    guard state.isExporting else { break }
    state.tell(
      Format.count(rows, "row") + " written so far; the same key again ends it", .toastInfo)
  case .exported(let path, let rows):
    state.isExporting = false
    state.tell(Format.count(rows, "row") + " written to " + path, .toastInfo)
  case .notExported(let fault):
    state.isExporting = false
    state.tell("Nothing written: " + fault.message + ". " + fault.hint, .toastError)
  case .edited(let file, let isChanged, let fault): state.edited(file, isChanged, fault)
  case .glyphs(let glyphs): state.glyphs = state.options.plain ? .plain : glyphs
  case .themeRefused(let why, let name): effects = state.themeRefused(why, stays: name)
  case .trouble(let why): state.tell(why, .toastError)
  }
  state.noteWriting(effects, message)
  state.settle()
  return effects + state.requestLoads()
}

extension ConsoleState {
  /// Seconds between two looks at the store's change counter while something happens, and while
  /// nothing does.
  static let busyInterval = 0.25
  static let idleInterval = 0.5
  /// Seconds between two looks where it is told when something is committed: not every file system
  /// tells.
  static let watchingInterval = 5.0
  /// Seconds after a commit for which the store is looked at as often as while something happens: an
  /// answer about very many rows may be that old when it is given.
  static let settlingInterval = 3.0
  /// Seconds after which the engine is looked at even if nothing was committed: a dead one commits
  /// nothing.
  static let headerInterval = 2.0
  /// Seconds before the store is asked again for what it could not give.
  static let retryInterval = 1.0

  /// Notes what is to be written to the store, and what has been.
  mutating func noteWriting(_ effects: [Effect], _ message: Message) {
    switch message {
    case .filed, .notFiled, .withdrawn, .scheduled:
      unwritten.count = max(0, unwritten.count - 1)
      // The next one has only just come to its turn.
      unwritten.since = unwritten.count > 0 ? now : nil
    default: break
    }
    let new = effects.count {
      switch $0 {
      case .file, .withdraw, .schedule: true
      default: false
      }
    }
    if new > 0 { unwritten.since = unwritten.since ?? now }
    unwritten.count += new
  }

  /// Shows words for a while.
  mutating func tell(_ text: String, _ role: Role = .toastInfo) {
    toast = Toast(text: text, role: role, since: now.milliseconds)
  }

  /// The theme that is in use is the chosen one, since the other can't be used.
  mutating func themeRefused(_ why: String, stays name: String) -> [Effect] {
    tell(why, .toastError)
    theme = name
    // Somebody who still looks through the themes has not chosen.
    if case .themes? = overlay { return [] }
    return [.save(preferences)]
  }

  /// Fits the screen to the room that it has.
  mutating func settle() {
    var model = screen.model
    model.settle(size: contentSize, scene: scene)
    screen.model = model
  }

  mutating func tick(_ now: Timestamp) -> [Effect] {
    if now < self.now { clockWasSetBack(to: now) }
    self.now = now
    if let toast, now.milliseconds - toast.since > toast.duration { self.toast = nil }
    if let lastHeader, now.seconds(since: lastHeader) >= Self.headerInterval {
      isHeaderStale = true
      isActivityStale = true
    }
    // Half a tick of grace: ticks never come at the exact moment.
    guard !isPolling, lastPoll.map({ now.seconds(since: $0) >= pollInterval - 0.05 }) ?? true else {
      return []
    }
    isPolling = true
    isStirred = false
    lastPoll = now
    return [.poll]
  }

  /// Forgets when things were, since they would seem to be in the future: all is looked at anew.
  private mutating func clockWasSetBack(to now: Timestamp) {
    lastPoll = nil
    lastStir = lastStir.map { min($0, now) }
    unwritten.since = unwritten.since.map { min($0, now) }
    lastHeader = now
    lastChange = min(lastChange, now)
    isHeaderStale = true
    isActivityStale = true
    if let toast, toast.since > now.milliseconds { self.toast?.since = now.milliseconds }
    for slot in pending.keys where pending[slot]?.retryAt.map({ $0 > now }) ?? false {
      pending[slot]?.retryAt = now
    }
  }

  /// Whether what was committed last may not be in every answer yet.
  private var isSettling: Bool {
    lastStir.map { now.seconds(since: $0) < Self.settlingInterval } ?? false
  }

  /// Seconds that lie between the last look at the store and the next one.
  private var pollInterval: Double {
    if isStirred || isSettling { return Self.busyInterval }
    if isWatching { return Self.watchingInterval }
    let isBusy = progress != nil || now.seconds(since: lastChange) < 5
    return isBusy ? Self.busyInterval : Self.idleInterval
  }

  /// Whether something is being read that a frame would say is not there yet.
  public var isReading: Bool {
    pending.values.contains {
      // What a command works on may take minutes.
      $0.retryAt == nil && !$0.want.request.isForNews && !$0.want.request.isTool
    }
  }

  /// Whether nothing is going on that would be late if the next tick came after a second only.
  public var isAtRest: Bool {
    isWatching && !isStirred && !isSettling && !isPolling && progress == nil && toast == nil
      && pollFault == nil
      && watched.isEmpty && pending.values.allSatisfy(\.want.request.isForNews)
  }

  mutating func polled(_ counter: Int64) {
    isPolling = false
    pollFault = nil
    (isStoreMissing, isStoreOlder, wasStoreSeen) = (false, false, true)
    guard counter != self.counter else { return }
    // The first count tells nothing of what was committed between the first page and now, so it
    // counts as a change.
    self.counter = counter
    lastChange = now
    isHeaderStale = true
    isActivityStale = true
    isWatchStale = !watched.isEmpty
    // What is being worked out beside all other reading may not know of what was committed.
    for (slot, pending) in pending where pending.want.request.takesLong {
      self.pending[slot]?.isOvertaken = true
    }
    guard !isPaused else { return }
    // Only the screen that is shown is read again now; the others when they are shown.
    forEachScreen { $0.markStale() }
  }

  mutating func take(_ ticket: Ticket, _ response: Response) -> [Effect] {
    guard let pending = pending[ticket.slot], pending.ticket == ticket else { return [] }
    self.pending[ticket.slot] = nil
    faults[ticket.slot] = nil
    let had = overlay
    defer { if overlay != had { noteSprung() } }
    switch response {
    case .header(let status, let progress):
      announce(status, progress)
      if hasEnded(status, progress), !isPaused { forEachScreen { $0.markStale() } }
      self.status = status
      self.progress = progress
      wasStoreSeen = true
      headerAsked = pending.since
      headerTicket = ticket.number
      isHeaderStale = false
      lastHeader = now
      // Without an engine nothing is committed that would tell what becomes of a command.
      if status.state == .absent && !watched.isEmpty { isWatchStale = true }
    case .command(let status): return outcome(status)
    case .activity(let activity) where ticket.slot == .activity: take(activity)
    case .passwordsToSend(let channels, let counts): ask(about: channels, sending: counts)
    case .waitingExports(let waiting): return ask(about: waiting)
    default:
      screen.model.receive(response, for: pending.want)
      if pending.isOvertaken, !isPaused { screen.model.markStale() }
      if let notice = screen.model.takeNotice() { tell(notice, .toastWarning) }
    }
    return []
  }

  /// Whether the engine works otherwise than it did, or a step is over: one that died commits nothing
  /// that would tell, and what it was at has ended with it.
  private func hasEnded(_ status: EngineStatus, _ progress: RunProgress?) -> Bool {
    if let old = self.status, old.state != status.state { return true }
    return self.progress != nil && progress == nil
  }

  mutating func take(_ ticket: Ticket, _ error: StoreError) {
    guard pending[ticket.slot]?.ticket == ticket else { return }
    faults[ticket.slot] = Fault(error)
    pending[ticket.slot]?.retryAt = now.adding(seconds: Self.retryInterval)
  }

  /// What should be read now and is not being read yet.
  mutating func requestLoads() -> [Effect] {
    var wants = screen.model.wants(size: contentSize)
    // What is paused stays in its order.
    if isPaused { wants.removeAll(where: \.request.isAnotherOrder) }
    if isHeaderStale { wants.append(Want(slot: .header, request: .header)) }
    if isActivityStale {
      wants.append(Want(slot: .activity, request: .activity(limit: Self.watchedActivity)))
    }
    if let inquiry { wants.append(Want(slot: .inquiry, request: inquiry.request)) }
    if isWatchStale, let id = watched.first?.id {
      wants.append(Want(slot: .command, request: .command(id)))
    }
    // What nobody waits for any more is forgotten; its answer will find no one.
    var effects: [Effect] = []
    for slot in Slot.allCases where !wants.contains(where: { $0.slot == slot }) {
      if let left = pending[slot], left.want.request.takesLong, left.retryAt == nil {
        effects.append(.forget(left.ticket))
      }
      pending[slot] = nil
      faults[slot] = nil
    }
    for want in wants {
      if let current = pending[want.slot], current.want == want {
        guard let retryAt = current.retryAt, now >= retryAt else { continue }
      }
      lastTicket += 1
      let ticket = Ticket(want.slot, lastTicket)
      pending[want.slot] = Pending(ticket: ticket, want: want, since: now)
      effects.append(.load(ticket, want.request))
    }
    return effects
  }
}
