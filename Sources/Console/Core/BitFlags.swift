/// Numbers whose bits mean something, spelt out.
enum BitFlags {
  /// Whether the bits of an attribute are known.
  static func isKnown(_ attribute: String) -> Bool { names[attribute.lowercased()] != nil }

  /// The number with the names of its bits: `514 (NORMAL_ACCOUNT, ACCOUNTDISABLE)`; nil for an
  /// attribute whose bits mean nothing.
  static func words(_ number: Int64, of attribute: String) -> String? {
    guard let bits = names[attribute.lowercased()] else { return nil }
    // Directories write 32 bits with a sign: groupType -2147483646.
    let value = UInt32(truncatingIfNeeded: number)
    var words = bits.filter { value & $0.bit != 0 }.map(\.name)
    let rest = bits.reduce(value) { $0 & ~$1.bit }
    if rest != 0 { words.append("0x" + String(rest, radix: 16, uppercase: true)) }
    return String(number) + " (" + (words.isEmpty ? "none" : words.joined(separator: ", ")) + ")"
  }

  private static let names: [String: [(bit: UInt32, name: String)]] = [
    "useraccountcontrol": userAccountControl,
    "msds-user-account-control-computed": userAccountControl,
    "grouptype": groupType,
  ]

  /// [MS-ADTS] 2.2.16, in the words of learn.microsoft.com/troubleshoot/windows-server/active-directory/useraccountcontrol-manipulate-account-properties.
  private static let userAccountControl: [(bit: UInt32, name: String)] = [
    (0x0002, "ACCOUNTDISABLE"), (0x0001, "SCRIPT"), (0x0008, "HOMEDIR_REQUIRED"),
    (0x0010, "LOCKOUT"), (0x0020, "PASSWD_NOTREQD"), (0x0040, "PASSWD_CANT_CHANGE"),
    (0x0080, "ENCRYPTED_TEXT_PWD_ALLOWED"), (0x0100, "TEMP_DUPLICATE_ACCOUNT"),
    (0x0200, "NORMAL_ACCOUNT"), (0x0800, "INTERDOMAIN_TRUST_ACCOUNT"),
    (0x1000, "WORKSTATION_TRUST_ACCOUNT"), (0x2000, "SERVER_TRUST_ACCOUNT"),
    (0x1_0000, "DONT_EXPIRE_PASSWORD"), (0x2_0000, "MNS_LOGON_ACCOUNT"),
    (0x4_0000, "SMARTCARD_REQUIRED"), (0x8_0000, "TRUSTED_FOR_DELEGATION"),
    (0x10_0000, "NOT_DELEGATED"), (0x20_0000, "USE_DES_KEY_ONLY"),
    (0x40_0000, "DONT_REQ_PREAUTH"), (0x80_0000, "PASSWORD_EXPIRED"),
    (0x100_0000, "TRUSTED_TO_AUTH_FOR_DELEGATION"), (0x400_0000, "PARTIAL_SECRETS_ACCOUNT"),
  ]

  /// [MS-ADTS] 2.2.12.
  private static let groupType: [(bit: UInt32, name: String)] = [
    (0x8000_0000, "SECURITY_ENABLED"), (0x1, "BUILTIN_LOCAL_GROUP"), (0x2, "ACCOUNT_GROUP"),
    (0x4, "RESOURCE_GROUP"), (0x8, "UNIVERSAL_GROUP"), (0x10, "APP_BASIC_GROUP"),
    (0x20, "APP_QUERY_GROUP"),
  ]
}
