import ArgumentParser
import Configuration
import Console
import Directory
import Foundation
import SyncStore
import Workspace

/// The option that names the workspace; it may stand before or after the subcommand.
struct WorkspaceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The workspace's folder.", valueName: "folder"))
  var workspace: String?

  /// The workspace's folder.
  var folder: String {
    get throws {
      try WorkspaceLocation.folder(
        explicit: workspace, environment: ProcessInfo.processInfo.environment,
        currentFolder: FileManager.default.currentDirectoryPath,
        exists: { FileManager.default.fileExists(atPath: $0) })
    }
  }

  /// The workspace, its configuration read and checked.
  func open() throws -> Workspace { try Workspace.open(try folder) }

  /// The store's file, also where something else in the configuration is wrong.
  func storeFile() throws -> String { try Workspace.storeFile(in: try folder) }

  /// The store, for a look at it.
  ///
  /// What is wrong elsewhere in the configuration is told, and keeps nobody from looking.
  func store() throws -> StoreReader {
    do {
      return try StoreReader(file: try open().settings.storeFile)
    } catch let error as ConfigurationError {
      guard let file = try? Workspace.storeFile(in: folder) else { throw error }
      let store = try StoreReader(file: file)
      StandardStreams.complain("lockstep: " + SafeText.line(error.description))
      return store
    }
  }
}

/// The options of every subcommand that answers from the store.
struct ReportOptions: ParsableArguments {
  @OptionGroup var place: WorkspaceOptions

  @Flag(help: "Print JSON for programs instead of text for people.")
  var json = false

  /// What the store says, once `make` has asked it.
  func print(_ make: (any StoreReading) throws -> Report) throws {
    try StandardStreams.print(try make(try place.store()), asJSON: json)
  }
}

/// The options of every subcommand that lists rows of the store.
struct TableOptions: ParsableArguments {
  @OptionGroup var place: WorkspaceOptions

  @Flag(help: "Print JSON for programs instead of text for people.")
  var json = false
  @Flag(help: "Print CSV (RFC 4180), under the names of --json.")
  var csv = false

  func validate() throws {
    guard json, csv else { return }
    throw ValidationError("--json and --csv can't be had at once.")
  }

  /// What is printed.
  var format: OutputFormat { csv ? .csv : json ? .json : .text }

  /// What the store says, once `make` has asked it.
  func print(_ make: (StoreReader) throws -> Report) throws {
    try StandardStreams.print(try make(try place.store()), as: format)
  }
}

/// The options that narrow and sort a list as the console does, and its first view.
///
/// The program itself has them too, so that a subcommand finds under this name what was taken there.
struct ArrangeOptions: ParsableArguments {
  @Option(
    help: """
      Only rows that pass, as after / in the console: words, field:part, field=whole, field>5, !not.
      """)
  var filter = ""
  @Option(help: "The field to sort by, such as errors; with :desc, the greatest first.")
  var sort: String?

  /// Whether neither is asked for.
  var isEmpty: Bool { filter.isEmpty && sort == nil }

  /// The table that is asked for.
  ///
  /// - Throws: `WorkspaceError` for words that say nothing of this table.
  func query(
    _ place: TableQuery.Place, choice: String = "", until: Timestamp? = nil
  ) throws -> TableQuery {
    var words = TableQuery.Words()
    (words.filter, words.sort) = (filter, sort)
    (words.choice, words.until) = (choice, until)
    do {
      return try TableQuery(place, words, now: .now, clock: .ofThisMachine())
    } catch {
      throw WorkspaceError(.usage, message: error.message, hint: error.hint)
    }
  }
}

/// The option that bounds a list.
struct LimitOptions: ParsableArguments {
  @Option(
    name: .customLong("limit"),
    help: ArgumentHelp("How many rows at most; 50, with --json and --csv all.", valueName: "limit"))
  var asked: Int?

  /// How many rows at most, for people.
  var limit: Int { asked ?? 50 }

  func validate() throws {
    guard let asked, !(1...1_000_000).contains(asked) else { return }
    throw ValidationError("--limit is a number from 1 to 1000000, not \(asked).")
  }

  /// How many rows at most: programs get all unless less is asked for, as they would not know that
  /// there are more.
  func limit(_ format: OutputFormat) -> Int { asked ?? (format == .text ? limit : .max / 2) }
}

/// Who asks, for the history.
enum Requester {
  /// The account that runs this program: `command line ann`.
  static var text: String { text(of: "command line") }

  /// The account that asks by way of `face`.
  static func text(of face: String) -> String {
    let name = getpwuid(getuid()).flatMap { $0.pointee.pw_name.map { String(cString: $0) } }
    return face + " " + (name ?? "uid \(getuid())")
  }
}
