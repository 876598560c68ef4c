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

  /// Sends passwords in batches, in the order in which they were set; those that made a whole batch
  /// fail go after the others, each alone.
  func send(_ sendings: [PasswordSending]) async throws {
    let ordered = sendings.sorted { $0.line.changed < $1.line.changed }
    let together = ordered.filter { !isOutcast($0) }
    let batches =
      stride(from: 0, to: together.count, by: PasswordBatch.limit).map {
        Array(together[$0..<min($0 + PasswordBatch.limit, together.count)])
      } + ordered.filter(isOutcast).map { [$0] }
    for batch in batches {
      try checkStop()
      // A person may have turned it on in the meantime.
      if try store.look({ try $0.isStagingMeant() }) { throw Stopped() }
      try await sendBatch(batch)
    }
  }

  /// Of how many passwords a batch has to be for it to tell of the target that all are refused.
  private static let fewest = 10

  private func sendBatch(_ sendings: [PasswordSending]) async throws {
    let batch = try store.transaction(isTold: true) { tx in
      let batch = try tx.beginPasswordBatch(id, sendings.map(\.line), at: now)
      try tx.logPassword(
        .information, 650, "Provision credentials batch start. Count: \(sendings.count)")
      try tx.logPassword(
        .information, 656,
        PasswordEvents.requests(
          sendings.map(\.told), domain: domain, connector: setup.sourceConnector))
      return batch
    }
    split = nil
    let (answers, failure) = try await self.answers(to: sendings[...])
    if let failure {
      // A batch that is broken off stays open: the next engine sends it under its numbers.
      if Task.isCancelled { throw Stopped() }
      try batchFailed(batch, sendings, answers, failure)
      throw failure
    }
    try batchAnswered(batch, zip(sendings, answers).map { ($0, outcome($1, of: $0)) })
    // One that nothing of is taken, part by part, is no matter of single passwords; a few may be.
    guard let failure = split.take(), answers.count >= Self.fewest else { return }
    if answers.allSatisfy({ if case .failed = $0 { true } else { false } }) { throw failure }
  }

  /// What the target says of each; a batch that it refuses for what it says is halved until the one
  /// that is refused is alone.
  ///
  /// - Returns: The answers, and why there are none for those behind them.
  private func answers(
    to sendings: ArraySlice<PasswordSending>
  ) async throws -> (given: [PasswordAnswer], failure: PasswordTargetFailure?) {
    let answers: [PasswordAnswer]
    do {
      answers = try await setup.target.provision(sendings.map(\.change))
    } catch let failure as PasswordTargetFailure {
      guard try await isOfBatch(failure, sendings) else { return ([], failure) }
      guard sendings.count > 1 else {
        if !failure.isRefusal { outcasts.formUnion(sendings.map(\.line.anchor)) }
        return ([.failed(failure.description)], nil)
      }
      let middle = sendings.startIndex + sendings.count / 2
      let first = try await self.answers(to: sendings[..<middle])
      guard first.failure == nil else { return first }
      let second = try await self.answers(to: sendings[middle...])
      return (first.given + second.given, second.failure)
    }
    guard answers.count == sendings.count else {
      let failure = PasswordTargetFailure(
        "\(setup.targetConnector) answered for \(answers.count) of \(sendings.count) passwords",
        hint: "They are sent again; if it goes on, this is a fault of the program")
      return ([], failure)
    }
    return (answers, nil)
  }

  /// Whether a failure is one of what was sent: the target says so, or it has failed twice for these
  /// very passwords and takes a ping.
  private func isOfBatch(
    _ failure: PasswordTargetFailure, _ sendings: ArraySlice<PasswordSending>
  ) async throws -> Bool {
    if failure.isRefusal {
      split = failure
      return true
    }
    guard failure.mayBeOfOne,
      sendings.allSatisfy({ failedTogether.contains($0.line.anchor) || isOutcast($0) })
    else { return false }
    do { try await setup.target.ping() } catch is PasswordTargetFailure { return false }
    split = failure
    return true
  }

  private func isOutcast(_ sending: PasswordSending) -> Bool {
    outcasts.contains(sending.line.anchor)
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
    try store.transaction(isTold: true) { tx in
      for (index, (sending, outcome)) in results.enumerated() {
        try tx.answerPassword(
          sending.line, at: index, batch: batch, channel: id, outcome, now: now)
      }
      try outdateOthers(results, tx)
      try tx.endPasswordBatch(batch, at: now)
      try noteContact(tx)
      try tellResults(results.map { ($0.0.told, $0.1) }, tx)
      try tx.logPassword(
        .information, 651, "Provision credentials batch end. Count: \(results.count)")
      try tellQueue(results, tx)
    }
    reach = .reached
    count(results)
  }

  /// What was taken has put an end to earlier passwords of other accounts of the same users.
  private func outdateOthers(
    _ results: [(PasswordSending, PasswordOutcome)], _ tx: StoreTransaction
  ) throws {
    for (sending, outcome) in results
    // A time that is yet to come is one of a clock that was wrong.
    where outcome.status == .success && sending.line.changed.seconds(since: now) < Self.skew {
      try tx.outdatePasswords(
        before: sending.line, channel: id, until: now.adding(seconds: Double(RetryDelay.longest)))
    }
  }

  /// Counts what the target answered, and notes whom it took.
  private func count(_ results: [(PasswordSending, PasswordOutcome)]) {
    failedTogether.subtract(results.map(\.0.line.anchor))
    outcasts.subtract(results.filter { $0.1.status == .success }.map(\.0.line.anchor))
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

  /// Notes what became of a batch that broke off: what was answered of it stands, the rest is sent
  /// again.
  private func batchFailed(
    _ batch: Int64, _ sendings: [PasswordSending], _ answers: [PasswordAnswer],
    _ failure: PasswordTargetFailure
  ) throws {
    let answered = zip(sendings, answers).map { ($0, outcome($1, of: $0)) }
    let rest = sendings.dropFirst(answers.count)
    let results = answered + rest.map { ($0, $0.failure(.error, failure.message, now: now)) }
    try store.transaction(isTold: true) { tx in
      for (index, (sending, outcome)) in results.enumerated() {
        try tx.answerPassword(
          sending.line, at: index, batch: batch, channel: id, outcome,
          isAnswered: index < answered.count, now: now)
      }
      try outdateOthers(answered, tx)
      try tx.endPasswordBatch(batch, error: failure.description, at: now)
      try tellResults(results.map { ($0.0.told, $0.1) }, tx)
      try tx.logPassword(
        .error, 652, "Failed credential provisioning batch. Error: " + failure.description)
      try tx.logPassword(
        .error, 0,
        "The following password changes failed to synchronized and have scheduled for retry. DN = "
          + rest.map(\.line.dn).joined(separator: "; "))
      try tellQueue(answered, tx)
    }
    count(answered)
    failed += rest.count
    if failure.mayBeOfOne { failedTogether.formUnion(rest.map(\.line.anchor)) }
    note(wishOf: failure)
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
    try obeyWish()
    try store.transaction { tx in
      try tx.logPassword(
        .information, 663, "The password synchronization manager of domain \(domain) is alive.")
    }
    let wasReached = reach == .reached
    try await ping()
    return !wasReached
  }

  private func note(wishOf failure: PasswordTargetFailure) {
    guard let seconds = failure.waitSeconds else { return }
    // Not for ever, whatever it says.
    let span = min(seconds, Double(RetryDelay.filtered))
    wish = (failure, span, now.adding(seconds: span))
  }

  /// Leaves a target alone as long as it asked for that: it fails as it did then.
  private func obeyWish() throws {
    guard let wish else { return }
    let left = wish.until.seconds(since: now)
    // More is left than it asked for if the clock was set back.
    if left > 0, left <= wish.seconds { throw wish.failure }
    self.wish = nil
  }

  /// Asks the target whether it is there.
  func ping() async throws {
    try obeyWish()
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
      note(wishOf: failure)
      throw failure
    }
    try store.transaction { tx in
      try noteContact(tx)
      try tx.logPassword(.information, 654, "Provision credentials ping end.")
    }
    reach = .reached
  }
}
