import ArgumentParser
import Foundation
import SyncStore
import Workspace

/// The option that names the workspace; it may stand before or after the subcommand.
struct WorkspaceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The workspace's folder.", valueName: "folder"))
  var workspace: String?

  /// The workspace's folder.
  var folder: String {
    WorkspaceLocation.folder(
      explicit: workspace, environment: ProcessInfo.processInfo.environment,
      currentFolder: FileManager.default.currentDirectoryPath,
      exists: { FileManager.default.fileExists(atPath: $0) })
  }

  /// The workspace, its configuration read and checked.
  func open() throws -> Workspace { try Workspace.open(folder) }
}

/// The options of every subcommand that answers from the store.
struct ReportOptions: ParsableArguments {
  @OptionGroup var place: WorkspaceOptions

  @Flag(help: "Print JSON for programs instead of text for people.")
  var json = false

  /// What the store says, once `make` has asked it.
  func print(_ make: (any StoreReading) throws -> Report) throws {
    let workspace = try place.open()
    let store = try StoreReader(file: workspace.settings.storeFile)
    try StandardStreams.print(try make(store), asJSON: json)
  }
}

/// The option that bounds a list.
struct LimitOptions: ParsableArguments {
  @Option(help: "How many rows at most.")
  var limit = 50

  func validate() throws {
    guard (1...1_000_000).contains(limit) else {
      throw ValidationError("--limit is a number from 1 to 1000000, not \(limit).")
    }
  }
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
