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
  ///
  /// A date is by the server's clock, so it is compared with the answer's own `Date`.
  package static func retryAfter(_ response: HTTPResponse, now: Timestamp = .now) -> Double? {
    guard let text = response.header("Retry-After") else { return nil }
    if let seconds = Double(text) {
      return seconds >= 0 && seconds.isFinite ? min(seconds, 1e9) : nil
    }
    guard let moment = parse(text) else { return nil }
    return max(0, moment.seconds(since: response.header("Date").flatMap(parse) ?? now))
  }
}
