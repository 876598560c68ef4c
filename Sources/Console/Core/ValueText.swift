package import Directory

/// Attribute values as a person reads them.
package enum ValueText {
  /// The value; bytes as GUID, SID or hexadecimal digits, times of Windows as times too.
  package static func text(
    _ value: AttributeValue, of attribute: String, clock: LocalTime
  ) -> String {
    switch value {
    case .integer(let number): integer(number, of: attribute, clock: clock)
    case .string(let text) where Int64(text) != nil && BitFlags.isKnown(attribute):
      integer(Int64(text) ?? 0, of: attribute, clock: clock)
    default: value.text(of: attribute)
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
    value.text(of: attribute)
  }

  /// Attributes that hold a FILETIME ([MS-ADA1] to [MS-ADA3]).
  private static let fileTimes: Set<String> = [
    "accountexpires", "badpasswordtime", "lastlogoff", "lastlogon", "lastlogontimestamp",
    "lockouttime", "msds-userpasswordexpirytimecomputed", "pwdlastset",
  ]

  /// Numbers in the place of a time that mean none ([MS-ADA1], [MS-ADA2], [MS-ADA3]).
  private static let meanings: [String: [Int64: String]] = [
    "accountexpires": [0: "never", .max: "never"], "lockouttime": [0: "not locked out"],
    "pwdlastset": [0: "to be changed at the next sign-in"],
    "lastlogon": [0: "never"], "lastlogontimestamp": [0: "never"],
    "badpasswordtime": [0: "never"], "lastlogoff": [0: "not known"],
    "msds-userpasswordexpirytimecomputed": [.max: "never"],
  ]

  private static func integer(_ number: Int64, of attribute: String, clock: LocalTime) -> String {
    if let words = BitFlags.words(number, of: attribute) { return words }
    if let words = meanings[attribute.lowercased()]?[number] { return "\(number) (\(words))" }
    // Beyond the year 9999 it is no time that anybody meant.
    guard number < 2_650_467_744_000_000_000, fileTimes.contains(attribute.lowercased()),
      let moment = Timestamp(fileTime: number)
    else { return String(number) }
    return String(number) + " (" + clock.dateAndTime(moment) + ")"
  }
}
