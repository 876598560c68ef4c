import Directory
import Testing

@testable import SyncStore

@Suite("What is due is told with its reason and what it would do, until it is done")
struct DueTests {
  private let test: TestStore
  private let changes = [
    DueChange(rule: "In - User", what: "flow of title", before: "[title]", after: "\"x\" & [y]"),
    DueChange(rule: "Out - User", what: "rule", before: "", after: "new"),
  ]
  private let effects = [
    DueEffect(
      .outbound, objectType: "user", attribute: "jobTitle", count: 3, looked: 10, total: 20,
      samples: ["Ann \"A\" \\ Müller", "", "C,D"]),
    DueEffect(
      .goes, objectType: "user", attribute: "", count: 1, looked: 20, total: 20, samples: []),
  ]

  /// Nothing is due at first, as after a first cycle.
  init() throws {
    test = try TestStore()
    try test.store.transaction { tx in
      for connector in [test.source, test.target] {
        try tx.fullImportDone(connector)
        try tx.fullSyncDone(connector)
      }
    }
  }

  private func require(_ connector: Int64) throws {
    try test.store.transaction { tx in
      try tx.requireFullSync(connector, because: "the rules changed")
      try tx.setDue(connector, changes: changes, effects: effects)
    }
  }

  @Test("Changes and effects come back as they were, in their order")
  func roundTrip() throws {
    try test.stage([.entry(try test.entry("ann")), .entry(try test.entry("bob"))])
    try require(test.source)
    let due = try test.reader.dueSteps()
    #expect(due.map(\.type) == [.fullSynchronization] && due[0].reason == "the rules changed")
    #expect(due[0].connector == "source" && due[0].objects == 2)
    #expect(due[0].changes == changes && due[0].effects == effects)
  }

  @Test("What is due anew takes the place of what was due, on this connector alone")
  func replaced() throws {
    try require(test.source)
    try require(test.target)
    try test.store.transaction {
      try $0.setDue(test.source, changes: [changes[1]], effects: [])
    }
    let due = try test.reader.dueSteps()
    #expect(due.map(\.changes.count) == [1, 2] && due.map(\.effects.count) == [0, 2])
  }

  @Test("Once it is done nothing of it is left; the import is due still")
  func done() throws {
    try require(test.source)
    try test.store.transaction { tx in
      try tx.requireFullImport(test.source, because: "the settings changed")
      try tx.fullSyncDone(test.source)
    }
    #expect(try test.reader.dueSteps().map(\.type) == [.fullImport])
    for table in ["due_change", "due_effect"] {
      #expect(try test.number("SELECT COUNT(*) FROM \(table)") == 0)
    }
    try test.store.transaction { try $0.fullImportDone(test.source) }
    #expect(try test.reader.dueSteps().isEmpty)
  }

  @Test("Nothing is due on a connector that is not configured any more")
  func inactive() throws {
    try require(test.source)
    #expect(try test.store.look { try $0.isFullSyncDue() })
    try test.store.transaction {
      try $0.execute("UPDATE connector SET is_active = 0 WHERE id = ?", [test.source])
    }
    #expect(try test.reader.dueSteps().isEmpty)
    #expect(try !test.store.look { try $0.isFullSyncDue() })
  }

  @Test("Other settings of a connector make a full import due; the same ones do not")
  func settings() throws {
    func register(_ fingerprint: String) throws -> [DueStep] {
      let id = try test.store.transaction {
        try $0.register(name: "SOURCE", type: "memory", isSource: true, fingerprint: fingerprint)
      }
      #expect(id == test.source)
      return try test.reader.dueSteps()
    }
    #expect(try register("1").isEmpty)
    #expect(try register("2").map(\.type) == [.fullImport])
  }
}

@Suite("Drift is what a target shows against what is wanted")
struct DriftTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  /// What differs of an object that is to have `wanted` and shows `shown`.
  private func drift(_ wanted: AttributeSet, _ shown: AttributeSet?) throws -> [ObjectChange.Delta]
  {
    let id = try test.provision("ann", DesiredImage(attributes: wanted.attributes))
    if let shown {
      let entry = DirectoryEntry(
        anchor: Anchor("a-ann"), dn: try DistinguishedName("CN={ann}"), objectType: "user",
        attributes: shown)
      try test.store.transaction { tx in
        try tx.markSending([id])
        try tx.exportTaken(id, anchor: Anchor("a-ann"))
      }
      try test.stage([.entry(entry)], connector: test.target)
    }
    let object = try test.object(id)
    return try test.store.look { try $0.drift(of: object) }
  }

  @Test("What is as it should be, and what nobody wants anything of, does not differ")
  func same() throws {
    #expect(
      try drift(["title": ["x"], "mail": ["a", "b"]], ["mail": ["b", "a"], "title": ["x"]]).isEmpty)
    let other = try DriftTests()
    #expect(try other.drift(["title": ["x"]], ["title": ["x"], "city": ["Bonn"]]).isEmpty)
  }

  @Test("Missing, other and superfluous values are told with both sides")
  func differs() throws {
    let deltas = try drift(
      ["title": ["x"], "mail": ["a"], "phone": ["1"]], ["title": ["y"], "phone": ["1", "2"]])
    let told = Dictionary(
      deltas.map { ($0.name.text, [$0.before, $0.after]) }, uniquingKeysWith: { first, _ in first })
    #expect(told["title"] == [["y"], ["x"]] && told["mail"] == [[], ["a"]])
    #expect(told["phone"] == [["1", "2"], ["1"]] && told.count == 3)
  }

  @Test("Classes that it shows beside those that are wanted are none, whatever else differs")
  func classes() throws {
    let deltas = try drift(
      ["title": ["x"], "objectClass": ["user"]],
      ["title": ["y"], "objectClass": ["person", "top", "user"]])
    #expect(deltas.map(\.name) == ["title"])
    let other = try DriftTests()
    let missing = try other.drift(
      ["objectClass": ["posixAccount", "user"]], ["objectClass": ["person", "user"]])
    #expect(missing.map(\.name) == ["objectClass"])
  }

  @Test("Of what a target does not show, all that is wanted is missing")
  func missing() throws {
    let deltas = try drift(["title": ["x"], "mail": ["a"]], nil)
    #expect(deltas.allSatisfy { $0.before.isEmpty })
    #expect(Set(deltas.map(\.name.text)) == ["title", "mail"])
  }

  @Test("Objects that are wanted or shown are gone through once each")
  func pages() throws {
    let ids = try ["a", "b", "c"].map { try test.provision($0, DesiredImage()) }
    try test.stage([.entry(try test.entry("there"))], connector: test.target)
    var found: [Int64] = []
    while found.count < 9 {
      let page = try test.store.look {
        try $0.expectedObjects(connector: test.target, after: found.last ?? 0, limit: 2)
      }
      if page.isEmpty { break }
      found += page.map(\.id)
    }
    #expect(found == ids + [try test.id("there", connector: test.target)])
  }
}
