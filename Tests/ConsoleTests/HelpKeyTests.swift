import Cells
import Testing

@testable import Console

@Suite("Help, beside what the keys do")
struct HelpKeyTests {
  /// Every key that a keyboard has, as far as programs use them.
  private static let keyboard: [Key] = {
    var keys = (0x20...0x7E).compactMap { Unicode.Scalar($0).map { Key.character(Character($0)) } }
    keys += ["é", "ß", "日", "µ"].map { Key.character($0) }
    keys += [
      .up, .down, .left, .right, .pageUp, .pageDown, .home, .end, .enter, .escape, .tab, .backTab,
      .backspace, .delete, .insert,
    ].map { Key($0) }
    keys += (1...12).map { Key(.function($0)) }
    keys += "abcdefghijklmnopqrstuvwxyz".map { Key(.character($0), control: true) }
    return keys
  }()

  /// The keys that the help lists, by the headings that they stand below.
  private func listed(_ driver: Driver) -> [String: Set<String>] {
    var driver = driver
    driver.send(.input(.resize(Size(columns: 120, rows: 400))))
    driver.press("?")
    let buffer = Console.view(driver.state, size: driver.state.size).buffer
    var part = ""
    var keys: [String: Set<String>] = [:]
    for row in 0..<buffer.size.rows {
      let cells = Array(buffer.row(row))
      if cells.contains(where: { $0.style.role == .header }) {
        part = words(cells) { $0 == .header }
      } else if cells.contains(where: { $0.style.role == .key }), row < buffer.size.rows - 1 {
        let names = words(cells) { $0 == .key }.split(separator: " ").map(String.init)
        keys[part, default: []].formUnion(names)
      }
    }
    return keys
  }

  private func words(_ cells: [Cell], _ isMeant: (Role) -> Bool) -> String {
    cells.filter { isMeant($0.style.role) }.map { $0.isRightHalf ? "" : $0.text }.joined().trimmed
  }

  @Test(
    "A key does something where the help lists it, and nowhere else", arguments: Scope.allCases)
  func complete(scope: Scope) {
    let driver = Places.driver(Places.ways[scope] ?? "")
    #expect(driver.state.screen.model.scope == scope)
    let help = listed(driver)
    let here = (help[scope.title] ?? []).union(help["Everywhere"] ?? [])
    #expect(here.count > 30)
    for key in Self.keyboard {
      var driver = driver
      driver.send(.input(.key(key)))
      let says = driver.state.toast?.text.hasPrefix("No key here: ") == true
      #expect(here.contains(key.name) != says, "\(key.name) in \(scope)")
      if says { #expect(driver.state.toast?.text.contains(": \(key.name); ") == true) }
    }
  }

  @Test("Each part of the help is there once, the one of what is shown first")
  func parts() {
    for scope in Scope.allCases {
      let driver = Places.driver(Places.ways[scope] ?? "")
      let titles = HelpText.lines(driver.state, width: 78).compactMap { line in
        line.first?.role == .header ? line.first?.text : nil
      }
      #expect(Set(titles).count == titles.count)
      let own = Action.all.filter { $0.scopes.contains(scope) }
      #expect(titles.first == (own.isEmpty ? "Everywhere" : scope.title))
      let all = Scope.allCases.filter { scope in Action.all.contains { $0.scopes.contains(scope) } }
      #expect(Set(titles) == Set(all.map(\.title) + ["Everywhere"]))
    }
  }

  @Test(
    "Help can be read to its last line at any size, page by page",
    arguments: [(40, 10), (80, 24), (200, 60)])
  func scrolls(columns: Int, rows: Int) {
    var driver = Places.driver("?", columns: columns, rows: rows)
    let all = HelpText.lines(driver.state, width: min(78, columns - 4))
      .map { $0.map(\.text).joined().trimmed }.filter { !$0.isEmpty }
    func shown() -> [String] {
      let buffer = Console.view(driver.state, size: driver.state.size).buffer
      return (0..<rows).compactMap { row in
        let sides = (0..<columns).filter {
          let cell = buffer[column: $0, row: row]
          return cell.text == "│" && cell.style.role == .borderFocus
        }
        guard sides.count == 2 else { return nil }
        return buffer.words(row: row, sides[0] + 1..<sides[1])
      }
    }
    var seen: Set<String> = []
    for _ in 0..<all.count {
      let lines = shown()
      seen.formUnion(lines)
      driver.press("PgDn")
      if shown() == lines { break }
    }
    for line in all { #expect(seen.contains { $0.hasPrefix(line.prefix(columns - 8)) }, "\(line)") }
    let last = shown()
    #expect(last.contains { $0.hasPrefix((all.last ?? "").prefix(columns - 8)) })
    driver.press("Up Down")
    #expect(shown() == last)
    driver.press("x")
    #expect(driver.state.overlay == nil && driver.state.toast == nil)
  }

  @Test(
    "A key that was chosen stands in the help, the line of hints and the words, the old one nowhere"
  )
  func chosen() {
    var keys = KeyBindings()
    for (action, names) in [
      ("full", ["F9"]), ("help", ["F1", "?"]), ("quit", ["C-q"]), ("held", ["F4"]), ("mark", ["+"]),
    ] { #expect(keys.bind(action, to: names) == nil) }
    let options = ConsoleOptions(keys: keys)
    let driver = Places.driver("1", columns: 200, rows: 60, options: options)
    #expect(driver.screen.contains(" F9 Full "))
    #expect(driver.screen.contains(" ^Q Quit") || driver.screen.contains(" C-q Quit"))
    let help = listed(driver)
    let here = (help["Everywhere"] ?? []).union(help["Operations"] ?? [])
    #expect(here.isSuperset(of: ["F9", "F1", "?", "C-q", "F4", "+"]))
    for old in ["F", "q", "H", "m"] {
      #expect(!here.contains(old), "\(old)")
      var driver = driver
      driver.press(old)
      #expect(driver.state.toast?.text.hasPrefix("No key here: \(old); ") == true)
    }
  }
}
