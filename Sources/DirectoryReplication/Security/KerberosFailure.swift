/// Why there is no ticket or no context of Kerberos.
struct KerberosFailure: Error, Hashable {
  /// What was tried.
  let step: String
  /// A code of RFC 4120 §7.5.9, or one of libkrb5's own.
  let code: Int32
  /// The library's words.
  let words: String

  // libkrb5 counts the errors of RFC 4120 from here, and others after them.
  private static let base: Int32 = -1_765_328_384

  /// The error of RFC 4120 §7.5.9 that the code stands for; nil if it is one of the library.
  var protocolError: Int32? {
    let number = code &- Self.base
    return 1..<128 ~= number ? number : nil
  }

  // KRB5_KDCREP_SKEW, KRB5_REALM_UNKNOWN, KRB5_KDC_UNREACH and KRB5_REALM_CANT_RESOLVE of krb5.h.
  private static let skewed: Int32 = 148
  // KRB5_KT_NOTFOUND; the system's errors, such as that a file is not there, are positive.
  private static let noKey: Int32 = 181
  private static let unreachable: Set<Int32> = [154, 156, 220]

  /// What the code says about who tried.
  enum Kind: Hashable {
    case wrongPassword, unknownAccount, accountClosed, passwordExpired, clockSkew
    case noKey, unknownServer, unreachable, noCommonEncryption, other
  }

  /// What kind of failure it is.
  var kind: Kind {
    switch protocolError {
    case 6: .unknownAccount
    case 7: .unknownServer
    case 14: .noCommonEncryption
    case 18: .accountClosed
    case 23: .passwordExpired
    case 24, 31: .wrongPassword
    case 37: .clockSkew
    default:
      if code == Self.base &+ Self.noKey || code > 0 {
        .noKey
      } else if code &- Self.base == Self.skewed {
        .clockSkew
      } else {
        Self.unreachable.contains(code &- Self.base) ? .unreachable : .other
      }
    }
  }
}
