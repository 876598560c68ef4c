import Directory
import Foundation
import PasswordSync
import SyncStore

/// Reading accounts and deciding what becomes of their passwords.
extension PasswordChannel {
  /// How many accounts are judged by the store in one transaction, and read by their names at once.
  private static let page = 500

  /// Reads what changed since the last turn, and sends what is to be sent of it.
  func readChanges() async throws {
    let start = now
    while true {
      try checkStop()
      let memory = try remembered()
      let batch = try await setup.source.changes(since: memory.cursor)
      let judge = try await judgement()
      // What was answered when tells nothing but during a full synchronization.
      let floor = memory.fullStarted == nil ? Timestamp(milliseconds: 0) : memory.fullFloor
      let sendings = try store.transaction { tx in
        if memory.fullStarted != nil {
          try tx.countFullPasswordSync(id, batch.accounts.map(\.name.anchor))
        }
        let sendings = try batch.accounts.compactMap { account in
          try note(account.marked, judge, floor: floor, tx)
        }
        try forget(batch.deleted, tx)
        try tx.setPasswordCursor(batch.state, channel: id)
        return sendings
      }
      try await send(sendings)
      if memory.fullStarted != nil { try tellFull(isAtEnd: !batch.hasMore) }
      guard batch.hasMore else { return batch.isWhole ? try await readUnseen(since: start) : () }
    }
  }

  /// Reads by their names whom a reading of all has not met since `start`: their hashes were taken
  /// away.
  private func readUnseen(since start: Timestamp) async throws {
    var after = ""
    while true {
      try checkStop()
      let page = try store.look {
        try $0.unseenPasswords(id, since: start, after: after, limit: Self.page)
      }
      try await sendAnew(page.map { AccountName(anchor: $0.anchor, dn: $0.dn) }, .unseen)
      guard page.count == Self.page, let last = page.last else { return }
      after = last.anchor
    }
  }

  /// Forgets what the source says was deleted: whatever it was, it has no password any more.
  private func forget(_ deleted: [String], _ tx: StoreTransaction) throws {
    for anchor in deleted {
      guard let dn = try tx.forgetDeletedPassword(anchor, channel: id) else { continue }
      try tx.logPassword(
        .information, 606,
        "Removed from the retry queue: the account was deleted at the source. DN = \(dn)")
    }
  }

  private func tellFull(isAtEnd: Bool) throws {
    try store.transaction { tx in
      if isAtEnd { try tx.endFullPasswordSync(id, at: now) }
      let done = try tx.passwordChannel(id)?.fullDone ?? 0
      try tx.logPassword(
        .information, 619,
        "Full password hash synchronization progress for domain: \(domain), accounts read: \(done)")
      guard isAtEnd else { return }
      let retrying = try tx.retryingPasswords(id)
      if retrying > 0 {
        try tx.logPassword(
          .warning, 620, "\(retrying) passwords of domain \(domain) failed and are tried again.")
      }
      try tx.logPassword(
        .information, 622, "Full password hash synchronization completed for domain: \(domain)")
      try tx.logPassword(
        .information, 623, "Full password hash synchronization completed for forest: \(domain)")
    }
  }

  /// Writes down what was read of an account; the answer is what is to be sent of it, if anything.
  ///
  /// - Parameters:
  ///   - floor: What was answered before this is sent again.
  ///   - cause: Why the account was read alone: what a person asks for by name, and what is due, is
  ///     sent whatever was sent before, and whatever time it waits for.
  private func note(
    _ account: SourceAccount, _ judge: PasswordJudge, floor: Timestamp, cause: Cause? = nil,
    _ tx: StoreTransaction
  ) throws -> PasswordSending? {
    let isForced = cause == .order || cause == .due
    let anchor = account.name.anchor
    let known = try tx.password(anchor, channel: id)
    let isAnswered = (known?.answered ?? floor) >= floor
    // A person who names the account knows what the source has.
    if cause != .order, let known, isDoubtful(account, known) {
      try doubt(account, known, isOwed: !isAnswered, tx)
      return nil
    }
    if !isForced, let known, account.isSame(as: known.stamp) { countTouch(account, known) }
    if !isForced, let known, known.stamp == account.stamp {
      let isSynced = isAnswered && known.has(account.stamp, at: known.targetAnchor)
      if known.earlierSince != nil, isSynced, known.status == .success {
        try settle(account.name, tx)
        return nil
      }
      // What waits for another try keeps its time.
      let isTried =
        known.attempts > 0 || known.status == .filteredByTarget && account.mustChangePassword
      let waits = isTried && known.earlierSince == nil && known.due.map { $0 > now } == true
      // Of an account that takes part no more another one of the same user must not wait for it.
      if waits || isSynced && known.status == .success && judge.obstacle(of: account) == nil {
        try tx.seen(anchor, dn: account.name.dn, channel: id, at: now)
        return nil
      }
    }
    let place = try judge.place(of: anchor, tx)
    var obstacle = place.obstacle ?? judge.obstacle(of: account)
    let later = try obstacle == nil ? laterAccount(account, place, tx) : nil
    if let later {
      obstacle = (.filteredByTarget, StoreTransaction.outdated(by: later))
    }
    var note = PasswordNote(
      anchor: anchor, dn: account.name.dn, status: obstacle?.status ?? .unknown,
      stamp: account.stamp, changed: account.changed)
    if account.stamp.isEmpty, let known {
      // What can't be read may be the password that is known.
      (note.stamp, note.changed) = (known.stamp, known.changed)
    }
    note.object = place.object
    note.setTarget(place, known)
    note.reason = obstacle?.reason ?? ""
    // A hash that is there and can't be read may be read another time.
    if account.hash == nil, !account.problem.isEmpty, place.obstacle == nil {
      note.due = now.adding(seconds: Double(RetryDelay.longest))
      try tellProblem(account, known, tx)
    }
    guard obstacle == nil, let hash = account.hash else {
      // What a full synchronization can't send now it owes when the way is open.
      note.isOwed = !isAnswered || later != nil
      if later != nil { note.due = now.adding(seconds: Double(RetryDelay.longest)) }
      try tx.note(note, channel: id, at: now)
      return nil
    }
    if !isForced, isAnswered, known?.has(account.stamp, at: place.targetAnchor) == true {
      // The target has this very password: a way that was closed for a while is open again.
      note.status = .success
      try tx.note(note, channel: id, at: now)
      return nil
    }
    note.due = known?.stamp == account.stamp ? known?.due ?? now : now
    note.isOwed = true
    try tx.note(note, channel: id, at: now)
    let isRepeated = known?.requestStamp == account.stamp
    return PasswordSending(
      account: account, place: place, hash: hash,
      request: (isRepeated ? known?.request : nil) ?? UUID().uuidString.lowercased(),
      attempts: known?.stamp == account.stamp ? known?.attempts ?? 0 : 0, now: now)
  }

  /// The DN of another account of the same user that has given it a later password; nil if there is
  /// none.
  private func laterAccount(
    _ account: SourceAccount, _ place: PasswordPlace, _ tx: StoreTransaction
  ) throws -> String? {
    guard let changed = account.changed, let target = place.targetObject else { return nil }
    return try tx.laterPassword(
      than: changed, of: account.name.anchor, channel: id, target: target,
      latest: now.adding(seconds: Self.skew))
  }

  /// Counts an account whose password is the same, and the time of it another one, once for each
  /// time.
  private func countTouch(_ account: SourceAccount, _ known: PasswordRecord) {
    guard let changed = account.changed, let before = known.changed, changed != before,
      toldTimes.updateValue(changed, forKey: known.anchor) != changed
    else { return }
    touched += 1
  }

  /// Event 664, once for each account and reason.
  private func tellProblem(
    _ account: SourceAccount, _ known: PasswordRecord?, _ tx: StoreTransaction
  ) throws {
    if let known, known.status == .missingAttribute,
      account.stamp.isEmpty || known.stamp == account.stamp
    {
      return
    }
    try tx.logPassword(
      .error, 664,
      "Password synchronization failed for a single object: \(account.problem). DN = "
        + account.name.dn)
  }

  // MARK: Single accounts

  /// Why single accounts are read: a person asks for it, their time has come, a way has opened, or a
  /// reading of all did not meet them.
  private enum Cause { case order, due, way, unseen }

  /// Sends the passwords of these accounts again because a person asks for it.
  func resend(_ anchors: [String]) async throws {
    let names = try store.look { tx in
      try anchors.map {
        AccountName(anchor: $0, dn: try tx.password($0, channel: id)?.dn ?? "")
      }
    }
    try await sendAnew(names, .order)
  }

  /// Sends what is due: failures whose time has come, and what an end of the engine left.
  func sendDue(isImpatient: Bool) async throws {
    // What failed in this turn, or is put off while it is looked at, is not looked at twice.
    var met = unsuccessful
    var last: PasswordDue?
    while true {
      try checkStop()
      // A moment that is later than any retry.
      let horizon = isImpatient ? now.adding(seconds: Double(RetryDelay.filtered)) : now
      let page = try store.look { tx in
        try tx.duePasswords(id, at: horizon, after: last, limit: Self.page)
      }
      guard let end = page.last else { return }
      last = end
      let due = page.passwords.filter { !met.contains($0.anchor) }
      met.formUnion(due.map(\.anchor))
      try await sendAnew(due.map { AccountName(anchor: $0.anchor, dn: $0.dn) }, .due)
    }
  }

  /// Reads accounts by their names, and sends what they are now: up to the first that can't be read.
  ///
  /// - Throws: Why that one can't be read, once the others are sent.
  private func sendAnew(_ names: [AccountName], _ cause: Cause) async throws {
    guard !names.isEmpty else { return }
    let judge = try await judgement()
    let readings = await setup.source.accounts(names)
    try checkStop()
    var failure: (any Error)?
    let sendings = try store.transaction { tx in
      try zip(names, readings).compactMap { name, reading -> PasswordSending? in
        switch reading {
        case .success(let account):
          return try noteAnew(name, account?.marked, judge, cause, tx)
        case .failure(let error):
          // Should it be this account alone, the others come before it the next time.
          if cause == .way { try noteUnread(name, error, judge, tx) } else { try putOff(name, tx) }
          failure = error
          return nil
        }
      }
    }
    try await send(sendings)
    if let failure { throw failure }
  }

  private func noteAnew(
    _ name: AccountName, _ account: SourceAccount?, _ judge: PasswordJudge, _ cause: Cause,
    _ tx: StoreTransaction
  ) throws -> PasswordSending? {
    guard let account else {
      try missing(name, judge, tx)
      return nil
    }
    let known = try tx.password(account.name.anchor, channel: id)
    if cause == .due, let known, known.earlierSince != nil, known.stamp == account.stamp,
      known.status == .success, known.has(account.stamp, at: known.targetAnchor)
    {
      try settle(account.name, tx)
      return nil
    }
    return try note(account, judge, floor: Timestamp(milliseconds: 0), cause: cause, tx)
  }

  /// What was not found is forgotten only if the directory synchronization does not know it either:
  /// a replica that lags does not have new accounts yet.
  private func missing(
    _ name: AccountName, _ judge: PasswordJudge, _ tx: StoreTransaction
  ) throws {
    let known = try tx.objectID(connector: judge.source.id, anchor: Anchor(name.anchor))
    if let known, try tx.object(known)?.image != nil { return try putOff(name, tx) }
    try tx.forgetPassword(name.anchor, channel: id)
    try tx.logPassword(
      .information, 606,
      "Removed from the retry queue: the source has no such account any more. DN = \(name.dn)")
  }

  /// Has an account whose password the target does not have yet looked at again a little later.
  private func putOff(_ name: AccountName, _ tx: StoreTransaction) throws {
    guard let known = try tx.password(name.anchor, channel: id),
      known.syncedStamp != known.stamp || known.due != nil
    else { return }
    let delay = RetryDelay.seconds(after: max(known.attempts, 1))
    try tx.putOffPassword(name.anchor, channel: id, until: now.adding(seconds: Double(delay)))
  }

  /// Notes of an account to which a way has opened that it could not be read: it waits for its time
  /// from now on, and no longer for the directory.
  private func noteUnread(
    _ name: AccountName, _ error: any Error, _ judge: PasswordJudge, _ tx: StoreTransaction
  ) throws {
    guard let known = try tx.password(name.anchor, channel: id) else { return }
    let place = try judge.place(of: name.anchor, tx)
    var note = PasswordNote(
      anchor: name.anchor, dn: name.dn, status: .error, stamp: known.stamp, changed: known.changed)
    note.object = place.object
    note.setTarget(place, known)
    note.reason = "\(error)"
    note.due = now.adding(seconds: Double(RetryDelay.seconds(after: max(known.attempts, 1))))
    try tx.note(note, channel: id, at: now)
  }

  // MARK: What waits for the directory

  /// After a directory synchronization: looks again at accounts that had no way to the target, and
  /// at those whose user is gone from it.
  ///
  /// - Returns: Why it ended at one that can't be read; the next turn goes on after it.
  func judgeWaiting() async throws -> PasswordSourceFailure? {
    let (mark, known) = try store.look { tx in
      (try tx.lastEndedStep(), try tx.passwordChannel(id)?.directoryMark ?? 0)
    }
    guard mark > known else { return nil }
    let judge = try await judgement()
    try noteLost()
    for status in PasswordStatus.allCases where status.waitsForDirectory {
      var after = ""
      while true {
        try checkStop()
        let (last, open) = try judgePage(status, after: after, judge)
        do {
          try await sendAnew(open, .way)
        } catch let failure as PasswordSourceFailure {
          return failure
        }
        guard let last else { break }
        after = last
      }
    }
    try store.transaction { try $0.setPasswordDirectoryMark(mark, channel: id) }
    return nil
  }

  /// Notes which accounts are gone, or their users; the writer is left to the cycle but for those.
  private func noteLost() throws {
    var after: String? = ""
    while let last = after {
      try checkStop()
      let found = try store.look { try $0.lostPasswords(id, after: last, limit: Self.page) }
      if !found.anchors.isEmpty {
        _ = try store.transaction { try $0.notePasswordsOfLost(id, found.anchors) }
      }
      after = found.last
    }
  }

  /// Judges a page of accounts by the store; the answer is where the next page begins, nil at the
  /// end, and the accounts to which a way has opened.
  private func judgePage(
    _ status: PasswordStatus, after: String, _ judge: PasswordJudge
  ) throws -> (last: String?, open: [AccountName]) {
    var notes: [PasswordNote] = []
    // Most of them are as they were: the writer is left to the cycle.
    let page = try store.look { tx in
      let records = try tx.passwords(id, with: status, after: after, limit: Self.page)
      var open: [AccountName] = []
      for record in records {
        let place = try judge.place(of: record.anchor, tx)
        guard let obstacle = place.obstacle else {
          open.append(AccountName(anchor: record.anchor, dn: record.dn))
          continue
        }
        guard (obstacle.status, obstacle.reason) != (record.status, record.reason) else {
          continue
        }
        var note = PasswordNote(
          anchor: record.anchor, dn: record.dn, status: obstacle.status, stamp: record.stamp,
          changed: record.changed)
        note.object = place.object
        note.setTarget(place, record)
        note.reason = obstacle.reason
        notes.append(note)
      }
      return (records.count < Self.page ? nil : records.last?.anchor, open)
    }
    if !notes.isEmpty {
      try store.transaction { tx in
        for note in notes { try tx.note(note, channel: id, at: now) }
      }
    }
    return page
  }
}
