import Directory
import HTTP

/// Carries out the operations of one call: what takes access away first, then people, groups and
/// memberships; in batches, several at a time; the calls of one object one after the other.
struct GraphExporter: Sendable {
  let client: GraphClient

  /// The outcome of each operation, in their order.
  ///
  /// - Throws: ``RequestError`` if the server has settled nothing at all.
  func run(_ operations: [ExportOperation]) async throws(RequestError) -> [ExportOutcome] {
    var outcomes = [ExportOutcome?](repeating: nil, count: operations.count)
    var waiting: [GraphExportPlan] = []
    for (index, operation) in operations.enumerated() {
      do throws(ObjectFailure) {
        let plan = try GraphExportPlan(operation, index: index, settings: client.settings)
        if plan.calls.isEmpty {
          outcomes[index] = plan.finished
        } else {
          waiting.append(plan)
        }
      } catch {
        outcomes[index] = .failed(error)
      }
    }
    if client.settings.restoresDeleted { try await planRestorations(&waiting, &outcomes) }
    var gone: RequestError?
    var hasAnswer = false
    var full: ObjectFailure?
    var queue = GraphExportQueue(waiting, count: operations.count)
    waiting = []
    await withTaskGroup(of: Answer.self) { group in
      var (running, long) = (0, 0)
      while true {
        while gone == nil, running < max(1, client.settings.requestsInFlight) {
          let batch = queue.take(
            sharedBy: client.settings.requestsInFlight, longUnderWay: long)
          if batch.isEmpty { break }
          let isLong = batch.count == 1 && batch[0].isLong
          running += 1
          if isLong { long += 1 }
          group.addTask { Answer(results: await send(batch), isOfLong: isLong) }
        }
        if running == 0, gone == nil, let moment = queue.nextMoment {
          // One that is cancelled finds that out when it is sent.
          try? await Task.sleep(until: moment, clock: .continuous)
          if Task.isCancelled { queue.endWaits() }
          continue
        }
        guard let answer = await group.next() else { break }
        running -= 1
        if answer.isOfLong { long -= 1 }
        for result in answer.results {
          switch result {
          case .settled(let index, let outcome):
            outcomes[index] = outcome
            hasAnswer = true
            full = full ?? outcome.quota
          case .more(let plan):
            if plan.hasTaken { hasAnswer = true }
            queue.append(plan)
          case .gone(let plan, let error, let wasSent):
            gone = gone ?? error
            if plan.hasTaken { hasAnswer = true }
            outcomes[plan.index] = plan.gone(error, wasSent: wasSent)
          }
        }
        if let full { Self.hold(&queue, for: full, &outcomes) }
      }
      for plan in queue.remove(where: { _ in true }) {
        outcomes[plan.index] = gone.map { plan.gone($0, wasSent: plan.wasSent) }
      }
    }
    // Of what was stopped it is known what was sent.
    if let gone, !hasAnswer, !gone.isCancelled { throw gone }
    return outcomes.map { $0 ?? .unknown(reason: "no answer") }
  }

  /// Has users come back who were deleted and are to be made again, by their source anchor.
  ///
  /// One look is enough for all of a call. Where the application may not look, all are made anew;
  /// where the look fails, none of them, and all else goes on.
  private func planRestorations(
    _ plans: inout [GraphExportPlan], _ outcomes: inout [ExportOutcome?]
  ) async throws(RequestError) {
    guard plans.contains(where: { $0.anchorToMake != nil }) else { return }
    let deleted: [String: String]
    do {
      deleted = try await client.deletedUsers()
    } catch {
      guard error.isOfOneList else { throw error }
      let failure = ObjectFailure(
        .connectedDirectoryError, code: "not sent",
        message: "Who was deleted and could come back is not made anew, and whether this one was "
          + "can't be told now: " + error.text, isTransient: true)
      for plan in plans where plan.anchorToMake != nil { outcomes[plan.index] = .failed(failure) }
      plans.removeAll { $0.anchorToMake != nil }
      return
    }
    guard !deleted.isEmpty else { return }
    for index in plans.indices {
      guard let anchor = plans[index].anchorToMake, let id = deleted[anchor] else { continue }
      plans[index].preferRestoration(of: id)
    }
  }

  /// Takes out of `queue` what is to be made in a tenant that takes no more objects.
  private static func hold(
    _ queue: inout GraphExportQueue, for quota: ObjectFailure, _ outcomes: inout [ExportOutcome?]
  ) {
    let failure = ObjectFailure(
      quota.type, code: "not sent",
      message: "It was not sent, because the one before it was answered: " + quota.message)
    let held = queue.remove { $0.calls.first?.step == .create && !$0.wasSent }
    for plan in held { outcomes[plan.index] = .failed(failure) }
  }

  /// What came of one request.
  private struct Answer: Sendable {
    var results: [Result]
    var isOfLong: Bool
  }

  private enum Result: Sendable {
    case settled(Int, ExportOutcome)
    case more(GraphExportPlan)
    case gone(GraphExportPlan, RequestError, wasSent: Bool)
  }

  /// Sends the next call of each plan; of a plan alone further calls in the room that is left, of
  /// which each waits for the one before it.
  ///
  /// Graph takes a batch "fully sequential or fully parallel" (learn.microsoft.com, "Combine multiple
  /// HTTP requests using JSON batching"), and refuses any other as a whole.
  private func send(_ plans: [GraphExportPlan]) async -> [Result] {
    var plans = plans
    var calls: [GraphCall] = []
    var chained: Set<Int> = []
    var counts: [Int] = []
    for index in plans.indices {
      let planned = plans[index].calls
      if planned.first?.step == .create { plans[index].sentAt = .now }
      let isChain = plans.count == 1 && planned.first?.step.isChange ?? false
      let more = isChain ? min(GraphClient.batchSize, planned.count) - 1 : 0
      for number in 0...more {
        if number > 0 { chained.insert(calls.count) }
        calls.append(planned[number].call)
      }
      counts.append(more + 1)
    }
    do throws(RequestError) {
      let answers = try await client.batch(calls, chained: chained, rank: plans[0].rank)
      var results: [Result] = []
      var start = 0
      for (plan, count) in zip(plans, counts) {
        results.append(await take(answers[start..<start + count], plan))
        start += count
      }
      return results
    } catch {
      let wasRepeated = calls.allSatisfy(\.isRepeatable)
      return zip(plans, counts).map { unanswered($0, sent: $1, error, wasRepeated: wasRepeated) }
    }
  }

  private func take(_ answers: ArraySlice<GraphAnswer>, _ plan: GraphExportPlan) async -> Result {
    var plan = plan
    for (number, answer) in answers.enumerated() {
      // What waited for a call that failed was not carried out, and is sent again if need be.
      if answer.status == 424, number > 0 { break }
      guard let step = plan.calls.first?.step else { break }
      let isOpen = step == .create && !answer.wasNotTried && answer.status != 401
      if answer.status == 401 { await client.forgetToken() }
      var held = 0.0
      if answer.asksForPatience || answer.mayPass && !isOpen {
        do throws(RequestError) {
          held = try client.hold(answer, attempt: plan.delays)
        } catch {
          return .gone(plan, error, wasSent: plan.wasSent || !answer.wasNotTried)
        }
      }
      if (answer.mayPass || answer.status == 401) && !isOpen {
        let wish = answer.retryAfter ?? 0
        if wish > 0 { plan.patience += max(wish, held) }
        // A server that names a time means it: waiting for it uses up no try.
        if wish == 0 || plan.patience > client.settings.maxRetryWait { plan.delays += 1 }
        if plan.delays < client.settings.retry.tries { return .more(plan) }
        if answer.status != 401 { return .settled(plan.index, plan.givenUp(answer)) }
      }
      if plan.awaitsCopy(answer, tries: client.settings.retry.tries) {
        let delay = client.settings.retry.delay(after: plan.delays - 1)
        plan.notBefore = .now + .seconds(delay)
        return .more(plan)
      }
      if let outcome = plan.take(answer) { return .settled(plan.index, outcome) }
      if let before = plan.pause.take() {
        plan.notBefore = .now + .seconds(client.settings.retry.delay(after: before))
        return .more(plan)
      }
      // The plan may go another way than the calls that were sent with this one.
      guard answer.isSuccess else { break }
      plan.delays = 0
    }
    return .more(plan)
  }

  private func unanswered(
    _ plan: GraphExportPlan, sent count: Int, _ error: RequestError, wasRepeated: Bool
  ) -> Result {
    var plan = plan
    let isLost = !error.nothingWasSent
    if error.isCancelled { return .gone(plan, error, wasSent: isLost || plan.wasSent) }
    // A creation whose answer was lost is looked for; if the server is away, so is the look.
    if isLost, plan.calls.first?.step == .create {
      if let outcome = plan.lost(error.text) { return .settled(plan.index, outcome) }
      return .more(plan)
    }
    // What may be sent twice was not, because of what was sent with it.
    if isLost, !wasRepeated, plan.calls.prefix(count).allSatisfy(\.call.isRepeatable),
      plan.delays + 1 < client.settings.retry.tries
    {
      plan.delays += 1
      plan.wasSent = true
      return .more(plan)
    }
    return .gone(plan, error, wasSent: isLost || plan.wasSent)
  }
}

extension ExportOutcome {
  /// Why the tenant makes no more objects, if that is what became of it.
  fileprivate var quota: ObjectFailure? {
    guard case .failed(let failure) = self, failure.code.hasSuffix(" Directory_QuotaExceeded")
    else { return nil }
    return failure
  }
}

extension RequestError {
  /// Whether it is one request's answer, so that others may be answered well.
  fileprivate var isOfOneList: Bool {
    switch self {
    case .unexpected: true
    case .busy(_, _, let wasAsked): wasAsked
    default: false
    }
  }
}
