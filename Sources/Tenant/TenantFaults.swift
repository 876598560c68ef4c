import JSON
import Synchronization

/// Faults that a test makes the tenant have, so that clients can be tried against them.
public final class TenantFaults: Sendable {
  /// What goes wrong; nothing unless set.
  public struct Knobs: Hashable, Sendable {
    /// How long every answer is held back, in milliseconds.
    public var latencyMilliseconds = 0
    /// How many of the next requests are answered with 429.
    public var throttleNext = 0
    /// What `Retry-After` says in those answers, in seconds.
    public var retryAfterSeconds = 1
    /// How many of the next requests are answered with 503.
    public var unavailableNext = 0
    /// How many of the next requests are answered with 500, their work not done.
    public var serverErrorNext = 0
    /// Of how many of the next requests the work is done and the connection cut without an answer.
    public var dropAfterWorkNext = 0
    /// After how many of its operations the next Bulk stops: they are kept, and the connection cut.
    public var bulkStopAfter: Int?
    /// How many of the next requests inside of batches are answered with 429.
    public var throttleInBatchNext = 0
    /// How many of the next requests of Graph that write are answered with 409, as those that come
    /// together with others.
    public var concurrencyNext = 0
    /// How many of the next requests for changes are answered with 410.
    public var resyncNext = 0
    /// How many of the next requests find their token expired.
    public var expireTokenNext = 0
    /// How many of the next passwords are refused.
    public var refuseCredentialNext = 0
    /// For how many of the next passwords the user is said not to be there.
    public var missCredentialNext = 0
    /// For how long users who were uploaded wait until they are made or changed, in milliseconds.
    public var provisioningDelayMilliseconds = 0
    /// The share of the allowed requests that answers of Graph say is used up, in percent; told from
    /// 80 on.
    public var quotaPercent = 0
    /// No faults.
    public init() {}
  }

  private let state = Mutex(Knobs())

  init() {}

  /// What goes wrong from now on, and what is left of it.
  public var knobs: Knobs {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }

  /// Nothing goes wrong any more.
  public func reset() { knobs = Knobs() }

  // What to answer instead of doing the work, if anything.
  func takeRefusal() -> SCIMError? {
    state.withLock { knobs in
      if knobs.throttleNext > 0 {
        knobs.throttleNext -= 1
        return knobs.throttled
      }
      if knobs.unavailableNext > 0 {
        knobs.unavailableNext -= 1
        return SCIMError(503, nil, "The service is not available now.")
      }
      if knobs.serverErrorNext > 0 {
        knobs.serverErrorNext -= 1
        return SCIMError(500, nil, "The service failed. Nothing was changed.")
      }
      return nil
    }
  }

  // What to answer instead of doing the work of one request of a batch, if anything.
  func takeBatchRefusal() -> SCIMError? {
    state.withLock { $0.take(\.throttleInBatchNext) ? $0.throttled : nil }
  }

  // Whether a request that writes is said to come together with others.
  func takeConcurrency() -> Bool { state.withLock { $0.take(\.concurrencyNext) } }

  // Whether a delta token is to be taken for too old.
  func takeResync() -> Bool { state.withLock { $0.take(\.resyncNext) } }

  // Whether an access token is to be taken for expired.
  func takeExpiry() -> Bool { state.withLock { $0.take(\.expireTokenNext) } }

  // What to answer instead of taking one password, if anything.
  func takeCredentialResult() -> CredentialResult? {
    state.withLock { knobs in
      if knobs.take(\.refuseCredentialNext) {
        return CredentialResult(code: .refused, words: "The service refused the password.")
      }
      return knobs.take(\.missCredentialNext)
        ? CredentialResult(code: .notFound, words: "The user is not there yet.") : nil
    }
  }

  // Whether the connection is to be cut now that the work is done.
  func takeDrop() -> Bool {
    state.withLock { knobs in
      guard knobs.dropAfterWorkNext > 0 else { return false }
      knobs.dropAfterWorkNext -= 1
      return true
    }
  }

  // After how many operations the Bulk that begins now stops.
  func takeBulkStop() -> Int? {
    state.withLock { knobs in
      defer { knobs.bulkStopAfter = nil }
      return knobs.bulkStopAfter
    }
  }
}

extension TenantFaults.Knobs {
  // Takes one of what is left; whether there was one.
  fileprivate mutating func take(_ path: WritableKeyPath<Self, Int>) -> Bool {
    guard self[keyPath: path] > 0 else { return false }
    self[keyPath: path] -= 1
    return true
  }

  fileprivate var throttled: SCIMError {
    SCIMError(
      429, nil, "Too many requests; try again in \(retryAfterSeconds) s.",
      headers: ["Retry-After": String(retryAfterSeconds)])
  }

  private static var numbers: [(name: String, path: WritableKeyPath<Self, Int>)] {
    [
      ("latencyMilliseconds", \.latencyMilliseconds), ("throttleNext", \.throttleNext),
      ("retryAfterSeconds", \.retryAfterSeconds), ("unavailableNext", \.unavailableNext),
      ("serverErrorNext", \.serverErrorNext), ("dropAfterWorkNext", \.dropAfterWorkNext),
      ("refuseCredentialNext", \.refuseCredentialNext),
      ("missCredentialNext", \.missCredentialNext),
      ("provisioningDelayMilliseconds", \.provisioningDelayMilliseconds),
      ("throttleInBatchNext", \.throttleInBatchNext), ("concurrencyNext", \.concurrencyNext),
      ("resyncNext", \.resyncNext),
      ("expireTokenNext", \.expireTokenNext), ("quotaPercent", \.quotaPercent),
    ]
  }

  // What the knobs are called there.
  static var names: [String] { numbers.map(\.name) + ["bulkStopAfter"] }

  // The knobs as the administration endpoint gives them.
  var json: JSONValue {
    var object = JSONObject()
    for (name, path) in Self.numbers { object[name] = .integer(Int64(self[keyPath: path])) }
    object["bulkStopAfter"] = bulkStopAfter.map { .integer(Int64($0)) } ?? .null
    return .object(object)
  }

  // The knobs with those changed that `json` names.
  func changed(by json: JSONObject) throws -> Self {
    var knobs = self
    for member in json.members {
      // As the knobs are given where it is not set.
      if member.name == "bulkStopAfter", member.value == .null {
        knobs.bulkStopAfter = nil
        continue
      }
      guard let number = member.value.integer, (0...3_600_000).contains(number) else {
        throw SCIMError.invalidValue(member.name, "must be an integer from 0 to 3600000.")
      }
      if member.name == "bulkStopAfter" {
        knobs.bulkStopAfter = Int(number)
      } else if let entry = Self.numbers.first(where: { $0.name == member.name }) {
        knobs[keyPath: entry.path] = Int(number)
      } else {
        throw SCIMError.invalidSyntax("There is no fault '\(member.name)'.")
      }
    }
    return knobs
  }
}
