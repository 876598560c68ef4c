import Directory
import PasswordSync
import SyncStore

/// What a turn does first if the configuration is another one than in the turn before.
extension PasswordChannel {
  /// Has what was kept back looked at again once the configuration lets more kinds of passwords go.
  func reconsiderFiltered() throws {
    let sends = [
      setup.sendsMustChange ? "must_change" : nil, setup.sendsSmartCard ? "smart_card" : nil,
    ].compactMap { $0 }
    let key = "passwords.\(id).sends"
    try store.transaction { tx in
      let before = (try tx.setting(key) ?? "").split(separator: " ").map(String.init)
      guard before != sends else { return }
      try tx.set(key, sends.isEmpty ? nil : sends.joined(separator: " "))
      guard !Set(sends).isSubset(of: before) else { return }
      let count = try tx.reconsiderFilteredPasswords(id, at: now)
      guard count > 0 else { return }
      try tx.logPassword(
        .information, 605,
        "\(count) passwords that were kept back are looked at again: "
          + "\(sends.joined(separator: " and ")) of [password_sync] is on.")
    }
  }

  /// Has all passwords sent again once the configuration has the target keep them elsewhere, or in
  /// another form: there it has none of them.
  ///
  /// - Returns: Whether that is so.
  func noteWay() throws -> Bool {
    let key = "passwords.\(id).way"
    return try store.transaction { tx in
      let before = try tx.setting(key)
      guard before != setup.target.way else { return false }
      try tx.set(key, setup.target.way)
      // What an earlier version sent went the way that was configured then.
      guard let before, !before.isEmpty else { return false }
      try beginFull(tx)
      return true
    }
  }
}
