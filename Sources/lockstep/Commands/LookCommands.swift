import ArgumentParser
import Console
import Directory
import SyncStore
import Workspace

/// The command `lockstep history`.
struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Lists the steps of past runs, newest first, or all that happened to one object.",
    discussion: """
      With an object's name, every step that touched it and its counterparts in other \
      directories, with the values before and after and why: also when it is gone since, or \
      bore another name then.
      """)

  @OptionGroup var options: TableOptions
  @OptionGroup var range: LimitOptions
  @OptionGroup var arrange: ArrangeOptions
  @Argument(help: .objectName)
  var object: String?
  @Option(help: "Only what began since: a span (2d) or a time (2026-11-22T20:00:00Z).")
  var since: Since?
  @Option(help: "Only what began until then.")
  var until: Since?
  @Option(help: "Only steps of this connector.")
  var connector: String?
  @Option(help: "Only this profile, such as full-import.")
  var profile: Profile?
  @Flag(help: "Only steps with errors, and steps that stopped.")
  var errors = false
  @Flag(help: "Only steps with warnings or errors, and steps that stopped.")
  var warnings = false

  func validate() throws {
    guard object != nil, !arrange.isEmpty || until != nil || warnings else { return }
    throw ValidationError("--filter, --sort, --until and --warnings go without an object.")
  }

  func run() throws {
    try options.print { store in
      guard let object else { return try list(store) }
      if let connector { _ = try store.connector(named: connector) }
      return try ObjectHistoryReport.make(
        store, text: object, filter: try narrowed(OperationFilter(), store),
        limit: range.limit(options.format))
    }
  }

  /// A filter with what the options ask for beside it.
  private func narrowed(
    _ filter: OperationFilter, _ store: StoreReader
  ) throws -> OperationFilter {
    var filter = filter
    if let connector { filter.connector = try store.spelled(connector: connector) }
    if let profile { filter.type = profile.type }
    if let since { filter.since = since.moment(now: .now) }
    if errors { filter.atLeast = .error }
    return filter
  }

  private func list(_ store: StoreReader) throws -> Report {
    var query = try arrange.query(
      .view(.operations), choice: errors ? "errors" : warnings ? "warnings" : "",
      until: until?.moment(now: .now))
    guard case .store(.operations(let words)) = query.source else { return .nothing }
    let filter = try narrowed(words, store)
    query.source = .store(.operations(filter))
    let limit = range.limit(options.format)
    let (table, hasMore) = try query.rows(in: store, limit: limit)
    guard case .store(.operations(let rows)) = table else { return .nothing }
    // Steps of one that is gone stay; without any, it is a slip of the pen.
    if rows.isEmpty, let connector { _ = try store.connector(named: connector) }
    // How many pass is known at once only where nothing but the filter narrows.
    let total = query.arrangement.terms.isEmpty ? try store.operationCount(filter) : nil
    return HistoryReport.make(rows, total: total, hasMore: hasMore)
  }
}

/// The command `lockstep show`.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Shows the statistics and errors of a step, a run or a cycle.",
    discussion: """
      Without a number, the latest cycle. With --counter, the objects that the step counted \
      under it, as the step saw them; with --object also what it changed on each.
      """)

  @OptionGroup var options: TableOptions
  @OptionGroup var range: LimitOptions
  @OptionGroup var arrange: ArrangeOptions
  @Argument(help: "A step (12), a run (r5) or a cycle (c3), as the history numbers them.")
  var what = "latest"
  @Option(help: "List the objects under this counter, such as stage-add.")
  var counter: String?
  @Option(help: "With --counter: only what was counted towards this connector.")
  var target: String?
  @Flag(name: .customLong("object"), help: "Show each object's attributes before and after.")
  var withValues = false

  func validate() throws {
    guard StepReference(what) != nil else {
      throw ValidationError("'\(what)' is no step (12), run (r5), cycle (c3) or 'latest'.")
    }
    guard
      counter != nil
        || !withValues && target == nil && arrange.isEmpty && range.asked == nil
    else {
      throw ValidationError(
        "--object, --target, --filter, --sort and --limit need --counter NAME.")
    }
  }

  func run() throws {
    let reference = StepReference(what) ?? .latest
    try options.print { store in
      let steps = try reference.steps(in: store)
      guard let counter else { return try StepReport.make(store, steps: steps) }
      guard steps.count == 1, let step = steps.first else {
        throw WorkspaceError(
          .usage, message: "--counter needs one step, and there are \(steps.count) here",
          hint: "Name one of " + steps.map { String($0.id) }.joined(separator: ", "))
      }
      return try ChangesReport.make(
        store, step: step, counter: counter, target: target, withValues: withValues,
        limit: range.limit(options.format)
      ) { counter, limit in
        let query = try arrange.query(.changes(step, counter))
        let (table, _) = try query.rows(in: store, limit: limit)
        guard case .store(.changes(let rows)) = table else { return [] }
        return rows
      }
    }
  }
}

/// The command `lockstep errors`.
struct ErrorsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "errors", abstract: "Lists the errors that objects have now.")

  @OptionGroup var options: TableOptions
  @OptionGroup var range: LimitOptions
  @OptionGroup var arrange: ArrangeOptions
  @Option(help: "Only errors of this connector.")
  var connector: String?
  @Flag(help: "Fold them by type and cause, with first and last seen and how many are new.")
  var families = false

  func validate() throws {
    guard families, connector != nil || !arrange.isEmpty || range.asked != nil else { return }
    throw ValidationError(
      "--families are all that there are; --connector, --filter and --limit narrow errors.")
  }

  func run() throws {
    try options.print { store in
      if families { return FamiliesReport.make(try store.errorFamilies(now: .now)) }
      var query = try arrange.query(.openErrors)
      if let connector {
        let name = try store.spelled(connector: connector)
        query.arrangement.terms.append(ListTerm("connector", .equals, .text(name)))
      }
      let (table, hasMore) = try query.rows(
        in: store, limit: range.limit(options.format))
      guard case .store(.errors(let rows)) = table else { return .nothing }
      // A slip of the pen must not look like good news.
      if rows.isEmpty, let connector { _ = try store.connector(named: connector) }
      return try ErrorsReport.make(
        store, rows, isNarrowed: !query.arrangement.terms.isEmpty, hasMore: hasMore)
    }
  }
}

/// The command `lockstep object`.
struct ObjectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "object", abstract: "Shows one object: attributes, lineage, errors, history.")

  @OptionGroup var options: ReportOptions
  @Argument(help: .objectName)
  var name: String
  @Flag(help: "Show all values of each attribute; without this, the first 20, in JSON 50.")
  var all = false

  func run() throws {
    try options.print { try ObjectReport.make($0, text: name, showsAll: all) }
  }
}

/// The command `lockstep users`.
struct UsersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "users", abstract: "Lists the tenant's users and how each one stands.")

  @OptionGroup var options: TableOptions
  @OptionGroup var range: LimitOptions
  @OptionGroup var arrange: ArrangeOptions
  @Option(help: "Only users with this text in a name.")
  var text = ""
  @Option(help: "Only users in this state.")
  var state: StateArgument?
  @Flag(help: "Those first whose last synchronization is longest ago.")
  var stale = false

  func run() throws {
    try options.print { store in
      var query = try arrange.query(.view(.users), choice: state?.state.rawValue ?? "")
      if !text.isEmpty { query.arrangement.terms.append(ListTerm(nil, .contains, .text(text))) }
      if stale, arrange.sort == nil { query.arrangement.sort = ListSort("synced") }
      let (table, hasMore) = try query.rows(
        in: store, limit: range.limit(options.format))
      guard case .store(.users(let rows)) = table else { return .nothing }
      return UsersReport.make(try store.usersHeader(), rows, hasMore: hasMore)
    }
  }
}

/// The command `lockstep connectors`.
struct ConnectorsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "connectors", abstract: "Lists the connectors with what waits in each.")

  @OptionGroup var options: TableOptions
  @OptionGroup var arrange: ArrangeOptions

  func run() throws {
    try options.print { store in
      let query = try arrange.query(.view(.connectors))
      let (table, _) = try query.rows(in: store, limit: .max / 2)
      guard case .connectors(let rows) = table else { return .nothing }
      return ConnectorsReport.make(rows, isNarrowed: !query.arrangement.terms.isEmpty)
    }
  }
}

/// The command `lockstep events`.
struct EventsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events", abstract: "Prints the application log, newest last.")

  @OptionGroup var options: TableOptions
  @OptionGroup var range: LimitOptions
  @OptionGroup var arrange: ArrangeOptions
  @Option(help: "Only events with these ids, such as 656,657.")
  var id = ""
  @Option(help: "Only the event of this number, which --json tells.")
  var event: Int64?
  @Option(help: "Only events with this text.")
  var text = ""
  @Option(help: "Only events as grave as this or graver: warning, error.")
  var level: LevelArgument?
  @Option(help: "Only events until then: a span before now (2d) or a time.")
  var until: Since?

  func validate() throws {
    guard id.split(separator: ",").allSatisfy({ Int($0) != nil }) else {
      throw ValidationError("--id is a list of numbers, such as 656,657; not '\(id)'.")
    }
    let isNarrowed =
      !id.isEmpty || !text.isEmpty || level != nil || until != nil || !arrange.isEmpty
      || range.asked != nil
    guard event == nil || !isNarrowed else {
      throw ValidationError("--event is one event, and goes without what narrows a list.")
    }
  }

  func run() throws {
    let codes = id.split(separator: ",").compactMap { Int($0) }
    try options.print { store in
      if let event { return try report(of: event, in: store) }
      var query = try arrange.query(
        .view(.events), choice: level?.level.rawValue ?? "",
        until: until?.moment(now: .now))
      guard case .store(.events(var filter)) = query.source else { return .nothing }
      filter.codes += codes
      filter.text = text
      query.source = .store(.events(filter))
      let (table, hasMore) = try query.rows(
        in: store, limit: range.limit(options.format))
      guard case .store(.events(let rows)) = table else { return .nothing }
      return EventsReport.make(rows, isSorted: arrange.sort != nil, hasMore: hasMore)
    }
  }

  private func report(of event: Int64, in store: StoreReader) throws -> Report {
    guard case .events(let rows) = try store.rows(of: .events(EventFilter()), ids: [event]),
      !rows.isEmpty
    else {
      throw WorkspaceError(
        .notFound, message: "There is no event \(event) in the store",
        hint: "lockstep events --json tells the numbers; old events are purged")
    }
    return EventsReport.make(rows, isSorted: true, hasMore: false)
  }
}

/// How grave events are on the command line.
struct LevelArgument: ExpressibleByArgument {
  let level: EventRow.Level

  init?(argument: String) {
    guard let level = EventRow.Level(rawValue: argument.lowercased()) else { return nil }
    self.level = level
  }

  static var allValueStrings: [String] { ["information", "warning", "error"] }
}
