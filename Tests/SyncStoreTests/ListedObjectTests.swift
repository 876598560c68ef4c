import Directory
import Testing

@testable import SyncStore

@Suite("What lists of objects find")
struct ListedObjectTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  @Test("Texts are found letter case aside in any alphabet")
  func alphabets() throws {
    let names = ["ÉMILE Ångström", "ΣΟΦΙΑ", "Жанна"]
    try test.stage(
      try names.enumerated().map { index, name in
        .entry(try test.entry("u\(index)", ["displayName": [.string(name)]]))
      })
    let wanted = [("émile", 0), ("ÅNGS", 0), ("σοφι", 1), ("жан", 2), ("ЖАННА", 2)]
    for (text, index) in wanted {
      let found = try test.reader.objects(
        connector: "source", scope: .all, text: text, after: nil, limit: 9)
      #expect(found.map(\.display) == [names[index]], "\(text)")
    }
    try test.store.transaction { try $0.log(.warning, code: 7, "ΣΟΦΙΑ Жанна") }
    #expect(
      try test.reader.events(codes: [], text: "жанна", before: nil, limit: 9).count == 1)
    var events = EventFilter()
    events.text = "σοφια"
    #expect(try test.reader.events(events, before: nil, limit: 9).count == 1)
    let step = try test.store.transaction {
      try $0.beginStep(
        cycle: nil, connector: test.source, type: .export, requestedBy: "Émile", phase: "")
    }.step
    var filter = OperationFilter()
    filter.text = "éMILE"
    #expect(try test.reader.operations(filter, before: nil, limit: 9).map(\.id) == [step])
    filter = OperationFilter()
    filter.without = ["éMILE"]
    #expect(try test.reader.operations(filter, before: nil, limit: 9).count == 1)
  }

  @Test("A group of held changes lists what it counts: not what waits with another change by now")
  func heldGroup() throws {
    let title = DesiredImage(attributes: [Attribute("title", ["x"])])
    let ids = try ["ann", "bob"].map { try test.provision($0, title) }
    try test.store.transaction { tx in
      for id in ids { try tx.setCause("new", .adds, of: id, connector: test.target) }
      try tx.execute("UPDATE cs_object SET pending_export = 2 WHERE id = ?", [ids[1]])
    }
    let reader = try test.reader
    let group = try #require(try reader.heldGroups().first)
    #expect(group.count == 1)
    #expect(try reader.held(group: group.id, after: nil, limit: 9).map(\.id) == [ids[0]])
    var listed: [Int64] = []
    try reader.arrange(.held(group: group.id), by: ListArrangement()) {
      listed += $0
      return true
    }
    #expect(listed == [ids[0]])
  }

  @Test("Held deletes are those that are counted: not what passes, nor what was released")
  func heldDeletes() throws {
    try test.store.transaction { tx in
      for id in 1...4 {
        try tx.execute(
          """
          INSERT INTO cs_object(id, connector_id, dn, dn_path, object_type, display,
            pending_export, is_released) VALUES (?, ?, 'x', 'x', 'user', ?, 4, ?)
          """, [id, test.target, "d\(id)", id == 4 ? 1 : 0])
      }
    }
    func list() throws -> [String] {
      try test.reader.objects(
        connector: "target", scope: .heldDeletes, text: "", after: nil, limit: 9
      ).map(\.display)
    }
    func limit(_ count: Int) throws {
      try test.store.transaction {
        var limits = GuardLimits()
        limits.exporting[.deletes] = GuardLimit(count: count)
        try $0.set(limits, connector: test.target)
      }
    }
    try limit(10)
    #expect(try list() == [] && test.reader.status().heldDeletes == 0)
    try limit(2)
    #expect(try list() == ["d1", "d2", "d3"] && test.reader.status().heldDeletes == 3)
  }
}
