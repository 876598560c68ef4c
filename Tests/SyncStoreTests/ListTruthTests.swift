import Directory
import Testing

@testable import SyncStore

/// What different readers tell of the same rows must be the same.
@Suite("A number is that of the rows which are listed")
struct ListTruthTests {
  private func arranged(
    _ reader: StoreReader, _ source: ListSource, _ arrangement: ListArrangement = ListArrangement()
  ) throws -> [Int64] {
    var found: [Int64] = []
    try reader.arrange(source, by: arrangement) {
      found += $0
      return true
    }
    return found
  }

  /// All rows by pages of `limit`, each asked for behind the last one.
  private func pages<Row>(_ page: (Row?) throws -> [Row]) throws -> [Row] {
    var rows: [Row] = []
    while rows.count < 1000 {
      let next = try page(rows.last)
      if next.isEmpty { break }
      rows += next
    }
    return rows
  }

  private func objects(
    _ reader: StoreReader, _ connector: String, _ scope: SearchScope
  ) throws -> [Int64] {
    try pages { (last: ObjectRow?) in
      try reader.objects(connector: connector, scope: scope, text: "", after: last?.id, limit: 3)
    }.map(\.id)
  }

  @Test("Objects in every scope, of every connector", arguments: 0..<6)
  func scopes(_ seed: Int) throws {
    let store = try FilledStore(seed: seed)
    defer { withExtendedLifetime(store) {} }
    for row in try store.reader.connectors() {
      let counts: [SearchScope: Int] = [
        .all: row.objects, .connectors: row.connectors, .disconnectors: row.disconnectors,
        .filtered: row.filtered, .pendingImport: row.pendingImports,
        .pendingExport: row.pendingExports, .errors: row.objectsInError,
        .importErrors: row.importErrors, .exportErrors: row.exportErrors,
        .heldDeletes: row.heldDeletes, .notShown: row.notShown,
      ]
      for scope in SearchScope.allCases {
        let listed = try objects(store.reader, row.name, scope)
        #expect(listed.count == counts[scope], "\(scope) of \(row.name)")
        let arranged = try arranged(store.reader, .objects(connector: row.name, scope))
        #expect(arranged == listed, "\(scope) of \(row.name)")
      }
    }
  }

  @Test("Open errors, of all, of each connector, and by family", arguments: 0..<6)
  func errors(_ seed: Int) throws {
    let store = try FilledStore(seed: seed)
    defer { withExtendedLifetime(store) {} }
    func list(_ connector: String?) throws -> [ErrorRow] {
      try pages { try store.reader.openErrors(connector: connector, after: $0?.id, limit: 2) }
    }
    let all = try list(nil)
    #expect(try store.reader.status().openErrors == all.count)
    #expect(try arranged(store.reader, .openErrors(nil)) == all.map(\.id))
    let families = try store.reader.errorFamilies(now: .now)
    #expect(families.reduce(0) { $0 + $1.count } == all.count)
    for connector in try store.reader.connectors() {
      #expect(try list(connector.name).count == connector.openErrors)
    }
    for family in families {
      let rows = try pages { (last: ErrorRow?) in
        try store.reader.openErrors(of: family.kind, after: last?.id, limit: 2)
      }
      #expect(rows.count == family.count)
      #expect(try arranged(store.reader, .openErrors(family.kind)) == rows.map(\.id))
      #expect(rows.map(\.firstOccurred).min() == family.first)
    }
  }

  @Test("Users in each state, in the header and in the list", arguments: 0..<6)
  func users(_ seed: Int) throws {
    let store = try FilledStore(seed: seed)
    defer { withExtendedLifetime(store) {} }
    let header = try store.reader.usersHeader()
    func list(_ state: UserRow.State?) throws -> [UserRow] {
      try pages {
        try store.reader.users(
          order: .displayName, descending: false, text: "", state: state, after: $0, limit: 3)
      }
    }
    #expect(try list(nil).count == header.total)
    #expect(try arranged(store.reader, .users(nil, isStale: false)) == list(nil).map(\.id))
    for state in UserRow.State.allCases {
      let rows = try list(state)
      #expect(
        rows.count == header.byState[state, default: 0] && rows.allSatisfy { $0.state == state })
      #expect(try arranged(store.reader, .users(state, isStale: false)) == rows.map(\.id))
    }
    let stale = try arranged(store.reader, .users(nil, isStale: true))
    #expect(stale.count == header.olderThanInterval)
  }

  @Test("What waits to be sent, and what is held of it with its samples", arguments: 0..<8)
  func waiting(_ seed: Int) throws {
    let store = try FilledStore(seed: seed)
    defer { withExtendedLifetime(store) {} }
    for waiting in try store.reader.waitingExports() {
      let row = try #require(try store.reader.connectors().first { $0.name == waiting.connector })
      #expect(waiting.adds + waiting.updates + waiting.deletes == row.pendingExports)
    }
    for group in try store.reader.heldGroups() {
      let rows = try pages { (last: ObjectRow?) in
        try store.reader.held(group: group.id, after: last?.id, limit: 2)
      }
      #expect(rows.count == group.count)
      #expect(try arranged(store.reader, .held(group: group.id)) == rows.map(\.id))
      #expect(group.samples.count == min(3, rows.count))
      #expect(zip(group.samples, rows).allSatisfy { $0.hasPrefix($1.display) })
      #expect(rows.compactMap(\.heldSince).min() == group.since)
    }
    #expect(
      try store.reader.status().heldDeletes
        == store.reader.connectors().reduce(0) { $0 + $1.heldDeletes })
  }

  @Test(
    "Operations under every filter",
    arguments: [nil, .running, .warning, .error, .stopped] as [ResultSeverity?])
  func operations(_ severity: ResultSeverity?) throws {
    let store = try FilledStore(seed: 1)
    defer { withExtendedLifetime(store) {} }
    for type in StepType.allCases.map({ Optional($0) }) + [nil] {
      for (text, without) in [("", []), ("import", []), ("", ["export"]), ("TARGET", ["error"])] {
        var filter = OperationFilter()
        (filter.type, filter.atLeast, filter.text, filter.without) = (type, severity, text, without)
        let rows = try pages { (last: OperationRow?) in
          try store.reader.operations(filter, before: last?.id, limit: 2)
        }
        #expect(try store.reader.operationCount(filter) == rows.count)
        #expect(try arranged(store.reader, .operations(filter)) == rows.map(\.id))
        #expect(rows.allSatisfy { $0.severity >= severity ?? .success })
        #expect(rows.allSatisfy { type == nil || $0.type == type })
      }
    }
  }

  private static let sources: [ListSource] = [
    .operations(OperationFilter()), .openErrors(nil), .objects(connector: "target", .all),
    .objects(connector: "source", .pendingImport), .users(nil, isStale: false),
    .events(EventFilter()), .metaverse(MetaverseQuery()), .errors(step: 3),
    .changes(step: 1, .staging, counter: "stage-add"),
  ]

  @Test("What passes a term and what does not are all rows, each once", arguments: Self.sources)
  func negation(_ source: ListSource) throws {
    let store = try FilledStore(seed: 2)
    defer { withExtendedLifetime(store) {} }
    let all = try arranged(store.reader, source)
    let operands: [(ListTerm.Comparison, ListTerm.Operand)] = [
      (.contains, .text("a")), (.equals, .text("Ann")), (.begins, .text("s")), (.equals, .text("")),
      (.matches, .text("^.$|e")), (.greater, .text("m")), (.atMost, .text("")),
      (.less, .number(5)), (.atLeast, .number(0)), (.equals, .number(1)),
      (.greater, .moment(Timestamp(milliseconds: 0))), (.atMost, .moment(.now)),
    ]
    for field in ListField.of(source).map({ Optional($0.name) }) + [nil] {
      for (comparison, operand) in operands {
        let passing = try arranged(
          store.reader, source, ListArrangement(terms: [ListTerm(field, comparison, operand)]))
        let others = try arranged(
          store.reader, source,
          ListArrangement(terms: [ListTerm(field, comparison, operand, isNegated: true)]))
        let words = "\(field ?? "any") \(comparison) \(operand)"
        #expect(Set(passing).isDisjoint(with: others), "\(words)")
        #expect((passing + others).sorted() == all.sorted(), "\(words)")
      }
    }
  }

  @Test("Rows are those of the numbers, in every list", arguments: Self.sources)
  func rows(_ source: ListSource) throws {
    let store = try FilledStore(seed: 3)
    defer { withExtendedLifetime(store) {} }
    let all = try arranged(store.reader, source)
    let found = try store.reader.rows(of: source, ids: all.reversed())
    let ids: [Int64] =
      switch found {
      case .operations(let rows): rows.map(\.id)
      case .errors(let rows): rows.map(\.id)
      case .changes(let rows): rows.map(\.id)
      case .objects(let rows): rows.map(\.id)
      case .users(let rows): rows.map(\.id)
      case .events(let rows): rows.map(\.id)
      case .metaverse(let rows): rows.map(\.id)
      case .passwords(let rows): rows.map(\.number)
      case .passwordBatches(let rows): rows.map(\.id)
      }
    #expect(ids == all.reversed())
  }

  // MARK: Between two pages

  /// Pages through a list while others remove, add and change rows between any two of them: whoever
  /// is there all the time is given once.
  private func whileChanging<Row>(
    _ store: FilledStore, id: (Row) -> Int64, _ page: (Row?) throws -> [Row]
  ) throws {
    let first = try pages(page).map(id)
    var seen: [Int64] = []
    var gone: Set<Int64> = []
    var last: Row?
    var number = 0
    while seen.count < 1000 {
      let rows = try page(last)
      if rows.isEmpty { break }
      seen += rows.map(id)
      last = rows.last
      number += 1
      if let victim = first.filter({ !gone.contains($0) }).randomElement(using: &store.random) {
        gone.insert(victim)
        try store.test.store.transaction { try $0.remove(victim) }
      }
      try store.test.store.transaction {
        try $0.execute("UPDATE cs_object SET pending_export = (pending_export + id) % 3")
      }
      try store.test.stage(
        [
          .entry(try store.test.entry("later\(number)", ["lastSyncTime": ["2026-11-23T10:00:00Z"]]))
        ],
        connector: store.test.target)
    }
    #expect(Set(seen).count == seen.count)
    #expect(Set(seen).isSuperset(of: Set(first).subtracting(gone)))
  }

  @Test("Objects are given once though others come and go between two pages", arguments: 0..<3)
  func changingObjects(_ seed: Int) throws {
    let store = try FilledStore(seed: seed)
    defer { withExtendedLifetime(store) {} }
    try whileChanging(store, id: \.id) { (last: ObjectRow?) in
      try store.reader.objects(
        connector: "target", scope: .all, text: "", after: last?.id, limit: 3)
    }
  }

  @Test(
    "Users are given once though others come and go between two pages",
    arguments: UserOrder.allCases, [false, true])
  func changingUsers(_ order: UserOrder, _ descending: Bool) throws {
    let store = try FilledStore(seed: 4)
    defer { withExtendedLifetime(store) {} }
    try whileChanging(store, id: \.id) { (last: UserRow?) in
      try store.reader.users(
        order: order, descending: descending, text: "", state: nil, after: last, limit: 3)
    }
  }

  @Test(
    "Metaverse objects are given once, whatever a part looks through", arguments: [1, 2, 50],
    ["", "a", "Ä"])
  func metaverse(_ scan: Int, _ name: String) throws {
    let test = try TestStore()
    for display in ["Ann", "ann", "Ärger", "ärger", "Bob", "", "a", "ANNA", "ä"] {
      _ = try test.store.transaction {
        try $0.insertMetaverse(
          objectType: "person", image: try $0.encode([MetaverseAttribute]()), display: display,
          keys: [])
      }
    }
    var query = MetaverseQuery()
    query.name = name
    let reader = try test.reader
    var found: [Int64] = []
    var position: MetaversePosition?
    var parts = 0
    repeat {
      let page = try reader.metaverse(query, after: position, limit: 2, scan: scan)
      found += page.rows.map(\.id)
      position = page.next
      parts += 1
    } while position != nil && parts < 50
    #expect(found == (try arranged(reader, .metaverse(query))))
    let expected = ["": 9, "a": 4, "Ä": 3][name]
    #expect(found.count == expected && Set(found).count == expected)
  }
}
