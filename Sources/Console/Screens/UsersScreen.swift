import Cells
import Directory
import SyncStore

/// The active users of the tenant: how each stands, and what the tenant has confirmed of it.
struct UsersScreen: TableScreen {
  /// The state that is shown, or nil for all.
  var state: UserRow.State?
  /// Whether only users are shown that were last synchronized longer ago than the schedule's
  /// interval.
  var isStale = false
  /// The users.
  var table = TableModel<UserRow>()
  /// The figures over all users, once read.
  var header: UsersHeader?
  private var choice: UserRow.State?
  private var isHeaderStale = true
  /// When users and figures were last looked at: they grow old though nothing is committed.
  private var lastLook: Timestamp?

  /// Seconds after which figures, and a list of stale users, are read again though nothing was
  /// committed.
  static let lookInterval = 60.0

  let scope = Scope.users
  let crumb = "Users"

  var twin: String {
    let state = choice.map { "--state " + $0.rawValue.lowercased().replacing(" ", with: "-") }
    return twin(["lockstep users"] + (state.map { [$0] } ?? []))
  }
  var copyText: String { list.selectedRow?.userPrincipalName ?? "" }
  var allColumns: [Column<UserRow>] { Self.columns }
  var source: TableSource { .store(.users(state, isStale: isStale)) }
  var usualSort: ListSort? { ListSort(isStale ? "synced" : "name") }
  static let problem = "user with an error"
  static func isProblem(_ row: UserRow) -> Bool { row.state == .error }

  /// The words of a filter that name states.
  private static let words: [String: UserRow.State] = [
    "synced": .synced, "cloud": .inCloud, "in-cloud": .inCloud, "pending": .pending,
    "error": .error,
  ]

  /// The columns.
  static let columns: [Column<UserRow>] = [
    Column(
      field: "name", title: "Display name", priority: 0, minimum: 12, ideal: 32
    ) { row, _, _ in
      Span(row.displayName, .textStrong)
    },
    Column(
      field: "upn", title: "User principal name", priority: 3, minimum: 16, ideal: 44
    ) { row, _, _ in
      Span(row.userPrincipalName)
    },
    Column(
      field: "state", title: "Sync state", priority: 0, minimum: 10, ideal: 10
    ) { row, _, scene in
      state(row.state, scene)
    },
    Column(
      field: "synced", title: "Last sync", priority: 1, minimum: 10, ideal: 19
    ) { row, width, scene in
      guard row.lastSync != nil else {
        return Span(row.state == .inCloud ? "never" : "unknown", .time)
      }
      // The tenant tells no time of its own: this is when an import confirmed what was sent.
      return row.isOwnSyncTime
        ? Span("~" + scene.time(row.lastSync, width: width - 1), .time)
        : Span(scene.time(row.lastSync, width: width), .time)
    },
    Column(
      field: "age", title: "Age", priority: 2, minimum: 6, ideal: 16
    ) { row, width, scene in
      age(row, width: width, scene)
    },
    Column(
      field: "sent", title: "Values", priority: 6, minimum: 11, ideal: 22
    ) { row, width, scene in
      confirmation(row, width: width, scene)
    },
    Column(
      field: "password", title: "Last password", priority: 5, minimum: 10, ideal: 19
    ) { row, width, scene in
      let time =
        row.lastPasswordSync == nil ? "never" : scene.time(row.lastPasswordSync, width: width)
      // The ledger knows of a newer one at the source; the mark says so without colour.
      return row.hasOlderPassword && row.lastPasswordSync != nil
        ? Span(time + (time.count < width ? String(scene.glyphs.warning) : ""), .runWarning)
        : Span(time, .time)
    },
    Column(
      field: "passwordstate", title: "Password", priority: 7, minimum: 9, ideal: 28,
      isOptional: true
    ) { row, _, scene in
      row.password.map { LedgerRow.status($0, scene) } ?? Span("no channel", .textDim)
    },
    Column(
      field: "signin", title: "Sign-in", priority: 4, minimum: 7, ideal: 7
    ) { row, _, _ in
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

  /// How long ago the user was synchronized, and beside it how much of the schedule's interval that
  /// is; what has waited for longer than an interval says so without colour too.
  ///
  /// Of who is in step the time is that of the last change, and may be as old as it likes.
  private static func age(_ row: UserRow, width: Int, _ scene: Scene) -> Span {
    guard row.state != .inCloud else {
      return Span(width < 10 ? "     -" : "cloud only", .textDim)
    }
    // Of whom no time is known nobody can say that it was long ago.
    guard let synced = row.lastSync else { return Span("     -", .textDim) }
    let seconds = max(0, scene.now.seconds(since: synced))
    let text = Format.age(seconds)
    let interval = Double(max(1, scene.interval))
    let isStale = seconds > interval && row.state != .synced
    let role: Role = isStale ? .runWarning : .number
    let room = width - 7
    // A file has no use for a bar, and a screen reader reads none.
    guard (1...20).contains(room), scene.glyphs.barFull != " " else { return Span(text, role) }
    let fill = String(repeating: " ", count: max(0, 6 - text.count))
    let bar =
      isStale
      ? Meter.text(1, width: room - 1, glyphs: scene.glyphs) + String(scene.glyphs.warning)
      : Meter.text(min(1, seconds / interval), width: room, glyphs: scene.glyphs)
    return Span(fill + text + " " + bar, role)
  }

  /// Whether the tenant has said that it holds what was sent, or it was only sent.
  private static func confirmation(_ row: UserRow, width: Int, _ scene: Scene) -> Span {
    if row.state == .synced {
      return Span(String(scene.glyphs.success) + " confirmed", .runSuccess)
    }
    switch row.waiting {
    case .toBeSent: return Span("to be sent", .valuePending)
    case .toBeDeleted: return Span("to delete", .changeDelete)
    case .held: return Span("held", .valuePending)
    case .heldDelete: return Span("held delete", .changeDelete)
    case .sent, .nothing: break
    }
    guard row.state != .inCloud, let sent = row.lastSent else {
      return Span(row.state == .inCloud ? "cloud only" : "not sent", .textDim)
    }
    let words = String(scene.glyphs.up) + " only sent"
    let time = " " + scene.clock.dateAndTime(sent).suffix(8)
    // A time that is cut says less than none.
    return Span(words.count + time.count <= width ? words + time : words, .valuePending)
  }

  /// Words name states; stale is who was last synchronized longer ago than the schedule's interval.
  mutating func take(words: [String], now: Timestamp, clock: LocalTime) -> [String] {
    let named = words.lazy.compactMap { Self.words[$0.lowercased()] }.first
    state = named ?? choice
    isStale = words.contains { $0.lowercased() == "stale" }
    table.needsOrder = isStale
    return words.filter { Self.words[$0.lowercased()] == nil && $0.lowercased() != "stale" }
  }

  mutating func take(choice: String) { self.choice = UserRow.State(rawValue: choice) }

  static func rows(_ response: Response) -> [UserRow]? {
    switch response {
    case .users(let rows): rows
    case .page(let page): if case .store(.users(let rows)) = page.rows { rows } else { nil }
    default: nil
    }
  }

  func request(after row: UserRow?) -> Request {
    .users(state, after: row, limit: RowList<UserRow>.pageSize)
  }

  func wants(size: Size) -> [Want] {
    wantsOfTable(height: size.rows - 3)
      + (isHeaderStale ? [Want(slot: .detail, request: .usersHeader)] : [])
  }

  mutating func receive(_ response: Response, for want: Want) {
    if case .usersHeader(let header) = response {
      self.header = header
      isHeaderStale = false
    } else {
      receiveTable(response, for: want)
    }
  }

  mutating func markStale() {
    list.markStale()
    isHeaderStale = true
  }

  mutating func settle(size: Size, scene: Scene) {
    let isDue = lastLook.map { abs(scene.now.seconds(since: $0)) >= Self.lookInterval } ?? true
    if isDue {
      if lastLook != nil {
        isHeaderStale = true
        // Which users are shown depends on the time only where stale ones are.
        if isStale { list.markStale() }
      }
      lastLook = scene.now
    }
    list.settle(height: size.rows - 3)
  }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    switch action {
    case .open:
      guard let row = list.selectedRow else { return [] }
      var inspector = InspectorScreen(objectID: row.id, name: row.displayName)
      if row.state == .error { inspector.tab = .error }
      return [.push(.inspector(inspector))]
    case .cycleFilter:
      let all = UserRow.State.allCases
      let index = state.flatMap { all.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
      var settings = table.settings
      // A state that was typed would stay the one that is shown.
      settings.text = SearchText.without(settings.text) { Self.words[$0.lowercased()] != nil }
      settings.choice = index < all.count ? all[index].rawValue : ""
      return [.arrange(settings)]
    default: return performOnTable(action, height: size.rows - 3)
    }
  }

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    draw(
      head: [figures(scene), ages(scene)], in: &buffer, area: area, scene: scene,
      empty: filterText.isEmpty && state == nil
        ? "The tenant has no users yet, as far as is known." : "No user passes the filter.",
      hits: &hits)
  }

  private func figures(_ scene: Scene) -> [Span] {
    guard let header else { return TableHead.loading(scene) }
    let total = Format.count(header.total, "user")
    var spans = [Span(passing(header).map { Format.count($0) + " of " + total } ?? total, .title)]
    // Of several targets it is the first one's users that are shown.
    if scene.targets.count > 1, let first = scene.targets.first {
      spans.append(
        Span(" of \(Sanitizer.verbose(first)), 1 of \(scene.targets.count) targets", .runWarning))
    }
    if let state { spans += [Span(" "), Span(state.rawValue, .chip)] }
    if !filterText.isEmpty {
      spans += [Span(" "), Span("/" + filterText, .chip), Span(table.asOf, .textDim)]
    }
    spans += markedCount
    if let ordering = table.ordering { spans.append(Span("  " + ordering, .runRunning)) }
    for state in UserRow.State.allCases {
      let count = header.byState[state] ?? 0
      let role: Role = state == .error && count > 0 ? .runError : .number
      spans += [Span("  ")] + TableHead.figure(state.rawValue, Format.count(count), role)
    }
    return spans
  }

  /// How many users pass what the list is narrowed to; nil where it is not, or nobody knows yet.
  private func passing(_ header: UsersHeader) -> Int? {
    guard state != nil || isStale || !table.terms.isEmpty else { return nil }
    if list.isComplete { return list.count }
    return isStale || !table.terms.isEmpty ? nil : state.map { header.byState[$0] ?? 0 }
  }

  private func ages(_ scene: Scene) -> [Span] {
    guard let header else { return [] }
    let stale = header.olderThanInterval
    return TableHead.line([
      TableHead.age("Directory sync", header.lastDirectorySync, scene),
      TableHead.age("Password sync", header.lastPasswordSync, scene),
      TableHead.figure("Unchanged an interval", Format.count(stale)),
    ]) + [Span(header.hasOwnSyncTimes ? "  ~ confirmed by an import" : "", .textDim)]
  }
}
