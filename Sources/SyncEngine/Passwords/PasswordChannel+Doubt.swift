import Directory
import PasswordSync
import SyncStore

/// Passwords that are told as earlier ones than are known: a controller or replica lags, to which the
/// channel went because the one before does not answer. What was sent is not taken back for it.
extension PasswordChannel {
  /// Seconds after which an earlier password is believed: no replica lags for so long, and the source
  /// was restored from a backup.
  private static let patience = 86_400.0
  /// Seconds by which clocks may differ, as for Kerberos.
  static let skew = 300.0

  /// Whether the source tells of an earlier password than is known, and is not believed yet.
  func isDoubtful(_ account: SourceAccount, _ known: PasswordRecord) -> Bool {
    // What can't be read has no stamp.
    guard known.stamp != account.stamp, !known.stamp.isEmpty, !account.stamp.isEmpty,
      isEarlier(account, known)
    else { return false }
    return known.earlierSince.map { now.seconds(since: $0) < Self.patience } ?? true
  }

  private func isEarlier(_ account: SourceAccount, _ known: PasswordRecord) -> Bool {
    let stamps = (SourceAccount.unmarked(account.stamp), SourceAccount.unmarked(known.stamp))
    if let isEarlier = setup.source.isEarlier(stamps.0, than: stamps.1) {
      return isEarlier
    }
    // A time that is yet to come is one of a clock that was wrong.
    guard let before = known.changed, let changed = account.changed,
      before.seconds(since: now) < Self.skew
    else { return false }
    return changed < before
  }

  /// Leaves what is known as it is, and has the account looked at again: at first after two minutes,
  /// then after as long as it has lasted, an hour at most.
  ///
  /// - Parameter isOwed: Whether the target is owed the known password, whatever it was given before.
  func doubt(
    _ account: SourceAccount, _ known: PasswordRecord, isOwed: Bool, _ tx: StoreTransaction
  ) throws {
    // A clock that was set back meanwhile makes it begin now.
    let since = min(known.earlierSince ?? now, now)
    let delay = min(
      max(now.seconds(since: since), Double(RetryDelay.seconds(after: 1))),
      Double(RetryDelay.longest))
    let reason =
      "\(domain) tells of an earlier password" + (account.changed.map { ", of \($0)" } ?? "")
      + "; it is believed if it is still told on \(since.adding(seconds: Self.patience))"
    try tx.doubtPassword(
      known.anchor, channel: id, since: since, until: now.adding(seconds: delay), reason: reason,
      isOwed: isOwed)
    guard known.earlierSince == nil else { return }
    try tx.logPassword(
      .warning, 605,
      "Added to the retry queue: \(domain) tells of an earlier password than the one that is known, "
        + "as a replica does that lags. It is not sent unless it is still told after a day. "
        + "DN = \(account.name.dn)")
  }

  /// Notes that the password that the target has is told again.
  func settle(_ name: AccountName, _ tx: StoreTransaction) throws {
    try tx.settlePassword(name.anchor, channel: id)
    try tx.seen(name.anchor, dn: name.dn, channel: id, at: now)
    try tx.logPassword(
      .information, 606,
      "Removed from the retry queue: the password that was sent is told again. DN = \(name.dn)")
  }
}
