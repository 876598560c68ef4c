import ArgumentParser
import Directory
import Foundation
import SyncStore
import Workspace

/// The command `lockstep release-deletes`.
struct ReleaseDeletesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "release-deletes",
    abstract: "Lets the held deletes of a connector go out with the next export.")

  @OptionGroup var place: WorkspaceOptions
  @Argument(help: "The connector's name.")
  var connector: String
  @Flag(help: "Do not ask.")
  var yes = false

  func run() async throws {
    let workspace = try place.open()
    let store = try StoreReader(file: workspace.settings.storeFile)
    let seen = Timestamp.now
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
    let outcome = try await Order(EngineProcess(workspace: workspace)).outcome(
      of: .releaseDeletes(connector: row.name, atMost: row.heldDeletes, until: seen))
    StandardStreams.say(SafeText.line(outcome) + ".")
  }

  private func confirmed(_ row: ConnectorRow) -> Bool {
    guard isatty(STDIN_FILENO) == 1 else {
      StandardStreams.complain("lockstep: nobody can be asked here; --yes releases them.")
      return false
    }
    StandardStreams.write(
      "The next export will delete \(row.heldDeletes) objects from \(SafeText.line(row.name)). "
        + "Type DELETE to go on: ", to: STDERR_FILENO)
    return readLine() == "DELETE"
  }
}
