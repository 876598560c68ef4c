import Directory
import SyncEngine
import Synchronization
import Testing

@testable import SyncStore

@Suite("What a target is sent too much of waits, by its causes, for a person's word")
struct ExportGuardTests {
  private func world(users: Int, _ limits: [GuardedKind: GuardLimit]) throws -> World {
    let world = try World.of(users: users)
    world.limits["target"] = GuardLimits(exporting: limits)
    return world
  }

  private func export(_ cycle: CycleSummary) throws -> OperationRow {
    try #require(cycle.steps.first { $0.type == .export })
  }

  @Test("A connector's own limit for deletes stands before the scheduler's", arguments: [0, 1, 3])
  func deletes(limit: Int) async throws {
    let world = try world(users: 8, [.deletes: GuardLimit(count: limit)])
    try await world.cycle()
    for number in 0..<limit { world.source.remove("g-u\(number)") }
    #expect(try export(try await world.cycle()).result == "success")
    for number in limit..<(2 * limit + 1) { world.source.remove("g-u\(number)") }
    let cycle = try await world.cycle()
    #expect(try export(cycle).result == "stopped-deletion-threshold-exceeded")
    #expect(world.outcome.count == 8 - limit)
    #expect(try world.reader.status().heldDeletes == limit + 1)
  }

  @Test("Deletes by percent of the target's objects")
  func percent() async throws {
    let world = try world(users: 10, [.deletes: GuardLimit(percent: 20)])
    try await world.cycle()
    for number in 0..<2 { world.source.remove("g-u\(number)") }
    #expect(try export(try await world.cycle()).result == "success")
    for number in 2..<4 { world.source.remove("g-u\(number)") }
    let cycle = try await world.cycle()
    #expect(try export(cycle).result == "stopped-deletion-threshold-exceeded")
    #expect(
      try world.reader.stepMessage(step: try export(cycle).id).message.contains(
        "20 % of 8 managed objects")
    )
  }

  @Test("Half of what the rules manage in a target is too much, whatever else it holds beside it")
  func besideOthers() async throws {
    let world = try World.of(users: 12)
    for number in 0..<40 {
      world.target.put(
        DirectoryEntry(
          anchor: Anchor("guest\(number)"), dn: try DistinguishedName("CN=guest\(number)"),
          objectType: "user", attributes: ["userName": [.string("guest\(number)")]]))
    }
    try await world.cycle()
    world.remove(0..<6)
    #expect(try export(try await world.cycle()).result == "success")
    #expect(world.outcome.count == 46)
    for number in 0..<6 { world.source.put(try world.user("u\(number)")) }
    try await world.cycle()
    world.remove(0..<7)
    let cycle = try await world.cycle()
    #expect(try export(cycle).result == "stopped-deletion-threshold-exceeded")
    #expect(world.outcome.count == 52)
    #expect(try world.reader.status().heldDeletes == 7)
    #expect(
      try world.reader.stepMessage(step: try export(cycle).id).message.contains(
        "50 % of 12 managed objects"))
  }

  @Test("Updates above the limit wait, adds and deletes flow")
  func updates() async throws {
    let world = try world(users: 6, [.updates: GuardLimit(count: 2)])
    try await world.cycle()
    for number in 0..<3 { world.source.change("g-u\(number)") { $0["title"] = ["Boss"] } }
    world.source.put(try world.user("new"))
    world.source.remove("g-u5")
    let cycle = try await world.cycle()
    #expect(try export(cycle).result == "stopped-object-limit")
    #expect(world.outcome["g-new"] != nil && world.outcome["g-u5"] == nil)
    #expect(world.outcome["g-u0"]?["title"] == nil)
    // What is held is no part of what the step has before it.
    let store = try SyncStore.open(file: world.storeFile)
    let exporting = try export(cycle).id
    let total = try store.look { tx in
      try tx.integer("SELECT total FROM step WHERE id = ?", [exporting])
    }
    try store.close()
    #expect(total == 2)
    let groups = try world.reader.heldGroups()
    #expect(groups.map(\.kind) == [.updates] && groups.map(\.count) == [3])
    #expect(groups.map(\.cause) == ["changes of title"])
    let status = try world.reader.status()
    #expect(status.heldChanges == 3 && status.heldDeletes == 0)
    #expect(try world.reader.connectors().map(\.heldChanges) == [0, 3])
    let held = try world.reader.held(group: groups[0].id, after: nil, limit: 1)
    let first = try #require(held.first)
    #expect(try await world.release(.object(first.id)).state == .finished)
    #expect(try world.reader.status().heldChanges == 2)
  }

  @Test("Adds above the limit wait, named by where they come from")
  func adds() async throws {
    let world = try world(users: 2, [.adds: GuardLimit(count: 3)])
    try await world.cycle()
    for number in 0..<2 { world.source.put(try world.user("a\(number)", ou: "Sales")) }
    for number in 0..<3 { world.source.put(try world.user("b\(number)", ou: "Lab")) }
    world.source.change("g-u0") { $0["title"] = ["Boss"] }
    let cycle = try await world.cycle()
    #expect(try export(cycle).result == "stopped-object-limit")
    #expect(world.outcome.count == 2 && world.outcome["g-u0"]?["title"] == ["Boss"])
    let groups = try world.reader.heldGroups()
    #expect(
      groups.map(\.cause) == [
        "new in source: OU=Lab,DC=contoso,DC=test", "new in source: OU=Sales,DC=contoso,DC=test",
      ])
    #expect(groups.map(\.count) == [3, 2])
    #expect(groups[0].samples.map { $0.prefix(2) } == ["b0", "b1", "b2"])
  }

  @Test("An add that waits is named by what made the person, not by what only joined it")
  func origin() async throws {
    let world = try TwoSources(
      rules: TwoSources.rules.replacing("link = \"join\"", with: "link = \"made\"")
        .replacing(
          "target = \"person\"\nlink = \"provision\"", with: "target = \"person\"\nlink = \"join\""
        )
        .replacing("link = \"made\"", with: "link = \"provision\"")
        .replacing(
          "flow = [ { target = \"title\"",
          with: "flow = [ { target = \"number\", direct = \"employeeID\" }, { target = \"title\""))
    try await world.cycle()
    world.limits = GuardLimits(exporting: [.adds: GuardLimit(count: 0)])
    // The personnel system's is there first, and waits for somebody to join.
    world.personnel.put(try world.employee("1"))
    try await world.cycle()
    world.directory.put(try world.account("1"))
    try await world.cycle()
    #expect(try world.reader.heldGroups().map(\.cause) == ["new in directory: O=directory"])
  }

  @Test("A change of the name to sign in with is a rename; other updates flow beside it")
  func renames() async throws {
    let world = try world(users: 4, [.renames: GuardLimit(count: 0)])
    try await world.cycle()
    world.source.change("g-u0") { $0["upn"] = ["other@contoso.test"] }
    world.source.change("g-u1") { $0["title"] = ["Boss"] }
    let cycle = try await world.cycle()
    #expect(try export(cycle).result == "stopped-object-limit")
    #expect(world.outcome["g-u0"]?["username"] == ["u0@contoso.test"])
    #expect(world.outcome["g-u1"]?["title"] == ["Boss"])
    #expect(try world.reader.heldGroups().map(\.kind) == [.renames])
  }

  @Test("Another name in a target that has a tree is a rename, another spelling of it is not")
  func renamesInTree() async throws {
    let flow = "target = \"userName\"\ndirect = \"userPrincipalName\""
    let world = try World(
      rules: World.rules.replacing(
        flow, with: flow + "\n[[rule.flow]]\ntarget = \"dn\"\ndirect = \"title\""),
      targetAttributes: ["dn": .init(.string)])
    world.limits["target"] = GuardLimits(exporting: [.renames: GuardLimit(count: 0)])
    for name in ["ann", "bob"] {
      world.source.put(try world.user(name, ["title": [.string("CN=\(name),OU=Old")]]))
    }
    try await world.cycle()
    world.source.change("g-ann") { $0["title"] = ["cn=Ann, ou=old"] }
    world.source.change("g-bob") { $0["title"] = ["CN=bob,OU=New"] }
    let cycle = try await world.cycle()
    #expect(try export(cycle).result == "stopped-object-limit")
    #expect(world.outcome["g-ann"]?["dn"] == ["cn=Ann, ou=old"])
    #expect(world.outcome["g-bob"]?["dn"] == ["CN=bob,OU=Old"])
    #expect(try world.reader.heldGroups().map(\.kind) == [.renames])
  }

  @Test("A rename that waits where updates do, too, waits since it came to do so")
  func renamesAmongUpdates() async throws {
    let limit = GuardLimit(count: 0)
    let world = try world(users: 3, [.updates: limit, .renames: limit])
    try await world.cycle()
    world.source.change("g-u0") { $0["upn"] = ["other@contoso.test"] }
    world.source.change("g-u1") { $0["title"] = ["Boss"] }
    try await world.cycle()
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { try $0.execute("UPDATE export_cause SET time = 5000") }
    try store.close()
    try await world.cycle()
    let groups = try world.reader.heldGroups()
    #expect(Set(groups.map(\.kind)) == [.renames, .updates])
    #expect(groups.map(\.latest.milliseconds) == [5000, 5000])
  }

  @Test("A released group goes out once; the rest waits, and so does the next change of the same")
  func byGroup() async throws {
    let world = try world(users: 6, [.updates: GuardLimit(count: 1)])
    try world.stopSchedule()
    try await world.cycle()
    for number in 0..<2 { world.source.change("g-u\(number)") { $0["title"] = ["Boss"] } }
    for number in 2..<4 {
      world.source.change("g-u\(number)") { $0["displayName"] = ["Changed"] }
    }
    try await world.cycle()
    let groups = try world.reader.heldGroups()
    #expect(Set(groups.map(\.cause)) == ["changes of title", "changes of displayName"])
    let titles = try #require(groups.first { $0.cause == "changes of title" })
    #expect(try await world.release(.group(titles.id)).outcome.contains("2 changes of target"))
    try await world.cycle()
    #expect(world.outcome["g-u0"]?["title"] == ["Boss"])
    #expect(world.outcome["g-u2"]?["displayname"] == ["u2"])
    #expect(try world.reader.heldGroups().map(\.cause) == ["changes of displayName"])
    #expect(try world.reader.releases(limit: 1).map(\.person) == ["ann"])
    // Released twice is not released at all: it has gone out.
    #expect(try await world.release(.group(titles.id)).state == .refused)
    for number in 0..<2 { world.source.change("g-u\(number)") { $0["title"] = ["King"] } }
    try await world.cycle()
    #expect(world.outcome["g-u0"]?["title"] == ["Boss"])
  }

  @Test("What is left of a held kind stays held though it would pass alone")
  func restStaysHeld() async throws {
    let limit = GuardLimit(count: 2)
    let world = try world(users: 8, [.updates: limit, .deletes: limit])
    try world.stopSchedule()
    try await world.cycle()
    for number in 0..<2 { world.source.change("g-u\(number)") { $0["title"] = ["Boss"] } }
    world.source.change("g-u2") { $0["displayName"] = ["Changed"] }
    for number in 3..<5 { world.source.change("g-u\(number)") { $0["hidden"] = ["yes"] } }
    world.source.remove("g-u5")
    try await world.cycle()
    for cause in ["changes of title", "left scope of In - User (hidden ISNULL)"] {
      let group = try #require(try world.reader.heldGroups().first { $0.cause == cause })
      #expect(try await world.release(.group(group.id)).state == .finished)
    }
    for _ in 0..<2 {
      let cycle = try await world.cycle()
      #expect(try export(cycle).result == "stopped-deletion-threshold-exceeded")
      let message = try world.reader.stepMessage(step: try export(cycle).id).message
      #expect(message.contains("1 pending deletes of target are left of 3 that were too many"))
    }
    #expect(world.outcome["g-u0"]?["title"] == ["Boss"] && world.outcome["g-u3"] == nil)
    #expect(world.outcome["g-u2"]?["displayname"] == ["u2"] && world.outcome["g-u5"] != nil)
    #expect(try world.reader.status().heldDeletes == 1)
    #expect(try world.reader.heldGroups().map(\.count) == [1, 1])
    #expect(try world.reader.connectors().map(\.heldDeletes) == [0, 1])
    for group in try world.reader.heldGroups() {
      #expect(try await world.release(.group(group.id)).state == .finished)
    }
    try await world.cycle()
    #expect(world.outcome["g-u2"]?["displayname"] == ["Changed"] && world.outcome["g-u5"] == nil)
    #expect(try world.reader.status().heldDeletes == 0)
    // Nothing is left, so the limit counts anew.
    world.source.remove("g-u6")
    try await world.cycle()
    #expect(world.outcome["g-u6"] == nil)
  }

  @Test("A limit that was raised over what is held lets it go")
  func raised() async throws {
    let world = try world(users: 6, [.deletes: GuardLimit(count: 1)])
    try await world.cycle()
    for number in 0..<3 { world.source.remove("g-u\(number)") }
    try await world.cycle()
    #expect(world.outcome.count == 6)
    world.limits["target"] = GuardLimits(exporting: [.deletes: GuardLimit(count: 2)])
    try await world.cycle()
    #expect(world.outcome.count == 6)
    world.limits["target"] = GuardLimits(exporting: [.deletes: GuardLimit(count: 3)])
    try await world.cycle()
    #expect(world.outcome.count == 3)
  }

  @Test("Held deletes are grouped by what made them: deletions by container, failed clauses, moves")
  func causes() async throws {
    let world = try World(
      rules: World.rules.replacing(
        "clauses = [{ attribute = \"hidden\", operator = \"ISNULL\" }]",
        with: """
          clauses = [
            { attribute = "hidden", operator = "ISNULL" },
            { attribute = "place", operator = "NOTEQUAL", value = "away" },
          ]
          """))
    world.limits["target"] = GuardLimits(exporting: [.deletes: GuardLimit(count: 2)])
    for number in 0..<9 {
      world.source.put(try world.user("u\(number)", ou: number < 2 ? "Sales" : "Staff"))
    }
    try await world.cycle()
    for number in 0..<3 { world.source.remove("g-u\(number)") }
    for number in 3..<5 { world.source.change("g-u\(number)") { $0["hidden"] = ["yes"] } }
    for number in 5..<8 {
      world.source.rename("g-u\(number)", to: try world.dn("u\(number)", ou: "Attic"))
      world.source.change("g-u\(number)") { $0["place"] = ["away"] }
    }
    try await world.cycle()
    let groups = try world.reader.heldGroups()
    let causes = Dictionary(uniqueKeysWithValues: groups.map { ($0.cause, $0.count) })
    #expect(causes["deleted in source, below OU=Sales,DC=contoso,DC=test"] == 2)
    #expect(causes["deleted in source, below OU=Staff,DC=contoso,DC=test"] == 1)
    #expect(causes["left scope of In - User (hidden ISNULL)"] == 2)
    let moved = try #require(groups.first { $0.cause.contains("moved from") })
    #expect(moved.count == 3 && moved.cause.contains("place NOTEQUAL"))
    #expect(moved.cause.lowercased().contains("ou=staff,dc=contoso,dc=test to ou=attic"))
    #expect(groups.map(\.count).reduce(0, +) == 8 && groups.count == 4)
  }

  @Test("The cause of a held delete is that of the moment when it was staged")
  func causeOfThen() async throws {
    let rules = World.rules.replacing(
      "attribute = \"hidden\", operator = \"ISNULL\"",
      with: "attribute = \"place\", operator = \"NOTEQUAL\", value = \"away\"")
    let world = try World(rules: rules)
    world.limits["target"] = GuardLimits(exporting: [.deletes: GuardLimit(count: 0)])
    for name in ["ann", "bob", "cay"] { world.source.put(try world.user(name)) }
    try await world.cycle()
    for name in ["ann", "bob"] {
      world.source.rename("g-\(name)", to: try world.dn(name, ou: "Attic"))
      world.source.change("g-\(name)") { $0["place"] = ["away"] }
    }
    let engine = try world.engine()
    _ = try await engine.runProfile(connector: "source", .deltaImport)
    _ = try await engine.runProfile(connector: "source", .deltaSynchronization)
    #expect(try world.reader.heldGroups().map(\.count) == [2])
    // Before the export one is deleted, the other moves on: neither is why they go.
    world.source.remove("g-ann")
    world.source.rename("g-bob", to: try world.dn("bob", ou: "Cellar"))
    _ = try await engine.runProfile(connector: "source", .deltaImport)
    _ = try await engine.runProfile(connector: "source", .deltaSynchronization)
    _ = try await engine.runProfile(connector: "target", .export)
    let groups = try world.reader.heldGroups()
    #expect(
      groups.map(\.cause) == [
        "left scope of In - User (place NOTEQUAL away), moved from OU=Staff,DC=contoso,DC=test to "
          + "OU=Attic,DC=contoso,DC=test"
      ])
    #expect(groups.map(\.count) == [2])
  }

  @Test("A delete that was taken back and comes again has the later cause and time")
  func causeOfLater() async throws {
    let world = try world(users: 3, [.deletes: GuardLimit(count: 0)])
    try await world.cycle()
    let engine = try world.engine()
    func synchronize() async throws {
      _ = try await engine.runProfile(connector: "source", .deltaImport)
      _ = try await engine.runProfile(connector: "source", .deltaSynchronization)
    }
    world.source.change("g-u0") { $0["hidden"] = ["yes"] }
    try await synchronize()
    let first = try #require(try world.reader.heldGroups().first)
    #expect(first.cause == "left scope of In - User (hidden ISNULL)")
    world.source.change("g-u0") { $0["hidden"] = [] }
    try await synchronize()
    #expect(try world.reader.heldGroups().isEmpty)
    world.source.remove("g-u0")
    try await synchronize()
    let second = try #require(try world.reader.heldGroups().first)
    #expect(second.cause == "deleted in source, below OU=Staff,DC=contoso,DC=test")
    #expect(second.since >= first.since && second.count == 1)
  }

  @Test("One object is released alone")
  func byObject() async throws {
    let world = try world(users: 6, [.deletes: GuardLimit(count: 1)])
    try world.stopSchedule()
    try await world.cycle()
    for number in 0..<3 { world.source.remove("g-u\(number)") }
    try await world.cycle()
    let held = try world.reader.objects(
      connector: "target", scope: .heldDeletes, text: "", after: nil, limit: 10)
    let one = try #require(held.first { $0.display == "u1" })
    #expect(try await world.release(.object(one.id)).state == .finished)
    // What is released is pending as before, and not held any more.
    func names(_ scope: SearchScope) throws -> [String] {
      let query = ListSource.objects(connector: "target", scope)
      var ids: [Int64] = []
      try world.reader.arrange(query, by: ListArrangement(sort: ListSort("name"))) {
        ids += $0
        return true
      }
      guard case .objects(let rows) = try world.reader.rows(of: query, ids: ids) else { return [] }
      return rows.map(\.display)
    }
    #expect(try names(.heldDeletes) == ["u0", "u2"])
    #expect(try names(.pendingExport) == ["u0", "u1", "u2"])
    try await world.cycle()
    #expect(world.outcome.keys.sorted() == ["g-u0", "g-u2", "g-u3", "g-u4", "g-u5"])
    #expect(try await world.release(.object(one.id)).state == .refused)
  }

  @Test("A release lets go what was held then: a change that comes later waits")
  func exactly() async throws {
    let world = try world(users: 8, [.deletes: GuardLimit(count: 1)])
    try world.stopSchedule()
    try await world.cycle()
    for number in 0..<3 { world.source.remove("g-u\(number)") }
    try await world.cycle()
    let group = try #require(try world.reader.heldGroups().first)
    #expect(try await world.release(.group(group.id)).state == .finished)
    for number in 3..<6 { world.source.remove("g-u\(number)") }
    try await world.cycle()
    #expect(world.outcome.keys.sorted() == ["g-u3", "g-u4", "g-u5", "g-u6", "g-u7"])
    #expect(try world.reader.status().heldDeletes == 3)
  }

  @Test("A group or an object that is not held is refused in words")
  func unknown() async throws {
    let world = try world(users: 1, [:])
    try world.stopSchedule()
    try await world.cycle()
    for held in [HeldReference.group(99), .object(1), .importOf("nowhere")] {
      let status = try await world.release(held)
      #expect(status.state == .refused && !status.outcome.isEmpty)
    }
  }

  @Test("In staging mode everything is done but exports, by cycle and by hand, and says so")
  func staging() async throws {
    let world = try World()
    world.isStaging = true
    world.source.put(try world.user("ann"))
    let cycle = try await world.cycle()
    #expect(!cycle.steps.contains { $0.type == .export })
    #expect(world.target.operations.isEmpty)
    #expect(try world.reader.status().isStaging)
    #expect(try world.reader.connectors().map(\.pendingExports) == [0, 1])
    _ = try await world.engine().runProfile(connector: "target", .export)
    let step = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first)
    #expect(step.result == "stopped-export-disabled" && world.target.operations.isEmpty)
    world.isStaging = false
    try await world.cycle()
    #expect(world.outcome.count == 1)
  }

  @Test("A person turns staging mode on and off")
  func stagingByCommand() async throws {
    let world = try World()
    try world.stopSchedule()
    world.source.put(try world.user("ann"))
    for isOn in [true, false] {
      _ = try world.reader.file(.staging(isOn), requestedBy: "ann")
      try await world.obeyAll()
      #expect(try world.reader.status().isStaging == isOn)
      try await world.cycle()
      #expect(world.outcome.count == (isOn ? 0 : 1))
    }
  }

  @Test("Who turns staging mode on while an export runs does not wait for its end")
  func stagingUnderway() async throws {
    let world = try World.of(users: 200)
    try world.stopSchedule()
    let reader = try world.reader
    let filed = Mutex<Int64?>(nil)
    world.target.state.withLock {
      $0.onApply = { _ in
        filed.withLock { $0 = $0 ?? (try? reader.file(.staging(true), requestedBy: "ann")) }
      }
    }
    let cycle = try await world.cycle()
    let export = try #require(cycle.steps.first { $0.type == .export })
    #expect(export.result == "stopped-export-disabled")
    let sent = world.target.operations.count
    #expect(sent > 0 && sent < 200)
    // It is on its way: nothing else is sent before the engine comes to it.
    try await world.cycle()
    #expect(world.target.operations.count == sent)
    let asked = try #require(filed.withLock { $0 })
    #expect(try reader.command(id: asked)?.state == .filed && !reader.status().isStaging)
    try await world.obeyAll()
    #expect(try reader.status().isStaging)
    _ = try reader.file(.staging(false), requestedBy: "ann")
    try await world.obeyAll()
    try await world.cycle()
    #expect(world.outcome.count == 200)
  }

  @Test("Changed rules are told as due, in the status and in the log, until they are applied")
  func due() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    #expect(try world.reader.dueSteps().isEmpty)
    world.rulesText = world.rulesText.replacing("direct = \"title\"", with: "constant = \"X\"")
    _ = try world.engine()
    let due = try world.reader.dueSteps()
    #expect(due.map(\.connector) == ["source", "target"])
    #expect(
      due.allSatisfy { $0.type == .fullSynchronization && $0.reason.contains("rules changed") })
    #expect(due.map(\.objects) == [1, 1])
    #expect(try world.reader.events(codes: [6126], text: "", before: nil, limit: 9).count == 1)
    try await world.cycle()
    #expect(try world.reader.dueSteps().isEmpty)
  }
}
