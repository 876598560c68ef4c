import ArgumentParser
import Console
import Foundation
import SyncStore
import Workspace

/// The command `lockstep held`.
struct HeldCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "held",
    abstract: "Lists what waits for a person's word, by its causes, and who released what.")

  @OptionGroup var options: TableOptions
  @OptionGroup var range: LimitOptions
  @OptionGroup var arrange: ArrangeOptions
  @Option(help: "The number of a group, as 12 or g12: its objects are listed.")
  var group: String?

  func validate() throws {
    guard group == nil, !arrange.isEmpty else { return }
    throw ValidationError("--filter and --sort need --group.")
  }

  func run() throws {
    try options.print { store in
      guard let group else {
        return HeldReport.make(
          groups: try store.heldGroups(), imports: try store.heldImports(),
          unshown: try store.status().unshown,
          due: try store.dueSteps(), releases: try store.releases(limit: 20))
      }
      guard let id = GroupArgument(group)?.id else {
        throw ValidationError("--group is a number, such as 12 or g12; not '\(group)'.")
      }
      guard let found = try store.heldGroups().first(where: { $0.id == id }) else {
        throw WorkspaceError(
          .notFound, message: "Nothing of group \(group) is held",
          hint: "'lockstep held' lists the groups")
      }
      let (table, hasMore) = try arrange.query(.held(found)).rows(
        in: store, limit: range.limit(options.format))
      guard case .store(.objects(let rows)) = table else { return .nothing }
      return HeldReport.objects(rows, group, hasMore: hasMore)
    }
  }
}

/// The number of a group: `12` or `g12`.
struct GroupArgument {
  let id: Int64

  init?(_ text: String) {
    let digits = text.lowercased().hasPrefix("g") ? text.dropFirst() : text[...]
    guard let id = Int64(digits), id > 0 else { return nil }
    self.id = id
  }
}

/// The command `lockstep release`.
struct ReleaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "release",
    abstract: "Lets held changes go: groups, single objects, or the next import of a connector.",
    discussion: """
      'lockstep release g12 g15' lets two groups go, 'lockstep release 4711' or a DN one object, \
      'lockstep release import CONNECTOR' has the next import of a connector believed once. Only \
      what is held at this moment is released; who did it, and when, is kept. Of groups and imports \
      it says first how much that is, and asks; with --count no more than so many changes go.
      """)

  @OptionGroup var place: WorkspaceOptions
  @Argument(help: "Groups (g12), objects (a number, DN or user name), or: import CONNECTOR.")
  var what: [String]
  @Option(help: "Who releases it, for the record; without this the account of this program.")
  var by: String?
  @Option(help: "Do not ask, and release nothing if it is more changes than this.")
  var count: Int?
  @Flag(help: "Do not ask.")
  var yes = false

  func run() async throws {
    let workspace = try place.open()
    let person = by.map { $0 + " (" + Requester.text + ")" } ?? Requester.text
    let order = try Order(EngineProcess(workspace: workspace), requestedBy: person)
    let (references, consent) = try meant(order.store)
    if let count, consent.count > count {
      throw WorkspaceError(
        .stopped,
        message: "\(consent.count) changes are held there by now, where \(count) were agreed to; "
          + "nothing was released",
        hint: "Look at them again (lockstep held), and release them if all are meant")
    }
    guard yes || count != nil || consent.isGiven() else {
      throw WorkspaceError(.stopped, message: "Nothing was released", hint: "")
    }
    for reference in references {
      let status = try await order.end(of: .release(reference))
      guard status.state == .finished else {
        throw WorkspaceError(.notFound, message: status.outcome, hint: "")
      }
      StandardStreams.say("Released: " + SafeText.line(status.outcome) + ".")
    }
  }

  private func meant(_ store: StoreReader) throws -> ([HeldReference], ReleaseConsent) {
    var consent = ReleaseConsent()
    if what.first == "import" {
      guard what.count == 2 else {
        throw ValidationError("After 'import' comes the name of one connector.")
      }
      // Only what is there to be seen now is meant.
      let held = try store.heldImports().filter {
        $0.connector.caseInsensitiveCompare(what[1]) == .orderedSame && $0.releasedBy == nil
      }
      consent.imports = held
      return ([.importOf(what[1], until: held.map(\.since).max())], consent)
    }
    let groups = try store.heldGroups()
    let references: [HeldReference] = try what.map { text in
      if text.lowercased().hasPrefix("g"), let number = GroupArgument(text) {
        let group = groups.first { $0.id == number.id }
        if let group { consent.groups.append(group) }
        return .group(number.id, until: group?.latest)
      }
      consent.objects += 1
      if let id = Int64(text) { return try reference(to: id, store) }
      let waiting = try store.find(text).filter { $0.pendingExport != "none" }
      guard waiting.count == 1 else {
        throw WorkspaceError(
          .notFound, message: "'\(text)' names \(waiting.count) objects that wait for an export",
          hint: "Name it by its number; 'lockstep held --group' lists them")
      }
      return try reference(to: waiting[0].id, store)
    }
    return (references, consent)
  }

  /// The change that an object waits with now, and no other.
  private func reference(to id: Int64, _ store: StoreReader) throws -> HeldReference {
    let detail = try store.object(id: id, valueLimit: 1)
    return .object(id, kind: detail?.held?.kind, until: detail?.row.heldSince)
  }
}

/// The command `lockstep staging`.
struct StagingCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "staging", abstract: "Shows staging mode, or turns it on or off.",
    discussion: """
      In staging mode everything but exports is done; what would be sent stays pending. \
      'staging = true' in [engine] of lockstep.toml turns it on for good.
      """)

  @OptionGroup var place: WorkspaceOptions
  @Argument(help: "on or off; without it the mode is shown.")
  var mode: String?

  func validate() throws {
    guard let mode, mode != "on", mode != "off" else { return }
    throw ValidationError("Staging mode is on or off; not '\(mode)'.")
  }

  func run() async throws {
    guard let mode else {
      let isOn = try place.store().status().isStaging
      return StandardStreams.say("Staging mode is " + (isOn ? "on." : "off."))
    }
    let outcome = try await Order(EngineProcess(workspace: try place.open())).outcome(
      of: .staging(mode == "on"))
    StandardStreams.say(SafeText.line(outcome) + ".")
  }
}

/// The command `lockstep due`.
struct DueCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "due",
    abstract: "Says which steps are due, and with --rehearse what they would do.",
    discussion: """
      A change of the rules or of a connector's settings makes full steps due. An engine that \
      works notices such a change by itself, and before it does what it is asked for.
      """)

  @OptionGroup var options: FollowOptions
  @Flag(help: "Rehearse the cycle that is due and show what it would send.")
  var rehearse = false

  func validate() throws {
    if rehearse, options.noWait { throw ValidationError("--no-wait leaves nothing to report.") }
  }

  func run() async throws {
    let workspace = try options.place.open()
    let order = try Order(EngineProcess(workspace: workspace))
    let store = order.store
    try await readConfiguration(order)
    let due = try store.dueSteps()
    // Programs get one answer; a person sees what is due while it is rehearsed.
    if !rehearse || !options.json {
      try StandardStreams.print(DueReport.make(due), asJSON: options.json)
    }
    guard rehearse else { return }
    // What is due in full is done so in a Delta, too.
    let command = EngineCommand.rehearse(try store.status().nextPolicy)
    guard let end = try await Work(options).end(of: command, order.engine, store, workspace) else {
      throw ExitStatus.interrupted.asError
    }
    guard let outcome = try WorkOutcome(end, from: store), let id = end.cycleID,
      let cycle = try store.cycle(id: id)
    else { throw Work.refused(end) }
    try StandardStreams.print(
      DueReport.rehearsed(due, cycle, outcome.report, in: store), asJSON: options.json)
    if outcome.status != .success { throw outcome.status.asError }
  }

  /// Has the engine look at the configuration, so that what is due is what the files say.
  private func readConfiguration(_ order: Order) async throws {
    let status = try await order.end(of: .readConfiguration)
    guard status.isConfigurationWrong else { return }
    throw WorkspaceError(.usage, message: status.outcome, hint: "")
  }
}
