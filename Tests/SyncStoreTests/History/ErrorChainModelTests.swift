import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Errors that come again and again, or are over, held against a list of them.
@Suite("How long something is wrong, and how often it was tried, beside a list of errors")
struct ErrorChainModelTests {
  // MARK: Errors of objects

  private struct Open: Equatable {
    var type: SyncErrorType
    var first: Int64
    var retries: Int
  }

  private static let types: [SyncErrorType] = [
    .typeMismatch, .connectivityError, .exportedChangeNotReimported, .keptReference,
  ]

  private func open(
    _ test: TestStore, _ id: Int64, _ stage: ErrorRow.Stage
  ) throws -> Open? {
    try test.store.look { tx in
      try tx.row(
        """
        SELECT e.type, e.first_occurred, e.retries FROM cs_object o
        JOIN step_error e ON e.id = o.\(stage.column) WHERE o.id = ?
        """, [id]
      ).map { row in
        Open(
          type: try #require(Self.types.first { $0.text == row[0] as String }), first: row[1],
          retries: row[2])
      }
    }
  }

  /// Ends what can end: by what was done, some errors go and others stay.
  private func settle(
    _ test: TestStore, _ id: Int64, _ stage: ErrorRow.Stage, _ open: Open?
  ) throws -> Open? {
    if stage == .synchronization {
      let object = try test.object(id)
      try test.store.transaction { try $0.finishImport(of: object, isFiltered: false) }
      return open?.type == .exportedChangeNotReimported ? open : nil
    }
    try test.store.transaction { try $0.exportTaken(id, anchor: nil) }
    return open?.type == .keptReference ? open : nil
  }

  @Test(
    "An object's error is the same as long as it is of one type and nothing has ended it",
    arguments: 0..<10)
  func objects(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    let test = try TestStore()
    try test.stage(try (0..<3).map { .entry(try test.entry("o\($0)")) }, connector: test.target)
    let ids = try (0..<3).map { try test.id("o\($0)", connector: test.target) }
    var model: [Int64: [ErrorRow.Stage: Open]] = [:]
    for moment in 1..<60 {
      let (id, type) = (random.choose(ids), random.choose(Self.types))
      let stage = random.choose([ErrorRow.Stage.synchronization, .export])
      let known = model[id]?[stage]
      switch Int.random(in: 0..<7, using: &random) {
      case 0: model[id, default: [:]][stage] = try settle(test, id, stage, known)
      case 1:
        try test.store.transaction { try $0.endKeptReference(of: id) }
        let isOver = model[id]?[.export]?.type == .keptReference
        if isOver { model[id]?[.export] = nil }
      case 2:
        try test.store.transaction {
          _ = try $0.purgeHistory(before: .now, limit: random.choose([1, 3, 100]))
        }
      default:
        let step = try test.step(.export, connector: test.target)
        try test.store.transaction { tx in
          try tx.record(
            StepError(stage, type, objectID: id, dn: "x", message: "m", hint: "h"), step: step,
            connector: test.target)
          try tx.execute(
            "UPDATE step_error SET first_occurred = ? WHERE step_id = ? AND retries = 0",
            [moment, step])
        }
        try test.end(step, "completed-export-errors")
        let isSame = known?.type == type
        model[id, default: [:]][stage] = Open(
          type: type, first: isSame ? known?.first ?? 0 : Int64(moment),
          retries: isSame ? (known?.retries ?? 0) + 1 : 0)
      }
      for id in ids {
        for stage in [ErrorRow.Stage.synchronization, .export] {
          #expect(try open(test, id, stage) == model[id]?[stage], "\(id) \(stage) at \(moment)")
        }
      }
    }
    let listed = try test.reader.openErrors(connector: "target", after: nil, limit: 99)
    #expect(listed.count == model.values.reduce(0) { $0 + $1.count })
  }

  // MARK: Objects that could not be read

  private struct Fault {
    var id: Int64
    var step: Int64
    var error: DiscoveryError
    var retries = 0
    var isOver = false
  }

  private final class World {
    let test: TestStore
    var random: SeededRandom
    var faults: [Fault] = []
    /// The last full import that came to its end.
    var lastWhole: Int64 = 0
    /// Objects that are staged, by their anchors.
    var staged: Set<String> = []

    init(seed: Int) throws {
      test = try TestStore()
      random = SeededRandom(seed: seed)
    }

    var open: [Fault] { faults.filter { !$0.isOver && $0.step >= lastWhole } }

    func fault() throws -> DiscoveryError {
      let number = Int.random(in: 0..<4, using: &random)
      let dn = random.choose([try TestStore.dn("x\(number)").text, "", "not a name"])
      var error = DiscoveryError(
        random.choose([.parseError, .typeMismatch]), dn: dn,
        location: "a.ldif:\(Int.random(in: 0..<3, using: &random))", message: "m", hint: "h")
      error.attribute = random.choose([nil, "title", "mail"])
      if random.chance(40) { error.anchor = Anchor("a-x\(number)") }
      return error
    }
  }

  /// Whether two are told of the same object, as far as that can be known.
  private func isSame(_ a: DiscoveryError, _ b: DiscoveryError) -> Bool {
    a.dn == b.dn && a.type == b.type && (!a.dn.isEmpty || a.location == b.location)
  }

  /// What a directory tells, and which faults of before that ends.
  private func change(
    _ world: World
  ) throws -> (change: ImportedChange, ends: (DiscoveryError) -> Bool)? {
    let name = "x\(Int.random(in: 0..<4, using: &world.random))"
    let (dn, anchor) = (try TestStore.dn(name), Anchor("a-" + name))
    let isIt = { (error: DiscoveryError) in
      error.anchor == anchor || (try? DistinguishedName(error.dn)) == dn
    }
    switch Int.random(in: 0..<4, using: &world.random) {
    case 0:
      world.staged.insert(name)
      return (.entry(try world.test.entry(name)), isIt)
    case 1:
      guard world.staged.remove(name) != nil else { return nil }
      return (.delete(ObjectAddress(anchor: anchor)), isIt)
    case 2:
      guard world.staged.contains(name) else { return nil }
      let attribute = world.random.choose(["title", "MAIL"])
      return (
        .modify(
          ObjectAddress(anchor: anchor),
          [AttributeChange(AttributeName(attribute), .replace(["new"]))]),
        { isIt($0) && $0.attribute?.lowercased() == attribute.lowercased() }
      )
    default:
      guard world.staged.contains(name) else { return nil }
      return (
        .modify(
          ObjectAddress(dn: dn), [AttributeChange("title", .update(added: ["y"], removed: []))]),
        { _ in false }
      )
    }
  }

  private func importSome(_ world: World) throws {
    let isFull = world.random.chance(30)
    let step = try world.test.step(isFull ? .fullImport : .deltaImport)
    var context = StagingContext(
      step: step, connector: world.test.source, relevant: ["title"], indexed: [],
      flowsReferences: true, isTarget: false)
    context.isFull = isFull
    for _ in 0..<Int.random(in: 1...2, using: &world.random) {
      let told = try (0..<Int.random(in: 0...3, using: &world.random)).compactMap { _ in
        try change(world)
      }
      let errors = try (0..<Int.random(in: 0...2, using: &world.random)).map { _ in
        try world.fault()
      }
      if !isFull {
        let open = world.open.filter { $0.step < step }.map(\.id)
        for index in world.faults.indices where open.contains(world.faults[index].id) {
          if told.contains(where: { $0.ends(world.faults[index].error) }) {
            world.faults[index].isOver = true
          }
        }
      }
      for error in errors { note(error, step, world) }
      try world.test.store.transaction { tx in
        var stager = try Stager(tx, context, seen: SeenObjects())
        _ = try stager.stage(ImportBatch(changes: told.map(\.change), errors: errors))
      }
    }
    let result = world.random.choose([
      "success", "completed-discovery-errors", "stopped-connectivity", "no-start-connection",
    ])
    try world.test.end(step, result)
    if isFull, result == "success" || result.hasPrefix("completed-") { world.lastWhole = step }
  }

  /// Enters a fault, which goes on with one that is known and ends that.
  private func note(_ error: DiscoveryError, _ step: Int64, _ world: World) {
    let before = world.open.last { $0.step < step && isSame($0.error, error) }
    let id = Int64(world.faults.count + 1)
    for index in world.faults.indices {
      let known = world.faults[index]
      if known.step < step, isSame(known.error, error), known.error.attribute == error.attribute {
        world.faults[index].isOver = true
      }
    }
    world.faults.append(
      Fault(id: id, step: step, error: error, retries: before.map { $0.retries + 1 } ?? 0))
  }

  private func check(_ world: World) throws {
    let reader = try world.test.reader
    var listed: [ErrorRow] = []
    repeat {
      let page = try reader.openErrors(connector: nil, after: listed.last?.id, limit: 2)
      listed += page
      if page.isEmpty { break }
    } while true
    #expect(listed.map(\.id) == world.open.map(\.id))
    #expect(listed.map(\.retries) == world.open.map(\.retries))
    #expect(try reader.status().openErrors == world.open.count)
    try world.test.store.look { tx throws in
      for step in Set(world.faults.map(\.step)) {
        let own = world.faults.filter { $0.step == step }
        #expect(try tx.discoveryErrorCount(step: step) == own.count)
        #expect(try tx.errorCount(step: step) == own.count)
        for type in [SyncErrorType.parseError, .typeMismatch] {
          #expect(
            try tx.hasError(step: step, type: type) == own.contains { $0.error.type == type })
        }
      }
    }
  }

  @Test(
    "What could not be read is open until it is read, is told anew, or a full import has ended",
    arguments: 0..<14)
  func discovery(_ seed: Int) throws {
    let world = try World(seed: seed)
    for _ in 0..<18 {
      try importSome(world)
      try check(world)
    }
  }
}
