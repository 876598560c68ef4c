import ArgumentParser
import Configuration
import Console
import Foundation
import SyncStore
import Terminal
import Workspace

/// The options of the console.
struct ConsoleCommandOptions: ParsableArguments {
  @Option(help: "The console's theme for this time.")
  var theme: String?
  @Option(help: "The view that opens first.", transform: { try Self.word($0) })
  var view: ViewID?
  @Option(help: "Begin at this step (12), run (r5), cycle (c3), or at the latest.")
  var run: String?
  @Flag(help: "Take no key that changes anything.")
  var readOnly = false
  @Option(help: "Which colours are used.", transform: { try Self.word($0) })
  var color = TerminalOptions.ColorChoice.automatic
  @Flag(help: "Draw with plain ASCII only.")
  var ascii = false
  @Flag(help: "Draw no lines and tell changes in words, for screen readers.")
  var plain = false
  @Flag(help: "List the console's keys and leave.")
  var keys = false
  @Flag(help: "With --keys: as a table of Markdown.")
  var markdown = false
  @Flag(help: "Let the mouse select and scroll.")
  var mouse = false

  /// The case that `text` names.
  private static func word<Choice: RawRepresentable & CaseIterable>(
    _ text: String
  ) throws -> Choice where Choice.RawValue == String {
    if let choice = Choice(rawValue: text.lowercased()) { return choice }
    let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    throw ValidationError("'\(text)' is none of: \(words).")
  }
}

/// Opens the console on a workspace.
enum ConsoleStart {
  /// Runs the console until the person leaves it.
  ///
  /// - Throws: ``WorkspaceError`` without a terminal; `ExitCode` if the console ends with another
  ///   status than 0.
  @MainActor
  static func run(
    _ options: ConsoleCommandOptions, _ arrange: ArrangeOptions, in folder: String
  ) throws {
    if options.keys { return try listKeys(folder, asMarkdown: options.markdown) }
    guard isatty(STDOUT_FILENO) == 1, isatty(STDIN_FILENO) == 1 else {
      throw WorkspaceError(
        .usage, message: "The console needs a terminal, and this is none",
        hint: "'lockstep history' prints the runs; 'lockstep --help' lists all commands")
    }
    let (sort, run) = try places(options, arrange)
    let workspace = try Workspace.open(folder)
    // A line on standard error would stand amid the console's screen.
    let engine = EngineProcess(workspace: workspace, tellsUpgrade: false)
    let storeFile = workspace.settings.storeFile
    let startEngine: @Sendable () throws -> Void = { _ = try engine.ensureRunning() }
    // A file that is no store is told on the plain screen; one that is not there yet is waited for.
    let store = OpeningStore(
      try engine.checkStore(), open: { try StoreReader(file: storeFile) }, startEngine: startEngine)
    var setup = ConsoleSetup(
      storeFile: storeFile,
      preferencesFile: WorkspaceLocation.join(folder, "console.toml"),
      exportFolder: FileManager.default.currentDirectoryPath,
      requestedBy: Requester.text(of: "console"))
    setup.view = options.view
    setup.filter = arrange.filter
    (setup.sort, setup.run) = (sort, run)
    setup.theme = options.theme ?? workspace.settings.theme
    setup.readOnly = options.readOnly
    setup.color = options.color
    setup.ascii = options.ascii
    setup.mouse = options.mouse
    setup.plain = options.plain
    setup.shortSelection = workspace.settings.shortSelection
    setup.keys = try bindings(workspace)
    setup.aliases = try aliases(workspace)
    setup.themeFolders = ThemeFolders.of(workspace)
    let presence = ConsolePresence(
      workspace: folder, person: setup.requestedBy.replacingOccurrences(of: "console ", with: ""),
      isReadOnly: options.readOnly)
    defer { presence.leave() }
    // As lockstep.toml and the rules are now: others may change them meanwhile.
    let current: @Sendable () -> Workspace = { (try? Workspace.open(folder)) ?? workspace }
    let services = ConsoleServices(
      startEngine: {
        do { try startEngine() } catch { throw Fault(startingEngine: error) }
      }, explain: { try WorkspaceRules.explain($0, in: $1, current()) },
      tool: { try ToolRunner(folder: workspace.folder).run($0, $1) },
      rules: { try RuleItems.load(current()) }, others: { presence.others() })
    let status = try runConsole(
      store: store, setup: setup, services: services,
      editing: { RuleEditing(workspace: current(), file: $0) })
    if status != 0 { throw ExitCode(status) }
  }
}

extension ConsoleStart {
  /// The order and the run that the options name.
  private static func places(
    _ options: ConsoleCommandOptions, _ arrange: ArrangeOptions
  ) throws -> (ListSort?, RunReference?) {
    let view = options.view ?? .operations
    var sort: ListSort?
    if let text = arrange.sort {
      sort = ListSort(text: text)
      guard let field = sort?.field, view.fields.contains(field) else {
        throw WorkspaceError(
          .usage, message: "--sort: the view \(view.rawValue) has no field '\(text)'",
          hint: "There are " + view.fields.joined(separator: ", ") + "; each also with :desc")
      }
    }
    if !arrange.filter.isEmpty {
      // What no row can pass reads as if there were nothing: it is refused as by the subcommand.
      var narrowing = arrange
      narrowing.sort = nil
      _ = try narrowing.query(.view(view))
    }
    guard let text = options.run else { return (sort, nil) }
    guard view == .operations, let run = RunReference(text) else {
      throw WorkspaceError(
        .usage,
        message: view == .operations
          ? "--run: '\(text)' is no step (12), run (r5), cycle (c3) or 'latest'"
          : "--run goes with the view operations",
        hint: "'lockstep history' lists what there is")
    }
    return (sort, run)
  }

  /// Throws what is wrong with the console's settings of a workspace.
  static func check(_ workspace: Workspace) throws {
    _ = try bindings(workspace)
    _ = try aliases(workspace)
  }

  /// The keys that the workspace's configuration asks for.
  ///
  /// - Throws: `ConfigurationError` with the place of the first that can't be.
  private static func bindings(_ workspace: Workspace) throws -> KeyBindings {
    var keys = KeyBindings()
    func fault(_ setting: ConsoleKeySetting, _ problem: String) -> ConfigurationError {
      ConfigurationError(
        place: setting.place, message: "[console.keys] \(setting.action): " + problem,
        hint: "choose another key")
    }
    for setting in workspace.settings.keys {
      if let problem = keys.bind(setting.action, to: setting.keys) {
        throw fault(setting, problem)
      }
    }
    if let conflict = keys.conflict,
      let setting = workspace.settings.keys.first(where: { $0.action == conflict.action })
    {
      throw fault(setting, conflict.reason)
    }
    return keys
  }

  /// The words for commands that the workspace's configuration asks for.
  ///
  /// - Throws: `ConfigurationError` with the place of the first that can't be.
  private static func aliases(_ workspace: Workspace) throws -> CommandAliases {
    var aliases = CommandAliases()
    for setting in workspace.settings.aliases {
      if let problem = aliases.add(setting.name, setting.text) {
        throw ConfigurationError(
          place: setting.place, message: "[console.aliases] \(setting.name): " + problem,
          hint: "choose another word or command")
      }
    }
    return aliases
  }

  /// Prints all actions with their keys; those of a workspace where there is one.
  private static func listKeys(_ folder: String, asMarkdown: Bool) throws {
    let workspace = try? Workspace.open(folder)
    let keys = try workspace.map { try bindings($0) } ?? KeyBindings()
    guard !asMarkdown else { return StandardStreams.say(keys.markdown.joined(separator: "\n")) }
    var table = Table(columns: [
      .text("Action"), .text("Keys"), .flexible("What it does", shortest: 30),
      .flexible("Where", shortest: 12),
    ])
    table.rows = keys.table.map {
      [$0.name, $0.keys, $0.help, $0.place]
    }
    let report = Report(json: table.rows) { table.lines(width: $0) }
    try StandardStreams.print(report, asJSON: false)
  }
}

/// Where themes are looked for.
enum ThemeFolders {
  /// The workspace's own, the person's, and those that came with the program.
  static func of(_ workspace: Workspace) -> [String] {
    let environment = ProcessInfo.processInfo.environment
    let home = environment["HOME"] ?? ""
    let own = environment["XDG_CONFIG_HOME"] ?? home + "/.config"
    let candidates =
      [
        workspace.settings.themesFolder,
        WorkspaceLocation.join(workspace.folder, "themes"),
        WorkspaceLocation.join(own, "lockstep/themes"),
      ].compactMap { $0 } + shipped
    return candidates.filter { FileManager.default.fileExists(atPath: $0) }
  }

  /// Installed beside the program, under the prefix's `share`, or in the folder of the sources that
  /// the program was built in.
  private static var shipped: [String] {
    let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    var folder = ((program ?? "") as NSString).deletingLastPathComponent
    var found = [
      folder + "/Themes", (folder as NSString).deletingLastPathComponent + "/share/lockstep/themes",
    ]
    guard let build = folder.range(of: "/.build", options: .backwards) else { return found }
    folder = String(folder[..<build.lowerBound])
    found.append(folder + "/Themes")
    return found
  }
}
