import Directory
import SyncEngine
import SyncStore
import Synchronization

/// Lives through a history and says what came of it.
public final class Simulator {
  let history: History
  let world: SimulatedWorld
  let trace = Trace()
  var failures: [Failure] = []
  /// Those whose objects the tenant may lose, because at some moment they were not wanted there.
  var unwanted: Set<String> = []
  /// When those were last not wanted in the tenant, as the number of the event.
  var lastUnwanted: [String: Int] = [:]
  /// As objects of which types those are wanted in the tenant.
  private var types: [String: String] = [:]
  /// The number of the event that happens.
  private(set) var moment = 0
  /// Objects of the tenant whose deletes a person has let go: by their anchors, or by their names
  /// while these are not known.
  var released: Set<String> = []
  /// People whose name was taken, or who took one.
  var contested: Set<Int> = []
  /// What people noted at objects of the tenant, which no rule writes.
  var notes: [String: String] = [:]

  /// A simulator of `history`, with a bug in one of the directories if one is planted.
  public init(_ history: History, bug: PlantedBug? = nil) throws {
    self.history = history
    world = try SimulatedWorld(history.setup, trace: trace)
    switch bug {
    case .tenant(let lie): world.cloud.state.withLock { $0.lie = lie }
    case .lostChange(let number): world.ad.state.withLock { $0.forgottenChange = number }
    case nil: break
    }
  }

  /// Lives through all events, lets everything become well, and checks what must be true then.
  public func run() async throws -> Verdict {
    for (index, model) in history.setup.models.enumerated() {
      trace.note("rules \(index): \(model)")
    }
    for event in history.events {
      trace.note("\(event)")
      nextMoment()
      try await happen(event)
      watchWanted()
    }
    nextMoment()
    try await conclude()
    return Verdict(history: history, failures: failures, trace: trace.lines)
  }

  private func nextMoment() {
    moment += 1
    world.cloud.state.withLock { $0.moment = moment }
  }

  private func happen(_ event: Event) async throws {
    switch event {
    case .sync(let sync): try await run(sync)
    case .clock(let seconds): world.time += Int64(seconds) * 1000
    case .newServer(let place): changeServer(place)
    case .rules(let variant):
      guard history.setup.models.indices.contains(variant) else { return }
      world.model = history.setup.models[variant]
      world.endEngine()
    case .retire(let place): world.configure(place, isThere: false)
    case .restore(let place): world.configure(place, isThere: true)
    case .restart: world.endEngine()
    case .release: try release()
    default: try await people(event)
    }
  }

  private func people(_ event: Event) async throws {
    if try inAD(event) { return }
    if try inHR(event) { return }
    inCloud(event)
  }

  private func changeServer(_ place: Place) {
    switch place {
    case .ad: world.ad.state.withLock { $0.server += 1 }
    case .hr: world.hr.state.withLock { $0.server += 1 }
    case .cloud: world.cloud.state.withLock { $0.server += 1 }
    }
  }

  func release() throws {
    let names = try world.releaseDeletes()
    released.formUnion(names)
    trace.note("  released: \(names.sorted().joined(separator: " "))")
  }

  /// Notes who is not wanted in the tenant at this moment.
  func watchWanted() {
    let expectation = world.expectation
    for key in Self.keys {
      guard let type = expectation.objects[key]?[Expectation.type]?.first else {
        unwanted.insert(key)
        lastUnwanted[key] = moment
        continue
      }
      // What is of another type is another object, also where one of two is synchronized.
      if types.updateValue(type, forKey: key) ?? type != type { unwanted.insert(key) }
    }
    if world.model.knowsGuests { unwanted.formUnion(expectation.doubled) }
  }

  /// Every key that a history may use.
  static let keys: [String] =
    ["K1", "K2"] + (0..<16).map { Who.person($0).key } + (0..<8).map { Who.group($0).key }
    + (0..<8).map { Who.team($0).key } + (0..<4).map { Who.contact($0).key }
    + (0..<16).map { Expectation.guestKey(Who.person($0).key) }
}

/// A bug that is planted to see that it is found.
public enum PlantedBug: Sendable {
  case tenant(TenantLie)
  /// The directory "ad" does not tell one change, by its number.
  case lostChange(Int)
}

/// Something that is not as it should be.
public struct Failure: Hashable, Sendable, CustomStringConvertible {
  /// What kind of thing.
  public enum Kind: Hashable, Sendable {
    case unrest, difference(attribute: String), missing, leftOver, lostNote
    case tooManyDeletes, wrongDelete, openError, wrongStatistics, ended
  }
  /// What kind of thing.
  public var kind: Kind
  /// What it is, on what, and when.
  public var description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

/// What came of a history.
public struct Verdict: Sendable {
  /// The history.
  public var history: History
  /// What is not as it should be; nothing if all is well.
  public var failures: [Failure]
  /// What happened.
  public var trace: [String]
}
