import Cells
import Directory
import TestSupport
import Testing

@testable import Console
@testable import SyncStore

@Suite("Menus at any size")
struct MenuTests {
  /// The keys that lead to a menu.
  private static let menus = ["M", "T", "2 r", "2 Down r", "2 Enter s", "5 r", "4 o", "7 o", "1 o"]

  private func menu(_ driver: Driver) -> Menu? {
    guard case .menu(let menu)? = driver.state.overlay else { return nil }
    return menu
  }

  /// The row under the menu's cursor.
  private func selected(_ driver: Driver) -> String? {
    let buffer = Console.view(driver.state, size: driver.state.size).buffer
    for row in 0..<buffer.size.rows {
      let cells = Array(buffer.row(row))
      guard let left = cells.firstIndex(where: { $0.text == "│" && $0.style.role == .borderFocus }),
        let right = cells.lastIndex(where: { $0.text == "│" && $0.style.role == .borderFocus }),
        left + 2 < right, cells[left + 2].style.isSelected
      else { continue }
      return buffer.words(row: row, left + 1..<right)
    }
    return nil
  }

  @Test("Each thing of a menu is reached by the arrows and is to be seen then", arguments: menus)
  func reached(keys: String) throws {
    for (columns, rows) in [(80, 24), (40, 10), (200, 60), (55, 14)] {
      var driver = Places.driver(keys, columns: columns, rows: rows)
      let all = try #require(menu(driver)).items
      driver.press("Home")
      for (index, item) in all.enumerated() {
        let line = selected(driver) ?? ""
        #expect(
          line.hasPrefix(String(item.key) + "  " + item.title.prefix(columns - 12)), "\(line)")
        #expect(menu(driver)?.selected == index)
        driver.press("Down")
      }
      #expect(menu(driver)?.selected == all.count - 1)
      driver.press("Up")
      #expect(menu(driver)?.selected == max(0, all.count - 2))
      driver.press("End Down Home Up")
      #expect(menu(driver)?.selected == 0)
    }
  }

  @Test("A letter does the same as going there and pressing Enter", arguments: menus)
  func letters(keys: String) throws {
    let there = Places.driver(keys)
    let all = try #require(menu(there)).items
    #expect(Set(all.map(\.key)).count == all.count)
    for (index, item) in all.enumerated() {
      var (one, other) = (there, there)
      one.type(String(item.key))
      other.press("Home")
      for _ in 0..<index { other.press("Down") }
      other.press("Enter")
      #expect(one.state.overlay == other.state.overlay || item.reason != nil, "\(item.title)")
      #expect(one.effects == other.effects && one.state.toast == other.state.toast)
      #expect(one.state.screen == other.state.screen, "\(item.title)")
    }
  }

  @Test("What can't be chosen now says why, and does nothing", arguments: ["M", "T", "2 r", "5 r"])
  func reasons(keys: String) throws {
    let there = Places.driver(keys, options: ConsoleOptions(readOnly: true))
    // Where the key itself is refused there is no menu.
    guard let menu = menu(there) else {
      #expect(there.state.toast?.text.contains("read-only") == true)
      return
    }
    for item in menu.items {
      let reason = try #require(item.reason, "\(item.title)")
      var driver = there
      driver.type(String(item.key))
      #expect(driver.state.toast?.text == item.title + ": " + reason)
      #expect(driver.effects.allSatisfy { !$0.isOfEngine })
    }
  }

  @Test("A key that chooses nothing leaves the menu as it is, q and Esc leave it", arguments: menus)
  func others(keys: String) throws {
    let there = Places.driver(keys)
    let own = try #require(menu(there))
    for key in ["Tab", "PgUp", "Left", "F5", "C-a", "%", "é"] {
      var driver = there
      driver.press(key)
      #expect(menu(driver) == own && driver.effects == there.effects, "\(key)")
    }
    for key in ["Esc", "q"] {
      var driver = there
      driver.press(key)
      #expect(driver.state.overlay == nil && driver.effects == there.effects, "\(key)")
    }
  }

  @Test("Names in wide letters are whole where the screen has room for them")
  func wide() throws {
    let name = String(repeating: "欧", count: 12) + ".test"
    var content = Places.content()
    content.connectors[0].name = name
    let driver = Places.driver("2 r", content, columns: 100)
    #expect(driver.screen.contains(" Run on " + name + " "))
    var searches: [String: String] = [:]
    for number in 1...4 { searches["\(number)" + name] = "department=" + name }
    var other = Places.driver(
      "3", columns: 100, options: ConsoleOptions(searches: searches))
    other.press("s")
    for (search, text) in searches { #expect(other.screen.contains(search + "  " + text)) }
  }

  @Test(
    "Each search that was kept can be chosen, however many there are",
    arguments: [0, 1, 26, 40, 60])
  func searches(count: Int) throws {
    var searches: [String: String] = [:]
    for number in 100..<100 + count { searches["search \(number)"] = "text \(number)" }
    var driver = Places.driver("3", options: ConsoleOptions(searches: searches))
    driver.press("s")
    let all = try #require(menu(driver)).items
    #expect(all.map(\.title) == searches.keys.sorted())
    #expect(Set(all.map(\.key)).count == count)
    guard let last = all.last else {
      #expect(driver.screen.contains("No search is kept yet"))
      return
    }
    driver.type(String(last.key))
    #expect(driver.state.screen.model.filterText == searches[last.title])
  }

  @Test("A table is sorted by what the menu of sorting names, and back to its usual order by 0")
  func sorting() throws {
    for keys in ["1", "2", "3", "4", "5", "7", "6"] {
      let there = Places.driver(keys)
      let info = try #require(there.state.screen.model.tableInfo)
      for field in info.fields.map(\.name) {
        var driver = there
        driver.press("o")
        let items = try #require(menu(driver)).items
        let item = try #require(items.first { $0.choice == .sort(field) }, "\(field)")
        driver.type(String(item.key))
        #expect(driver.state.screen.model.tableInfo?.sort?.field == field, "\(keys) \(field)")
        driver.press("o 0")
        #expect(driver.state.screen.model.tableInfo?.settings == TableSettings())
      }
    }
  }
}
