import Directory
import Foundation
import SyncRules
import SyncStore
import Testing

@testable import SyncEngine

@Suite("What a change of the rules does is told before it is done")
struct DueTests {
  /// A world with three people and a group, synchronized by the usual rules.
  private func world() async throws -> World {
    let world = try World()
    world.batchSize = 2
    for (name, title) in [("ann", "Boss"), ("bob", "BOSS"), ("cay", nil)] as [(String, String?)] {
      world.source.put(
        try world.user(name, ["title": title.map { [.string($0)] } ?? []]))
    }
    world.source.put(try world.group("team", members: ["ann", "bob"]))
    try await world.cycle()
    return world
  }

  /// The flow of the title in the rule before the one called `next`.
  private func title(_ flow: String, before next: String) -> String {
    World.rules.replacing(
      """
      target = "title"
      direct = "title"
      [[rule.flow]]
      target = "manager"
      direct = "manager"

      [[rule]]
      name = "\(next)"
      """,
      with: """
        target = "title"
        \(flow)
        [[rule.flow]]
        target = "manager"
        direct = "manager"

        [[rule]]
        name = "\(next)"
        """)
  }

  /// What is due on a connector once an engine has read these rules.
  private func due(
    _ world: World, _ rules: String, on connector: String
  ) throws -> DueStep? {
    world.rulesText = rules
    _ = try world.engine()
    return try world.reader.dueSteps().first {
      $0.connector == connector && $0.type == .fullSynchronization
    }
  }

  private func words(_ step: DueStep?) -> [String] {
    (step?.effects ?? []).map { $0.words + ": " + $0.samples.joined(separator: ", ") }
  }

  @Test("Who asks the engine to end does not wait for it; the next engine tells it")
  func brokenOff() async throws {
    let world = try await world()
    world.rulesText = title("expression = 'UCase([title])'", before: "In - Group")
    func effects() throws -> [DueEffect] { try world.reader.dueSteps().flatMap(\.effects) }
    let ending = try world.reader.file(.shutDown, requestedBy: "ann")
    var engine: SyncEngine? = try world.engine(continuation: .configuration)
    #expect(try effects().isEmpty)
    #expect(try await engine?.run() == .done)
    #expect(try world.reader.command(id: ending)?.state == .finished)
    engine = nil
    _ = try world.engine()
    #expect(try !effects().isEmpty)
  }

  @Test("A flow that changes is told with the attribute and the objects on which it does")
  func flow() async throws {
    let world = try await world()
    let rules = title("expression = 'UCase([title])'", before: "In - Group")
    let step = try #require(try due(world, rules, on: "source"))
    #expect(
      step.changes == [
        DueChange(
          rule: "In - User", what: "flow title", before: "direct title",
          after: "expression UCase([title])")
      ])
    #expect(words(step) == ["title in the metaverse changes on 1 objects, type user: ann"])
    #expect(step.effects.map(\.looked) == [4] && step.effects.map(\.total) == [4])
    // Nothing was done yet, and the other side does not change by itself.
    #expect(world.outcome["g-ann"]?["title"] == ["Boss"])
    let target = try #require(
      try world.reader.dueSteps().first { $0.connector == "target" })
    #expect(target.changes == [] && target.effects == [])
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["title"] == ["BOSS"])
    #expect(try world.reader.dueSteps() == [])
  }

  @Test("What flowed once does not change on those that are there")
  func once() async throws {
    let world = try World(
      rules: title("direct = \"title\"\napply_once = true", before: "In - Group"))
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    try await world.cycle()
    let rules = title(
      "expression = 'UCase([title])'\napply_once = true", before: "In - Group")
    let step = try #require(try due(world, rules, on: "source"))
    #expect(step.changes.map(\.what) == ["flow title"] && step.effects == [])
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["title"] == ["Boss"])
  }

  @Test("A flow to the target, too, for objects that are there and that are yet to be made")
  func outboundFlow() async throws {
    let world = try await world()
    let rules = title("constant = \"Clerk\"", before: "Out - Group")
    let step = try due(world, rules, on: "target")
    #expect(
      step?.changes == [
        DueChange(
          rule: "Out - User", what: "flow title", before: "direct title",
          after: "constant Clerk (string)")
      ])
    #expect(words(step) == ["title changes on 3 objects, type person: ann, bob, cay"])
  }

  @Test("What a target allows to be matched is told when it changes")
  func matching() async throws {
    let world = try await world()
    let blocked =
      World.rules + """

        [[matching]]
        connector = "target"
        block_soft_match = true
        """
    let change = DueChange(
      rule: "", what: "matching block_soft_match", before: "false", after: "true")
    #expect(try due(world, blocked, on: "target")?.changes == [change])
    try await world.cycle()
    // The rules as they were kept say it, too.
    #expect(try due(world, World.rules, on: "target")?.changes.map(\.before) == ["true"])
  }

  @Test("Who leaves a scope and who comes into it are told first")
  func scope() async throws {
    let world = try await world()
    let narrow = World.rules.replacing(
      #"clauses = [{ attribute = "hidden", operator = "ISNULL" }]"#,
      with: #"clauses = [{ attribute = "title", operator = "ISNOTNULL" }]"#)
    #expect(
      try words(due(world, narrow, on: "source")) == [
        "they leave the scope, and may be deleted: 1 objects, type user: cay"
      ])
    try await world.cycle()
    #expect(world.outcome["g-cay"] == nil)
    #expect(
      try words(due(world, World.rules, on: "source")) == [
        "they come into scope: 1 objects, type user: cay"
      ])
    let none = World.rules.components(separatedBy: "\n[[rule]]\nname = \"Out - Group\"")[0]
    let step = try due(world, none, on: "target")
    #expect(
      words(step) == ["they leave the scope, and may be deleted: 1 objects, type group: team"])
    #expect(step?.changes.first?.what == "rule" && step?.changes.first?.after == "")
    #expect(step?.changes.map(\.what).contains("flow members") == true)
  }

  @Test("References that flow otherwise count where there are some")
  func references() async throws {
    let world = try await world()
    world.source.put(try world.group("empty", members: []))
    try await world.cycle()
    let rules = World.rules.replacing(
      """
      [[rule.flow]]
      target = "members"
      direct = "member"
      """, with: "")
    #expect(
      try words(due(world, rules, on: "target")) == [
        "members is written no more, and stays as it is: 1 objects, type group: team"
      ])
  }

  @Test("An expression that can't be worked out for some is told before it stops them")
  func fails() async throws {
    let world = try await world()
    let rules = title("expression = 'CNum([title])'", before: "In - Group")
    #expect(
      try words(due(world, rules, on: "source")) == [
        "title can't be worked out any more: 2 objects, type user: ann, bob"
      ])
  }

  @Test("Several changes before they are done are told as one, from what was done last")
  func several() async throws {
    let world = try await world()
    _ = try due(
      world, title("expression = 'UCase([title])'", before: "In - Group"), on: "source")
    let step = try due(world, title("constant = \"Boss\"", before: "In - Group"), on: "source")
    #expect(step?.changes.map(\.before) == ["direct title"])
    #expect(step?.changes.map(\.after) == ["constant Boss (string)"])
    #expect(
      words(step) == ["title in the metaverse changes on 2 objects, type user: bob, cay"])
    // Taken back, nothing differs any more; what a run may have done meanwhile is still due.
    let back = try #require(try due(world, World.rules, on: "source"))
    #expect(back.changes == [] && back.effects == [])
  }

  @Test("A change that comes when the one before is half done is told from what all were like")
  func halfDone() async throws {
    let world = try await world()
    world.rulesText = title("expression = 'UCase([title])'", before: "In - Group")
    _ = try await world.engine().runProfile(connector: "source", .fullSynchronization)
    #expect(try world.reader.dueSteps().map(\.connector) == ["target"])
    let step = try due(world, title("constant = \"Boss\"", before: "In - Group"), on: "source")
    #expect(step?.changes.map(\.before) == ["direct title"])
    try await world.cycle()
    #expect(try world.reader.dueSteps() == [])
    let next = try due(world, World.rules, on: "source")
    #expect(next?.changes.map(\.before) == ["constant Boss (string)"])
  }

  @Test("What was told before an import is worked out again after it")
  func afterAnImport() async throws {
    let world = try await world()
    world.rulesText = title("expression = 'UCase([title])'", before: "In - Group")
    let engine = try world.engine()
    func told() throws -> [Int] {
      try world.reader.dueSteps().filter { $0.connector == "source" }.flatMap(\.effects)
        .map(\.count)
    }
    #expect(try told() == [1])
    world.source.put(try world.user("cay", ["title": ["Clerk"]]))
    world.source.put(try world.user("bob", ["title": ["Chief"]]))
    _ = try await engine.runProfile(connector: "source", .fullImport)
    #expect(try told() == [3])
    #expect(try world.reader.dueSteps().allSatisfy { !$0.isOutdated })
    // By itself, too, if it is synchronized alone.
    let bob = try #require(try world.reader.find("bob").first { $0.connector == "source" })
    _ = try await engine.commitPreview(object: bob.id, isFull: true)
    #expect(try told() == [2])
  }

  @Test("As long as it is not worked out again, it is told that it is of before")
  func outdated() async throws {
    let world = try await world()
    world.rulesText = title("expression = 'UCase([title])'", before: "In - Group")
    _ = try world.engine()
    #expect(try world.reader.dueSteps().allSatisfy { !$0.isOutdated })
    world.source.put(try world.user("bob", ["title": ["Chief"]]))
    // The engine ends before it has worked it out again.
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { try $0.set(StoreTransaction.assessedRules, nil) }
    try store.close()
    let step = try #require(try world.reader.dueSteps().first { $0.connector == "source" })
    #expect(step.isOutdated && step.effects.map(\.count) == [1])
    // Of a connector of which nothing was told, nothing is outdated.
    #expect(try world.reader.dueSteps().filter(\.isOutdated).count == 1)
    _ = try world.engine()
    #expect(try world.reader.dueSteps().allSatisfy { !$0.isOutdated })
  }

  @Test("An import that shows nothing new outdates nothing")
  func quietImport() async throws {
    let world = try await world()
    world.rulesText = title("expression = 'UCase([title])'", before: "In - Group")
    let engine = try world.engine()
    let store = try SyncStore.open(file: world.storeFile)
    let changes = try #require(try world.reader.dueSteps().first?.changes)
    #expect(!changes.isEmpty)
    try store.transaction { tx in
      let id = try #require(try tx.connectorID("source"))
      try tx.setDue(id, changes: changes, effects: [])
    }
    func effects() throws -> Int { try world.reader.dueSteps().flatMap(\.effects).count }
    _ = try await engine.runProfile(connector: "source", .fullImport)
    #expect(try effects() == 0)
    world.source.put(try world.user("bob", ["title": ["Chief"]]))
    _ = try await engine.runProfile(connector: "source", .fullImport)
    #expect(try effects() == 1)
  }

  @Test("Rules that are kept are read again as the same rules")
  func kept() throws {
    let rules = try RuleSetSamples.withParameters()
    let kept = try #require(KeptRules(rules).rules)
    #expect(kept.fingerprint == rules.fingerprint)
    var broken = KeptRules(rules)
    broken.text = "[[rule]]\nname = 7"
    #expect(broken.rules == nil)
  }
}

/// Sets of rules for tests.
private enum RuleSetSamples {
  static func withParameters() throws -> RuleSet {
    try RuleSet.parse(
      World.rules + #"""

        [[rule]]
        name = "In - Domain"
        direction = "inbound"
        connector = "source"
        source = "user"
        target = "person"
        link = "join"
        precedence = 150
        [[rule.scope]]
        clauses = [{ attribute = "upn", operator = "ENDSWITH", value = "%Domain.FQDN%" }]
        [[rule.flow]]
        target = "domain"
        expression = '%Domain.FQDN% & "/" & %Connector.ID%'
        """#, file: "rules.toml", parameters: RuleParameters(shared: ["Domain.FQDN": "a.test"]))
  }
}
