import Cells
import Directory
import TestSupport
import Testing

@testable import Console

@Suite("Both ends of a table, and the pages between them")
struct PagingTests {
  /// Sizes of the terminal, and numbers of rows that are less than a page, a few pages, and more than
  /// is read at once.
  private static let sizes: [(columns: Int, rows: Int, counts: [Int])] = [
    (80, 24, [1, 33]), (40, 10, [11]), (200, 60, [70]), (61, 13, [14]),
  ]

  /// A console with a table of so many rows; nil where it has no room for the rows' labels.
  private func driver(_ kind: TableKind, _ count: Int, _ size: Size) -> Driver? {
    // The store gives all connectors at once, and nobody has as many as a page holds.
    guard kind != .connectors || count < 200 else { return nil }
    let driver = kind.driver(1...count, columns: size.columns, rows: size.rows)
    return kind.sheet(driver).width(kind.field) >= 6 ? driver : nil
  }

  /// The label of the row under the cursor.
  private func selected(_ kind: TableKind, _ driver: Driver) -> String {
    let sheet = kind.sheet(driver)
    return sheet.selected.map { sheet.cell(kind.field, $0) } ?? "none"
  }

  /// Presses a key until it moves nothing any more; the labels that were to be seen, in their order.
  private func walk(
    _ kind: TableKind, _ driver: inout Driver, _ key: String, _ labels: [String]
  ) -> Set<String> {
    var seen: Set<String> = []
    for _ in 0..<labels.count + 2 {
      let shown = kind.sheet(driver).column(kind.field)
      let first = labels.firstIndex(of: shown.first ?? "") ?? 0
      #expect(shown == Array(labels[first...].prefix(shown.count)), "\(kind) \(key)")
      seen.formUnion(shown)
      let before = selected(kind, driver)
      #expect(shown.contains(before), "\(kind) \(key)")
      driver.press(key)
      if selected(kind, driver) == before { break }
    }
    return seen
  }

  @Test(
    "Page by page every row is to be seen, down to the last one and back to the first",
    arguments: TableKind.allCases)
  func pages(kind: TableKind) {
    for (columns, rows, count) in Self.sizes.flatMap({ size in
      size.counts.map { (size.columns, size.rows, $0) }
    }) {
      guard var driver = driver(kind, count, Size(columns: columns, rows: rows)) else { continue }
      let labels = kind.labels(Array(1...count))
      #expect(walk(kind, &driver, "PgDn", labels) == Set(labels), "\(count) down")
      #expect(selected(kind, driver) == labels.last, "\(count)")
      #expect(walk(kind, &driver, "PgUp", labels) == Set(labels), "\(count) up")
      #expect(selected(kind, driver) == labels.first, "\(count)")
    }
  }

  @Test(
    "The keys for the ends lead to the ends, and no further", arguments: TableKind.allCases)
  func ends(kind: TableKind) {
    for count in [1, 3, 403] {
      guard var driver = driver(kind, count, Size(columns: 80, rows: 24)) else { continue }
      let labels = kind.labels(Array(1...count))
      for (keys, wanted) in [
        ("End", labels.last), ("Down", labels.last), ("PgDn", labels.last), ("Home", labels.first),
        ("Up", labels.first), ("PgUp", labels.first), ("G", labels.last), ("j", labels.last),
        ("Space", labels.last), ("g", labels.first), ("k", labels.first), ("C-b", labels.first),
      ] {
        driver.press(keys)
        #expect(selected(kind, driver) == wanted, "\(keys) of \(count)")
      }
    }
  }

  @Test(
    "A line up or down is one row, wherever one is, and pages go back as far as they went",
    arguments: TableKind.allCases)
  func lines(kind: TableKind) {
    var random = SeededRandom(seed: 3)
    let count = Int.random(in: 150...199, using: &random)
    guard var driver = driver(kind, count, Size(columns: 80, rows: 24)) else { return }
    let labels = kind.labels(Array(1...count))
    var place = 0
    var page = 0
    for step in 0..<30 {
      let key = random.choose(["Down", "Down", "Up", "PgDn", "PgUp", "Home", "End"])
      driver.press(key)
      let now = labels.firstIndex(of: selected(kind, driver)) ?? -1
      switch key {
      case "Down": #expect(now == min(place + 1, count - 1), "step \(step)")
      case "Up": #expect(now == max(place - 1, 0), "step \(step)")
      case "Home": #expect(now == 0)
      case "End": #expect(now == count - 1)
      default:
        // Pages are of one length, but where an end is nearer.
        let moved = abs(now - place)
        if now > 0, now < count - 1 {
          if page == 0 { page = moved }
          #expect(moved == page && moved > 0, "step \(step)")
        }
        #expect(key == "PgDn" ? now >= place : now <= place, "step \(step)")
      }
      place = now
    }
  }

  @Test("A table without rows has no selection, and moves nowhere", arguments: TableKind.allCases)
  func empty(kind: TableKind) {
    // Without errors nothing leads to their lists.
    guard kind != .errors, kind != .family else { return }
    var driver = kind.driver([])
    // But for what counts down, and how long ago something was.
    func body() -> [Substring] {
      driver.screen.split(separator: "\n").dropFirst().filter { !$0.contains(" ago") }
    }
    let before = body()
    for key in ["Down", "Up", "PgDn", "PgUp", "Home", "End", "m", "Enter", "y"] {
      driver.press(key)
      #expect(kind.sheet(driver).indices.isEmpty, "\(key)")
      driver.send(.tick(driver.state.now.adding(seconds: 16)))
    }
    #expect(body() == before)
    #expect(driver.effects.allSatisfy { if case .save = $0 { true } else { false } })
  }

  @Test(
    "Over the end of a page the rows follow each other as anywhere else",
    arguments: [TableKind.operations, .objects, .users, .events])
  func seam(kind: TableKind) {
    guard var driver = driver(kind, 410, Size(columns: 80, rows: 24)) else { return }
    let labels = kind.labels(Array(1...410))
    for _ in 0..<194 { driver.press("Down") }
    for place in 195..<206 {
      driver.press("Down")
      #expect(selected(kind, driver) == labels[place])
    }
    for place in (195..<205).reversed() {
      driver.press("Up")
      #expect(selected(kind, driver) == labels[place])
    }
  }
}
