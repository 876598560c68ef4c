import Foundation

/// Moments in whole milliseconds since 1970-01-01T00:00:00Z, and their form in SCIM
/// (xsd:dateTime, RFC 7643 §2.3.5).
enum Moment {
  /// Now.
  static var now: Int64 { Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)) }

  /// `milliseconds` as `2026-11-22T20:01:02.345Z`.
  static func text(_ milliseconds: Int64) -> String {
    var seconds = milliseconds / 1000
    var rest = milliseconds % 1000
    if rest < 0 {
      rest += 1000
      seconds -= 1
    }
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    return pad(Int(parts.tm_year) + 1900, 4) + "-" + pad(Int(parts.tm_mon) + 1, 2) + "-"
      + pad(Int(parts.tm_mday), 2) + "T" + pad(Int(parts.tm_hour), 2) + ":"
      + pad(Int(parts.tm_min), 2) + ":" + pad(Int(parts.tm_sec), 2) + "." + pad(Int(rest), 3)
      + "Z"
  }

  /// The milliseconds that `text` names, or nil if it is no xsd:dateTime; without a zone it is
  /// taken for UTC.
  static func milliseconds(_ text: String) -> Int64? {
    var bytes = Array(text.utf8)[...]
    guard let year = number(&bytes, 4, then: "-"), let month = number(&bytes, 2, then: "-"),
      let day = number(&bytes, 2, then: "Tt"), let hour = number(&bytes, 2, then: ":"),
      let minute = number(&bytes, 2, then: ":"), let second = number(&bytes, 2, then: ""),
      (1...12).contains(month), (1...days(year, month)).contains(day), hour < 24, minute < 60,
      second <= 60
    else { return nil }
    var thousandths: Int64 = 0
    if bytes.first == UInt8(ascii: ".") {
      bytes = bytes.dropFirst()
      let digits = bytes.prefix { (0x30...0x39).contains($0) }
      guard !digits.isEmpty else { return nil }
      bytes = bytes.dropFirst(digits.count)
      let padded = (Array(digits.prefix(3)) + [0x30, 0x30, 0x30]).prefix(3)
      thousandths = padded.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }
    guard let offset = offset(bytes) else { return nil }
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (year - 1900, month - 1, day)
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = (hour, minute, second)
    return (Int64(timegm(&parts)) - offset) * 1000 + thousandths
  }

  // How many days the month has; `timegm` would take the 31st of February for the 3rd of March.
  private static func days(_ year: Int32, _ month: Int32) -> Int32 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static func number(
    _ bytes: inout ArraySlice<UInt8>, _ count: Int, then separators: String
  )
    -> Int32?
  {
    let digits = bytes.prefix(count)
    guard digits.count == count, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    bytes = bytes.dropFirst(count)
    if !separators.isEmpty {
      guard let next = bytes.popFirst(), separators.utf8.contains(next) else { return nil }
    }
    return digits.reduce(0) { $0 * 10 + Int32($1 - 0x30) }
  }

  // Seconds east of Greenwich.
  private static func offset(_ zone: ArraySlice<UInt8>) -> Int64? {
    guard let sign = zone.first else { return 0 }
    if sign | 0x20 == UInt8(ascii: "z") { return zone.count == 1 ? 0 : nil }
    var rest = zone.dropFirst()
    guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
      let hours = number(&rest, 2, then: ":"), let minutes = number(&rest, 2, then: ""),
      rest.isEmpty, hours <= 14, minutes < 60
    else { return nil }
    return Int64(hours * 3600 + minutes * 60) * (sign == UInt8(ascii: "-") ? -1 : 1)
  }

  private static func pad(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
