import Directory
import Testing

@testable import HTTP

@Suite("What comes from outside")
struct ServerFormatTests {
  @Test(
    "is base64 in both alphabets, padded or not",
    arguments: [
      ("", []), ("Zg==", [0x66]), ("Zg", [0x66]), ("Zm8=", [0x66, 0x6F]),
      ("Zm9v", [0x66, 0x6F, 0x6F]),
      ("+/+/", [0xFB, 0xFF, 0xBF]), ("-_-_", [0xFB, 0xFF, 0xBF]),
    ] as [(String, [UInt8])])
  func base64(text: String, bytes: [UInt8]) {
    #expect(Base64Text.decode(text) == bytes)
  }

  @Test(
    "is refused when it is no base64", arguments: ["Z", "Zg=", "Z===", "Zg==Zg==", "Zm 9v", "é"])
  func noBase64(text: String) {
    #expect(Base64Text.decode(text) == nil)
  }

  @Test("goes out as base64 with padding (RFC 4648 §10)")
  func encoded() {
    let vectors = ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foobar": "Zm9vYmFy"]
    for (text, base64) in vectors { #expect(Base64Text.encode(Array(text.utf8)) == base64) }
    for count in 0..<70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
      #expect(Base64Text.decode(Base64Text.encode(bytes)) == bytes)
    }
  }

  @Test("has dates in the forms of RFC 9110")
  func dates() {
    let moment = Timestamp("1994-11-06T08:49:37Z")
    #expect(HTTPDate.parse("Sun, 06 Nov 1994 08:49:37 GMT") == moment)
    #expect(HTTPDate.parse("Sunday, 06-Nov-94 08:49:37 GMT") == moment)
    #expect(HTTPDate.parse("Sun Nov  6 08:49:37 1994") == moment)
    #expect(HTTPDate.parse("soon") == nil)
    #expect(HTTPDate.parse("") == nil)
  }

  @Test(
    "asks for patience in seconds or until a date by its own clock",
    arguments: [
      ("120", 120), ("0", 0), ("Sun, 06 Nov 1994 08:50:07 GMT", 30),
      ("Sun, 06 Nov 1994 08:49:00 GMT", 0),
    ] as [(String, Double)])
  func retryAfter(text: String, seconds: Double) {
    let response = HTTPResponse(
      status: 429, headers: [("Retry-After", text), ("Date", "Sun, 06 Nov 1994 08:49:37 GMT")])
    #expect(HTTPDate.retryAfter(response) == seconds)
  }

  @Test("asks for nothing when it makes no sense", arguments: ["-5", "soon", "", "inf", "nan"])
  func noRetryAfter(text: String) {
    let response = HTTPResponse(status: 429, headers: [("Retry-After", text)])
    #expect(HTTPDate.retryAfter(response) == nil)
  }

  @Test(
    "asks for patience until its limits begin anew, in seconds or by its own clock",
    arguments: [
      (429, [("X-RateLimit-Reset", "40")], 40),
      (429, [("x-rate-limit-reset", "1784111817")], 1_000_000_040),
      (429, [("x-rate-limit-reset", "1784111817000")], 1_000_000_040),
      (429, [("RateLimit-Reset", "40"), ("RateLimit-Remaining", "0")], 40),
      (429, [("RateLimit-Reset", "40"), ("RateLimit-Remaining", "7")], nil),
      (403, [("X-RateLimit-Reset", "40"), ("X-RateLimit-Remaining", "0")], 40),
      (503, [("RateLimit-Reset", "40"), ("RateLimit-Remaining", "0")], 40),
      (429, [("Retry-After", "5"), ("X-RateLimit-Reset", "40")], 5),
      (403, [("X-RateLimit-Reset", "40"), ("X-RateLimit-Remaining", "1")], nil),
      (404, [("X-RateLimit-Reset", "40"), ("X-RateLimit-Remaining", "0")], nil),
      (200, [("X-RateLimit-Reset", "40"), ("X-RateLimit-Remaining", "0")], nil),
      (429, [("X-RateLimit-Remaining", "0")], nil),
    ] as [(Int, [(String, String)], Double?)])
  func limits(status: Int, headers: [(String, String)], seconds: Double?) {
    let response = HTTPResponse(
      status: status,
      headers: headers.map { (name: $0.0, value: $0.1) }
        + [(name: "Date", value: "Sun, 06 Nov 1994 08:49:37 GMT")])
    #expect(HTTPDate.retryAfter(response) == seconds)
  }

  @Test("is not believed where limits begin anew after longer than is allowed, other wishes are")
  func longLimits() {
    let limits = [(name: "X-RateLimit-Reset", value: "40")]
    #expect(HTTPDate.retryAfter(.init(status: 429, headers: limits), longest: 40) == 40)
    #expect(HTTPDate.retryAfter(.init(status: 429, headers: limits), longest: 39) == nil)
    let wish = HTTPResponse(status: 429, headers: [(name: "Retry-After", value: "40")])
    #expect(HTTPDate.retryAfter(wish, longest: 39) == 40)
  }

  @Test("tells of too many requests by 429, and by 403 only with a time or a limit used up")
  func tooMany() {
    func tells(_ status: Int, _ name: String = "Date", _ value: String = "") -> Bool {
      HTTPResponse(status: status, headers: [(name: name, value: value)]).tellsOfTooMany
    }
    #expect(tells(429) && tells(403, "Retry-After", "60"))
    #expect(tells(403, "x-ratelimit-remaining", "0"))
    #expect(!tells(403) && !tells(403, "x-ratelimit-remaining", "12"))
    #expect(!tells(503) && !tells(404, "x-ratelimit-remaining", "0"))
  }

  @Test("leads to delays that grow, differ and end")
  func delays() {
    let policy = RetryPolicy(tries: 5, firstDelay: 1, longestDelay: 10)
    for attempt in 0..<100 {
      let full = min(Double(1 << min(attempt, 10)), 10)
      #expect((full / 2...full).contains(policy.delay(after: attempt)))
    }
    #expect(Set((0..<50).map { _ in policy.delay(after: 3) }).count > 1)
  }
}
