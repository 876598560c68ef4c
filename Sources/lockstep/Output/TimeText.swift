import Directory
import Foundation

/// Moments and spans as tables show them.
enum TimeText {
  /// `time` in the local zone, to the second: `2026-11-22 21:03:05`.
  static func local(_ time: Timestamp?, zone: TimeZone = .current) -> String {
    guard let time else { return "" }
    let seconds = Double(time.milliseconds) / 1000
    let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: seconds))
    let shifted = time.adding(seconds: Double(offset)).description
    return shifted.prefix(10) + " " + shifted.dropFirst(11).prefix(8)
  }

  /// The time of day in the local zone: `21:03:05`.
  static func clock(_ time: Timestamp, zone: TimeZone = .current) -> String {
    String(local(time, zone: zone).suffix(8))
  }

  /// A span as people say it: `0.4 s`, `12 s`, `3:07`, `2:05:09`.
  static func span(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "" }
    let span = max(0, seconds)
    if span < 9.95 { return tenths(span) + " s" }
    let whole = Int(span.rounded())
    if whole < 60 { return String(whole) + " s" }
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    if hours == 0 { return String(minutes) + ":" + two(rest) }
    return String(hours) + ":" + two(minutes) + ":" + two(rest)
  }

  /// How long something took that began and, perhaps, ended.
  static func duration(_ started: Timestamp, _ ended: Timestamp?) -> String {
    ended.map { span($0.seconds(since: started)) } ?? ""
  }

  private static func tenths(_ value: Double) -> String {
    let scaled = Int((value * 10).rounded())
    return String(scaled / 10) + "." + String(scaled % 10)
  }

  private static func two(_ value: Int) -> String { (value < 10 ? "0" : "") + String(value) }
}
