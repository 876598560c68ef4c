import Directory
import Secrets

/// Makes accounts of what a controller sent, with the key of the session it was sent in.
struct EntryDecoder {
  // [MS-ADTS] §2.2.16, ADS_UF_NORMAL_ACCOUNT: a user's account, not that of a machine or a domain.
  private static let normalAccount: UInt32 = 0x200
  // The key distribution centre's own account ([MS-DTYP] §2.4.2.4): what it has is nobody's password.
  private static let distributionCentre: UInt32 = 502

  let sessionKey: SecretBytes

  /// The change that `entry` is; nil if it is none of a user account.
  func change(_ entry: ReplicatedEntry) -> ReplicatedChange? {
    guard let guid = entry.object.guid else { return nil }
    let name = entry.object.name
    if entry.isDeleted {
      // The container of the deleted says that it is one, too; its name is as it was.
      return name.contains("\\0ADEL:") ? .deleted(guid: guid, name: name) : nil
    }
    guard let control = entry.number(.userAccountControl, as: UInt32.self),
      control & Self.normalAccount != 0
    else { return nil }
    guard let sid = entry.sid, let relativeID = sid.subAuthorities.last else {
      return .unreadable(guid: guid, name: name, reason: "it has no SID")
    }
    guard relativeID != Self.distributionCentre else { return nil }
    do throws(SecretAttribute.Failure) {
      return .account(try account(entry, guid, sid, relativeID, control))
    } catch {
      return .unreadable(guid: guid, name: name, reason: error.words)
    }
  }

  private func account(
    _ entry: ReplicatedEntry, _ guid: GUID, _ sid: SID, _ relativeID: UInt32, _ control: UInt32
  ) throws(SecretAttribute.Failure) -> ReplicatedAccount {
    var hash: SecretBytes?
    if let value = entry.values[.unicodePwd]?.first, !value.isEmpty {
      hash = try SecretAttribute.ntHash(value, sessionKey: sessionKey, relativeID: relativeID)
    }
    return ReplicatedAccount(
      guid: guid, name: entry.object.name, sid: sid,
      accountName: String(utf16LE: entry.values[.sAMAccountName]?.first ?? []), control: control,
      passwordSet: entry.number(.pwdLastSet, as: Int64.self).flatMap { Timestamp(fileTime: $0) },
      hash: hash, stamp: entry.stamps[.unicodePwd].map(PasswordStamp.init))
  }
}

extension ReplicatedEntry {
  /// Whether the object was deleted ([MS-ADTS] §3.1.1.5.5).
  var isDeleted: Bool { number(.isDeleted, as: UInt32.self).map { $0 != 0 } ?? false }

  /// The SID, as an attribute or among the names.
  var sid: SID? { values[.objectSid]?.first.flatMap { SID(bytes: $0) } ?? object.sid }

  /// Whether the object may be an account of which not all is told: since a controller tells only
  /// what has changed, the rest has to be asked for.
  var lacksAttributes: Bool {
    if isDeleted { return false }
    let told = Set(values.keys)
    if told.isSuperset(of: [.objectSid, .unicodePwd, .pwdLastSet, .userAccountControl]) {
      return false
    }
    // All of a group or another object without a password: what such objects have is there.
    let ofAccounts: Set<ReplicatedAttribute> = [.unicodePwd, .pwdLastSet, .userAccountControl]
    return
      !(told.contains(.objectSid) && told.contains(.sAMAccountName)
      && told.isDisjoint(with: ofAccounts))
  }
}

extension SecretAttribute.Failure {
  /// The failure in words.
  var words: String {
    switch self {
    case .tooShort(let count): "its hash came in \(count) bytes, which are too few"
    case .wrongChecksum: "its hash does not open with the session's key"
    case .noHash(let count): "its hash has \(count) bytes instead of 16"
    }
  }
}
