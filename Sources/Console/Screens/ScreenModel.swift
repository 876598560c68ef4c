import Cells
import Directory
import SyncStore

/// Something that a screen wants to have read.
struct Want: Equatable, Sendable {
  /// The place that the answer goes to.
  var slot: Slot
  /// What is to be read.
  var request: Request
  /// The page of the list that the answer is; 0 for what is no list.
  var page = 0
}

/// What a screen asks the console to do.
enum Intent: Equatable, Sendable {
  /// Open a screen above this one.
  case push(Screen)
  /// Say something for a while.
  case tell(String)
  /// Ask the engine for something.
  case ask(EngineCommand)
  /// Let the person type, beginning with a text.
  case prompt(Prompt.Kind, String)
  /// Let the person edit a rule file, at a line.
  case edit(file: String, line: Int)
  /// Ask the person first.
  case confirm(Dialog)
  /// Arrange the table otherwise.
  case arrange(TableSettings)
  /// Let the person choose.
  case menu(Menu)
  /// Do what a key of this action does, if it can be done now.
  case act(ActionID)
}

/// One screen: what it holds, how it moves, what it needs to have read, how it is drawn.
protocol ScreenModel: Equatable, Sendable {
  /// Which actions apply.
  var scope: Scope { get }
  /// Where one is, in a few words.
  var crumb: String { get }
  /// What the list is narrowed to by text.
  var filterText: String { get }
  /// The command that prints the same as text; empty if there is none.
  var twin: String { get }
  /// What `y` copies; empty if there is nothing.
  var copyText: String { get }
  /// What `e` writes to a file; nil as long as nothing is known to write.
  func export(scene: Scene) -> ScreenExport?
  /// The table that has the focus; nil if there is none.
  var tableInfo: TableInfo? { get }
  /// What must always be true; the first thing that is not, or nil.
  var violation: String? { get }

  /// Arranges the table that has the focus.
  ///
  /// - Parameter isStep: Whether a person can take this back on its own.
  mutating func arrange(
    _ settings: TableSettings, now: Timestamp, clock: LocalTime, isStep: Bool)
  /// Arranges the screen's tables as they were kept, by their names.
  mutating func restore(_ tables: [String: TableSettings], now: Timestamp, clock: LocalTime)
  /// Notes settings that a person can go back to.
  mutating func rememberArrangement(_ settings: TableSettings)
  /// Takes the last change of the table's arrangement back, or does it again; false if there is none.
  mutating func stepArrangement(back: Bool, now: Timestamp, clock: LocalTime) -> Bool
  /// Shows what was at a moment and before; nil shows the newest again. False where there is no
  /// time.
  mutating func goTo(_ moment: Timestamp?) -> Bool
  /// What should be read, first things first.
  func wants(size: Size) -> [Want]
  /// Takes an answer to something that was wanted.
  mutating func receive(_ response: Response, for want: Want)
  /// What the last answer has shown that a person must be told; told once.
  mutating func takeNotice() -> String?
  /// Says that the store has changed.
  mutating func markStale()
  /// Says that the rows that are at hand stay as they are until the next change.
  mutating func hold()
  /// Says that files of rules have been changed here.
  mutating func rulesEdited()
  /// Fits the viewports to the size of the content area.
  mutating func settle(size: Size, scene: Scene)
  /// Does what a key asks for; `nil` says that the action means nothing here.
  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]?
  /// Says that a command was filed under a number, which this screen may have asked for.
  mutating func filed(_ command: EngineCommand, _ id: Int64)
  /// Says what became of a command.
  mutating func ended(_ status: CommandStatus)
  /// Says that a command could not be filed, and why.
  mutating func notFiled(_ command: EngineCommand, _ reason: String)
  /// Says that nobody works on a command that was filed, as far as is known, and why.
  mutating func givenUp(_ command: Int64, _ reason: String)
  /// Gives one of the screen's parts the focus.
  mutating func focus(pane: Int)
  /// Selects what was pressed with the mouse.
  mutating func press(pane: Int, index: Int, scene: Scene, size: Size)
  /// Draws into `area`; returns the place of what is selected.
  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position
}

extension ScreenModel {
  var filterText: String { "" }
  var twin: String { "" }
  var tableInfo: TableInfo? { nil }
  var violation: String? { nil }
  mutating func arrange(
    _ settings: TableSettings, now: Timestamp, clock: LocalTime, isStep: Bool
  ) {}
  mutating func restore(
    _ tables: [String: TableSettings], now: Timestamp, clock: LocalTime
  ) {}
  mutating func rememberArrangement(_ settings: TableSettings) {}
  mutating func stepArrangement(back: Bool, now: Timestamp, clock: LocalTime) -> Bool { false }
  mutating func goTo(_ moment: Timestamp?) -> Bool { false }
  mutating func takeNotice() -> String? { nil }
  mutating func focus(pane: Int) {}
  mutating func hold() {}
  mutating func rulesEdited() {}
  mutating func filed(_ command: EngineCommand, _ id: Int64) {}
  mutating func ended(_ status: CommandStatus) {}
  mutating func notFiled(_ command: EngineCommand, _ reason: String) {}
  mutating func givenUp(_ command: Int64, _ reason: String) {}
}

/// The screens there are.
enum Screen: Equatable, Sendable {
  case operations(OperationsScreen)
  case changes(ChangesScreen)
  case deltas(DeltasScreen)
  case connectors(ConnectorsScreen)
  case objects(ObjectsScreen)
  case inspector(InspectorScreen)
  case users(UsersScreen)
  case passwords(PasswordsScreen)
  case passwordAccount(PasswordAccountScreen)
  case passwordBatches(PasswordBatchesScreen)
  case passwordBatch(PasswordBatchScreen)
  case events(EventsScreen)
  case event(EventScreen)
  case held(HeldScreen)
  case heldObjects(HeldObjectsScreen)
  case tool(ToolScreen)
  case metaverse(MetaverseScreen)
  case rules(RulesScreen)
  case rule(RuleScreen)
  case families(FamiliesScreen)
  case family(FamilyScreen)
  case activity(ActivityScreen)

  /// What the screen is, whichever it is.
  var model: any ScreenModel {
    get {
      switch self {
      case .operations(let screen): screen
      case .changes(let screen): screen
      case .deltas(let screen): screen
      case .connectors(let screen): screen
      case .objects(let screen): screen
      case .inspector(let screen): screen
      case .users(let screen): screen
      case .passwords(let screen): screen
      case .passwordAccount(let screen): screen
      case .passwordBatches(let screen): screen
      case .passwordBatch(let screen): screen
      case .events(let screen): screen
      case .event(let screen): screen
      case .held(let screen): screen
      case .heldObjects(let screen): screen
      case .tool(let screen): screen
      case .metaverse(let screen): screen
      case .rules(let screen): screen
      case .rule(let screen): screen
      case .families(let screen): screen
      case .family(let screen): screen
      case .activity(let screen): screen
      }
    }
    set {
      switch newValue {
      case let screen as OperationsScreen: self = .operations(screen)
      case let screen as ChangesScreen: self = .changes(screen)
      case let screen as DeltasScreen: self = .deltas(screen)
      case let screen as ConnectorsScreen: self = .connectors(screen)
      case let screen as ObjectsScreen: self = .objects(screen)
      case let screen as InspectorScreen: self = .inspector(screen)
      case let screen as UsersScreen: self = .users(screen)
      case let screen as PasswordsScreen: self = .passwords(screen)
      case let screen as PasswordAccountScreen: self = .passwordAccount(screen)
      case let screen as PasswordBatchesScreen: self = .passwordBatches(screen)
      case let screen as PasswordBatchScreen: self = .passwordBatch(screen)
      case let screen as EventsScreen: self = .events(screen)
      case let screen as EventScreen: self = .event(screen)
      case let screen as HeldScreen: self = .held(screen)
      case let screen as HeldObjectsScreen: self = .heldObjects(screen)
      case let screen as ToolScreen: self = .tool(screen)
      case let screen as MetaverseScreen: self = .metaverse(screen)
      case let screen as RulesScreen: self = .rules(screen)
      case let screen as RuleScreen: self = .rule(screen)
      case let screen as FamiliesScreen: self = .families(screen)
      case let screen as FamilyScreen: self = .family(screen)
      case let screen as ActivityScreen: self = .activity(screen)
      default: break
      }
    }
  }

  /// The first screen of a view.
  static func root(of view: ViewID) -> Screen {
    switch view {
    case .operations: .operations(OperationsScreen())
    case .connectors: .connectors(ConnectorsScreen())
    case .metaverse: .metaverse(MetaverseScreen())
    case .users: .users(UsersScreen())
    case .passwords: .passwords(PasswordsScreen())
    case .rules: .rules(RulesScreen())
    case .events: .events(EventsScreen())
    }
  }
}

extension ActionID {
  /// The movement that the action is, or nil.
  var motion: Motion? {
    switch self {
    case .up: .up(1)
    case .down: .down(1)
    case .pageUp: .pageUp
    case .pageDown: .pageDown
    case .first: .first
    case .last: .last
    default: nil
    }
  }
}
