import Testing

@testable import Tenant

@Suite("Moments")
struct MomentTests {
  @Test(
    "Moments are written in UTC with milliseconds",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (1_795_377_662_345, "2026-11-22T20:01:02.345Z"),
      (-1, "1969-12-31T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    ] as [(Int64, String)])
  func text(_ milliseconds: Int64, _ text: String) {
    #expect(Moment.text(milliseconds) == text)
    #expect(Moment.milliseconds(text) == milliseconds)
  }

  @Test(
    "Zones and fractions are read",
    arguments: [
      ("2026-11-22T21:01:02.345+01:00", 1_795_377_662_345),
      ("2026-11-22T15:31:02.3456789-04:30", 1_795_377_662_345),
      ("2026-11-22t20:01:02z", 1_795_377_662_000), ("2026-11-22T20:01:02", 1_795_377_662_000),
      ("2026-11-22T20:01:02.3Z", 1_795_377_662_300),
    ] as [(String, Int64)])
  func read(_ text: String, _ milliseconds: Int64) {
    #expect(Moment.milliseconds(text) == milliseconds)
  }

  @Test(
    "What is no moment is none",
    arguments: [
      "", "now", "2026-11-22", "2026-13-22T20:01:02Z", "2026-11-22T25:01:02Z", "2026-11-22T20:01Z",
      "2026-11-22T20:01:02.Z", "2026-11-22T20:01:02+1:00", "2026-11-22T20:01:02Zx",
      "2026-11-22 20:01:02Z", "20261122T200102Z", "2026-02-31T20:01:02Z", "2026-02-29T20:01:02Z",
      "2100-02-29T20:01:02Z", "2026-04-31T20:01:02Z",
    ])
  func refused(_ text: String) {
    #expect(Moment.milliseconds(text) == nil)
  }
}
