import SyncStore
import Synchronization
import Testing

@testable import Console

@Suite("Lists in files")
struct ExportTests {
  @Test("CSV quotes what must be quoted (RFC 4180)")
  func csv() {
    #expect(ExportText.csv(["a", "b"]) == "a,b\r\n")
    #expect(
      ExportText.csv(["a,b", "say \"x\"", "two\nlines"])
        == "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\r\n")
    #expect(ExportText.csv(["", "ü"]) == ",ü\r\n")
  }

  @Test("what a spreadsheet would run as a formula is made harmless; numbers stay numbers")
  func formulas() {
    #expect(ExportText.csv(["=1+1", "@x", "-cmd"]) == "'=1+1,'@x,'-cmd\r\n")
    #expect(ExportText.csv(["-5", "+7", "-"]) == "-5,+7,-\r\n")
  }

  @Test("JSON escapes what must be escaped (RFC 8259)")
  func json() {
    #expect(
      ExportText.json(["a\"b\\", "x\u{1}\n"], header: ["n", "m"])
        == #"{"n": "a\"b\\", "m": "x\u0001\n"}"#)
  }

  @Test("a file holds every row that the filter lets through, not only those on the screen")
  func whole() throws {
    var content = FakeStore.Content()
    content.operations = Fixture.history(2500)
    let reader = ExportReader(store: FakeStore(content), clock: .utc, now: Fixture.now)
    var export = TableExport(
      source: .store(.operations(OperationFilter())), arrangement: ListArrangement(),
      columns: ["status", "connector", "cycle"])
    #expect(reader.header(export) == ["Status", "Connector", "Cycle"])
    var rows = 0
    try reader.forEach(export) { fields in
      #expect(fields.count == 3)
      rows += 1
    }
    #expect(rows == 2500)
    export.arrangement.terms = [.containing("no such thing")]
    try reader.forEach(export) { _ in Issue.record("nothing passes") }
  }

  @Test("every list can be exported, each row with as many fields as there are headings")
  func all() throws {
    let reader = ExportReader(
      store: FakeStore(Fixture.passwordContent()), clock: .utc, now: Fixture.now)
    for view in [ViewID.operations, .connectors, .users, .passwords, .events, .metaverse] {
      let export = try #require(Screen.root(of: view).model.export)
      var rows = 0
      try reader.forEach(export) { fields in
        #expect(fields.count == reader.header(export).count && !fields.isEmpty)
        rows += 1
      }
      #expect(rows > 0, "\(view)")
    }
  }

  @Test("a name with a slash in it makes no path")
  func names() {
    let source = TableSource.store(.objects(connector: "../../etc/passwd", .all))
    #expect(!source.name.contains("/") && !source.name.contains("."))
  }
}
