import Cells
import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("Lists in files")
struct ExportTests {
  private static let scene = Scene(now: Fixture.now, clock: .utc, glyphs: .ascii)

  /// What `e` writes on the screen that keys lead to: the headings and the rows.
  private func written(
    _ keys: String, _ content: sending FakeStore.Content = Fixture.content(),
    tool: ToolOutput = ToolOutput(lines: [], status: 0)
  ) throws -> (header: ExportHeader, rows: [[String]]) {
    var driver = Driver(content, columns: 60, rows: 20)
    driver.toolOutput = tool
    driver.press(keys)
    return try written(by: &driver)
  }

  private func written(
    by driver: inout Driver
  ) throws -> (header: ExportHeader, rows: [[String]]) {
    driver.press("e")
    guard case .export(let export, .csv)? = driver.effects.last else {
      throw Fault(message: "nothing was written", hint: driver.screen)
    }
    let reader = ExportReader(
      store: driver.store, services: ConsoleServices(rules: { Fixture.rules }), clock: .utc,
      now: Fixture.now)
    var rows: [[String]] = []
    try reader.forEach(export) { rows.append($0) }
    let header = reader.header(export)
    #expect(rows.allSatisfy { $0.count == header.titles.count })
    return (header, rows)
  }

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
    // A combining mark makes another Character of the sign, and no other formula.
    for text in ["=\u{301}1+1", "\u{FF1D}1+1", "\u{FF0B}a", "\u{FF0D}a", "\u{FF20}a"] {
      #expect(ExportText.csv([text]) == "'" + text + "\r\n")
    }
  }

  @Test("JSON escapes what must be escaped (RFC 8259)")
  func json() {
    // What a terminal would obey, or a reader be misled by, is spelled out.
    #expect(
      ExportText.json(["a\u{9B}b\u{202E}c\u{7F}"], header: ExportHeader(["n"]))
        == #"{"n": "a\u009bb\u202ec\u007f"}"#)
    #expect(
      ExportText.json(["a\"b\\", "x\u{1}\n"], header: ExportHeader(["n", "m"]))
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
    #expect(reader.header(export).titles == ["Status", "Connector", "Cycle"])
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
      let export = try #require(Screen.root(of: view).model.export(scene: Self.scene))
      var rows = 0
      try reader.forEach(export) { fields in
        #expect(fields.count == reader.header(export).titles.count && !fields.isEmpty)
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

  @Test("numbers are written without commas, in JSON as numbers")
  func numbers() throws {
    let (header, rows) = try written("Tab Right Left Left")
    #expect(header.titles[5] == "Adds" && header.numbers.contains(5))
    #expect(rows[2][5] == "1004")
    let line = ExportText.json(rows[2], header: header)
    #expect(line.contains(#""Adds": 1004, "Updates": 2"#))
    #expect(line.contains(#""Connector": "contoso.test""#))
    // A name that looks like a number stays as it is, and is a text.
    var content = Fixture.content()
    content.objects = [Fixture.object(7, "1,234")]
    let objects = try written("2 Enter", content)
    #expect(objects.rows[0][0] == "1,234")
    #expect(ExportText.json(objects.rows[0], header: objects.header).contains(#""1,234""#))
  }

  @Test("marks of the screen are left out, the words beside them stay; names stay as they are")
  func marks() throws {
    let history = try written("Tab Left")
    #expect(history.rows[0][2] == "completed-export-errors" && history.rows[1][2] == "success")
    var content = Fixture.content()
    content.objects = [Fixture.object(7, "+ Ann", pendingExport: "add")]
    let objects = try written("2 Enter", content)
    #expect(objects.rows[0][0] == "+ Ann" && objects.rows[0][4] == "add")
    let users = try written("4")
    #expect(users.rows.map { $0[2] }.contains("In cloud"))
    let events = try written("7")
    #expect(Set(events.rows.map { $0[1] }) == ["warning", "information"])
  }

  @Test("what failed is written as it is called, as what succeeded is, and found by that")
  func severities() throws {
    var content = Fixture.content()
    content.operations = [
      "success", "in-progress", "completed-warnings", "completed-sync-errors",
      "stopped-deletion-threshold-exceeded",
    ].enumerated().map { Fixture.operation(Int64($0 + 1), result: $1) }
    let words = content.operations.map(\.result)
    let history = try written("Tab Left", content)
    #expect(history.rows.map { $0[2] } == words)
    let users = try written("4")
    #expect(Set(users.rows.map { $0[2] }).isSubset(of: Set(UserRow.State.allCases.map(\.rawValue))))
    #expect(users.rows.map { $0[2] }.contains("Error"))
    for glyphs in [Glyphs.ascii, .unicode, .plain] {
      for mark in [glyphs.success, glyphs.warning, glyphs.failure, glyphs.running] {
        #expect(TableTexts.words(Span("\(mark) result", .runError), glyphs) == "result")
      }
    }
    #expect(TableTexts.words(Span("x ray", .textStrong), .ascii) == "x ray")
    #expect(TableTexts.words(Span("a result", .runError), .ascii) == "a result")
  }

  @Test("the statistics of a step are written with their groups and names")
  func statistics() throws {
    let (header, rows) = try written("Tab")
    #expect(header.titles == ["Group", "Counter", "Name", "Count"])
    #expect(rows[0] == ["Export Statistics", "Adds", "export-add", "998"])
    #expect(rows.count == Fixture.exportCounters.count)
  }

  @Test("what is held, what is due and who released what are written as a table")
  func held() throws {
    var content = Fixture.content()
    content.groups = [
      HeldGroup(
        id: 12, connector: "tenant", kind: .deletes, cause: "left scope", count: 1437,
        since: Fixture.now, latest: Fixture.now, samples: ["Ann Lee", "Bo Ek"])
    ]
    content.releases = [
      ReleaseRow(
        id: 1, connector: "tenant", time: Fixture.now, person: "console ann", what: "deletes",
        count: 3)
    ]
    let (_, rows) = try written("H", content)
    #expect(
      rows == [
        [
          "held", "g12", "tenant", "deletes", "1437", "2026-11-22 20:00:00", "left scope",
          "Ann Lee; Bo Ek", "",
        ],
        ["released", "", "tenant", "", "3", "2026-11-22 20:00:00", "deletes", "", "console ann"],
      ])
  }

  @Test("error families are written, and the errors of one")
  func families() throws {
    let families = try written("X")
    #expect(families.rows.count == 1)
    #expect(families.rows[0].prefix(4) == ["2", "AttributeValueMustBeUnique", "export", "tenant"])
    let errors = try written("X Enter")
    #expect(errors.rows.count == 2)
    #expect(errors.rows[0][0].contains("CN=Ann Lee"))
  }

  @Test("each tab of the inspector is written, without regard to the terminal's width")
  func inspector() throws {
    let error = try written("Enter Enter")
    #expect(
      error.rows.contains(["", "What to do", "Change the address of one of the two."]))
    #expect(error.rows.contains(["", "Value", "smtp:ann@contoso.test"]))
    let attributes = try written("Enter Enter Enter")
    #expect(attributes.rows[0] == ["displayName", "Ann Lee", "Ann Li", ""])
    // Folded values are written too.
    #expect(attributes.rows[2] == ["memberOf", "CN=Staff; CN=Sales", "", ""])
    let differing = try written("Enter Enter a")
    #expect(differing.rows.map(\.first) == ["displayName", "mail"])
    let lineage = try written("Enter Enter Enter Tab")
    #expect(
      lineage.rows.contains {
        $0[1] == "displayName" && $0[2].contains("Ann Lee")
          && $0[2].hasSuffix("contoso.test, In from LDIF: user")
      })
    let connectors = try written("Enter Enter Enter Tab Tab")
    #expect(connectors.rows[0].prefix(2) == ["tenant", "8"])
    let history = try written("Enter Enter S-Tab")
    #expect(
      history.rows == [
        [
          "2026-11-22 19:43:30", "1", "contoso.test", "Full Import", "stage-update", "", "",
          "displayName", "Ann Li", "Ann Lee",
        ]
      ])
  }

  @Test("a preview is written as soon as there is one, rules that are folded too")
  func preview() throws {
    let order = PreviewOrder(object: 7, isFull: true, commits: false)
    var report = PreviewReport(
      object: 7, connector: "contoso.test", dn: "CN=Ann Lee,OU=Staff,DC=test", objectType: "user",
      pendingImport: "update", isFull: true, isCommitted: false)
    report.inboundRules = [.init(name: "Hidden", isInScope: false, reason: "hidden ISNOTNULL")]
    report.operations = [
      .init(
        what: "Flow updates", connector: "contoso.test", dn: "CN=Ann Lee",
        changes: [.init(attribute: "displayName", before: ["A"], after: ["B"], rule: "In")])
    ]
    var content = Fixture.content()
    content.previews = [1: report]
    var driver = Driver(content)
    driver.press("Enter Enter Enter p e")
    #expect(driver.screen.contains("Export: nothing has been read yet"))
    driver.finish(.preview(order), 1)
    let (_, rows) = try written(by: &driver)
    #expect(rows.contains(["What is done", "displayName", "A -> B  In"]))
    #expect(rows.contains(["Inbound rules", "", "Hidden: hidden ISNOTNULL"]))
  }

  @Test("a rule is written, each flow whole in its part")
  func rule() throws {
    let (header, rows) = try written("6 Enter")
    #expect(header.titles == ["Part", "Name", "Text"])
    #expect(rows.contains(["Scope", "", "and hidden ISNULL"]))
    #expect(rows.contains(["Flows", "displayName", "displayName"]))
    #expect(rows.contains(["Flows", "mail", "[mail], NULL)  (expression, once)"]))
  }

  @Test("the output of a command is written whole, also what the pane has no room for")
  func tool() throws {
    let lines = (1...5000).map { "line \($0): " + String(repeating: "x", count: 90) }
    let (_, rows) = try written("2 c", tool: ToolOutput(lines: lines, status: 0))
    #expect(rows.map(\.first) == lines)
  }

  @Test("every screen that keys lead to can be written")
  func everywhere() throws {
    for keys in [
      "A", "X", "2 Enter", "3 Enter", "4 Enter", "5", "5 Enter", "5 b", "5 b Enter", "6 v",
      "7 Enter", "Tab Up Enter", "Tab Up Enter Enter",
    ] {
      let (header, rows) = try written(keys, Fixture.passwordContent())
      #expect(!header.titles.isEmpty && !rows.isEmpty, "\(keys)")
    }
    // Where nothing is held there are headings.
    #expect(try written("H").rows.isEmpty)
  }
}
