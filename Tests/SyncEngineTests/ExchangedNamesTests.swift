import Directory
import SyncEngine
import Synchronization
import Testing

@testable import SyncStore

/// A target in which no two objects have one sign-in name, or one address in their title.
private final class UniqueTarget: AroundDirectory {
  let inner: MemoryDirectory
  /// What no name may contain.
  let forbidden: String?
  /// Who gets no name that somebody else had.
  let refused: String?
  /// Whether whoever sends a name for the moment is told to end, as when somebody asks for a stop.
  let stopsThen: Bool
  /// Whether it then answers nothing any more.
  let isSilentThen: Bool
  /// Whether it has no time for what it refuses, and may have some later.
  private let isBusy: Bool
  /// Counts how often somebody gets a name for the moment.
  private let tally: Tally?
  /// What is done once the first is refused a name.
  private let atRefusal: Mutex<(@Sendable () -> Void)?>

  init(
    _ inner: MemoryDirectory, forbidden: String? = nil, refused: String? = nil,
    stopsThen: Bool = false, isSilentThen: Bool = false, isBusy: Bool = false, tally: Tally? = nil,
    atRefusal: (@Sendable () -> Void)? = nil
  ) {
    self.inner = inner
    self.tally = tally
    self.isBusy = isBusy
    self.atRefusal = Mutex(atRefusal)
    self.forbidden = forbidden
    self.refused = refused
    self.stopsThen = stopsThen
    self.isSilentThen = isSilentThen
  }

  /// Counts.
  final class Tally: Sendable {
    private let number = Mutex(0)
    var count: Int { number.withLock { $0 } }
    func add() { number.withLock { $0 += 1 } }
  }

  private var hasNameForTheMoment: Bool {
    inner.all.compactMap { $0.attributes.text("userName") }.contains { $0.contains("-") }
  }

  func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    var outcomes: [ExportOutcome] = []
    for operation in operations {
      if isSilentThen, hasNameForTheMoment { try? await Task.sleep(for: .seconds(3600)) }
      if stopsThen || isSilentThen, Task.isCancelled {
        outcomes.append(
          .failed(
            ObjectFailure(
              .connectivityError, code: "not sent", message: "broken off", isTransient: true)))
      } else if let refusal = refusal(operation) {
        outcomes.append(.failed(refusal))
        let action = atRefusal.withLock { action in
          defer { action = nil }
          return action
        }
        action?()
      } else {
        let had = hasNameForTheMoment
        outcomes += try await inner.export([operation])
        if hasNameForTheMoment, !had { tally?.add() }
      }
      if stopsThen, hasNameForTheMoment { withUnsafeCurrentTask { $0?.cancel() } }
    }
    return outcomes
  }

  private func refusal(_ operation: ExportOperation) -> ObjectFailure? {
    guard case .modify(let changes) = operation.kind else { return nil }
    for change in changes where ["userName", "title"].contains(change.name) {
      guard case .replace(let values) = change.operation, let value = values.first?.text else {
        continue
      }
      let holder = inner.all.first {
        $0.anchor != operation.anchor && $0.attributes.text(change.name) == value
      }
      if holder == nil, isForbidden(value, to: operation.anchor) {
        return ObjectFailure(
          .identityDataValidationFailed, code: "400", message: "no such name",
          attribute: "userName", isTransient: isBusy)
      }
      guard let holder, value.contains("@") else { continue }
      return ObjectFailure(
        .attributeValueMustBeUnique, code: "409", message: "taken", attribute: change.name.text,
        value: value, conflictingAnchor: holder.anchor)
    }
    return nil
  }

  private func isForbidden(_ value: String, to anchor: Anchor?) -> Bool {
    if let forbidden, value.contains(forbidden) { return true }
    guard let refused, !value.contains("-") else { return false }
    let who = inner.all.first { $0.anchor == anchor }?.attributes.text("externalId")
    return who == "g-" + refused && !value.hasPrefix(refused)
  }
}

/// A target that takes no new object with a title that another one has.
private final class UniqueTitles: AroundDirectory {
  let inner: MemoryDirectory
  init(_ inner: MemoryDirectory) { self.inner = inner }

  func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    var outcomes: [ExportOutcome] = []
    for operation in operations {
      if case .add(let attributes) = operation.kind, let title = attributes.text("title"),
        let holder = inner.all.first(where: { $0.attributes.text("title") == title })
      {
        outcomes.append(
          .failed(
            ObjectFailure(
              .attributeValueMustBeUnique, code: "409", message: "taken", attribute: "title",
              value: title, conflictingAnchor: holder.anchor)))
      } else {
        outcomes += try await inner.export([operation])
      }
    }
    return outcomes
  }
}

@Suite("Two objects that are to get one value")
struct OneValueForTwoTests {
  @Test("Who was made a moment ago with the value is not said to wait for another one")
  func madeInTheSameStep() async throws {
    let world = try World()
    world.wrap = { UniqueTitles($0) }
    for name in ["ann", "bob"] {
      world.source.put(try world.user(name, ["title": ["one@mail.test"]]))
    }
    try await world.cycle()
    let error = try #require(
      try world.reader.openErrors(connector: nil, after: nil, limit: 9).first)
    #expect(error.type == "AttributeValueMustBeUnique" && error.otherObjectID != nil)
    #expect(!error.hint.contains("waits for"), "\(error.hint)")
    // Nor after an import has shown it.
    try await world.cycle()
    let again = try #require(
      try world.reader.openErrors(connector: nil, after: nil, limit: 9).first)
    #expect(again.hint == error.hint)
  }
}

@Suite("Two objects that are to get each other's name")
struct ExchangedNamesTests {
  private func names(_ world: World) -> [String: String] {
    world.outcome.compactMapValues { $0["username"]?.first }
  }

  /// These people are in the target, each with a name and an address of their own.
  private func world(
    of people: [String] = ["ann", "bob"], forbidden: String? = nil, refused: String? = nil,
    stopsThen: Bool = false
  ) async throws -> World {
    let world = try World()
    for name in people {
      world.source.put(try world.user(name, ["title": [.string(name + "@mail.test")]]))
    }
    world.wrap = { UniqueTarget($0, forbidden: forbidden, refused: refused, stopsThen: stopsThen) }
    try await world.cycle()
    return world
  }

  private func give(
    _ world: World, _ who: String, the name: String, called displayName: String? = nil
  ) {
    world.source.change("g-" + who) { attributes in
      attributes["upn"] = [.string(name + "@contoso.test")]
      attributes["title"] = [.string(name + "@mail.test")]
      if let displayName { attributes["displayName"] = [.string(displayName)] }
    }
  }

  @Test("get them in one step, and nobody keeps the name for the moment")
  func exchange() async throws {
    let world = try await world()
    give(world, "ann", the: "bob")
    give(world, "bob", the: "ann")
    let cycle = try await world.cycle()
    #expect(cycle.severity == .success)
    #expect(names(world) == ["g-ann": "bob@contoso.test", "g-bob": "ann@contoso.test"])
    #expect(world.outcome["g-ann"]?["title"] == ["bob@mail.test"])
    #expect(world.outcome["g-bob"]?["title"] == ["ann@mail.test"])
    #expect(cycle.steps.first { $0.type == .export }?.updates == 2)
    try expectStatisticsAddUp(world.reader)
    #expect(try await world.cycle().isQuiet)
  }

  @Test("get them, too, where the step is asked to end in the midst of it")
  func stoppedBetween() async throws {
    let world = try await world(stopsThen: true)
    give(world, "ann", the: "bob")
    give(world, "bob", the: "ann")
    try await world.cycle()
    #expect(names(world) == ["g-ann": "bob@contoso.test", "g-bob": "ann@contoso.test"])
  }

  @Test("need nobody's help as long as that was not tried, and are told so only after it failed")
  func advice() async throws {
    func hints(_ world: World) throws -> [String] {
      try world.reader.openErrors(connector: nil, after: nil, limit: 9).map(\.hint)
    }
    let world = try await world()
    let file = world.storeFile
    world.wrap = { inner in
      UniqueTarget(inner) {
        // Somebody stops the engine before the two can exchange their names.
        do {
          _ = try StoreReader(file: file).file(.stop, requestedBy: "ann")
        } catch { Issue.record(error) }
      }
    }
    give(world, "ann", the: "bob")
    give(world, "bob", the: "ann")
    try await world.cycle()
    let untried = try hints(world)
    #expect(!untried.isEmpty)
    #expect(untried.allSatisfy { $0.contains("an export that sends both exchanges them") })
    world.wrap = { UniqueTarget($0) }
    try await world.cycle()
    #expect(names(world) == ["g-ann": "bob@contoso.test", "g-bob": "ann@contoso.test"])
    #expect(try hints(world).isEmpty)
    // One whom the target refuses the name for the moment.
    let other = try await self.world(forbidden: "-")
    give(other, "ann", the: "bob")
    give(other, "bob", the: "ann")
    try await other.cycle()
    let failed = try hints(other)
    #expect(!failed.isEmpty && failed.allSatisfy { $0.contains("each waits for the other") })
  }

  /// Runs a cycle that somebody stops once one of them has a name for the moment.
  private func stoppedCycle(_ world: World) async throws -> CycleSummary {
    let engine = try world.engine()
    let task = Task { try await engine.runCycle(.delta) }
    while !names(world).values.contains(where: { $0.contains("-") }) { await Task.yield() }
    _ = try world.reader.file(.stop, requestedBy: "ann")
    return try #require(try world.reader.cycle(id: try await task.value))
  }

  @Test("are not waited for without end by a step that is to end", .timeLimit(.minutes(2)))
  func silentInTheMidst() async throws {
    let world = try await world()
    world.exchangePatience = 0
    world.wrap = { UniqueTarget($0, isSilentThen: true) }
    give(world, "ann", the: "bob")
    give(world, "bob", the: "ann")
    let cycle = try await stoppedCycle(world)
    #expect(cycle.steps.last?.result == "stopped-user-termination-from-wmi-or-ui")
    world.wrap = { UniqueTarget($0) }
    for _ in 0..<2 { try await world.cycle() }
    #expect(names(world) == ["g-ann": "bob@contoso.test", "g-bob": "ann@contoso.test"])
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 5) == [])
  }

  @Test("are told to wait for each other where the target takes no name for the moment")
  func refusedForTheMoment() async throws {
    let world = try await world(forbidden: "-")
    give(world, "ann", the: "bob")
    give(world, "bob", the: "ann")
    let cycle = try await world.cycle()
    let export = try #require(cycle.steps.first { $0.type == .export })
    let errors = try world.reader.errors(step: export.id, after: nil, limit: 10)
    #expect(errors.count == 2)
    #expect(errors.allSatisfy { $0.hint.contains("each waits for the other") })
    #expect(names(world) == ["g-ann": "ann@contoso.test", "g-bob": "bob@contoso.test"])
  }

  @Test("get them, and only what else the second is to be waits where that is refused")
  func secondRefused() async throws {
    let world = try await world()
    world.target.state.withLock { $0.refuseValue = "evil" }
    give(world, "ann", the: "bob")
    give(world, "bob", the: "ann", called: "evil")
    let cycle = try await world.cycle()
    let export = try #require(cycle.steps.first { $0.type == .export })
    #expect(try world.reader.errors(step: export.id, after: nil, limit: 10).count == 1)
    #expect(names(world) == ["g-ann": "bob@contoso.test", "g-bob": "ann@contoso.test"])
    world.target.state.withLock { $0.refuseValue = nil }
    let next = try await world.cycle()
    #expect(next.severity == .success)
    #expect(world.outcome["g-bob"]?["title"] == ["ann@mail.test"])
    #expect(try await world.cycle().isQuiet)
  }

  /// Ann gets Bob's name, Bob Cid's, and so on, the last one Ann's.
  private func passOn(_ world: World, _ names: [String]) {
    for (who, name) in zip(names, names.dropFirst() + names.prefix(1)) {
      give(world, who, the: name)
    }
  }

  @Test(
    "Three or more who pass their names on in a circle have them after one step",
    arguments: [
      ["ann", "bob", "cid"], ["bob", "ann", "cid"], ["dan", "ann", "cid", "bob", "eve"],
    ])
  func circle(order: [String]) async throws {
    let world = try await world(of: order.sorted())
    passOn(world, order)
    let cycle = try await world.cycle()
    #expect(cycle.severity == .success)
    for (who, name) in zip(order, order.dropFirst() + order.prefix(1)) {
      #expect(names(world)["g-" + who] == name + "@contoso.test")
      #expect(world.outcome["g-" + who]?["title"] == [name + "@mail.test"])
    }
    #expect(cycle.steps.first { $0.type == .export }?.updates == order.count)
    try expectStatisticsAddUp(world.reader)
    #expect(try await world.cycle().isQuiet)
  }

  @Test(
    "Of a circle all keep their names where one is refused his, and it is told why",
    arguments: ["ann", "bob", "cid"])
  func brokenCircle(refused: String) async throws {
    let world = try await world(of: ["ann", "bob", "cid"], refused: refused)
    passOn(world, ["ann", "bob", "cid"])
    let cycle = try await world.cycle()
    let export = try #require(cycle.steps.first { $0.type == .export })
    let errors = try world.reader.errors(step: export.id, after: nil, limit: 10)
    #expect(errors.count == 3)
    #expect(errors.filter { $0.type == "IdentityDataValidationFailed" }.count == 1, "\(errors)")
    #expect(
      names(world) == [
        "g-ann": "ann@contoso.test", "g-bob": "bob@contoso.test", "g-cid": "cid@contoso.test",
      ])
  }

  private func events(_ world: World) throws -> [EventRow] {
    try world.reader.events(codes: [904], text: "their userName", before: nil, limit: 99)
  }

  @Test("Those whose exchange is refused are left alone until one of them, or a name, is another")
  func refusedForGood() async throws {
    let tally = UniqueTarget.Tally()
    let world = try await world()
    world.wrap = { UniqueTarget($0, refused: "bob", tally: tally) }
    give(world, "ann", the: "bob")
    give(world, "bob", the: "ann")
    for _ in 0..<3 {
      let cycle = try await world.cycle()
      let export = try #require(cycle.steps.first { $0.type == .export })
      #expect(try world.reader.errors(step: export.id, after: nil, limit: 9).count == 2)
      #expect(names(world) == ["g-ann": "ann@contoso.test", "g-bob": "bob@contoso.test"])
      #expect(tally.count == 1)
    }
    let errors = try world.reader.openErrors(connector: nil, after: nil, limit: 9)
    #expect(errors.allSatisfy { $0.message.contains("bob was refused: no such name") }, "\(errors)")
    #expect(errors.allSatisfy { $0.hint.contains("each waits for the other") })
    // It is told once, as what it was.
    var told = try events(world)
    #expect(told.count == 1 && told.first?.level == .warning, "\(told)")
    #expect(told.first?.message.hasPrefix("ann and bob could not exchange their userName") == true)
    #expect(told.first?.message.contains("no such name") == true)
    // An address that the target shows of one of them is another.
    let bob = try #require(
      world.target.all.first { $0.attributes.text("externalId") == "g-bob" }?.anchor.text)
    world.target.change(bob) { $0["title"] = ["bobby@mail.test"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(tally.count == 2)
    // A name that one of them is to get is another, and nothing is refused any more.
    world.wrap = { UniqueTarget($0, tally: tally) }
    try await world.cycle()
    #expect(tally.count == 2)
    world.source.change("g-ann") { $0["title"] = ["robert@mail.test"] }
    #expect(try await world.cycle().severity == .success)
    #expect(tally.count == 3)
    #expect(names(world) == ["g-ann": "bob@contoso.test", "g-bob": "ann@contoso.test"])
    told = try events(world)
    #expect(told.count == 3 && told.first?.level == .information)
    #expect(told.first?.message.contains("ann and bob have exchanged their userName") == true)
    #expect(try await world.cycle().isQuiet)
    let store = try SyncStore.open(file: world.storeFile)
    #expect(try store.look { try $0.integer("SELECT COUNT(*) FROM refused_exchange") == 0 })
    try store.close()
  }

  @Test("An exchange that got no answer is tried again by the next export")
  func refusedForNow() async throws {
    let tally = UniqueTarget.Tally()
    let world = try await world()
    world.wrap = { UniqueTarget($0, refused: "bob", isBusy: true, tally: tally) }
    give(world, "ann", the: "bob")
    give(world, "bob", the: "ann")
    for number in 1...2 {
      try await world.cycle()
      #expect(tally.count == number)
    }
    #expect(try events(world).allSatisfy { $0.message.contains("the next export tries again") })
    world.wrap = { UniqueTarget($0, tally: tally) }
    try await world.cycle()
    #expect(names(world) == ["g-ann": "bob@contoso.test", "g-bob": "ann@contoso.test"])
  }

  @Test("Two exchange theirs while a third waits for one of them in vain")
  func besides() async throws {
    let world = try await world(of: ["ann", "bob", "cid"])
    give(world, "ann", the: "bob")
    give(world, "bob", the: "ann")
    give(world, "cid", the: "ann")
    let cycle = try await world.cycle()
    let export = try #require(cycle.steps.first { $0.type == .export })
    #expect(try world.reader.errors(step: export.id, after: nil, limit: 10).count == 1)
    #expect(
      Set(names(world).values) == ["ann@contoso.test", "bob@contoso.test", "cid@contoso.test"])
    #expect(names(world)["g-cid"] == "cid@contoso.test")
  }

  @Test("get them also where something else of the first is refused")
  func firstRefused() async throws {
    let world = try await world()
    world.target.state.withLock { $0.refuseValue = "evil" }
    give(world, "ann", the: "bob", called: "evil")
    give(world, "bob", the: "ann")
    let cycle = try await world.cycle()
    let export = try #require(cycle.steps.first { $0.type == .export })
    #expect(try world.reader.errors(step: export.id, after: nil, limit: 10).count == 1)
    #expect(names(world) == ["g-ann": "bob@contoso.test", "g-bob": "ann@contoso.test"])
  }

  @Test("A name that is given up within the step is free for who was refused it before")
  func handedOn() async throws {
    let world = try await world()
    give(world, "ann", the: "bob")
    give(world, "bob", the: "bobby")
    let cycle = try await world.cycle()
    #expect(cycle.severity == .success)
    #expect(names(world) == ["g-ann": "bob@contoso.test", "g-bob": "bobby@contoso.test"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("Who has a name and is to get another one is told to who waits for it")
  func waitsFor() async throws {
    let world = try await world()
    world.target.state.withLock { $0.refuseValue = "evil" }
    give(world, "ann", the: "bob")
    give(world, "bob", the: "bobby", called: "evil")
    let cycle = try await world.cycle()
    let export = try #require(cycle.steps.first { $0.type == .export })
    let errors = try world.reader.errors(step: export.id, after: nil, limit: 10)
    #expect(errors.contains { $0.hint.contains("waits for bob, who has the value") })
  }
}
