import TestSupport
import Testing

@testable import Directory

@Suite("Moments at the ends of what directories can tell")
struct ExtremeTimeTests {
  @Test(
    "FILETIME reaches from 1601 to the year 30,828 ([MS-DTYP] §2.3.3)",
    arguments: [
      (1, "1601-01-01T00:00:00.000Z"), (9_999, "1601-01-01T00:00:00.000Z"),
      (10_000, "1601-01-01T00:00:00.001Z"),
      (94_354_848_000_000_000, "1900-01-01T00:00:00.000Z"),
      (116_444_735_999_990_000, "1969-12-31T23:59:59.999Z"),
      (129_699_324_000_000_000, "2012-01-01T23:00:00.000Z"),
      (133_852_608_000_000_000, "2025-03-01T00:00:00.000Z"),
      (2_650_467_743_999_999_999, "9999-12-31T23:59:59.999Z"),
      (9_223_372_036_854_775_806, "30828-09-14T02:48:05.477Z"),
    ] as [(Int64, String)])
  func fileTimes(fileTime: Int64, text: String) throws {
    let moment = try #require(Timestamp(fileTime: fileTime))
    #expect(moment.description == text)
    // What is finer than a millisecond is cut off, never rounded up.
    #expect(moment.fileTime == fileTime / 10_000 * 10_000)
  }

  @Test("A moment before 1601 or beyond the last FILETIME has none, and the nearest ones have")
  func bounds() throws {
    let first = try #require(Timestamp("1601-01-01T00:00:00Z"))
    #expect(first.fileTime == 0)
    #expect(Timestamp(milliseconds: first.milliseconds - 1).fileTime == nil)
    let last = try #require(Timestamp(fileTime: .max - 1))
    #expect(last.fileTime != nil)
    #expect(Timestamp(milliseconds: last.milliseconds + 1).fileTime == nil)
    for milliseconds in [Int64.max - 11_644_473_600_000, .max, .min, .min + 1] {
      #expect(Timestamp(milliseconds: milliseconds).fileTime == nil)
    }
  }

  @Test(
    "GeneralizedTime in UTC is read in all forms of RFC 4517 §3.3.13",
    arguments: [
      ("199412161032Z", "1994-12-16T10:32:00.000Z"), ("1994121610Z", "1994-12-16T10:00:00.000Z"),
      ("19941216103259Z", "1994-12-16T10:32:59.000Z"),
      ("19941216103259.5Z", "1994-12-16T10:32:59.500Z"),
      ("19941216103259,25Z", "1994-12-16T10:32:59.250Z"),
      ("19941216103259.0Z", "1994-12-16T10:32:59.000Z"),
      ("19941216103259.123456789Z", "1994-12-16T10:32:59.123Z"),
      ("16010101000000.0Z", "1601-01-01T00:00:00.000Z"),
      ("99991231235959.999Z", "9999-12-31T23:59:59.999Z"),
      ("20000229000000Z", "2000-02-29T00:00:00.000Z"),
      // A leap second is the first second of the next minute.
      ("20161231235960Z", "2017-01-01T00:00:00.000Z"),
      ("19720630235960.5Z", "1972-07-01T00:00:00.500Z"),
    ])
  func generalized(text: String, expected: String) {
    #expect(Timestamp(generalizedTime: text)?.description == expected)
  }

  @Test(
    "A GeneralizedTime that is damaged, or of another zone than UTC, is none",
    arguments: [
      "199412160532-0500", "19941216103259", "19941216Z", "199412161Z", "1994121610325Z",
      "19941216103261Z",
      "19941216106059Z", "19941216240000Z", "19941316103259Z", "19940016103259Z", "19941200103259Z",
      "19940229103259Z",
      "19000229000000Z", "19941216103259.Z", "19941216103259.5.5Z", "19941216103259.-5Z",
      "19941216103259.5 Z",
      "+9941216103259Z", "-9941216103259Z", " 19941216103259Z", "19941216103259Z ",
      "19941216103259ZZ", "19941216103259z",
      "1994121610３259Z", "1994-12-16T10Z", "\u{0}9941216103259Z", "19941216103259.１Z",
      "19941216103259.5\u{301}Z",
    ])
  func noGeneralized(text: String) { #expect(Timestamp(generalizedTime: text) == nil) }

  @Test(
    "RFC 3339 is read with every zone, and with a leap second (§5.8)",
    arguments: [
      ("1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.520Z"),
      ("1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57.000Z"),
      ("1990-12-31T23:59:60Z", "1991-01-01T00:00:00.000Z"),
      ("1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00.000Z"),
      ("1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.870Z"),
      ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
      ("0001-01-01T00:00:00+23:59", "0000-12-31T00:01:00.000Z"),
      ("9999-12-31T23:59:59-23:59", "10000-01-01T23:58:59.000Z"),
      ("2000-02-29T00:00:00-00:00", "2000-02-29T00:00:00.000Z"),
      ("2026-01-01t00:00:00z", "2026-01-01T00:00:00.000Z"),
      ("2026-01-01T00:00:00.00000000000000000000001Z", "2026-01-01T00:00:00.000Z"),
      ("2026-01-01T00:00:00.9999999999999999999999Z", "2026-01-01T00:00:00.999Z"),
    ])
  func rfc3339(text: String, expected: String) {
    #expect(Timestamp(text)?.description == expected)
  }

  @Test(
    "What is not quite RFC 3339 is no moment",
    arguments: [
      "2026-01-01 00:00:00Z", "2026-1-01T00:00:00Z", "26-01-01T00:00:00Z", "2026-01-01T00:00Z",
      "2026-01-01T0:00:00Z",
      "2026-01-01T00:00:00,5Z", "2026-01-01T00:00:00.5", "2026-01-01T00:00:00+0100",
      "2026-01-01T00:00:00+01",
      "2026-01-01T00:00:00+01:60", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:61Z",
      "2026-01-01T00:60:00Z",
      "2026-01-01T00:00:00Z ", " 2026-01-01T00:00:00Z", "-026-01-01T00:00:00Z",
      "+2026-01-01T00:00:00Z", "2026-01-01T00:00:00ZZ",
      "2026-01-01T00:00:00Z+01:00", "12026-01-01T00:00:00Z", "2026-01-32T00:00:00Z",
      "2026-06-31T00:00:00Z", "2026-01-01T-1:00:00Z",
      "2026-01-01T00:00:0\u{301}Z", "２026-01-01T00:00:00Z", "2026–01–01T00:00:00Z",
      "2026-01-01T00:00:00.5+1:00", "2026-01-01T00:00:00.+01:00",
    ])
  func noRFC3339(text: String) { #expect(Timestamp(text) == nil) }

  @Test(
    "Adding more seconds than there are leads to the last or first moment, and never ends the program",
    arguments: [1e16, 1e19, 1e300, .infinity, Double(Int64.max)])
  func farAway(seconds: Double) {
    for start in [
      Timestamp(milliseconds: 0), Timestamp(milliseconds: .max), Timestamp(milliseconds: .min),
    ] {
      #expect(start.adding(seconds: seconds) >= start)
      #expect(start.adding(seconds: -seconds) <= start)
    }
    #expect(Timestamp(milliseconds: 5).adding(seconds: seconds).milliseconds == .max)
    #expect(Timestamp(milliseconds: -5).adding(seconds: -seconds).milliseconds == .min)
    #expect(Timestamp(milliseconds: 7).adding(seconds: .nan).milliseconds == 7)
  }

  @Test("The first and the last moment have a text, and texts have the order of the moments")
  func texts() throws {
    for milliseconds in [Int64.min, .min + 1, -62_167_219_200_001, -1, .max - 1, .max] {
      #expect(Timestamp(milliseconds: milliseconds).description.hasSuffix("Z"))
    }
    var random = SeededRandom(seed: 3)
    for _ in 0..<1000 {
      let range = Int64(-62_135_596_800_000)...253_402_300_799_999
      let a = Timestamp(milliseconds: .random(in: range, using: &random))
      let b = Timestamp(milliseconds: .random(in: range, using: &random))
      #expect((a < b) == (a.description < b.description))
      #expect(Timestamp(a.description) == a)
    }
  }
}
