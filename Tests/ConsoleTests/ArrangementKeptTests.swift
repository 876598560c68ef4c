import Cells
import Directory
import Synchronization
import TestSupport
import Testing

@testable import Console
@testable import SyncStore

@Suite("What of a table's arrangement is kept")
struct ArrangementKeptTests {
  private func settings(_ driver: Driver) -> TableSettings {
    driver.state.screen.model.tableInfo?.settings ?? TableSettings()
  }

  /// What the next console would begin with.
  private func kept(_ driver: Driver) -> TableSettings {
    driver.state.tables[driver.state.screen.model.scope.rawValue] ?? TableSettings()
  }

  /// What was written down last.
  private func saved(_ driver: Driver) -> ConsolePreferences? {
    driver.effects.reversed().lazy.compactMap { effect in
      if case .save(let preferences) = effect { preferences } else { nil }
    }.first
  }

  @Test(
    "Esc takes back all that was done in the choice of columns, also for the next console",
    arguments: ViewID.allCases)
  func leave(view: ViewID) {
    for keys in ["o", "o o", "Down o", "Space", "J", "> > >", "o Space K", "Down > o J", "0 o"] {
      var driver = Places.driver(String(view.digit), columns: 120)
      let before = driver.screen
      driver.press("C")
      driver.press(keys)
      driver.press("Esc")
      driver.state.toast = nil
      #expect(settings(driver) == TableSettings(), "\(keys)")
      #expect(kept(driver) == TableSettings(), "\(keys)")
      #expect(saved(driver)?.tables ?? [:] == [:], "\(keys)")
      #expect(driver.screen == before, "\(keys)")
    }
  }

  @Test("Enter keeps what was chosen there, and u takes it back", arguments: ViewID.allCases)
  func keep(view: ViewID) {
    for keys in ["Down Space", "J", "> > >", "Down > Space K"] {
      var driver = Places.driver(String(view.digit), columns: 120)
      driver.press("C")
      driver.press(keys)
      driver.press("Enter")
      #expect(settings(driver) != TableSettings(), "\(keys)")
      #expect(kept(driver) == settings(driver))
      #expect(saved(driver)?.tables[driver.state.screen.model.scope.rawValue] == settings(driver))
      driver.press("u")
      #expect(settings(driver) == TableSettings() && kept(driver) == TableSettings(), "\(keys)")
    }
  }

  @Test(
    "Columns that a file names and no table has leave the usual ones", arguments: ViewID.allCases)
  func unknown(view: ViewID) throws {
    let usual = Sheet(Places.driver(String(view.digit), columns: 160)).fields
    for columns in [["gone"], ["gone", "also-gone"], [""]] {
      var settings = TableSettings()
      settings.columns = columns
      let scope = Screen.root(of: view).model.scope.rawValue
      var driver = Places.driver(
        String(view.digit), columns: 160, options: ConsoleOptions(tables: [scope: settings]))
      #expect(Sheet(driver).fields == usual, "\(columns)")
      // The choice of columns begins with what is shown.
      driver.press("C")
      guard case .columns(let picker)? = driver.state.overlay else {
        Issue.record("no choice of columns")
        continue
      }
      #expect(Array(picker.fields.prefix(1)) == Array(usual.prefix(1)))
    }
    var settings = TableSettings()
    settings.columns = ["gone", usual[1], "gone too", usual[0]]
    let scope = Screen.root(of: view).model.scope.rawValue
    let driver = Places.driver(
      String(view.digit), columns: 160, options: ConsoleOptions(tables: [scope: settings]))
    #expect(Sheet(driver).fields == [usual[1], usual[0]])
  }

  /// What a person does to a table, in keys.
  private static func change(_ random: inout SeededRandom, _ fields: [String]) -> [String] {
    let field = random.choose(fields)
    switch Int.random(in: 0..<7, using: &random) {
    case 0: return [":", "sort " + field]
    case 1: return [":", "sort " + field + ":desc"]
    case 2: return [":", "sort"]
    case 3: return [":", "filter " + random.choose(["a", "e", "!x", "ann", "CN"])]
    case 4: return [":", "columns " + random.some(fields, percent: 40).joined(separator: ",")]
    case 5: return [":", "filter"]
    default: return [":", "columns"]
    }
  }

  @Test(
    "u goes back through all changes one by one, and U forward again, as on a stack",
    arguments: ViewID.allCases.filter { $0 != .passwords })
  func stack(view: ViewID) throws {
    var random = SeededRandom(scattering: view.rawValue.count)
    var driver = Places.driver(String(view.digit), columns: 120)
    let columns = try #require(driver.state.screen.model.tableInfo?.columns.map(\.field))
    var past: [TableSettings] = []
    var future: [TableSettings] = []
    for step in 0..<30 {
      let before = settings(driver)
      switch random.choose(["change", "change", "back", "forward"]) {
      case "back":
        driver.press("u")
        if let wanted = past.popLast() {
          future.append(before)
          #expect(settings(driver) == wanted, "step \(step)")
        } else {
          #expect(settings(driver) == before)
          #expect(driver.state.toast?.text.hasPrefix("Undo: ") == true)
        }
      case "forward":
        driver.press("U")
        if let wanted = future.popLast() {
          past.append(before)
          #expect(settings(driver) == wanted, "step \(step)")
        } else {
          #expect(settings(driver) == before)
          #expect(driver.state.toast?.text.hasPrefix("Redo: ") == true)
        }
      default:
        let keys = Self.change(&random, columns)
        driver.press(keys[0])
        driver.type(keys[1])
        driver.press("Enter")
        // The same settings once more are no step of their own.
        if past.last != before, driver.state.toast?.role != .toastError {
          past.append(before)
          future = []
        }
      }
      #expect(kept(driver) == settings(driver), "step \(step)")
    }
  }

  @Test("What is typed counts at once, and only what was entered is a step to take back")
  func typing() {
    var driver = Places.driver("4", columns: 120)
    driver.press("/")
    for (letter, users) in [("o", 4), ("z", 1)] {
      driver.type(letter)
      #expect(Sheet(driver).indices.count == users)
      #expect(kept(driver) == TableSettings())
    }
    driver.press("Enter")
    #expect(kept(driver).text == "oz")
    driver.press("u")
    #expect(settings(driver).text.isEmpty && kept(driver) == TableSettings())
    driver.press("U")
    #expect(settings(driver).text == "oz")
  }

  @Test("A list that was opened from another keeps its order, and forgets what narrowed it")
  func nested() {
    var driver = Places.driver("2 Enter", columns: 120)
    for line in ["sort name:desc", "filter ann"] {
      driver.press(":")
      driver.type(line)
      driver.press("Enter")
    }
    #expect(kept(driver).text.isEmpty && kept(driver).sort == ListSort("name", isDescending: true))
    driver.press("Esc Enter")
    #expect(settings(driver).text.isEmpty)
    #expect(settings(driver).sort == ListSort("name", isDescending: true))
  }

  @Test("A width that was chosen is the one that is shown, as long as there is room for it")
  func widths() {
    var driver = Places.driver("4", columns: 160)
    let usual = Sheet(driver).width("upn")
    driver.press("C Down > > > > > Enter")
    #expect(kept(driver).widths["upn"].map { $0 > 0 } == true)
    let chosen = settings(driver).widths["upn"] ?? 0
    #expect(Sheet(driver).width("upn") == chosen && chosen != usual)
    // A width that the whole screen has no room for is cut to that.
    var huge = TableSettings()
    huge.widths = ["upn": 200, "name": 200]
    let narrow = Places.driver("4", options: ConsoleOptions(tables: ["users": huge]))
    let sheet = Sheet(narrow)
    #expect(!sheet.fields.isEmpty)
    #expect(sheet.fields.allSatisfy { (sheet.headings[$0]?.right ?? 0) <= 80 })
  }
}
