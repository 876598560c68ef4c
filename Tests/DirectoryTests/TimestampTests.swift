import Directory
import Testing

@Suite("Timestamps")
struct TimestampTests {
  @Test(
    "A moment is printed and read in RFC 3339",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (1_795_463_262_345, "2026-11-23T19:47:42.345Z"),
      (-1, "1969-12-31T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
      (-11_644_473_600_000, "1601-01-01T00:00:00.000Z"),
      (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ] as [(Int64, String)])
  func printed(_ milliseconds: Int64, _ text: String) {
    #expect(Timestamp(milliseconds: milliseconds).description == text)
    #expect(Timestamp(text)?.milliseconds == milliseconds)
  }

  @Test("Between any two moments there is a time")
  func between() {
    let (first, last) = (Timestamp(milliseconds: .min), Timestamp(milliseconds: .max))
    #expect(last.seconds(since: first) > 1.8e16 && first.seconds(since: last) < -1.8e16)
    #expect(Timestamp(milliseconds: 1500).seconds(since: Timestamp(milliseconds: -500)) == 2)
  }

  @Test(
    "Other spellings of a moment are read",
    arguments: [
      ("2026-11-22T20:01:02Z", "2026-11-22T20:01:02.000Z"),
      ("2026-11-22t20:01:02.5z", "2026-11-22T20:01:02.500Z"),
      ("2026-11-22T20:01:02.123456789Z", "2026-11-22T20:01:02.123Z"),
      ("2026-11-22T20:01:02+01:30", "2026-11-22T18:31:02.000Z"),
      ("2026-11-22T20:01:02.250-05:00", "2026-11-23T01:01:02.250Z"),
    ])
  func spellings(_ text: String, _ same: String) {
    #expect(Timestamp(text)?.description == same)
  }

  @Test(
    "What is no moment is refused",
    arguments: [
      "", "2026-11-22", "2026-02-30T00:00:00Z", "2025-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
      "2026-11-22T24:00:00Z", "2026-11-22T20:01:02", "2026-11-22T20:01:02.Z",
      "2026-11-22T20:01:02+99:00", "2026-11-22T20:01:02+01x00", "2026-11-22T20:01:02Zjunk",
      "2026-11-22T20:01:02+01:0", "2026-00-10T00:00:00Z", "2O26-11-22T20:01:02Z",
    ])
  func refused(_ text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test("Every day of four centuries is read as it is printed")
  func days() {
    for day in stride(from: Int64(-70_000), to: 76_097, by: 1) {
      let moment = Timestamp(milliseconds: day * 86_400_000 + 43_200_001)
      guard Timestamp(moment.description) == moment else {
        Issue.record("\(moment)")
        return
      }
    }
  }

  @Test("Seconds are added and counted")
  func arithmetic() {
    let start = Timestamp(milliseconds: 1000)
    #expect(start.adding(seconds: 1.5).milliseconds == 2500)
    #expect(start.adding(seconds: 1.5).seconds(since: start) == 1.5)
    #expect(start < start.adding(seconds: 0.001))
  }

  @Test("The system's clock is past the time of writing")
  func now() {
    #expect(Timestamp.now > Timestamp(milliseconds: 1_700_000_000_000))
  }

  @Test(
    "FILETIME counts from 1601",
    arguments: [
      (116_444_736_000_000_000, "1970-01-01T00:00:00.000Z"),
      (132_539_328_000_000_000, "2021-01-01T00:00:00.000Z"),
      (10_000, "1601-01-01T00:00:00.001Z"),
    ] as [(Int64, String)])
  func fileTime(_ fileTime: Int64, _ text: String) {
    #expect(Timestamp(fileTime: fileTime)?.description == text)
    #expect(Timestamp(text)?.fileTime == fileTime)
  }

  @Test("FILETIMEs that mean never are no moments", arguments: [0, -1, Int64.max, Int64.min])
  func never(_ fileTime: Int64) {
    #expect(Timestamp(fileTime: fileTime) == nil)
  }

  @Test("A moment that FILETIME can't hold has none")
  func beyondFileTime() {
    #expect(Timestamp(milliseconds: Int64.max).fileTime == nil)
    #expect(Timestamp(milliseconds: Int64.min).fileTime == nil)
  }

  @Test("GeneralizedTime is read with and without its finer parts")
  func generalized() {
    let expected = Timestamp("2026-11-22T20:11:02Z")
    #expect(Timestamp(generalizedTime: "20261122201102.0Z") == expected)
    #expect(Timestamp(generalizedTime: "20261122201102Z") == expected)
    #expect(Timestamp(generalizedTime: "202611222011Z") == expected?.adding(seconds: -2))
    #expect(Timestamp(generalizedTime: "2026112220Z") == Timestamp("2026-11-22T20:00:00Z"))
    for wrong in ["", "Z", "20261122201102", "20261322201102Z", "20261122201102.Z", "2026112Z"] {
      #expect(Timestamp(generalizedTime: wrong) == nil, "\(wrong)")
    }
  }
}
