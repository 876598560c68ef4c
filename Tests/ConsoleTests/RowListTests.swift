import Testing

@testable import Console

/// A row that is nothing but its number.
private struct Item: Identifiable, Hashable, Sendable {
  var id: Int
}

/// A row with a name, by which the store goes on.
private struct Named: Identifiable, Hashable, Sendable {
  var id: Int
  var name: String
}

@Suite("A windowed list")
struct RowListTests {
  private typealias List = RowList<Item>
  private static let size = List.pageSize

  /// Rows `first` and below, newest first, as a store of `total` rows gives them.
  private func page(_ list: List, _ number: Int, total: Int) -> [Item] {
    let before = list.cursor(page: number)?.id ?? total + 1
    return (max(1, before - Self.size)..<before).reversed().map { Item(id: $0) }
  }

  /// Reads pages until the list wants none.
  private func fill(_ list: inout List, total: Int, height: Int = 20) -> Int {
    var reads = 0
    while let number = list.wantedPage(height: height), reads < 10_000 {
      list.receive(page(list, number, total: total), page: number)
      list.settle(height: height)
      #expect(list.violation == nil)
      reads += 1
    }
    return reads
  }

  @Test("is loading until its first page came")
  func loading() {
    var list = List()
    #expect(list.isLoading && !list.isEmpty && list.count == 0)
    list.receive([], page: 0)
    #expect(!list.isLoading && list.isEmpty && list.isComplete)
    #expect(list.wantedPage(height: 10) == nil)
  }

  @Test("reads only what is near the viewport")
  func readsLittle() {
    var list = List()
    #expect(fill(&list, total: 1_000_000) == 1)
    #expect(list.count == Self.size)
    #expect(list.selectedRow == Item(id: 1_000_000))
  }

  @Test("reads on as one moves down, and forgets what is far above")
  func window() {
    var list = List()
    _ = fill(&list, total: 5000)
    for _ in 0..<120 {
      list.move(.pageDown, height: 20)
      list.settle(height: 20)
      _ = fill(&list, total: 5000)
    }
    #expect(list.selected == 19 * 120)
    #expect(list.selectedRow == Item(id: 5000 - 19 * 120))
    #expect(list[0] == nil)
    list.move(.first, height: 20)
    #expect(fill(&list, total: 5000) >= 1)
    #expect(list.selectedRow == Item(id: 5000))
  }

  @Test("rows that have gone since the order was worked out put no other row under the cursor")
  func goneSince() {
    var list = List(isArranged: true)
    let rows = (1...4).map { Item(id: $0) }
    list.receive(rows, page: 0, OrderState(revision: 1, total: 4, isComplete: true), anchor: nil)
    list.select(1)
    list.receive(OrderState(revision: 2, total: 5, isComplete: true))
    // One more before them was in the order, and is gone by the time that the rows are read.
    list.receive(rows, page: 0, OrderState(revision: 2, total: 5, isComplete: true), anchor: 2)
    #expect(list.selectedRow == Item(id: 2))
  }

  @Test("what stands in the place of the selected row until that is read is not taken for it")
  func notAnother() {
    var list = List(isArranged: true)
    let total = 2 * Self.size
    func state(_ revision: Int) -> OrderState {
      OrderState(revision: revision, total: total, isComplete: true)
    }
    list.receive((0..<Self.size).map { Item(id: $0) }, page: 0, state(1), anchor: nil)
    list.receive((Self.size..<total).map { Item(id: $0) }, page: 1, state(1), anchor: nil)
    list.select(5)
    list.receive(state(2))
    // In the new order it stands on the other page, which has the rows of the old one.
    list.receive(
      (0..<Self.size).map { Item(id: total + $0) }, page: 0, state(2), anchor: Self.size + 7)
    #expect(list.selected == Self.size + 7 && list.selectedRow == nil)
    var rows = (0..<Self.size).map { Item(id: 2 * total + $0) }
    rows[7] = Item(id: 5)
    list.receive(rows, page: 1, state(2), anchor: Self.size + 7)
    #expect(list.selectedRow == Item(id: 5))
  }

  @Test("a page begins behind the last row of the page before as that is called now")
  func renamedCursor() {
    var list = RowList<Named>()
    var rows = (0..<Self.size).map { Named(id: $0, name: "n\($0)") }
    list.receive(rows, page: 0)
    list.receive([Named(id: 999, name: "z")], page: 1)
    list.select(Self.size - 1)
    list.settle(height: 10)
    #expect(list.wantedPage(height: 10) == nil)
    rows[Self.size - 1].name = "renamed"
    list.receive(rows, page: 0)
    #expect(list.cursor(page: 1)?.name == "renamed")
    #expect(list.wantedPage(height: 10) == 1)
  }

  @Test("knows that a row is gone only if all rows are at hand as they are now")
  func lacks() {
    var list = List()
    #expect(!list.lacks(1))
    list.receive([Item(id: 2)], page: 0)
    #expect(list.lacks(1) && !list.lacks(2))
    list.markStale()
    #expect(!list.lacks(1))
  }

  @Test("End reads on to the last row, however far that is")
  func end() {
    var list = List()
    _ = fill(&list, total: 2345)
    list.move(.last, height: 20)
    #expect(list.seek == .end)
    _ = fill(&list, total: 2345)
    #expect(list.isComplete && list.seek == nil)
    #expect(list.count == 2345)
    #expect(list.selectedRow == Item(id: 1))
  }

  @Test("a movement ends a search for the end")
  func endStops() {
    var list = List()
    _ = fill(&list, total: 2345)
    list.move(.last, height: 20)
    list.move(.up(1), height: 20)
    #expect(list.seek == nil)
  }

  @Test("a list of exactly one page is known to be complete after an empty second one")
  func wholePage() {
    var list = List()
    _ = fill(&list, total: Self.size)
    list.move(.last, height: 20)
    _ = fill(&list, total: Self.size)
    #expect(list.isComplete && list.count == Self.size)
    #expect(list.selectedRow == Item(id: 1))
  }

  @Test("the selected row stays selected when new rows come above it, at the same place")
  func identity() {
    var list = List()
    _ = fill(&list, total: 100)
    list.move(.down(5), height: 20)
    list.settle(height: 20)
    let line = list.selected - list.top
    list.markStale()
    _ = fill(&list, total: 103)
    #expect(list.selectedRow == Item(id: 95))
    #expect(list.selected - list.top == line)
  }

  @Test("a list that follows its top selects the newest row, but only while it is at the top")
  func follows() {
    var list = List()
    list.followsTop = true
    _ = fill(&list, total: 10)
    list.markStale()
    _ = fill(&list, total: 12)
    #expect(list.selectedRow == Item(id: 12))
    list.move(.down(1), height: 20)
    list.markStale()
    _ = fill(&list, total: 15)
    #expect(list.selectedRow == Item(id: 11))
  }

  @Test("rows that came above are shown where there is room, though the selection stays")
  func fillsUp() {
    var list = List()
    _ = fill(&list, total: 10)
    list.markStale()
    _ = fill(&list, total: 14)
    #expect(list.selectedRow == Item(id: 10))
    #expect(list.top == 0)
  }

  @Test("a row that is gone hands its selection to the row at its place")
  func gone() {
    var list = List()
    list.receive([5, 4, 3, 2, 1].map { Item(id: $0) }, page: 0)
    list.move(.down(2), height: 10)
    list.markStale()
    list.receive([5, 4, 2, 1].map { Item(id: $0) }, page: 0)
    #expect(list.selectedRow == Item(id: 2))
    list.receive([], page: 0)
    #expect(list.selectedRow == nil && list.violation == nil)
  }

  @Test("rows that came above push later pages out; they are read anew and none is lost")
  func noGap() {
    var list = List()
    _ = fill(&list, total: 900)
    list.move(.last, height: 20)
    _ = fill(&list, total: 900)
    list.move(.first, height: 20)
    _ = fill(&list, total: 900)
    list.markStale()
    _ = fill(&list, total: 907)
    var seen: [Int] = []
    list.move(.first, height: 20)
    _ = fill(&list, total: 907)
    while list.selected < 906, seen.count < 2000 {
      seen.append(list.selectedRow?.id ?? -1)
      list.move(.down(1), height: 20)
      list.settle(height: 20)
      _ = fill(&list, total: 907)
    }
    seen.append(list.selectedRow?.id ?? -1)
    #expect(seen == Array((1...907).reversed()))
  }

  @Test("finds the next row in trouble on pages that were not read yet")
  func problem() {
    var list = List()
    _ = fill(&list, total: 3000)
    #expect(list.select(.problem, forward: true) { $0.id == 1500 })
    #expect(list.seek == .row(.problem, forward: true))
    lookOn(&list, total: 3000) { $0.id == 1500 }
    #expect(list.selectedRow == Item(id: 1500) && list.seek == nil)
  }

  /// Reads what a search needs; returns the pages that were read.
  @discardableResult
  private func lookOn(
    _ list: inout List, total: Int, _ isSought: (Item) -> Bool
  ) -> [Int] {
    var read: [Int] = []
    while let number = list.wantedPage(height: 20), read.count < 100 {
      list.receive(page(list, number, total: total), page: number, isSought: isSought)
      list.settle(height: 20)
      #expect(list.violation == nil)
      read.append(number)
    }
    return read
  }

  @Test("a search passes over no page that was forgotten, up or down")
  func forgotten() {
    let total = 5000
    func isSought(_ item: Item) -> Bool { [3000, 2500, 4].contains(item.id) }
    var list = List()
    _ = fill(&list, total: total)
    list.move(.last, height: 20)
    _ = fill(&list, total: total)
    #expect(list.isComplete && list.selected == total - 1)
    for expected in [4, 2500, 3000] {
      let isFound = list.select(.problem, forward: false, isSought)
      #expect(isFound)
      lookOn(&list, total: total, isSought)
      #expect(list.selectedRow == Item(id: expected))
    }
    list.move(.first, height: 20)
    _ = fill(&list, total: total)
    for expected in [3000, 2500, 4] {
      let isFound = list.select(.problem, forward: true, isSought)
      #expect(isFound)
      lookOn(&list, total: total, isSought)
      #expect(list.selectedRow == Item(id: expected))
    }
  }

  @Test("a search that reads to an end of the list and finds nothing says so, once")
  func vain() {
    var list = List()
    _ = fill(&list, total: 2000)
    list.move(.last, height: 20)
    _ = fill(&list, total: 2000)
    #expect(list.select(.problem, forward: false) { _ in false })
    #expect(lookOn(&list, total: 2000) { _ in false } == [6, 5, 4, 3, 2, 1, 0])
    let (first, second) = (list.takeVain(), list.takeVain())
    #expect(first == .row(.problem, forward: false) && second == nil)
    #expect(list.selectedRow == Item(id: 1) && list.seek == nil)
    // At the end of a list that is read whole there is nothing to look through.
    #expect(!list.select(.problem, forward: true) { _ in false })
  }

  @Test("a search of an arranged list reads page by page, and waits for what is not yet in order")
  func arranged() {
    func receive(_ list: inout List, _ number: Int, of total: Int, isComplete: Bool) {
      let start = number * Self.size
      let rows = (start..<min(total, start + Self.size)).map { Item(id: $0) }
      let state = OrderState(revision: 1, total: total, isComplete: isComplete)
      list.receive(rows, page: number, state, anchor: nil) { $0.id == 700 || $0.id == 5 }
      list.settle(height: 20)
      #expect(list.violation == nil)
    }
    var list = List(isArranged: true)
    receive(&list, 0, of: 400, isComplete: false)
    list.move(.down(10), height: 20)
    #expect(list.select(.problem, forward: true) { $0.id == 700 || $0.id == 5 })
    receive(&list, 1, of: 400, isComplete: false)
    #expect(list.wantedPage(height: 20) == nil && list.seek != nil)
    list.receive(OrderState(revision: 1, total: 900, isComplete: true))
    while let number = list.wantedPage(height: 20) {
      receive(&list, number, of: 900, isComplete: true)
    }
    #expect(list.selectedRow == Item(id: 700) && list.seek == nil)
    #expect(list.select(.problem, forward: false) { $0.id == 700 || $0.id == 5 })
    while let number = list.wantedPage(height: 20) {
      receive(&list, number, of: 900, isComplete: true)
    }
    #expect(list.selectedRow == Item(id: 5))
    #expect(!list.select(.problem, forward: false) { $0.id == 700 || $0.id == 5 })
  }

  @Test("the selected row is always among the visible lines, group lines counted")
  func visible() {
    var list = List()
    list.receive((1...50).reversed().map { Item(id: $0) }, page: 0)
    for _ in 0..<49 {
      list.move(.down(1), height: 10)
      list.settle(height: 10, stickyLines: 1) { $0 % 5 == 0 ? 1 : 0 }
      var lines = 1
      for index in list.top...list.selected where index > list.top {
        lines += index % 5 == 0 ? 2 : 1
      }
      #expect(lines + 1 <= 10)
    }
  }
}
