import Directory
import SyncStore

/// Sending, several calls at a time where the connector allows it: while the answers of one are
/// stored, the next ones are on their way.
extension ExportStep {
  /// The answer to one call.
  private struct Answer: Sendable {
    var number: Int
    var outcomes: Result<[ExportOutcome], any Error>
  }

  /// Sends what `next` gives; where it gives nil, it is asked again after an answer, until nothing is
  /// under way any more.
  ///
  /// After something went wrong, or a person has stopped the run, nothing more is sent; what is on
  /// its way then is waited for and kept, and only then is it told.
  ///
  /// - Throws: ``ConnectorFailure``, ``StepStopped``, ``StoreError``.
  func send(_ next: (ExportOrder.UnderWay) throws -> [Request]?) async throws {
    let target = connector.engine.connector
    let most = max(1, target.capabilities.exportsInFlight)
    var underWay: [Int: [Request]] = [:]
    var count = 0
    var answered: [Int64] = []
    var fault: (any Error)?
    await withTaskGroup(of: Answer.self) { group in
      while true {
        do {
          while fault == nil, underWay.count < most {
            let state = ExportOrder.UnderWay(underWay.values, answered: answered)
            answered = []
            guard let requests = try next(state) else { break }
            guard !requests.isEmpty else { continue }
            // Stored before a byte leaves: whatever happens next, it is known that they may have
            // arrived.
            try store.transaction { try $0.markSending(requests.map(\.id)) }
            count += 1
            underWay[count] = requests
            let (number, operations) = (count, requests.map(\.operation))
            group.addTask { await Self.answer(number, of: target, to: operations) }
          }
        } catch {
          fault = fault ?? error
        }
        guard let answer = await group.next() else { break }
        let requests = underWay.removeValue(forKey: answer.number) ?? []
        answered += requests.map(\.id)
        do {
          try take(try answer.outcomes.get(), of: requests)
        } catch let failure as ConnectorFailure where failure.result == .badConfiguration {
          fault = fault ?? failure
          // Nothing of it was carried out: nobody need look whether it has arrived.
          do { try leave(requests) } catch { fault = error }
        } catch {
          fault = fault ?? error
        }
      }
    }
    if let fault { throw fault }
  }

  private func leave(_ requests: [Request]) throws {
    try store.transaction { tx in
      for request in requests {
        try tx.exportLeft(request.id, as: request.item.object.exportState)
      }
    }
  }

  private static func answer(
    _ number: Int, of target: any Connector, to operations: [ExportOperation]
  ) async -> Answer {
    do {
      return Answer(number: number, outcomes: .success(try await target.export(operations)))
    } catch {
      return Answer(number: number, outcomes: .failure(error))
    }
  }

  /// Sends the pending exports of these objects, in their order.
  func send(_ ids: [Int64]) async throws {
    let size = connector.engine.connector.capabilities.exportBatchSize
    var start = 0
    try await send { _ in
      guard start < ids.count else { return nil }
      try context.checkStop()
      let page = ids[start..<min(start + size, ids.count)]
      start = page.endIndex
      return try requests(try store.look { try $0.pendingExports(page) })
    }
  }

  func take(_ outcomes: [ExportOutcome], of requests: [Request]) throws {
    var lost: ObjectFailure?
    try store.transaction { tx in
      var tally = CounterTally()
      for (request, outcome) in zip(requests, outcomes) {
        if context.isStopping, outcome.wasNotSent {
          try tx.exportLeft(request.id, as: request.item.object.exportState)
          continue
        }
        names.note(outcome, of: request)
        addresses.note(outcome, of: request)
        if names.keep(outcome, of: request) || addresses.keep(outcome, of: request)
          || others.keep(outcome, of: request)
        {
          // It was answered: nobody need look whether it is there.
          try tx.exportRefused(
            request.id, isRetry: request.operation.isRetry, isNamed: request.isNamedAdd)
          continue
        }
        try keep(outcome, of: request, tx, &tally)
        if let failure = outcome.refusal, failure.endsStep { lost = failure }
      }
      try tx.add(tally, step: context.step)
      try context.progress(tx, phase: "exporting", amount: requests.count)
    }
    if let lost {
      if lost.isOfCredentials {
        throw ConnectorFailure(
          .stoppedCredentials, message: "\(connector.name) does not let in who exports any more",
          serverWords: lost.message, hint: ExportHints.credentials)
      }
      throw ConnectorFailure(
        .stoppedConnectivity, message: "\(connector.name) could not be reached any more",
        serverWords: lost.message,
        hint: "See that the target is up; what was not sent is sent with the next export")
    }
    try context.checkErrorLimit("were refused")
  }
}

extension ObjectFailure {
  /// Whether nothing more gets through to the directory.
  fileprivate var endsStep: Bool { type == .connectivityError || isOfCredentials }
}

extension ExportOutcome {
  /// Whether nothing was sent because nothing gets through: after a stop, since nothing is sent any more.
  fileprivate var wasNotSent: Bool {
    if case .failed(let failure) = self {
      failure.type == .connectivityError && failure.isTransient
    } else {
      false
    }
  }

  /// Why the directory has not taken all of it, if it told so.
  fileprivate var refusal: ObjectFailure? {
    switch self {
    case .failed(let failure): failure
    case .partly(let part): part.failure
    case .done, .accepted, .unknown, .removed: nil
    }
  }
}

extension ExportOrder.UnderWay {
  fileprivate init(_ calls: some Sequence<[ExportStep.Request]>, answered: [Int64]) {
    self.answered = answered
    for requests in calls {
      count += requests.count
      types.formUnion(requests.prefix(1).map(\.operation.objectType))
    }
  }
}
