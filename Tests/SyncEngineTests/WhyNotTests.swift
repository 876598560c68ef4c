import Directory
import Explanations
import SyncEngine
import SyncRules
import SyncStore
import Synchronization
import Testing

@Suite("Why an object did not arrive: the first gate that stopped it")
struct WhyNotTests {
  private func why(
    _ world: World, _ text: String, rules: String? = nil
  ) throws -> WhyNot {
    let rules = try RuleSet.parse(rules ?? world.rulesText, file: "rules.toml")
    let found = try Explainer(store: try world.reader, rules: rules).whyNot(text)
    #expect(found.count == 1)
    return try #require(found.first)
  }

  private func run(_ world: World, _ steps: (String, StepType)...) async throws {
    let engine = try world.engine()
    for (connector, type) in steps {
      _ = try await engine.runProfile(connector: connector, type)
    }
  }

  @Test("From not imported to arrived, a gate at a time")
  func wholeWay() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    _ = try world.engine()
    var finding = try why(world, "ann")
    #expect(finding.gate == .notImported && finding.object == nil)
    #expect(finding.evidence == ["source holds 0 objects; it was never imported"])
    try await run(world, ("source", .fullImport), ("target", .fullImport))
    finding = try why(world, "ann@elsewhere.test")
    #expect(finding.gate == .notImported)
    finding = try why(world, "ann")
    #expect(finding.gate == .notSynchronized && finding.passed.count == 1)
    #expect(finding.evidence == ["source was never synchronized"])
    try await run(world, ("source", .fullSynchronization))
    finding = try why(world, "ann@contoso.test")
    #expect(finding.gate == .pendingExport && finding.target == "target")
    #expect(finding.evidence == ["nothing was ever exported to target"])
    #expect(finding.passed.count == 3 && finding.passed[1].hasPrefix("projected, metaverse"))
    try await run(world, ("target", .export))
    finding = try why(world, "ann")
    #expect(finding.gate == .unconfirmed && finding.evidence.first?.hasPrefix("sent ") == true)
    try await run(world, ("target", .deltaImport))
    finding = try why(world, "ann")
    #expect(finding.gate == .arrived && finding.hint.isEmpty)
  }

  @Test("Where the rules that are read want something else than what is there, it says so")
  func otherRules() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    for _ in 0..<2 { try await world.cycle() }
    #expect(try why(world, "ann").evidence.isEmpty)
    let inbound = World.rules.replacing(
      #"attribute = "hidden", operator = "ISNULL""#,
      with: #"attribute = "title", operator = "NOTEQUAL", value = "Boss""#)
    var finding = try why(world, "ann", rules: inbound)
    #expect(finding.gate == .outOfScope && finding.evidence.first?.contains("(Boss)") == true)
    #expect(finding.sentence.contains("the next full synchronization takes it from its metaverse"))
    let outbound = World.rules.replacing(
      "precedence = 200",
      with: """
        precedence = 200
        [[rule.scope]]
        clauses = [{ attribute = "title", operator = "NOTEQUAL", value = "Boss" }]
        """)
    finding = try why(world, "ann", rules: outbound)
    #expect(finding.gate == .outOfOutboundScope && finding.target == "target")
    #expect(finding.sentence.contains("shows it, but no outbound rule has it in scope any more"))
    #expect(finding.evidence.contains { $0.contains("title") })
    // What comes of other rules is not known before they were applied.
    world.rulesText = World.rules.replacing(
      "target = \"displayName\"\ndirect = \"displayName\"",
      with: "target = \"displayName\"\nconstant = \"X\"")
    _ = try world.engine()
    finding = try why(world, "ann")
    #expect(finding.gate == .arrived && finding.evidence.count == 1)
    #expect(finding.evidence[0].hasPrefix("as of the last synchronization: a full one is due on"))
    #expect(finding.hint.contains("due --rehearse"))
    for _ in 0..<2 { try await world.cycle() }
    #expect(try why(world, "ann").evidence.isEmpty)
  }

  @Test("What waits for an import that is held says so, and once that is released, too")
  func releasedImport() async throws {
    let world = try World()
    try world.stopSchedule()
    world.limits["source"] = GuardLimits(importing: [.updates: GuardLimit(count: 1)])
    for name in ["ann", "bob", "cay"] { world.source.put(try world.user(name)) }
    for _ in 0..<2 { try await world.cycle() }
    for name in ["ann", "bob"] { world.source.change("g-" + name) { $0["title"] = ["Boss"] } }
    try await world.cycle()
    var finding = try why(world, "ann")
    #expect(finding.gate == .notSynchronized && finding.hint.contains("lockstep release import"))
    _ = try await world.release(.importOf("source"))
    finding = try why(world, "ann")
    #expect(finding.gate == .notSynchronized, "\(finding)")
    #expect(finding.evidence.last == "that was released since: it goes with the next cycle")
    #expect(!finding.hint.contains("lockstep release"))
    try await world.cycle()
    #expect(try why(world, "ann").gate == .arrived)
  }

  @Test("Whom an import did not show that is held has arrived as of the one before")
  func heldCanary() async throws {
    let world = try World()
    for name in ["ann", "bob", "cay"] { world.source.put(try world.user(name)) }
    for _ in 0..<2 { try await world.cycle() }
    world.canaries = [try world.dn("ann", ou: "Staff")]
    world.source.remove("g-ann")
    try await world.cycle(.initial)
    let finding = try why(world, "ann")
    #expect(finding.gate == .arrived)
    #expect(
      finding.evidence == [
        "as of the last import that was believed: source does not show "
          + "CN=ann,OU=Staff,DC=contoso,DC=test, which must be there; no delete was staged"
      ])
    #expect(finding.hint == "If the import is meant: lockstep release import source")
  }

  @Test("In staging mode no export is advised, since none will run")
  func staging() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.isStaging = true
    try await world.cycle()
    let finding = try why(world, "ann")
    #expect(finding.gate == .pendingExport)
    #expect(finding.evidence.last == "staging mode is on: nothing is exported")
    #expect(finding.hint.contains("lockstep staging off"))
    world.isStaging = false
    try await world.cycle()
    #expect(try why(world, "ann").gate == .arrived)
  }

  @Test("After a synchronization that ended in its midst it says so, and what to do")
  func halfSynchronized() async throws {
    let world = try World()
    world.errorLimit = 3
    world.source.put(try world.user("ann"))
    for number in 0..<8 {
      world.source.put(try world.user("bad\(number)", ["title": ["One", "Two"]]))
    }
    let cycle = try await world.cycle()
    #expect(cycle.steps.contains { $0.result == "stopped-error-limit" })
    let finding = try why(world, "ann")
    #expect(finding.gate == .pendingExport)
    #expect(
      finding.evidence.contains {
        $0.contains("of source began") && $0.contains("nothing was exported after it")
      }, "\(finding.evidence)")
    #expect(finding.hint.contains("Nothing is exported until"))
  }

  @Test("After an export that was stopped: what the target said")
  func stoppedExport() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await run(
      world, ("source", .fullImport), ("target", .fullImport), ("source", .fullSynchronization))
    let engine = try world.engine()
    world.target.state.withLock { $0.describeFailures = 100 }
    _ = try? await engine.runProfile(connector: "target", .export)
    world.target.state.withLock { $0.describeFailures = 0 }
    let step = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first)
    #expect(step.type == .export && ResultSeverity(result: step.result) == .stopped)
    let said = try world.reader.stepMessage(step: step.id)
    #expect(!said.message.isEmpty && !said.hint.isEmpty)
    let finding = try why(world, "ann")
    #expect(finding.gate == .pendingExport)
    #expect(finding.evidence.contains(said.message) && finding.hint == said.hint)
  }

  @Test("Left out by scope: the rule, the clause and the value")
  func scope() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["hidden": ["TRUE"]]))
    try await world.cycle()
    let finding = try why(world, "ann")
    #expect(finding.gate == .outOfScope)
    #expect(finding.evidence == ["In - User: hidden ISNULL fails (TRUE)"])
  }

  @Test("A group waits for a member that its target refused, and that is said")
  func refusedMember() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.source.put(try world.group("team", members: ["ann"]))
    try await world.cycle()
    world.target.state.withLock { $0.refuseValue = "Bob" }
    world.source.put(try world.user("bob", ["title": ["Bob"]]))
    world.source.put(try world.group("team", members: ["ann", "bob"]))
    try await world.cycle()
    let finding = try why(world, "team")
    #expect(finding.gate == .pendingExport)
    #expect(finding.sentence == "It waits for what it refers to: target does not have bob yet.")
    let bob = try #require(try world.reader.find("bob").first { $0.connector == "target" })
    #expect(finding.evidence.first == "bob: \(bob.error)" && !bob.error.isEmpty)
    #expect(finding.hint == "Mend that first: 'lockstep why \(bob.id)' says what stops it")
    // Once it may come, nothing is left.
    world.target.state.withLock { $0.refuseValue = nil }
    try await world.cycle()
    #expect(try why(world, "team").gate == .arrived)
  }

  @Test("A scope that asks for one of very many references finds it")
  func manyReferences() async throws {
    let world = try World()
    world.rulesText = world.rulesText.replacing(
      "precedence = 110\n",
      with: """
        precedence = 110
        [[rule.scope]]
        clauses = [{ attribute = "member", operator = "NOTCONTAINS", value = "CN=m11400," }]

        """)
    world.source.put(try world.group("team", members: (10_000..<11_500).map { "m\($0)" }))
    try await world.cycle()
    let finding = try why(world, "team")
    #expect(finding.gate == .outOfScope)
    #expect(finding.evidence.first?.hasPrefix("In - Group: member NOTCONTAINS CN=m11400,") == true)
  }

  @Test("A scope that asks for the object's name finds the name")
  func nameInScope() async throws {
    let world = try World()
    world.rulesText = world.rulesText.replacing(
      #"clauses = [{ attribute = "hidden", operator = "ISNULL" }]"#,
      with: """
        clauses = [
          { attribute = "dn", operator = "ENDSWITH", value = "OU=Staff,DC=contoso,DC=test" },
          { attribute = "hidden", operator = "ISNULL" },
        ]
        """)
    world.source.put(try world.user("ann", ["hidden": ["TRUE"]]))
    world.source.put(try world.user("bob", ou: "Guests"))
    try await world.cycle()
    #expect(try why(world, "ann").evidence == ["In - User: hidden ISNULL fails (TRUE)"])
    #expect(
      try why(world, "bob").evidence == [
        "In - User: dn ENDSWITH OU=Staff,DC=contoso,DC=test fails "
          + "(CN=bob,OU=Guests,DC=contoso,DC=test)"
      ])
  }

  @Test("No rule for the type, and which types there are rules for")
  func noRule() async throws {
    let world = try World()
    var printer = try world.user("printer")
    printer.objectType = "device"
    world.source.put(printer)
    try await world.cycle()
    let finding = try why(world, "printer")
    #expect(finding.gate == .noInboundRule)
    #expect(finding.evidence == ["the rules of source are for: group, user"])
  }

  @Test("A Provision rule without a value to join by, and rules that only join")
  func notConnected() async throws {
    let world = try World()
    var ann = try world.user("ann")
    ann.attributes["employeeNumber"] = []
    world.source.put(ann)
    try await world.cycle()
    var finding = try why(world, "ann")
    #expect(finding.gate == .notConnected)
    #expect(finding.evidence.last == "needs a value in one of: employeeNumber")
    let joinOnly = world.rulesText.replacing("link = \"provision\"", with: "link = \"join\"")
    let other = try World(rules: joinOnly)
    other.source.put(try other.user("ann"))
    try await other.cycle()
    finding = try why(other, "ann")
    #expect(finding.gate == .notConnected)
    #expect(
      finding.evidence == [
        "In - User: link type join", "In - User looked for employeeNumber = g-ann in sourceAnchor",
      ])
  }

  @Test("A join that finds two names them, and says that the key is to be of one alone")
  func ambiguous() async throws {
    let world = try TwoSources(
      rules: TwoSources.rules.replacing(
        "source = \"number\", target = \"number\" } ] } ]",
        with: "source = \"badge\", target = \"badge\" } ] } ]"
      ).replacing(
        "{ target = \"number\", direct = \"number\" }",
        with: """
          { target = "number", direct = "number" }, { target = "badge", direct = "badge" },
            { target = "displayName", direct = "badge" }
          """))
    for badge in ["60", "61"] {
      var employee = try world.employee("7777")
      employee.anchor = Anchor("p-" + badge)
      employee.dn = try DistinguishedName("CN=\(badge),O=personnel")
      employee.attributes["badge"] = [.string(badge)]
      world.personnel.put(employee)
    }
    world.directory.put(try world.account("7777"))
    try await world.cycle()
    let rules = try RuleSet.parse(world.rulesText, file: "rules.toml")
    let explainer = Explainer(store: try world.reader, rules: rules)
    let finding = try #require(try explainer.whyNot("CN=7777,O=directory").first)
    #expect(finding.gate == .notConnected)
    #expect(
      finding.evidence.last == "In from directory looked for employeeID = 7777 in number, "
        + "and finds 60, 61: more than one is none")
    #expect(finding.sentence.hasSuffix("more than one has what it is joined by."))
    #expect(finding.hint.hasPrefix("Correct the value where it comes from"))
    // One alone is joined.
    world.personnel.change("p-61") { $0["number"] = ["7778"] }
    world.directory.change("d-7777") { $0["phone"] = ["17"] }
    try await world.cycle()
    #expect(try explainer.whyNot("CN=7777,O=directory").first?.gate == .arrived)
  }

  @Test("Who is only to be looked at again is told by the rules, not to wait for a synchronization")
  func lookedAtAgain() async throws {
    let world = try bossesOnly()
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    for _ in 0..<2 { try await world.cycle() }
    let id = try #require(try world.reader.find("g-ann").first { $0.connector == "source" }?.id)
    world.source.change("g-ann") { $0["title"] = ["Clerk"] }
    try await world.cycle()
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { try $0.keepPending(id) }
    try store.close()
    let detail = try #require(try world.reader.object(id: id, valueLimit: 9))
    #expect(detail.row.pendingImport == "update" && detail.isOnlyLookedAtAgain)
    let finding = try why(world, "ann")
    #expect(finding.gate == .outOfOutboundScope)
    #expect(finding.evidence.first == "Out - User: title EQUAL Boss fails (Clerk)")
    #expect(finding.evidence.last?.contains("nothing of it has changed") == true)
    // What its directory tells anew waits for a synchronization.
    world.source.change("g-ann") { $0["title"] = ["Chief"] }
    try await run(world, ("source", .deltaImport))
    #expect(try world.reader.object(id: id, valueLimit: 9)?.isOnlyLookedAtAgain == false)
    #expect(try why(world, "ann").gate == .notSynchronized)
  }

  /// Rules that only join and have everything in scope, beside those that make objects.
  private static let joiners = ["inbound", "outbound"].map { direction in
    """

    [[rule]]
    name = "Extra \(direction)"
    direction = "\(direction)"
    connector = "\(direction == "inbound" ? "source" : "target")"
    source = "\(direction == "inbound" ? "user" : "person")"
    target = "\(direction == "inbound" ? "person" : "user")"
    link = "join"
    precedence = 400
    flow = [{ target = "info", direct = "info" }]
    """
  }.joined()

  @Test("Only rules are in scope that join: the clause of the one that would make it")
  func excludedMakers() async throws {
    let world = try bossesOnly()
    world.rulesText += Self.joiners
    world.source.put(try world.user("ann", ["hidden": ["TRUE"]]))
    world.source.put(try world.user("bob", ["title": ["Clerk"]]))
    try await world.cycle()
    var finding = try why(world, "ann")
    #expect(finding.gate == .notConnected)
    #expect(
      finding.evidence == [
        "In - User: hidden ISNULL fails (TRUE)", "Extra inbound: link type join",
      ])
    finding = try why(world, "bob")
    #expect(finding.gate == .notProvisioned)
    #expect(finding.evidence.first == "Out - User: title EQUAL Boss fails (Clerk)")
    #expect(finding.evidence.contains { $0.hasPrefix("title comes from source by In - User") })
    #expect(
      finding.hint == "Correct the value where it comes from, or change the rules' scope")
    // One that leaves so is held for that clause.
    try world.reader.change(ScheduleChange(deletionThreshold: 0), requestedBy: "test")
    world.source.put(try world.user("eve", ["title": ["Boss"]]))
    try await world.cycle()
    world.source.change("g-eve") { $0["hidden"] = ["TRUE"] }
    try await world.cycle()
    let causes = try world.reader.heldGroups().map(\.cause)
    #expect(causes == ["left scope of In - User (hidden ISNULL)"])
  }

  @Test("A synchronization that failed names the other object")
  func synchronizationError() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    var twin = try world.user("twin")
    twin.attributes["employeeNumber"] = ["g-ann"]
    world.source.put(twin)
    try await world.cycle()
    let finding = try why(world, "twin")
    #expect(finding.gate == .synchronizationError)
    #expect(finding.evidence.contains("employeeNumber = g-ann"))
    #expect(finding.evidence.contains { $0.hasPrefix("in conflict with CN=ann") })
  }

  private static let titled = """
    [[rule.scope]]
    clauses = [{ attribute = "title", operator = "EQUAL", value = "Boss" }]
    [[rule.join]]
    conditions = [{ source = "sourceAnchor", target = "externalId" }]
    [[rule.flow]]
    target = "externalId"
    direct = "sourceAnchor"
    [[rule.flow]]
    target = "userName"
    """

  private func bossesOnly() throws -> World {
    let world = try World()
    world.rulesText = world.rulesText.replacing(
      """
      [[rule.join]]
      conditions = [{ source = "sourceAnchor", target = "externalId" }]
      [[rule.flow]]
      target = "externalId"
      direct = "sourceAnchor"
      [[rule.flow]]
      target = "userName"
      """, with: Self.titled)
    return world
  }

  @Test("Left out by the outbound scope: the metaverse's value and where it comes from")
  func outboundScope() async throws {
    let world = try bossesOnly()
    world.source.put(try world.user("ann", ["title": ["Clerk"]]))
    try await world.cycle()
    let finding = try why(world, "ann")
    #expect(finding.gate == .outOfOutboundScope && finding.target == "target")
    #expect(finding.evidence.first == "Out - User: title EQUAL Boss fails (Clerk)")
    #expect(finding.evidence.last?.hasPrefix("title comes from source by In - User") == true)
  }

  @Test("A delete that waits, and one that is held")
  func leaving() async throws {
    let world = try bossesOnly()
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    try await world.cycle()
    world.source.change("g-ann") { $0["title"] = ["Clerk"] }
    try await run(world, ("source", .deltaImport), ("source", .deltaSynchronization))
    #expect(try why(world, "ann").gate == .toBeDeleted)
    try world.reader.change(ScheduleChange(deletionThreshold: 0), requestedBy: "test")
    let finding = try why(world, "ann")
    #expect(finding.gate == .heldDelete && finding.hint.contains("release-deletes target"))
  }

  @Test("An import that is held stops everything, and that is said of what it told")
  func heldImport() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    world.limits["source"] = GuardLimits(importing: [.adds: GuardLimit(count: 0)])
    world.source.put(try world.user("bob"))
    try await world.cycle()
    let finding = try why(world, "bob")
    #expect(finding.gate == .notSynchronized)
    #expect(finding.evidence.last?.hasPrefix("Nothing is synchronized: source told 1 adds") == true)
    #expect(finding.hint.hasSuffix("lockstep release import source"))
  }

  @Test("An add, an update and a rename that are held, with the group that lets them go")
  func heldChanges() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob"))
    try await world.cycle()
    world.limits["target"] = GuardLimits(
      exporting: [
        .adds: GuardLimit(count: 0), .updates: GuardLimit(count: 1),
        .renames: GuardLimit(count: 0),
      ])
    world.source.put(try world.user("eve"))
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    world.source.change("g-bob") { $0["upn"] = ["robert@contoso.test"] }
    try await world.cycle()
    let groups = try world.reader.heldGroups()
    for (name, kind) in [("eve", "adds"), ("ann", "updates"), ("bob", "renames")] {
      let finding = try why(world, name)
      #expect(finding.gate == .heldChange && finding.sentence.contains("too many \(kind)"))
      let group = try #require(groups.first { $0.kind.rawValue == kind })
      #expect(finding.evidence.first == group.cause)
      #expect(finding.hint.contains("lockstep release g\(group.id)"))
    }
    // Once a person has said so, it waits for the export only.
    _ = try world.reader.file(
      .release(.group(try #require(groups.first { $0.kind == .adds }).id)), requestedBy: "test")
    try world.reader.change(ScheduleChange(isEnabled: false), requestedBy: "test")
    try await world.obeyAll()
    #expect(try why(world, "eve").gate == .pendingExport)
  }

  @Test("One that is gone, and which step took it")
  func deleted() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    world.source.remove("g-ann")
    for _ in 0..<2 { try await world.cycle() }
    let finding = try why(world, try world.dn("ann", ou: "Staff").text)
    #expect(finding.gate == .deleted && finding.sentence.contains("Delta Import on source, step"))
  }

  @Test("One that is gone while its delete at the target is held says so")
  func deletedAndHeld() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob"))
    try await world.cycle()
    try world.reader.change(ScheduleChange(deletionThreshold: 0), requestedBy: "test")
    world.source.remove("g-ann")
    try await world.cycle()
    let finding = try why(world, try world.dn("ann", ou: "Staff").text)
    #expect(finding.gate == .deleted)
    let group = try #require(try world.reader.heldGroups().first)
    let line = try #require(finding.evidence.first)
    #expect(
      line.hasPrefix("target is to delete ") && line.hasSuffix("lockstep release g\(group.id)"))
  }

  @Test("One that has another name now is not gone")
  func renamed() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["hidden": ["TRUE"]]))
    try await world.cycle()
    let old = try world.dn("ann", ou: "Staff")
    world.source.rename("g-ann", to: try world.dn("anna", ou: "Lab"))
    try await world.cycle()
    let finding = try why(world, old.text)
    #expect(finding.gate == .outOfScope && finding.subject.hasPrefix("CN=anna,OU=Lab"))
  }

  @Test("Rules that were changed since: what the next full synchronization will do")
  func changedRules() async throws {
    let world = try bossesOnly()
    world.source.put(try world.user("ann", ["title": ["Clerk"]]))
    try await world.cycle()
    let now = world.rulesText.replacing("value = \"Boss\"", with: "value = \"Clerk\"")
    let finding = try why(world, "ann", rules: now)
    #expect(finding.gate == .notProvisioned && finding.hint == "Run an Initial cycle")
  }

  @Test("Nothing that is in the target is called missing, and what is missing has a gate")
  func agreesWithTarget() async throws {
    let world = try bossesOnly()
    for index in 0..<20 {
      world.source.put(
        try world.user(
          "u\(index)",
          [
            "title": [index % 3 == 0 ? "Boss" : "Clerk"],
            "hidden": index % 4 == 0 ? ["TRUE"] : [],
          ]))
    }
    for _ in 0..<2 { try await world.cycle() }
    let there = Set(world.outcome.keys)
    for index in 0..<20 {
      let finding = try why(world, "u\(index)")
      #expect((finding.gate == .arrived) == there.contains("g-u\(index)"), "u\(index)")
    }
  }
}
