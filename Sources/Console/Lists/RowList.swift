/// A window on a list that may be too long to hold: pages of rows in the order of the store, each
/// reached from the last row of the page before.
///
/// Pages near the viewport are kept, those far away are forgotten and read again when they are
/// needed. The selected row is known by its identity, so it stays selected when rows come and go
/// around it; only a list that follows its top moves on to a new first row.
///
/// A list whose order has been worked out is arranged: how many rows there are is known, and each
/// page is reached by its place.
struct RowList<Row: Identifiable & Hashable & Sendable>: Equatable, Sendable
where Row.ID: Sendable {
  /// Rows in a page.
  static var pageSize: Int { 200 }
  /// Pages that are kept on each side of the viewport.
  static var keptPages: Int { 2 }

  /// What a list looks for while it goes on reading pages by itself.
  enum Seek: Equatable, Sendable {
    /// The last row.
    case end
    /// The nearest row of a kind below or above the selected one.
    case row(Kind, forward: Bool)
  }

  /// Rows that a person goes to, one after the other.
  enum Kind: Equatable, Sendable {
    /// Those in trouble.
    case problem
    /// Those that were marked.
    case mark
  }

  private struct Page: Equatable, Sendable {
    /// The last row of the page before; nil for the first page, and in an arranged list.
    var cursor: Row?
    /// The rows, or nil when they were not read yet or have been forgotten.
    var rows: [Row]?
    /// Whether the store has changed since the rows were read.
    var isStale = false
  }

  private var pages = [Page(cursor: nil)]
  /// Whether the last page is known to be the last.
  private(set) var isComplete = false
  /// The index of the first row in the viewport.
  var top = 0
  /// The index of the selected row.
  private(set) var selected = 0
  /// The selected row's identity, or nil while there is none.
  private(set) var selectedID: Row.ID?
  /// What the list looks for.
  private(set) var seek: Seek?
  /// Whether the first row stays selected when a newer one comes.
  var followsTop = false
  /// Whether pages are read by their places.
  let isArranged: Bool
  /// How far the order of an arranged list is worked out; nil while nothing is known of it.
  private(set) var order: OrderState?
  /// Whether the store has changed since the order was worked out.
  private(set) var isOrderStale = false
  /// Whether the place of the selected row has to be found before anything can be shown.
  private(set) var isGoing = false
  /// The rows that stand above that row then, if there are so many.
  private var linesAbove = 3
  /// Whether the selected row may stand elsewhere, since the order is another.
  private var isMoved = false
  /// The index that a search for a row looks at next.
  private var sought: Int?
  /// The search that has come to an end of the list and found nothing, until that was told.
  private(set) var vain: Seek?

  /// A list that nothing is known of.
  ///
  /// - Parameters:
  ///   - id: The row that the list begins at, of an arranged list any one, else one of the first page;
  ///     nil for the first.
  ///   - lines: The rows that are to stand above it.
  init(isArranged: Bool = false, goingTo id: Row.ID? = nil, below lines: Int = 3) {
    self.isArranged = isArranged
    selectedID = id
    isGoing = id != nil
    linesAbove = lines
  }

  /// Whether no page has been read yet.
  var isLoading: Bool { pages[0].rows == nil && pages.count == 1 }
  /// Whether the list is known to have no row.
  var isEmpty: Bool { pages[0].rows?.isEmpty ?? false }
  /// How many rows are known of; the list is longer unless it is complete.
  var count: Int {
    if let order { return order.total }
    let full = (pages.count - 1) * Self.pageSize
    return full + (pages.last?.rows?.count ?? 0)
  }

  /// The row at `index`, or nil when it is not at hand.
  subscript(index: Int) -> Row? {
    guard index >= 0, index / Self.pageSize < pages.count,
      let rows = pages[index / Self.pageSize].rows
    else { return nil }
    let offset = index % Self.pageSize
    return offset < rows.count ? rows[offset] : nil
  }

  /// The selected row, or nil when it is not at hand; what stands in its place until it is read is
  /// another one.
  var selectedRow: Row? {
    guard let row = self[selected], selectedID == nil || row.id == selectedID else { return nil }
    return row
  }

  /// Whether it is known that no row has this number: all rows are at hand, as they are now.
  func lacks(_ id: Row.ID) -> Bool {
    guard isComplete, !isOrderStale else { return false }
    return pages.allSatisfy { page in
      !page.isStale && page.rows.map { rows in !rows.contains { $0.id == id } } ?? false
    }
  }

  /// The row after which the page of this number begins; nil for the first.
  func cursor(page: Int) -> Row? { pages[page].cursor }

  /// The number of the page that should be read next, or nil when all that is wanted is at hand.
  func wantedPage(height: Int) -> Int? {
    let last = pages.count - 1
    let first = min(max(0, top) / Self.pageSize, last)
    let bottom = min((top + max(1, height) + Self.pageSize / 4) / Self.pageSize, last)
    let selectedPage = min(selected / Self.pageSize, last)
    for page in first...max(first, bottom) where pages[page].rows == nil { return page }
    if pages[selectedPage].rows == nil { return selectedPage }
    for page in first...max(first, bottom) where pages[page].isStale { return page }
    if let sought {
      let page = sought / Self.pageSize
      return page < pages.count && pages[page].rows == nil ? page : nil
    }
    return seek == nil || isComplete || isArranged ? nil : last
  }

  /// Says that the store has changed: pages that are at hand are read again when they are visible.
  mutating func markStale() {
    for index in pages.indices { pages[index].isStale = true }
    // Also while it is being worked out for the first time: what was committed may not be in it.
    isOrderStale = isArranged
  }

  /// Says that what is at hand stays as it is: it is not read again until the next change.
  mutating func hold() {
    for index in pages.indices { pages[index].isStale = false }
    isOrderStale = false
  }

  /// Takes the rows of a page.
  ///
  /// - Parameter isSought: Whether a row is of the kind that the list looks for.
  mutating func receive(_ rows: [Row], page: Int, isSought: (Row) -> Bool = { _ in false }) {
    guard page < pages.count else { return }
    let stayedOnTop = followsTop && selected == 0 && top == 0 && !isGoing
    pages[page].rows = rows
    pages[page].isStale = false
    if rows.count < Self.pageSize {
      pages.removeSubrange((page + 1)...)
      isComplete = true
    } else if page == pages.count - 1 {
      pages.append(Page(cursor: rows.last))
      isComplete = false
    } else if pages[page + 1].cursor?.id != rows.last?.id {
      // Rows came or went: what was read below does not follow on any more.
      pages.removeSubrange((page + 2)...)
      pages[page + 1] = Page(cursor: rows.last)
      isComplete = false
    } else if pages[page + 1].cursor != rows.last {
      // The same row by another name: what stands below it may be something else by now.
      pages[page + 1].cursor = rows.last
      pages[page + 1].isStale = true
    }
    if stayedOnTop { select(0) } else { findSelection(from: page) }
    isGoing = false
    advanceSeek(isSought)
  }

  /// Takes the rows of a page of an arranged list.
  ///
  /// - Parameters:
  ///   - anchor: The place of the selected row in that order, if it has one.
  ///   - isSought: Whether a row is of the kind that the list looks for.
  mutating func receive(
    _ rows: [Row], page: Int, _ state: OrderState, anchor: Int?,
    isSought: (Row) -> Bool = { _ in false }
  ) {
    let stayedOnTop = followsTop && selected == 0 && top == 0 && !isGoing && seek != .end
    receive(state)
    if page < pages.count {
      pages[page].rows = rows
      pages[page].isStale = false
    }
    if isMoved || isGoing, let anchor, !stayedOnTop {
      top = max(0, top + anchor - selected)
      selected = max(0, min(anchor, count - 1))
      if isGoing { top = max(0, selected - linesAbove) }
    } else if stayedOnTop {
      select(0)
    } else {
      findSelection(from: page)
    }
    // Where rows have gone since the order was worked out, those below stand higher.
    if selected / Self.pageSize == page, self[selected]?.id != selectedID {
      findSelection(from: page)
    }
    (isGoing, isMoved) = (false, false)
    advanceSeek(isSought)
  }

  /// Takes how far the order of an arranged list has been worked out.
  mutating func receive(_ state: OrderState) {
    guard isArranged else { return }
    if let order, order.revision != state.revision {
      for index in pages.indices { pages[index].isStale = true }
      (isOrderStale, isMoved) = (state.isOld, true)
    } else if order == nil, state.isOld {
      isOrderStale = true
    }
    order = state
    isComplete = state.isComplete
    let needed = max(1, (state.total + Self.pageSize - 1) / Self.pageSize)
    while pages.count < needed { pages.append(Page()) }
    pages.removeSubrange(needed...)
    if seek == .end {
      select(count - 1)
      if isComplete { seek = nil }
    }
    // Below the last row of an order that is whole there is nothing to wait for.
    if let sought, isComplete, sought >= state.total { endInVain() }
  }

  /// Selects the row at `index`, as near as there is one.
  mutating func select(_ index: Int) {
    selected = max(0, min(index, count - 1))
    // Where the row is not at hand, the one that will be read there becomes the selected one.
    selectedID = self[selected]?.id
  }

  /// Moves the selection; a movement ends any search that was going on.
  mutating func move(_ motion: Motion, height: Int) {
    stopSeeking()
    switch motion {
    case .up(let lines): select(selected - lines)
    case .down(let lines): select(selected + lines)
    case .pageUp: select(selected - max(1, height - 1))
    case .pageDown: select(selected + max(1, height - 1))
    case .first: select(0)
    case .last:
      select(count - 1)
      if !isComplete { seek = .end }
    }
  }

  /// Selects the nearest row of a kind below or above.
  ///
  /// What is not at hand is read, page by page, until one is found or the list ends.
  ///
  /// - Returns: false when it is known already that there is none.
  mutating func select(
    _ kind: Kind, forward: Bool, _ isSought: (Row) -> Bool
  ) -> Bool {
    stopSeeking()
    seek = .row(kind, forward: forward)
    sought = selected + (forward ? 1 : -1)
    lookOn(isSought)
    defer { vain = nil }
    return vain == nil
  }

  /// Ends a search that is going on.
  mutating func stopSeeking() {
    seek = nil
    sought = nil
    vain = nil
  }

  /// Looks on from where the search has come to, as far as the first page that is not at hand.
  private mutating func lookOn(_ isSought: (Row) -> Bool) {
    guard case .row(_, let forward)? = seek, var index = sought else { return }
    while index >= 0, index / Self.pageSize < pages.count,
      let rows = pages[index / Self.pageSize].rows
    {
      let page = index / Self.pageSize
      let start = page * Self.pageSize
      let offset = index - start
      let found =
        forward
        ? rows.indices.first { $0 >= offset && isSought(rows[$0]) }
        : rows.indices.last { $0 <= offset && isSought(rows[$0]) }
      if let found {
        select(start + found)
        return stopSeeking()
      }
      index = forward ? start + Self.pageSize : start - 1
    }
    sought = index
    if index < 0 || (isComplete && index / Self.pageSize >= pages.count) { endInVain() }
  }

  private mutating func endInVain() {
    let ended = seek
    stopSeeking()
    vain = ended
  }

  /// The search that came to an end of the list and found nothing; told once.
  mutating func takeVain() -> Seek? {
    defer { vain = nil }
    return vain
  }

  /// Scrolls so that the selected row is among `height` lines, and forgets pages far away.
  ///
  /// - Parameters:
  ///   - stickyLines: lines that stand above the first visible row, whatever row that is.
  ///   - extraLines: how many lines stand between the row of an index and the row above it.
  mutating func settle(
    height: Int, stickyLines: Int = 0, extraLines: (Int) -> Int = { _ in 0 }
  ) {
    let height = max(1, height)
    selected = max(0, min(selected, count - 1))
    if selected < top { top = selected }
    if selected - top > height { top = selected - height + 1 }
    top = max(0, min(top, max(0, count - 1)))
    while top < selected {
      let between = (top + 1...selected).reduce(0) { $0 + 1 + extraLines($1) }
      if stickyLines + 1 + between <= height { break }
      top += 1
    }
    // No line stays empty at the bottom while there are rows above.
    while isComplete, top > 0, count - top < height {
      let below = (top..<count).reduce(0) { $0 + 1 + extraLines($1) }
      if stickyLines + 1 + below > height { break }
      top -= 1
    }
    forgetFarPages(height: height)
  }

  private mutating func forgetFarPages(height: Int) {
    let first = top / Self.pageSize - Self.keptPages
    let last = (top + height) / Self.pageSize + Self.keptPages
    let current = selected / Self.pageSize
    for index in pages.indices where (index < first || index > last) && index != current {
      guard index != pages.count - 1, pages[index].rows != nil else { continue }
      pages[index].rows = nil
    }
  }

  /// Finds the selected row again after a page was read; keeps its place on the screen.
  private mutating func findSelection(from page: Int) {
    guard let selectedID else {
      select(selected)
      return
    }
    if self[selected]?.id == selectedID { return }
    for index in pages.indices {
      guard let offset = pages[index].rows?.firstIndex(where: { $0.id == selectedID }) else {
        continue
      }
      let found = index * Self.pageSize + offset
      top = max(0, isGoing ? found - linesAbove : top + found - selected)
      selected = found
      return
    }
    // Gone, or on a page that is not at hand: only a page that should hold it can tell, and the next
    // one where rows that came may have pushed it there.
    let own = selected / Self.pageSize
    let end = (own + 1) * Self.pageSize
    if page == own, selected + Self.pageSize / 4 >= end, own + 1 < pages.count,
      pages[own + 1].rows == nil
    {
      return
    }
    if page == own || page == own + 1 { select(selected) }
  }

  private mutating func advanceSeek(_ isSought: (Row) -> Bool) {
    switch seek {
    case .end:
      select(count - 1)
      if isComplete { seek = nil }
    case .row: lookOn(isSought)
    case nil: break
    }
  }

  /// What must be true of a list at all times; the first thing that is not, or nil.
  var violation: String? {
    if pages.isEmpty { return "a list has at least one page" }
    if selected < 0 || (count > 0 && selected >= count) { return "the selection is in the list" }
    if top < 0 || top > max(0, count - 1) { return "the viewport is in the list" }
    for (index, page) in pages.dropLast().enumerated()
    where !isArranged && page.rows.map({ $0.count != Self.pageSize }) ?? false {
      return "page \(index) is full"
    }
    return nil
  }
}

/// A movement through a list.
enum Motion: Equatable, Sendable {
  case up(Int), down(Int), pageUp, pageDown, first, last
}
