/// What both sides of NTLM agree upon ([MS-NLMP] §2.2.2.5).
struct NTLMFlags: OptionSet, Sendable, Hashable {
  let rawValue: UInt32

  static let unicode = NTLMFlags(rawValue: 0x0000_0001)
  static let requestTarget = NTLMFlags(rawValue: 0x0000_0004)
  static let sign = NTLMFlags(rawValue: 0x0000_0010)
  static let seal = NTLMFlags(rawValue: 0x0000_0020)
  static let ntlm = NTLMFlags(rawValue: 0x0000_0200)
  static let alwaysSign = NTLMFlags(rawValue: 0x0000_8000)
  static let extendedSessionSecurity = NTLMFlags(rawValue: 0x0008_0000)
  static let targetInformation = NTLMFlags(rawValue: 0x0080_0000)
  static let version = NTLMFlags(rawValue: 0x0200_0000)
  static let keys128 = NTLMFlags(rawValue: 0x2000_0000)
  static let keyExchange = NTLMFlags(rawValue: 0x4000_0000)
  static let keys56 = NTLMFlags(rawValue: 0x8000_0000)

  /// What is offered.
  static let offered: NTLMFlags = [
    .unicode, .requestTarget, .ntlm, .version, .keys56, .targetInformation, required,
  ]
  /// Without these, what is said would not be protected as it must be.
  static let required: NTLMFlags = [
    .unicode, .sign, .seal, .alwaysSign, .extendedSessionSecurity, .keys128, .keyExchange,
  ]
}
