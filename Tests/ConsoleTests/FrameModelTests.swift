import Cells
import Directory
import TestSupport
import Testing

@testable import Console
@testable import SyncStore

@Suite("The first line, the tabs and the hints at every width")
struct FrameModelTests {
  /// Things that the header may have to tell, each with its words in full and in short.
  private struct Told: Sendable {
    var full: String
    var short: String
    /// In the fewest words.
    var least = "not told in fewer words"
    var put: @Sendable (inout EngineStatus) -> Void
  }

  private static let all = [
    Told(full: "staging", short: "staging") { $0.isStaging = true },
    Told(full: "configuration wrong", short: "conf. wrong") { $0.wrongConfiguration = "x" },
    Told(full: "2 held imports", short: "2 imp. held") { $0.heldImports = ["a", "b"] },
    Told(full: "37 held deletes", short: "37 del. held", least: "37 held") { $0.heldDeletes = 37 },
    Told(full: "1 held change", short: "1 chg. held") { $0.heldChanges = 1 },
    Told(full: "1,234 open errors", short: "1,234 errors", least: "1,234 err") {
      $0.openErrors = 1234
    },
    Told(full: "passwords refused", short: "passwords refused") { $0.passwords = .refused },
  ]

  private func line(_ told: [Told], _ columns: Int, _ row: Int = 0) -> String {
    var content = Fixture.content()
    content.status.openErrors = 0
    for item in told { item.put(&content.status) }
    return lines(Driver(content, columns: columns))[row]
  }

  private func lines(_ driver: Driver) -> [String] {
    driver.screen.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test(
    "What matters most stays where there is little room, and more room never tells less",
    arguments: 1...6)
  func monotone(seed: Int) {
    var random = SeededRandom(scattering: seed)
    let told = random.some(Self.all, percent: 60)
    var before = 0
    for columns in stride(from: 40, through: 220, by: 3) {
      let line = line(told, columns)
      #expect(line.hasPrefix(" Lockstep") && line.count <= columns)
      #expect(line.contains("idle"), "\(columns): \(line)")
      let shown = told.map { item in
        [item.full, item.short, item.least].contains { line.contains($0) }
      }
      // Those that are left out are the last ones.
      let count = shown.prefix { $0 }.count
      #expect(shown.dropFirst(count).allSatisfy { !$0 }, "\(columns): \(line)")
      #expect(count >= before, "\(columns): \(line)")
      before = count
    }
    #expect(before == told.count)
  }

  @Test("Nothing in the first line runs into anything else", arguments: 1...4)
  func apart(seed: Int) {
    var random = SeededRandom(scattering: 10 + seed)
    let told = random.some(Self.all)
    for columns in stride(from: 40, through: 200, by: 7) {
      let line = line(told, columns)
      // Between two things there are three blanks, between the product and its way two.
      let parts = line.split(separator: "   ").map { String($0).trimmed }.filter { !$0.isEmpty }
      let known = Set(told.flatMap { [$0.full, $0.short, $0.least] })
      for part in parts.dropFirst() {
        let isKnown =
          known.contains(part) || part.hasSuffix("idle") || part.hasPrefix("next ")
          || part.contains("tenant") || part.hasSuffix("…")
        #expect(isKnown, "\(columns): \(part)")
      }
    }
  }

  @Test(
    "The tabs of all views are there at every width, the one that is shown with its name",
    arguments: ViewID.allCases)
  func tabs(view: ViewID) {
    for columns in stride(from: 40, through: 140, by: 4) {
      let driver = Driver(options: ConsoleOptions(view: view), columns: columns)
      let (frame, hits) = Renderer(state: driver.state, size: driver.state.size).render()
      let tabs = hits.compactMap { hit -> (ViewID, Rect)? in
        guard case .tab(let view) = hit.target else { return nil }
        return (view, hit.rect)
      }
      #expect(tabs.map(\.0) == ViewID.allCases)
      for (one, next) in zip(tabs, tabs.dropFirst()) { #expect(one.1.right <= next.1.left) }
      for (tab, rect) in tabs where view != .operations || columns > 100 {
        let text = frame.buffer.words(row: 1, rect.left..<rect.right)
        #expect(text.hasPrefix(String(tab.digit)), "\(columns): \(text)")
        if tab == view { #expect(text == "\(tab.digit) \(tab.title)", "\(columns)") }
        #expect(rect.right <= columns)
      }
    }
  }

  @Test(
    "Hints are whole, each once, and help and quit are among them at every width",
    arguments: Scope.allCases)
  func hints(scope: Scope) throws {
    let there = Places.driver(try #require(Places.ways[scope]), columns: 200)
    for columns in stride(from: 40, through: 200, by: 16) {
      var driver = there
      driver.send(.input(.resize(Size(columns: columns, rows: 24))))
      let buffer = Console.view(driver.state, size: driver.state.size).buffer
      let line = buffer.text(row: 23)
      #expect(line.contains("? Help") && line.contains("q Quit"), "\(columns): \(line)")
      #expect(!line.contains("…"))
      let keys = buffer.styleRuns(row: 23).filter { $0.style.role == .key }
        .map { buffer.words(row: 23, $0.columns) }
      #expect(Set(keys).count == keys.count, "\(columns): \(line)")
      // What is hinted at as possible is not refused.
      for action in driver.state.actions where action.applies(in: scope) {
        let hint = action.keys[0].hint(driver.state.glyphs)
        guard keys.contains(hint), line.contains(" \(hint) \(action.title) ") else { continue }
        #expect(action.disabledReason(driver.state) == nil, "\(action.title)")
      }
    }
  }
}
