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
  }

  private(set) var entries: [Entry] = []
  /// The objects whose changes the target took.
  private(set) var taken: Set<Int64> = []
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
      let change = request.nameChange(refusedBy: failure)
    else { return false }
    entries.append(Entry(request: request, outcome: outcome, change: change))
    return true
  }

  /// Notes what the target took.
  func note(_ outcome: ExportOutcome, of request: ExportStep.Request) {
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

  /// Takes two out that wait for each other's name; nil if there are none.
  func takePair() -> (Entry, Entry)? {
    var byName: [String: Int] = [:]
    for (index, entry) in entries.enumerated() { byName[entry.change.held] = index }
    for (index, entry) in entries.enumerated() {
      guard entry.change.canLeave, let other = byName[entry.change.wanted], other > index,
        case let partner = entries[other], partner.change.wanted == entry.change.held,
        partner.change.attribute == entry.change.attribute, partner.change.canLeave,
        entry.change.isPlace
          || partner.request.operation.objectType == entry.request.operation.objectType
      else { continue }
      entries.remove(at: other)
      entries.remove(at: index)
      return (entry, partner)
    }
    return nil
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
  /// Sends again what was refused for a name that was given up since, and has two who wait for each
  /// other's name exchange them; what is left is told as refused.
  func settleNames() async throws {
    while case let ids = names.takeFreed(), !ids.isEmpty { try await send(ids) }
    try context.checkStop()
    while let (first, second) = names.takePair() {
      try await exchange(first, second)
      try context.checkStop()
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

  /// Gives the first a name for the moment, the second the name that is free by that, and then the
  /// first the one that it is to have.
  private func exchange(_ first: RefusedNames.Entry, _ second: RefusedNames.Entry) async throws {
    names.isOver = true
    defer { names.isOver = false }
    var first = first
    let change = first.change
    let isWhole = connector.engine.connector.capabilities.wholeTypes
      .contains(first.request.operation.objectType)
    let name = change.temporary(first.request.id)
    let freeing = freeing(first, for: second, name: name)
    // If it comes back, it is tried no more.
    first.change.canLeave = false
    // From here on nobody is asked whether the step is to end, until they have their names.
    guard !isWhole, try await write(freeing, to: first) else {
      names.putBack(first)
      return names.putBack(second)
    }
    // It is led back from where it stands now.
    if change.isPlace, let place = try? DistinguishedName(name) {
      first.request.operation.dn = place
    }
    try log(first, second, name)
    try await sendNow(second.request.id)
    if names.taken.contains(second.request.id) {
      try await sendNow(first.request.id)
      guard !names.taken.contains(first.request.id) else { return }
      // Something else of it is refused, which was told: it gets its name all the same.
      let wanted = first.request.operation.changes.filter { $0.name == change.attribute }
      _ = try await write(wanted, to: first)
      return
    }
    let image = first.request.item.object.image ?? AttributeSet()
    let old = freeing.map { AttributeChange($0.name, .replace(image[$0.name])) }
    if try await !write(old, to: first), case .failed(var failure) = first.outcome {
      failure.message += " (for now it has the name \(name))"
      first.outcome = .failed(failure)
    }
    names.putBack(first)
  }

  /// The changes by which the first gives up what the second is to get: its name, and addresses.
  private func freeing(
    _ first: RefusedNames.Entry, for second: RefusedNames.Entry, name: String
  ) -> [AttributeChange] {
    let image = first.request.item.object.image ?? AttributeSet()
    let wanted = Set(
      second.request.operation.changes.flatMap(\.newValues).compactMap(\.address))
    var changes = [AttributeChange(first.change.attribute, .replace([.string(name)]))]
    // A place in the directory is all that keeps another from it.
    guard !first.change.isPlace else { return changes }
    for change in first.request.operation.changes where change.name != first.change.attribute {
      guard case .replace(let values) = change.operation else { continue }
      let kept = Set(values.compactMap(\.address))
      let left = image[change.name].filter { value in
        value.address.map { kept.contains($0) || !wanted.contains($0) } ?? true
      }
      if left != image[change.name] { changes.append(AttributeChange(change.name, .replace(left))) }
    }
    return changes
  }

  /// Sends changes that are nothing the rules want; whether the target took them.
  private func write(
    _ changes: [AttributeChange], to entry: RefusedNames.Entry
  ) async throws -> Bool {
    let id = entry.request.id
    try store.transaction { try $0.markSending([id]) }
    var operation = entry.request.operation
    operation.kind = .modify(changes)
    let outcomes = try await exportToTheEnd([operation])
    try store.transaction { try $0.exportLeft(id, as: .idle) }
    guard case .done? = outcomes.first else { return false }
    return true
  }

  private func sendNow(_ id: Int64) async throws {
    let requests = try requests(try store.look { try $0.pendingExports([id]) })
    guard !requests.isEmpty else { return }
    try store.transaction { try $0.markSending([id]) }
    try take(try await exportToTheEnd(requests.map(\.operation)), of: requests)
  }

  /// Sends in a task of its own, which a step that is to end breaks off only after a while.
  ///
  /// So nobody is left with a name for the moment, unless the target is silent, or wants to be asked
  /// later. What is broken off then is made good by the next import and export.
  private func exportToTheEnd(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    let target = connector.engine.connector
    let task = Task { try await target.export(operations) }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: { [patience = names.patience, seconds = context.exchangePatience] in
      Task {
        await patience.outlast(seconds: seconds)
        task.cancel()
      }
    }
  }

  private func log(
    _ first: RefusedNames.Entry, _ second: RefusedNames.Entry, _ name: String
  ) throws {
    let object = first.request.item.object
    let other = second.request.item.object
    try store.transaction { tx in
      try tx.log(
        .information, code: 904,
        "\(object.display) and \(other.display) exchange their \(first.change.attribute.text) in "
          + "\(connector.name): for a moment \(object.display) had the name \(name)")
    }
  }
}

extension ExportOperation {
  /// What a modification changes.
  fileprivate var changes: [AttributeChange] {
    if case .modify(let changes) = kind { changes } else { [] }
  }
}

extension AttributeChange {
  /// The values that come.
  fileprivate var newValues: [AttributeValue] {
    switch operation {
    case .replace(let values): values
    case .update(let added, _): added
    }
  }
}

extension AttributeValue {
  /// The value as addresses are compared; nil if it is none.
  fileprivate var address: String? {
    guard case .string(let text) = self, text.contains("@") else { return nil }
    let address = text.lowercased()
    return address.hasPrefix("smtp:") ? String(address.dropFirst(5)) : address
  }
}
