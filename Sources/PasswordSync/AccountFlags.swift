public import Directory
import Secrets

/// What a directory that is none of Active Directory's says of an account, besides its password.
public struct AccountFlags: Hashable, Sendable {
  /// Whether the account is disabled.
  public var isDisabled: Bool
  /// Whether the user must change the password at the next sign-in.
  public var mustChangePassword: Bool
  /// Whether the account signs in with a smart card only.
  public var requiresSmartCard: Bool

  /// The attributes from which this is read, to be asked for by name: some are operational.
  public static let attributes: [AttributeName] = [
    "userAccountControl", "pwdLastSet", "sambaAcctFlags", "sambaPwdLastSet", "nsAccountLock",
    "pwdAccountLockedTime", "pwdReset", "krbPasswordExpiration", "krbLastPwdChange",
  ]

  /// What `text` tells, which gives the first value of an attribute.
  ///
  /// The sources are [MS-ADTS] §2.2.16 for `userAccountControl`, samba.schema for `sambaAcctFlags`
  /// (`[UD         ]` is disabled), the ppolicy draft §5.3 for `pwdAccountLockedTime` (that time
  /// stands for "by an administrator") and `pwdReset`, 389 Directory Server for `nsAccountLock`,
  /// and FreeIPA for passwords that an administrator has set, which expire as they are set.
  public init(_ text: (AttributeName) -> String?) {
    let control = text("userAccountControl").flatMap { Int64($0) } ?? 0
    isDisabled =
      control & 0x2 != 0 || text("sambaAcctFlags")?.contains("D") == true
      || text("nsAccountLock")?.lowercased() == "true"
      || text("pwdAccountLockedTime") == "000001010000Z"
    requiresSmartCard = control & 0x4_0000 != 0
    let isReset = text("pwdReset")?.lowercased() == "true"
    // Who has a password that never expires need not change it, whatever is said of its time.
    let neverSet =
      text("pwdLastSet") == "0" && control & 0x1_0000 == 0 || text("sambaPwdLastSet") == "0"
    var isExpiredAtOnce = false
    if let set = text("krbLastPwdChange").flatMap(PasswordTime.parse),
      let end = text("krbPasswordExpiration").flatMap(PasswordTime.parse)
    {
      isExpiredAtOnce = end <= set
    }
    mustChangePassword = isReset || neverSet || isExpiredAtOnce
  }
}

extension SourceAccount {
  /// The account that a directory's attributes tell of.
  ///
  /// - Parameters:
  ///   - name: How it is found.
  ///   - reading: What its hash attribute amounts to.
  ///   - attribute: That attribute.
  ///   - key: What makes stamps.
  ///   - text: Gives the first value of an attribute.
  public init(
    _ name: AccountName, _ reading: HashAttribute.Reading, of attribute: HashAttribute,
    stampedBy key: StampKey, _ text: (AttributeName) -> String?
  ) {
    let set = attribute.changed.flatMap(text)
    var (hash, problem): (SecretBytes?, String) = (nil, "")
    switch reading {
    case .hash(let found): hash = found
    case .none: break
    case .problem(let words): problem = words
    }
    self.init(
      name: name, hash: hash,
      stamp: key.stamp(anchor: name.anchor, hash: hash, changed: set),
      changed: set.flatMap(PasswordTime.parse))
    self.problem = problem
    let flags = AccountFlags(text)
    isDisabled = flags.isDisabled
    mustChangePassword = flags.mustChangePassword
    requiresSmartCard = flags.requiresSmartCard
  }
}
