import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("What goes wrong at the target is told, tried again, and never doubled")
struct ExportFaultTests {
  private func openErrors(_ world: World) throws -> [ErrorRow] {
    try world.reader.openErrors(connector: nil, after: nil, limit: 100)
  }

  private func schedule(_ world: World, threshold: Int) throws {
    var schedule = ScheduleSettings()
    schedule.deletionThreshold = threshold
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { try $0.set(schedule) }
  }

  private func users(_ world: World, _ count: Int) throws {
    for number in 0..<count { world.source.put(try world.user("u\(number)")) }
  }

  private func export(_ cycle: CycleSummary) throws -> OperationRow {
    try #require(cycle.steps.first { $0.type == .export })
  }

  // MARK: Held deletes

  @Test("Deletes above the threshold are held while adds and updates flow")
  func held() async throws {
    let world = try World()
    try users(world, 6)
    try schedule(world, threshold: 2)
    try await world.cycle()
    for number in 0..<3 { world.source.remove("g-u\(number)") }
    world.source.put(try world.user("new"))
    world.source.change("g-u5") { $0["title"] = ["Boss"] }
    let cycle = try await world.cycle()
    #expect(try export(cycle).result == "stopped-deletion-threshold-exceeded")
    #expect(world.outcome.count == 7)
    #expect(world.outcome["g-u5"]?["title"] == ["Boss"])
    #expect(world.outcome["g-new"] != nil)
    let status = try world.reader.status()
    #expect(status.heldDeletes == 3)
    #expect(try world.reader.connectors().map(\.heldDeletes) == [0, 3])
    #expect(
      try world.reader.objects(
        connector: "target", scope: .heldDeletes, text: "", after: nil, limit: 10
      ).count == 3)
    let message = try world.reader.stepMessage(step: try export(cycle).id)
    #expect(
      message.message.contains("(3 pending deletes)") && message.message.contains("2 objects"))
    #expect(message.hint.contains("release-deletes target"))
    #expect(try world.reader.events(codes: [116], text: "", before: nil, limit: 9).count == 1)
  }

  @Test("A person's word lets the held deletes go once, and the next ones are held again")
  func released() async throws {
    let world = try World()
    try users(world, 8)
    try schedule(world, threshold: 2)
    try await world.cycle()
    for number in 0..<3 { world.source.remove("g-u\(number)") }
    try await world.cycle()
    let command = try world.reader.file(.releaseDeletes(connector: "target"), requestedBy: "ann")
    try await world.obeyAll()
    #expect(try world.reader.command(id: command)?.state == .finished)
    #expect(try world.reader.status().heldDeletes == 0)
    try await world.cycle()
    #expect(world.outcome.count == 5)
    for number in 3..<6 { world.source.remove("g-u\(number)") }
    #expect(try export(try await world.cycle()).result == "stopped-deletion-threshold-exceeded")
    #expect(world.outcome.count == 5)
  }

  @Test("As many deletes as the threshold go out; one more does not", arguments: [0, 1, 3])
  func edge(threshold: Int) async throws {
    let world = try World()
    try users(world, 8)
    try schedule(world, threshold: threshold)
    try await world.cycle()
    for number in 0..<threshold { world.source.remove("g-u\(number)") }
    #expect(try export(try await world.cycle()).result == "success")
    #expect(world.outcome.count == 8 - threshold)
    for number in threshold..<(threshold * 2 + 1) { world.source.remove("g-u\(number)") }
    #expect(try export(try await world.cycle()).result == "stopped-deletion-threshold-exceeded")
    #expect(world.outcome.count == 8 - threshold)
  }

  @Test("More than half of what a target holds waits for a word below the threshold, too")
  func half() async throws {
    let world = try World()
    try users(world, 24)
    try await world.cycle()
    for number in 0..<12 { world.source.remove("g-u\(number)") }
    #expect(try export(try await world.cycle()).result == "success")
    #expect(world.outcome.count == 12)
    for number in 12..<19 { world.source.remove("g-u\(number)") }
    let cycle = try await world.cycle()
    #expect(try export(cycle).result == "stopped-deletion-threshold-exceeded")
    #expect(world.outcome.count == 12)
    let message = try world.reader.stepMessage(step: try export(cycle).id).message
    #expect(message.contains("threshold of 50 % of 12 managed objects"))
  }

  @Test("Of a handful of objects all may go")
  func handful() async throws {
    let world = try World()
    try users(world, 9)
    try await world.cycle()
    for number in 0..<8 { world.source.remove("g-u\(number)") }
    #expect(try export(try await world.cycle()).result == "success")
    #expect(world.outcome.count == 1)
  }

  @Test("What comes back into scope while its delete is held is not deleted")
  func takenBack() async throws {
    let world = try World()
    try users(world, 4)
    try schedule(world, threshold: 1)
    try await world.cycle()
    for number in 0..<3 { world.source.change("g-u\(number)") { $0["hidden"] = ["yes"] } }
    try await world.cycle()
    #expect(try world.reader.status().heldDeletes == 3)
    let before = world.target.all.map(\.anchor)
    for number in 0..<3 { world.source.change("g-u\(number)") { $0["hidden"] = [] } }
    try await world.cycle()
    #expect(try world.reader.status().heldDeletes == 0)
    #expect(world.target.all.map(\.anchor) == before)
  }

  // MARK: A part

  @Test("A group that is made without its members is not made again: what it lacks is sent to it")
  func inPart() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.source.put(try world.group("team", members: ["ann"]))
    world.target.state.withLock { $0.withoutReferences = 1 }
    let cycle = try await world.cycle()
    let step = try export(cycle)
    #expect(step.result == "completed-export-errors")
    #expect(
      world.target.operations.filter { $0.hasSuffix("g-team") } == ["add g-team", "modify g-team"])
    let added = try world.reader.changes(
      step: step.id, group: .export, counter: "export-add", after: nil, limit: 9)
    let deltas = try #require(
      try added.map { try world.reader.deltas(change: $0.id) }.first { deltas in
        deltas.contains { $0.name == "externalId" && $0.after == ["g-team"] }
      })
    #expect(!deltas.contains { $0.name == "members" }, "It was not taken by that request")
    #expect(world.outcome["g-team"]?["members"] == ["g-ann"])
    try await world.cycle()
    #expect(try await world.cycle().isQuiet)
    #expect(try openErrors(world) == [])
    try expectStatisticsAddUp(try world.reader)
  }

  // MARK: Refusals

  @Test("A refused value is an error that names it, counts its retries, and goes when it is mended")
  func refused() async throws {
    let world = try World()
    world.target.state.withLock { $0.refuseValue = "Bad" }
    world.source.put(try world.user("ann", ["title": ["Bad"]]))
    world.source.put(try world.user("bob"))
    #expect(try export(try await world.cycle()).result == "completed-export-errors")
    #expect(world.outcome.keys.sorted() == ["g-bob"])
    let first = try #require(try openErrors(world).first)
    #expect(first.type == "IdentityDataValidationFailed" && first.stage == .export)
    #expect([first.attribute, first.value, first.code] == ["title", "Bad", "400"])
    #expect(first.message == "Bad is not allowed" && !first.hint.isEmpty && first.retries == 0)
    #expect(first.rule == "Out - User" && first.expression.isEmpty)
    for retries in 1...3 {
      try await world.cycle()
      let errors = try openErrors(world)
      #expect(errors.map(\.retries) == [retries])
      #expect(errors.map(\.firstOccurred) == [first.firstOccurred])
      #expect(try world.reader.status().openErrors == 1)
    }
    world.source.change("g-ann") { $0["title"] = ["Good"] }
    try await world.cycle()
    #expect(try openErrors(world) == [])
    #expect(try world.reader.status().openErrors == 0)
    #expect(world.outcome["g-ann"]?["title"] == ["Good"])
  }

  @Test("A refused value stays refused when the same object's references are taken")
  func refusedBesideReferences() async throws {
    let world = try World()
    try users(world, 2)
    try await world.cycle()
    world.target.state.withLock { $0.refuseValue = "Bad" }
    let boss = AttributeValue.reference(try world.dn("u1", ou: "Staff").text)
    world.source.change("g-u0") {
      $0["title"] = ["Bad"]
      $0["manager"] = [boss]
    }
    try await world.cycle()
    #expect(world.outcome["g-u0"]?["manager"] == ["g-u1"])
    let first = try #require(try openErrors(world).first)
    #expect(first.type == "IdentityDataValidationFailed")
    for retries in 1...2 {
      try await world.cycle()
      let errors = try openErrors(world)
      #expect(errors.map(\.type) == [first.type] && errors.map(\.retries) == [retries])
      #expect(errors.map(\.firstOccurred) == [first.firstOccurred])
    }
    world.source.change("g-u0") { $0["title"] = ["Good"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(try openErrors(world) == [] && world.outcome["g-u0"]?["title"] == ["Good"])
  }

  @Test("A value of which no answer came stays so when the same object's references are taken")
  func unknownBesideReferences() async throws {
    let world = try World()
    try users(world, 2)
    try await world.cycle()
    let boss = AttributeValue.reference(try world.dn("u1", ou: "Staff").text)
    world.source.change("g-u0") {
      $0["title"] = ["Boss"]
      $0["manager"] = [boss]
    }
    world.target.state.withLock { $0.dropRequests = 1 }
    try await world.cycle()
    #expect(try openErrors(world).map(\.code) == ["unknown"])
    for _ in 0..<2 { try await world.cycle() }
    #expect(try openErrors(world) == [])
    #expect(world.outcome["g-u0"]?["title"] == ["Boss"])
    #expect(world.outcome["g-u0"]?["manager"] == ["g-u1"])
    #expect(
      try world.reader.operations(OperationFilter(), before: nil, limit: 99)
        .allSatisfy { $0.type != .deltaImport || $0.errors == 0 })
  }

  @Test(
    "A refused value that an expression made is told with the expression",
    arguments: ["", "apply_once = true"])
  func refusedExpression(once: String) async throws {
    let world = try World(
      rules: World.rules.replacing(
        """
        [[rule.flow]]
        target = "userName"
        direct = "userPrincipalName"
        """,
        with: """
          [[rule.flow]]
          target = "userName"
          expression = 'LCase([userPrincipalName])'
          \(once)
          """))
    world.target.state.withLock { $0.refuseValue = "ann@contoso.test" }
    world.source.put(try world.user("Ann"))
    try await world.cycle()
    let error = try #require(try openErrors(world).first)
    #expect(error.attribute == "userName" && error.rule == "Out - User")
    #expect(error.expression == "LCase([userPrincipalName])")
  }

  @Test("A refused change that is taken back leaves no error")
  func takenBackValue() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["title": ["Good"]]))
    try await world.cycle()
    world.target.state.withLock { $0.refuseValue = "Bad" }
    world.source.change("g-ann") { $0["title"] = ["Bad"] }
    try await world.cycle()
    #expect(try openErrors(world).count == 1)
    world.source.change("g-ann") { $0["title"] = ["Good"] }
    try await world.cycle()
    #expect(try openErrors(world) == [])
  }

  @Test("A new member of whom no answer told, and who then goes, leaves no error")
  func takenBackMember() async throws {
    let world = try World()
    try users(world, 2)
    world.source.put(try world.group("team", members: ["u0"]))
    try await world.cycle()
    world.source.put(try world.group("team", members: ["u0", "u1"]))
    world.target.state.withLock { $0.dropRequests = 9 }
    try await world.cycle()
    #expect(try openErrors(world).count == 1)
    world.target.state.withLock { $0.dropRequests = 0 }
    world.source.remove("g-u1")
    for _ in 0..<3 { try await world.cycle() }
    #expect(try openErrors(world) == [])
    #expect(world.outcome.count == 2)
  }

  // MARK: Lost answers and connections

  @Test("A lost answer is found out, and nothing is made twice", arguments: [1, 4, 30])
  func lostAnswers(count: Int) async throws {
    let world = try World()
    try users(world, 6)
    world.source.put(try world.group("team", members: ["u0", "u1"]))
    world.target.state.withLock { $0.dropAnswers = count }
    let first = try await world.cycle()
    #expect(try export(first).result == "completed-export-errors")
    #expect(try openErrors(world).allSatisfy { $0.code == "unknown" })
    world.target.state.withLock { $0.dropAnswers = 0 }
    for _ in 0..<3 { try await world.cycle() }
    let adds = world.target.operations.filter { $0.hasPrefix("add ") }
    #expect(adds.count == Set(adds).count && adds.count == 7)
    #expect(world.outcome["g-team"]?["members"] == ["g-u0", "g-u1"])
    #expect(try openErrors(world) == [])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("A connection lost in mid-export ends the step, and the next cycle finishes the work")
  func lostConnection() async throws {
    for after in 0..<8 {
      let world = try World()
      try users(world, 5)
      world.source.put(try world.group("team", members: ["u0", "u4"]))
      world.target.state.withLock { $0.loseConnectionAfter = after }
      let step = try export(try await world.cycle())
      if after < 6 {
        #expect(step.result == "stopped-connectivity")
        #expect(try world.reader.stepMessage(step: step.id).message == "The target went away")
      }
      world.target.state.withLock { $0.loseConnectionAfter = nil }
      for _ in 0..<2 { try await world.cycle() }
      let adds = world.target.operations.filter { $0.hasPrefix("add ") }
      #expect(adds.count == Set(adds).count && adds.count == 6)
      #expect(world.outcome["g-team"]?["members"] == ["g-u0", "g-u4"])
      #expect(try await world.cycle().isQuiet)
      try expectStatisticsAddUp(world.reader)
    }
  }

  @Test("Credentials refused in mid-export end the step as such, and the work is done later")
  func credentials() async throws {
    let world = try World()
    try users(world, 3)
    var refusal = ObjectFailure(
      .permissionIssue, code: "not sent", message: "the token has expired", isTransient: true)
    refusal.isOfCredentials = true
    world.target.state.withLock { [refusal] in $0.refuseAll = refusal }
    let step = try export(try await world.cycle())
    #expect(step.result == "stopped-bad-server-credentials")
    let message = try world.reader.stepMessage(step: step.id)
    #expect(message.message.contains("does not let in"), "\(message)")
    #expect(!message.message.contains("reached"))
    #expect(try openErrors(world).allSatisfy { $0.type == "permission-issue" })
    world.target.state.withLock { $0.refuseAll = nil }
    try await world.cycle()
    #expect(world.outcome.count == 3)
    #expect(try openErrors(world) == [])
  }

  @Test("What the target rewrites is told with both values and sent again")
  func rewritten() async throws {
    let world = try World()
    world.target.state.withLock { $0.rewrite = ("title", "House style") }
    world.source.put(try world.user("ann", ["title": ["Mine"]]))
    try await world.cycle()
    let error = try #require(try openErrors(world).first)
    #expect(error.type == "exported-change-not-reimported" && error.attribute == "title")
    #expect(error.rule == "Out - User")
    #expect(error.message.contains("\"House style\"") && error.message.contains("\"Mine\""))
    let sent = world.target.operations.count
    try await world.cycle()
    #expect(world.target.operations.count == sent + 1)
    #expect(try openErrors(world).map(\.retries) == [1])
    world.target.state.withLock { $0.rewrite = nil }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["title"] == ["Mine"])
    #expect(try openErrors(world) == [])
  }

  private final class Noting: AroundDirectory {
    let inner: MemoryDirectory
    let repeats = Mutex<[Bool]>([])
    init(_ inner: MemoryDirectory) { self.inner = inner }

    func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
      repeats.withLock { $0 += operations.map(\.isRepeated) }
      return try await inner.export(operations)
    }
  }

  @Test("What the target took and did not show is sent again with word of that")
  func repeated() async throws {
    let world = try World()
    let noting = Noting(world.target)
    world.wrap = { _ in noting }
    world.target.state.withLock { $0.rewrite = ("title", "House style") }
    world.source.put(try world.user("ann", ["title": ["Mine"]]))
    try await world.cycle()
    world.target.state.withLock { $0.rewrite = nil }
    for title in ["Mine", "Another"] {
      world.source.put(try world.user("ann", ["title": [.string(title)]]))
      try await world.cycle()
    }
    #expect(noting.repeats.withLock(\.self) == [false, true, false])
  }

  @Test("Of several attributes that the target rewrites each is told, members by name")
  func rewrittenSeveral() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob"))
    world.source.put(try world.group("team", members: ["ann", "bob"]))
    world.target.state.withLock { state in
      state.onApply = { entry in
        guard entry.objectType == "group" else { return }
        entry.attributes["members"] = Array(entry.attributes["members"].prefix(1))
        entry.attributes["displayName"] = ["House style"]
      }
    }
    try await world.cycle()
    let error = try #require(try openErrors(world).first)
    #expect(error.type == "exported-change-not-reimported")
    #expect(
      error.message
        == "The target took the export and shows now displayName: \"House style\" where "
        + "\"team\" was sent; members: without \"bob\"")
    #expect(error.attribute == "displayName" && error.rule == "Out - Group")
  }

  @Test("A target that makes somebody else's object of an add takes it from nobody")
  func anothersObject() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    world.target.state.withLock { $0.nextID = 1 }
    world.source.put(try world.user("bob"))
    try await world.cycle()
    let error = try #require(try openErrors(world).first)
    #expect(error.type == "duplicate-anchor" && error.message.hasSuffix("which is that of ann"))
    #expect(try world.reader.connectors().last?.objects == 2)
    let rows = try world.reader.find("ann").filter { $0.connector == "target" }
    #expect(rows.map(\.id) == [error.otherObjectID])
    // The target made something: the next export looks for it, and does not make it once more.
    let bob = try #require(world.reader.find("bob").first { $0.connector == "target" })
    let store = try SyncStore.open(file: world.storeFile)
    #expect(try store.look { try $0.object(bob.id)?.exportState } == .unknown)
  }
}
