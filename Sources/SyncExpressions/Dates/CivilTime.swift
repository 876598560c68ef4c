import Directory

/// A moment in years, months and days of the Gregorian calendar, in UTC.
struct CivilTime: Hashable {
  var year: Int
  /// From 1.
  var month: Int
  /// From 1.
  var day: Int
  var hour = 0
  var minute = 0
  var second = 0
  var millisecond = 0

  /// The years that .NET's dates have.
  static let years = 1...9999

  private static let millisecondsPerDay: Int64 = 86_400_000

  /// The time of these parts.
  init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// The moment taken apart.
  init(_ moment: Timestamp) {
    var days = moment.milliseconds / Self.millisecondsPerDay
    var rest = moment.milliseconds % Self.millisecondsPerDay
    if rest < 0 {
      rest += Self.millisecondsPerDay
      days -= 1
    }
    (year, month, day) = Self.civil(days: Int(days))
    let seconds = Int(rest / 1000)
    hour = seconds / 3600
    minute = seconds / 60 % 60
    second = seconds % 60
    millisecond = Int(rest % 1000)
  }

  /// The moment, or nil if there is no such day or time, or not in .NET's years.
  var timestamp: Timestamp? {
    guard Self.years.contains(year), (1...12).contains(month),
      (1...Self.days(inMonth: month, of: year)).contains(day),
      (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second),
      (0...999).contains(millisecond)
    else { return nil }
    let seconds =
      Self.days(year: year, month: month, day: day) * 86_400
      + hour * 3600 + minute * 60 + second
    return Timestamp(milliseconds: Int64(seconds * 1000 + millisecond))
  }

  /// The day of the week, 0 for Sunday.
  var weekday: Int {
    let days = Self.days(year: year, month: month, day: day)
    return ((days + 4) % 7 + 7) % 7
  }

  /// How many days a month has.
  static func days(inMonth month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  // Days since 1970 and back: years are taken to start in March, so that the leap day is the last.
  private static func days(year: Int, month: Int, day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let leapDays = floor(shifted, 4) - floor(shifted, 100) + floor(shifted, 400)
    return shifted * 365 + leapDays + dayOfYear - 719_468
  }

  private static func civil(days: Int) -> (Int, Int, Int) {
    let shifted = days + 719_468
    let era = floor(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch + (monthFromMarch < 10 ? 3 : -9)
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  private static func floor(_ a: Int, _ b: Int) -> Int { a >= 0 ? a / b : -((b - 1 - a) / b) }
}

extension Timestamp {
  /// Whether the moment lies in the years that .NET's dates have.
  var isInRange: Bool { CivilTime.years.contains(CivilTime(self).year) }
}
