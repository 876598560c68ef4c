import Cells
import Directory
import SyncStore

/// The channels of passwords and their ledger: how far each account's password has come.
struct PasswordsScreen: TableScreen {
  /// Which accounts are shown.
  var filter = PasswordFilter.all
  /// The accounts.
  var table = TableModel<LedgerRow>()
  /// The channels, once read.
  var channels: [PasswordChannelRow]?
  private var choice = PasswordFilter.all
  private var isHeaderStale = true

  let scope = Scope.passwords
  let crumb = "Passwords"

  var twin: String {
    // Without a channel there is no ledger, which the state of the channels tells.
    guard channels?.isEmpty == false else { return "lockstep password-sync" }
    let only = choice == .all ? [] : ["--only " + choice.rawValue]
    return twin(["lockstep password-sync list"] + only)
  }
  var copyText: String { list.selectedRow?.row.dn ?? "" }
  var allColumns: [Column<LedgerRow>] { Self.columns }
  var source: TableSource { .store(.passwords(filter)) }
  static let problem = "account whose password failed"
  static func isProblem(_ row: LedgerRow) -> Bool {
    row.row.attempts > 0 || row.row.status == .error
      || row.row.status == .retryRequestedByTarget
  }

  /// The columns.
  static let columns: [Column<LedgerRow>] = [
    Column(
      field: "name", title: "Account", priority: 0, minimum: 12, worth: 22, ideal: 30
    ) { row, _, _ in
      Span(row.name, .textStrong)
    },
    Column(
      field: "status", title: "Status", priority: 0, minimum: 16, ideal: 31
    ) { row, _, scene in
      LedgerRow.status(row.row.status, scene)
    },
    Column(
      field: "target", title: "Target has", priority: 2, minimum: 10, ideal: 10
    ) { row, _, _ in
      Span(
        row.row.held.rawValue, row.row.held == .older ? .runWarning : .text)
    },
    Column(
      field: "changed", title: "Changed", priority: 3, minimum: 9, ideal: 19
    ) { row, width, scene in
      Span(scene.time(row.row.changed, width: width), .time)
    },
    Column(
      field: "taken", title: "Taken", priority: 4, minimum: 9, ideal: 19
    ) { row, width, scene in
      Span(scene.time(row.row.succeeded, width: width), .time)
    },
    Column(
      field: "lag", title: "Lag", priority: 1, minimum: 7, ideal: 9, alignment: .trailing
    ) { row, _, scene in
      guard let lag = row.row.lag(now: scene.now) else { return Span("-", .textDim) }
      return Span(Format.age(lag), row.row.isCurrent ? .number : .runWarning)
    },
    Column(
      field: "tries", title: "Tries", priority: 5, minimum: 5, ideal: 5, alignment: .trailing
    ) { row, _, _ in
      Span(Format.count(row.row.attempts), row.row.attempts > 0 ? .runWarning : .number)
    },
    Column(
      field: "due", title: "Sent next", priority: 6, minimum: 9, ideal: 19
    ) { row, width, scene in
      Span(scene.time(row.row.due, width: width), .time)
    },
    Column(
      field: "upn", title: "User principal name", priority: 7, minimum: 18, ideal: 36
    ) { row, _, _ in
      Span(row.row.userPrincipalName)
    },
    Column(
      field: "reason", title: "Reason", priority: 8, minimum: 14, ideal: 80
    ) { row, _, _ in
      Span(row.row.reason)
    },
    Column(
      field: "sent", title: "Asked", priority: 9, minimum: 9, ideal: 19, isOptional: true
    ) { row, width, scene in
      Span(scene.time(row.row.requested, width: width), .time)
    },
    Column(
      field: "answered", title: "Answered", priority: 10, minimum: 9, ideal: 19, isOptional: true
    ) { row, width, scene in
      Span(scene.time(row.row.answered, width: width), .time)
    },
    Column(
      field: "dn", title: "Distinguished name", priority: 11, minimum: 18, ideal: 60,
      isOptional: true
    ) { row, _, _ in
      Span(row.row.dn)
    },
    Column(
      field: "channel", title: "Channel", priority: 12, minimum: 10, ideal: 24, isOptional: true
    ) { row, _, _ in
      Span(row.row.domain)
    },
  ]

  /// `older`, `failed` and the other kinds of accounts are words by themselves.
  mutating func take(words: [String], now: Timestamp, clock: LocalTime) -> [String] {
    let named = words.lazy.compactMap { PasswordFilter(rawValue: $0.lowercased()) }.first
    filter = named ?? choice
    // Nothing but the order of their entering is at hand without looking at every account.
    table.needsOrder = filter != .all
    return words.filter { PasswordFilter(rawValue: $0.lowercased()) == nil }
  }

  mutating func take(choice: String) { self.choice = PasswordFilter(rawValue: choice) ?? .all }

  static func rows(_ response: Response) -> [LedgerRow]? {
    switch response {
    case .passwords(let rows): rows
    case .page(let page):
      if case .store(.passwords(let rows)) = page.rows { rows.map { LedgerRow($0) } } else { nil }
    default: nil
    }
  }

  func request(after row: LedgerRow?) -> Request {
    .passwords(after: row?.id, limit: RowList<LedgerRow>.pageSize)
  }

  /// The channel of the selected account, else the first.
  var channel: PasswordChannelRow? {
    let id = list.selectedRow?.row.id.channel
    return channels?.first { $0.id == id } ?? channels?.first
  }

  private func tableHeight(_ size: Size) -> Int {
    max(1, size.rows - headHeight(size) - 1)
  }

  func wants(size: Size) -> [Want] {
    wantsOfTable(height: tableHeight(size))
      + (isHeaderStale ? [Want(slot: .detail, request: .passwordChannels)] : [])
  }

  mutating func receive(_ response: Response, for want: Want) {
    if case .passwordChannels(let channels) = response {
      self.channels = channels
      isHeaderStale = false
    } else {
      receiveTable(response, for: want)
    }
  }

  mutating func markStale() {
    list.markStale()
    isHeaderStale = true
  }

  mutating func settle(size: Size, scene: Scene) { list.settle(height: tableHeight(size)) }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    switch action {
    case .open:
      guard let row = list.selectedRow else { return [] }
      return [.push(.passwordAccount(PasswordAccountScreen(row.row.id, name: row.name)))]
    case .passwordBatches: return [.push(.passwordBatches(PasswordBatchesScreen()))]
    case .cycleFilter:
      let all = PasswordFilter.allCases
      let index = (all.firstIndex(of: filter) ?? 0) + 1
      var settings = table.settings
      // A filter that was typed would stay the one that is shown.
      settings.text = SearchText.without(settings.text) {
        PasswordFilter(rawValue: $0.lowercased()) != nil
      }
      settings.choice = index < all.count ? all[index].rawValue : ""
      return [.arrange(settings)]
    default: return performOnTable(action, height: tableHeight(size))
    }
  }

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    if let channels, channels.isEmpty {
      return drawAdvice(in: &buffer, area: area)
    }
    defer { drawBar(in: &buffer, area: area, scene: scene) }
    return draw(
      head: head(area.size, scene), in: &buffer, area: area, scene: scene,
      empty: filter == .all && table.isPlain
        ? "No account has been read yet." : "No account passes the filter.", hits: &hits)
  }

  /// What is to be done where nothing is configured.
  private func drawAdvice(in buffer: inout CellBuffer, area: Rect) -> Position {
    let paragraphs = [
      "No synchronization of passwords is configured.",
      "A [password_sync] section in lockstep.toml sets it up: source and target name two connectors, "
        + "and [password_sync.replication] or hash_attribute says where the hashes are.",
      "lockstep check tells whether the section is right; the engine takes it up by itself.",
    ]
    var row = area.top
    for (index, paragraph) in paragraphs.enumerated() {
      for line in Wrap.lines(paragraph, width: area.columns) where row < area.bottom {
        buffer.put(
          [Span(line, index == 0 ? .title : .text)], column: area.left, row: row,
          width: area.columns)
        row += 1
      }
      if area.rows >= 12 { row += 1 }
    }
    return area.origin
  }
}
