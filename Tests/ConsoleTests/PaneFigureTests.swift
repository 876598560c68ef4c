import Cells
import Directory
import Synchronization
import TestSupport
import Testing

@testable import Console
@testable import SyncStore

@Suite("Figures beside the tables")
struct PaneFigureTests {
  private static let groups: [CounterGroup] = [
    .discovery, .staging, .inbound, .outbound("tenant"), .export,
  ]

  private func counters(_ random: inout SeededRandom) -> [CounterRow] {
    Self.groups.flatMap { group in
      (0..<Int.random(in: 1...5, using: &random)).map { number in
        CounterRow(
          group: group, name: "c\(number)" + (number == 4 ? "-failure" : ""),
          title: random.choose(["Adds", "Updates", "Deletes"]) + " of kind \(number)",
          count: random.choose([0, 0, 1, 12, 1234, 987_654_321]), hasDetail: random.chance(50))
      }
    }
  }

  /// The statistics as they stand in their pane, line by line.
  private func lines(_ driver: Driver) -> [String] {
    let (frame, hits) = Renderer(state: driver.state, size: driver.state.size).render()
    return hits.compactMap { hit in
      guard case .row(OperationsScreen.Pane.statistics.rawValue, _) = hit.target else { return nil }
      return frame.buffer.words(row: hit.rect.top, hit.rect.left..<hit.rect.right)
    }
  }

  @Test(
    "The statistics of a step are its counters that are not zero, each with its figure",
    arguments: 1...6)
  func statistics(seed: Int) {
    var random = SeededRandom(scattering: seed)
    let counters = counters(&random)
    var content = Fixture.content()
    content.counters = [5: counters]
    for (columns, rows) in [(80, 60), (200, 80), (60, 70), (40, 60)] {
      var driver = Driver(content, columns: columns, rows: rows)
      driver.press("Tab Home")
      var wanted: [(String, String)] = []
      for group in Self.groups {
        let shown = counters.filter { $0.group == group && $0.count > 0 }
        if !shown.isEmpty { wanted.append((group.title, "")) }
        wanted += shown.map { ($0.title, Naive.grouped($0.count)) }
      }
      let lines = lines(driver)
      #expect(lines.count == min(wanted.count, lines.count) && !lines.isEmpty)
      for (line, (title, figure)) in zip(lines, wanted) {
        #expect(line.hasPrefix(title) && line.hasSuffix(figure), "\(columns): \(line)")
      }
    }
  }

  @Test("A step whose counters are all zero says so, and has nothing to open")
  func zero() {
    var content = Fixture.content()
    content.counters = [5: [Fixture.counter(.export, "export-add", "Adds", 0)]]
    var driver = Driver(content, columns: 100)
    driver.press("Tab Enter")
    #expect(driver.screen.contains("Every counter is zero."))
    #expect(driver.state.screen.model.scope == .operations)
  }

  @Test(
    "The head of a list says how many rows there are, as many as the store has",
    arguments: [TableKind.objects, .metaverse, .batches, .passwords, .family, .events])
  func counts(kind: TableKind) {
    for count in [0, 1, 2, 57, 199] where count > 0 || kind != .family {
      let driver = kind.driver(Array(1..<count + 1), columns: 130)
      let noun: (one: String, many: String) =
        switch kind {
        case .batches: ("batch", "batches")
        case .passwords: ("account", "accounts")
        case .family: ("error", "errors")
        case .events: ("event", "events")
        default: ("object", "objects")
        }
      let words = count == 1 ? "1 " + noun.one : "\(count) " + noun.many
      #expect(driver.screen.contains("  " + words), "\(kind): \(words)")
    }
  }

  @Test("A narrowed list counts what passes, and users how many of how many", arguments: 1...3)
  func narrowed(seed: Int) {
    var random = SeededRandom(scattering: seed)
    let numbers = (1...150).filter { _ in random.chance(60) }
    for word in ["n0001", "7", "00", "zzz"] {
      let passing = numbers.count { TableKind.label($0).contains(word) }
      for (kind, text) in [
        (TableKind.objects, passing == 1 ? "1 object" : "\(passing) objects"),
        (.users, "\(passing) of \(numbers.count) users"),
        (.passwords, passing == 1 ? "1 account" : "\(passing) accounts"),
      ] {
        var driver = kind.driver(numbers, columns: 130)
        driver.press("/")
        driver.type("name:" + word)
        driver.press("Enter")
        #expect(driver.screen.contains(text), "\(kind) \(word)")
        #expect(driver.screen.contains("/name:" + word))
      }
    }
  }

  @Test("The header of the users adds up to all of them", arguments: 1...4)
  func users(seed: Int) {
    var random = SeededRandom(scattering: seed)
    var content = Fixture.content()
    content.users = (1...Int.random(in: 1...90, using: &random)).map {
      Fixture.user(Int64($0), "User \($0)", random.choose(UserRow.State.allCases))
    }
    var driver = Driver(content, columns: 120)
    driver.press("4")
    for state in UserRow.State.allCases {
      let count = content.users.count { $0.state == state }
      #expect(
        driver.screen.contains(state.rawValue + " \(count) ")
          || driver.screen.contains(state.rawValue + " \(count)\n"), "\(state)")
    }
    #expect(
      driver.screen.contains(content.users.count == 1 ? "1 user " : "\(content.users.count) users"))
    // Each state by f shows as many as its figure says.
    for state in UserRow.State.allCases {
      driver.press("f")
      let count = content.users.count { $0.state == state }
      #expect(driver.screen.contains("\(count) of "), "\(state)")
      guard case .users(let screen) = driver.state.screen else { return }
      #expect(screen.list.count == count && screen.state == state)
    }
  }

  @Test("What a channel has of each status adds up to its accounts", arguments: 1...4)
  func channel(seed: Int) {
    var random = SeededRandom(scattering: seed)
    var content = Fixture.passwordContent()
    var counts: [PasswordStatus: Int] = [:]
    for status in random.some(PasswordStatus.allCases, percent: 50) {
      counts[status] = random.choose([0, 1, 77, 12_345])
    }
    content.channels[0].byStatus = counts
    var driver = Driver(content, columns: 300, rows: 30)
    driver.press("5")
    let total = counts.values.reduce(0, +)
    #expect(driver.screen.contains(Naive.grouped(total) + (total == 1 ? " account" : " accounts")))
    for status in PasswordStatus.allCases {
      let figure = "  " + status.rawValue + " " + Naive.grouped(counts[status] ?? 0)
      #expect(driver.screen.contains(figure) == (counts[status] ?? 0 > 0), "\(figure)")
    }
  }

  @Test("What a connector holds stands below the table in words, each figure that is not zero")
  func connector() {
    var content = Fixture.content()
    for (held, changes, errors, filtered) in [
      (0, 0, 0, 0), (1, 0, 1, 2), (37, 12, 5, 0), (0, 1, 0, 1),
    ] {
      content.connectors[0].heldDeletes = held
      content.connectors[0].heldChanges = changes
      content.connectors[0].openErrors = errors
      content.connectors[0].objectsInError = errors
      content.connectors[0].filtered = filtered
      content.status.heldDeletesByConnector = [:]
      var driver = Driver(content, columns: 120, rows: 40)
      driver.press("2")
      #expect(driver.screen.contains("1,007 objects: 1,004 connectors, 3 disconnectors"))
      #expect(driver.screen.contains(", of which \(filtered) filtered") == (filtered > 0))
      let words = held == 1 ? "1 delete held back" : "\(held) deletes held back"
      #expect(driver.screen.contains(words) == (held > 0))
      #expect(driver.screen.contains("other change") == (held > 0 && changes > 0))
      #expect(driver.screen.contains("held back; H") == (changes > 0))
      let errorWords = errors == 1 ? "1 open error" : "\(errors) open errors"
      let detail = driver.screen.split(separator: "\n").dropFirst(8).joined(separator: "\n")
      #expect(detail.contains(errorWords) == (errors > 0))
    }
  }

  @Test("The values that came and went are counted by hand", arguments: 1...12)
  func deltas(seed: Int) {
    var random = SeededRandom(scattering: seed)
    let pool = (1...12).map { AttributeValue.string("value-\($0 + 10)") }
    let (before, after) = (random.some(pool), random.some(pool))
    guard before.count > 1 || after.count > 1 else { return }
    var content = Fixture.content()
    content.deltas = [1: [AttributeDelta(name: "keywords", before: before, after: after)]]
    var driver = Driver(content, columns: 100, rows: 50)
    driver.press("Tab Up Enter Enter")
    let added = after.filter { !before.contains($0) }
    let removed = before.filter { !after.contains($0) }
    let kept = before.count - removed.count
    let total = after.count == 1 ? "1 value" : "\(after.count) values"
    #expect(
      driver.screen.contains(
        "\(total) (\(added.count) added, \(removed.count) removed, \(kept) kept)"))
    for value in pool {
      #expect(driver.screen.contains("+ \(value.text)") == added.contains(value))
      #expect(driver.screen.contains("- \(value.text)") == removed.contains(value))
    }
  }

  @Test("What runs is shown with as much as it has done, at any width", arguments: 1...6)
  func progress(seed: Int) {
    var random = SeededRandom(scattering: seed)
    for columns in [40, 60, 80, 120, 200] {
      let total = random.choose([nil, 1, 1000, 12_345_678])
      let done = Int.random(in: 0...(total ?? 5000), using: &random)
      let rate = random.choose([0.0, 0.5, 12, 4321])
      var content = Fixture.content()
      content.progress = RunProgress(
        step: Fixture.operation(9, result: "in-progress", errors: random.choose([0, 1, 12])),
        phase: "", done: done, total: total, rate: rate)
      let driver = Driver(content, columns: columns)
      let lines = driver.screen.split(separator: "\n", omittingEmptySubsequences: false)
      let line = String(lines[22])
      let figure = Naive.grouped(done) + (total.map { "/" + Naive.grouped($0) } ?? "")
      #expect(line.hasPrefix("▶ Full Import") && line.contains(" " + figure), "\(columns): \(line)")
      if columns >= 120 {
        let left = total.map { Double($0 - done) / rate }
        #expect(line.contains(" left") == (left != nil && rate > 0))
        #expect(line.contains("/s") == (rate > 0))
        #expect(line.contains("error") == (content.progress?.step.errors ?? 0 > 0))
      }
    }
  }
}
