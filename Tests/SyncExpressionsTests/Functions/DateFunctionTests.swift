import Directory
import SyncExpressions
import Testing

@Suite("Functions of dates")
struct DateFunctionTests {
  /// What a date is, written out.
  private func shown(_ text: String, _ format: String = "yyyy-MM-dd HH:mm:ss") throws -> String {
    try #require(try value("FormatDateTime(\(text),\"\(format)\")")).text
  }

  @Test(
    "CDate reads the usual forms",
    arguments: [
      ("2013-01-10 4:00 PM -8", "2013-01-11 00:00:00"), ("12/25/2007", "2007-12-25 00:00:00"),
      ("2012-01-01 23:00:00", "2012-01-01 23:00:00"), ("2001-01-01", "2001-01-01 00:00:00"),
      ("2024-02-29T12:30:15Z", "2024-02-29 12:30:15"),
      ("2024-02-29T12:30:15.123+01:00", "2024-02-29 11:30:15"),
      ("20140905081453.0Z", "2014-09-05 08:14:53"), ("25 Dec 2007", "2007-12-25 00:00:00"),
      ("December 25, 2007 3:04 am", "2007-12-25 03:04:00"), ("12/25/07", "2007-12-25 00:00:00"),
      ("1/2/50", "1950-01-02 00:00:00"), ("Wed, 22 Nov 2006 10:00:00 GMT", "2006-11-22 10:00:00"),
      ("2013/01/10 12:00 AM", "2013-01-10 00:00:00"),
      ("2013-01-10 12:15 PM", "2013-01-10 12:15:00"),
      ("2013-01-10 4 PM", "2013-01-10 16:00:00"), ("25-Dec-2007", "2007-12-25 00:00:00"),
      ("2013-01-10 00:30:00 +0530", "2013-01-09 19:00:00"), (" 2013-01-10 ", "2013-01-10 00:00:00"),
    ])
  func reads(text: String, expected: String) throws {
    #expect(try shown("CDate(\"\(text)\")") == expected)
    #expect(try value("IsDate(\"\(text)\")") == true)
  }

  @Test(
    "CDate refuses what is no date",
    arguments: [
      "", "abc", "2013-02-29", "13/01/2007", "2013-01-10 25:00", "2013-01-10 4",
      "2013-01-10 13:00 PM",
      "2013-01-10 4:00 PM mars", "2013", "2013-01", "0000-01-01", "10000-01-01", "2013-01-10 4:61",
      "99999999999999999999-01-01", "2013-01-10 4:00 +99", "ä2013-01-10", "12/25/2007/1",
      "0001-01-01 00:00 +1",
    ])
  func refuses(text: String) throws {
    let input: [AttributeName: [AttributeValue]] = ["d": [.string(text)]]
    #expect(try failure("CDate([d])", input).kind == .type)
    #expect(try value("IsDate([d])", input) == false)
  }

  @Test("DateFromNum and NumFromDate read FILETIME")
  func fileTime() throws {
    #expect(try shown("DateFromNum(129699324000000000)") == "2012-01-01 23:00:00")
    #expect(try value(#"NumFromDate(CDate("2012-01-01 23:00:00"))"#) == 129_699_324_000_000_000)
    #expect(try shown("DateFromNum(0)") == "1601-01-01 00:00:00")
    #expect(try value(#"NumFromDate(CDate("1601-01-01"))"#) == 0)
    #expect(
      try shown("DateFromNum([n])".replacingN("\"129699324000000000\"")) == "2012-01-01 23:00:00")
    #expect(try evaluate("DateFromNum([absent])") == .null)
  }

  @Test(
    "Numbers that are no date, and dates that are no number, are out of range",
    arguments: [
      "DateFromNum(9223372036854775807)", "DateFromNum(-1)", "DateFromNum(3000000000000000000)",
      #"NumFromDate(CDate("1600-12-31"))"#,
    ])
  func noFileTime(text: String) throws {
    #expect(try failure(text).kind == .range)
  }

  @Test(
    "FormatDateTime knows the letters of custom formats",
    arguments: [
      ("yyyy-MM-dd", "2007-03-05"), ("yyyyMMddHHmmss.0Z", "20070305140709.0Z"),
      ("d/M/yy h:m:s t", "5/3/07 2:7:9 P"), ("ddd dddd MMM MMMM", "Mon Monday Mar March"),
      ("hh:mm tt", "02:07 PM"), ("yyy y yyyyy", "2007 7 02007"), ("ss.fff", "09.120"),
      ("ss.FFF", "09.12"), ("ss.f", "09.1"), ("fffffff", "1200000"),
      ("zzz z zz K", "+00:00 +0 +00 Z"),
      ("'day' d \\d", "day 5 d"), ("%d", "5"), ("gg", "A.D."), ("HH\\hmm", "14h07"),
      ("s", "2007-03-05T14:07:09"), ("d", "03/05/2007"), ("u", "2007-03-05 14:07:09Z"),
      ("R", "Mon, 05 Mar 2007 14:07:09 GMT"), ("o", "2007-03-05T14:07:09.1200000Z"),
      ("G", "03/05/2007 14:07:09"), ("", "03/05/2007 14:07:09"), ("äöü-", "äöü-"),
    ])
  func formats(format: String, expected: String) throws {
    let date = #"CDate("2007-03-05 14:07:09.12")"#
    let quoted = format.split(separator: "\\", omittingEmptySubsequences: false)
      .joined(separator: "\\\\")
    #expect(try shown(date, quoted) == expected)
  }

  @Test("A format that is none says so", arguments: ["'open", "x", "yyyy\\"])
  func badFormat(format: String) throws {
    let input: [AttributeName: [AttributeValue]] = ["f": [.string(format)]]
    #expect(try failure("FormatDateTime(Now(),[f])", input).kind == .range)
  }

  @Test("FormatDateTime wants a date, not text that looks like one")
  func wantsDate() throws {
    let error = try failure(#"FormatDateTime("2007-01-01","yyyy")"#)
    #expect(error.kind == .type)
    #expect(error.hint.contains("CDate"))
    #expect(try evaluate(#"FormatDateTime([absent],"yyyy")"#) == .null)
  }

  @Test(
    "DateAdd adds each interval",
    arguments: [
      ("m", 3, "2001-04-01 00:00:00"), ("yyyy", -1, "2000-01-01 00:00:00"),
      ("q", 1, "2001-04-01 00:00:00"), ("d", 31, "2001-02-01 00:00:00"),
      ("y", 1, "2001-01-02 00:00:00"), ("w", -1, "2000-12-31 00:00:00"),
      ("ww", 2, "2001-01-15 00:00:00"), ("h", 25, "2001-01-02 01:00:00"),
      ("n", -1, "2000-12-31 23:59:00"), ("s", 61, "2001-01-01 00:01:01"),
    ])
  func adds(interval: String, count: Int, expected: String) throws {
    #expect(try shown("DateAdd(\"\(interval)\", \(count), CDate(\"2001-01-01\"))") == expected)
  }

  @Test("Months that are shorter end on their last day")
  func monthEnds() throws {
    #expect(try shown(#"DateAdd("m", 1, CDate("2024-01-31"))"#) == "2024-02-29 00:00:00")
    #expect(try shown(#"DateAdd("yyyy", 1, CDate("2024-02-29"))"#) == "2025-02-28 00:00:00")
    #expect(try shown(#"DateAdd("m", -1, CDate("2024-01-15"))"#) == "2023-12-15 00:00:00")
  }

  @Test(
    "DateAdd refuses unknown intervals and dates beyond the calendar",
    arguments: [
      #"DateAdd("x", 1, Now())"#, #"DateAdd("yyyy", 9000, Now())"#,
      #"DateAdd("d", -3000000, Now())"#,
      #"DateAdd("s", 9223372036854775807, Now())"#, #"DateAdd("m", -9223372036854775808, Now())"#,
    ])
  func badAdd(text: String) throws {
    #expect(try failure(text).kind == .range)
  }

  @Test("Now is the moment of the evaluation, and dates compare")
  func now() throws {
    #expect(try shown("Now()") == "2026-01-01 00:00:00")
    #expect(try value(#"Now() > CDate("2025-12-31")"#) == true)
    #expect(try value(#"Now() = CDate("2026-01-01")"#) == true)
    #expect(try Expression("Now()").isVolatile)
    #expect(try failure("Now() > 5").kind == .type)
  }

  @Test("A date alone flows nowhere")
  func flows() throws {
    let error = try failure("Now()")
    #expect(error.kind == .type)
    #expect(error.hint.contains("FormatDateTime"))
  }
}

extension String {
  fileprivate func replacingN(_ text: String) -> String {
    split(separator: "[n]", omittingEmptySubsequences: false).joined(separator: text)
  }
}
