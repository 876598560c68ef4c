package import Directory

/// Sends the requests of one connector: so many at a time, with the patience that the server asks
/// for, and again where that is safe.
package final class PatientClient: Sendable {
  /// What lets the requests pass.
  package let gate: RequestGate
  /// For how long nothing was answered.
  private let watch = SilenceWatch()
  private let http: HTTPClient
  private let retry: RetryPolicy
  private let longestWait: Double
  private let waits: LongWaits?

  /// A client by way of `http`, with `limit` requests at a time.
  ///
  /// - Parameters:
  ///   - longestWait: Seconds that one wish of the server to wait is obeyed, and for which a request
  ///     is sent again after such wishes.
  ///   - waits: Where a longer wish is kept, until whose end nothing is sent; nil to send again what
  ///     somebody wants to be sent.
  package init(
    _ http: HTTPClient, limit: Int, retry: RetryPolicy, longestWait: Double,
    waits: LongWaits? = nil
  ) {
    self.http = http
    self.waits = waits
    self.retry = retry
    self.longestWait = longestWait
    gate = RequestGate(limit: limit)
  }

  /// How the server is waited for that does not answer; nil while nothing is waited for.
  package var silence: ServiceSilence? { watch.silence(most: max(1, retry.tries)) }

  /// Sends a request and waits for its answer.
  ///
  /// What the server has surely not carried out is sent again: a request that never left, one that
  /// was answered with 429 or that a limit is used up. A repeatable request is sent again after
  /// anything that may pass, as long as the server is not silent for too long
  /// (``RetryPolicy/longestSilence``). One that is not, such as a POST, comes back with the error or
  /// the 5xx answer: its sender finds out what became of it.
  ///
  /// - Parameters:
  ///   - isRepeatable: Whether sending it twice does the same as sending it once.
  ///   - rank: Of those that wait for a place, the one of the least rank is sent first.
  ///   - words: The server's own words in an answer that asks for patience.
  ///   - make: The request; made anew for each try, since secrets change.
  /// - Throws: ``RequestError``; one that says that nothing was sent says so of all tries.
  package func send(
    isRepeatable: Bool, rank: Int = 1, words: (HTTPResponse) -> String,
    _ make: () async throws(RequestError) -> HTTPRequest
  ) async throws(RequestError) -> HTTPResponse {
    var tries = Tries(left: max(1, retry.tries), patience: longestWait)
    defer { if let number = tries.waiting { watch.giveUp(number) } }
    do throws(RequestError) {
      return try await send(isRepeatable: isRepeatable, rank: rank, words: words, make, &tries)
    } catch {
      throw tries.mayHaveArrived && error.nothingWasSent ? .afterLoss(error) : error
    }
  }

  private func send(
    isRepeatable: Bool, rank: Int, words: (HTTPResponse) -> String,
    _ make: () async throws(RequestError) -> HTTPRequest, _ tries: inout Tries
  ) async throws(RequestError) -> HTTPResponse {
    while true {
      try waits?.check()
      guard let request = try await made(make, &tries) else { continue }
      let response: HTTPResponse
      do {
        response = SecretMask(request).masked(
          try await exchange(request, rank: rank, &tries), to: request)
      } catch {
        try await judge(error, of: request, isRepeatable: isRepeatable, &tries)
        continue
      }
      guard try await isToBeSentAgain(response, isRepeatable: isRepeatable, words, &tries) else {
        return response
      }
    }
  }

  /// How often one request may still be sent, and how long it may still wait.
  private struct Tries {
    var left: Int
    var made = 0
    /// Seconds of waiting that use up no try: a server that names a time means it.
    var patience: Double
    /// Whether one of them may have been carried out.
    var mayHaveArrived = false
    /// Seconds in which tries of it were not answered.
    var silent = 0.0
    /// Its number at the watch while it is not answered.
    var waiting: Int?

    /// Uses one up; the answer is whether another one is left.
    mutating func use() -> Bool {
      left -= 1
      made += 1
      return left > 0
    }
  }

  /// The request; nil if the service was not there, and after a pause it is to be made anew.
  private func made(
    _ make: () async throws(RequestError) -> HTTPRequest, _ tries: inout Tries
  ) async throws(RequestError) -> HTTPRequest? {
    do {
      return try await make()
    } catch .gone(let words) {
      // As one that takes no connections: it may be starting anew.
      notice(&tries)
      guard retry.longestSilence > watch.seconds(), tries.use() else { throw .gone(words) }
      try await sleep(retry.delay(after: tries.made - 1))
      return nil
    }
  }

  /// Has the watch know that a try begins.
  private func notice(_ tries: inout Tries) {
    let attempt = tries.made + 1
    if let number = tries.waiting {
      watch.tries(number, attempt: attempt)
    } else {
      tries.waiting = watch.begin(attempt: attempt)
    }
  }

  private func exchange(
    _ request: HTTPRequest, rank: Int, _ tries: inout Tries
  ) async throws(HTTPError) -> HTTPResponse {
    do { try await gate.enter(rank: rank) } catch { throw HTTPError(.cancelledUnsent, "") }
    notice(&tries)
    var request = request
    // A server that has been silent for long is not given the whole time again.
    let least = min(request.timeout, Self.leastTimeout)
    request.timeout = min(request.timeout, max(least, patienceLeft(request, tries)))
    let began = ContinuousClock.now
    do throws(HTTPError) {
      let response = try await http.send(request)
      gate.leave(isQuiet: !response.tellsOfTooMany && response.status != 503)
      if let number = tries.waiting { watch.heard(number) }
      tries.waiting = nil
      return response
    } catch {
      gate.leave(isQuiet: false)
      tries.silent += (ContinuousClock.now - began) / .seconds(1)
      throw error
    }
  }

  /// Seconds in which even a server that has been silent for long may answer.
  private static let leastTimeout: Double = 10

  /// Seconds for which the server may go on to be silent.
  private func patienceLeft(_ request: HTTPRequest, _ tries: Tries) -> Double {
    max(retry.longestSilence, request.timeout) - max(watch.seconds(), tries.silent)
  }

  /// Waits if the error may pass and the request may be sent again; else throws.
  private func judge(
    _ error: HTTPError, of request: HTTPRequest, isRepeatable: Bool, _ tries: inout Tries
  ) async throws(RequestError) {
    if error.isCancelled { throw .cancelled(wasSent: !error.nothingWasSent) }
    if !error.nothingWasSent { tries.mayHaveArrived = true }
    let mayPass = error.code == .couldNotConnect || error.code == .unanswered && isRepeatable
    let isWorthIt =
      patienceLeft(request, tries) >= min(request.timeout, Self.leastTimeout) / 2
    guard mayPass, isWorthIt, tries.use() else { throw .http(error) }
    try await sleep(retry.delay(after: tries.made - 1))
  }

  private func isToBeSentAgain(
    _ response: HTTPResponse, isRepeatable: Bool, _ words: (HTTPResponse) -> String,
    _ tries: inout Tries
  ) async throws(RequestError) -> Bool {
    // Only that too many came says for sure that nothing was done.
    if response.status >= 500 { tries.mayHaveArrived = true }
    switch response.status {
    case _ where response.tellsOfTooMany, 503:
      let wish = HTTPDate.retryAfter(response, longest: longestWait)
      // Limits without a time are often by the minute.
      let attempt = tries.made + (wish == nil && response.status != 503 ? 2 : 0)
      let held = try hold(seconds: wish, words: words(response), attempt: attempt)
      guard isRepeatable || response.tellsOfTooMany else { return false }
      if wish != nil { tries.patience -= held }
      if let wish, wish > 0, tries.patience >= 0 { return true }
      return tries.use()
    case 500, 502, 504:
      guard isRepeatable, tries.use() else { return false }
      try await sleep(retry.delay(after: tries.made - 1))
      return true
    default: return false
    }
  }

  /// Holds all requests back as the server wishes, or by the policy's delay if it names no time or
  /// none to wait; the answer is for how many seconds.
  ///
  /// No wait is shorter than the policy's first delay: a server that names moments would otherwise
  /// be asked hundreds of thousands of times.
  ///
  /// - Throws: ``RequestError`` if it wishes for longer than is allowed.
  @discardableResult
  package func hold(
    seconds: Double?, words: String, attempt: Int
  ) throws(RequestError) -> Double {
    if let seconds, seconds > longestWait {
      let kept = waits?.note(seconds: seconds, words: words) ?? seconds
      throw .waitTooLong(seconds: kept, words: words)
    }
    let wish = seconds.flatMap { $0 > 0 ? max($0, retry.delay(after: 0)) : nil }
    let held = wish ?? retry.delay(after: attempt)
    gate.hold(seconds: held, words: words)
    return held
  }

  private func sleep(_ seconds: Double) async throws(RequestError) {
    do { try await Task.sleep(for: .seconds(seconds)) } catch {
      throw .cancelled(wasSent: false)
    }
  }
}
