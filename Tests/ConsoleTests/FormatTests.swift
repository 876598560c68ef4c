import Directory
import Testing

@testable import Console

@Suite("Figures and times")
struct FormatTests {
  @Test(
    "numbers have their thousands apart",
    arguments: [
      (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1234, "-1,234"),
    ])
  func counts(_ number: Int, _ text: String) { #expect(Format.count(number) == text) }

  @Test(
    "a number is never cut: it loses its commas, then its last digits with a unit that says so",
    arguments: [
      (1234, 6, "1,234"), (1_234_567, 7, "1234567"), (1_234_567, 6, "1234k"), (1_234_567, 4, "1M"),
      (98_765_432, 3, "98M"),
    ])
  func narrow(_ number: Int, _ width: Int, _ text: String) {
    #expect(Format.count(number, width: width) == text)
  }

  @Test("a noun is in the singular for one thing only")
  func nouns() {
    #expect(Format.count(1, "user") == "1 user")
    #expect(Format.count(0, "user") == "0 users")
    #expect(Format.count(2, "entry", "entries") == "2 entries")
  }

  @Test(
    "durations",
    arguments: [
      (0.04, "0.0 s"), (4.25, "4.3 s"), (9.94, "9.9 s"), (9.96, "10 s"), (61, "1:01"),
      (3723, "1:02:03"), (-1, "0.0 s"),
    ])
  func durations(_ seconds: Double, _ text: String) {
    #expect(Format.duration(seconds) == text)
  }

  @Test("times to wait, ages and rates")
  func others() {
    #expect(Format.countdown(9670) == "02:41:10")
    #expect(Format.countdown(-5) == "00:00:00")
    #expect(Format.age(59) == "59 s")
    #expect(Format.age(3600) == "1 h")
    #expect(Format.age(200_000) == "2 d")
    #expect(Format.rate(12_345.6) == "12,346/s")
    #expect(Format.rate(0.5) == "0.5/s")
  }

  @Test("figures beyond reason don't crash")
  func extremes() {
    #expect(!Format.duration(.greatestFiniteMagnitude).isEmpty)
    #expect(!Format.countdown(.infinity).isEmpty)
    #expect(!Format.rate(.infinity).isEmpty)
    #expect(Format.count(.min) == "-9,223,372,036,854,775,808")
  }
}

@Suite("Local time")
struct LocalTimeTests {
  private static let summer = Timestamp(milliseconds: 1_780_275_600_000)
  private let berlin = LocalTime(changes: [
    .init(from: Timestamp(milliseconds: 0), offset: 3600), .init(from: summer, offset: 7200),
  ])

  @Test("clocks change at the moment that the zone says")
  func change() {
    let before = Self.summer.adding(seconds: -1)
    #expect(berlin.offset(at: before) == 3600)
    #expect(berlin.offset(at: Self.summer) == 7200)
    #expect(LocalTime.utc.dateAndTime(Self.summer) == "2026-06-01 01:00:00")
    #expect(berlin.dateAndTime(Self.summer) == "2026-06-01 03:00:00")
  }

  @Test("of a long name of a schema the end is shown, within a sentence too")
  func schemaNames() {
    let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:"
    #expect(
      AttributeWords.short("changes of \(urn)manager, \(urn)department, title", ellipsis: "…")
        == "changes of …:User:manager, …:User:department, title")
    #expect(AttributeWords.short("at 10:30:00 in urn:x", ellipsis: "…") == "at 10:30:00 in urn:x")
  }

  @Test("moments within a text are told by the person's clocks, and all else is left alone")
  func localized() {
    let clock = LocalTime(changes: [.init(from: Timestamp(milliseconds: 0), offset: 3600)])
    #expect(
      clock.localized("since 2026-11-29T23:53:03.352Z, before 2026-11-29T10:00:00Z; 2026-11-29")
        == "since 2026-11-30 00:53:03, before 2026-11-29 11:00:00; 2026-11-29")
    #expect(clock.localized("9999-99-99T99:99:99Z") == "9999-99-99T99:99:99Z")
  }

  @Test("a moment loses what matters least when room is short")
  func fitting() {
    let now = Fixture.now
    let clock = LocalTime.utc
    #expect(clock.fitting(now, width: 19, now: now) == "2026-11-22 20:00:00")
    #expect(clock.fitting(now, width: 14, now: now) == "11-22 20:00:00")
    #expect(clock.fitting(now, width: 12, now: now) == "11-22 20:00")
    #expect(clock.fitting(now, width: 8, now: now) == "20:00:00")
    #expect(clock.fitting(now.adding(seconds: -90_000), width: 8, now: now) == "11-21")
  }
}

@Suite("Values for the eye")
struct ValueTextTests {
  private func text(_ value: AttributeValue, _ name: String) -> String {
    ValueText.text(value, of: name, clock: .utc)
  }

  @Test("bytes are shown as what they are")
  func binary() {
    #expect(text(.binary(Fixture.sid), "objectSid") == "S-1-5-21-1-2-3-1105")
    let guid = (0..<16).map { UInt8($0) }
    #expect(text(.binary(guid), "objectGUID") == "03020100-0504-0706-0809-0a0b0c0d0e0f")
    #expect(text(.binary(guid), "thumbnailHash") == "000102030405060708090a0b0c0d0e0f")
    #expect(text(.binary([1, 0, 0, 0, 0, 0, 0, 5]), "flags") == "0100000000000005")
  }

  @Test("times of Windows are shown as times too, but copied as they are")
  func fileTimes() {
    let value = AttributeValue.integer(134_399_232_000_000_000)
    #expect(text(value, "pwdLastSet") == "134399232000000000 (2026-11-23 16:00:00)")
    #expect(text(value, "uSNChanged") == "134399232000000000")
    #expect(text(.integer(.max), "accountExpires") == "9223372036854775807 (never)")
    #expect(text(.integer(0), "accountExpires") == "0 (never)")
    #expect(text(.integer(0), "pwdLastSet") == "0 (to be changed at the next sign-in)")
    #expect(text(.integer(.max), "lastLogon") == "9223372036854775807")
    #expect(ValueText.copied(value, of: "pwdLastSet") == "134399232000000000")
  }
}

@Suite("Breaking text into lines")
struct WrapTests {
  @Test("at blanks where there are some, else within the word")
  func wrap() {
    #expect(Wrap.lines("one two three", width: 8) == ["one two", "three"])
    #expect(Wrap.lines("abcdefghij", width: 4) == ["abcd", "efgh", "ij"])
    #expect(Wrap.lines("a\n\nb", width: 4) == ["a", "", "b"])
    #expect(Wrap.lines("", width: 4) == [""])
    // In a value every blank counts.
    #expect(Wrap.exact("one  two three", width: 8) == ["one  two ", "three"])
    #expect(Wrap.exact("one two  three", width: 10) == ["one two  ", "three"])
    #expect(Wrap.exact("abcdefghij k", width: 4) == ["abcd", "efgh", "ij k"])
    #expect(Wrap.exact("", width: 4) == [""])
    #expect(Wrap.lines("日本語", width: 4) == ["日本", "語"])
  }

  @Test("no line is wider than asked, whatever the width")
  func never() {
    for width in 1...20 {
      for line in Wrap.lines("the quick-brown-fox jumps overthelazydogandmore", width: width) {
        #expect(line.count <= width)
      }
    }
  }
}
