import TestSupport
import Testing

@testable import Tenant

@Suite("Moments beside a calendar that counts days")
struct MomentModelTests {
  private static func isLeap(_ year: Int) -> Bool {
    year % 400 == 0 || year % 4 == 0 && year % 100 != 0
  }

  private static func days(_ year: Int, _ month: Int) -> Int {
    [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  }

  /// Days from 1970-01-01, one year and one month after the other.
  private static func days(to year: Int, _ month: Int, _ day: Int) -> Int {
    var count = 0
    for other in min(year, 1970)..<max(year, 1970) { count += isLeap(other) ? 366 : 365 }
    if year < 1970 { count = -count }
    for other in 1..<month { count += days(year, other) }
    return count + day - 1
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  @Test("A date, a time and a zone name the moment that counting comes to", arguments: 1...60)
  func reading(seed: Int) {
    var random = SeededRandom(scattering: seed)
    for _ in 0..<20 {
      let (year, month) = (
        Int.random(in: 1600...2400, using: &random), Int.random(in: 1...12, using: &random)
      )
      let day = Int.random(in: 1...Self.days(year, month), using: &random)
      let (hour, minute, second) = (
        Int.random(in: 0...23, using: &random), Int.random(in: 0...59, using: &random),
        Int.random(in: 0...59, using: &random)
      )
      let digits = random.text(["0", "1", "5", "9"], count: 0...9)
      let (east, zone): (Int, String)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: (east, zone) = (0, random.choose(["Z", "z", ""]))
      case 1:
        let (hours, minutes) = (
          Int.random(in: 0...13, using: &random), Int.random(in: 0...59, using: &random)
        )
        let isWest = random.chance(50)
        east = (isWest ? -1 : 1) * (hours * 60 + minutes)
        zone = (isWest ? "-" : "+") + Self.padded(hours, 2) + ":" + Self.padded(minutes, 2)
      default: (east, zone) = (60, "+01:00")
      }
      let text =
        Self.padded(year, 4) + "-" + Self.padded(month, 2) + "-" + Self.padded(day, 2)
        + random.choose(["T", "t"]) + Self.padded(hour, 2) + ":" + Self.padded(minute, 2) + ":"
        + Self.padded(second, 2) + (digits.isEmpty ? "" : "." + digits) + zone
      let thousandths = Int((digits + "000").prefix(3)) ?? 0
      let seconds =
        Self.days(to: year, month, day) * 86_400 + hour * 3600 + (minute - east) * 60 + second
      #expect(Moment.milliseconds(text) == Int64(seconds * 1000 + thousandths), "\(text)")
    }
  }

  @Test("What is written is read again, and later moments are greater texts", arguments: 1...30)
  func writing(seed: Int) {
    var random = SeededRandom(scattering: seed)
    // The years 1 to 9999, which have four digits.
    let range: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999
    for _ in 0..<60 {
      let (one, other) = (
        Int64.random(in: range, using: &random), Int64.random(in: range, using: &random)
      )
      let (first, second) = (Moment.text(one), Moment.text(other))
      #expect(first.utf8.count == 24 && first.hasSuffix("Z"), "\(first)")
      #expect(Moment.milliseconds(first) == one && Moment.milliseconds(second) == other)
      #expect((first < second) == (one < other))
    }
  }

  @Test("Each day of each month is one, and the day behind the last is none")
  func everyDay() {
    for year in [1900, 1970, 2000, 2023, 2024, 2100] {
      for month in 0...13 {
        for day in 0...32 {
          let text = "\(year)-\(Self.padded(month, 2))-\(Self.padded(day, 2))T00:00:00Z"
          let isDay =
            (1...12).contains(month) && (1...31).contains(day)
            && day <= Self.days(year, max(1, min(12, month)))
          #expect((Moment.milliseconds(text) != nil) == isDay, "\(text)")
        }
      }
    }
  }

  @Test("A text with any one character changed is a moment only if it still looks like one")
  func damaged() {
    let good = Array("2026-11-22T20:01:02.345+01:30".utf8)
    for index in good.indices {
      for byte in [0x00, 0x20, 0x2F, 0x3A, 0x41, 0x7F] as [UInt8] where byte != good[index] {
        var bytes = good
        bytes[index] = byte
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(Moment.milliseconds(text) == nil, "\(text.debugDescription)")
      }
      var shorter = good
      shorter.remove(at: index)
      let text = String(decoding: shorter, as: UTF8.self)
      // Of a fraction any digit may be missing.
      if !(20...22).contains(index) { #expect(Moment.milliseconds(text) == nil, "\(text)") }
    }
  }
}
