import Directory
import SyncEngine
import SyncStore
import Testing

@Suite("A preview shows what synchronizing one object does, and stores nothing")
struct PreviewTests {
  /// Imports both sides and answers with the number of an object of the source.
  private func staged(_ world: World, _ name: String) async throws -> Int64 {
    _ = try await world.engine().runProfile(connector: "source", .fullImport)
    _ = try await world.engine().runProfile(connector: "target", .fullImport)
    return try #require(
      try world.reader.find(name).first { $0.connector == "source" }
    ).id
  }

  @Test("A new object: its rules, its joins, its flows, and what the target would be sent")
  func new() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["title": ["Engineer"]]))
    let id = try await staged(world, "ann")
    let before = try world.reader.operationCount(OperationFilter())
    for isFull in [true, false] {
      let report = try await world.engine().preview(object: id, isFull: isFull)
      #expect(report.inboundRules.map(\.name) == ["In - User"])
      #expect(!report.inboundRules.contains { !$0.isInScope })
      let join = try #require(report.joins.first)
      #expect(join.found.isEmpty)
      #expect(join.conditions.contains("employeeNumber = sourceAnchor (g-ann)"))
      #expect(report.operations.map(\.what) == ["Projections", "Provisioning Adds"])
      let title = try #require(report.flows.first { $0.attribute == "title" })
      #expect(title.values == ["Engineer"] && title.kind == "direct" && title.rule == "In - User")
      let export = try #require(report.exportsAfter.first { $0.connector == "target" })
      #expect(export.operation == "add")
      #expect(export.changes.contains { $0.attribute == "title" && $0.after == ["Engineer"] })
      #expect(report.exportsBefore.isEmpty && !report.isCommitted)
    }
    // Nothing of it is there.
    #expect(try world.reader.operationCount(OperationFilter()) == before)
    #expect(try world.reader.connectors().map(\.pendingExports) == [0, 0])
    #expect(try world.reader.object(id: id, valueLimit: 5)?.metaverseID == nil)
  }

  @Test("After a restore from a backup no object is synchronized, also none alone")
  func restored() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    let id = try await staged(world, "ann")
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { tx in
      try tx.noteRestored(try #require(try tx.connectorID("source")))
    }
    try store.close()
    let engine = try world.engine()
    await #expect(throws: EngineError.self) {
      try await engine.commitPreview(object: id, isFull: true)
    }
    #expect(try await !engine.preview(object: id, isFull: true).exportsAfter.isEmpty)
    #expect(try world.reader.connectors().map(\.pendingExports) == [0, 0])
  }

  @Test("An object that is out of scope: which clause fails, on what")
  func outOfScope() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["hidden": ["yes"]]))
    let id = try await staged(world, "ann")
    let report = try await world.engine().preview(object: id, isFull: true)
    let rule = try #require(report.inboundRules.first)
    #expect(!rule.isInScope && rule.reason.contains("hidden ISNULL fails (yes)"))
    #expect(report.flowsTitle == "Flows to the metaverse")
    #expect(report.operations.isEmpty && !report.note.isEmpty)
  }

  @Test("After the last look for a partner no other one is tried")
  func lastJoin() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    let id = try await staged(world, "ann")
    let report = try await world.engine().preview(object: id, isFull: true)
    #expect(report.joins.map(\.outcome) == ["nothing found"])
  }

  @Test("One that leaves the scope: what is deleted at the target")
  func leaves() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    world.source.change("g-ann") { $0["hidden"] = ["yes"] }
    let id = try await staged(world, "ann")
    let report = try await world.engine().preview(object: id, isFull: false)
    #expect(report.pendingImport == "update")
    #expect(report.exportsBefore.map(\.operation) == ["none"])
    #expect(report.exportsAfter.map(\.operation) == ["delete"])
    #expect(try world.reader.status().heldDeletes == 0)
    try await world.cycle()
    #expect(world.outcome.isEmpty)
  }

  @Test("Where nothing is staged, a delta passes the object over, and a full one looks anew")
  func nothingStaged() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    let id = try await staged(world, "ann")
    let delta = try await world.engine().preview(object: id, isFull: false)
    #expect(delta.operations.isEmpty && delta.note.contains("passes it over"))
    world.rulesText = world.rulesText.replacing("direct = \"title\"", with: "constant = \"X\"")
    let full = try await world.engine().preview(object: id, isFull: true)
    #expect(full.exportsAfter.flatMap(\.changes).map(\.after) == [["X"]])
  }

  @Test("An object that can't be synchronized: the error and what to do")
  func failure() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    var twin = try world.user("twin")
    twin.attributes["employeeNumber"] = ["g-ann"]
    world.source.put(twin)
    let id = try await staged(world, "twin")
    let report = try await world.engine().preview(object: id, isFull: true)
    #expect(report.joins.map(\.found) == [["ann"]])
    let failure = try #require(report.failures.first)
    #expect(
      failure.type == "ambiguous-import-flow-from-multiple-connectors" || !failure.type.isEmpty)
    #expect(!failure.hint.isEmpty)
    #expect(report.flowsTitle == "Would flow to the metaverse, but for the error")
    #expect(try world.reader.status().openErrors == 0)
  }

  @Test("A flow that applied once, and one that is ignored, show the values that they keep")
  func kept() async throws {
    let world = try World(
      rules: World.rules.replacing(
        """
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
          target = "displayName"
          direct = "displayName"
          apply_once = true
          [[rule.flow]]
          target = "title"
          expression = 'IIF(IsPresent([title]),[title],IgnoreThisFlow)'

          [[rule]]
          name = "In - Group"
          """))
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    try await world.cycle()
    world.source.change("g-ann") {
      $0["displayName"] = ["Anna"]
      $0["title"] = []
    }
    let id = try await staged(world, "g-ann")
    let report = try await world.engine().preview(object: id, isFull: true)
    let flows = Dictionary(
      report.flows.map { ($0.attribute, $0.values) }, uniquingKeysWith: { first, _ in first })
    #expect(flows["displayName"] == ["ann"])
    #expect(flows["title"] == ["Boss"])
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["displayname"] == ["ann"])
    #expect(world.outcome["g-ann"]?["title"] == ["Boss"])
  }

  @Test("A committed one is stored, is a run of its own, and goes out with the next export")
  func commit() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob"))
    let id = try await staged(world, "ann")
    let report = try await world.engine().commitPreview(object: id, isFull: false)
    #expect(report.isCommitted)
    let step = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first)
    #expect(step.type == .deltaSynchronization && step.result == "success" && step.adds == 1)
    #expect(!step.isRehearsal)
    _ = try await world.engine().runProfile(connector: "target", .export)
    #expect(world.outcome.keys.sorted() == ["g-ann"])
    try await world.cycle()
    #expect(world.outcome.keys.sorted() == ["g-ann", "g-bob"])
  }

  @Test("A face asks by a command and reads the report; an unknown object is refused in words")
  func command() async throws {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    let id = try await staged(world, "ann")
    let asked = try world.reader.file(
      .preview(PreviewOrder(object: id, isFull: true, commits: false)), requestedBy: "ann")
    let wrong = try world.reader.file(
      .preview(PreviewOrder(object: 4711, isFull: true, commits: false)), requestedBy: "ann")
    try await world.obeyAll()
    #expect(try world.reader.preview(command: asked)?.dn.contains("CN=ann") == true)
    #expect(try world.reader.preview(command: wrong) == nil)
    let status = try #require(try world.reader.command(id: wrong))
    #expect(status.state == .refused && status.outcome.contains("4711"))
  }
}
