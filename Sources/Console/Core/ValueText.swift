import Directory

/// Attribute values as a person reads them.
enum ValueText {
  /// The value; bytes as GUID, SID or hexadecimal digits, times of Windows as times too.
  static func text(_ value: AttributeValue, of attribute: String, clock: LocalTime) -> String {
    switch value {
    case .binary(let bytes): binary(bytes, of: attribute)
    case .integer(let number): integer(number, of: attribute, clock: clock)
    case .string(let text) where Int64(text) != nil && BitFlags.isKnown(attribute):
      integer(Int64(text) ?? 0, of: attribute, clock: clock)
    default: value.text
    }
  }

  /// Values one after the other.
  static func line(
    _ values: [AttributeValue], of attribute: String, clock: LocalTime
  ) -> String {
    values.map { text($0, of: attribute, clock: clock) }.joined(separator: "; ")
  }

  /// The value as it is of use elsewhere: without what was added for the eye.
  static func copied(_ value: AttributeValue, of attribute: String) -> String {
    if case .binary(let bytes) = value { return binary(bytes, of: attribute) }
    return value.text
  }

  /// The bytes as what they most likely are; a SID needs one sub-authority at least, or eight
  /// bytes of anything that begins with 01 00 would be one.
  static func binary(_ bytes: [UInt8], of attribute: String) -> String {
    if bytes.count >= 12, let sid = SID(bytes: bytes) { return sid.description }
    if attribute.lowercased().contains("guid"), let guid = GUID(bytes: bytes) {
      return guid.description
    }
    return Hexadecimal.encode(bytes)
  }

  /// Attributes that hold a FILETIME ([MS-ADA1] to [MS-ADA3]).
  private static let fileTimes: Set<String> = [
    "accountexpires", "badpasswordtime", "lastlogoff", "lastlogon", "lastlogontimestamp",
    "lockouttime", "msds-userpasswordexpirytimecomputed", "pwdlastset",
  ]

  private static func integer(_ number: Int64, of attribute: String, clock: LocalTime) -> String {
    if let words = BitFlags.words(number, of: attribute) { return words }
    // Beyond the year 9999 it is no time that anybody meant.
    guard number < 2_650_467_744_000_000_000, fileTimes.contains(attribute.lowercased()),
      let moment = Timestamp(fileTime: number)
    else { return String(number) }
    return String(number) + " (" + clock.dateAndTime(moment) + ")"
  }
}
