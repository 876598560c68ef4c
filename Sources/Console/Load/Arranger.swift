import Dispatch
import SyncStore
import Synchronization

/// Works out the orders of long lists, one at a time, and tells who waits for a part of them.
///
/// Sorting a million rows takes a while; meanwhile all other reading goes on. What nobody waits for
/// any more is ended. The last few orders are kept, so that who comes back finds them.
final class Arranger: Sendable {
  /// A list in an order.
  struct Key: Hashable, Sendable {
    var list: ListSource
    var arrangement: ListArrangement
  }

  /// A part of an order.
  struct Part: Sendable {
    /// The numbers of its rows.
    var ids: [Int64]
    /// How far the order is worked out.
    var state: OrderState
    /// The place of the row that was asked for.
    var anchorIndex: Int?
  }

  /// What somebody waits for.
  enum Need: Sendable {
    /// Rows from a place on, and the place of a row.
    case rows(start: Int, count: Int, anchor: Int64?, waitsForAnchor: Bool)
    /// Anything that is news to who knows this; where it is old, another order.
    case news(known: OrderState, isRefresh: Bool)
  }

  private struct Order {
    var key: Key
    var ids: [Int64] = []
    var revision: Int
    var isComplete = false
    /// Whether something was committed since it was begun.
    var isOld = false
    var began: ContinuousClock.Instant
    var ended: ContinuousClock.Instant?

    var state: OrderState {
      var state = OrderState(revision: revision, total: ids.count, isComplete: isComplete)
      state.isOld = isOld
      return state
    }
  }

  private struct Waiter {
    var ticket: Ticket
    var key: Key
    var need: Need
    var since: ContinuousClock.Instant
  }

  private struct State {
    /// Those that can be read from, the one that was read last at the end.
    var orders: [Order] = []
    /// The one that is being worked out anew beside one that can be read from.
    var fresh: Order?
    var working: Key?
    var next: Key?
    var waiters: [Waiter] = []
    var lastRevision = 0
    var isClosed = false
  }

  /// Orders that are kept.
  private static let kept = 3
  /// How many times as long as it took an order is left alone while the store changes.
  private static let rest = 8
  /// After how long who waits for news is told of progress.
  private static let progress = Duration.milliseconds(250)

  private let store: any ConsoleStore
  private let answer: @Sendable (Ticket, Result<Part, any Error>) -> Void
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "lockstep.console.arranger")
  /// Where work is ended: a store that hangs may keep that waiting, too.
  private let interrupts = DispatchQueue(label: "lockstep.console.arranger.interrupts")

  /// - Parameter answer: Takes what a ticket waits for; called on any thread, it must not wait.
  init(
    _ store: any ConsoleStore,
    answer: @escaping @Sendable (Ticket, Result<Part, any Error>) -> Void
  ) {
    self.store = store
    self.answer = answer
  }

  /// Asks for a part of an order; what was asked in the same place before is forgotten.
  func ask(_ key: Key, _ need: Need, for ticket: Ticket) {
    let now = ContinuousClock.now
    let (ready, interrupts) = state.withLock { state -> ([(Ticket, Part)], Bool) in
      guard !state.isClosed else { return ([], false) }
      state.waiters.removeAll { $0.ticket.slot == ticket.slot }
      state.waiters.append(Waiter(ticket: ticket, key: key, need: need, since: now))
      let ready = Self.takeReady(&state, now: now)
      return (ready, begin(&state, key: key, need, now: now))
    }
    if interrupts { interrupt() }
    deliver(ready)
    if case .news = need { remind(after: Self.progress) }
  }

  /// Forgets what a place waited for, and ends work that nobody waits for any more.
  func forget(_ slot: Slot) {
    let interrupts = state.withLock { state in
      let before = state.waiters.count
      state.waiters.removeAll { $0.ticket.slot == slot }
      guard state.waiters.count < before, let working = state.working else { return false }
      return !state.waiters.contains { $0.key == working }
    }
    if interrupts { interrupt() }
  }

  /// Says that something was committed: what is known, and what is being worked out, is old.
  ///
  /// It is still of use, to who is told that it is old.
  func markOld() {
    state.withLock { state in
      for index in state.orders.indices { state.orders[index].isOld = true }
      state.fresh?.isOld = true
    }
  }

  /// Ends all work.
  func close() {
    state.withLock {
      $0 = State()
      $0.isClosed = true
    }
    interrupts.async { [store] in store.interruptArranging() }
  }

  /// Ends what is worked on, off the path of who asks; what begins meanwhile is left alone.
  private func interrupt() {
    guard let work = state.withLock({ $0.working }) else { return }
    interrupts.async { [self] in
      if state.withLock({ $0.working == work }) { store.interruptArranging() }
    }
  }

  // MARK: Work

  /// Begins what somebody waits for, if it is not under way; true if other work has to end for it.
  private func begin(
    _ state: inout State, key: Key, _ need: Need, now: ContinuousClock.Instant
  ) -> Bool {
    let known = state.orders.first { $0.key == key }
    if let known {
      guard case .news(_, true) = need, known.isComplete else { return false }
      if let wait = Self.restLeft(of: known, now: now) {
        remind(after: wait)
        return false
      }
    }
    guard state.working != key, state.next != key else { return false }
    guard state.working == nil else {
      state.next = key
      // What only makes an order newer waits for its turn.
      return known == nil
    }
    state.working = key
    queue.async { self.work(key) }
    return false
  }

  /// For how long an order is still left alone; nil if it is old enough to be worked out anew.
  private static func restLeft(of order: Order, now: ContinuousClock.Instant) -> Duration? {
    guard let ended = order.ended else { return .milliseconds(100) }
    let rest = max(.milliseconds(100), (ended - order.began) * Self.rest)
    let left = rest - (now - ended)
    return left > .zero ? left : nil
  }

  private func work(_ key: Key) {
    let isFirst = state.withLock { state -> Bool in
      state.lastRevision += 1
      let order = Order(key: key, revision: state.lastRevision, began: .now)
      if state.orders.contains(where: { $0.key == key && $0.isComplete }) {
        state.fresh = order
        return false
      }
      state.orders.removeAll { $0.key == key }
      state.orders.append(order)
      if state.orders.count > Self.kept { state.orders.removeFirst() }
      return true
    }
    var failure: (any Error)?
    do {
      try store.arrange(key.list, by: key.arrangement) { ids in
        self.take(ids, for: key, isFirst: isFirst)
      }
    } catch {
      failure = error
    }
    end(key, isFirst: isFirst, failure)
  }

  /// Takes numbers as they come; false when nobody wants more.
  private func take(_ ids: [Int64], for key: Key, isFirst: Bool) -> Bool {
    let (ready, goesOn) = state.withLock { state -> ([(Ticket, Part)], Bool) in
      guard !state.isClosed, state.working == key else { return ([], false) }
      if isFirst {
        guard let index = state.orders.firstIndex(where: { $0.key == key }) else {
          return ([], false)
        }
        state.orders[index].ids += ids
        return (Self.takeReady(&state, now: .now), true)
      }
      state.fresh?.ids += ids
      return ([], true)
    }
    deliver(ready)
    return goesOn
  }

  private func end(_ key: Key, isFirst: Bool, _ failure: (any Error)?) {
    let (ready, failed) = state.withLock { state -> ([(Ticket, Part)], [Ticket]) in
      defer {
        state.working = state.next
        state.next = nil
        if let next = state.working { queue.async { self.work(next) } }
      }
      if let failure {
        if isFirst { state.orders.removeAll { $0.key == key } }
        state.fresh = nil
        let waiting = state.waiters.filter { $0.key == key }
        if failure is CancellationError {
          // It was ended for another one; who waits for it after all has asked again since.
          if !waiting.isEmpty, state.next == nil { state.next = key }
          return ([], [])
        }
        state.waiters.removeAll { $0.key == key }
        return ([], waiting.map(\.ticket))
      }
      if let fresh = state.fresh { state.orders.removeAll { $0.key == fresh.key } }
      if let fresh = state.fresh { state.orders.append(fresh) }
      state.fresh = nil
      if let index = state.orders.firstIndex(where: { $0.key == key }) {
        state.orders[index].isComplete = true
        state.orders[index].ended = .now
      }
      return (Self.takeReady(&state, now: .now), [])
    }
    deliver(ready)
    if let failure { for ticket in failed { answer(ticket, .failure(failure)) } }
    look()
  }

  // MARK: Answers

  /// Looks again after a while for who waits for news.
  private func remind(after wait: Duration) {
    let nanoseconds =
      Int(wait.components.seconds) * 1_000_000_000
      + Int(wait.components.attoseconds / 1_000_000_000)
    queueForReminders.asyncAfter(deadline: .now() + .nanoseconds(nanoseconds + 1_000_000)) {
      [weak self] in self?.look()
    }
  }

  private var queueForReminders: DispatchQueue { .global(qos: .userInitiated) }

  private func look() {
    let now = ContinuousClock.now
    let (ready, interrupts) = state.withLock { state -> ([(Ticket, Part)], Bool) in
      let ready = Self.takeReady(&state, now: now)
      var interrupts = false
      for waiter in state.waiters {
        if begin(&state, key: waiter.key, waiter.need, now: now) { interrupts = true }
      }
      return (ready, interrupts)
    }
    if interrupts { interrupt() }
    deliver(ready)
  }

  private func deliver(_ ready: [(Ticket, Part)]) {
    for (ticket, part) in ready { answer(ticket, .success(part)) }
  }

  /// Takes out those who wait for what is there.
  private static func takeReady(
    _ state: inout State, now: ContinuousClock.Instant
  ) -> [(Ticket, Part)] {
    var ready: [(Ticket, Part)] = []
    state.waiters.removeAll { waiter in
      guard let order = state.orders.first(where: { $0.key == waiter.key }),
        let part = part(of: order, for: waiter, now: now)
      else { return false }
      ready.append((waiter.ticket, part))
      return true
    }
    return ready
  }

  private static func part(
    of order: Order, for waiter: Waiter, now: ContinuousClock.Instant
  ) -> Part? {
    switch waiter.need {
    case .rows(let start, let count, let anchor, let waits):
      guard order.isComplete || order.ids.count >= start + count else { return nil }
      let place = anchor.flatMap { order.ids.firstIndex(of: $0) }
      guard order.isComplete || !waits || place != nil else { return nil }
      let ids = order.ids.dropFirst(start).prefix(count)
      return Part(ids: Array(ids), state: order.state, anchorIndex: place)
    case .news(let known, _):
      let state = order.state
      let isNews = state.revision != known.revision || state.isComplete != known.isComplete
      let isProgress = state.total != known.total && now - waiter.since >= progress
      return isNews || isProgress ? Part(ids: [], state: state) : nil
    }
  }
}
