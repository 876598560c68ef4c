import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("An import that is not to be believed stages no delete")
struct ImportGuardTests {
  private func release(_ world: World, _ connector: String = "source") async throws -> String {
    let status = try await world.release(.importOf(connector))
    #expect(status.state == .finished)
    return status.outcome
  }

  private func staged(_ world: World) throws -> Int {
    try world.reader.connectors()[0].objects
  }

  @Test("Deletes up to the limit are taken in; one more holds them all", arguments: [true, false])
  func count(deltas: Bool) async throws {
    let world = try World.of(users: 8, sourceKnowsDeltas: deltas)
    world.limits["source"] = GuardLimits(importing: [.deletes: GuardLimit(count: 2)])
    try await world.cycle()
    world.remove(0..<2)
    #expect(try await world.cycle().steps[0].result == "success")
    #expect(world.outcome.count == 6)
    world.remove(2..<5)
    let cycle = try await world.cycle()
    #expect(cycle.steps[0].result == "stopped-deletion-limit" && cycle.steps[0].deletes == 0)
    #expect(world.outcome.count == 6)
    #expect(try staged(world) == 6)
    let message = try world.reader.stepMessage(step: cycle.steps[0].id)
    #expect(message.message.contains("does not show 3 of its 6 objects"))
    #expect(message.hint.contains("lockstep release import source"))
    #expect(try world.reader.status().heldImports.count == 1)
    #expect(
      try world.reader.events(codes: [116], text: "3 of its 6", before: nil, limit: 9).count >= 1)
  }

  @Test(
    "What a full import is held for ends once deltas have told what became of each",
    arguments: [false, true])
  func settled(isReleased: Bool) async throws {
    let world = try World.of(users: 8)
    try world.stopSchedule()
    world.limits["source"] = GuardLimits(importing: [.deletes: GuardLimit(count: 1)])
    try await world.cycle()
    // The full import does not show three of them, which nobody has deleted.
    world.source.state.withLock { state in
      for number in 0..<3 { state.objects[Anchor("g-u\(number)")] = nil }
      state.order.removeAll { state.objects[$0] == nil }
    }
    let full = try await world.cycle(.initial)
    #expect(full.steps[0].result == "stopped-deletion-limit")
    #expect(try world.reader.heldImports().map(\.count) == [3])
    if isReleased { _ = try await release(world) }
    for number in 0..<3 {
      // Once released, it lets the first delete of a delta pass.
      if !isReleased { #expect(try world.reader.heldImports().count == 1, "\(number)") }
      let gone = ObjectAddress(
        anchor: Anchor("g-u\(number)"), dn: try world.user("u\(number)").dn)
      if number < 2 {
        world.source.state.withLock { $0.log.append(.delete(gone)) }
      } else {
        world.source.put(try world.user("u2"))
      }
      let delta = try await world.cycle()
      #expect(delta.steps[0].result == "success", "\(number)")
    }
    #expect(try world.reader.heldImports().isEmpty)
    #expect(world.outcome.count == 6)
    world.remove(3..<5)
    #expect(try await world.cycle().steps[0].result == "stopped-deletion-limit")
  }

  @Test("Too many adds are held though something could not be read, and are released by a person")
  func addsBesideErrors() async throws {
    let world = try World.of(users: 3, sourceKnowsDeltas: false)
    try world.stopSchedule()
    world.limits["source"] = GuardLimits(importing: [.adds: GuardLimit(count: 2)])
    try await world.cycle()
    for number in 3..<6 { world.source.put(try world.user("u\(number)")) }
    world.source.state.withLock {
      $0.errors = [.odd]
    }
    let cycle = try await world.cycle()
    #expect(cycle.steps[0].result == "stopped-object-limit")
    #expect(world.outcome.count == 3)
    #expect(try world.reader.status().heldImports.count == 1)
    try await world.cycle()
    #expect(world.outcome.count == 3)
    #expect(
      try await release(world) == "3 changes that source told are synchronized with the next cycle")
    try await world.cycle()
    #expect(world.outcome.count == 6)
  }

  @Test("Another server is held though something could not be read")
  func strangerBesideErrors() async throws {
    let world = try World.of(users: 4, sourceKnowsDeltas: false)
    try await world.cycle(.initial)
    world.remove(0..<1)
    world.source.change("g-u1") { $0["title"] = ["Stranger"] }
    world.source.state.withLock {
      $0.identity = "another"
      $0.errors = [.odd]
    }
    let cycle = try await world.cycle(.initial)
    #expect(cycle.steps[0].result == "stopped-deletion-limit")
    #expect(world.outcome["g-u1"]?["title"] == nil)
    #expect(try world.reader.status().heldImports.count == 1)
  }

  @Test("A second hold of a kind counts what the first holds")
  func holdsAddUp() async throws {
    let world = try World.of(users: 2)
    try world.stopSchedule()
    world.limits["source"] = GuardLimits(importing: [.adds: GuardLimit(count: 1)])
    try await world.cycle()
    for number in 2..<5 { world.source.put(try world.user("u\(number)")) }
    try await world.cycle()
    for number in 5..<7 { world.source.put(try world.user("u\(number)")) }
    try await world.cycle()
    let hold = try #require(try world.reader.heldImports().first)
    #expect(hold.count == 5 && hold.message.contains("with those that were held before, 5"))
    #expect(world.outcome.count == 2)
  }

  @Test(
    "What an import staged that ended in its midst is weighed before it is synchronized",
    arguments: [false, true])
  func brokenOff(commitsOne: Bool) async throws {
    let world = try World.of(users: 3)
    try world.stopSchedule()
    world.limits["source"] = GuardLimits(importing: [.adds: GuardLimit(count: 2)])
    try await world.cycle()
    for number in 3..<9 { world.source.put(try world.user("u\(number)")) }
    var options = StoreOptions()
    let file = world.storeFile
    options.onCommit = { moment in
      guard moment == .after, let reader = try? StoreReader(file: file),
        try reader.connectors()[0].objects == 9
      else { return }
      throw World.Missing()
    }
    let store = try SyncStore.open(file: file, options: options)
    await #expect(throws: (any Error).self) {
      try await world.engine(store: store).runProfile(connector: "source", .deltaImport)
    }
    if commitsOne {
      let one = try #require(try world.reader.find("u3").first)
      _ = try await world.engine().commitPreview(object: one.id, isFull: false)
    }
    _ = try await world.engine().runProfile(connector: "source", .deltaSynchronization)
    let step = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first)
    #expect(step.result == "stopped-object-limit")
    #expect(try world.reader.connectors().map(\.objects)[1] == (commitsOne ? 4 : 3))
    #expect(try world.reader.heldImports().map(\.count) == [6])
    _ = try await release(world)
    try await world.cycle()
    #expect(world.outcome.count == 9)
  }

  @Test("A share of the objects is a limit, too; a limit of 0 lets nothing go")
  func shares() async throws {
    let world = try World.of(users: 10)
    world.limits["source"] = GuardLimits(importing: [.deletes: GuardLimit(percent: 30)])
    try await world.cycle()
    world.remove(0..<3)
    #expect(try await world.cycle().steps[0].result == "success")
    world.remove(3..<6)
    #expect(try await world.cycle().steps[0].result == "stopped-deletion-limit")
    world.limits["source"] = GuardLimits(importing: [.deletes: GuardLimit(count: 0)])
    for number in 4..<6 { world.source.put(try world.user("u\(number)")) }
    #expect(try await world.cycle().steps[0].result == "stopped-deletion-limit")
    #expect(world.outcome.count == 7)
  }

  @Test(
    "Far fewer than last time are not believed without any setting; of a handful, half is little")
  func farFewer() async throws {
    let world = try World.of(users: 110)
    try await world.cycle()
    world.remove(0..<56)
    #expect(try await world.cycle(.initial).steps[0].result == "stopped-deletion-limit")
    #expect(world.outcome.count == 110)
    let small = try World.of(users: 4)
    try await small.cycle()
    small.remove(0..<3)
    #expect(try await small.cycle(.initial).steps[0].result == "success")
  }

  @Test("What else a held full import tells flows on: only the deletes wait")
  func othersFlow() async throws {
    let world = try World.of(users: 6, sourceKnowsDeltas: false)
    world.limits["source"] = GuardLimits(importing: [.deletes: GuardLimit(count: 1)])
    try await world.cycle()
    world.remove(0..<2)
    world.source.put(try world.user("new"))
    world.source.change("g-u5") { $0["title"] = ["Boss"] }
    try await world.cycle()
    #expect(world.outcome["g-new"] != nil && world.outcome["g-u5"]?["title"] == ["Boss"])
    #expect(world.outcome.count == 7)
  }

  @Test("A released import is believed once, by name and time, and the next one is judged anew")
  func released() async throws {
    let world = try World.of(users: 9)
    try world.stopSchedule()
    world.limits["source"] = GuardLimits(importing: [.deletes: GuardLimit(count: 1)])
    try await world.cycle()
    world.remove(0..<3)
    try await world.cycle()
    #expect(try await release(world).contains("up to 3 objects"))
    let record = try #require(try world.reader.releases(limit: 5).first)
    #expect(record.person == "ann" && record.connector == "source" && record.count == 3)
    #expect(try world.reader.status().heldImports.isEmpty)
    #expect(try await world.cycle().steps[0].result == "success")
    #expect(world.outcome.count == 6)
    #expect(try world.reader.heldImports().isEmpty)
    world.remove(3..<6)
    #expect(try await world.cycle().steps[0].result == "stopped-deletion-limit")
    #expect(world.outcome.count == 6)
  }

  @Test("A release covers what was held then: more than that is held again")
  func releasedMore() async throws {
    let world = try World.of(users: 12)
    try world.stopSchedule()
    world.limits["source"] = GuardLimits(importing: [.deletes: GuardLimit(count: 1)])
    try await world.cycle()
    world.remove(0..<3)
    try await world.cycle()
    _ = try await release(world)
    world.remove(3..<5)
    #expect(try await world.cycle().steps[0].result == "stopped-deletion-limit")
    #expect(world.outcome.count == 12)
    #expect(try world.reader.heldImports().map(\.count) == [5])
  }

  @Test("An import that is well again needs no release")
  func recovered() async throws {
    let world = try World.of(users: 6, sourceKnowsDeltas: false)
    world.limits["source"] = GuardLimits(importing: [.deletes: GuardLimit(count: 1)])
    try await world.cycle()
    world.remove(0..<3)
    try await world.cycle()
    for number in 0..<3 { world.source.put(try world.user("u\(number)")) }
    #expect(try await world.cycle().steps[0].result == "success")
    #expect(try world.reader.heldImports().isEmpty)
  }

  @Test("One that is well again but for an object that can't be read holds nothing more")
  func refuted() async throws {
    let world = try World.of(users: 4, sourceKnowsDeltas: false)
    try await world.cycle()
    let all = world.source.all
    world.remove(0..<4)
    #expect(try await world.cycle().steps[0].result == "completed-no-objects")
    #expect(try world.reader.status().heldImports.count == 1)
    world.source.state.withLock {
      $0.errors = [
        DiscoveryError(.parseError, dn: "CN=x", location: "1", message: "no number", hint: "")
      ]
    }
    try await world.cycle()
    // Nothing that it lacked is there yet.
    #expect(try world.reader.status().heldImports.count == 1)
    for entry in all { world.source.put(entry) }
    #expect(try await world.cycle().steps[0].result == "completed-discovery-errors")
    #expect(try world.reader.status().heldImports.isEmpty)
    #expect(world.outcome.count == 4)
  }

  @Test("Nothing released, nothing to release")
  func nothingHeld() async throws {
    let world = try World.of(users: 2)
    try world.stopSchedule()
    try await world.cycle()
    let id = try world.reader.file(.release(.importOf("source")), requestedBy: "ann")
    try await world.obeyAll()
    let status = try #require(try world.reader.command(id: id))
    #expect(status.state == .refused && status.outcome.contains("No import of source is held"))
  }

  @Test(
    "Where an entry that must be there is missing, no other is taken for deleted",
    arguments: [true, false])
  func canary(deltas: Bool) async throws {
    let world = try World.of(users: 6, sourceKnowsDeltas: deltas)
    world.canaries = [try world.dn("u5", ou: "Staff")]
    try await world.cycle()
    world.remove(0..<1)
    #expect(try await world.cycle().steps[0].result == "success")
    world.remove(1..<2)
    world.remove(5..<6)
    let cycle = try await world.cycle()
    #expect(cycle.steps[0].result == "stopped-deletion-limit")
    #expect(try world.reader.stepMessage(step: cycle.steps[0].id).message.contains("CN=u5"))
    #expect(world.outcome.count == 5)
  }

  @Test("A directory that somebody emptied has a way out: released, its emptiness is believed")
  func emptied() async throws {
    let world = try World.of(users: 3)
    try world.stopSchedule()
    try await world.cycle()
    let anchors = world.target.all.map(\.anchor.text)
    for anchor in anchors { world.target.remove(anchor) }
    let cycle = try await world.cycle(.initial)
    #expect(cycle.steps[1].connector == "target")
    #expect(cycle.steps[1].result == "completed-no-objects")
    #expect(world.target.all.isEmpty)
    _ = try await release(world, "target")
    try await world.cycle(.initial)
    try await world.cycle()
    #expect(world.outcome.count == 3)
    #expect(Set(world.target.all.map(\.anchor.text)).isDisjoint(with: anchors))
  }

  @Test(
    "Another server that lacks objects is held whole; after a change of settings it is believed")
  func otherServer() async throws {
    let world = try World.of(users: 4)
    try world.stopSchedule()
    try await world.cycle()
    world.remove(0..<1)
    world.source.put(try world.user("stranger"))
    world.source.state.withLock { $0.identity = "another" }
    let cycle = try await world.cycle(.initial)
    #expect(cycle.steps[0].result == "stopped-deletion-limit")
    #expect(
      cycle.steps.filter { $0.type == .fullSynchronization }.map(\.result)
        == ["stopped-object-limit", "stopped-object-limit"])
    #expect(world.outcome["g-stranger"] == nil && world.outcome.count == 4)
    world.fingerprint = "2"
    try await world.cycle(.initial)
    #expect(world.outcome["g-stranger"] != nil && world.outcome["g-u0"] == nil)
    #expect(try world.reader.heldImports().isEmpty)
  }

  @Test("When every object of a type vanishes, the right to read them is what vanished")
  func rights() async throws {
    let world = try World.of(users: 30)
    for number in 0..<20 { world.source.put(try world.group("team\(number)", members: [])) }
    try await world.cycle()
    for number in 0..<20 { world.source.remove("g-team\(number)") }
    let cycle = try await world.cycle(.initial)
    #expect(cycle.steps[0].result == "stopped-deletion-limit")
    #expect(
      try world.reader.stepMessage(step: cycle.steps[0].id).message.contains(
        "20 objects of type group"))
    #expect(world.outcome.count == 50)
  }

  @Test("A target that shows none of its few groups any more is not given them once more")
  func fewGroups() async throws {
    let world = try World.of(users: 30)
    for name in ["staff", "board"] { world.source.put(try world.group(name, members: [])) }
    for _ in 0..<2 { try await world.cycle() }
    let groups = world.target.all.filter { $0.objectType == "group" }
    #expect(groups.count == 2)
    for group in groups { world.target.remove(group.anchor.text) }
    let cycle = try await world.cycle(.initial)
    let step = try #require(
      cycle.steps.first { $0.connector == "target" && $0.type == .fullImport })
    #expect(step.result == "stopped-deletion-limit")
    #expect(
      try world.reader.stepMessage(step: step.id).message.contains("2 objects of type group"))
    #expect(!world.target.all.contains { $0.objectType == "group" })
    for group in groups { world.target.put(group) }
    for policy in [CyclePolicy.initial, .delta] { try await world.cycle(policy) }
    #expect(world.target.all.count { $0.objectType == "group" } == 2)
    #expect(try world.reader.heldImports().isEmpty)
  }

  @Test("A target's only group that is gone is made again")
  func onlyGroup() async throws {
    let world = try World.of(users: 30)
    world.source.put(try world.group("staff", members: []))
    for _ in 0..<2 { try await world.cycle() }
    let group = try #require(world.target.all.first { $0.objectType == "group" })
    world.target.remove(group.anchor.text)
    for _ in 0..<2 { try await world.cycle(.initial) }
    #expect(world.target.all.count { $0.objectType == "group" } == 1)
  }

  /// A directory that tells each few changes of a delta as something of its own.
  private struct InPieces: AroundDirectory {
    let inner: MemoryDirectory

    func openImport(_ request: ImportRequest) async throws -> any ImportReader {
      let reader = try await inner.openImport(request)
      return request.watermark == nil ? reader : Reader(inner: reader)
    }

    private struct Reader: ImportReader {
      let inner: any ImportReader

      func next() async throws -> ImportBatch? {
        var batch = try await inner.next()
        batch?.endsWindow = true
        return batch
      }
    }
  }

  @Test("Deletes of a delta that was stopped in its middle count with what the full import lacks")
  func inTwoHalves() async throws {
    let world = try World.of(users: 20)
    try world.stopSchedule()
    world.otherSource = InPieces(inner: world.source)
    world.limits["target"] = GuardLimits(exporting: [.deletes: GuardLimit(count: 99)])
    try await world.cycle()
    world.limits["source"] = GuardLimits(importing: [.deletes: GuardLimit(count: 8)])
    world.remove(0..<14)
    // The first seven were within the limit.
    var cycle = try await world.cycle()
    #expect(cycle.steps[0].result == "stopped-deletion-limit" && cycle.steps[0].deletes == 7)
    var words = try world.reader.stepMessage(step: cycle.steps[0].id).message
    #expect(words.contains("14 of its 20 objects") && words.contains("7 of them were staged"))
    #expect(world.outcome.count == 13)
    for _ in 0..<2 {
      cycle = try await world.cycle()
      #expect(world.outcome.count == 13)
    }
    let first = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 99).first {
        $0.type == .fullImport && $0.connector == "source" && $0.result != "success"
      })
    #expect(first.result == "stopped-deletion-limit" && first.deletes == 0)
    words = try world.reader.stepMessage(step: first.id).message
    #expect(words.contains("14 of its 20 objects") && words.contains("7 of them were staged"))
    // Deltas that tell nothing new say nothing of it.
    cycle = try await world.cycle(.initial)
    #expect(cycle.steps[0].result == "stopped-deletion-limit")
    #expect(world.outcome.count == 13)
    _ = try await release(world)
    try await world.cycle()
    #expect(world.outcome.count == 6)
    #expect(try world.reader.heldImports().isEmpty)
    // What was believed counts no more.
    world.remove(14..<18)
    #expect(try await world.cycle(.initial).steps[0].result == "success")
    #expect(world.outcome.count == 2)
  }

  @Test(
    "A delta that is stopped before it stages anything tells of all objects, and of none staged")
  func stoppedAtOnce() async throws {
    let world = try World.of(users: 20)
    try await world.cycle()
    world.limits["source"] = GuardLimits(importing: [.deletes: GuardLimit(count: 8)])
    world.remove(0..<14)
    let cycle = try await world.cycle()
    #expect(cycle.steps[0].result == "stopped-deletion-limit" && cycle.steps[0].deletes == 0)
    let words = try world.reader.stepMessage(step: cycle.steps[0].id).message
    #expect(words.contains("of its 20 objects") && words.contains("no delete was staged"))
    #expect(world.outcome.count == 20)
  }

  /// A directory whose deltas tell more than is read before any of it is staged.
  private struct Long: AroundDirectory {
    let inner: MemoryDirectory

    func openImport(_ request: ImportRequest) async throws -> any ImportReader {
      let reader = try await inner.openImport(request)
      return request.watermark == nil ? reader : Reader(inner: reader)
    }

    private struct Reader: ImportReader {
      let inner: any ImportReader

      func next() async throws -> ImportBatch? {
        var batch = try await inner.next()
        let nobody = ImportedChange.delete(ObjectAddress(anchor: Anchor("nobody")))
        batch?.changes += [ImportedChange](repeating: nobody, count: 20_000)
        return batch
      }
    }
  }

  @Test("The figure that a person decides by is that of all the deletes", arguments: [false, true])
  func whole(isLong: Bool) async throws {
    let world = try World.of(users: 40)
    try world.stopSchedule()
    if isLong { world.otherSource = Long(inner: world.source) }
    world.limits["target"] = GuardLimits(exporting: [.deletes: GuardLimit(count: 99)])
    try await world.cycle()
    world.limits["source"] = GuardLimits(importing: [.deletes: GuardLimit(count: 5)])
    world.remove(0..<24)
    let cycle = try await world.cycle()
    #expect(cycle.steps[0].result == "stopped-deletion-limit" && cycle.steps[0].deletes == 0)
    let words = try world.reader.stepMessage(step: cycle.steps[0].id).message
    #expect(words.contains("24 of its 40 objects"))
    #expect(try world.reader.heldImports().map(\.count) == [24])
    _ = try await release(world)
    try await world.cycle()
    #expect(world.outcome.count == 16)
  }

  @Test("Deletes in two halves are weighed against all objects that there were")
  func shareOfAll() async throws {
    let world = try World.of(users: 30)
    try world.stopSchedule()
    world.limits["source"] = GuardLimits(importing: [
      .deletes: GuardLimit(percent: 50, smallest: 20)
    ])
    world.limits["target"] = GuardLimits(exporting: [.deletes: GuardLimit(count: 99)])
    try await world.cycle()
    world.remove(0..<12)
    _ = try world.reader.file(.run(connector: "source", .deltaImport), requestedBy: "ann")
    try await world.obeyAll()
    let half = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first)
    #expect(half.deletes == 12)
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction {
      try $0.endStep(half.id, result: "stopped-server", message: "", hint: "")
    }
    try store.close()
    // 18 are left, of whom a limit for 20 or more says nothing.
    world.remove(12..<22)
    let cycle = try await world.cycle()
    #expect(cycle.steps[0].result == "stopped-deletion-limit")
    let words = try world.reader.stepMessage(step: cycle.steps[0].id).message
    #expect(words.contains("of its 30 objects") && words.contains("50 % of 30 objects"))
    #expect(words.contains("12 of them were staged before"))
  }

  @Test("What an import staged that died before it was weighed is weighed with the next one")
  func diedUnweighed() async throws {
    let world = try World.of(users: 5)
    try await world.cycle()
    for number in 5..<10 { world.source.put(try world.user("u\(number)")) }
    _ = try world.reader.file(.run(connector: "source", .deltaImport), requestedBy: "ann")
    try await world.obeyAll()
    let died = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first)
    #expect(died.adds == 5)
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction {
      try $0.endStep(died.id, result: "stopped-server", message: "", hint: "")
    }
    try store.close()
    world.limits["source"] = GuardLimits(importing: [.adds: GuardLimit(count: 6)])
    for number in 10..<12 { world.source.put(try world.user("u\(number)")) }
    let cycle = try await world.cycle()
    #expect(cycle.steps[0].result == "stopped-object-limit" && cycle.steps[0].adds == 2)
    #expect(world.outcome.count == 5)
    let words = try world.reader.stepMessage(step: cycle.steps[0].id)
    #expect(words.message.contains("told 7 adds, more than 6 objects"))
    _ = try await release(world)
    try await world.cycle()
    #expect(world.outcome.count == 12)
  }

  private func change(_ kind: GuardedKind, _ numbers: Range<Int>, in world: World) throws {
    for number in numbers {
      switch kind {
      case .adds, .deletes: world.source.put(try world.user("n\(number)"))
      case .updates: world.source.change("g-u\(number)") { $0["title"] = ["Boss"] }
      case .renames:
        world.source.rename("g-u\(number)", to: try world.dn("u\(number)", ou: "Berlin"))
      }
    }
  }

  private func changeBack(_ kind: GuardedKind, _ numbers: Range<Int>, in world: World) throws {
    for number in numbers {
      switch kind {
      case .adds, .deletes: world.source.remove("g-n\(number)")
      case .updates: world.source.change("g-u\(number)") { $0["title"] = [] }
      case .renames:
        world.source.rename("g-u\(number)", to: try world.dn("u\(number)", ou: "Staff"))
      }
    }
  }

  @Test(
    "Too many changes that are put right where they come from are held no more",
    arguments: [GuardedKind.adds, .updates, .renames])
  func putRight(kind: GuardedKind) async throws {
    let world = try World.of(users: 8)
    try world.stopSchedule()
    world.limits["source"] = GuardLimits(importing: [kind: GuardLimit(count: 2)])
    try await world.cycle()
    let before = world.outcome
    try change(kind, 0..<6, in: world)
    #expect(try await world.cycle().steps[0].result == "stopped-object-limit")
    // Three are left, which are too many still.
    try changeBack(kind, 0..<3, in: world)
    world.source.change("g-u7") { $0["displayName"] = ["Anna"] }
    try await world.cycle()
    #expect(try world.reader.heldImports().map(\.kind) == [kind.rawValue])
    #expect(world.outcome == before)
    try changeBack(kind, 3..<6, in: world)
    #expect(try await world.cycle().steps[0].result == "success")
    #expect(try world.reader.heldImports().isEmpty)
    #expect(world.outcome.count == 8 && world.outcome["g-u7"]?["displayname"] == ["Anna"])
    #expect(
      try world.reader.events(codes: [116], text: "no more", before: nil, limit: 9).count == 1)
  }

  @Test("A limit that is raised over what an import is held for lets it go")
  func raised() async throws {
    let world = try World.of(users: 3)
    world.limits["source"] = GuardLimits(importing: [.adds: GuardLimit(count: 2)])
    try await world.cycle()
    try change(.adds, 0..<3, in: world)
    try await world.cycle()
    #expect(world.outcome.count == 3)
    world.limits["source"] = GuardLimits(importing: [.adds: GuardLimit(count: 3)])
    try await world.cycle()
    #expect(world.outcome.count == 6)
    #expect(try world.reader.heldImports().isEmpty)
  }

  @Test("Updates of references alone stay held, and those in a target that no rule reads")
  func staysHeld() async throws {
    let world = try World.of(users: 3)
    try world.stopSchedule()
    for name in ["a", "b"] { world.source.put(try world.group(name, members: ["u0"])) }
    let limits = GuardLimits(importing: [.updates: GuardLimit(count: 1)])
    world.limits = ["source": limits, "target": limits]
    try await world.cycle()
    for name in ["a", "b"] { world.source.put(try world.group(name, members: ["u1"])) }
    for entry in world.target.all.prefix(2) {
      world.target.change(entry.anchor.text) { $0["displayName"] = ["Eve"] }
    }
    for _ in 0..<3 {
      try await world.cycle()
      #expect(try world.reader.heldImports().map(\.connector) == ["source", "target"])
    }
    #expect(world.outcome["g-a"]?["members"] == ["g-u0"])
  }

  @Test(
    "Too many adds, updates or renames are staged and wait: nothing is synchronized before a word",
    arguments: [GuardedKind.adds, .updates, .renames])
  func otherKinds(kind: GuardedKind) async throws {
    let world = try World.of(users: 6)
    try world.stopSchedule()
    world.limits["source"] = GuardLimits(importing: [kind: GuardLimit(count: 2)])
    try await world.cycle()
    for number in 0..<3 {
      switch kind {
      case .adds, .deletes: world.source.put(try world.user("n\(number)"))
      case .updates: world.source.change("g-u\(number)") { $0["title"] = ["Boss"] }
      case .renames:
        world.source.rename("g-u\(number)", to: try world.dn("u\(number)", ou: "Berlin"))
        world.source.change("g-u\(number)") { $0["title"] = ["Boss"] }
      }
    }
    let before = world.outcome
    let cycle = try await world.cycle()
    #expect(cycle.steps[0].result == "stopped-object-limit")
    #expect(world.outcome == before)
    // The next cycle brings nothing new, and still waits.
    try await world.cycle()
    #expect(world.outcome == before)
    _ = try await release(world)
    try await world.cycle()
    #expect(world.outcome != before)
    #expect(try world.reader.heldImports().isEmpty)
  }
}
