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

  @Test("What waits of a user is told: to be sent or deleted, held for a person, or sent")
  func waitingUsers() throws {
    try test.store.transaction { tx in
      for (id, pending, state) in [(1, 0, 0), (2, 1, 0), (3, 2, 1), (4, 4, 0), (5, 2, 0)] {
        try tx.execute(
          """
          INSERT INTO cs_object(id, connector_id, dn, dn_path, object_type, display,
            pending_export, export_state, last_sync) VALUES (?, ?, 'x', 'x', 'user', ?, ?, ?, 1)
          """, [id, test.target, "d\(id)", pending, state])
      }
      try tx.setCause("changes of title", .updates, of: 5, connector: test.target)
    }
    func waiting(limit: Int) throws -> [UserRow.Waiting] {
      try test.store.transaction {
        var limits = GuardLimits()
        limits.exporting[.deletes] = GuardLimit(count: limit)
        try $0.set(limits, connector: test.target)
      }
      let users = try test.reader.users(
        order: .displayName, descending: false, text: "", state: nil, after: nil, limit: 9)
      guard
        case .users(let listed) = try test.reader.rows(
          of: .users(nil, isStale: false), ids: users.map(\.id))
      else { return [] }
      #expect(listed == users)
      return users.map(\.waiting)
    }
    #expect(try waiting(limit: 9) == [.nothing, .toBeSent, .sent, .toBeDeleted, .held])
    #expect(try waiting(limit: 0) == [.nothing, .toBeSent, .sent, .heldDelete, .held])
  }

  @Test("What is held is listed with what tells it from its namesakes")
  func namesakes() throws {
    let names = ["zoe", "zoe2"]
    let ids = try names.map { name in
      try test.provision(
        name,
        DesiredImage(attributes: [
          Attribute("displayName", ["Zoë Müller"]),
          Attribute("userName", [.string(name + "@contoso.test")]),
        ]))
    }
    try test.store.transaction { tx in
      for id in ids { try tx.setCause("new", .adds, of: id, connector: test.target) }
    }
    let reader = try test.reader
    let group = try #require(try reader.heldGroups().first)
    let accounts = names.map { $0 + "@contoso.test" }
    #expect(try reader.held(group: group.id, after: nil, limit: 9).map(\.account) == accounts)
    guard case .objects(let rows) = try reader.rows(of: .held(group: group.id), ids: ids) else {
      return
    }
    #expect(rows.map(\.account) == accounts)
    #expect(group.samples == zip(names, accounts).map { "\($0) <\($1)>" })
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
    #expect(try test.reader.status().passingDeletes == ["target": 3])
    try limit(2)
    #expect(try list() == ["d1", "d2", "d3"] && test.reader.status().heldDeletes == 3)
    #expect(try test.reader.status().passingDeletes == [:])
  }
}
