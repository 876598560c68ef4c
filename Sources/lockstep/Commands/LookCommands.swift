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

  @OptionGroup var options: ReportOptions
  @OptionGroup var range: LimitOptions
  @Argument(help: "A DN, an anchor, a user principal name, a display name, or an object's number.")
  var object: String?
  @Option(help: "Only what began since: a span (2d) or a time (2026-11-22T20:00:00Z).")
  var since: Since?
  @Option(help: "Only steps of this connector.")
  var connector: String?
  @Option(help: "Only this profile, such as full-import.")
  var profile: Profile?
  @Flag(help: "Only steps with errors, and steps that stopped.")
  var errors = false

  func run() throws {
    var filter = OperationFilter()
    filter.connector = connector
    filter.type = profile?.type
    filter.since = since?.moment(now: .now)
    filter.atLeast = errors ? .error : nil
    try options.print { [filter] store in
      guard let object else {
        return try HistoryReport.make(store, filter: filter, limit: range.limit)
      }
      return try ObjectHistoryReport.make(
        store, text: object, filter: filter, limit: range.limit)
    }
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

  @OptionGroup var options: ReportOptions
  @OptionGroup var range: LimitOptions
  @Argument(help: "A step (12), a run (r5) or a cycle (c3), as the history numbers them.")
  var what = "latest"
  @Option(help: "List the objects under this counter, such as stage-add.")
  var counter: String?
  @Flag(name: .customLong("object"), help: "Show each object's attributes before and after.")
  var withValues = false

  func validate() throws {
    guard StepReference(what) != nil else {
      throw ValidationError("'\(what)' is no step (12), run (r5), cycle (c3) or 'latest'.")
    }
    guard !withValues || counter != nil else {
      throw ValidationError("--object needs --counter NAME.")
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
        store, step: step, counter: counter, withValues: withValues, limit: range.limit)
    }
  }
}

/// The command `lockstep errors`.
struct ErrorsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "errors", abstract: "Lists the errors that objects have now.")

  @OptionGroup var options: ReportOptions
  @OptionGroup var range: LimitOptions
  @Option(help: "Only errors of this connector.")
  var connector: String?

  func run() throws {
    try options.print {
      try ErrorsReport.make($0, connector: connector, limit: range.limit)
    }
  }
}

/// The command `lockstep object`.
struct ObjectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "object", abstract: "Shows one object: attributes, lineage, errors, history.")

  @OptionGroup var options: ReportOptions
  @Argument(help: "A DN, an anchor, a user principal name, a display name, or an object's number.")
  var name: String

  func run() throws {
    try options.print { try ObjectReport.make($0, text: name) }
  }
}

/// The command `lockstep users`.
struct UsersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "users", abstract: "Lists the tenant's users and how each one stands.")

  @OptionGroup var options: ReportOptions
  @OptionGroup var range: LimitOptions
  @Option(help: "Only users whose name begins so.")
  var text = ""
  @Option(help: "Only users in this state.")
  var state: StateArgument?
  @Flag(help: "Those first whose last synchronization is longest ago.")
  var stale = false

  func run() throws {
    try options.print {
      try UsersReport.make(
        $0, order: stale ? .staleness : .displayName, descending: false, text: text,
        state: state?.state, limit: range.limit)
    }
  }
}

/// The command `lockstep connectors`.
struct ConnectorsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "connectors", abstract: "Lists the connectors with what waits in each.")

  @OptionGroup var options: ReportOptions

  func run() throws {
    try options.print { try ConnectorsReport.make($0) }
  }
}

/// The command `lockstep events`.
struct EventsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events", abstract: "Prints the application log, newest last.")

  @OptionGroup var options: ReportOptions
  @OptionGroup var range: LimitOptions
  @Option(help: "Only events with these ids, such as 656,657.")
  var id = ""
  @Option(help: "Only events with this text.")
  var text = ""

  func validate() throws {
    guard id.split(separator: ",").allSatisfy({ Int($0) != nil }) else {
      throw ValidationError("--id is a list of numbers, such as 656,657; not '\(id)'.")
    }
  }

  func run() throws {
    let codes = id.split(separator: ",").compactMap { Int($0) }
    try options.print {
      try EventsReport.make($0, codes: codes, text: text, limit: range.limit)
    }
  }
}
