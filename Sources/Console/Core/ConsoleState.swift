public import Cells
public import Directory
import SyncStore

/// Everything that decides what the console shows.
///
/// A value: ``update(_:_:)`` changes it, ``view(_:size:)`` draws it, nothing else knows it.
public struct ConsoleState: Equatable, Sendable {
  /// How the console began.
  var options: ConsoleOptions
  /// The terminal's extent.
  public internal(set) var size: Size
  /// The present moment, as the last tick told.
  public internal(set) var now: Timestamp
  /// The view that is shown.
  var view: ViewID
  /// Each view's screens, the one that is shown last.
  var stacks: [ViewID: [Screen]] = [:]
  /// Each view's screens that a person came back from, the one that was left last at the end.
  var leftScreens: [ViewID: [Screen]] = [:]
  /// The engine, once known.
  var status: EngineStatus?
  /// What runs now.
  var progress: RunProgress?
  /// The other consoles that are open on this workspace.
  var others: [OtherConsole] = []
  /// The newest command that is known of; nil before the first look.
  var lastActivity: Int64?
  /// What waits to be run once what runs is over, oldest first.
  var waitingRuns: [FiledCommand] = []
  /// What is being taken back with what was stopped, in words, by its number.
  var takenBack: [Int64: String] = [:]
  /// The commands that this console filed.
  var ownCommands: Set<Int64> = []
  /// Who was told of last as having asked for something.
  var toldBy: String?
  var isActivityStale = false
  /// Changes of the schedule and of staging mode that can be taken back, the last one last.
  var reversals: [Reversal] = []
  /// What was noted of those that are on their way into the store.
  var reversalNotes: [ReversalNote] = []
  /// What was asked for, whose question needs to be counted first.
  var inquiry: Inquiry?
  /// Whether a list is being written to a file.
  var isExporting = false
  /// The searches of the metaverse that were kept, by their names.
  var searches: [String: String] = [:]
  /// How tables were arranged, by their names, where it is not as usual.
  var tables: [String: TableSettings] = [:]
  /// Whether what is shown stays as it is, whatever is committed.
  var isPaused = false
  /// Commands that were typed, the last one last.
  var typedCommands: [String] = []
  /// The runs that have been told of as somebody else's.
  var toldRun: Int64?
  /// What lies above the screens.
  var overlay: Overlay?
  /// How many questions have come up that no key has opened.
  var sprungQuestions = 0
  /// Words that are shown for a while.
  var toast: Toast?
  /// The theme that is chosen.
  var theme: String
  /// The marks and lines that are drawn with.
  var glyphs: Glyphs
  /// What the store could not do, by the place that waits for it.
  var faults: [Slot: Fault] = [:]
  /// Why the store's changes can't be followed, or nil.
  var pollFault: Fault?
  /// Whether there is no store where it is looked for.
  var isStoreMissing = false
  /// Whether there is one that an engine has to upgrade before it can be read.
  var isStoreOlder = false
  /// Whether there has been one since the console began.
  var wasStoreSeen = false
  /// What is being read.
  var pending: [Slot: Pending] = [:]
  var lastTicket = 0
  /// The store's change counter when it was last read.
  var counter: Int64?
  var isPolling = false
  /// Whether it is told when the store is written to.
  var isWatching = false
  /// Whether the store was written to since the last look at it.
  var isStirred = false
  /// When it was told last that the store was written to.
  var lastStir: Timestamp?
  var lastPoll: Timestamp?
  var lastChange: Timestamp
  var isHeaderStale = true
  var lastHeader: Timestamp?
  /// When what the header says was asked for: what came later is not in its counts.
  var headerAsked: Timestamp?
  /// The number of the request that the header answered last.
  var headerTicket = 0
  /// Since when what was asked for first of what is not written yet waits for the store, and how much
  /// there is of that.
  var unwritten = Unwritten()
  /// Commands that are on their way into the store.
  var filing: [EngineCommand] = []
  /// Commands whose outcome is not known yet, oldest first.
  var watched: [WatchedCommand] = []
  /// Releases that were asked for together, whose outcome is told as one.
  var releases: [ReleaseBatch] = []
  var isWatchStale = false

  /// What is on its way into the store.
  struct Unwritten: Equatable, Sendable {
    var count = 0
    var since: Timestamp?
  }

  /// A request that was made.
  struct Pending: Equatable, Sendable {
    var ticket: Ticket
    var want: Want
    var since: Timestamp
    /// When to try again, if the store could not answer.
    var retryAt: Timestamp?
    /// Whether something was committed since it was asked for, which the answer may not know of.
    var isOvertaken = false
  }

  /// A console that has just begun.
  public init(_ options: ConsoleOptions, size: Size, now: Timestamp) {
    self.options = options
    self.size = size
    self.now = now
    view = options.view
    theme = options.theme
    glyphs = options.plain ? .plain : options.ascii ? .ascii : .unicode
    lastChange = now
    for view in ViewID.allCases { stacks[view] = [Screen.root(of: view)] }
    searches = options.searches
    restoreTables()
  }

  /// The first requests of a console that has just begun.
  public mutating func start() -> [Effect] {
    settle()
    return requestLoads()
  }

  /// What of the picture changes by itself: another moment may look different.
  ///
  /// While a step runs that is its duration, which has tenths of seconds; else ages and countdowns.
  public struct Moment: Equatable, Sendable {
    var time: Int64
    var toast: Toast?
    var pollFault: Fault?
    var counter: Int64?
    /// Whether a line says that the store is waited for; what is below it moves down.
    var isWaiting: Bool
  }

  /// The present moment, as far as it can be seen.
  public var moment: Moment {
    let time = progress == nil ? now.milliseconds / 1000 : now.milliseconds
    return Moment(
      time: time, toast: toast, pollFault: pollFault, counter: counter, isWaiting: waiting != nil)
  }

  /// The screen that is shown.
  var screen: Screen {
    get { stacks[view]?.last ?? Screen.root(of: view) }
    set {
      if stacks[view]?.isEmpty ?? true { stacks[view] = [newValue] }
      let last = (stacks[view]?.count ?? 1) - 1
      stacks[view]?[last] = newValue
    }
  }

  /// What the next console should begin with.
  var preferences: ConsolePreferences {
    ConsolePreferences(theme: theme, view: view, searches: searches, tables: tables)
  }

  /// The actions with the keys that they have here.
  var actions: [Action] { options.keys.actions }

  /// The action of a key in a scope.
  func action(of key: Key, in scope: Scope) -> Action? {
    let candidates = actions.filter { $0.keys.contains(key) && $0.applies(in: scope) }
    return candidates.first { !$0.scopes.isEmpty } ?? candidates.first
  }

  /// The action of an id.
  func action(_ id: ActionID) -> Action? { actions.first { $0.id == id } }

  /// What would be compared now, or why nothing can be.
  var comparison: RunComparing {
    guard case .operations(let operations) = screen else { return .not("This is no history") }
    return operations.comparing
  }

  /// What drawing needs to know.
  var scene: Scene {
    var scene = Scene(now: now, clock: options.clock, glyphs: glyphs)
    if let seconds = status?.schedule.intervalSeconds { scene.interval = seconds }
    scene.isReadOnly = options.readOnly
    scene.targets = status?.targets ?? []
    scene.isStaging = status?.isStaging ?? false
    scene.heldDeletes = status?.heldDeletesByConnector ?? [:]
    scene.unshown = status?.unshown ?? []
    if isStoreMissing, !wasStoreSeen, !options.readOnly, let full = action(.full)?.keys.first {
      scene.unread = "Nothing yet: " + full.name + " runs the first cycle"
    }
    return scene
  }

  /// The cells that the screen has.
  var contentSize: Size { FrameLayout(self, size: size).content.size }

  /// Whether Esc leads anywhere.
  var canGoBack: Bool {
    if (stacks[view]?.count ?? 0) > 1 { return true }
    if let settings = screen.model.tableInfo?.settings,
      !settings.text.isEmpty || !settings.choice.isEmpty
    {
      return true
    }
    if case .operations(let operations) = screen, operations.pane != .history { return true }
    return isAtMoment
  }

  /// Whether the list shows what was at a moment and before.
  var isAtMoment: Bool {
    switch screen {
    case .events(let events): events.until != nil
    case .operations(let operations): operations.filter.until != nil
    default: false
    }
  }

  /// Whether there is a screen that a person came back from.
  var canGoForward: Bool { leftScreens[view]?.isEmpty == false }

  /// What the store could not do, the gravest first, or what the engine does not do; nil if all is
  /// well.
  var fault: Fault? {
    let unread = pollFault ?? Slot.allCases.lazy.compactMap { faults[$0] }.first
    return firstFault ?? unread ?? unfiled ?? untaken
  }

  /// That there is no store yet, with the key that makes one here.
  private var firstFault: Fault? {
    guard isStoreMissing, !wasStoreSeen, !options.readOnly, let pollFault,
      let full = action(.full)?.keys.first
    else { return nil }
    return Fault(
      message: pollFault.message, hint: full.name + " runs the first cycle, which makes one.")
  }

  /// That what was asked for is not written yet.
  private var unfiled: Fault? {
    guard let since = unwritten.since, now.seconds(since: since) >= Self.writingPatience else {
      return nil
    }
    let what = filing.first.map { "The " + $0.words } ?? "What was changed"
    return Fault(
      message: what + " is asked for as soon as the store can be written",
      hint: "Another process has written to it for " + Format.age(now.seconds(since: since)) + ".")
  }

  /// Seconds that writing to the store may take without a word.
  static let writingPatience = 2.0

  /// That an engine which has nothing to do leaves a command lying: it may hang.
  private var untaken: Fault? {
    guard let status, status.state == .idle, let first = watched.first, !first.isTaken,
      let since = first.since, now.seconds(since: since) >= Self.patience
    else { return nil }
    // It is taken between two turns, of which one may be at work.
    if case .passwords = first.command { return nil }
    return Fault(
      message: "Not taken by the engine (process \(status.pid)) for "
        + Format.age(now.seconds(since: since)) + ": " + first.command.words,
      hint: "It may hang; lockstep service stop ends it.")
  }

  /// Seconds after which an engine that has nothing to do should have taken a command.
  static let patience = 5.0

  /// Seconds for which the person has been waiting for the store; nil if it is not worth a word.
  var waiting: Double? {
    // What a command works on is no fault of the store.
    let since = pending.values.filter { $0.retryAt == nil && !$0.want.request.isTool }
      .map(\.since).min()
    guard let since, now.seconds(since: since) >= 1 else { return nil }
    return now.seconds(since: since)
  }

  /// The selected connector, and the deletes that it holds back: as the header has it, which is
  /// never old; a row may be.
  var heldDeletes: (connector: String, count: Int) {
    guard case .connectors(let screen) = screen, let row = screen.list.selectedRow else {
      return ("", 0)
    }
    return (row.name, status.map { $0.heldDeletesByConnector[row.name] ?? 0 } ?? row.heldDeletes)
  }

  /// The connector that the screen is about.
  var selectedConnector: ConnectorRow? {
    switch screen {
    case .connectors(let screen): screen.list.selectedRow
    case .objects(let screen): screen.connector
    default: nil
    }
  }

  /// The object under the cursor, else the one that was looked at last, in any view.
  var objectAtHand: (name: String, id: Int64)? {
    let others = ViewID.allCases.filter { $0 != view }
    for stack in ([view] + others).compactMap({ stacks[$0] }) {
      for screen in stack.reversed() {
        switch screen {
        case .inspector(let inspector):
          if let row = inspector.detail?.row { return (row.display, row.id) }
        case .objects(let objects):
          if let row = objects.list.selectedRow { return (row.display, row.id) }
        case .metaverse(let metaverse) where view == .metaverse:
          if let row = metaverse.list.selectedRow, let id = row.objectID {
            return (row.display, id)
          }
        default: break
        }
      }
    }
    return nil
  }

  /// Whether a preview is shown that could be stored.
  var canCommit: Bool {
    guard case .inspector(let inspector) = screen, inspector.tab == .preview else { return false }
    return inspector.preview.report?.isCommitted == false
  }

  /// Why nothing can be asked of an engine now, for want of a store; nil if it can.
  ///
  /// An engine makes a store where there is none. That is well where there never was one; where one
  /// was read and is gone, all would be sent anew without what it knew.
  func storeReason(for command: EngineCommand) -> String? {
    guard isStoreMissing else { return nil }
    if wasStoreSeen {
      return "the store that was here is gone; put it back, or leave and run lockstep initial "
        + "for a new one"
    }
    switch command {
    // What only looks, and what a person chose step by step, makes the store as well.
    case .cycle(.initial), .rehearse, .run: return nil
    default: break
    }
    guard let full = action(.full)?.keys.first?.name else { return nil }
    return "there is no store yet; the Initial cycle (\(full)) makes one"
  }

  /// What must be true at all times; the first thing that is not, or nil.
  public func checkInvariants() -> String? {
    for view in ViewID.allCases {
      guard let stack = stacks[view], !stack.isEmpty else { return "\(view) has a screen" }
      for screen in stack {
        if let violation = screen.model.violation { return "\(view): " + violation }
      }
    }
    for (slot, pending) in pending where pending.ticket.slot != slot {
      return "an answer goes to the place that asked"
    }
    if pending.values.contains(where: { $0.ticket.number > lastTicket }) {
      return "tickets count up"
    }
    return nil
  }
}
