import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Lists of objects in every state, sorted and narrowed by each field, beside what their rows show.
@Suite("A list is sorted and narrowed by what it shows")
struct ShownFieldTests {
  /// What a row shows in a field, and by what that is sorted.
  private struct Shown {
    var text = ""
    /// A number, or a moment in milliseconds.
    var number: Double?
    /// Where it stands among others, if not by its text or its number.
    var rank: Double?

    init(_ text: String, rank: Int? = nil) {
      self.text = text
      self.rank = rank.map(Double.init)
    }
    init(_ number: Int, rank: Int64? = nil) {
      self.number = Double(number)
      self.rank = rank.map(Double.init)
    }
    init(_ moment: Timestamp?, rank: Int64? = nil) {
      number = Double(moment?.milliseconds ?? 0)
      self.rank = rank.map(Double.init)
    }

    /// The bytes of a text in their order, the case of English letters aside.
    private var folded: [UInt8] {
      text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    }

    func isBefore(_ other: Shown) -> Bool? {
      if let mine = rank ?? number, let theirs = other.rank ?? other.number {
        return mine == theirs ? nil : mine < theirs
      }
      return folded == other.folded ? nil : folded.lexicographicallyPrecedes(other.folded)
    }
  }

  private typealias Fields<Row> = [String: (Row) -> Shown]

  // MARK: What is there

  /// A store in whose names and words there is whatever stumbles.
  private func store(_ seed: Int) throws -> FilledStore {
    let store = try FilledStore(seed: seed)
    let columns = [
      ("cs_object", "display"), ("step_error", "message"), ("step_error", "attribute"),
      ("step_error", "rule"), ("step_error", "value"), ("step", "result"),
      ("run", "requested_by"), ("step_change", "display"), ("mv_object", "display"),
      ("cs_object", "object_type"),
    ]
    for (table, column) in columns {
      let ids = try store.test.store.look { tx in
        try tx.rows("SELECT id FROM \(table)").map { $0[0] as Int64 }
      }
      for id in ids where store.random.chance(50) && column != "object_type" || id % 5 == 0 {
        let word = store.random.choose(
          column == "object_type" ? ["Group", "group", "Ärzte"] : Self.words)
        try store.test.store.transaction {
          try $0.execute("UPDATE \(table) SET \(column) = ? WHERE id = ?", [word, id])
        }
      }
    }
    for number in 0..<12 {
      try store.test.store.transaction {
        try $0.log(
          store.random.choose([.information, .warning, .error]), code: number % 4,
          source: store.random.choose(Self.words), store.random.choose(Self.words))
      }
    }
    return store
  }

  private static let words =
    HostileText.names.filter { !$0.contains("\0") } + ["", "ann", "Ann", "ANN", "ÄRGER", "ärger"]

  private func arranged(
    _ store: FilledStore, _ source: ListSource, _ arrangement: ListArrangement
  ) throws -> [Int64] {
    var found: [Int64] = []
    try store.reader.arrange(source, by: arrangement) {
      found += $0
      return true
    }
    return found
  }

  // MARK: What must hold

  private func check<Row: Identifiable>(
    _ store: FilledStore, _ source: ListSource, _ rows: [Row], _ fields: Fields<Row>
  ) throws where Row.ID == Int64 {
    #expect(rows.count > 2)
    for (field, shown) in fields {
      let all = rows.map { (id: $0.id, shown: shown($0)) }
      let sorted = all.sorted { $0.shown.isBefore($1.shown) ?? ($0.id < $1.id) }.map(\.id)
      for isDescending in [false, true] {
        let found = try arranged(
          store, source, ListArrangement(sort: ListSort(field, isDescending: isDescending)))
        #expect(found == (isDescending ? sorted.reversed() : sorted), "\(field)")
      }
      for _ in 0..<4 {
        try checkTerms(store, source, all, field, store.random.choose(all).shown)
      }
    }
  }

  private func checkTerms(
    _ store: FilledStore, _ source: ListSource, _ all: [(id: Int64, shown: Shown)],
    _ field: String, _ wanted: Shown
  ) throws {
    for (term, passes) in terms(field, wanted) {
      let found = try arranged(store, source, ListArrangement(terms: [term]))
      #expect(
        Set(found) == Set(all.filter { passes($0.shown) }.map(\.id)),
        "\(field) \(term.comparison) \(term.operand)")
    }
  }

  /// Terms that are true of what is shown, said plainly.
  private func terms(
    _ field: String, _ wanted: Shown
  ) -> [(ListTerm, (Shown) -> Bool)] {
    if let number = wanted.number {
      let isMoment = ["started", "first", "time", "synced", "sent", "password"].contains(field)
      let operand =
        isMoment
        ? ListTerm.Operand.moment(Timestamp(milliseconds: Int64(number))) : .number(number)
      return [
        (ListTerm(field, .equals, operand), { $0.number == number }),
        (ListTerm(field, .greater, operand), { ($0.number ?? 0) > number }),
        (ListTerm(field, .atMost, operand), { ($0.number ?? 0) <= number }),
      ]
    }
    let text = wanted.text.lowercased()
    let part = String(text.prefix(3).dropFirst())
    return [
      (ListTerm(field, .equals, .text(wanted.text)), { $0.text.lowercased() == text }),
      (ListTerm(field, .begins, .text(wanted.text)), { $0.text.lowercased().hasPrefix(text) }),
      (
        ListTerm(field, .contains, .text(part)),
        { part.isEmpty || $0.text.lowercased().contains(part) }
      ),
    ]
  }

  // MARK: The lists

  @Test("Steps", arguments: 0..<3)
  func operations(_ seed: Int) throws {
    let store = try store(seed)
    defer { withExtendedLifetime(store) {} }
    let rows = try store.reader.operations(OperationFilter(), before: nil, limit: 999)
    try check(
      store, .operations(OperationFilter()), rows,
      [
        "connector": { Shown($0.connector) }, "status": { Shown($0.result) },
        "profile": { Shown($0.type.rawValue.replacing("-", with: " ")) },
        "rehearsal": { Shown($0.isRehearsal ? "rehearsal" : "") },
        "started": { Shown($0.started, rank: $0.id) }, "adds": { Shown($0.adds) },
        "updates": { Shown($0.updates) }, "deletes": { Shown($0.deletes) },
        "errors": { Shown($0.errors) }, "step": { Shown(Int($0.id)) },
        "by": { Shown($0.requestedBy) },
      ] as Fields<OperationRow>)
  }

  @Test("Errors", arguments: 0..<3)
  func errors(_ seed: Int) throws {
    let store = try store(20 + seed)
    defer { withExtendedLifetime(store) {} }
    let rows = try store.reader.openErrors(connector: nil, after: nil, limit: 999)
    try check(
      store, .openErrors(nil), rows,
      [
        "object": { row in
          let isMadeUp = row.dn.isEmpty || row.dn.lowercased().hasPrefix("cn={")
          return Shown(
            isMadeUp && !row.display.isEmpty ? row.display : row.dn.isEmpty ? row.location : row.dn)
        },
        "error": { Shown($0.type) }, "attribute": { Shown($0.attribute) },
        "value": { Shown($0.value) }, "message": { Shown($0.message) },
        "connector": { Shown($0.connector) }, "stage": { Shown($0.stage.rawValue) },
        "rule": { Shown($0.rule) }, "code": { Shown($0.code) },
        "first": { Shown($0.firstOccurred) }, "retries": { Shown($0.retries) },
      ] as Fields<ErrorRow>)
  }

  @Test("Objects of a connector space, and those that a step counted", arguments: 0..<3)
  func objects(_ seed: Int) throws {
    let store = try store(40 + seed)
    defer { withExtendedLifetime(store) {} }
    let codes = ["none": 0, "add": 1, "update": 2, "delete-add": 3, "delete": 4]
    func pending(_ word: String) -> Shown {
      Shown(word == "none" ? "" : word == "delete-add" ? "replace" : word, rank: codes[word])
    }
    let rows = try store.reader.objects(
      connector: "target", scope: .all, text: "", after: nil, limit: 999)
    try check(
      store, .objects(connector: "target", .all), rows,
      [
        "name": { Shown($0.display) }, "type": { Shown($0.objectType) },
        "link": { Shown($0.isConnector ? "connector" : "disconnector") },
        "import": { pending($0.pendingImport) }, "export": { pending($0.pendingExport) },
        "error": { Shown($0.error) }, "dn": { Shown($0.dn) },
      ] as Fields<ObjectRow>)
    let counted = ListSource.changes(step: 2, .staging, counter: "stage-add")
    try check(
      store, counted,
      try store.reader.changes(
        step: 2, group: .staging, counter: "stage-add", after: nil, limit: 999),
      [
        "name": { Shown($0.display) }, "type": { Shown($0.objectType) }, "dn": { Shown($0.dn) },
        "connector": { Shown($0.connector) },
      ] as Fields<StepChangeRow>)
  }

  @Test("Users, events and the metaverse", arguments: 0..<3)
  func others(_ seed: Int) throws {
    let store = try store(60 + seed)
    defer { withExtendedLifetime(store) {} }
    let users = try store.reader.users(
      order: .displayName, descending: false, text: "", state: nil, after: nil, limit: 999)
    try check(
      store, .users(nil, isStale: false), users,
      [
        "name": { Shown($0.displayName) }, "upn": { Shown($0.userPrincipalName) },
        "state": { Shown($0.state.rawValue) }, "synced": { Shown($0.lastSync) },
        "sent": { Shown($0.lastSent) }, "password": { Shown($0.lastPasswordSync) },
        "passwordstate": { Shown($0.password?.rawValue ?? "") },
        "signin": { Shown($0.isActive.map { $0 ? "allowed" : "blocked" } ?? "unknown") },
      ] as Fields<UserRow>)
    let levels: [EventRow.Level: Int] = [.information: 0, .warning: 1, .error: 2]
    try check(
      store, .events(EventFilter()),
      try store.reader.events(EventFilter(), before: nil, limit: 999),
      [
        "time": { Shown($0.time, rank: $0.id) },
        "level": { Shown($0.level.rawValue, rank: levels[$0.level]) },
        "id": { Shown($0.code) }, "source": { Shown($0.source) }, "message": { Shown($0.message) },
      ] as Fields<EventRow>)
    let people = try store.reader.metaverse(
      MetaverseQuery(), after: nil, limit: 999, scan: 999
    ).rows
    try check(
      store, .metaverse(MetaverseQuery()), people,
      ["name": { Shown($0.display) }, "kind": { Shown($0.objectType) }] as Fields<MetaverseRow>)
  }
}
