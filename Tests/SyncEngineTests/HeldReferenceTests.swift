import Directory
import Foundation
import Testing

@testable import SyncEngine
@testable import SyncStore

@Suite("What an object refers to stays while it can't be told what it is to refer to")
struct HeldReferenceTests {
  private static let inGroup =
    "target = \"group\"\nlink = \"provision\"\nprecedence = 110"
  private static let outGroup = "target = \"group\"\nlink = \"provision\"\nprecedence = 210"
  private static let name = "target = \"displayName\"\ndirect = \"displayName\""

  /// The rules of ``World``, with other words for the group's name on its way in or out.
  private static func rules(named expression: String, outbound: Bool, scope: String = "") -> String
  {
    var text = World.rules
    let flow = "target = \"displayName\"\nexpression = '''\(expression)'''"
    let rule = "name = \"\(outbound ? "Out" : "In") - Group\""
    if let start = text.range(of: rule),
      let found = text.range(of: name, range: start.upperBound..<text.endIndex)
    {
      text = text.replacingCharacters(in: found, with: flow)
    }
    guard !scope.isEmpty else { return text }
    return text.replacingOccurrences(
      of: outGroup, with: outGroup + "\n[[rule.scope]]\nclauses = [{ \(scope) }]")
  }

  private static let failing = #"IIF([displayName]="staff",Error("not now"),[displayName])"#

  private func reference(_ world: World, _ name: String) throws -> AttributeValue {
    .reference(try world.dn(name, ou: "Staff").text)
  }

  private func openErrors(_ world: World) throws -> [ErrorRow] {
    try world.reader.openErrors(connector: "source", after: nil, limit: 100)
  }

  @Test("What goes from a group whose rules fail only when that is looked at goes once they don't")
  func failsLate() async throws {
    let good = Self.rules(named: "[displayName]", outbound: false)
    let world = try World(rules: good)
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("staff", members: ["ann", "bob"]))
    for _ in 0..<2 { try await world.cycle() }
    let store = try SyncStore.open(file: world.storeFile)
    // As a synchronization leaves it that went through the group and ended before its references.
    try store.transaction { tx in
      try tx.execute(
        """
        UPDATE cs_reference SET state = 2
        WHERE target_id = (SELECT id FROM cs_object WHERE anchor = 'g-bob')
        """)
    }
    world.rulesText = Self.rules(named: Self.failing, outbound: false)
    _ = try await world.engine(store: store)
      .runProfile(connector: "source", .deltaSynchronization)
    #expect(try openErrors(world).map(\.dn) == [try world.dn("staff", ou: "Groups").text])
    #expect(try openErrors(world).map(\.rule) == ["In - Group"])
    world.rulesText = good
    let engine = try world.engine(store: store)
    // Without the full synchronization that follows a change of rules.
    try store.transaction { tx in
      for name in ["source", "target"] {
        try tx.fullSyncDone(try #require(try tx.connectorID(name)))
      }
    }
    _ = try await engine.runCycle(.delta)
    #expect(try openErrors(world).isEmpty)
    #expect(world.outcome["g-staff"]?["members"] == ["g-ann"])
  }

  @Test(
    "A change of rules that a group can't follow takes none of its members, and not the group",
    arguments: ["", #"attribute = "member", operator = "ISNOTNULL""#])
  func rebuild(scope: String) async throws {
    let world = try World(rules: Self.rules(named: "[displayName]", outbound: false, scope: scope))
    for name in ["ann", "bob", "cay"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("staff", members: ["ann", "bob"]))
    world.source.put(try world.group("crew", members: ["cay"]))
    for _ in 0..<2 { try await world.cycle() }
    let before = world.outcome
    #expect(before["g-staff"]?["members"] == ["g-ann", "g-bob"])
    world.rulesText = Self.rules(named: Self.failing, outbound: false, scope: scope)
    for policy in [CyclePolicy.initial, .delta, .initial] {
      try await world.cycle(policy)
      #expect(world.outcome == before)
    }
    #expect(try openErrors(world).map(\.dn) == [try world.dn("staff", ou: "Groups").text])
    // What came meanwhile comes once the group can be synchronized.
    world.source.change("g-staff") { $0["member"] = [] }
    world.source.change("g-staff") {
      $0.add([.reference("CN=cay,OU=Staff,DC=contoso,DC=test")], to: "member")
    }
    try await world.cycle()
    #expect(world.outcome == before)
    world.rulesText = Self.rules(named: "[displayName]", outbound: false, scope: scope)
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-staff"]?["members"] == ["g-cay"])
    #expect(try openErrors(world) == [])
    #expect(try await world.cycle().isQuiet)
  }

  @Test(
    "What is yet to be taken in again is not taken out before",
    arguments: ["", #"attribute = "member", operator = "ISNOTNULL""#], [false, true])
  func unfinishedRebuild(scope: String, isHalf: Bool) async throws {
    let world = try World(rules: Self.rules(named: "[displayName]", outbound: false, scope: scope))
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("staff", members: ["ann", "bob"]))
    for _ in 0..<2 { try await world.cycle() }
    let before = world.outcome
    // As if the source's step had ended where everything is to flow anew.
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { tx in
      let source = try #require(try tx.connectorID("source"))
      var after: Int64? = 0
      while let last = after {
        after = try tx.lookAgainAtReferences(connector: source, after: last, limit: 1)
      }
      after = 0
      while let last = after {
        after = try tx.takeBackReferences(connector: source, after: last, limit: 1)
        if isHalf { break }
      }
    }
    let engine = try world.engine(store: store)
    for type in [StepType.deltaSynchronization, .export] {
      _ = try await engine.runProfile(connector: "target", type)
    }
    #expect(world.outcome == before)
    _ = try await engine.runProfile(connector: "source", .deltaSynchronization)
    #expect(
      try world.reader.objects(
        connector: "target", scope: .pendingExport, text: "", after: nil, limit: 10) == [])
    _ = consume engine
    world.source.change("g-staff") {
      $0["member"] = [.reference("CN=bob,OU=Staff,DC=contoso,DC=test")]
    }
    try await world.cycle()
    #expect(world.outcome["g-staff"]?["members"] == ["g-bob"])
  }

  private static let atMostTwo =
    #"IIF(ValueCount("member")>2,Error("too many"),[displayName])"#

  @Test("A member with whom the rules of a target fail is told, and comes when they don't any more")
  func tooMany() async throws {
    let world = try World(rules: Self.rules(named: Self.atMostTwo, outbound: true))
    for name in ["ann", "bob", "cay"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("staff", members: ["ann", "bob"]))
    try await world.cycle()
    #expect(try openErrors(world) == [])
    world.source.change("g-staff") {
      $0.add([.reference("CN=cay,OU=Staff,DC=contoso,DC=test")], to: "member")
    }
    let cycle = try await world.cycle()
    #expect(cycle.steps.map(\.errors).reduce(0, +) == 1)
    #expect(try openErrors(world).map(\.rule) == ["Out - Group"])
    #expect(try openErrors(world).map(\.dn) == [try world.dn("staff", ou: "Groups").text])
    #expect(try await world.cycle().steps.map(\.errors).reduce(0, +) == 1)
    #expect(world.outcome["g-staff"]?["members"] == ["g-ann", "g-bob"])
    // That one goes is taken in, though the group itself fails yet.
    world.source.change("g-staff") {
      $0["member"] = ["bob", "cay"].map { .reference("CN=\($0),OU=Staff,DC=contoso,DC=test") }
    }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-staff"]?["members"] == ["g-bob", "g-cay"])
    #expect(try openErrors(world) == [])
    #expect(try await world.cycle().isQuiet)
    try expectStatisticsAddUp(try world.reader)
  }

  @Test("A rule that refuses to empty a group is asked before its members are taken out")
  func empty() async throws {
    let name =
      "target = \"displayName\"\ndirect = \"displayName\"\n[[rule.flow]]\ntarget = \"member\""
    let count = "target = \"memberCount\"\nexpression = 'ValueCount(\"member\")'\n[[rule.flow]]\n"
    let world = try World(
      rules: Self.rules(
        named: #"IIF([memberCount]<1,Error("nobody is left"),[displayName])"#, outbound: true
      ).replacingOccurrences(of: name, with: count + name))
    for name in ["ann", "bob", "cay"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("staff", members: ["ann", "bob"]))
    try await world.cycle()
    world.source.change("g-staff") { $0["member"] = [] }
    for policy in [CyclePolicy.delta, .delta, .initial, .delta] {
      try await world.cycle(policy)
      #expect(try openErrors(world).map(\.rule) == ["Out - Group"])
      #expect(world.outcome["g-staff"]?["members"] == ["g-ann", "g-bob"])
    }
    world.source.change("g-staff") {
      $0["member"] = [.reference("CN=cay,OU=Staff,DC=contoso,DC=test")]
    }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-staff"]?["members"] == ["g-cay"])
    #expect(try openErrors(world) == [])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("Many references that wait keep none from going that come after them", arguments: [1, 5])
  func manyWait(batchSize: Int) async throws {
    let world = try World()
    world.batchSize = batchSize
    let names = (0..<25).map { "u\($0)" }
    for name in names { world.source.put(try world.user(name)) }
    world.source.put(try world.group("staff", members: names))
    world.source.put(try world.group("crew", members: ["u1", "u2"]))
    try await world.cycle()
    world.rulesText = Self.rules(named: Self.failing, outbound: true)
    world.source.change("g-crew") {
      $0["member"] = [.reference("CN=u2,OU=Staff,DC=contoso,DC=test")]
    }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-crew"]?["members"] == ["g-u2"])
    #expect(world.outcome["g-staff"]?["members"]?.count == 25)
    #expect(try openErrors(world).count == 1)
    world.rulesText = World.rules
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-staff"]?["members"]?.count == 25)
    #expect(try await world.cycle().isQuiet)
  }
}
