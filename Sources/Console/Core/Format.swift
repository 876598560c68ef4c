import SyncStore

/// Figures and spans of time as the console prints them.
public enum Format {
  /// A whole number with its thousands apart: `1,234,567`.
  static func count(_ number: Int) -> String {
    var digits = String(number.magnitude)
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    groups.insert(digits, at: 0)
    return (number < 0 ? "-" : "") + groups.joined(separator: ",")
  }

  /// A whole number in at most `width` cells, never cut: without its commas, then rounded down to
  /// thousands (`k`), millions (`M`) and so on.
  static func count(_ number: Int, width: Int) -> String {
    let full = count(number)
    if full.count <= width { return full }
    let sign = number < 0 ? "-" : ""
    var digits = String(number.magnitude)
    var unit = ""
    for next in ["k", "M", "G", "T", "P", "E"]
    where sign.count + digits.count + unit.count > width {
      guard digits.count > 3 else { break }
      digits.removeLast(3)
      unit = next
    }
    return sign + digits + unit
  }

  /// A number with its noun: `1 user`, `37 users`.
  static func count(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
    count(number) + " " + (number == 1 ? noun : plural ?? noun + "s")
  }

  /// How long something took, in seconds: `0.4 s`, `12 s`, `4:05`, `1:02:03`.
  static func duration(_ seconds: Double) -> String {
    let seconds = max(0, seconds)
    if seconds < 9.95 { return String(Int((seconds * 10).rounded()) / 10) + "." + tenth(seconds) }
    let whole = Int(min(seconds, 1e12).rounded())
    if whole < 60 { return String(whole) + " s" }
    if whole < 3600 { return String(whole / 60) + ":" + pad(whole % 60) }
    return String(whole / 3600) + ":" + pad(whole / 60 % 60) + ":" + pad(whole % 60)
  }

  private static func tenth(_ seconds: Double) -> String {
    String(Int((seconds * 10).rounded()) % 10) + " s"
  }

  /// How long until something, in seconds: `02:41:10`.
  static func countdown(_ seconds: Double) -> String {
    let whole = Int(min(max(0, seconds), 1e12).rounded())
    return pad(whole / 3600) + ":" + pad(whole / 60 % 60) + ":" + pad(whole % 60)
  }

  /// How long ago something was, in seconds, in one unit: `12 s`, `4 min`, `3 h`, `9 d`.
  public static func age(_ seconds: Double) -> String {
    let whole = Int(min(max(0, seconds), 1e12))
    if whole < 60 { return String(whole) + " s" }
    if whole < 3600 { return String(whole / 60) + " min" }
    if whole < 172_800 { return String(whole / 3600) + " h" }
    return String(whole / 86_400) + " d"
  }

  /// A span of whole seconds as one types it: `30m`, `3h`, `1d12h`.
  static func span(_ seconds: Int) -> String { ScheduleSettings.span(seconds) }

  /// Objects a second: `12,345/s`, `0.5/s`.
  static func rate(_ rate: Double) -> String {
    if rate >= 9.95 { return count(Int(min(rate, 1e12).rounded())) + "/s" }
    let tenths = Int((max(0, rate) * 10).rounded())
    return String(tenths / 10) + "." + String(tenths % 10) + "/s"
  }

  /// Two digits at least.
  static func pad(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
}
