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

  /// Characters of a value that a screen shows: a longer one takes too long to be broken into lines
  /// at each key.
  static let limit = 4000

  /// Whether a screen shows only the beginning of a value.
  static func isLong(_ value: AttributeValue) -> Bool {
    switch value {
    case .binary(let bytes): bytes.count > limit / 2
    case .string(let text), .reference(let text): text.utf8.count > limit
    case .integer, .boolean: false
    }
  }

  /// The value as lines of a width have it: on a screen its beginning, and how much more there is; in
  /// a file all of it.
  static func shown(
    _ value: AttributeValue, of attribute: String, clock: LocalTime, width: Int
  ) -> String {
    guard isLong(value), width < LinesExport.width else {
      return text(value, of: attribute, clock: clock)
    }
    guard case .binary(let bytes) = value else { return cut(value.text, width: width) }
    return head(Hexadecimal.encode(bytes.prefix(limit / 2)), more: bytes.count - limit / 2)
  }

  /// The beginning of a text that is too long for a screen, and how much more there is.
  static func cut(_ text: String, width: Int) -> String {
    guard text.utf8.count > limit, width < LinesExport.width else { return text }
    let beginning = String(text.prefix(limit))
    return head(beginning, more: text.utf8.count - beginning.utf8.count)
  }

  private static func head(_ text: String, more: Int) -> String {
    more == 0 ? text : text + "\u{2026} " + Format.count(more, "more byte") + "; e writes all"
  }

  /// What tells a value from others of the same attribute, in few letters.
  static func key(_ value: AttributeValue) -> String {
    guard case .binary(let bytes) = value, isLong(value) else { return value.text }
    return Hexadecimal.encode(bytes.prefix(32)) + " \(bytes.count)"
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
