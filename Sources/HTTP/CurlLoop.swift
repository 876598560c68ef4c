import CCurl
import Glibc
import Synchronization

/// The thread that owns libcurl's multi handle, and the box in which others leave it work.
///
/// Everything of libcurl is touched by this thread only, except `curl_multi_wakeup`, which is made
/// for being called by others.
final class CurlLoop: Sendable {
  private struct Inbox {
    var submitted: [Transfer] = []
    var cancelled: [Int] = []
    var isStopping = false
    /// The multi handle while the thread runs; nil before and after.
    var multi: UncheckedPointer?
  }

  private let settings: HTTPClient.Settings
  private let inbox = Mutex(Inbox())

  init(_ settings: HTTPClient.Settings) { self.settings = settings }

  /// Starts the thread; it keeps the loop alive until ``stop()``.
  func start() {
    _ = Self.initialized
    guard let multi = curl_multi_init() else { return }
    inbox.withLock { $0.multi = UncheckedPointer(multi) }
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self)
    let status = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, context.toOpaque())
    guard status == 0 else {
      context.release()
      inbox.withLock { $0.multi = nil }
      curl_multi_cleanup(multi)
      return
    }
    pthread_detach(thread)
  }

  /// Hands `transfer` to the thread.
  func submit(_ transfer: Transfer) {
    let isTaken = inbox.withLock { inbox in
      guard let multi = inbox.multi, !inbox.isStopping else { return false }
      inbox.submitted.append(transfer)
      curl_multi_wakeup(multi.pointer)
      return true
    }
    if !isTaken {
      transfer.finish(.failure(HTTPError(.malformedRequest, "the HTTP client does not run")))
    }
  }

  /// Ends the transfer `id`, if it is under way.
  func cancel(_ id: Int) {
    inbox.withLock { inbox in
      inbox.cancelled.append(id)
      if let multi = inbox.multi { curl_multi_wakeup(multi.pointer) }
    }
  }

  /// Lets the thread end.
  func stop() {
    inbox.withLock { inbox in
      inbox.isStopping = true
      if let multi = inbox.multi { curl_multi_wakeup(multi.pointer) }
    }
  }

  private func run() {
    guard let multi = inbox.withLock({ $0.multi })?.pointer else { return }
    var transfers = CurlTransfers(multi: multi, settings: settings)
    while true {
      let (submitted, cancelled, isStopping) = inbox.withLock { inbox in
        defer {
          inbox.submitted = []
          inbox.cancelled = []
        }
        return (inbox.submitted, inbox.cancelled, inbox.isStopping)
      }
      for transfer in submitted { transfers.start(transfer) }
      for id in cancelled { transfers.cancel(id) }
      if isStopping { break }
      transfers.perform()
      curl_multi_poll(multi, nil, 0, 60_000, nil)
    }
    inbox.withLock { $0.multi = nil }
    transfers.close()
    curl_multi_cleanup(multi)
  }

  private static let initialized = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
}

/// A pointer that may cross threads because whoever holds it keeps the rules that its owner sets.
struct UncheckedPointer: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer
  init(_ pointer: UnsafeMutableRawPointer) { self.pointer = pointer }
}
