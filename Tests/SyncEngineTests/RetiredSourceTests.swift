import Directory
import Explanations
import Foundation
import SyncEngine
import SyncRules
import SyncStore
import Testing

@Suite("A source that is taken out of lockstep.toml")
struct RetiredSourceTests {
  /// The rules without those of the personnel system.
  private static let rest = TwoSources.rules.split(separator: "[[rule]]\n").dropFirst()
    .map { "[[rule]]\n" + $0 }.joined().replacing("link = \"join\"", with: "link = \"provision\"")
    .replacing(
      "{ target = \"title\", direct = \"title\" }, { target = \"phone\"",
      with: """
        { target = "number", direct = "employeeID" }, { target = "title", direct = "title" },
          { target = "phone"
        """)

  /// Ann is in both sources, Zed in the personnel system alone; that one is taken out.
  private func world(beside others: [String] = []) async throws -> TwoSources {
    let world = try TwoSources(directoryLink: "provision")
    world.personnel.put(try world.employee("ann", title: "Clerk"))
    world.directory.put(try world.account("ann", title: "Boss", phone: "17"))
    for number in ["zed"] + others {
      world.personnel.put(try world.employee(number, title: "Guest"))
    }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome("zed")?.text("title") == "Guest")
    world.hasPersonnel = false
    world.rulesText = Self.rest
    return world
  }

  @Test("Who came from it alone goes, and is not emptied; all others stay, without what it gave")
  func worksOff() async throws {
    let world = try await world()
    let cycle = try await world.cycle()
    #expect(cycle.steps.allSatisfy { $0.errors == 0 })
    #expect(world.outcome("zed") == nil)
    #expect(world.target.operations.filter { $0.hasPrefix("delete") } == ["delete zed"])
    #expect(world.outcome("ann")?.text("title") == "Boss")
    #expect(world.outcome("ann")?.text("phone") == "17")
    try await world.cycle()
    #expect(try await world.cycle().isQuiet)
    #expect(try await world.cycle(.initial).isQuiet)
    #expect(try world.reader.find("zed").filter(\.isConnector).isEmpty)
    try expectStatisticsAddUp(world.reader)
  }

  @Test("What its leaving does is told before, and of whom it had it is known afterwards")
  func isTold() async throws {
    let world = try await world()
    _ = try world.engine()
    let steps = try world.reader.dueSteps().filter(\.isRetired)
    #expect(steps.map(\.connector) == ["personnel"] && steps.first?.title == "Leaving")
    let effects = steps.flatMap(\.effects)
    #expect(effects.map(\.kind) == [.goes, .inbound], "\(effects)")
    #expect(effects.map(\.samples) == [["zed"], ["ann"]] || effects.map(\.count) == [1, 1])
    #expect(effects.last?.attribute == "title")
    #expect(steps.allSatisfy { !$0.isOutdated })
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome("zed") == nil && world.outcome("ann")?.text("title") == "Boss")
    #expect(try world.reader.dueSteps().isEmpty)
    let rules = try RuleSet.parse(world.rulesText, file: "rules.toml")
    let found = try Explainer(store: try world.reader, rules: rules)
      .whyNot("CN=zed,O=personnel")
    #expect(
      found.map(\.sentence) == ["personnel, which had it, is not in lockstep.toml any more."])
  }

  @Test("Its deletes are held as all others are, and say why")
  func held() async throws {
    let world = try await world(beside: ["yan", "xia"])
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { tx in
      var schedule = try tx.schedule()
      schedule.deletionThreshold = 1
      try tx.set(schedule)
    }
    try await world.cycle()
    #expect(world.outcome("zed")?.text("title") == "Guest")
    let held = try world.reader.heldGroups()
    #expect(held.contains { $0.cause == "personnel is not in lockstep.toml any more" }, "\(held)")
  }

  @Test("It holds nothing up later")
  func holdsNothingUp() async throws {
    let world = try await world()
    try await world.cycle()
    world.directory.put(try world.account("eve"))
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { tx in
      #expect(try tx.retiredSource() == nil)
      let id = try #require(try tx.connectorID("directory"))
      try tx.requireFullSync(id, because: "a test wants it")
    }
    #expect(try await world.cycle().steps.allSatisfy { $0.result == "success" })
    #expect(world.outcome("eve") != nil)
  }

  @Test("That is done, too, where its rules are left")
  func rulesStay() async throws {
    let world = try await world()
    let rule = try #require(TwoSources.rules.split(separator: "[[rule]]\n").first)
    world.hasPersonnel = true
    world.rulesText = "[[rule]]\n" + String(rule) + Self.rest
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome("zed") != nil)
    world.hasPersonnel = false
    try await world.cycle()
    #expect(world.outcome("zed") == nil)
    #expect(world.outcome("ann")?.text("phone") == "17")
  }

  @Test("Nobody goes as long as somebody can't be synchronized who may be the same")
  func spares() async throws {
    let world = try await world()
    world.rulesText = Self.rest.replacing(
      "direct = \"employeeID\"",
      with: "expression = 'IIF([title]=\"Guest\",Error(\"no\"),[employeeID])'")
    #expect(world.rulesText != Self.rest)
    world.directory.put(try world.account("zed", title: "Guest"))
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome("zed") != nil)
    #expect(!world.target.operations.contains { $0.hasPrefix("delete") })
    world.directory.change("d-zed") { $0["title"] = ["Clerk"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome("zed")?.text("title") == "Clerk")
    #expect(!world.target.operations.contains { $0.hasPrefix("delete") })
  }

  @Test("While it spares somebody nothing is due for that; once nobody fails, it is worked off")
  func dueOnce() async throws {
    let world = try await world(beside: ["yan"])
    world.rulesText = Self.rest.replacing(
      "direct = \"employeeID\"",
      with: "expression = 'IIF([title]=\"Guest\",Error(\"no\"),[employeeID])'")
    world.directory.put(try world.account("zed", title: "Guest"))
    for _ in 0..<2 { try await world.cycle() }
    for _ in 0..<2 {
      let cycle = try await world.cycle()
      #expect(!cycle.steps.contains { $0.type == .fullSynchronization })
      #expect(world.outcome("yan") != nil)
    }
    world.directory.change("d-zed") { $0["title"] = ["Clerk"] }
    for _ in 0..<3 { try await world.cycle() }
    #expect(world.outcome("yan") == nil && world.outcome("zed") != nil)
    #expect(try await world.cycle().isQuiet)
  }

  @Test("An engine that stays works it off, too, once nobody fails any more, and rehearses that")
  func sameEngine() async throws {
    let world = try await world(beside: ["yan"])
    world.rulesText = Self.rest.replacing(
      "direct = \"employeeID\"",
      with: "expression = 'IIF([title]=\"Guest\",Error(\"no\"),[employeeID])'")
    world.directory.put(try world.account("zed", title: "Guest"))
    let engine = try world.engine()
    for _ in 0..<2 { _ = try await engine.runCycle(.delta) }
    #expect(world.outcome("yan") != nil)
    world.directory.change("d-zed") { $0["title"] = ["Clerk"] }
    _ = try await engine.runCycle(.delta)
    let rehearsed = try await engine.rehearse(.delta)
    let rehearsal = try #require(try world.reader.cycle(id: rehearsed))
    #expect(rehearsal.steps.contains { $0.type == .fullSynchronization })
    #expect(world.outcome("yan") != nil)
    _ = try await engine.runCycle(.delta)
    #expect(world.outcome("yan") == nil && world.outcome("zed") != nil)
    var last: Int64 = 0
    for _ in 0..<2 { last = try await engine.runCycle(.delta) }
    #expect(try #require(try world.reader.cycle(id: last)).isQuiet)
  }

  @Test("What fails only without what it gave is told, and sent once it fails no more")
  func failsWithout() async throws {
    let world = try TwoSources(directoryLink: "provision")
    world.personnel.put(try world.employee("eve", title: "Guest"))
    world.directory.put(try world.account("eve"))
    for _ in 0..<2 { try await world.cycle() }
    world.hasPersonnel = false
    let outbound = try #require(Self.rest.range(of: "{ target = \"title\"", options: .backwards))
    let end = try #require(Self.rest[outbound.lowerBound...].firstIndex(of: "}"))
    world.rulesText = Self.rest.replacingCharacters(
      in: outbound.lowerBound...end,
      with: """
        { target = "title", expression = \
        'IIF([number]="eve" && IsNullOrEmpty([title]),Error("no title"),[title])' }
        """)
    let cycle = try await world.cycle()
    #expect(cycle.steps.contains { $0.errors == 1 }, "\(cycle.steps.map(\.result))")
    #expect(world.outcome("eve")?.text("title") == "Guest")
    world.directory.change("d-eve") { $0["title"] = ["Boss"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome("eve")?.text("title") == "Boss")
    #expect(try await world.cycle().isQuiet)
    try expectStatisticsAddUp(world.reader)
  }
}
