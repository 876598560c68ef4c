import PasswordSync
import SyncStore

extension SourceAccount {
  // No source's stamp ends so.
  private static let mark = " !"

  /// The account with a stamp that tells a password that must be changed from the same one that must
  /// not: not all sources' stamps cover that, and either is sent in its own way.
  var marked: SourceAccount {
    guard mustChangePassword, !stamp.isEmpty else { return self }
    var account = self
    account.stamp += Self.mark
    return account
  }

  /// A stamp as the source gave it.
  static func unmarked(_ stamp: String) -> String {
    stamp.hasSuffix(mark) ? String(stamp.dropLast(mark.count)) : stamp
  }

  /// Whether the password is the one with the stamp `other`, whether it must be changed or not.
  func isSame(as other: String) -> Bool {
    Self.unmarked(stamp) == Self.unmarked(other)
  }
}

extension PasswordRecord {
  /// Whether the target's object with this anchor took the password `stamp`, and is owed none since.
  func has(_ stamp: String, at anchor: String) -> Bool {
    syncedStamp == stamp && syncedAnchor == anchor
  }
}

extension PasswordNote {
  /// Says where the password goes; without a way now, where it went before: what is there of it is
  /// known until that is gone.
  mutating func setTarget(_ place: PasswordPlace, _ known: PasswordRecord?) {
    if let target = place.targetObject {
      (targetObject, targetAnchor) = (target, place.targetAnchor)
    } else if let known {
      (targetObject, targetAnchor) = (known.targetObject, known.targetAnchor)
    }
  }
}
