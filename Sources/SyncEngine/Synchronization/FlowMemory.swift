import SyncRules
import Synchronization

/// By which flows references flow: what the rules said of an object in this step need not be worked
/// out again for its references.
///
/// Inbound it is known by the digests that the store keeps with the objects, outbound of the
/// metaverse objects that the step made.
final class FlowMemory: Sendable {
  /// The flows of a metaverse object's references to one target.
  struct Outgoing: Equatable, Sendable {
    /// The target.
    var target: Int64
    var flows: [ReferenceFlow]
  }

  private struct State {
    var flows: [Int64: [ReferenceFlow]] = [:]
    /// Objects that got their link otherwise than by their own synchronization, or since: their
    /// digests may be of another time.
    var doubtful: Set<Int64> = []
    /// What was said of metaverse objects, each once.
    var outgoing: [[Outgoing]] = []
    /// The place in ``outgoing`` of each metaverse object from ``first`` on; ``unknown`` without.
    var places: [UInt16] = []
    var first: Int64 = 0
  }

  private let state = Mutex(State())
  /// Objects differ by the rules that they are in scope of, so that there are few.
  private static let limit = 1000
  private static let outgoingLimit = 64
  private static let unknown = UInt16.max

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

/// Flows to the targets.
extension FlowMemory {
  /// Keeps what was said of metaverse objects; the answer is its place, nil if it is not kept.
  func place(of outgoing: [Outgoing]) -> UInt16? {
    state.withLock { state in
      if let known = state.outgoing.firstIndex(of: outgoing) { return UInt16(known) }
      guard state.outgoing.count < Self.outgoingLimit else { return nil }
      state.outgoing.append(outgoing)
      return UInt16(state.outgoing.count - 1)
    }
  }

  /// Notes what was said of a metaverse object that this step has made.
  func note(_ place: UInt16, of metaverse: Int64) {
    state.withLock { state in
      if state.places.isEmpty { state.first = metaverse }
      let index = Int(metaverse - state.first)
      // Their numbers are given in sequence; between them are those of which nothing is noted.
      guard index >= state.places.count else { return }
      for _ in state.places.count..<index { state.places.append(Self.unknown) }
      state.places.append(place)
    }
  }

  /// Notes that a metaverse object is another one than was made.
  func doubt(metaverse: Int64) {
    state.withLock { state in
      let index = Int(metaverse - state.first)
      if state.places.indices.contains(index) { state.places[index] = Self.unknown }
    }
  }

  /// What was said of a metaverse object, if it is known and still holds.
  func outgoing(of metaverse: Int64) -> [Outgoing]? {
    state.withLock { state in
      let index = Int(metaverse - state.first)
      guard state.places.indices.contains(index), state.places[index] != Self.unknown else {
        return nil
      }
      return state.outgoing[Int(state.places[index])]
    }
  }
}
