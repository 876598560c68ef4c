import Directory
import PasswordSync
import Secrets
import SyncStore

/// A password that is to be sent.
struct PasswordSending {
  let change: PasswordChange
  private(set) var line: PasswordRequestLine
  let attempts: Int

  init(
    account: SourceAccount, place: PasswordPlace, hash: SecretBytes, request: String,
    attempts: Int, now: Timestamp
  ) {
    let changed = account.changed ?? now
    change = PasswordChange(
      request: request, sourceAnchor: place.sourceAnchor, targetAnchor: place.targetAnchor,
      targetDN: place.targetDN, hash: hash, changed: changed,
      mustChange: account.mustChangePassword)
    line = PasswordRequestLine(
      anchor: account.name.anchor, dn: account.name.dn, changed: changed, stamp: account.stamp,
      request: request)
    line.sourceAnchor = place.sourceAnchor
    line.mustChange = account.mustChangePassword
    self.attempts = attempts
  }

  /// What events tell of it.
  var told: PasswordEvents.Line { PasswordEvents.Line(line) }

  /// What becomes of it if it fails.
  func failure(
    _ status: PasswordStatus, _ words: String, now: Timestamp
  ) -> PasswordOutcome {
    let delay = RetryDelay.seconds(after: attempts + 1)
    return PasswordOutcome(
      status: status, words: words, due: now.adding(seconds: Double(delay)))
  }
}

/// Sending passwords, and the sign of life when there are none.
extension PasswordChannel {
  /// Seconds without a word from the target after which it is pinged (Microsoft: implement password
  /// hash synchronization).
  private static let silence = 1800.0

  /// Sends passwords in batches, in the order in which they were set.
  func send(_ sendings: [PasswordSending]) async throws {
    let ordered = sendings.sorted { $0.line.changed < $1.line.changed }
    for start in stride(from: 0, to: ordered.count, by: PasswordBatch.limit) {
      try checkStop()
      // A person may have turned it on in the meantime.
      if try store.look({ try $0.isStaging() }) { throw Stopped() }
      try await sendBatch(Array(ordered[start..<min(start + PasswordBatch.limit, ordered.count)]))
    }
  }

  private func sendBatch(_ sendings: [PasswordSending]) async throws {
    let batch = try store.transaction { tx in
      let batch = try tx.beginPasswordBatch(id, sendings.map(\.line), at: now)
      try tx.logPassword(
        .information, 650, "Provision credentials batch start. Count: \(sendings.count)")
      try tx.logPassword(
        .information, 656,
        PasswordEvents.requests(
          sendings.map(\.told), domain: domain, connector: setup.sourceConnector))
      return batch
    }
    let answers: [PasswordAnswer]
    do {
      answers = try await self.answers(to: sendings.map(\.change)[...])
    } catch let failure as PasswordTargetFailure {
      try batchFailed(batch, sendings, failure)
      throw failure
    }
    try batchAnswered(batch, zip(sendings, answers).map { ($0, outcome($1, of: $0)) })
  }

  /// What the target says of each; a batch that it refuses for what it says is halved until the one
  /// that is refused is alone.
  private func answers(
    to changes: ArraySlice<PasswordChange>
  ) async throws -> [PasswordAnswer] {
    let answers: [PasswordAnswer]
    do {
      answers = try await setup.target.provision(Array(changes))
    } catch let failure as PasswordTargetFailure where failure.isRefusal {
      guard changes.count > 1 else { return [.failed(failure.description)] }
      let middle = changes.startIndex + changes.count / 2
      let first = try await self.answers(to: changes[..<middle])
      return first + (try await self.answers(to: changes[middle...]))
    }
    guard answers.count == changes.count else {
      throw PasswordTargetFailure(
        "\(setup.targetConnector) answered for \(answers.count) of \(changes.count) passwords",
        hint: "They are sent again; if it goes on, this is a fault of the program")
    }
    return answers
  }

  private func outcome(
    _ answer: PasswordAnswer, of sending: PasswordSending
  ) -> PasswordOutcome {
    switch answer {
    case .success: PasswordOutcome(status: .success)
    case .retry(let words): sending.failure(.retryRequestedByTarget, words, now: now)
    case .failed(let words): sending.failure(.error, words, now: now)
    case .filtered(let words):
      PasswordOutcome(
        status: .filteredByTarget, words: words,
        due: now.adding(seconds: Double(RetryDelay.filtered)))
    }
  }

  private func batchAnswered(
    _ batch: Int64, _ results: [(PasswordSending, PasswordOutcome)]
  ) throws {
    try store.transaction { tx in
      for (index, (sending, outcome)) in results.enumerated() {
        try tx.answerPassword(
          sending.line, at: index, batch: batch, channel: id, outcome, now: now)
      }
      try tx.endPasswordBatch(batch, at: now)
      try noteContact(tx)
      try tellResults(results.map { ($0.0.told, $0.1) }, tx)
      try tx.logPassword(
        .information, 651, "Provision credentials batch end. Count: \(results.count)")
      try tellQueue(results, tx)
    }
    reach = .reached
    unsuccessful.formUnion(
      results.filter { $0.1.status != .success }.map(\.0.line.anchor))
    let good = results.count { $0.1.status == .success }
    let kept = results.count { $0.1.status.isRefusal }
    taken += good
    filtered += kept
    failed += results.count - good - kept
  }

  /// Event 657, the other half of 656, whatever became of the batch.
  func tellResults(
    _ results: [(line: PasswordEvents.Line, outcome: PasswordOutcome)], _ tx: StoreTransaction
  ) throws {
    guard !results.isEmpty else { return }
    try tx.logPassword(
      .information, 657,
      PasswordEvents.results(results, domain: domain, connector: setup.sourceConnector))
  }

  /// Events 605 and 606: what enters the retry queue, and what leaves it.
  private func tellQueue(
    _ results: [(PasswordSending, PasswordOutcome)], _ tx: StoreTransaction
  ) throws {
    for (sending, outcome) in results {
      if outcome.status == .success || outcome.status.isRefusal {
        guard sending.attempts > 0 else { continue }
        try tx.logPassword(
          .information, 606, "Removed from the retry queue. DN = \(sending.line.dn)")
      } else if sending.attempts == 0 {
        try tx.logPassword(
          .warning, 605, "Added to the retry queue: \(outcome.words). DN = \(sending.line.dn)")
      }
    }
  }

  private func batchFailed(
    _ batch: Int64, _ sendings: [PasswordSending], _ failure: PasswordTargetFailure
  ) throws {
    let results = sendings.map { ($0, $0.failure(.error, failure.message, now: now)) }
    try store.transaction { tx in
      for (index, (sending, outcome)) in results.enumerated() {
        try tx.answerPassword(
          sending.line, at: index, batch: batch, channel: id, outcome, isAnswered: false, now: now)
      }
      try tx.endPasswordBatch(batch, error: failure.description, at: now)
      try tellResults(results.map { ($0.0.told, $0.1) }, tx)
      try tx.logPassword(
        .error, 652, "Failed credential provisioning batch. Error: " + failure.description)
      try tx.logPassword(
        .error, 0,
        "The following password changes failed to synchronized and have scheduled for retry. DN = "
          + sendings.map(\.line.dn).joined(separator: "; "))
    }
    failed += sendings.count
    reach = .away
  }

  /// Notes that the target answered: what waits because it was away waits no longer.
  private func noteContact(_ tx: StoreTransaction) throws {
    try tx.notePasswordContact(id, at: now)
    guard reach != .reached else { return }
    try tx.endPasswordOutage(id, at: now)
  }

  // MARK: Signs of life

  /// Shows the target that the channel lives, if it has not heard of it for half an hour; the answer
  /// is whether it was away before.
  func pingIfQuiet() async throws -> Bool {
    if let contact = try remembered().lastContact,
      case let silence = now.seconds(since: contact), silence >= 0, silence < Self.silence
    {
      return false
    }
    try store.transaction { tx in
      try tx.logPassword(
        .information, 663, "The password synchronization manager of domain \(domain) is alive.")
    }
    let wasReached = reach == .reached
    try await ping()
    return !wasReached
  }

  /// Asks the target whether it is there.
  func ping() async throws {
    try store.transaction { tx in
      try tx.logPassword(.information, 653, "Provision credentials ping start.")
    }
    do {
      try await setup.target.ping()
    } catch let failure as PasswordTargetFailure {
      try store.transaction { tx in
        try tx.logPassword(
          .error, 655, "Failed credential provisioning ping. Error: " + failure.description)
      }
      reach = .away
      throw failure
    }
    try store.transaction { tx in
      try noteContact(tx)
      try tx.logPassword(.information, 654, "Provision credentials ping end.")
    }
    reach = .reached
  }
}
