import Configuration
import Testing

@Suite("Spans of time as text")
struct DurationTextTests {
  @Test(
    "are read",
    arguments: [
      ("30m", 1800), ("3h", 10_800), ("7d", 604_800), ("1d12h", 129_600), ("90s", 90),
      ("2h 41m", 9660), ("1d 2h 3m 4s", 93_784), ("0s", 0),
    ])
  func read(text: String, seconds: Int) {
    #expect(DurationText.parse(text) == .seconds(seconds))
  }

  @Test(
    "are refused",
    arguments: [
      "", "30", "m", "h3", "-3h", "3h3h", "3m2h", "1.5h", "3 h", "3x", " 3h", "3hm",
      "99999999999999999999s", "9223372036854775807d", "٣h",
    ])
  func refused(text: String) {
    #expect(DurationText.parse(text) == nil)
  }

  @Test(
    "are printed in their two largest units",
    arguments: [
      (9660, "2h 41m"), (0, "0s"), (45, "45s"), (60, "1m"), (61, "1m 1s"), (259_200, "3d"),
      (86_400 + 60, "1d"), (93_784, "1d 2h"), (-90, "-1m 30s"),
    ])
  func printed(seconds: Int, text: String) {
    #expect(DurationText.print(.seconds(seconds)) == text)
  }

  @Test("what two units hold comes back", arguments: [1, 59, 60, 3600, 5400, 86_400, 90_000])
  func roundTrip(seconds: Int) {
    #expect(DurationText.parse(DurationText.print(.seconds(seconds))) == .seconds(seconds))
  }
}
