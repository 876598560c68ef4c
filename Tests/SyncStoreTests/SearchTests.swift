import Directory
import Testing

@testable import SyncStore

@Suite("Searches of faces")
struct StoreSearchTests {
  private let test: TestStore

  init() throws {
    test = try TestStore()
    try add([
      ("Ann Lee", "person", "Lead"), ("ann other", "person", "Clerk"),
      ("Bo Ek", "person", "Lead"),
      ("Anna", "group", nil), ("Zoë", "person", "42"),
    ])
  }

  private func add(_ objects: [(name: String, type: String, title: String?)]) throws {
    try test.store.transaction { tx in
      for (name, type, title) in objects {
        var attributes = [Self.attribute("displayName", name)]
        if let title { attributes.append(Self.attribute("title", title)) }
        _ = try tx.insertMetaverse(
          objectType: type, image: try tx.encode(attributes), display: name,
          keys: title.map { [JoinKey("title", .string($0))] } ?? [])
      }
    }
  }

  private static func attribute(_ name: AttributeName, _ value: String) -> MetaverseAttribute {
    MetaverseAttribute(
      name: name, values: [.string(value)], contributor: 1, rule: 0, time: .now)
  }

  private func names(
    _ scan: Int = 1000, _ edit: (inout MetaverseQuery) -> Void
  ) throws -> [String] {
    var query = MetaverseQuery()
    edit(&query)
    var found: [String] = []
    var place: MetaversePosition?
    let reader = try test.reader
    repeat {
      let page = try reader.metaverse(query, after: place, limit: 2, scan: scan)
      found += page.rows.map(\.display)
      place = page.next
    } while place != nil
    return found
  }

  @Test("Everything comes in the order of names, whatever the parts", arguments: [1, 2, 3, 1000])
  func order(_ scan: Int) throws {
    #expect(try names(scan) { _ in } == ["Ann Lee", "ann other", "Anna", "Bo Ek", "Zoë"])
  }

  @Test("The beginning of a name is enough, in any case", arguments: [1, 1000])
  func prefix(_ scan: Int) throws {
    #expect(try names(scan) { $0.name = "ANN" } == ["Ann Lee", "ann other", "Anna"])
    #expect(try names(scan) { $0.name = "zo" } == ["Zoë"])
    #expect(try names(scan) { $0.name = "nobody" } == [])
  }

  @Test("The case of a letter beyond ASCII counts no more than another's", arguments: [1, 2, 1000])
  func cases(_ scan: Int) throws {
    try add([
      ("łucja", "person", nil), ("Ľuboš", "person", nil), ("Łukasz Ğül", "group", nil),
      ("m\u{FC}LLER", "person", nil), ("MÜNCH", "person", nil), ("Muck", "person", nil),
    ])
    #expect(try names(scan) { $0.name = "łu" } == ["Łukasz Ğül", "łucja"])
    #expect(try names(scan) { $0.name = "ŁUKASZ ğ" } == ["Łukasz Ğül"])
    #expect(try names(scan) { $0.name = "mü" } == ["MÜNCH", "müLLER"])
    #expect(try names(scan) { $0.name = "ZOË" } == ["Zoë"])
    // So in any other order of the list.
    var query = MetaverseQuery()
    query.name = "łu"
    var ids: [Int64] = []
    let order = ListArrangement(sort: ListSort("kind"))
    try test.reader.arrange(.metaverse(query), by: order) {
      ids += $0
      return true
    }
    guard case .metaverse(let rows) = try test.reader.rows(of: .metaverse(query), ids: ids) else {
      return
    }
    #expect(rows.map(\.display) == ["Łukasz Ğül", "łucja"])
  }

  @Test("Types and clauses narrow together")
  func clauses() throws {
    #expect(try names { $0.objectType = "Group" } == ["Anna"])
    #expect(
      try names {
        $0.name = "ann"
        $0.clauses = [.init("TITLE", .equals, "lead")]
      } == ["Ann Lee"])
    #expect(try names { $0.clauses = [.init("title", .isAbsent)] } == ["Anna"])
    #expect(try names { $0.clauses = [.init("title", .isPresent)] }.count == 4)
    #expect(try names { $0.clauses = [.init("title", .differs, "lead")] }.count == 3)
    #expect(try names { $0.clauses = [.init("title", .begins, "cl")] } == ["ann other"])
    #expect(try names { $0.clauses = [.init("title", .contains, "ea")] } == ["Ann Lee", "Bo Ek"])
    #expect(try names { $0.clauses = [.init("title", .atLeast, "9")] }.contains("Zoë"))
    #expect(try !names { $0.clauses = [.init("title", .atMost, "9")] }.contains("Zoë"))
  }

  @Test("A value that joins look for is found by their index, and gives the same")
  func indexed() throws {
    try test.store.transaction { try $0.setIndexed(["title"], of: .metaverse) }
    #expect(
      try names { $0.clauses = [.init("title", .equals, "LEAD")] } == ["Ann Lee", "Bo Ek"])
    #expect(
      try names {
        $0.clauses = [.init("title", .equals, "lead")]
        $0.name = "Bo"
      } == ["Bo Ek"])
  }

  @Test("Of a value that very many have, every object is found")
  func shared() throws {
    try test.store.transaction { tx in
      try tx.setIndexed(["title"], of: .metaverse)
      try tx.execute(
        """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
        INSERT INTO mv_object(object_type, display, image, created)
        SELECT object_type, display || i, image, created FROM n, mv_object WHERE display = 'Bo Ek'
        """)
      try tx.execute(
        """
        INSERT OR IGNORE INTO mv_value(attribute_id, value, mv_id)
        SELECT v.attribute_id, v.value, m.id FROM mv_object m, mv_value v
        JOIN mv_object b ON b.id = v.mv_id WHERE b.display = 'Bo Ek' AND m.display LIKE 'Bo Ek%'
        """)
    }
    var query = MetaverseQuery()
    query.clauses = [.init("title", .equals, "lead")]
    let page = try test.reader.metaverse(query, after: nil, limit: 20_000, scan: 20_000)
    #expect(page.rows.count == 10_002)
  }

  @Test("A row tells the connectors, and the object to begin with")
  func row() throws {
    _ = try test.provision("ann", DesiredImage(attributes: []))
    let page = try test.reader.metaverse(
      {
        var query = MetaverseQuery(); query.name = "ann"; return query
      }(), after: nil, limit: 1,
      scan: 10)
    #expect(page.rows.first?.connectors == ["target"])
    #expect(page.rows.first?.objectID == (try test.number("SELECT MAX(id) FROM cs_object")).asID)
  }

  @Test("Steps until a moment, and without a text")
  func operations() throws {
    for (index, result) in ["success", "stopped-connectivity", "success"].enumerated() {
      let step = try test.step()
      try test.end(step, result)
      try test.store.transaction {
        try $0.execute("UPDATE step SET started = ? WHERE id = ?", [1000 * (index + 1), step])
      }
    }
    func ids(_ edit: (inout OperationFilter) -> Void) throws -> [Int64] {
      var filter = OperationFilter()
      edit(&filter)
      let rows = try test.reader.operations(filter, before: nil, limit: 9).map(\.id)
      #expect(try test.reader.operationCount(filter) == rows.count)
      return rows
    }
    #expect(try ids { $0.until = Timestamp(milliseconds: 2500) } == [2, 1])
    #expect(try ids { $0.until = Timestamp(milliseconds: 2000) } == [2, 1])
    #expect(try ids { $0.until = Timestamp(milliseconds: 500) } == [])
    #expect(try ids { $0.until = Timestamp(milliseconds: 9000) } == [3, 2, 1])
    #expect(try ids { $0.without = ["stopped"] } == [3, 1])
    #expect(try ids { $0.without = ["stopped", "SUCCESS"] } == [])
  }

  @Test("Events by level, id, text and time")
  func events() throws {
    try test.store.transaction { tx in
      try tx.log(.information, code: 656, "request")
      try tx.log(.warning, code: 657, "result: 1 failed")
      try tx.log(.error, code: 611, "no connection")
    }
    func codes(_ edit: (inout EventFilter) -> Void) throws -> [Int] {
      var filter = EventFilter()
      edit(&filter)
      return try test.reader.events(filter, before: nil, limit: 9).map(\.code)
    }
    #expect(try codes { $0.atLeast = .warning } == [611, 657])
    #expect(try codes { $0.atLeast = .error } == [611])
    #expect(try codes { $0.codes = [656, 657] } == [657, 656])
    #expect(try codes { $0.text = "FAILED" } == [657])
    #expect(try codes { $0.until = Timestamp(milliseconds: 1) } == [])
  }
}

extension Int {
  fileprivate var asID: Int64 { Int64(self) }
}
