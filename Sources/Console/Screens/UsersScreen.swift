import Cells
import Directory
import SyncStore

/// The active users of the tenant: how each stands, and what the tenant has confirmed of it.
struct UsersScreen: ScreenModel {
  /// The order.
  var order = UserOrder.displayName
  /// Whether the order is turned round.
  var isDescending = false
  /// The state that is shown, or nil for all.
  var state: UserRow.State?
  /// What the list is narrowed to.
  var text = ""
  /// The moment before which shown users were last synchronized; nil shows all.
  var staleBefore: Timestamp?
  /// The users.
  var list = RowList<UserRow>()
  /// The figures over all users, once read.
  var header: UsersHeader?
  /// Seconds after which a user counts as stale.
  var interval = 10_800
  private var isStaleWanted = false
  private var isHeaderStale = true

  let scope = Scope.users
  let crumb = "Users"

  var filterText: String { text }
  var twin: String {
    var words = ["lockstep users"]
    if let state { words.append("--state " + ToolScreen.quoted(state.rawValue.lowercased())) }
    if order == .staleness { words.append("--stale") }
    if !name.isEmpty { words.append("--text " + ToolScreen.quoted(name)) }
    return words.joined(separator: " ")
  }
  var isSortable: Bool { true }
  var copyText: String { list.selectedRow?.userPrincipalName ?? "" }
  var export: ExportSource? {
    if let staleBefore { return .staleUsers(before: staleBefore, text: name, state) }
    return .users(order, descending: isDescending, text: name, state)
  }
  /// What was typed beside the words that name a state.
  private var name: String {
    SearchText.words(text).filter { Self.words[$0.lowercased()] == nil && $0 != "stale" }
      .joined(separator: " ")
  }
  /// The words of a filter that name states.
  private static let words: [String: UserRow.State] = [
    "synced": .synced, "cloud": .inCloud, "in-cloud": .inCloud, "pending": .pending,
    "error": .error,
  ]
  var violation: String? { list.violation }

  /// The columns.
  static let columns: [Column<UserRow>] = [
    Column(title: "Display name", priority: 0, minimum: 12, ideal: 32) { row, _, _ in
      Span(row.displayName, .textStrong)
    },
    Column(title: "User principal name", priority: 2, minimum: 18, ideal: 44) { row, _, _ in
      Span(row.userPrincipalName)
    },
    Column(title: "Sync state", priority: 0, minimum: 10, ideal: 10) { row, _, scene in
      state(row.state, scene)
    },
    Column(title: "Last sync", priority: 1, minimum: 9, ideal: 19) { row, width, scene in
      Span(row.lastSync == nil ? "never" : scene.time(row.lastSync, width: width), .time)
    },
    Column(title: "Values", priority: 3, minimum: 11, ideal: 22) { row, width, scene in
      confirmation(row, width: width, scene)
    },
    Column(title: "Last password", priority: 5, minimum: 13, ideal: 19) { row, width, scene in
      Span(
        row.lastPasswordSync == nil ? "never" : scene.time(row.lastPasswordSync, width: width),
        .time)
    },
    Column(title: "Sign-in", priority: 4, minimum: 7, ideal: 7) { row, _, _ in
      switch row.isActive {
      case true?: Span("allowed")
      case false?: Span("blocked", .runWarning)
      case nil: Span("unknown", .textDim)
      }
    },
  ]

  private static func state(_ state: UserRow.State, _ scene: Scene) -> Span {
    switch state {
    case .synced: Span(String(scene.glyphs.success) + " " + state.rawValue, .runSuccess)
    case .inCloud: Span(String(scene.glyphs.bullet) + " " + state.rawValue, .runUnknown)
    case .pending: Span(String(scene.glyphs.running) + " " + state.rawValue, .runRunning)
    case .error: Span(String(scene.glyphs.failure) + " " + state.rawValue, .runError)
    }
  }

  /// Whether the tenant has said that it holds what was sent, or it was only sent.
  private static func confirmation(_ row: UserRow, width: Int, _ scene: Scene) -> Span {
    if row.state == .synced {
      return Span(String(scene.glyphs.success) + " confirmed", .runSuccess)
    }
    guard row.state != .inCloud, let sent = row.lastSent else {
      return Span(row.state == .inCloud ? "cloud only" : "not sent", .textDim)
    }
    let time = width >= 18 ? " " + scene.clock.dateAndTime(sent).suffix(8) : ""
    return Span(String(scene.glyphs.up) + " only sent" + time, .valuePending)
  }

  mutating func setFilter(_ text: String) {
    self.text = text
    let words = SearchText.words(text).map { $0.lowercased() }
    if let named = words.lazy.compactMap({ Self.words[$0] }).first { state = named }
    isStaleWanted = words.contains("stale")
    if isStaleWanted {
      order = .staleness
      isDescending = false
    } else {
      staleBefore = nil
    }
    list = RowList()
  }

  /// Stale is who was last synchronized longer ago than the interval of the schedule.
  mutating func setFilter(_ text: String, now: Timestamp, clock: LocalTime) {
    setFilter(text)
    if isStaleWanted { staleBefore = now.adding(seconds: -Double(interval)) }
  }

  func wants(size: Size) -> [Want] {
    var wants: [Want] = []
    if let page = list.wantedPage(height: size.rows - 3) {
      let after = list.cursor(page: page)
      let limit = RowList<UserRow>.pageSize
      let request =
        staleBefore.map {
          Request.staleUsers(before: $0, text: name, state, after: after, limit: limit)
        }
        ?? .users(
          order, descending: isDescending, text: name, state, after: after, limit: limit)
      wants.append(Want(slot: .list, request: request, page: page))
    }
    if isHeaderStale { wants.append(Want(slot: .detail, request: .usersHeader)) }
    return wants
  }

  mutating func receive(_ response: Response, for want: Want) {
    switch response {
    case .users(let rows):
      list.receive(rows, page: want.page, isProblem: { $0.state == .error })
    case .usersHeader(let header):
      self.header = header
      isHeaderStale = false
    default: break
    }
  }

  mutating func markStale() {
    list.markStale()
    isHeaderStale = true
  }

  mutating func settle(size: Size, scene: Scene) { list.settle(height: size.rows - 3) }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    if let motion = action.motion {
      list.move(motion, height: size.rows - 3)
      return []
    }
    switch action {
    case .open:
      guard let row = list.selectedRow else { return [] }
      return [.push(.inspector(InspectorScreen(objectID: row.id, name: row.displayName)))]
    case .sort:
      order = order == .displayName ? .staleness : .displayName
      isDescending = false
      list = RowList()
    case .reverse:
      isDescending.toggle()
      list = RowList()
    case .cycleFilter:
      let all = UserRow.State.allCases
      let index = state.flatMap { all.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
      state = index < all.count ? all[index] : nil
      list = RowList()
    case .nextProblem, .previousProblem:
      let forward = action == .nextProblem
      if !list.selectProblem(forward: forward, { $0.state == .error }) {
        return [.tell("No user with an error \(forward ? "below" : "above")")]
      }
    default: return nil
    }
    return []
  }

  mutating func press(pane: Int, index: Int, scene: Scene, size: Size) { list.select(index) }

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    buffer.put(figures(scene), column: area.left, row: area.top, width: area.columns)
    buffer.put(ages(scene), column: area.left, row: area.top + 1, width: area.columns)
    let below = Rect(
      column: area.left, row: area.top + 2, columns: area.columns, rows: area.rows - 2)
    let sorted = order == .displayName ? "Display name" : "Last sync"
    return Table(Self.columns, sorted: sorted, isDescending: isDescending).draw(
      list, in: &buffer, area: below, scene: scene, isFocused: true,
      empty: text.isEmpty && state == nil
        ? "The tenant has no users yet, as far as is known." : "No user passes the filter.",
      hits: &hits)
  }

  private func figures(_ scene: Scene) -> [Span] {
    guard let header else { return [Span("Loading" + String(scene.glyphs.ellipsis), .textDim)] }
    var spans = [Span(Format.count(header.total, "user"), .title)]
    if let state { spans += [Span(" "), Span(state.rawValue, .chip)] }
    if !text.isEmpty { spans += [Span(" "), Span("/" + text, .chip)] }
    for state in UserRow.State.allCases {
      let count = header.byState[state] ?? 0
      spans.append(Span("  " + state.rawValue + " ", .textDim))
      spans.append(Span(Format.count(count), state == .error && count > 0 ? .runError : .number))
    }
    return spans
  }

  private func ages(_ scene: Scene) -> [Span] {
    guard let header else { return [] }
    func age(_ moment: Timestamp?) -> String {
      moment.map { Format.age(scene.now.seconds(since: $0)) + " ago" } ?? "never"
    }
    let stale = header.olderThanInterval
    return [
      Span("Directory sync ", .textDim), Span(age(header.lastDirectorySync), .time),
      Span("  Password sync ", .textDim), Span(age(header.lastPasswordSync), .time),
      Span("  Older than one interval ", .textDim),
      Span(Format.count(stale), stale > 0 ? .runWarning : .number),
    ]
  }
}
