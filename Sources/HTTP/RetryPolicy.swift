/// How often and after which delays a request is sent again when the server does not say.
public struct RetryPolicy: Hashable, Sendable {
  /// Tries of one request, the first included; at least 1.
  public var tries: Int
  /// Seconds before the second try; each further delay is twice as long.
  public var firstDelay: Double
  /// Seconds that a delay may have.
  public var longestDelay: Double
  /// Seconds after which a server that answers nothing at all is given up, whatever is left of the
  /// tries; never less than one exchange may take.
  public var longestSilence: Double = 180
  /// A policy of these parts.
  public init(tries: Int = 6, firstDelay: Double = 0.5, longestDelay: Double = 30) {
    self.tries = tries
    self.firstDelay = firstDelay
    self.longestDelay = longestDelay
  }

  /// Seconds after which who only tries the connection gives a silent server up: somebody waits for
  /// the answer.
  public static let checkSilence: Double = 20

  /// The policy for trying the connection.
  public var forCheck: RetryPolicy {
    var policy = self
    policy.tries = min(tries, 3)
    policy.longestSilence = min(longestSilence, Self.checkSilence)
    return policy
  }

  /// Seconds to wait after try `attempt`, counted from 0: between half and all of the doubled
  /// delay, so that many who wait do not come back together.
  package func delay(after attempt: Int) -> Double {
    let full = min(firstDelay * Double(1 << min(attempt, 20)), longestDelay)
    return full * Double.random(in: 0.5...1)
  }
}
