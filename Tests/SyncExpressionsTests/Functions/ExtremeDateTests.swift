import Directory
import SyncExpressions
import Testing

@Suite("Dates at the ends of the calendar and on its odd days")
struct ExtremeDateTests {
  /// What a date is, written out.
  private func shown(_ text: String, _ format: String = "yyyy-MM-dd HH:mm:ss") throws -> String {
    try #require(try value("FormatDateTime(\(text),\"\(format)\")"), "\(text)").text
  }

  @Test(
    "Numbers of Active Directory are dates from 1601 to 9999",
    arguments: [
      (0, "1601-01-01 00:00:00"), (1, "1601-01-01 00:00:00"), (9_999_999, "1601-01-01 00:00:00"),
      (10_000_000, "1601-01-01 00:00:01"), (116_444_736_000_000_000, "1970-01-01 00:00:00"),
      (125_911_584_000_000_000, "2000-01-01 00:00:00"),
      (137_919_572_470_000_000, "2038-01-19 03:14:07"),
      (2_650_467_743_999_999_999, "9999-12-31 23:59:59"),
    ] as [(Int64, String)])
  func fileTimes(number: Int64, expected: String) throws {
    #expect(try shown("DateFromNum(\(number))") == expected)
    #expect(try shown("DateFromNum([n])".replacing("[n]", with: "\"\(number)\"")) == expected)
  }

  @Test(
    "What Active Directory writes for never is no date, and says so",
    arguments: [
      2_650_467_744_000_000_000, Int64.max, Int64.max - 1, -1, Int64.min,
    ])
  func never(number: Int64) throws {
    let error = try failure("DateFromNum([n])", ["n": [.integer(number)]])
    #expect(error.kind == .range)
    #expect(error.message.contains(String(number)))
    #expect(error.hint.contains("never"))
  }

  @Test("Every day is as many numbers after 1601 as the calendar says, through four centuries")
  func calendar() throws {
    let format = try Expression(#"FormatDateTime(DateFromNum([n]),"yyyy-MM-dd dddd")"#)
    let back = try Expression("NumFromDate(CDate([d]))")
    let week = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    var (year, month, day) = (1601, 1, 1)
    for number in 0..<146_097 {
      // Every eleventh day, and all days around the ends of February.
      if number % 11 == 0 || month == 2 && day > 27 || month == 3 && day == 1 {
        let ticks = Int64(number) * 864_000_000_000
        let date = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
        let text = try format.evaluate(TestInput(["n": [.integer(ticks)]]))
        // The first of January 1601 was a Monday.
        guard text == .values([.string("\(date) \(week[number % 7])")]) else {
          Issue.record("day \(number) is \(date) and not \(text)")
          return
        }
        #expect(try back.evaluate(TestInput(["d": [.string(date)]])) == .values([.integer(ticks)]))
      }
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
      day += 1
      if day > days[month - 1] { (month, day) = (month + 1, 1) }
      if month > 12 { (year, month) = (year + 1, 1) }
    }
    #expect((year, month, day) == (2001, 1, 1))
  }

  @Test(
    "Leap days are those of Gregory",
    arguments: [
      ("2000-02-29", true), ("1900-02-29", false), ("2100-02-29", false), ("2400-02-29", true),
      ("2024-02-29", true), ("2023-02-29", false), ("2024-02-30", false), ("0004-02-29", true),
      ("9996-02-29", true), ("2024-04-31", false), ("2024-00-10", false), ("2024-10-00", false),
      ("2024-13-01", false), ("2024-1-1", true), ("1582-10-10", true),
    ])
  func leapDays(text: String, isDate: Bool) throws {
    #expect(try value("IsDate(\"\(text)\")") == .boolean(isDate))
    if !isDate { #expect(try failure("CDate(\"\(text)\")").kind == .type) }
  }

  @Test(
    "Months and years end on the last day of a month that is shorter, as in VBA",
    arguments: [
      ("m", 1, "1995-01-31", "1995-02-28"), ("m", 1, "1996-01-31", "1996-02-29"),
      ("m", -1, "2024-03-31", "2024-02-29"), ("m", 13, "2023-01-31", "2024-02-29"),
      ("q", 1, "2023-11-30", "2024-02-29"), ("q", -1, "2023-05-31", "2023-02-28"),
      ("yyyy", 4, "2096-02-29", "2100-02-28"), ("yyyy", -1, "2000-02-29", "1999-02-28"),
      ("m", 0, "2024-02-29", "2024-02-29"), ("m", 12, "2024-12-31", "2025-12-31"),
      ("m", -12, "2024-01-01", "2023-01-01"), ("m", -1, "2024-01-01", "2023-12-01"),
      ("yyyy", 9998, "0001-01-01", "9999-01-01"), ("yyyy", -9998, "9999-12-31", "0001-12-31"),
      ("M", 1, "2024-05-31", "2024-06-30"), ("YYYY", 1, "2024-05-31", "2025-05-31"),
      ("d", 3_652_058, "0001-01-01", "9999-12-31"), ("d", -3_652_058, "9999-12-31", "0001-01-01"),
    ])
  func monthEnds(interval: String, count: Int, from: String, expected: String) throws {
    #expect(
      try shown("DateAdd(\"\(interval)\",\(count),CDate(\"\(from)\"))", "yyyy-MM-dd") == expected)
  }

  @Test(
    "One step beyond the calendar is out of range",
    arguments: [
      ("d", 1, "9999-12-31"), ("s", 86_400, "9999-12-31"), ("m", 1, "9999-12-01"),
      ("q", 1, "9999-10-01"),
      ("yyyy", 1, "9999-01-01"), ("ww", 1, "9999-12-31"), ("d", -1, "0001-01-01"),
      ("n", -1, "0001-01-01"), ("m", -1, "0001-01-31"), ("yyyy", -1, "0001-12-31"),
    ])
  func beyond(interval: String, count: Int, from: String) throws {
    let error = try failure("DateAdd(\"\(interval)\",\(count),CDate(\"\(from)\"))")
    #expect(error.kind == .range)
    #expect(error.message.contains("beyond all dates"))
  }

  @Test(
    "Days, weeks and times that are added and taken away leave the date as it was",
    arguments: ["d", "y", "w", "ww", "h", "n", "s"])
  func thereAndBack(interval: String) throws {
    for from in ["1601-01-01 00:00:00", "2024-02-29 23:59:59", "1999-12-31 12:30:15"] {
      for count in [1, 7, 59, 60, 61, 1000, 99_999] {
        let there = "DateAdd(\"\(interval)\",\(count),CDate(\"\(from)\"))"
        #expect(try shown("DateAdd(\"\(interval)\",-\(count),\(there))") == from)
        #expect(try value("\(there) > CDate(\"\(from)\")") == true)
      }
    }
  }

  @Test(
    "Units are so many of the smaller ones",
    arguments: [
      ("ww", 3, "d", 21), ("d", 2, "h", 48), ("h", 3, "n", 180), ("n", 5, "s", 300),
      ("yyyy", 2, "m", 24), ("q", 5, "m", 15), ("yyyy", 1, "q", 4), ("y", 9, "d", 9),
      ("w", 9, "d", 9),
    ])
  func units(large: String, count: Int, small: String, many: Int) throws {
    for sign in ["", "-"] {
      #expect(
        try value(
          "DateAdd(\"\(large)\",\(sign)\(count),Now()) = DateAdd(\"\(small)\",\(sign)\(many),Now())"
        )
          == true)
    }
  }

  @Test(
    "Noon and midnight are at the right end of AM and PM",
    arguments: [
      ("12:00 AM", "00:00:00", "12:00 AM"), ("12:00 PM", "12:00:00", "12:00 PM"),
      ("12:59 am", "00:59:00", "12:59 AM"), ("11:59:59 pm", "23:59:59", "11:59 PM"),
      ("1:00 P", "13:00:00", "01:00 PM"), ("12 am", "00:00:00", "12:00 AM"),
      ("00:00", "00:00:00", "12:00 AM"),
      ("23:59", "23:59:00", "11:59 PM"), ("7:05", "07:05:00", "07:05 AM"),
    ])
  func halves(time: String, clock: String, half: String) throws {
    let date = "CDate(\"2024-05-06 \(time)\")"
    #expect(try shown(date, "HH:mm:ss") == clock)
    #expect(try shown(date, "hh:mm tt") == half)
  }

  @Test(
    "Zones move a time to UTC, over the ends of days, months and years",
    arguments: [
      ("2023-12-31 23:00 -2", "2024-01-01 01:00:00"),
      ("2024-01-01 01:00 +02:00", "2023-12-31 23:00:00"),
      ("2024-02-28 20:00 -0530", "2024-02-29 01:30:00"),
      ("2024-01-01T00:00:00+14:00", "2023-12-31 10:00:00"),
      ("2024-01-01 12:00 -14:00", "2024-01-02 02:00:00"),
      ("2024-01-01T12:00:00z", "2024-01-01 12:00:00"),
      ("2024-01-01 12:00 GMT", "2024-01-01 12:00:00"),
      ("2024-01-01 12:00 utc", "2024-01-01 12:00:00"),
      ("2024-01-01 4:00 PM +1", "2024-01-01 15:00:00"),
      ("2024-01-01 12:00+00:00", "2024-01-01 12:00:00"),
      ("20240229235959.5Z", "2024-02-29 23:59:59"), ("2024022923Z", "2024-02-29 23:00:00"),
    ])
  func zones(text: String, expected: String) throws {
    #expect(try shown("CDate(\"\(text)\")") == expected)
  }

  @Test(
    "No date is guessed from what is none",
    arguments: [
      "2024-01-01 12:00 EST", "2024-01-01 12:00 +15", "2024-01-01 12:00 +01:60",
      "2024-01-01 12:00 +",
      "2024-01-01 24:00", "2024-01-01 12:60", "2024-01-01 12:00:60", "2024-01-01 0:30 AM",
      "2024-01-01 13:00 AM", "2024-01-01 12:00:00.", "2024-01-01 12:", "2024-01-01 T",
      "2024-01-01 12 Z",
      "01/01", "1/1/2024/1", "2024-01/01", "25 Dez 2007", "Smarch 1, 2007", "31 Dec", "Mon", "now",
      "today",
      "２０２４-01-01", "2024-01-01\u{0}", "2024–01–01", "-2024-01-01", "+2024-01-01", "2024-W01-1",
      "2024-001",
      "1e3-01-01", "0-0-0", "00/00/0000", "20240229", "20230229000000Z", "20240101246060Z",
      "Wed, 99 Nov 2006 10:00:00 GMT", "2024-01-01 12:00:00.1234567890",
    ])
  func noDates(text: String) throws {
    let input: [AttributeName: [AttributeValue]] = ["d": [.string(text)]]
    #expect(try value("IsDate([d])", input) == false)
    #expect(try failure("CDate([d])", input).kind == .type)
  }

  @Test("A leap second in a directory's own form is the next one of a clock without it")
  func leapSecond() throws {
    #expect(try shown(#"CDate("20161231235960Z")"#) == "2017-01-01 00:00:00")
  }

  @Test(
    "Fractions of seconds are kept to the millisecond",
    arguments: [
      (".5", "500"), (".05", "050"), (".123", "123"), (".1239", "123"), (".123456789", "123"),
      (".000", "000"),
    ])
  func fractions(fraction: String, expected: String) throws {
    #expect(try shown("CDate(\"2024-01-01 12:00:00\(fraction)\")", "fff") == expected)
    #expect(try shown("CDate(\"2024-01-01 12:00:00\(fraction) PM\")", "HH.fff") == "12.\(expected)")
  }

  @Test(
    "Early years have four digits, and two digits where two are asked for",
    arguments: [
      ("0001-01-01", "yyyy-MM-dd", "0001-01-01"), ("0001-01-01", "yy", "01"),
      ("0099-01-01", "yyyy", "0099"),
      ("2000-01-01", "yy", "00"), ("2000-01-01", "%y", "0"), ("2009-01-01", "%y", "9"),
      ("0800-01-01", "yyy", "800"),
      ("9999-12-31", "yyyyyy", "009999"), ("1601-01-01", "dddd", "Monday"),
      ("2000-02-29", "ddd", "Tue"),
      ("9999-12-31", "dddd", "Friday"), ("0001-01-01", "dddd", "Monday"),
      ("1969-07-20", "D", "Sunday, 20 July 1969"),
      ("2024-05-06", "MMMM d, yyyy", "May 6, 2024"), ("2024-05-06", "'Tag' d", "Tag 6"),
      ("2024-05-06", "d. MMM", "6. May"), ("2024-05-06", "dd/MM", "06/05"),
      ("2024-05-06", "日d", "日6"),
    ])
  func formats(date: String, format: String, expected: String) throws {
    #expect(try shown("CDate(\"\(date)\")", format) == expected)
  }

  @Test(
    "A percent sign lets one letter stand alone, and what .NET refuses is no format",
    arguments: [
      ("%d", "5"), ("%dd", "55"), ("%d%d", "55"), ("yyyy%M", "20247"), ("%h%m", "12"), ("%-", "-"),
      ("fffffff", "1230000"), ("%", nil), ("yyyy%", nil), ("%%d", nil), ("%'d'", nil),
      ("ffffffff", nil), ("ss.FFFFFFFF", nil), ("'a", nil), ("a\"b", nil), ("d\\", nil), ("q", nil),
    ])
  func percents(format: String, expected: String?) throws {
    let text = "FormatDateTime(CDate(\"2024-07-05 01:02:03.123\"),[f])"
    let input: [AttributeName: [AttributeValue]] = ["f": [.string(format)]]
    if let expected {
      #expect(try value(text, input) == .string(expected))
    } else {
      #expect(try failure(text, input).kind == .range)
    }
  }

  @Test("Dates have an order, and the same moment in two zones is one")
  func order() throws {
    #expect(try value(#"CDate("2024-01-01 12:00 +1") = CDate("2024-01-01 11:00")"#) == true)
    #expect(try value(#"CDate("1600-12-31") < DateFromNum(0)"#) == true)
    #expect(try value(#"CDate("9999-12-31") >= CDate("0001-01-01")"#) == true)
    #expect(try value(#"CDate(NULL) < Now()"#) == false)
    #expect(try failure(#"Now() > "2024-01-01""#).kind == .type)
    #expect(try failure(#"Now() + 1"#).kind == .type)
  }

  @Test("A date of an attribute that has none is none, wherever it goes")
  func absent() throws {
    for text in [
      "CDate([a])", "DateFromNum([a])", "NumFromDate(CDate([a]))",
      "FormatDateTime(CDate([a]),\"yyyy\")",
      "DateAdd(\"d\",1,CDate([a]))", "DateAdd(\"d\",[a],Now())", "FormatDateTime(Now(),[a])",
      "CStr(NumFromDate(DateFromNum([a])))",
    ] {
      #expect(try value("IsNull(\(text))") == true, "\(text)")
    }
  }
}
