import TestSupport
import Testing

@testable import Console

@Suite("A windowed list beside the store that it shows")
struct ListModelTests {
  private struct Item: Identifiable, Hashable, Sendable {
    var id: Int
  }
  private typealias List = RowList<Item>

  /// A store whose rows come on top and go anywhere, with a list on it.
  private struct World {
    var random: SeededRandom
    /// Newest first.
    var rows: [Int]
    var list = List()
    var next: Int
    let height: Int

    init(seed: UInt64) {
      random = SeededRandom(seed: seed)
      let count = random.choose([0, 1, 30, 199, 200, 201, 400, 650, 1500])
      rows = (0..<count).reversed().map { $0 }
      next = count
      height = Int.random(in: 1...30, using: &random)
      read()
    }

    /// Reads pages until the list wants none.
    mutating func read() {
      for _ in 0..<200 {
        guard let page = list.wantedPage(height: height) else { break }
        let before = list.cursor(page: page)?.id ?? .max
        let found = rows.drop { $0 >= before }.prefix(List.pageSize)
        list.receive(found.map { Item(id: $0) }, page: page) { $0.id.isMultiple(of: 37) }
        list.settle(height: height)
      }
    }

    mutating func step() {
      switch Int.random(in: 0..<12, using: &random) {
      case 0: list.move(.up(Int.random(in: 1...5, using: &random)), height: height)
      case 1, 2: list.move(.down(Int.random(in: 1...40, using: &random)), height: height)
      case 3: list.move(.pageUp, height: height)
      case 4, 5: list.move(.pageDown, height: height)
      case 6: list.move(.first, height: height)
      case 7: list.move(.last, height: height)
      case 8:
        _ = list.select(.problem, forward: Bool.random(using: &random)) { $0.id.isMultiple(of: 37) }
      case 9:
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          rows.insert(next, at: 0)
          next += 1
        }
        list.markStale()
      case 10 where !rows.isEmpty:
        rows.remove(at: Int.random(in: rows.indices, using: &random))
        list.markStale()
      default: list.select(Int.random(in: -3...1600, using: &random))
      }
      list.settle(height: height)
    }

    var visible: [Int] {
      (list.top..<list.top + height).compactMap { list[$0]?.id }
    }
  }

  @Test("What is seen are rows of the store, one after the other, none left out", arguments: 1...60)
  func consecutive(seed: UInt64) {
    var world = World(seed: seed)
    for step in 0..<120 {
      world.step()
      world.read()
      #expect(world.list.violation == nil, "step \(step)")
      let visible = world.visible
      guard let first = visible.first, let place = world.rows.firstIndex(of: first) else {
        #expect(world.rows.isEmpty && world.list.isEmpty, "step \(step)")
        continue
      }
      #expect(Array(world.rows[place...].prefix(visible.count)) == visible, "step \(step)")
      // Fewer lines than there is room for mean that nothing stands below.
      if visible.count < world.height { #expect(visible.last == world.rows.last, "step \(step)") }
    }
  }

  @Test("The selected row is at hand and in sight, whatever came and went", arguments: 1...60)
  func selected(seed: UInt64) {
    var world = World(seed: 500 + seed)
    for step in 0..<120 {
      world.step()
      world.read()
      guard !world.rows.isEmpty else { continue }
      let row = world.list.selectedRow
      #expect(row != nil && row?.id == world.list.selectedID, "step \(step)")
      #expect(world.visible.contains(row?.id ?? -1), "step \(step)")
    }
  }

  @Test(
    "A row stays selected while rows come above it and go, also over the end of a page",
    arguments: 1...40)
  func kept(seed: UInt64) {
    var world = World(seed: 900 + seed)
    guard world.rows.count >= 199 else { return }
    world.list.move(.first, height: world.height)
    world.list.move(
      .down(Int.random(in: 100...198, using: &world.random)), height: world.height)
    world.list.settle(height: world.height)
    world.read()
    let row = world.list.selectedRow
    for _ in 0..<20 {
      world.rows.insert(world.next, at: 0)
      world.next += 1
      let others = world.rows.indices.filter { world.rows[$0] != row?.id }
      if let gone = others.randomElement(using: &world.random) { world.rows.remove(at: gone) }
      world.list.markStale()
      world.read()
      #expect(world.list.selectedRow == row)
    }
  }

  @Test("The last row is reached from anywhere, and the first again", arguments: 1...30)
  func ends(seed: UInt64) {
    var world = World(seed: 300 + seed)
    for _ in 0..<4 {
      for _ in 0..<10 {
        world.step()
        world.read()
      }
      world.list.move(.last, height: world.height)
      world.list.settle(height: world.height)
      world.read()
      #expect(world.list.selectedRow?.id == world.rows.last)
      // One that follows its top goes to what is the first by then.
      world.list.followsTop = true
      world.list.move(.first, height: world.height)
      world.list.settle(height: world.height)
      world.read()
      world.list.followsTop = false
      #expect(world.list.selectedRow?.id == world.rows.first)
    }
  }

  @Test(
    "The next row in trouble is the next that the store has, and none is said of none",
    arguments: 1...40)
  func problems(seed: UInt64) {
    var world = World(seed: 700 + seed)
    for _ in 0..<30 {
      let forward = Bool.random(using: &world.random)
      guard let from = world.list.selectedRow?.id else { return }
      _ = world.list.select(.problem, forward: forward) { $0.id.isMultiple(of: 37) }
      world.read()
      let wanted =
        forward
        ? world.rows.first { $0 < from && $0.isMultiple(of: 37) }
        : world.rows.last { $0 > from && $0.isMultiple(of: 37) }
      #expect(world.list.selectedRow?.id == wanted ?? from)
      #expect(world.list.seek == nil)
    }
  }
}

@Suite("A text that one walks through")
struct LinePaneModelTests {
  private func lines(_ count: Int, from first: Int = 0) -> [DetailLine] {
    (first..<first + count).map { number in
      var line = DetailLine(key: "line \(number)", spans: [Span("line \(number)")])
      line.copy = "copy \(number)"
      line.isProblem = number.isMultiple(of: 7)
      return line
    }
  }

  @Test(
    "The selected line is in sight, and no line stays empty while there are more", arguments: 1...60
  )
  func walk(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var pane = LinePane()
    var lines = lines(Int.random(in: 0...60, using: &random))
    for step in 0..<150 {
      let height = Int.random(in: 1...20, using: &random)
      let motions: [Motion] = [
        .up(1), .down(1), .up(7), .down(7), .pageUp, .pageDown, .first, .last,
      ]
      pane.move(motions.randomElement(using: &random) ?? .first, lines: lines, height: height)
      if step.isMultiple(of: 9) {
        // The text was read anew: lines before it came, others went.
        lines = self.lines(
          Int.random(in: 0...60, using: &random), from: Int.random(in: -10...10, using: &random))
        let key = pane.key
        pane.settle(lines, height: height)
        if let key, lines.contains(where: { $0.key == key }) { #expect(pane.key == key) }
      }
      #expect(pane.violation == nil)
      guard !lines.isEmpty else {
        #expect(pane.key == nil && pane.copy.isEmpty && pane.selected == 0 && pane.top == 0)
        continue
      }
      #expect((pane.top..<pane.top + height).contains(pane.selected))
      #expect(pane.top + height <= max(height, lines.count))
      #expect(pane.line(of: lines)?.key == pane.key && pane.copy == lines[pane.selected].copy)
    }
  }

  @Test("A page moves by all lines but one, so that one finds one's way")
  func pages() {
    var pane = LinePane()
    let lines = lines(100)
    pane.move(.pageDown, lines: lines, height: 10)
    #expect(pane.selected == 9)
    pane.move(.pageDown, lines: lines, height: 10)
    #expect(pane.selected == 18 && pane.top == 9)
    pane.move(.pageUp, lines: lines, height: 10)
    #expect(pane.selected == 9)
    // In a single line it still moves.
    pane.move(.pageDown, lines: lines, height: 1)
    #expect(pane.selected == 10)
  }

  @Test(
    "The next line in trouble is found in either direction, and the selection stays where none is")
  func problems() {
    var pane = LinePane()
    let lines = lines(20, from: 1)
    #expect(!pane.selectProblem(forward: false, lines: lines) && pane.selected == 0)
    var found: [Int] = []
    while pane.selectProblem(forward: true, lines: lines) { found.append(pane.selected) }
    #expect(found == [6, 13])
    #expect(pane.selected == 13)
    #expect(pane.selectProblem(forward: false, lines: lines) && pane.selected == 6)
  }
}

@Suite("Columns that share what room there is")
struct ColumnModelTests {
  private func columns(_ random: inout SeededRandom) -> [Column<Int>] {
    (0..<Int.random(in: 1...9, using: &random)).map { index in
      let minimum = Int.random(in: 1...20, using: &random)
      var column = Column<Int>(
        field: "f\(index)", title: "F\(index)", priority: Int.random(in: 0...4, using: &random),
        minimum: minimum, ideal: minimum + Int.random(in: 0...30, using: &random),
        value: { _, _, _ in Span("") })
      if Bool.random(using: &random) {
        column.worth = Int.random(in: minimum...column.ideal, using: &random)
      }
      if Int.random(in: 0..<5, using: &random) == 0 {
        column.fewest = Int.random(in: 0...120, using: &random)
      }
      return column
    }
  }

  private func total(_ widths: [Int?]) -> Int {
    let kept = widths.compactMap(\.self)
    return kept.reduce(0, +) + max(0, kept.count - 1) * TableLayout.gap
  }

  @Test(
    "No line is too long, no column narrower than makes sense or wider than is of use",
    arguments: 1...60)
  func bounds(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let columns = columns(&random)
    for width in 0...200 {
      let widths = TableLayout.widths(columns, width: width)
      #expect(widths.count == columns.count && total(widths) <= width, "\(width)")
      for (column, cells) in zip(columns, widths) {
        guard let cells else { continue }
        #expect(cells <= column.ideal && column.fewest <= width)
        if widths.compactMap(\.self).count > 1 { #expect(cells >= column.minimum) }
      }
    }
  }

  @Test("No cell stays empty that a column could use", arguments: 1...60)
  func spent(seed: UInt64) {
    var random = SeededRandom(seed: 100 + seed)
    let columns = columns(&random)
    for width in 0...200 {
      let widths = TableLayout.widths(columns, width: width)
      guard widths.contains(where: { $0 != nil }), total(widths) < width else { continue }
      for (column, cells) in zip(columns, widths) {
        if let cells { #expect(cells == column.ideal, "\(column.field) in \(width)") }
      }
    }
  }

  @Test("A column stays while one that is worth less does", arguments: 1...60)
  func priorities(seed: UInt64) {
    var random = SeededRandom(seed: 200 + seed)
    let columns = columns(&random).map { column in
      var column = column
      column.fewest = 0
      return column
    }
    for width in 0...200 {
      let widths = TableLayout.widths(columns, width: width)
      let kept = zip(columns, widths).filter { $0.1 != nil }.map(\.0.priority)
      let dropped = zip(columns, widths).filter { $0.1 == nil }.map(\.0.priority)
      guard let worst = kept.max(), let best = dropped.min() else { continue }
      #expect(worst <= best, "\(width)")
    }
  }
}
