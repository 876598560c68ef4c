import Directory
import Testing

@testable import HTTP

@Suite("Fields by which servers ask for patience")
struct PatienceFieldTests {
  private let now = Timestamp(milliseconds: 1_795_000_000_000)

  private func wish(
    _ status: Int, _ fields: [String: String], longest: Double = .infinity
  ) -> Double? {
    let response = HTTPResponse(
      status: status, headers: fields.map { (name: $0.key, value: $0.value) })
    return HTTPDate.retryAfter(response, longest: longest, now: now)
  }

  @Test(
    "A Retry-After in seconds is taken for every status, and is bounded",
    arguments: [200, 202, 403, 429, 500, 503])
  func seconds(status: Int) {
    #expect(wish(status, ["Retry-After": "12"]) == 12)
    #expect(wish(status, ["retry-after": "0"]) == 0)
    #expect(wish(status, ["Retry-After": "1.5"]) == 1.5)
    #expect(wish(status, ["Retry-After": "1e300"]) == 1e9)
    // Fields of limits that say something else are not asked.
    #expect(wish(status, ["Retry-After": "3", "X-RateLimit-Reset": "60"]) == 3)
  }

  @Test("A moment that is past asks to wait no longer, and is never a negative wait")
  func past() {
    #expect(wish(429, ["Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"]) == 0)
    let date = "Fri, 31 Dec 1999 23:59:00 GMT"
    #expect(wish(429, ["Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT", "Date": date]) == 59)
  }

  @Test(
    "Where nothing is left of a limit, its end is waited for by any of its names",
    arguments: ["X-RateLimit-", "X-Rate-Limit-", "RateLimit-", "ratelimit-"])
  func limits(prefix: String) {
    #expect(wish(429, [prefix + "Remaining": "0", prefix + "Reset": "30"]) == 30)
    #expect(wish(429, [prefix + "Reset": "30"]) == 30)
    #expect(wish(403, [prefix + "Remaining": "0", prefix + "Reset": "30"]) == 30)
    #expect(wish(503, [prefix + "Remaining": "0", prefix + "Reset": "30"]) == 30)
    // Something is left, or it is no refusal.
    #expect(wish(429, [prefix + "Remaining": "5", prefix + "Reset": "30"]) == nil)
    #expect(wish(403, [prefix + "Reset": "30"]) == nil)
    #expect(wish(200, [prefix + "Remaining": "0", prefix + "Reset": "30"]) == nil)
    #expect(wish(500, [prefix + "Remaining": "0", prefix + "Reset": "30"]) == nil)
  }

  @Test("The end of a limit is a number of seconds, a moment in seconds, or one in milliseconds")
  func resets() {
    func reset(_ text: String) -> Double? { wish(429, ["X-RateLimit-Reset": text]) }
    #expect(reset("45") == 45)
    #expect(reset("1795000045") == 45)
    #expect(reset("1795000045000") == 45)
    #expect(reset("1794999999") == 0)
    #expect(reset("-5") == nil)
    #expect(reset("soon") == nil)
    #expect(reset("") == nil)
  }

  @Test("An end that is farther than anybody may wait is not believed; at the bound it is")
  func longest() {
    #expect(wish(429, ["X-RateLimit-Reset": "60"], longest: 60) == 60)
    #expect(wish(429, ["X-RateLimit-Reset": "61"], longest: 60) == nil)
    #expect(wish(429, ["X-RateLimit-Reset": "1e300"], longest: 60) == nil)
    #expect(wish(429, ["Retry-After": "61"], longest: 60) == 61)
  }

  @Test(
    "Dates of RFC 9110 §5.6.7 are read to the second, whatever the clocks here show",
    arguments: [
      ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"),
      ("Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z"),
      ("Tue, 29 Feb 2000 23:59:59 GMT", "2000-02-29T23:59:59Z"),
      ("Fri, 31 Dec 2027 23:59:59 GMT", "2027-12-31T23:59:59Z"),
      ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"),
      ("Monday, 01-Jan-01 00:00:00 GMT", "2001-01-01T00:00:00Z"),
      ("Tue, 19 Jan 2038 03:14:08 GMT", "2038-01-19T03:14:08Z"),
    ])
  func dates(text: String, moment: String) {
    #expect(HTTPDate.parse(text) == Timestamp(moment))
  }

  @Test(
    "What names no moment is none",
    arguments: ["", " ", "now", "Sun", "32 Foo 1994", "Sun, 06 Nov 1994 25:00:00 GMT", "12:00"])
  func noDates(text: String) {
    #expect(HTTPDate.parse(text) == nil)
  }

  @Test("Delays double up to the longest, each between half of it and all", arguments: 0..<70)
  func delays(attempt: Int) {
    let policy = RetryPolicy(tries: 6, firstDelay: 0.5, longestDelay: 30)
    let full = attempt < 6 ? [0.5, 1, 2, 4, 8, 16][attempt] : 30
    for _ in 0..<20 { #expect((full / 2...full).contains(policy.delay(after: attempt))) }
  }
}
