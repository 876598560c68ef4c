import Directory
import SyncStore

/// A table's rows, and how a person has arranged them: the one mechanism behind all tables.
///
/// A table as it is reads its pages one after the other. One that is sorted or narrowed has its
/// order worked out once, beside all other reading, and reads pages by their places.
struct TableModel<Row: Identifiable & Hashable & Sendable>: Equatable, Sendable
where Row.ID: Sendable {
  /// The rows.
  var list = RowList<Row>()
  /// How they are arranged.
  private(set) var settings = TableSettings()
  /// What the settings' text says of the rows' fields.
  private(set) var terms: [ListTerm] = []
  /// What is wrong with the text; empty if nothing is.
  private(set) var fault = ""
  /// When the text's spans were read, in words; empty where it has none.
  private(set) var asOf = ""
  /// Whether the first row stays selected when a newer one comes.
  private let followsTop: Bool
  /// The rows that were marked, in the order of their marking.
  var marked: [Row] = []
  /// Where the cursor was when a person began to type what narrows the rows.
  private var typing: Place?
  private var past: [TableSettings] = []
  private var future: [TableSettings] = []

  /// A row that the cursor goes back to.
  private struct Place: Equatable {
    /// The text that the rows were narrowed by.
    var text: String
    var id: Row.ID
    /// Its place among rows as they are; nil if that is not known.
    var index: Int?
    /// The rows that stood above it on the screen.
    var lines: Int
    /// Whether it was the first row.
    var isFirst: Bool
  }

  init(followsTop: Bool = false) {
    self.followsTop = followsTop
    list.followsTop = followsTop
  }

  /// The order and the terms.
  var arrangement: ListArrangement { ListArrangement(sort: settings.sort, terms: terms) }
  /// Whether the table's own order has to be worked out.
  var needsOrder = false
  /// Whether it is neither sorted nor narrowed.
  var isPlain: Bool { arrangement.isPlain && !needsOrder }

  /// Reads the rows anew from the first one.
  mutating func restart() { restart(at: nil) }

  private mutating func restart(at place: Place?) {
    if let place {
      // On the first page of rows as they are it is found without working out an order.
      let isNear = isPlain && place.index.map { $0 < RowList<Row>.pageSize } ?? false
      list = RowList(isArranged: !isNear, goingTo: place.id, below: place.lines)
    } else {
      list = RowList(isArranged: !isPlain)
    }
    list.followsTop = followsTop
  }

  /// The row under the cursor, to go back to.
  private var here: Place? {
    list.selectedID.map {
      Place(
        text: settings.text, id: $0, index: isPlain && !list.isArranged ? list.selected : nil,
        lines: max(0, list.selected - list.top), isFirst: list.selected == 0)
    }
  }

  /// The row that the cursor stays on with other settings: the one under it where all rows that were
  /// there are still there, and the one before the typing where that is taken back.
  private mutating func place(for new: TableSettings, _ terms: [ListTerm], isStep: Bool) -> Place? {
    if let begun = typing, !isStep, new.text == begun.text {
      typing = nil
      // Whoever was on the newest row wants to see what is newest now.
      return begun.isFirst && followsTop ? nil : begun
    }
    if !isStep, typing == nil { typing = here }
    if new.text.isEmpty, new.choice.isEmpty,
      !settings.text.isEmpty || !settings.choice.isEmpty
    {
      return here
    }
    // Whoever sorts with the cursor on the first row wants to see what comes first.
    let isSameRows =
      new.text == settings.text && new.choice == settings.choice && terms == self.terms
    return isSameRows && list.selected > 0 ? here : nil
  }

  /// Takes other settings; `read` is what their text says.
  ///
  /// - Parameter isStep: Whether a person can take this back on its own.
  mutating func set(_ new: TableSettings, _ read: FilterText.Reading, isStep: Bool) {
    if isStep { remember(settings) }
    let needsRows =
      new.text != settings.text || new.choice != settings.choice || new.sort != settings.sort
      || read.terms != terms
    let place = needsRows ? place(for: new, read.terms, isStep: isStep) : nil
    settings = new
    (terms, fault, asOf) = (read.terms, read.fault, read.asOf)
    if needsRows { restart(at: place) }
  }

  /// Notes that settings were left which a person can go back to.
  mutating func remember(_ old: TableSettings) {
    typing = nil
    guard past.last != old else { return }
    past.append(old)
    if past.count > 50 { past.removeFirst() }
    future = []
  }

  /// The settings before the last change, or after the one that was taken back; nil if there are
  /// none.
  mutating func step(back: Bool) -> TableSettings? {
    typing = nil
    guard let found = back ? past.popLast() : future.popLast() else { return nil }
    if back { future.append(settings) } else { past.append(settings) }
    return found
  }

  /// Goes to the row of a number, wherever it is.
  mutating func jump(to id: Row.ID) {
    list = RowList(isArranged: true, goingTo: id)
    list.followsTop = followsTop
  }

  /// What tells the marked rows from the others, as texts.
  var markedIDs: [String] { marked.map { "\($0.id)" } }

  /// Marks the selected row, or takes its mark away, and goes on to the next.
  mutating func mark(height: Int) {
    guard let row = list.selectedRow else { return }
    if let index = marked.firstIndex(where: { $0.id == row.id }) {
      marked.remove(at: index)
    } else {
      marked.append(row)
    }
    list.move(.down(1), height: height)
  }

  /// Goes to the nearest marked row below or above; false when there is none.
  mutating func goToMark(forward: Bool) -> Bool {
    let ids = Set(marked.map(\.id))
    guard !ids.isEmpty else { return false }
    return list.select(.mark, forward: forward) { ids.contains($0.id) }
  }

  /// Moves the selection; to the end of a long list at once.
  mutating func move(_ motion: Motion, height: Int) {
    if motion == .last, !list.isArranged, !list.isComplete, !list.isLoading {
      list = RowList(isArranged: true)
      list.followsTop = followsTop
    }
    list.move(motion, height: height)
    // Who goes elsewhere while he types stays there.
    if let text = typing?.text {
      typing = here
      typing?.text = text
    }
  }

  /// What should be read: a page, and how far the order has been worked out.
  func wants(
    _ source: TableSource, height: Int, slot: Slot = .list, stateSlot: Slot = .count,
    plain: (Row?) -> Request
  ) -> [Want] {
    var wants: [Want] = []
    let size = RowList<Row>.pageSize
    if let page = list.wantedPage(height: height) {
      guard list.isArranged else {
        return [Want(slot: slot, request: plain(list.cursor(page: page)), page: page)]
      }
      let request = PageRequest(
        source: source, arrangement: arrangement, start: page * size, count: size,
        anchor: list.selectedID as? Int64,
        waitsForAnchor: list.isGoing && list.selectedID is Int64)
      wants.append(Want(slot: slot, request: .page(request), page: page))
    }
    // Of a table that is in memory a page says all.
    guard case .store = source else { return wants }
    if list.isArranged, let state = list.order, list.isOrderStale || !state.isComplete {
      wants.append(
        Want(
          slot: stateSlot,
          request: .order(source, arrangement, known: state, isRefresh: list.isOrderStale)))
    }
    return wants
  }

  /// Takes a page or a state that was wanted.
  ///
  /// - Parameter rows: The rows of an answer; nil if it has none of this table.
  mutating func receive(
    _ response: Response, for want: Want, isProblem: (Row) -> Bool = { _ in false },
    rows: (Response) -> [Row]?
  ) {
    if case .order(let state) = response {
      list.receive(state)
      return
    }
    guard let found = rows(response) else { return }
    var isSought = isProblem
    if case .row(.mark, _) = list.seek {
      let ids = Set(marked.map(\.id))
      isSought = { ids.contains($0.id) }
    }
    if case .page(let page) = response {
      guard list.isArranged else { return }
      list.receive(
        found, page: want.page, page.state, anchor: page.anchorIndex, isSought: isSought)
    } else if !list.isArranged {
      list.receive(found, page: want.page, isSought: isSought)
    }
  }

  /// What is to be told of a search that found nothing; `noun` is what rows in trouble are called.
  mutating func takeNotice(_ noun: String) -> String? {
    guard case .row(let kind, let forward)? = list.takeVain() else { return nil }
    return Self.nothing(kind, forward: forward, noun)
  }

  /// That there is no such row below or above.
  static func nothing(_ kind: RowList<Row>.Kind, forward: Bool, _ noun: String) -> String {
    "No \(kind == .mark ? "marked row" : noun) \(forward ? "below" : "above")"
  }
}
