import SyncRules
import Synchronization

/// By which flows references flow, under the digests that the store keeps with the objects: what the
/// rules said of an object in this step need not be worked out again for its references.
final class FlowMemory: Sendable {
  private struct State {
    var flows: [Int64: [ReferenceFlow]] = [:]
    /// Objects that got their link otherwise than by their own synchronization, or since: their
    /// digests may be of another time.
    var doubtful: Set<Int64> = []
  }

  private let state = Mutex(State())
  /// Objects differ by the rules that they are in scope of, so that there are few.
  private static let limit = 1000

  /// Keeps the flows that have a digest.
  func remember(_ flows: [ReferenceFlow], as digest: Int64) {
    state.withLock { state in
      guard state.flows[digest] == nil, state.flows.count < Self.limit else { return }
      state.flows[digest] = flows
    }
  }

  /// Notes that the digest of an object can't be relied on.
  func doubt(_ object: Int64) { _ = state.withLock { $0.doubtful.insert(object) } }

  /// Notes that the digest of an object has been stored in this step.
  func trust(_ object: Int64) { _ = state.withLock { $0.doubtful.remove(object) } }

  /// The flows of an object with a digest, if they are known.
  func flows(of object: Int64, _ digest: Int64) -> [ReferenceFlow]? {
    state.withLock { $0.doubtful.contains(object) ? nil : $0.flows[digest] }
  }
}
