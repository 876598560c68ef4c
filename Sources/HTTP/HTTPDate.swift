import CCurl
package import Directory

/// Dates in the forms of RFC 9110 §5.6.7.
package enum HTTPDate {
  /// The moment that `text` names, to the second; nil if it is none.
  package static func parse(_ text: String) -> Timestamp? {
    let seconds = curl_getdate(text, nil)
    return seconds < 0 ? nil : Timestamp(milliseconds: Int64(seconds) * 1000)
  }

  /// Seconds that an answer asks to wait: by its `Retry-After` field (RFC 9110 §10.2.3), or by the
  /// fields of its limits if those are used up; nil if it says nothing.
  ///
  /// - Parameter longest: Seconds beyond which the fields of limits are not believed: servers mean
  ///   many things by them, such as the end of another limit than the one that is used up.
  package static func retryAfter(
    _ response: HTTPResponse, longest: Double = .infinity, now: Timestamp = .now
  ) -> Double? {
    let date = response.header("Date").flatMap(parse)
    let wish = response.header("Retry-After").flatMap {
      seconds(retryAfter: $0, date: date, now: now)
    }
    if let wish { return wish }
    guard response.status == 429 || response.isRefusedByLimit else { return nil }
    // Where something is left, another limit is used up, of which no time is told.
    guard response.limit("remaining").flatMap({ Double($0) }) ?? 0 <= 0 else { return nil }
    let reset = response.limit("reset").flatMap { text in
      // No wait takes thirty years: so large a number is a moment.
      guard let number = Double(text), number.isFinite, number > 1e9 else {
        return seconds(retryAfter: text, date: date, now: now)
      }
      // Some count milliseconds: as seconds they would be in the year 5138 or later.
      let moment = number > 1e11 ? number / 1000 : number
      return max(0, moment - Double((date ?? now).milliseconds) / 1000)
    }
    return reset.flatMap { $0 <= longest ? $0 : nil }
  }

  /// Seconds that the text of a `Retry-After` field asks for; nil if it says nothing.
  ///
  /// - Parameter date: The answer's own `Date`: a moment is by the server's clock.
  package static func seconds(
    retryAfter text: String, date: Timestamp?, now: Timestamp = .now
  ) -> Double? {
    if let seconds = Double(text) {
      return seconds >= 0 && seconds.isFinite ? min(seconds, 1e9) : nil
    }
    return parse(text).map { max(0, $0.seconds(since: date ?? now)) }
  }
}

extension HTTPResponse {
  /// Whether nothing was done because too many requests came.
  ///
  /// Some say so with 403, which by itself is a matter of rights.
  package var tellsOfTooMany: Bool {
    status == 429 || status == 403 && (header("Retry-After") != nil || isRefusedByLimit)
  }

  /// Whether the answer is a refusal, and says that nothing is left of a limit.
  fileprivate var isRefusedByLimit: Bool {
    guard status == 403 || status == 429 || status == 503 else { return false }
    return limit("remaining").flatMap { Double($0) } == 0
  }

  /// A field of a server's limits, as the most usual of their many names has it.
  fileprivate func limit(_ part: String) -> String? {
    ["X-RateLimit-", "X-Rate-Limit-", "RateLimit-"].lazy.compactMap { header($0 + part) }.first
  }
}
