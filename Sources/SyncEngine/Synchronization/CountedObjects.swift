import SyncStore
import Synchronization

/// What a step has counted of its objects before their references flow, which they do at its end:
/// one that was counted as without a flow has one then.
final class CountedObjects: Sendable {
  /// Which way something flows.
  enum Way {
    case inbound
    case outbound
  }

  private struct State {
    /// Objects that were counted as without a flow, by way.
    var quiet: [Way: NumberSet] = [:]
    /// Objects of which something flowed.
    var flowed: [Way: NumberSet] = [:]
    /// Objects that got their metaverse object in this step: they are counted for that.
    var new = NumberSet()
    /// Objects of which nothing but the loss of references was counted.
    var losing = NumberSet()
  }

  private let state = Mutex(State())

  /// Notes that something is to be counted of an object; the answer is whether it counts, which that
  /// nothing flows does not where references flowed before.
  func counts(_ counter: Counter, of object: Int64) -> Bool {
    switch counter {
    case .connectorNoFlow: noteQuiet(.inbound, object)
    case .outboundNoFlow: noteQuiet(.outbound, object)
    case .connectorFlow:
      state.withLock { $0.flowed[.inbound, default: NumberSet()].insert(object) }
    case .disconnectorJoinedFlow, .disconnectorJoinedNoFlow, .disconnectorProjectedFlow,
      .disconnectorProjectedNoFlow:
      state.withLock { $0.new.insert(object) }
    default: true
    }
  }

  private func noteQuiet(_ way: Way, _ object: Int64) -> Bool {
    state.withLock { state in
      guard state.flowed[way]?.contains(object) != true else { return false }
      state.quiet[way, default: NumberSet()].insert(object)
      return true
    }
  }

  /// Whether the object got its metaverse object in this step.
  func isNew(_ object: Int64) -> Bool { state.withLock { $0.new.contains(object) } }

  /// Whether references that the object gave and that are gone are to be counted: it did not get its
  /// metaverse object in this step, and nothing else of it flowed.
  func countsLoss(of object: Int64) -> Bool {
    state.withLock { state in
      state.losing.contains(object)
        || !state.new.contains(object) && state.flowed[.inbound]?.contains(object) != true
    }
  }

  /// Notes that references of objects that are gone are counted: there may be more of the same.
  func noteLoss(of objects: some Sequence<Int64>) {
    state.withLock { state in
      for object in objects { state.losing.insert(object) }
    }
  }

  /// Counts references of an object that flow, instead of that nothing did.
  func flow(_ way: Way, of object: Int64, target: Int64 = 0, _ tally: inout CounterTally) {
    let wasQuiet = state.withLock { state in
      state.flowed[way, default: NumberSet()].insert(object)
      return state.quiet[way]?.remove(object) == true
    }
    tally.count(way == .inbound ? .connectorFlow : .outboundFlow, target: target)
    guard wasQuiet else { return }
    tally.count(
      way == .inbound ? .connectorNoFlow : .outboundNoFlow, target: target, amount: -1)
  }
}

/// Numbers of objects, a bit each: they are given in sequence.
struct NumberSet {
  private var words: [UInt64] = []

  func contains(_ number: Int64) -> Bool {
    let index = Int(number >> 6)
    return index < words.count && words[index] & Self.bit(number) != 0
  }

  /// Adds a number; always true.
  @discardableResult mutating func insert(_ number: Int64) -> Bool {
    let index = Int(number >> 6)
    if index >= words.count {
      words.append(
        contentsOf: repeatElement(0, count: max(index + 1 - words.count, words.count)))
    }
    words[index] |= Self.bit(number)
    return true
  }

  /// Removes a number; the answer is whether it was there.
  mutating func remove(_ number: Int64) -> Bool {
    guard contains(number) else { return false }
    words[Int(number >> 6)] &= ~Self.bit(number)
    return true
  }

  private static func bit(_ number: Int64) -> UInt64 { 1 << UInt64(number & 63) }
}
