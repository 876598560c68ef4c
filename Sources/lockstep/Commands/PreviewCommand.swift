import ArgumentParser
import Foundation
import SyncStore
import Workspace

/// The command `lockstep preview`.
struct PreviewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preview",
    abstract: "Shows what synchronizing one object would do; nothing is stored.",
    discussion: """
      The object is synchronized by the engine in a transaction that is taken back: rules, joins, \
      flows, what changes in the metaverse, and what each target would be sent. What its directory \
      says is what was imported last. With --commit it is stored after the look.
      """)

  @OptionGroup var options: ReportOptions
  @Argument(help: "The object: its number, DN, anchor, user or display name, or mv:12.")
  var object: String
  @Flag(help: "Work everything out anew; so it is done unless --delta says otherwise.")
  var full = false
  @Flag(help: "Only what is staged, as a delta synchronization does.")
  var delta = false
  @Flag(help: "Store it after the look, if you agree.")
  var commit = false
  @Flag(help: "Do not ask before it is stored.")
  var yes = false

  func validate() throws {
    if full && delta { throw ValidationError("--full and --delta can't both be meant.") }
  }

  func run() async throws {
    let workspace = try options.place.open()
    let engine = EngineProcess(workspace: workspace)
    let store = try engine.ensureRunning()
    let id = try number(store)
    let order = PreviewOrder(object: id, isFull: !delta, commits: false)
    let report = try await ask(order, engine, store)
    try StandardStreams.print(PreviewText.make(report), asJSON: options.json)
    guard commit else { return }
    guard yes || confirmed() else {
      throw WorkspaceError(.stopped, message: "Nothing was stored", hint: "")
    }
    _ = try await ask(PreviewOrder(storing: report), engine, store)
    StandardStreams.complain("Stored.")
  }

  private func number(_ store: StoreReader) throws -> Int64 {
    let found = try ObjectSearch(object, in: store, withPast: false)
    // A person is most likely to mean the object that all begins with.
    let connectors = try store.connectors()
    let sources = Set(connectors.filter(\.isSource).map(\.name))
    let own = found.rows.filter { sources.contains($0.connector) }
    let ranked = own.isEmpty ? found.rows : own
    guard let first = ranked.first else { throw ObjectSearch.nothing(object) }
    guard ranked.count == 1 || found.metaverse != nil else {
      throw WorkspaceError(
        .notFound, message: "\(ranked.count) objects are called '\(object)'",
        hint: "Name one by its number: "
          + ranked.prefix(3).map { "\($0.id) is \($0.dn) of \($0.connector)" }
          .joined(separator: "; "))
    }
    return first.id
  }

  private func ask(
    _ order: PreviewOrder, _ engine: EngineProcess, _ store: StoreReader
  ) async throws -> PreviewReport {
    let status = try await Order(engine, store: store).end(of: .preview(order))
    guard status.state == .finished, let report = try store.preview(command: status.id) else {
      throw WorkspaceError(.notFound, message: status.outcome, hint: "")
    }
    return report
  }

  private func confirmed() -> Bool {
    guard isatty(STDIN_FILENO) == 1 else {
      StandardStreams.complain("lockstep: nobody can be asked here; --yes stores it.")
      return false
    }
    StandardStreams.write("Store this? Type yes: ", to: STDERR_FILENO)
    return readLine() == "yes"
  }
}
