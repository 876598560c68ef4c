import Synchronization

/// An HTTP client on libcurl: many requests at a time, one thread, connections kept alive.
///
/// Redirects are not followed: the target of one is for the caller to judge, who holds the secret
/// that would travel with it. Proxies are taken from the environment (`https_proxy`, …) except for
/// loopback addresses, whose traffic never leaves the machine.
///
/// The client's thread ends when the client is released.
public final class HTTPClient: Sendable {
  /// What holds for all requests of a client.
  public struct Settings: Hashable, Sendable {
    /// Seconds that a connection may take, TLS included.
    public var connectTimeout: Double = 10
    /// A file of PEM certificates to trust instead of the system's.
    public var caFile: String?
    /// Bytes that a body may have, decompressed.
    public var maxResponseSize = 256 << 20
    /// Connections to one host at a time; further requests wait.
    public var connectionsPerHost = 8
    /// Whether requests other than `GET` and `HEAD` are refused before a connection is made.
    public var isReadOnly = false
    /// Seconds that a request which may change something is still given when its task is cancelled:
    /// what became of it is better known than looked for.
    public var secondsToFinish: Double = 2
    /// Settings that suit most servers.
    public init() {}
  }

  private let loop: CurlLoop
  private let isReadOnly: Bool
  private let secondsToFinish: Double
  private let lastID = Atomic<Int>(0)

  /// A client with `settings`.
  public init(_ settings: Settings = Settings()) {
    loop = CurlLoop(settings)
    isReadOnly = settings.isReadOnly
    secondsToFinish = settings.secondsToFinish
    loop.start()
  }

  deinit { loop.stop() }

  /// Sends `request` and waits for its answer, whatever its status.
  ///
  /// - Throws: ``HTTPError`` if there is no whole answer; its code tells whether the server may
  ///   have seen the request.
  public func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
    let isReading = request.method == "GET" || request.method == "HEAD"
    if isReadOnly && !isReading {
      throw HTTPError(.malformedRequest, "\(request.method) from a client that may only read")
    }
    let id = lastID.add(1, ordering: .relaxed).newValue
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<HTTPResult, Never>) in
        loop.submit(Transfer(id: id, request: request, continuation: continuation))
        // A cancellation before this line found no transfer to end.
        if Task.isCancelled { cancel(id, isReading: isReading) }
      }
    } onCancel: {
      cancel(id, isReading: isReading)
    }
    let response = try result.get()
    HTTPWatch.show(request, response)
    return response
  }

  private func cancel(_ id: Int, isReading: Bool) {
    guard !isReading, secondsToFinish > 0 else { return loop.cancel(id) }
    Task { [loop, secondsToFinish] in
      try? await Task.sleep(for: .seconds(secondsToFinish))
      loop.cancel(id)
    }
  }
}

/// How a transfer ends.
typealias HTTPResult = Result<HTTPResponse, HTTPError>
