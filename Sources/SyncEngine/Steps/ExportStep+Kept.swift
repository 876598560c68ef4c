import Directory
import SyncStore

/// What may still refer to objects that the target does not have: told only once all else was sent,
/// since a group that must have a member may have got another one by then.
final class StaleReferences {
  /// Objects of which earlier steps told that they keep such a reference, and to which name.
  var before: [(object: Int64, name: DistinguishedName)] = []
  /// What the target said when it removed objects.
  private(set) var kept: [KeptReference] = []
  /// Objects to which new ones were to refer before they were there, and the names they were to get.
  private(set) var awaited: [Int64: DistinguishedName] = [:]

  /// Objects that are there already, though this account may not see them.
  private(set) var hidden: Set<Int64> = []

  /// Keeps that the target has an object of the name that a new one was to get.
  func note(hidden id: Int64) { hidden.insert(id) }

  /// Keeps what the target said to the delete of an object.
  func note(_ kept: [KeptReference]) { self.kept += kept }

  /// Keeps to what the target took a reference, perhaps, before it was there.
  func note(awaited: [Int64: DistinguishedName]) {
    self.awaited.merge(awaited) { first, _ in first }
  }

  /// Takes out what the target said.
  func takeKept() -> [KeptReference] {
    defer { kept = [] }
    return kept
  }
}

extension ExportStep {
  /// Has what refers to objects that are gone, or did not come, looked for once more, also what was
  /// told before, and tells what is left.
  ///
  /// Nothing is deleted for that: who is gone may have left his name, or his anchor, to somebody else.
  func settleKept() async throws {
    // Who is there and can't be seen stays in what refers to him.
    let awaited = stale.awaited.filter { !stale.hidden.contains($0.key) }
    let absent = try store.look { tx in
      try awaited.filter { try tx.object($0.key)?.anchor == nil }.map(\.value)
    }
    let names = Set(stale.before.map(\.name) + absent + stale.kept.map(\.name))
    guard !names.isEmpty else { return }
    let left: [KeptReference]
    do {
      try context.checkStop()
      left = try await connector.engine.connector.takeAway(
        referencesTo: names.sorted { $0.normalized < $1.normalized })
    } catch {
      try tellKept()
      throw error
    }
    _ = stale.takeKept()
    stale.note(left)
    let told = try tellKept()
    try store.transaction { tx in
      for (object, _) in stale.before where !told.contains(object) {
        try tx.endKeptReference(of: object)
      }
    }
  }

  /// Has names taken out of what refers to them that objects left while no answer came to what was sent:
  /// whoever gets one of them next is no member of anything by that.
  func settleLeft() async throws {
    let left = try store.look { try $0.leftNames(connector: connector.id) }
    guard !left.isEmpty else { return }
    let names = try store.look { tx in
      try Set(left.flatMap { try tx.names(leftWith: $0, connector: connector.id) })
    }
    stale.note(
      try await connector.engine.connector.takeAway(
        referencesTo: names.sorted { $0.normalized < $1.normalized }))
    try store.transaction { try $0.endLeft(left, connector: connector.id) }
  }

  /// Tells what still refers to objects that are gone; the answer is of which objects.
  @discardableResult
  func tellKept() throws -> Set<Int64> {
    let kept = stale.takeKept()
    guard !kept.isEmpty else { return [] }
    return try store.transaction { tx in
      var tally = CounterTally()
      var told: Set<Int64> = []
      for reference in kept {
        if let object = try tell(reference, tx, &tally) { told.insert(object) }
      }
      try tx.add(tally, step: context.step)
      return told
    }
  }

  /// Tells of an object that it keeps a reference to one that is gone; who is not known here is
  /// nobody's to tell of.
  private func tell(
    _ reference: KeptReference, _ tx: StoreTransaction, _ tally: inout CounterTally
  ) throws -> Int64? {
    guard let id = try tx.objectID(connector: connector.id, anchor: reference.anchor),
      let object = try tx.object(id)
    else { return nil }
    tally.count(.exportFailure)
    let failure = reference.failure
    var error = StepError(
      .export, .keptReference, objectID: id, dn: object.dn, message: failure.message,
      hint: ExportHints.hint(for: .keptReference))
    error.attribute = failure.attribute ?? ""
    error.value = reference.name.text
    error.code = failure.code
    try tx.record(error, step: context.step, connector: connector.id)
    return id
  }
}
