import Directory
import TestSupport
import Testing

@testable import SyncStore

/// A target that becomes a source: what rules wanted of its objects is no more.
@Suite("Where nothing is written any more, what is there stays and what was wanted goes")
struct ForgottenExportTests {
  private struct Object: Equatable {
    var isShown: Bool
    var anchor: String?
    var metaverse: Int64?
  }

  private final class World {
    let test: TestStore
    let other: Int64
    var random: SeededRandom

    init(seed: Int) throws {
      let test = try TestStore()
      random = SeededRandom(seed: seed)
      other = try test.store.transaction {
        try $0.register(name: "other", type: "memory", isSource: false, fingerprint: "1")
      }
      self.test = test
    }

    var ids: [Int64] {
      get throws {
        try test.store.look { tx in
          try tx.rows(
            "SELECT id FROM cs_object WHERE connector_id = ? ORDER BY id", [test.target]
          ).map { $0[0] }
        }
      }
    }

    func objects() throws -> [Int64: Object] {
      var objects: [Int64: Object] = [:]
      for id in try ids {
        let object = try test.object(id)
        objects[id] = Object(
          isShown: object.image != nil, anchor: object.anchor?.text, metaverse: object.metaverse)
      }
      return objects
    }

    /// All that stands of another target, and of what its objects refer to.
    func others() throws -> [String] {
      try test.store.look { tx in
        try tx.rows(
          """
          SELECT id || ' ' || hex(COALESCE(desired, '')) || pending_export || export_state
            || is_released || ifnull(mv_id, '-') AS line FROM cs_object WHERE connector_id <> ?1
          UNION ALL SELECT source_id || '>' || target_id || ' ' || state FROM export_reference r
            JOIN cs_object o ON o.id = r.source_id WHERE o.connector_id <> ?1 ORDER BY 1
          """, [test.target]
        ).map { $0[0] as String }
      }
    }
  }

  // MARK: What may have been before

  private func desired(_ world: World) -> DesiredImage {
    DesiredImage(
      attributes: [Attribute("title", [.string(world.random.choose(["x", "y"]))])],
      references: ["member"])
  }

  private func act(_ world: World) throws {
    let test = world.test
    let ids = try world.ids
    let id = ids.randomElement(using: &world.random)
    switch Int.random(in: 0..<8, using: &world.random) {
    case 0, 1:
      _ = try test.provision("n\(ids.count)", desired(world))
    case 2:
      try test.stage(
        [.entry(try test.entry("s\(Int.random(in: 0..<5, using: &world.random))"))],
        connector: test.target)
    case 3:
      guard let id, case let object = try test.object(id),
        object.desired != nil || object.awaitsDelete
      else { return }
      try test.store.transaction { try $0.markSending([id]) }
    case 4:
      guard let id, try test.object(id).desired != nil, try test.object(id).anchor == nil else {
        return
      }
      try test.store.transaction { try $0.exportTaken(id, anchor: Anchor("a-n\(id)")) }
    case 5:
      guard let id, case let object = try test.object(id), object.desired != nil else { return }
      try test.store.transaction { try $0.deprovision(object, because: "left scope") }
    case 6:
      guard let id, let target = ids.randomElement(using: &world.random),
        try test.object(id).desired != nil
      else { return }
      try test.store.transaction { tx in
        var unsettled: Set<Int64> = []
        _ = try tx.setReference(
          "member", of: id, to: target, isWanted: true, unsettled: &unsettled)
        for id in unsettled { try tx.settleExport(of: id) }
      }
    default:
      guard let id, try test.object(id).awaitsDelete == false else { return }
      try test.store.transaction {
        try $0.setCause("new", .adds, of: id, connector: test.target)
      }
    }
  }

  /// Something of the same kind at another target, of which nothing may change.
  private func fillOther(_ world: World) throws {
    try world.test.store.transaction { tx in
      let ids = try ["a", "b"].map { name in
        try tx.provision(
          connector: world.other, dn: try DistinguishedName("CN=\(name)"), objectType: "user",
          display: name, desired: try tx.encode(desired(world)), metaverse: 1, rule: 0)
      }
      var unsettled: Set<Int64> = []
      _ = try tx.setReference(
        "member", of: ids[0], to: ids[1], isWanted: true, unsettled: &unsettled)
    }
  }

  // MARK: What must hold

  @Test(
    "Nothing waits or is wanted, what the directory shows is there, and nobody else changed",
    arguments: 0..<16)
  func anyHistory(_ seed: Int) throws {
    let world = try World(seed: seed)
    let test = world.test
    for _ in 0..<25 { try act(world) }
    try fillOther(world)
    let (before, others) = (try world.objects(), try world.others())
    try test.store.transaction { try $0.forgetExports(toSource: test.target) }
    let after = try world.objects()
    for (id, object) in before {
      let stays = object.isShown || object.anchor != nil
      #expect(after[id] == (stays ? object : nil), "object \(id)")
    }
    #expect(try world.others() == others)
    for condition in [
      "desired IS NOT NULL", "pending_export <> 0", "export_state <> 0", "is_released <> 0",
    ] {
      #expect(
        try test.number(
          "SELECT COUNT(*) FROM cs_object WHERE connector_id = \(test.target) AND \(condition)")
          == 0, "\(condition)")
    }
    #expect(
      try test.number(
        """
        SELECT COUNT(*) FROM export_reference r
        WHERE NOT EXISTS (SELECT 1 FROM cs_object o WHERE o.id = r.source_id
          AND o.connector_id = \(world.other))
        """) == 0)
    #expect(try test.reader.waitingExports().map(\.connector) == ["other"])
    let dump = try test.store.dump()
    try test.store.transaction { try $0.forgetExports(toSource: test.target) }
    #expect(differences(dump, try test.store.dump()) == [])
  }

  @Test("Who is a target again, and then a source, is looked through once more")
  func again() throws {
    let test = try TestStore()
    try test.stage([.entry(try test.entry("ann"))], connector: test.target)
    let ann = try test.id("ann", connector: test.target)
    for _ in 0..<2 {
      try test.store.transaction { tx in
        try tx.expectExports(to: test.target)
        try tx.setDesired(
          tx.encode(DesiredImage(attributes: [Attribute("displayName", ["ann"])])), of: ann)
      }
      #expect(try test.reader.waitingExports() == [])
      try test.store.transaction { try $0.forgetExports(toSource: test.target) }
      #expect(try test.object(ann).desired == nil)
      #expect(try test.object(ann).image != nil)
    }
  }
}
