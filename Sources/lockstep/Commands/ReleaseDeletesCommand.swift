import ArgumentParser
import Foundation
import SyncStore
import Workspace

/// The command `lockstep release-deletes`.
struct ReleaseDeletesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "release-deletes",
    abstract: "Lets the held deletes of a connector go out with the next export.")

  @OptionGroup var place: WorkspaceOptions
  @Argument(help: "The connector's name.")
  var connector: String
  @Flag(help: "Do not ask.")
  var yes = false

  func run() throws {
    let workspace = try place.open()
    let store = try StoreReader(file: workspace.settings.storeFile)
    let rows = try store.connectors()
    guard let row = rows.first(where: { $0.name.lowercased() == connector.lowercased() }) else {
      throw WorkspaceError(
        .notFound, message: "There is no connector '\(connector)' in the store",
        hint: "It has: " + rows.map(\.name).joined(separator: ", "))
    }
    guard row.heldDeletes > 0 else {
      StandardStreams.say("No delete of \(SafeText.line(row.name)) is held.")
      return
    }
    guard yes || confirmed(row) else {
      throw WorkspaceError(.stopped, message: "Nothing was released", hint: "")
    }
    _ = try store.file(
      .releaseDeletes(connector: row.name, atMost: row.heldDeletes), requestedBy: Requester.text)
    StandardStreams.say(
      "\(row.heldDeletes) deletes of \(SafeText.line(row.name)) go out with its next export.")
  }

  private func confirmed(_ row: ConnectorRow) -> Bool {
    guard isatty(STDIN_FILENO) == 1 else {
      StandardStreams.complain("lockstep: nobody can be asked here; --yes releases them.")
      return false
    }
    StandardStreams.write(
      "The next export will delete \(row.heldDeletes) objects from \(SafeText.line(row.name)). "
        + "Type DELETE to go on: ", to: STDOUT_FILENO)
    return readLine() == "DELETE"
  }
}
