import Directory

@testable import Console

/// What a cell should say, worked out in the plainest way, and not as the console does it.
enum Naive {
  /// The columns of a text of ASCII, letters with accents and CJK characters.
  static func columns(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x3000 ? 2 : 1) }
  }

  /// Whether a cell shows a text whole, or as much of its beginning as there is room for.
  static func shows(_ cell: String, _ text: String, _ width: Int) -> Bool {
    if columns(text) <= width { return cell == text }
    guard cell.hasSuffix("…") else { return false }
    let beginning = String(cell.dropLast())
    // A wide character that would not fit whole leaves one column empty.
    return text.hasPrefix(beginning) && columns(cell) >= width - 1 && columns(cell) <= width
  }

  /// A number with a comma before each three digits from its end.
  static func grouped(_ number: Int) -> String {
    var text = ""
    for (place, digit) in String(abs(number)).reversed().enumerated() {
      if place > 0, place % 3 == 0 { text = "," + text }
      text = String(digit) + text
    }
    return number < 0 ? "-" + text : text
  }

  /// Whether a cell shows a number: whole, else without its commas, else rounded down with a unit.
  static func shows(_ cell: String, _ number: Int, _ width: Int) -> Bool {
    if grouped(number).count <= width { return cell == grouped(number) }
    if String(number).count <= width { return cell == String(number) }
    let units: [Character: Int] = ["k": 1000, "M": 1_000_000, "G": 1_000_000_000]
    guard let last = cell.last, let unit = units[last], let shown = Int(cell.dropLast()) else {
      return false
    }
    return shown == number / unit
  }

  /// The day and the time that clocks show which are `offset` seconds ahead of UTC.
  static func civil(_ moment: Timestamp, _ offset: Int = 0) -> (day: String, time: String) {
    var seconds = Int((Double(moment.milliseconds) / 1000).rounded(.down)) + offset
    var year = 1970
    func length(_ year: Int) -> Int {
      year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365
    }
    while seconds < 0 {
      year -= 1
      seconds += length(year) * 86_400
    }
    while seconds >= length(year) * 86_400 {
      seconds -= length(year) * 86_400
      year += 1
    }
    var day = seconds / 86_400
    var month = 0
    let months = [31, length(year) == 366 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    while day >= months[month] {
      day -= months[month]
      month += 1
    }
    let rest = seconds % 86_400
    return (
      "\(year)-\(two(month + 1))-\(two(day + 1))",
      "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))"
    )
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  /// Whether a cell shows a moment: whole where there is room, else the part that says most; a time
  /// alone is one of today.
  static func shows(
    _ cell: String, _ moment: Timestamp?, _ width: Int, now: Timestamp, offset: Int = 0
  ) -> Bool {
    guard let moment else { return cell == "-" }
    let (day, time) = civil(moment, offset)
    if width >= 19 { return cell == day + " " + time }
    let isLongPast = abs(now.seconds(since: moment)) > 182 * 86_400
    if isLongPast, civil(now, offset).day.prefix(4) != day.prefix(4) {
      // Then the year matters more than the time.
      let whole = day + " " + time
      return cell == whole.prefix(width >= 16 ? 16 : width >= 10 ? 10 : 7)
    }
    if width >= 14 { return cell == day.dropFirst(5) + " " + time }
    if width >= 11 { return cell == day.dropFirst(5) + " " + time.dropLast(3) }
    return cell == (civil(now, offset).day == day ? time : String(day.dropFirst(5)))
  }

  /// Whether a cell tells a duration: read back, it is that to the last digit that is shown.
  static func showsDuration(_ cell: String, _ seconds: Double) -> Bool {
    let seconds = max(0, seconds)
    if cell.hasSuffix(" s"), let shown = Double(cell.dropLast(2)) {
      let exactness = cell.contains(".") ? 0.0501 : 0.501
      return abs(shown - seconds) <= exactness && shown < 60.5
    }
    let parts = cell.split(separator: ":").compactMap { Int($0) }
    guard parts.count == cell.count(where: { $0 == ":" }) + 1 else { return false }
    let whole = parts.reduce(0) { $0 * 60 + $1 }
    return parts.dropFirst().allSatisfy { $0 < 60 } && abs(Double(whole) - seconds) <= 0.501
  }

  /// Whether a cell tells an age in one unit, rounded down.
  static func showsAge(_ cell: String, _ seconds: Double) -> Bool {
    let units = ["s": 1.0, "min": 60, "h": 3600, "d": 86_400]
    let words = cell.split(separator: " ")
    guard words.count >= 2, let shown = Double(words[0]), let unit = units[String(words[1])] else {
      return false
    }
    let age = max(0, seconds)
    return shown * unit <= age && age < (shown + 1) * unit
  }
}
