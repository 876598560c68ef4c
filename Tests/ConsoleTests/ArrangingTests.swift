import Cells
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("Arranging tables: order, filter, columns, and taking it back")
struct ArrangingTests {
  /// Steps with adds that are in no order.
  private static func content() -> FakeStore.Content {
    var content = Fixture.content()
    content.operations = (1...600).reversed().map {
      Fixture.operation(
        Int64($0), cycle: Int64($0 / 5), connector: $0 % 2 == 0 ? "tenant" : "contoso.test",
        result: $0 == 77 ? "completed-sync-errors" : "success", adds: ($0 * 37) % 601)
    }
    return content
  }

  @Test("o asks what to sort by; the greatest number comes first; again turns it round")
  func sort() {
    var driver = Driver(Self.content(), columns: 110)
    driver.press("o")
    #expect(driver.screen.contains("Sort by") && driver.screen.contains("now, greatest first"))
    driver.press("a")
    #expect(driver.screen.contains("Adds↓"))
    #expect(driver.cursorLine.contains(" 600 "))
    #expect(driver.row(of: "cycle") == nil, "cycles are no groups in this order")
    driver.press("o Enter")
    #expect(driver.screen.contains("Adds↑"))
    #expect(driver.cursorLine.contains(" 1 "))
    driver.press("o 0")
    #expect(driver.screen.contains("Started↓"))
    #expect(driver.row(of: "Initial cycle 120") != nil)
  }

  @Test("The cursor stays on its row when the order changes, and when that is taken back")
  func cursorAndOrder() {
    var driver = Driver(Self.content(), columns: 110)
    driver.press("PgDn PgDn Down")
    let line = driver.cursorLine.dropFirst(2)
    for keys in ["O", "O", "o a", "O", "u", "U", "o 0"] {
      driver.press(keys)
      #expect(driver.cursorLine.contains(line), "\(keys): \(driver.cursorLine)")
    }
  }

  @Test("The cursor is back on its row, in its place, when a filter is left by Esc")
  func cursorAndFilter() {
    for (down, filter) in [("PgDn Down Down", "adds=600"), ("End Up", "adds=600")] {
      var driver = Driver(Self.content(), columns: 110)
      driver.press(down)
      let (line, row) = (driver.cursorLine, driver.row(of: driver.cursorLine))
      driver.press("/")
      driver.type(filter)
      #expect(driver.cursorLine != line)
      driver.press("Esc")
      #expect(driver.cursorLine == line)
      if down.hasPrefix("PgDn") { #expect(driver.row(of: line) == row) }
    }
  }

  @Test("Who has found a row by a filter has it under the cursor when all rows are back")
  func cursorAndFound() {
    var driver = Driver(Self.content(), columns: 110)
    driver.press("PgDn /")
    driver.type("adds=600")
    driver.press("Enter")
    let found = driver.state.screen.model.copyText
    #expect(driver.cursorLine.contains(" 600 "))
    driver.press("Esc")
    #expect(driver.cursorLine.contains(" 600 ") && driver.state.screen.model.copyText == found)
    driver.press("/")
    driver.type("adds<")
    driver.type("50")
    driver.press("Down Down")
    func row() -> Int64? {
      guard case .operations(let operations) = driver.state.screen else { return nil }
      return operations.table.list.selectedRow?.id
    }
    let gone = row()
    driver.press("Esc")
    #expect(gone != nil && row() == gone)
  }

  @Test("A press on a heading sorts by it, and again the other way round")
  func heading() {
    var driver = Driver(
      Self.content(), options: ConsoleOptions(mouse: true), columns: 110)
    func press(_ title: String) {
      let row = driver.row(of: "Connector  ") ?? 0
      let line = driver.screen.split(separator: "\n", omittingEmptySubsequences: false)[row]
      let place = line.ranges(of: title).first?.lowerBound ?? line.startIndex
      let column = line.distance(from: line.startIndex, to: place)
      driver.send(.input(.mouse(MouseEvent(.press, at: Position(column: column, row: row)))))
    }
    press("Adds")
    #expect(driver.screen.contains("Adds↓") && driver.cursorLine.contains(" 600 "))
    press("Adds")
    #expect(driver.screen.contains("Adds↑") && driver.cursorLine.contains(" 1 "))
    driver.press("u u")
    #expect(driver.screen.contains("Started↓"))
  }

  @Test("End goes to the last of many rows at once, and up from there")
  func end() {
    var driver = Driver(Self.content(), columns: 110)
    let before = driver.store.content.withLock { $0.calls["operations"] ?? 0 }
    driver.press("G")
    #expect(driver.cursorLine.contains("11-22 19:43"))
    driver.press("PgUp PgUp k")
    #expect(driver.store.content.withLock { $0.calls["operations"] } == before)
    driver.press("g")
    #expect(driver.cursorLine.contains("21:23"))
  }

  @Test("Each kind of filter narrows, and the number of rows is told")
  func filters() {
    for (text, count) in [
      ("connector:tenant", "300 steps"), ("!connector:tenant", "300 steps"),
      ("~sync-err", "1 step"), ("adds>598", "2 steps"), ("errors", "1 step"),
      ("connector=tenant adds<3", "1 step"), ("nothing", "0 steps"),
    ] {
      var driver = Driver(Self.content(), columns: 110)
      driver.press("/")
      driver.type(text)
      driver.press("Enter")
      #expect(driver.screen.contains(" \(count) "), "\(text)")
    }
  }

  @Test("A pattern that is none as yet is told while it is typed")
  func halfPattern() {
    var driver = Driver(columns: 110)
    driver.press("/")
    #expect(driver.screen.contains("word, !not, ~pattern, connector: profile: status:"))
    driver.type("~(")
    #expect(driver.screen.contains("No pattern as yet: at character 1, a parenthesis is not"))
    driver.type("sync)")
    #expect(driver.screen.contains(" 2 steps"))
  }

  @Test("n finds the next step with errors in any order, pages away")
  func problem() {
    var driver = Driver(Self.content(), columns: 110)
    driver.press("o a n")
    #expect(driver.cursorLine.contains("! sync-errors"))
    driver.press("n")
    #expect(driver.cursorLine.contains("! sync-errors"))
  }

  @Test("C chooses columns, their order and widths; Esc leaves all as it was")
  func columns() {
    var driver = Driver(columns: 110)
    driver.press("C")
    #expect(driver.screen.contains("[x] Connector") && driver.screen.contains("[ ] Requested by"))
    driver.press("Space Esc")
    #expect(driver.screen.contains("  Connector"))
    driver.press("C Space End Space Enter")
    let head = driver.row(of: "Requested by") ?? 0
    #expect(driver.screen.split(separator: "\n")[head].contains("Profile"))
    #expect(!driver.screen.split(separator: "\n")[head].contains("Connector"))
    driver.press("C End Up Up Up K K K K K K K K Enter")
    #expect(driver.screen.contains("  Requested by"))
    driver.press("u")
    #expect(!driver.screen.contains("  Requested by  "))
    driver.press("C 0 Enter")
    #expect(driver.screen.contains("  Connector"))
    driver.press("C < < < < < < < < < < < < < < < < < < < < < < < < Enter")
    #expect(driver.screen.contains("Profile") && !driver.screen.contains("contoso.test Full"))
  }

  @Test("u takes changes of the view back one by one, U does them again")
  func undo() {
    var driver = Driver(Self.content(), columns: 110)
    driver.press("/")
    driver.type("tenant")
    driver.press("Enter o a f")
    #expect(driver.screen.contains("Adds↓") && driver.screen.contains("warnings and worse"))
    driver.press("u")
    #expect(driver.screen.contains("Adds↓") && !driver.screen.contains("warnings and worse"))
    driver.press("u")
    #expect(driver.screen.contains("Started↓") && driver.screen.contains("/tenant"))
    driver.press("u")
    #expect(!driver.screen.contains("/tenant"))
    driver.press("u")
    #expect(driver.screen.contains("this table is as it was at first"))
    driver.press("U U")
    #expect(driver.screen.contains("Adds↓") && driver.screen.contains("/tenant"))
  }

  @Test("The errors of a step are a table too")
  func errors() {
    var driver = Driver(columns: 140)
    driver.press("Enter o o")
    #expect(driver.screen.contains("Object↑"))
    driver.press("O")
    #expect(driver.screen.contains("Object↓"))
    #expect(driver.cursorLine.contains("CN=Bo Ek"))
    driver.press("/")
    driver.type("object:ann")
    driver.press("Enter")
    #expect(driver.cursorLine.contains("CN=Ann Lee"))
    #expect(driver.row(of: "CN=Bo Ek") == nil)
    driver.press("u C End Space Enter")
    #expect(driver.screen.contains("Server says"))
  }

  @Test("Every table sorts, reverses, narrows and chooses columns", arguments: ViewID.allCases)
  func everyView(_ view: ViewID) throws {
    var driver = Driver(Fixture.passwordContent(), columns: 160)
    driver.press(String(view.digit))
    let info = try #require(driver.state.screen.model.tableInfo)
    for field in info.fields {
      driver.press(":")
      driver.type("sort \(field.name):desc")
      driver.press("Enter")
      #expect(driver.state.screen.model.tableInfo?.sort?.field == field.name)
      driver.press("O")
      #expect(driver.state.screen.model.tableInfo?.sort?.isDescending == false)
      #expect((driver.state.screen.model.tableInfo?.count ?? 0) > 0, "\(field.name)")
    }
    driver.press("/")
    driver.type("zzzz")
    driver.press("Enter")
    #expect(driver.state.screen.model.tableInfo?.count == 0)
    driver.press("Esc C Down Space Enter")
    #expect(driver.state.screen.model.tableInfo?.shown.count == info.shown.count - 1)
  }

  @Test("Connectors are sorted by what their columns say, numbers by their size")
  func connectors() {
    var content = Fixture.content()
    content.connectors[0].objects = 9
    content.connectors[1].objects = 1000
    var driver = Driver(content, columns: 160)
    driver.press("2 :")
    driver.type("sort objects")
    driver.press("Enter")
    #expect(driver.cursorLine.contains("contoso.test"))
    driver.press("O")
    #expect(driver.cursorLine.contains("tenant"))
    driver.press("/")
    driver.type("objects<10")
    driver.press("Enter")
    #expect(driver.state.screen.model.tableInfo?.count == 1)
  }

  @Test("Columns with a mark are narrowed by their words, which is what people ask for")
  func marked() {
    var driver = Driver(columns: 160)
    driver.press("2")
    let all = driver.state.screen.model.tableInfo?.count
    for filter in ["result=success", "result^=succ"] {
      driver.press("/")
      driver.type(filter)
      driver.press("Enter")
      #expect(driver.state.screen.model.tableInfo?.count == all, "\(filter)")
      driver.press("/ C-u Enter")
    }
    driver.press("/")
    driver.type("result!=success")
    driver.press("Enter")
    #expect(driver.state.screen.model.tableInfo?.count == 0)
  }

  @Test("What can't be sorted by or shown is refused with what there is")
  func refused() {
    var driver = Driver()
    for (command, words) in [
      ("sort colour", "Sort: the fields are connector, profile"),
      ("columns colour", "Columns: there are connector, profile"),
    ] {
      driver.press(":")
      driver.type(command)
      driver.press("Enter")
      #expect(driver.screen.contains(words))
    }
    driver.press("? Esc H :")
    driver.type("sort x")
    driver.press("Enter")
    #expect(driver.screen.contains("Sort: this is no table"))
  }

  @Test("The next console begins with the last one's filter, order and columns, and says so")
  func restored() throws {
    var driver = Driver(Self.content(), columns: 110)
    driver.press("/")
    driver.type("connector:tenant")
    driver.press("Enter o a C Down Space > Enter")
    guard case .save(let preferences)? = driver.effects.last else {
      Issue.record("nothing was kept")
      return
    }
    let kept = ConsolePreferences.read(preferences.text)
    #expect(kept.tables == preferences.tables)
    driver = Driver(Self.content(), options: ConsoleOptions(tables: kept.tables), columns: 110)
    #expect(driver.screen.contains("Adds↓") && driver.screen.contains("/connector:tenant"))
    #expect(driver.screen.contains("Narrowed as last time: connector:tenant; Esc shows all"))
    #expect(driver.state.screen.model.tableInfo?.settings == kept.tables["operations"])
    driver.press("Esc")
    #expect(!driver.screen.contains("/connector:tenant"))
  }

  @Test("What narrowed a list that was opened from another is not kept; its order is")
  func nested() {
    var driver = Driver(columns: 110)
    driver.press("2 Enter /")
    driver.type("ann")
    driver.press("Enter o n")
    guard case .save(let preferences)? = driver.effects.last else { return }
    #expect(preferences.tables["objects"]?.text == "")
    #expect(preferences.tables["objects"]?.sort == ListSort("name"))
    driver.press("Esc Esc Enter")
    #expect(driver.screen.contains("Name↑"))
  }

  @Test("A deep link sorts, narrows and goes to a run")
  func links() {
    let sorted = Driver(
      Self.content(),
      options: ConsoleOptions(filter: "tenant", sort: ListSort("adds", isDescending: true)),
      columns: 110)
    #expect(sorted.screen.contains("Adds↓") && sorted.screen.contains("/tenant"))
    var run = Driver(Self.content(), options: ConsoleOptions(run: .step(77)), columns: 110)
    #expect(run.cursorLine.contains("! sync-errors"))
    run.press("Down Up")
    #expect(run.cursorLine.contains("! sync-errors"))
    let gone = Driver(Self.content(), options: ConsoleOptions(run: .step(9999)), columns: 110)
    #expect(gone.cursorLine.contains("21:23"))
    #expect(gone.screen.contains("There is no step 9999; these are the newest"))
    let byRun = Driver(Self.content(), options: ConsoleOptions(run: .run(42)), columns: 110)
    #expect(byRun.state.screen.model.copyText == "tenant Full Import")
    #expect(RunReference("c3") == .cycle(3) && RunReference("x") == nil)
  }

  @Test("A sorted list takes part in what is committed: values at once, its order anew")
  func fresh() {
    var driver = Driver(Self.content(), columns: 110)
    driver.press("o a")
    driver.store.content.withLock {
      $0.operations.insert(Fixture.operation(601, adds: 9999), at: 0)
      $0.counter += 1
    }
    driver.wait(1)
    driver.press("g")
    #expect(driver.cursorLine.contains("9,999"))
  }
}
