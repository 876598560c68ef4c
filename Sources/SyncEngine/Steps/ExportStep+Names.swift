import Directory
import SyncStore
import Synchronization

/// Changes of names that the target refused because another object has the name: told only once
/// everything else was sent, since that other one may have given it up by then.
final class RefusedNames {
  /// One of them.
  struct Entry {
    var request: ExportStep.Request
    var outcome: ExportOutcome
    var change: NameChange
    /// The name that it has by now, where that is another one.
    var current = ""
  }

  private(set) var entries: [Entry] = []
  /// The objects whose changes the target took.
  private(set) var taken: Set<Int64> = []
  /// The objects of which it refused something.
  private(set) var refused: Set<Int64> = []
  /// Objects that have got their names in an exchange, with the attribute.
  private var exchanged: Set<String> = []
  /// Objects that were to exchange their names in this step, whatever came of it.
  private var tried: Set<Int64> = []
  /// Names that objects gave up, as they are compared.
  private var freed: Set<String> = []
  /// Whether all else was sent, so that refusals are told at once.
  var isOver = false
  /// For how long those that exchange their names are waited for once the step is to end.
  let patience = LastPatience()

  /// So many have a cause of their own, which is not to be told late.
  private static let most = 500

  /// Keeps a refusal for later; false if it is none of a name.
  func keep(_ outcome: ExportOutcome, of request: ExportStep.Request) -> Bool {
    guard !isOver, entries.count < Self.most, case .failed(let failure) = outcome,
      var change = request.nameChange(refusedBy: failure)
    else { return false }
    // Once is enough.
    if exchanged.contains(Self.key(request.id, change)) { change.canLeave = false }
    entries.append(Entry(request: request, outcome: outcome, change: change))
    return true
  }

  /// Notes what the target took.
  func note(_ outcome: ExportOutcome, of request: ExportStep.Request) {
    if case .failed = outcome { refused.insert(request.id) }
    guard case .done = outcome else { return }
    taken.insert(request.id)
    for change in request.nameChanges { freed.insert(change.held) }
  }

  /// Takes those out whose names were given up since.
  func takeFreed() -> [Int64] {
    let now = entries.filter { freed.contains($0.change.wanted) }
    for entry in now { freed.remove(entry.change.wanted) }
    let ids = Set(now.map(\.request.id))
    entries.removeAll { ids.contains($0.request.id) }
    return now.map(\.request.id)
  }

  /// Takes two or more out of which each waits for the name of the next one, and the last for that of
  /// the first; nil if there are none.
  func takeCircle() -> [Entry]? {
    var holders: [String: Int] = [:]
    for (index, entry) in entries.enumerated() where entry.change.canLeave {
      holders[entry.change.attribute.text + " " + entry.change.held] = index
    }
    var done: Set<Int> = []
    for start in entries.indices {
      var chain: [Int] = []
      var current = start
      while done.insert(current).inserted {
        chain.append(current)
        let change = entries[current].change
        guard change.canLeave,
          let next = holders[change.attribute.text + " " + change.wanted],
          change.isPlace
            || entries[next].request.operation.objectType
              == entries[current].request.operation.objectType
        else { break }
        current = next
      }
      // Where it ended otherwise, the last one is alone.
      guard let first = chain.firstIndex(of: current), chain.count - first > 1 else { continue }
      let circle = chain[first...].map { entries[$0] }
      for index in chain[first...].sorted(by: >) { entries.remove(at: index) }
      return circle
    }
    return nil
  }

  /// Notes that objects are about to exchange their names.
  func noteTried(_ circle: [Entry]) { tried.formUnion(circle.map(\.request.id)) }

  /// Whether an object was to exchange its name in this step.
  func hasTried(_ id: Int64) -> Bool { tried.contains(id) }

  /// Notes that objects have got their names: they are in no exchange of them any more.
  func noteExchanged(_ circle: [Entry]) {
    for entry in circle {
      let changes =
        entry.change.isPlace ? [entry.change] : entry.request.nameChanges.filter { !$0.isPlace }
      for change in changes { exchanged.insert(Self.key(entry.request.id, change)) }
    }
  }

  private static func key(_ id: Int64, _ change: NameChange) -> String {
    "\(id) \(change.attribute.text)"
  }

  /// Puts one back that is to be told.
  func putBack(_ entry: Entry) { entries.append(entry) }

  /// Takes all out.
  func takeAll() -> [Entry] {
    defer { entries = [] }
    return entries
  }
}

/// For how long a step that is to end still waits for what had better come to its end.
final class LastPatience: Sendable {
  private let end = Mutex<ContinuousClock.Instant?>(nil)

  /// Returns once it is over; the first call says for how many seconds from now it lasts.
  func outlast(seconds: Double) async {
    let moment = end.withLock { end in
      let moment = end ?? .now.advanced(by: .seconds(seconds))
      end = moment
      return moment
    }
    try? await Task.sleep(until: moment)
  }
}

extension ExportStep {
  /// Sends again what was refused for a name that was given up since, and has those who wait for each
  /// other's names exchange them; what is left is told as refused.
  func settleNames() async throws {
    while true {
      let ids = names.takeFreed()
      guard ids.isEmpty else {
        try await send(ids)
        continue
      }
      try context.checkStop()
      guard let circle = names.takeCircle() else { break }
      try await exchange(circle)
    }
    try tellRefused()
    try context.checkErrorLimit("were refused")
  }

  /// Tells what was kept, which is final now, unless it is all for an address.
  func tellRefused() throws {
    names.isOver = true
    try store.transaction { tx in
      var tally = CounterTally()
      for entry in names.takeAll() where !addresses.keep(entry.outcome, of: entry.request) {
        try keep(entry.outcome, of: entry.request, tx, &tally)
      }
      try tx.add(tally, step: context.step)
    }
  }
}
