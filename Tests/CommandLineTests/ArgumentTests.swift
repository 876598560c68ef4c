import ArgumentParser
import Directory
import SyncStore
import Testing
import Workspace

@testable import lockstep

/// The command that `arguments` spell, if it is a `Command`.
private func parse<Command: ParsableCommand>(
  _ arguments: String..., as type: Command.Type = Command.self
) throws -> Command {
  let command = try Lockstep.parseAsRoot(arguments)
  return try #require(command as? Command)
}

@Suite("What is typed")
struct ArgumentTests {
  @Test("Without a subcommand the console is meant")
  func console() throws {
    let root: Lockstep = try parse("--theme", "dark", "--workspace", "/ws")
    #expect(root.console.theme == "dark")
    #expect(try root.place.folder == "/ws")
  }

  @Test("The workspace may stand before or after the subcommand")
  func workspace() throws {
    let before: HistoryCommand = try parse("--workspace", "/a", "history")
    let after: HistoryCommand = try parse("history", "--workspace", "/b")
    let nested: ServiceCommand.Status = try parse("--workspace", "/c", "service", "status")
    #expect(try before.options.place.folder == "/a")
    #expect(try after.options.place.folder == "/b")
    #expect(try nested.options.place.folder == "/c")
  }

  @Test(
    "The workspace of an expression may stand anywhere",
    arguments: [
      ["--workspace", "/ws", "expression", "[cn]"], ["expression", "--workspace", "/ws", "[cn]"],
      ["expression", "[cn]", "--workspace", "/ws"], ["expression", "--workspace=/ws", "[cn]"],
    ])
  func expression(arguments: [String]) throws {
    let root = try Lockstep.parseAsRoot(Invocation.arranged(arguments))
    let command = try #require(root as? ExpressionCommand)
    #expect(try command.place.folder == "/ws" && command.arguments == ["[cn]"])
  }

  @Test("Cycles are followed unless asked not to")
  func cycles() throws {
    let initial: InitialCommand = try parse("initial")
    #expect(!initial.options.noWait && !initial.options.stopOnInterrupt && !initial.options.json)
    let delta: DeltaCommand = try parse("delta", "--no-wait", "--stop-on-interrupt", "--json")
    #expect(delta.options.noWait && delta.options.stopOnInterrupt && delta.options.json)
  }

  @Test(
    "A profile is known by its name in any spelling, or by its initials",
    arguments: [
      ("full-import", StepType.fullImport), ("Full Import", .fullImport), ("fi", .fullImport),
      ("DELTA-IMPORT", .deltaImport), ("ds", .deltaSynchronization), ("export", .export),
      ("e", .export), ("FullSynchronization", .fullSynchronization),
    ])
  func profile(text: String, type: StepType) throws {
    let command: RunCommand = try parse("run", "contoso.test", text)
    #expect(command.profile.type == type)
  }

  @Test(
    "A span is written with units or as the original does",
    arguments: [
      ("30m", 1800), ("3h", 10_800), ("7d", 604_800), ("1d12h", 129_600), ("90s", 90),
      ("00:30:00", 1800), ("7.00:00:00", 604_800), ("1.02:03:04", 93_784), ("26:00:00", 93_600),
    ])
  func span(text: String, seconds: Int) {
    #expect(Span(argument: text)?.seconds == seconds)
  }

  @Test(
    "A slip of the pen is no span",
    arguments: [
      "", "30", "m", "-5m", "30 minutes", "1:30", "00:60:00", "00:00:60", "7.25:00:00", "1m1h",
      "99999d", "1.2.03:04:05", "9999.00:00:00", "٣m",
    ])
  func noSpan(text: String) {
    #expect(Span(argument: text) == nil)
  }

  @Test("A moment is a span before now, or a time")
  func since() throws {
    #expect(
      try #require(Since(argument: "2d")).moment(now: .sample)
        == Timestamp.sample.adding(seconds: -172_800))
    #expect(try #require(Since(argument: "2026-11-22T20:00:00Z")).moment(now: .now) == .sample)
    #expect(Since(argument: "yesterday") == nil)
  }

  @Test(
    "What can't be is refused",
    arguments: [
      ["history", "--limit", "0"], ["history", "--since", "soon"], ["show", "x7"],
      ["show", "--object"], ["run", "contoso.test", "import"], ["run", "contoso.test"],
      ["scheduler", "--interval", "30s"], ["scheduler", "--interval", "31d"],
      ["scheduler", "--purge-age", "1m"], ["scheduler", "--deletion-threshold", "-1"],
      ["scheduler", "--next-policy", "full"], ["users", "--state", "lost"],
      ["events", "--id", "656,x"], ["demo", "--users", "0"], ["service"], ["frobnicate"],
      ["service", "unit", "--user", "a b"], ["history", "ann", "extra"],
    ])
  func refused(arguments: [String]) async {
    #expect(throws: (any Error).self) {
      var command = try Lockstep.parseAsRoot(arguments)
      // A group of commands without one of them only asks for help.
      if command is ServiceCommand { try command.run() }
    }
  }

  @Test("Only what is named in the schedule changes")
  func schedule() throws {
    let before = ScheduleSettings()
    let none: SchedulerCommand = try parse("scheduler")
    #expect(none.change.applied(to: before) == before)
    let all: SchedulerCommand = try parse(
      "scheduler", "--interval", "30m", "--enabled", "false", "--next-policy", "INITIAL",
      "--purge-age", "2d", "--deletion-threshold", "10")
    #expect(
      all.change.applied(to: before)
        == ScheduleSettings(
          intervalSeconds: 1800, isEnabled: false, nextPolicy: .initial,
          purgeAgeSeconds: 172_800, deletionThreshold: 10))
    let one: SchedulerCommand = try parse("scheduler", "--interval", "1h")
    #expect(one.change.applied(to: all.change.applied(to: before)).deletionThreshold == 10)
  }

  @Test("Every exit status stands in the help")
  func help() {
    let help = Lockstep.helpMessage(columns: 100)
    for status in ExitStatus.allCases {
      #expect(help.contains(status.meaning), "\(status)")
    }
  }
}

@Suite("DirectorySyncClientCmd")
struct OriginalCommandTests {
  @Test(
    "The program knows that it is called by the original's name",
    arguments: [
      "DirectorySyncClientCmd", "/usr/bin/DirectorySyncClientCmd", "directorysyncclientcmd",
      "./DirectorySyncClientCmd.exe",
    ])
  func meant(path: String) {
    #expect(OriginalCommand.isMeant(by: path))
  }

  @Test("Other names mean lockstep", arguments: ["lockstep", "/usr/bin/lockstep", "", "/"])
  func notMeant(path: String) {
    #expect(!OriginalCommand.isMeant(by: path))
  }

  @Test("Initial and Delta are taken in any case", arguments: ["initial", "Initial", "INITIAL"])
  func initial(word: String) {
    #expect(OriginalCommand.Request([word]) == .initial)
  }

  @Test("Delta is meant when nothing is named")
  func standard() {
    #expect(OriginalCommand.Request([]) == .delta)
    #expect(OriginalCommand.Request(["DELTA"]) == .delta)
  }

  @Test("A question mark asks for help", arguments: ["?", "/?", "-?", "--help"])
  func help(word: String) {
    #expect(OriginalCommand.Request([word]) == .help)
  }

  @Test(
    "Anything else is refused", arguments: [["full"], ["initial", "staging"], ["--json"], [""]])
  func refused(words: [String]) {
    #expect(OriginalCommand.Request(words) == .wrong(words.joined(separator: " ")))
  }
}
