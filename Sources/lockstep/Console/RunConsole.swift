import Cells
import Console
import Directory
import Foundation
import SyncStore
import Terminal

/// What the console is given by the command line and the workspace.
struct ConsoleSetup {
  /// How it begins; what is nil is as it was when the last console was left.
  var view: ViewID?
  var filter = ""
  var sort: ListSort?
  var run: RunReference?
  var theme: String?
  var readOnly = false
  var color = TerminalOptions.ColorChoice.automatic
  var ascii = false
  var mouse = false
  var plain = false
  /// Whether only the beginning of the selected row is drawn so.
  var shortSelection = false
  var keys = KeyBindings()
  /// The words that the configuration chose for commands.
  var aliases = CommandAliases()
  /// The store's file, whose changes are told.
  var storeFile: String
  /// Where themes are looked for, first things first.
  var themeFolders: [String] = []
  /// The file that keeps theme and view for the next console.
  var preferencesFile: String
  /// The folder that exported lists are written to.
  var exportFolder: String
  /// Who sits here, as commands are filed: `console ann`.
  var requestedBy: String

  /// The view that is shown first: the one that was asked for, else the one that was left last.
  ///
  /// A filter, an order or a run without a view is of the operations, as it is checked: what was left
  /// last may have no such field.
  func firstView(leftLast: ViewID?) -> ViewID {
    if let view { return view }
    let isOfOperations = run != nil || sort != nil || !filter.isEmpty
    return isOfOperations ? .operations : leftLast ?? .operations
  }
}

/// Runs the console until the person leaves; call it on the main thread, which it keeps.
///
/// - Parameters:
///   - store: where it reads and files commands; only ever called off the main thread.
///   - services: what the program does for the console.
///   - editing: how a rule file is edited.
/// - Returns: the exit status.
/// - Throws: `TerminalError` when there is no terminal that it can use.
func runConsole(
  store: any ConsoleStore, setup: ConsoleSetup, services: ConsoleServices,
  editing: @escaping (String) -> RuleEditing
) throws -> Int32 {
  var preferences = PreferencesFile(path: setup.preferencesFile)
  let chosen = preferences.read()
  let catalog = ThemeCatalog(folders: setup.themeFolders)
  let (theme, refusal) = firstTheme(setup.theme ?? chosen.theme, of: catalog)
  let screen = try TerminalScreen(
    options: TerminalOptions(color: setup.color, ascii: setup.ascii, mouse: setup.mouse),
    theme: theme)
  defer { screen.close() }
  let options = ConsoleOptions(
    view: setup.firstView(leftLast: chosen.view),
    filter: setup.filter, sort: setup.sort, run: setup.run, tables: chosen.tables,
    theme: theme.name,
    themes: catalog.names, readOnly: setup.readOnly,
    ascii: screen.isASCII, plain: setup.plain, keys: setup.keys, aliases: setup.aliases,
    mouse: setup.mouse, shortSelection: setup.shortSelection,
    clock: .ofThisMachine(),
    searches: chosen.searches, requestedBy: setup.requestedBy)
  let mailbox = Mailbox(wakeHandle: screen.wakeHandle)
  let loader = ConsoleLoader(
    store: store, options: options,
    files: FolderExportFiles(folder: setup.exportFolder, stamp: exportStamp),
    services: services, post: { mailbox.post($0) })
  if let refusal { mailbox.post(.trouble(refusal)) }
  let watch = StoreWatch(file: setup.storeFile) { news in
    switch news {
    case .written: mailbox.post(.stirred(.now))
    case .ended: mailbox.post(.watching(false))
    }
  }
  if watch != nil { mailbox.post(.watching(true)) }
  defer { withExtendedLifetime(watch) {} }
  var loop = ConsoleLoop(
    screen: screen, mailbox: mailbox, loader: loader, catalog: catalog, preferences: preferences,
    editing: editing, options: options)
  let status = loop.run()
  if loop.isUnsettled {
    screen.close()
    StandardStreams.complain(
      "lockstep: the store did not answer within \(Int(ConsoleLoop.patience)) s: what was asked for "
        + "last may not be done. lockstep history and lockstep activity show what was taken.")
  }
  return status
}

/// The theme of this name, or the built-in one and why it is that.
private func firstTheme(_ name: String?, of catalog: ThemeCatalog) -> (Theme, refusal: String?) {
  guard let name else { return (.builtIn, nil) }
  do { return (try catalog.theme(named: name), nil) } catch {
    return (.builtIn, "Theme not used: \(error)")
  }
}

/// The present second as a part of a file's name.
@Sendable private func exportStamp() -> String {
  let text = LocalTime.ofThisMachine().text(of: .now)
  return String(text.filter { $0 != "-" && $0 != ":" }.map { $0 == " " ? "-" : $0 })
}
