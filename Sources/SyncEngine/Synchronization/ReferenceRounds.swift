import Directory
import SyncRules
import SyncStore

/// Lets references flow in rounds, each small enough for a transaction of its own: into the metaverse
/// until nothing is left to take in, then out to the targets until nothing of that goes any more.
struct ReferenceRounds {
  let plan: SyncPlan
  let facts: PlanFacts
  let connector: ActiveConnector
  let step: Int64
  /// Whether the step has gone through all objects of its connector.
  let followsFull: Bool
  /// How many references a round looks at.
  let limit: Int
  /// Whose references alone are looked at; nil for those of the whole connector.
  var subject: ReferencePass.Subject?

  /// Where the way out goes on.
  ///
  /// Not all that is looked at there goes: it is gone through again for as long as anything does.
  private var next: Int64 = 0
  private var settled = 0
  /// What the round before has taken in by weaker rules: references of one object may fill several.
  private var weakened: ReferencePass.Weakened = [:]

  init(
    plan: SyncPlan, facts: PlanFacts, connector: ActiveConnector, step: Int64, followsFull: Bool,
    limit: Int, subject: ReferencePass.Subject? = nil
  ) {
    self.plan = plan
    self.facts = facts
    self.connector = connector
    self.step = step
    self.followsFull = followsFull
    self.limit = limit
    self.subject = subject
  }

  /// What a round came to.
  struct Round {
    /// Whether there is another one.
    var isMore: Bool
    /// Whether anything was looked at.
    var hasLooked: Bool
  }

  /// Goes one round.
  ///
  /// - Throws: ``StoreError``.
  mutating func go(_ tx: StoreTransaction) throws -> Round {
    var pass = ReferencePass(
      tx: tx, plan: plan, facts: facts, step: step, followsFull: followsFull, subject: subject)
    pass.knownWeakened = weakened
    var tally = CounterTally()
    let count = try pass.takeIn(connector, limit: limit, &tally)
    weakened = pass.weakened
    try fail(pass.failed, tx)
    if count > 0 {
      try tx.add(tally, step: step)
      return Round(isMore: true, hasLooked: true)
    }
    let page = try pass.takeOut(from: next, limit: limit, connector, &tally)
    try tx.add(tally, step: step)
    try rescope(pass.rescoped, tx)
    try fail(crowded: pass.crowded, tx)
    settled += page.settled
    next = page.next ?? 0
    let isMore = page.next != nil || settled > 0
    if page.next == nil { settled = 0 }
    return Round(isMore: isMore, hasLooked: page.count > 0)
  }

  /// Judges the scopes of outbound rules anew for metaverse objects whose references changed.
  private func rescope(_ ids: Set<Int64>, _ tx: StoreTransaction) throws {
    guard !ids.isEmpty else { return }
    var applier = try DecisionApplier(tx: tx, connector: connector.id, step: step, facts: facts)
    for id in ids.sorted() {
      let decision = try Decider.rescope(
        id, reader: tx, plan: plan, facts: facts, connector: connector)
      if let decision { try applier.apply(decision) }
    }
    try applier.finish()
  }

  /// Notes metaverse objects whose references can't go out, at the objects that they are made of.
  private func fail(crowded: [Int64: SyncFailure], _ tx: StoreTransaction) throws {
    guard !crowded.isEmpty else { return }
    var applier = try DecisionApplier(tx: tx, connector: connector.id, step: step, facts: facts)
    for (id, failure) in crowded.sorted(by: { $0.key < $1.key }) {
      let decision = try Decider.fail(
        id, with: failure, reader: tx, plan: plan, facts: facts, connector: connector)
      if let decision { try applier.apply(decision) }
    }
    try applier.finish()
  }

  /// Notes objects that can't be synchronized any more: the next synchronization tries them again.
  private func fail(_ failed: [Int64: SyncFailure], _ tx: StoreTransaction) throws {
    guard !failed.isEmpty else { return }
    var applier = try DecisionApplier(tx: tx, connector: connector.id, step: step, facts: facts)
    for (id, failure) in failed.sorted(by: { $0.key < $1.key }) {
      guard let object = try tx.object(id) else { continue }
      var decision = Decision()
      decision.effects.append(.fail(object, failure))
      try applier.apply(decision)
    }
    try applier.finish()
  }
}
