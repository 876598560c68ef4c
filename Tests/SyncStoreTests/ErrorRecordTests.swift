import Directory
import Testing

@testable import SyncStore

@Suite("An error carries all that a person needs")
struct ErrorRecordTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  private func only(step: Int64) throws -> ErrorRow {
    try #require(try test.reader.errors(step: step, after: nil, limit: 1).first)
  }

  @Test("Rule, expression, column, and the other object by its names of now, or of then")
  func everything() throws {
    try test.stage([.entry(try test.entry("ann")), .entry(try test.entry("eve"))])
    let (ann, eve) = (try test.id("ann"), try test.id("eve"))
    let step = try test.step(.fullSynchronization)
    try test.store.transaction { tx in
      var error = StepError(
        .synchronization, .ambiguousImportFlow, objectID: ann, dn: "CN=ann", message: "m",
        hint: "h")
      error.attribute = "guid"
      error.value = "1"
      error.rule = "In - User"
      error.expression = "CStr([guid])"
      error.column = 6
      error.otherObjectID = eve
      try tx.record(error, step: step, connector: test.source)
    }
    let error = try only(step: step)
    #expect(error.rule == "In - User" && error.expression == "CStr([guid])" && error.column == 6)
    #expect(error.otherObjectID == eve && error.otherDisplay == "eve")
    #expect(error.otherDN == (try TestStore.dn("eve")).text)
    #expect(error.otherSubject == error.otherDN && error.count == 1)
    try test.stage([
      .rename(ObjectAddress(anchor: Anchor("a-eve")), newDN: try TestStore.dn("eva"))
    ])
    #expect(try only(step: step).otherDN == (try TestStore.dn("eva")).text)
    try test.store.transaction { try $0.remove(eve) }
    #expect(try only(step: step).otherDN == (try TestStore.dn("eve")).text)
  }

  @Test("What people call the other object stands before a name that says little")
  func otherSubject() throws {
    var error = ErrorRow(
      id: 1, stepID: 1, objectID: 1, connector: "c", stage: .export, type: "t", dn: "",
      attribute: "", value: "", message: "", code: "", location: "", hint: "", otherObjectID: 7,
      firstOccurred: .now, occurred: .now, retries: 0)
    #expect(error.otherSubject == "object 7, which is gone")
    error.otherDN = "CN={41}"
    error.otherDisplay = "Ann"
    #expect(error.otherSubject == "Ann (CN={41})")
    error.otherObjectID = nil
    #expect(error.otherSubject.isEmpty)
  }

  private func discovery(_ dn: String, location: String = "a.ldif:1") -> DiscoveryError {
    DiscoveryError(.parseError, dn: dn, location: location, message: "m", hint: "h")
  }

  @Test("What could not be read keeps its beginning from import to import, until it was read")
  func discoveryRetries() throws {
    let first = try only(step: try test.stage([], errors: [discovery("CN=x")]).step)
    let second = try only(
      step: try test.stage([], errors: [discovery("CN=x", location: "a.ldif:9")]).step)
    #expect(second.firstOccurred == first.firstOccurred && second.retries == 1)
    let other = try only(step: try test.stage([], errors: [discovery("CN=y")]).step)
    #expect(other.retries == 0)
    // The import before this one did not meet it: it is new.
    #expect(try only(step: try test.stage([], errors: [discovery("CN=x")]).step).retries == 0)
  }

  @Test("Of what has no bound, an error keeps the beginning")
  func bounded() throws {
    let long = String(repeating: "ä", count: 1_000_000)
    var error = discovery("CN=" + long)
    (error.message, error.value, error.attribute) = ("m" + long, long, long)
    let kept = try only(step: try test.stage([], errors: [error]).step)
    for text in [kept.dn, kept.message, kept.value, kept.attribute] {
      #expect(text.utf8.count <= 2003 && text.hasSuffix("ä…"))
    }
    #expect(kept.dn.hasPrefix("CN=ä") && kept.message.hasPrefix("mä"))
    // The next import finds it again.
    #expect(try only(step: try test.stage([], errors: [error]).step).retries == 1)
  }

  @Test("A record without a name is known by its place")
  func nameless() throws {
    try test.stage([], errors: [discovery("", location: "a.ldif:1")])
    let again = try test.stage([], errors: [discovery("", location: "a.ldif:1")])
    #expect(try only(step: again.step).retries == 1)
    let elsewhere = try test.stage([], errors: [discovery("", location: "a.ldif:5")])
    #expect(try only(step: elsewhere.step).retries == 0)
  }

  /// The names of the objects of open errors, and whether all counts agree with them.
  private func open() throws -> [String] {
    let rows = try test.reader.openErrors(connector: nil, after: nil, limit: 9)
    #expect(try test.reader.status().openErrors == rows.count)
    #expect(try test.reader.connectors().reduce(0) { $0 + $1.openErrors } == rows.count)
    #expect(try test.reader.errorFamilies(now: .now).reduce(0) { $0 + $1.count } == rows.count)
    return rows.map(\.dn)
  }

  @Test("What a delta could not read is open once, until a delta tells it, or that it is gone")
  func overByDelta() throws {
    try test.stage([.entry(try test.entry("bob"))])
    let (eve, bob) = (try TestStore.dn("eve").text, try TestStore.dn("bob").text)
    let errors = [discovery(eve), discovery(bob), discovery("CN=x"), discovery("")]
    let first = try test.stage([], errors: errors, by: .deltaImport)
    let again = try test.stage([], errors: [discovery("cn=x"), discovery(eve)], by: .deltaImport)
    #expect(try open() == [bob, "CN=x", "", "cn=x", eve])
    #expect(try test.reader.errors(step: again.step, after: nil, limit: 9).last?.retries == 1)
    try test.stage([.present(Anchor("a-bob"))], by: .deltaImport)
    #expect(try open().count == 5)
    try test.stage(
      [.entry(try test.entry("eve")), .delete(ObjectAddress(anchor: Anchor("a-bob")))],
      by: .deltaImport)
    #expect(try open() == ["CN=x", "", "cn=x"])
    // The past stays.
    #expect(try test.reader.errors(step: first.step, after: nil, limit: 9).count == 4)
    try test.stage([.entry(try test.entry("ann"))])
    #expect(try open() == [])
  }

  @Test("A value that could not be read is told by another one of its attribute, and by none else")
  func overByValue() throws {
    try test.stage([.entry(try test.entry("ann"))])
    var error = discovery(try TestStore.dn("ann").text)
    error.attribute = "title"
    try test.stage([], errors: [error], by: .deltaImport)
    let address = ObjectAddress(anchor: nil, dn: try TestStore.dn("ann"))
    func modify(_ name: AttributeName, _ operation: AttributeChange.Operation) throws {
      try test.stage([.modify(address, [AttributeChange(name, operation)])], by: .deltaImport)
    }
    try modify("mail", .replace(["m"]))
    try modify("title", .update(added: ["t"], removed: []))
    #expect(try open().count == 1)
    try modify("title", .replace(["t"]))
    #expect(try open() == [])
  }

  @Test("An object that could not be read is known by its anchor under another name")
  func overByAnchor() throws {
    try test.stage([.entry(try test.entry("ann"))])
    var error = discovery("one without a name")
    error.anchor = Anchor("a-kim")
    try test.stage([], errors: [error], by: .deltaImport)
    #expect(try open().count == 1)
    try test.stage([.entry(try test.entry("kim"))], by: .deltaImport)
    #expect(try open() == [])
  }

  @Test("The errors of all connectors together are those of the header and of the list")
  func countsAgree() throws {
    try test.stage(
      [.entry(try test.entry("ann"))], errors: [discovery("CN=x"), discovery("CN=y")])
    try test.stage([.entry(try test.entry("t"))], connector: test.target)
    let step = try test.step(.export, connector: test.target)
    try test.store.transaction { tx in
      for stage in [ErrorRow.Stage.synchronization, .export] {
        try tx.record(
          StepError(
            stage, .typeMismatch,
            objectID: try tx.objectID(connector: test.target, anchor: Anchor("a-t")),
            dn: "t", message: "m", hint: "h"), step: step, connector: test.target)
      }
    }
    let rows = try test.reader.connectors()
    #expect(rows.map(\.openErrors) == [2, 2] && rows.map(\.objectsInError) == [0, 1])
    #expect(try test.reader.status().openErrors == 4)
    #expect(try test.reader.openErrors(connector: nil, after: nil, limit: 9).count == 4)
    #expect(try test.reader.errorFamilies(now: .now).reduce(0) { $0 + $1.count } == 4)
  }

  @Test("Errors of one type and one cause are counted by the store, and can be listed")
  func families() throws {
    var other = discovery("CN=z")
    other.attribute = "mail"
    try test.stage([], errors: [discovery("CN=x"), discovery("CN=y"), other])
    let families = try test.reader.errorFamilies(now: .now)
    #expect(families.map(\.count) == [2, 1])
    #expect(families.map(\.kind.cause) == ["", "mail"])
    #expect(families[0].kind.type == SyncErrorType.parseError.text)
    #expect(families[0].newInDay == 2 && families[0].newInWeek == 2 && families[0].hint == "h")
    let later = try test.reader.errorFamilies(now: Timestamp.now.adding(seconds: 200_000))
    #expect(later[0].newInDay == 0 && later[0].newInWeek == 2)
    let first = try test.reader.openErrors(of: families[0].kind, after: nil, limit: 1)
    #expect(first.map(\.dn) == ["CN=x"])
    let rest = try test.reader.openErrors(of: families[0].kind, after: first[0].id, limit: 9)
    #expect(rest.map(\.dn) == ["CN=y"])
    var ids: [Int64] = []
    let arrangement = ListArrangement(sort: ListSort("object", isDescending: true))
    try test.reader.arrange(.openErrors(families[0].kind), by: arrangement) {
      ids += $0
      return true
    }
    #expect(ids == [rest[0].id, first[0].id])
    #expect(try test.reader.rows(of: .openErrors(nil), ids: ids) == .errors(rest + first))
  }
}
