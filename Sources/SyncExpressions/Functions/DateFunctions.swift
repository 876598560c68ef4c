import Directory

extension Function {
  /// Functions of dates.
  ///
  /// A date is a moment in UTC, in whole milliseconds, from year 1 to 9999.
  static let dates: [Function] = [
    Function("CDate", "dt CDate(str value)", 1...1) { arguments, _ throws(ExpressionFailure) in
      if case .date = arguments[0] { return arguments[0] }
      guard let moment = DateText.parse(try arguments.text(0)) else {
        throw arguments.refused(
          0, "which is no date", hint: "dates look like 2013-01-10 16:00:00 or 01/10/2013 4:00 PM")
      }
      return .date(moment)
    },
    Function("DateFromNum", "dt DateFromNum(num value)", 1...1) {
      arguments, _ throws(ExpressionFailure) in
      .date(try dateOfNumber(arguments))
    },
    Function("NumFromDate", "num NumFromDate(dt value)", 1...1) {
      arguments, _ throws(ExpressionFailure) in
      guard let number = try arguments.date(0).fileTime else {
        throw arguments.outOfRange(0, "numbers of dates start with the year 1601")
      }
      return .integer(number)
    },
    Function("FormatDateTime", "str FormatDateTime(dt value, str format)", 2...2) {
      arguments, work throws(ExpressionFailure) in
      let format = try arguments.text(1)
      guard let text = DateFormat.text(of: try arguments.date(0), format) else {
        throw arguments.outOfRange(
          1, "this is no format of a date", hint: "formats look like yyyy-MM-dd HH:mm:ss")
      }
      try work.make(length: text.utf8.count)
      return .string(text)
    },
    Function("DateAdd", "dt DateAdd(str interval, num value, dt date)", 3...3) {
      arguments, _ throws(ExpressionFailure) in
      .date(try add(arguments))
    },
  ]

  /// The moment of a FILETIME.
  ///
  ///
  /// 0 is the start of 1601, as in .NET: `pwdLastSet` is 0 for a password
  /// that must be changed.
  private static func dateOfNumber(
    _ arguments: Arguments
  ) throws(ExpressionFailure) -> Timestamp {
    let number = try arguments.number(0)
    if number == 0, let start = CivilTime(year: 1601, month: 1, day: 1).timestamp { return start }
    guard let moment = Timestamp(fileTime: number), moment.isInRange else {
      throw arguments.outOfRange(
        0, "it is beyond all dates",
        hint: "9223372036854775807 means never; compare with it before")
    }
    return moment
  }

  private static func add(_ arguments: Arguments) throws(ExpressionFailure) -> Timestamp {
    let count = try arguments.number(1)
    let start = try arguments.date(2)
    let interval = try arguments.text(0)
    let result: Timestamp?
    switch interval.lowercased() {
    case "yyyy": result = months(start, count, 12)
    case "q": result = months(start, count, 3)
    case "m": result = months(start, count, 1)
    case "y", "d", "w": result = seconds(start, count, 86_400)
    case "ww": result = seconds(start, count, 7 * 86_400)
    case "h": result = seconds(start, count, 3600)
    case "n": result = seconds(start, count, 60)
    case "s": result = seconds(start, count, 1)
    default:
      throw arguments.outOfRange(0, "intervals are yyyy, q, m, y, d, w, ww, h, n and s")
    }
    guard let result, result.isInRange else {
      throw arguments.outOfRange(1, "this leads beyond all dates")
    }
    return result
  }

  /// So many times `unit` seconds later.
  private static func seconds(_ start: Timestamp, _ count: Int64, _ unit: Int64) -> Timestamp? {
    let product = count.multipliedReportingOverflow(by: unit * 1000)
    let sum = start.milliseconds.addingReportingOverflow(product.partialValue)
    return product.overflow || sum.overflow ? nil : Timestamp(milliseconds: sum.partialValue)
  }

  /// So many times `unit` months later, on the same day or the last one of a shorter month.
  private static func months(_ start: Timestamp, _ count: Int64, _ unit: Int) -> Timestamp? {
    guard count.magnitude <= 200_000 else { return nil }
    var time = CivilTime(start)
    let total = time.year * 12 + time.month - 1 + Int(count) * unit
    guard total >= 12 else { return nil }
    time.year = total / 12
    time.month = total % 12 + 1
    time.day = min(time.day, CivilTime.days(inMonth: time.month, of: time.year))
    return time.timestamp
  }
}
