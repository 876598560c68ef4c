import Cells
import Directory
import Synchronization
import TestSupport
import Testing

@testable import Console

@Suite("The selection while rows come, go and change places")
struct SelectionTests {
  /// What the cursor stands on, and how many screen rows above it the table shows.
  private struct Stand: Equatable {
    var label: String
    var above: Int
  }

  private func stand(_ kind: TableKind, _ driver: Driver) -> Stand? {
    let sheet = kind.sheet(driver)
    guard let selected = sheet.selected else { return nil }
    return Stand(
      label: sheet.cell(kind.field, selected),
      above: sheet.indices.firstIndex(of: selected) ?? -1)
  }

  /// Moves the cursor to the row of a label; `labels` are those of all rows, in their order.
  private func go(
    to label: String, of labels: [String], _ kind: TableKind, _ driver: inout Driver
  ) {
    driver.press("Home")
    for _ in 0..<(labels.firstIndex(of: label) ?? 0) { driver.press("Down") }
    #expect(stand(kind, driver)?.label == label)
  }

  @Test(
    "Whatever comes and goes around it, the cursor stays on its row",
    arguments: TableKind.allCases, 1...2)
  func stays(kind: TableKind, seed: Int) {
    var random = SeededRandom(scattering: seed)
    var numbers = Array(100..<100 + Int.random(in: 8...60, using: &random))
    var driver = kind.driver(numbers)
    let own = random.choose(numbers.dropFirst().dropLast())
    go(to: TableKind.label(own), of: kind.labels(numbers), kind, &driver)
    for step in 0..<10 {
      let others = numbers.filter { $0 != own }
      numbers = random.some(others, percent: 80) + [own]
      let new = (0..<Int.random(in: 0...6, using: &random)).map { _ in
        Int.random(in: 1...300, using: &random)
      }
      numbers = Array(Set(numbers + new))
      kind.commit(numbers, to: &driver)
      #expect(stand(kind, driver)?.label == TableKind.label(own), "step \(step)")
      let sheet = kind.sheet(driver)
      let labels = kind.labels(numbers)
      let first = labels.firstIndex(of: sheet.column(kind.field).first ?? "") ?? 0
      #expect(
        sheet.column(kind.field) == Array(labels[first...].prefix(sheet.indices.count)),
        "step \(step)")
    }
  }

  @Test(
    "A row that goes hands the cursor to the one that stands in its place then",
    arguments: TableKind.allCases)
  func gone(kind: TableKind) {
    let numbers = Array(1...9)
    let labels = kind.labels(numbers)
    for place in [1, 4, 7] {
      var driver = kind.driver(numbers)
      go(to: labels[place], of: labels, kind, &driver)
      kind.commit(numbers.filter { TableKind.label($0) != labels[place] }, to: &driver)
      #expect(stand(kind, driver)?.label == labels[place + 1], "\(place)")
    }
    var driver = kind.driver(numbers)
    driver.press("End")
    kind.commit(numbers.filter { TableKind.label($0) != labels[8] }, to: &driver)
    #expect(stand(kind, driver)?.label == labels[7])
    kind.commit(numbers.filter { TableKind.label($0) == labels[2] }, to: &driver)
    #expect(stand(kind, driver)?.label == labels[2])
  }

  @Test(
    "Where the newest comes first, the cursor at the top goes with it, and nowhere else",
    arguments: TableKind.allCases)
  func newest(kind: TableKind) {
    var driver = kind.driver(1...20)
    let first = kind.labels(Array(1...20))[0]
    kind.commit(Array(1...22), to: &driver)
    let wanted = kind.followsTop ? TableKind.label(22) : first
    #expect(stand(kind, driver) == Stand(label: wanted, above: 0))
    driver.press("Down")
    let second = stand(kind, driver)
    kind.commit(Array(1...25), to: &driver)
    #expect(stand(kind, driver)?.label == second?.label)
  }

  @Test(
    "A sorted table keeps the cursor on its row when that moves to another place",
    arguments: TableKind.allCases.filter { $0 != .connectors })
  func sorted(kind: TableKind) {
    var random = SeededRandom(seed: 5)
    let isDescending = !kind.isNewestFirst
    var numbers = Array(100...130)
    var driver = kind.driver(numbers)
    driver.press(":")
    driver.type("sort " + kind.field + (isDescending ? ":desc" : ""))
    driver.press("Enter")
    func order(_ numbers: [Int]) -> [String] {
      let labels = numbers.sorted().map(TableKind.label)
      return isDescending ? labels.reversed() : labels
    }
    go(to: TableKind.label(115), of: order(numbers), kind, &driver)
    for step in 0..<8 {
      numbers = random.some(numbers.filter { $0 != 115 }, percent: 75) + [115]
      numbers += (0..<5).map { _ in Int.random(in: 1...400, using: &random) }
      numbers = Array(Set(numbers))
      kind.commit(numbers, to: &driver)
      let sheet = kind.sheet(driver)
      #expect(stand(kind, driver)?.label == TableKind.label(115), "step \(step)")
      let labels = order(numbers)
      let first = labels.firstIndex(of: sheet.column(kind.field).first ?? "") ?? 0
      #expect(
        sheet.column(kind.field) == Array(labels[first...].prefix(sheet.indices.count)),
        "step \(step)")
    }
  }

  @Test(
    "What is opened is what the cursor stood on, though rows came before the key did",
    arguments: [TableKind.objects, .users, .metaverse, .events, .passwords, .family, .changes])
  func opened(kind: TableKind) {
    var driver = kind.driver(10...30)
    // Of an error what is shown is its object's, where that is known.
    driver.store.content.withLock { $0.details = [:] }
    go(to: TableKind.label(17), of: kind.labels(Array(10...30)), kind, &driver)
    // Other rows are committed, and the console has not heard of it.
    driver.store.content.withLock {
      kind.fill(&$0, Array(1...17))
      $0.counter += 1
    }
    driver.press("Enter")
    #expect(driver.screen.contains(TableKind.label(17)))
    #expect(!driver.screen.contains(TableKind.label(16)))
    driver.press("Esc")
    driver.send(.tick(driver.state.now.adding(seconds: 1)))
    #expect(stand(kind, driver)?.label == TableKind.label(17))
  }

  @Test(
    "A narrowed table keeps its cursor, and rows that do not pass stay away",
    arguments: TableKind.allCases)
  func narrowed(kind: TableKind) {
    var random = SeededRandom(seed: 8)
    var numbers = Array(100...150)
    var driver = kind.driver(numbers)
    driver.press("/")
    // Labels with a 3 in them.
    driver.type(kind.field + ":3")
    driver.press("Enter")
    func passing(_ numbers: [Int]) -> [String] {
      kind.labels(numbers).filter { $0.contains("3") }
    }
    #expect(Set(kind.sheet(driver).column(kind.field)).isSubset(of: passing(numbers)))
    go(to: TableKind.label(133), of: passing(numbers), kind, &driver)
    for step in 0..<8 {
      numbers = random.some(numbers.filter { $0 != 133 }, percent: 70) + [133]
      numbers = Array(Set(numbers + (0..<9).map { _ in Int.random(in: 1...400, using: &random) }))
      kind.commit(numbers, to: &driver)
      #expect(stand(kind, driver)?.label == TableKind.label(133), "step \(step)")
      #expect(
        Set(kind.sheet(driver).column(kind.field)).isSubset(of: passing(numbers)), "step \(step)")
    }
  }

  @Test("Marks stay on their objects while rows come and go", arguments: TableKind.allCases)
  func marks(kind: TableKind) {
    var driver = kind.driver(100...112, columns: 100, rows: 70)
    let labels = kind.labels(Array(100...112))
    for place in [2, 5, 9] {
      go(to: labels[place], of: labels, kind, &driver)
      driver.press("m")
    }
    func marked() -> [String] {
      let sheet = kind.sheet(driver)
      return sheet.indices.filter { !sheet.cell("", $0).isEmpty }
        .map { sheet.cell(kind.field, $0) }
    }
    let chosen = [2, 5, 9].map { labels[$0] }
    #expect(marked() == chosen)
    let numbers = [97, 98, 99] + Array(100...112) + [113, 114]
    kind.commit(numbers, to: &driver)
    driver.press("Home")
    #expect(marked() == chosen)
    driver.press("'")
    #expect(stand(kind, driver)?.label == chosen[0])
    driver.press("' '")
    #expect(stand(kind, driver)?.label == chosen[2])
  }
}
