import ArgumentParser
import Console
import SyncStore
import Workspace

/// The command `lockstep objects`.
struct ObjectsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "objects", abstract: "Lists the objects of a connector space.",
    discussion: "They are the rows of the console's connectors, opened: all, or one scope of them.")

  @OptionGroup var options: TableOptions
  @OptionGroup var range: LimitOptions
  @OptionGroup var arrange: ArrangeOptions
  @Argument(help: "The connector's name.")
  var connector: String
  @Option(help: "Which objects.")
  var scope = ScopeArgument(scope: .all)

  func run() throws {
    try options.print { store in
      let row = try store.connector(named: connector)
      let query = try arrange.query(.objects(row), choice: scope.scope.rawValue)
      let (table, hasMore) = try query.rows(
        in: store, limit: range.limit(options.format))
      guard case .store(.objects(let rows)) = table else { return .nothing }
      return ObjectsReport.make(rows, hasMore: hasMore)
    }
  }

  /// A scope on the command line: `pending-export`.
  struct ScopeArgument: ExpressibleByArgument {
    let scope: SearchScope

    init(scope: SearchScope) { self.scope = scope }
    init?(argument: String) {
      guard let scope = SearchScope.allCases.first(where: { $0.word == argument.lowercased() })
      else { return nil }
      self.scope = scope
    }
    static var allValueStrings: [String] { SearchScope.allCases.map(\.word) }
    var defaultValueDescription: String { scope.word }
  }
}

extension StoreReading {
  /// The connector called `name`, in any case.
  ///
  /// - Throws: ``WorkspaceError`` if the store has none.
  func connector(named name: String) throws -> ConnectorRow {
    let all = try connectors()
    if let row = all.first(where: { $0.name.lowercased() == name.lowercased() }) { return row }
    throw WorkspaceError(
      .notFound, message: "There is no connector '\(name)' in the store",
      hint: all.isEmpty
        ? "It has none yet: 'lockstep initial' fills it"
        : "It has: " + all.map(\.name).joined(separator: ", "))
  }

  /// `name` as the connector spells it that is called so; as it is, where there is none by now.
  func spelled(connector name: String) throws -> String {
    try connectors().first { $0.name.lowercased() == name.lowercased() }?.name ?? name
  }
}

/// The command `lockstep metaverse`.
struct MetaverseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metaverse", abstract: "Searches the metaverse.",
    discussion: """
      What is looked for is typed as in the console: the beginning of a name, 'type:person', and \
      clauses such as 'department=Sales', 'mail=*' (present) or 'title!=Clerk'.
      """)

  @OptionGroup var options: TableOptions
  @OptionGroup var range: LimitOptions
  @OptionGroup var arrange: ArrangeOptions
  @Argument(help: "What is looked for; without it everything.")
  var query: [String] = []

  func run() throws {
    var arrange = arrange
    arrange.filter = (query + [arrange.filter]).joined(separator: " ")
    try options.print { [arrange] store in
      let asked = try arrange.query(.view(.metaverse))
      let (table, hasMore) = try asked.rows(in: store, limit: range.limit(options.format))
      guard case .store(.metaverse(let rows)) = table else { return .nothing }
      var advice: String?
      if case .store(.metaverse(let query)) = asked.source { advice = query.advice }
      return ObjectsReport.metaverse(rows, hasMore: hasMore, advice: advice)
    }
  }
}

/// The command `lockstep activity`.
struct ActivityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "activity",
    abstract: "Lists who has a console open here, and what was asked of the engine by whom.")

  @OptionGroup var options: TableOptions
  @OptionGroup var range: LimitOptions

  func run() throws {
    try options.print { store in
      let limit = range.limit(options.format)
      let commands = try store.commands(limit: limit + 1)
      return ActivityReport.make(
        ConsolePresence.open(in: try options.place.folder), Array(commands.prefix(limit)),
        hasMore: commands.count > limit)
    }
  }
}
