/// A moment, in whole milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Milliseconds since the epoch, negative before it.
  public var milliseconds: Int64
  /// The moment `milliseconds` after the epoch.
  public init(milliseconds: Int64) { self.milliseconds = milliseconds }
  /// Whether `a` is before `b`.
  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }
  /// Seconds from `other` to this moment.
  public func seconds(since other: Timestamp) -> Double {
    let (difference, isOver) = milliseconds.subtractingReportingOverflow(other.milliseconds)
    return (isOver ? Double(milliseconds) - Double(other.milliseconds) : Double(difference)) / 1000
  }
  /// The moment `seconds` later, or the last or first one that there is.
  public func adding(seconds: Double) -> Timestamp {
    let bound: Int64 = seconds < 0 ? .min : .max
    // What a person or a server tells has no bound; no number is no time.
    if seconds.isNaN { return self }
    guard let added = Int64(exactly: (seconds * 1000).rounded(.towardZero)) else {
      return Timestamp(milliseconds: bound)
    }
    let (sum, isOver) = milliseconds.addingReportingOverflow(added)
    return Timestamp(milliseconds: isOver ? bound : sum)
  }
}

extension Timestamp: CustomStringConvertible {
  /// The moment in RFC 3339 form with milliseconds, in UTC: `2026-11-22T20:01:02.345Z`.
  public var description: String {
    let rest = ((milliseconds % 86_400_000) + 86_400_000) % 86_400_000
    let days =
      milliseconds / 86_400_000 - (milliseconds < 0 && milliseconds % 86_400_000 != 0 ? 1 : 0)
    let date = Self.civil(days: days)
    let seconds = rest / 1000
    return Self.pad(date.year, 4) + "-" + Self.pad(date.month, 2) + "-" + Self.pad(date.day, 2)
      + "T" + Self.pad(seconds / 3600, 2) + ":" + Self.pad(seconds / 60 % 60, 2) + ":"
      + Self.pad(seconds % 60, 2) + "." + Self.pad(rest % 1000, 3) + "Z"
  }

  /// The moment that RFC 3339 `text` names, or nil if it is none.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    func number(_ from: Int, _ count: Int) -> Int64? {
      guard from + count <= bytes.count else { return nil }
      var value: Int64 = 0
      for byte in bytes[from..<from + count] {
        guard (0x30...0x39).contains(byte) else { return nil }
        value = value * 10 + Int64(byte - 0x30)
      }
      return value
    }
    guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] | 0x20 == 0x74,
      bytes[13] == 0x3A, bytes[16] == 0x3A,
      let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
      let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2),
      (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
    else { return nil }
    var index = 19
    var fraction: Int64 = 0
    if bytes[index] == 0x2E {
      index += 1
      var scale: Int64 = 100
      while index < bytes.count, (0x30...0x39).contains(bytes[index]) {
        fraction += Int64(bytes[index] - 0x30) * scale
        scale /= 10
        index += 1
      }
      guard index > 20 else { return nil }
    }
    guard index < bytes.count else { return nil }
    var offset: Int64 = 0
    if bytes[index] | 0x20 == 0x7A {
      guard index == bytes.count - 1 else { return nil }
    } else {
      guard bytes.count == index + 6, bytes[index] == 0x2B || bytes[index] == 0x2D,
        let hours = number(index + 1, 2), let minutes = number(index + 4, 2),
        bytes[index + 3] == 0x3A, hours < 24, minutes < 60
      else { return nil }
      offset = (hours * 60 + minutes) * (bytes[index] == 0x2D ? -60 : 60)
    }
    let days = Self.days(year: year, month: month, day: day)
    guard Self.civil(days: days) == (year, month, day) else { return nil }
    let total = days * 86_400 + hour * 3600 + minute * 60 + second - offset
    self.init(milliseconds: total * 1000 + fraction)
  }

  private static func pad(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  // Days since the epoch and back, after the proleptic Gregorian calendar (Hinnant's algorithm).
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let z = days + 719_468
    let era = (z >= 0 ? z : z - 146_096) / 146_097
    let doe = z - era * 146_097
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100)
    let mp = (5 * doy + 2) / 153
    let month = mp + (mp < 10 ? 3 : -9)
    return (yoe + era * 400 + (month <= 2 ? 1 : 0), month, doy - (153 * mp + 2) / 5 + 1)
  }
}
