import Cells
public import Directory
public import SyncStore

/// A table of the console with what narrows and sorts it, for who prints it as text.
///
/// What is typed means the same here and there, so that both show the same rows.
public struct TableQuery: Equatable, Sendable {
  /// The tables that there are.
  public enum Place: Sendable {
    /// The first table of a view.
    case view(ViewID)
    /// The errors that objects have now.
    case openErrors
    /// The objects of a connector space.
    case objects(ConnectorRow)
    /// The objects of a group of held changes.
    case held(HeldGroup)
    /// The objects that a step counted.
    case changes(OperationRow, CounterRow)
    /// Batches of passwords.
    case passwordBatches
    /// The rules, with what they have brought about.
    case coverage(RuleUse)
  }

  /// How a table is arranged, in words.
  public struct Words: Equatable, Sendable {
    /// What is typed after `/` to narrow it.
    public var filter = ""
    /// The one of the table's own choices that is shown: `errors`; empty for all.
    public var choice = ""
    /// The field to sort by, as `:sort` takes it; nil for the usual order.
    public var sort: String?
    /// The moment up to which rows are shown, of what has times.
    public var until: Timestamp?

    /// A table as it is.
    public init() {}
  }

  /// The table.
  public var source: TableSource
  /// Its order, and what it is narrowed to.
  public var arrangement: ListArrangement

  /// The table that words ask for.
  ///
  /// - Throws: ``Fault`` for words that say nothing of this table.
  public init(_ place: Place, _ words: Words, now: Timestamp, clock: LocalTime) throws(Fault) {
    let screen: any TableScreen =
      switch place {
      case .view(.operations): OperationsScreen()
      case .view(.connectors): ConnectorsScreen()
      case .view(.metaverse): MetaverseScreen()
      case .view(.users): UsersScreen()
      case .view(.passwords): PasswordsScreen()
      case .view(.rules): RulesScreen()
      case .view(.events): EventsScreen()
      case .openErrors: FamilyScreen(nil)
      case .objects(let connector): ObjectsScreen(connector: connector)
      case .held(let group): HeldObjectsScreen(group: group)
      case .changes(let step, let counter): ChangesScreen(step: step, counter: counter)
      case .passwordBatches: PasswordBatchesScreen()
      case .coverage(let use): RulesScreen(use: use)
      }
    try self.init(screen, words, now, clock)
  }

  private init(
    _ screen: some TableScreen, _ words: Words, _ now: Timestamp, _ clock: LocalTime
  ) throws(Fault) {
    var screen = screen
    var settings = TableSettings()
    (settings.text, settings.choice) = (words.filter, words.choice)
    if let text = words.sort {
      let fields = screen.tableInfo?.fields.map(\.name) ?? []
      guard let sort = ListSort(text: text), fields.contains(sort.field) else {
        throw Fault(
          message: "there is no field '\(text)' to sort by",
          hint: "There are " + fields.joined(separator: ", ") + "; each also with :desc")
      }
      settings.sort = sort
    }
    // The metaverse is searched by any attribute.
    if !(screen is MetaverseScreen) {
      try Self.check(SearchText.words(words.filter), screen.tableInfo?.fields ?? [])
    }
    screen.arrange(settings, now: now, clock: clock, isStep: false)
    if let until = words.until { _ = screen.goTo(until) }
    guard screen.table.fault.isEmpty else {
      throw Fault(
        message: screen.table.fault,
        hint: "It is typed as after / in the console: words, field:part, field=whole, field>5")
    }
    (source, arrangement) = (screen.source, screen.table.arrangement)
  }

  /// Refuses what compares a field that there is not, or a state: who types it in the console sees
  /// that nothing is found, and what is read there; a program takes it for the answer.
  private static func check(
    _ words: [String], _ fields: [FilterText.Field]
  ) throws(Fault) {
    for word in words {
      let word = word.hasPrefix("!") ? word.dropFirst() : word[...]
      let name = word.prefix { $0.isASCII && ($0.isLetter || $0 == "-") }
      let rest = word[name.endIndex...]
      let value = rest.drop { "=<>!^".contains($0) }
      let sign = rest[..<value.startIndex]
      guard !name.isEmpty, sign.contains(where: { "=<>".contains($0) }) else { continue }
      guard let field = FilterText.field(name.lowercased().filter { $0 != "-" }, fields) else {
        // A part of a DN is a text to look for.
        if sign == "=", nameTypes.contains(name.lowercased()) { continue }
        throw Fault(
          message: "there is no field '\(name)' to filter by",
          hint: "There are " + fields.map(\.name).joined(separator: ", "))
      }
      if field.name == "state", sign == "=" || sign == "!=" {
        try check(state: String(value), fields)
      }
    }
  }

  /// Of the lists with states, that of users has few and fixed ones.
  private static func check(state: String, _ fields: [FilterText.Field]) throws(Fault) {
    let states = UserRow.State.allCases.map(\.rawValue)
    guard fields.contains(where: { $0.name == "passwordstate" }),
      !states.contains(where: { $0.lowercased() == state.lowercased() })
    else { return }
    throw Fault(
      message: "no user has the state '\(state)'",
      hint: "There are " + states.joined(separator: ", "))
  }

  /// What parts of names begin with (RFC 4514 §3), and `E` and `SN`.
  private static let nameTypes: Set<String> = [
    "cn", "ou", "dc", "o", "l", "st", "c", "street", "uid", "e", "sn",
  ]

  /// The rules that pass, in order.
  public func arranged(_ rules: [RuleItem]) -> [RuleItem] {
    let scene = Scene(now: Timestamp(milliseconds: 0), clock: .utc, glyphs: .ascii)
    return MemoryTable(columns: RulesScreen.columns(source.ruleUse), scene: scene).arranged(
      rules, by: arrangement)
  }

  /// The first rows, and whether there are more.
  public func rows(
    in store: any ConsoleStore, limit: Int, _ services: ConsoleServices = ConsoleServices()
  ) throws -> (rows: TableRows, hasMore: Bool) {
    guard case .store(let list) = source else {
      let all = try ConsoleLoader.rows(of: source, by: arrangement, from: store, services)
      return (all.part(0, limit), all.count > limit)
    }
    var ids: [Int64] = []
    try store.arrange(list, by: arrangement) {
      ids += $0
      return ids.count <= limit
    }
    return (.store(try store.rows(of: list, ids: Array(ids.prefix(limit)))), ids.count > limit)
  }
}

extension TableScreen {
  /// The command that prints the table's rows: `words` with what narrows and sorts it.
  func twin(_ words: [String], filter: Bool = true) -> String {
    var words = words
    let settings = table.settings
    if filter, !settings.text.isEmpty {
      words.append(ToolScreen.option("--filter", settings.text))
    }
    if let sort = settings.sort { words.append("--sort " + sort.text) }
    return words.joined(separator: " ")
  }
}
