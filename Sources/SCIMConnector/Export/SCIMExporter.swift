import Directory
import HTTP
import JSON
import Synchronization

/// Carries out the operations of one call: in Bulk requests where that is possible, and one by one
/// where it is not or where an answer is missing.
struct SCIMExporter: Sendable {
  let client: SCIMClient
  let server: SCIMServer
  /// The names to use instead of SCIM's; nil where there are none.
  var naming: AttributeNaming?

  /// The outcome of each operation, in their order.
  ///
  /// When the server goes away on the way, what was sent without answer is `unknown`, and what was
  /// not sent has failed with `cd-connectivity-error` as something that may work later.
  ///
  /// - Throws: ``RequestError`` if the server has settled nothing at all, so that nothing is
  ///   lost by telling the whole call so.
  func run(_ operations: [ExportOperation]) async throws(RequestError) -> [ExportOutcome] {
    var state = State(outcomes: [ExportOutcome?](repeating: nil, count: operations.count))
    var plans: [ExportPlan] = []
    var urgent: [ExportPlan] = []
    var rests: [Int: Rest] = [:]
    let memory = TargetMemory()
    for (index, operation) in operations.enumerated() {
      do throws(ObjectFailure) {
        guard let parts = operation.shuttingFirst else {
          plans.append(try plan(operation, index, memory))
          continue
        }
        let first = try plan(parts.first, index, memory)
        urgent.append(first)
        rests[index] = rest(parts.rest, index, memory, after: first)
      } catch {
        state.outcomes[index] = .failed(error)
      }
    }
    await carryOut(urgent, into: &state)
    for plan in urgent where state.isDone(plan.index) {
      rests[plan.index]?.isDue = true
      guard let rest = rests[plan.index]?.plan else { continue }
      state.outcomes[plan.index] = nil
      plans.append(rest)
    }
    let probe = state.gone == nil ? await StampProbe(plans, client: client) : nil
    await carryOut(plans, into: &state)
    if let probe, state.isDone(probe.index) { await probe.end() }
    // What came back unanswered from Bulk has been looked into by now; nothing is left.
    // Of what was stopped it is known what was sent.
    if let gone = state.gone, !state.hasAnswer, !gone.isCancelled { throw gone }
    return operations.indices.map { index in
      outcome(state.outcomes[index], of: operations[index], rests[index])
    }
  }

  /// What is sent once the account of the same object is shut.
  private struct Rest {
    var changes: [AttributeChange]
    /// How it is sent; nil if it can't be.
    var plan: ExportPlan?
    var failure: ObjectFailure?
    /// Whether the account was shut, so that it is to be sent.
    var isDue = false
  }

  private func rest(
    _ operation: ExportOperation, _ index: Int, _ memory: TargetMemory, after first: ExportPlan
  ) -> Rest {
    do throws(ObjectFailure) {
      var plan = try plan(operation, index, memory)
      plan.before = first.operation.changes
      return Rest(changes: operation.changes, plan: plan)
    } catch {
      return Rest(changes: operation.changes, failure: error)
    }
  }

  private func plan(
    _ operation: ExportOperation, _ index: Int, _ memory: TargetMemory
  ) throws(ObjectFailure) -> ExportPlan {
    try ExportPlan(
      try naming?.renamed(operation) ?? operation, index: index, server: server,
      valuesPerRequest: client.settings.valuesPerRequest, dialect: client.settings.dialect,
      memory: memory)
  }

  /// Why an operation can't be sent at all; nil if it can.
  func refusal(of operation: ExportOperation) -> ObjectFailure? {
    do throws(ObjectFailure) {
      _ = try plan(operation, 0, TargetMemory())
      return nil
    } catch {
      guard
        case .failed(let failure)? = naming?.renamed(
          .failed(error), objectType: operation.objectType)
      else { return error }
      return failure
    }
  }

  /// What has become of an operation; of one in two parts, `outcome` is that of the last that was
  /// sent.
  private func outcome(
    _ outcome: ExportOutcome?, of operation: ExportOperation, _ rest: Rest?
  ) -> ExportOutcome {
    var outcome = outcome ?? .unknown(reason: "no answer")
    if let rest, rest.isDue, let failure = rest.failure { outcome = .failed(failure) }
    outcome = naming?.renamed(outcome, objectType: operation.objectType) ?? outcome
    guard let rest else { return outcome }
    switch outcome {
    case .failed(let failure) where rest.isDue:
      guard let anchor = operation.anchor else { return outcome }
      return .partly(PartialExport(anchor: anchor, failure: failure, lacking: rest.changes))
    case .partly(var part) where !rest.isDue:
      part.lacking += rest.changes
      return .partly(part)
    default: return outcome
    }
  }

  /// Sends plans in the order of their ranks: many at once where that is possible.
  private func carryOut(_ plans: [ExportPlan], into state: inout State) async {
    let plans = plans.sorted { ($0.rank, $0.index) < ($1.rank, $1.index) }
    let settings = client.settings
    // Entra sends none.
    let useBulk = settings.useBulk && server.features.hasBulk && settings.dialect == .standard
    // What would be refused in Bulk as it is, is sent otherwise.
    let listsRemovals = client.wantsRemovedLists.withLock(\.self)
    let batch = plans.filter { plan in
      useBulk && state.gone == nil && plan.isSingleRequest
        && client.valuePaths.refused(plan.bodies).isEmpty
        && !(listsRemovals && plan.takesMembersOut)
    }
    if batch.count > 1 {
      let others = Set(batch.map(\.index))
      await send(bulks(batch), into: &state)
      state.singles += plans.filter { !others.contains($0.index) }
    } else {
      state.singles = plans
    }
    await send(state.takeSingles(), into: &state)
  }

  /// What has become of the plans so far.
  private struct State {
    var outcomes: [ExportOutcome?]
    var singles: [ExportPlan] = []
    /// Why nothing more is sent.
    var gone: RequestError?
    var hasAnswer = false

    func isDone(_ index: Int) -> Bool {
      if case .done? = outcomes[index] { true } else { false }
    }

    mutating func takeSingles() -> [ExportPlan] {
      defer { singles = [] }
      return singles
    }

    mutating func take(_ result: ExportResult, of plan: ExportPlan) {
      switch result {
      case .settled(let outcome):
        outcomes[plan.index] = outcome
        hasAnswer = true
      case .tryAlone(let plan), .findOut(let plan): singles.append(plan)
      case .serverGone(let error, let wasSent):
        gone = gone ?? error
        outcomes[plan.index] = error.outcome(wasSent: wasSent || plan.wasSent)
      }
    }
  }

  /// Sends Bulk requests, several at a time.
  private func send(_ bulks: [BulkExport], into state: inout State) async {
    let results = await concurrently(bulks) { await $0.run() }
    for (bulk, results) in zip(bulks, results) {
      for (plan, result) in zip(bulk.plans, results ?? []) { state.take(result, of: plan) }
      if results == nil { state.singles += bulk.plans }
    }
  }

  /// Sends plans by requests of their own, several at a time, until the server is gone.
  private func send(_ plans: [ExportPlan], into state: inout State) async {
    let results: [ExportResult?]
    if state.gone == nil {
      results = await concurrently(plans) { plan in
        [await SingleExport(client: client, server: server, plan: plan).run()]
      }.map { $0?.first }
    } else {
      results = Array(repeating: nil, count: plans.count)
    }
    for (plan, result) in zip(plans, results) {
      if let result { state.take(result, of: plan) }
    }
    guard let gone = state.gone else { return }
    for plan in plans where state.outcomes[plan.index] == nil {
      if let refusal = plan.refusal {
        state.outcomes[plan.index] = .failed(refusal.failure(sent: plan.sent))
        state.hasAnswer = true
        continue
      }
      state.outcomes[plan.index] = gone.outcome(wasSent: plan.wasSent)
    }
  }

  /// Does `work` for each item, `requestsInFlight` at a time; after the server has gone, the items
  /// that were not begun stay nil.
  private func concurrently<Item: Sendable>(
    _ items: [Item], _ work: @escaping @Sendable (Item) async -> [ExportResult]
  ) async -> [[ExportResult]?] {
    var results = [[ExportResult]?](repeating: nil, count: items.count)
    await withTaskGroup(of: (Int, [ExportResult]).self) { group in
      var next = 0
      var isGone = false
      func begin() {
        guard next < items.count, !isGone else { return }
        let (index, item) = (next, items[next])
        group.addTask { (index, await work(item)) }
        next += 1
      }
      for _ in 0..<max(1, client.settings.requestsInFlight) { begin() }
      while let (index, result) = await group.next() {
        results[index] = result
        if result.contains(where: \.isServerGone) { isGone = true }
        begin()
      }
    }
    return results
  }

  /// The plans in groups that the server takes in one Bulk request, spread over the requests that
  /// may be under way at a time.
  private func bulks(_ plans: [ExportPlan]) -> [BulkExport] {
    let inFlight = max(1, client.settings.requestsInFlight)
    let share = max(20, (plans.count + inFlight - 1) / inFlight)
    let most = max(1, min(server.features.maxOperations, share))
    // The envelope takes some bytes, too.
    let space = max(1, server.features.maxPayloadSize - 256)
    var bulks: [BulkExport] = []
    var size = 0
    for plan in plans {
      let operation = BulkExport.operation(plan).encoded
      let bytes = operation.count + 1
      if bulks.isEmpty || bulks[bulks.count - 1].plans.count >= most || size + bytes > space {
        bulks.append(BulkExport(client: client))
        size = 0
      }
      bulks[bulks.count - 1].add(plan, as: operation)
      size += bytes
    }
    return bulks
  }
}

extension ExportResult {
  /// Whether the server is away.
  fileprivate var isServerGone: Bool { if case .serverGone = self { true } else { false } }
}

extension ExportOperation {
  /// What a modification changes.
  fileprivate var changes: [AttributeChange] {
    if case .modify(let changes) = kind { changes } else { [] }
  }

  /// The operation in two, if it shuts an account and changes something else: a target takes all that
  /// comes at once or nothing, and what it refuses of the rest must not keep the account open.
  fileprivate var shuttingFirst: (first: Self, rest: Self)? {
    let others = changes.filter { !$0.disables }
    guard !others.isEmpty, others.count < changes.count else { return nil }
    var (first, rest) = (self, self)
    first.kind = .modify(changes.filter(\.disables))
    rest.kind = .modify(others)
    return (first, rest)
  }
}
