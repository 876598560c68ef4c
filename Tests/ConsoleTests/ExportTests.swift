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
    var filter = OperationFilter()
    var rows = 0
    try reader.forEach(.operations(filter)) { fields in
      #expect(fields.count == reader.header(.operations(filter)).count)
      rows += 1
    }
    #expect(rows == 2500)
    filter.text = "no such thing"
    try reader.forEach(.operations(filter)) { _ in Issue.record("nothing passes") }
  }

  @Test("every list can be exported, each row with as many fields as there are headings")
  func all() throws {
    let reader = ExportReader(
      store: FakeStore(Fixture.content()), clock: .utc, now: Fixture.now)
    let sources: [ExportSource] = [
      .operations(OperationFilter()), .changes(step: 5, group: .export, counter: "export-add"),
      .connectors, .objects(connector: "contoso.test", .all, text: ""),
      .users(.displayName, descending: false, text: "", nil), .events(EventFilter()),
    ]
    for source in sources {
      var rows = 0
      try reader.forEach(source) { fields in
        #expect(fields.count == reader.header(source).count)
        rows += 1
      }
      #expect(rows > 0, "\(source)")
    }
  }

  @Test("a name with a slash in it makes no path")
  func names() {
    let source = ExportSource.objects(connector: "../../etc/passwd", .all, text: "")
    #expect(!source.name.contains("/") && !source.name.contains("."))
  }
}
