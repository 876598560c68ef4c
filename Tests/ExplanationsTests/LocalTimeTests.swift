import Directory
import Foundation
import Testing

@testable import Explanations

@Suite("Moments in explanations")
struct LocalTimeTests {
  @Test("are told in the local zone, as those beside them")
  func local() throws {
    let time = try #require(Timestamp("2026-11-30T23:06:08.018Z"))
    let zone = try #require(TimeZone(secondsFromGMT: 7200))
    #expect(time.local(in: zone) == "2026-12-01 01:06:08")
    #expect(!time.local.contains("T") && !time.local.contains("Z"))
  }
}
