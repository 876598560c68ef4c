import CCurl
package import Directory

/// Dates in the forms of RFC 9110 §5.6.7.
package enum HTTPDate {
  /// The moment that `text` names, to the second; nil if it is none.
  package static func parse(_ text: String) -> Timestamp? {
    let seconds = curl_getdate(text, nil)
    return seconds < 0 ? nil : Timestamp(milliseconds: Int64(seconds) * 1000)
  }

  /// Seconds that a `Retry-After` field asks for (RFC 9110 §10.2.3); nil if it says nothing.
  package static func retryAfter(_ response: HTTPResponse, now: Timestamp = .now) -> Double? {
    response.header("Retry-After").flatMap {
      seconds(retryAfter: $0, date: response.header("Date").flatMap(parse), now: now)
    }
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
