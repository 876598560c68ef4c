import Directory
import SyncEngine
import SyncStore
import Testing

/// A directory whose first batch tells of four objects that can't be read.
private final class UnreadableFirst: AroundDirectory {
  let inner: MemoryDirectory
  init(_ inner: MemoryDirectory) { self.inner = inner }

  func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    Reader(try await inner.openImport(request))
  }

  private actor Reader: ImportReader {
    private let rest: any ImportReader
    private var hasBegun = false

    init(_ rest: any ImportReader) { self.rest = rest }

    func next() async throws -> ImportBatch? {
      guard var batch = try await rest.next() else { return nil }
      if !hasBegun {
        hasBegun = true
        batch.errors += (0..<4).map {
          DiscoveryError(.parseError, dn: "CN=\($0)", location: "", message: "no", hint: "mend it")
        }
      }
      return batch
    }
  }
}

@Suite("What can't be synchronized is told and tried again")
struct SynchronizationErrorTests {
  private func openErrors(_ world: World) throws -> [ErrorRow] {
    try world.reader.openErrors(connector: nil, after: nil, limit: 100)
  }

  @Test("Two objects that want to be one person: the error names both, the first stays")
  func ambiguousJoin() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    var twin = try world.user("twin")
    twin.attributes["employeeNumber"] = ["g-ann"]
    world.source.put(twin)
    let cycle = try await world.cycle()
    #expect(cycle.steps.contains { $0.result == "completed-sync-errors" })
    let error = try #require(try openErrors(world).first)
    #expect(error.type == "ambiguous-import-flow-from-multiple-connectors")
    #expect(error.dn.hasPrefix("CN=twin"))
    #expect(error.attribute == "employeeNumber" && error.value == "g-ann")
    #expect(error.rule == "In - User" && error.otherDN.hasPrefix("CN=ann,"))
    #expect(error.message.contains("twin") && error.message.contains("ann"))
    let other = try #require(error.otherObjectID)
    #expect(try world.reader.object(id: other, valueLimit: 1)?.row.dn.hasPrefix("CN=ann") == true)
    #expect(world.outcome["g-ann"]?["username"] == ["ann@contoso.test"])
    #expect(try await world.cycle().steps.map(\.errors).reduce(0, +) == 1)
    #expect(try openErrors(world).map(\.retries) == [1])
    world.source.change("g-twin") { $0["employeeNumber"] = ["g-twin"] }
    try await world.cycle()
    #expect(try openErrors(world) == [])
    #expect(world.outcome.keys.sorted() == ["g-ann", "g-twin"])
  }

  @Test("Who finds its place taken by one that has another key by now is told that")
  func placeKept() async throws {
    let world = try TwoSources()
    world.personnel.put(try world.employee("6"))
    world.directory.put(try world.account("6", phone: "21"))
    try await world.cycle()
    // The account has the number of nobody now, and keeps its person until there is another one.
    world.directory.change("d-6") { $0["employeeID"] = ["7"] }
    try await world.cycle()
    var heir = try world.account("heir", phone: "22")
    heir.attributes["employeeID"] = ["6"]
    world.directory.put(heir)
    try await world.cycle()
    func errors() throws -> [ErrorRow] {
      try world.reader.openErrors(connector: nil, after: nil, limit: 9)
    }
    let error = try #require(try errors().first)
    #expect(
      error.message
        == "CN=heir,O=directory would join by employeeID = 6 the metaverse object that "
        + "CN=6,O=directory joined earlier, which has employeeID = 7 by now (rule In from directory)"
    )
    #expect(error.hint.contains("CN=6,O=directory leaves it when it is deleted"))
    #expect(error.attribute == "employeeID" && error.value == "6")
    world.directory.change("d-6") { $0["employeeID"] = [] }
    try await world.cycle()
    #expect(try errors().first?.message.contains("which has no employeeID by now") == true)
    // What the hint says comes true.
    world.directory.remove("d-6")
    for _ in 0..<2 { try await world.cycle() }
    #expect(try errors().isEmpty && world.outcome("6")?.text("phone") == "22")
  }

  @Test("When the first goes, the second takes its place without a person's doing")
  func secondTakesOver() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    var twin = try world.user("twin")
    twin.attributes["employeeNumber"] = ["g-ann"]
    world.source.put(twin)
    try await world.cycle()
    world.source.remove("g-ann")
    for _ in 0..<3 { try await world.cycle() }
    #expect(world.outcome["g-ann"]?["username"] == ["twin@contoso.test"])
    #expect(try openErrors(world) == [])
  }

  @Test("Several values for an attribute that takes one")
  func multiValue() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["title": ["One", "Two"]]))
    world.source.put(try world.user("bob"))
    try await world.cycle()
    let error = try #require(try openErrors(world).first)
    #expect(error.type == "ambiguous-export-flow-to-single-valued-attribute")
    #expect(error.attribute == "title" && error.value == "One; Two")
    #expect(error.dn.hasPrefix("CN=ann,") && error.rule == "Out - User")
    #expect(world.outcome["g-bob"] != nil)
    world.source.change("g-ann") { $0["title"] = ["One"] }
    try await world.cycle()
    #expect(try openErrors(world) == [])
    #expect(world.outcome["g-ann"]?["title"] == ["One"])
  }

  /// A world where a step ends after three errors, with four objects that fail and others.
  private func faulty(others: Int) throws -> World {
    let world = try World()
    world.errorLimit = 3
    for number in 0..<4 {
      world.source.put(try world.user("bad\(number)", ["title": ["One", "Two"]]))
    }
    for number in 0..<others { world.source.put(try world.user("u\(number)")) }
    return world
  }

  @Test("A step that went through everything is a whole one, however many have failed")
  func errorsAtTheEnd() async throws {
    let world = try faulty(others: 1)
    let cycle = try await world.cycle()
    #expect(cycle.steps.contains { $0.result == "completed-sync-errors" && $0.errors == 4 })
    #expect(!cycle.steps.contains { $0.result == "stopped-error-limit" })
    #expect(world.outcome["g-u0"] != nil)
  }

  @Test("With too many errors and more to come a step ends, and says what that holds up")
  func errorLimit() async throws {
    let world = try faulty(others: 7)
    let cycle = try await world.cycle()
    let step = try #require(cycle.steps.first { $0.result == "stopped-error-limit" })
    let hint = try world.reader.stepMessage(step: step.id).hint
    #expect(hint.contains("Nothing is exported until"))
    #expect(hint.contains("error_limit under [engine]"))
    #expect(!cycle.steps.contains { $0.type == .export })
    let told = try world.reader.events(codes: [6803], text: "Nothing is", before: nil, limit: 9)
    #expect(told.count == 1)
    #expect(told[0].message.contains("step \(step.id), ended in its midst with too many errors"))
    #expect(!told[0].message.contains("next cycle finishes"))
    #expect(told[0].message.contains("error_limit under [engine]"))
    // A higher limit has all others go on, though the errors stay.
    world.errorLimit = 4
    let next = try await world.cycle()
    #expect(next.steps.contains { $0.type == .export && $0.result == "success" })
    #expect(world.outcome.count == 7)
    for number in 0..<4 { world.source.change("g-bad\(number)") { $0["title"] = ["One"] } }
    try await world.cycle()
    #expect(world.outcome.count == 11)
  }

  /// Has the source show four objects that can't be read, then others.
  private func showUnreadable(_ world: World, others: Int) throws {
    world.errorLimit = 3
    world.otherSource = UnreadableFirst(world.source)
    for number in 0..<others { world.source.put(try world.user("u\(number)")) }
  }

  @Test("An import with too many errors and more to come ends, and says how it goes on")
  func importErrorLimit() async throws {
    let world = try World()
    // More than one transaction takes.
    try showUnreadable(world, others: 4100)
    let run = try await world.engine().runProfile(connector: "source", .fullImport)
    let step = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first)
    #expect(step.runID == run && step.result == "stopped-error-limit")
    let told = try world.reader.stepMessage(step: step.id)
    #expect(told.message.contains("could not be read, and there are others that were not"))
    #expect(told.hint.contains("error_limit under [engine]"))
  }

  @Test("An import that read everything is a whole one, however many could not be read")
  func importErrorsAtTheEnd() async throws {
    let world = try World()
    try showUnreadable(world, others: 2)
    for type in [StepType.fullImport, .deltaImport] {
      _ = try await world.engine().runProfile(connector: "source", type)
      let step = try #require(
        try world.reader.operations(OperationFilter(), before: nil, limit: 1).first)
      #expect(step.type == type && step.result == "completed-discovery-errors")
      #expect(step.errors == 4)
    }
  }

  @Test("A value that its attribute can't hold")
  func typeMismatch() async throws {
    let world = try World()
    world.rulesText = world.rulesText.replacing(
      """
      target = "title"
      direct = "title"

      [[rule]]
      name = "Out - Group"
      """, with: "")
    world.rulesText += """

      [[rule]]
      name = "Out - Active"
      direction = "outbound"
      connector = "target"
      source = "person"
      target = "user"
      link = "join"
      precedence = 205
      [[rule.flow]]
      target = "active"
      direct = "title"
      """
    world.source.put(try world.user("ann", ["title": ["perhaps"]]))
    world.source.put(try world.user("bob", ["title": ["TRUE"]]))
    try await world.cycle()
    let error = try #require(try openErrors(world).first)
    #expect(error.type == "cs-attribute-type-mismatch")
    #expect(error.attribute == "active" && error.value == "perhaps")
    #expect(error.message.contains("boolean") && error.message.contains("Out - Active"))
    #expect(world.outcome["g-bob"]?["active"] == ["true"])
  }

  @Test("An expression that fails is told with its rule, its text, the column, and what it read")
  func expression() async throws {
    let world = try World(
      rules: World.rules.replacing(
        """
        [[rule.flow]]
        target = "displayName"
        direct = "displayName"
        [[rule.flow]]
        target = "title"
        direct = "title"
        [[rule.flow]]
        target = "manager"
        direct = "manager"

        [[rule]]
        name = "In - Group"
        """,
        with: """
          [[rule.flow]]
          target = "displayName"
          expression = 'IIF([title]="none",Error("nobody"),[displayName])'
          [[rule.flow]]
          target = "title"
          expression = 'CStr(CNum([title]) + 1)'

          [[rule]]
          name = "In - Group"
          """))
    world.source.put(try world.user("ann", ["title": ["many"]]))
    world.source.put(try world.user("bob", ["title": ["none"]]))
    try await world.cycle()
    let errors = try openErrors(world)
    let type = try #require(errors.first { $0.dn.hasPrefix("CN=ann,") })
    #expect(type.rule == "In - User" && type.attribute == "title")
    #expect(type.expression == "CStr(CNum([title]) + 1)" && type.column == 6)
    #expect(type.value.contains("title = many"), "\(type.value)")
    let raised = try #require(errors.first { $0.dn.hasPrefix("CN=bob,") })
    #expect(raised.type == "sync-rule-error-function-triggered" && raised.rule == "In - User")
    #expect(raised.expression.hasPrefix("IIF(") && raised.column == 20)
    #expect(raised.message.contains("nobody"))
  }

  @Test("What could not be synchronized is tried again by each delta, with what is new besides")
  func errorStaysPending() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["title": ["One", "Two"]]))
    try await world.cycle()
    world.source.put(try world.user("bob"))
    try await world.cycle()
    #expect(world.outcome.keys.sorted() == ["g-bob"])
    #expect(try openErrors(world).map(\.retries) == [1])
    try expectStatisticsAddUp(world.reader)
  }
}
