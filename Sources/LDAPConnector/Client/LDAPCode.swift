/// Result codes by their names (RFC 4511 Appendix A).
enum LDAPCode {
  static let success: Int32 = 0
  static let operationsError: Int32 = 1
  static let protocolError: Int32 = 2
  static let timeLimitExceeded: Int32 = 3
  static let sizeLimitExceeded: Int32 = 4
  static let strongerAuthRequired: Int32 = 8
  static let referral: Int32 = 10
  static let adminLimitExceeded: Int32 = 11
  static let unavailableCriticalExtension: Int32 = 12
  static let confidentialityRequired: Int32 = 13
  static let noSuchAttribute: Int32 = 16
  static let undefinedAttributeType: Int32 = 17
  static let inappropriateMatching: Int32 = 18
  static let constraintViolation: Int32 = 19
  static let attributeOrValueExists: Int32 = 20
  static let invalidAttributeSyntax: Int32 = 21
  static let noSuchObject: Int32 = 32
  static let invalidDNSyntax: Int32 = 34
  static let inappropriateAuthentication: Int32 = 48
  static let invalidCredentials: Int32 = 49
  static let insufficientAccessRights: Int32 = 50
  static let busy: Int32 = 51
  static let unavailable: Int32 = 52
  static let unwillingToPerform: Int32 = 53
  static let namingViolation: Int32 = 64
  static let objectClassViolation: Int32 = 65
  static let notAllowedOnNonLeaf: Int32 = 66
  static let notAllowedOnRDN: Int32 = 67
  static let entryAlreadyExists: Int32 = 68
  static let objectClassModsProhibited: Int32 = 69
  static let affectsMultipleDSAs: Int32 = 71
  static let other: Int32 = 80
  /// RFC 4528 §4.
  static let assertionFailed: Int32 = 122
  /// RFC 4533 §5.
  static let syncRefreshRequired: Int32 = 4096

  /// Codes of a server that has no time for anybody, which say nothing of what it has.
  static let ofTheMoment: Set<Int32> = [busy, unavailable]
  /// Codes after which the same request may succeed without anybody's doing.
  static let transient = ofTheMoment.union([timeLimitExceeded, adminLimitExceeded])
}
