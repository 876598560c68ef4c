import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

/// A configuration of which a test says what has become of it.
final class ToldConfiguration: ConfigurationWatching {
  private let state: Mutex<ConfigurationState>
  private let asked = Mutex<[Bool]>([])

  init(_ state: ConfigurationState) { self.state = Mutex(state) }

  func set(_ state: ConfigurationState) { self.state.withLock { $0 = state } }

  var looks: [Bool] { asked.withLock { $0 } }

  func look(atOnce: Bool) -> ConfigurationState {
    asked.withLock { $0.append(atOnce) }
    return state.withLock { $0 }
  }
}

@Suite("An engine whose configuration changes", .timeLimit(.minutes(2)))
struct ConfigurationChangeTests {
  private func world(schedule isEnabled: Bool = false) async throws -> World {
    let world = try World()
    world.source.put(try world.user("ann"))
    try await world.cycle()
    try world.reader.change(ScheduleChange(isEnabled: isEnabled), requestedBy: "test")
    return world
  }

  @Test("What is asked for after a change is left to an engine that works by it")
  func changed() async throws {
    let world = try await world()
    let id = try world.reader.file(.cycle(.delta), requestedBy: "ann")
    let told = ToldConfiguration(.changed)
    let end = try await world.engine(configuration: told).run()
    #expect(end == .configurationChanged)
    #expect(told.looks == [true])
    #expect(try world.reader.command(id: id)?.state == .filed)
    let next = try world.engine(idleExitSeconds: 0, configuration: ToldConfiguration(.same))
    #expect(try await next.run() == .done)
    #expect(try world.reader.command(id: id)?.state == .finished)
  }

  @Test("What in new rules can't work is told once, when an engine takes them")
  func ruleFaults() async throws {
    let world = try World()
    func told() throws -> [String] {
      try world.reader.events(codes: [6126], text: "ask for what can't work", before: nil, limit: 9)
        .map(\.message)
    }
    world.ruleFaults = ["Out - User writes id"]
    for _ in 0..<2 { try await world.cycle() }
    let first = try told()
    #expect(first.count == 1 && first[0].contains("Out - User writes id. lockstep rules lint"))
    world.rulesText += "\n# changed\n" + OneMoreRule.text
    world.ruleFaults = (1...7).map { "Out writes a\($0)" }
    for _ in 0..<2 { try await world.cycle() }
    #expect(try told().count == 2)
    let last = try #require(try told().first { $0 != first[0] })
    #expect(last.contains("Out writes a5; and 2 more. "), "\(last)")
    #expect(!last.contains("a6"))
  }

  @Test("Rules in which nothing is wrong are taken without a word of that")
  func soundRules() async throws {
    let world = try await world()
    #expect(
      try world.reader.events(codes: [6126], text: "nobody", before: nil, limit: 9).isEmpty)
  }

  private enum OneMoreRule {
    static let text = #"""
      [[rule]]
      name = "Out - More"
      direction = "outbound"
      connector = "target"
      source = "person"
      target = "user"
      link = "join"
      precedence = 300
      flow = [{ target = "nickName", direct = "title" }]
      """#
  }

  @Test("An engine that goes on by a changed configuration does what the one before was asked for")
  func shutDownAfterChange() async throws {
    let world = try await world()
    let first = try world.engine(configuration: ToldConfiguration(.changed))
    let ids = try [EngineCommand.stop, .shutDown].map {
      try world.reader.file($0, requestedBy: "ann")
    }
    #expect(try await first.run() == .configurationChanged)
    _ = consume first
    #expect(try ids.map { try world.reader.command(id: $0)?.state } == [.filed, .filed])
    let next = try world.engine(
      configuration: ToldConfiguration(.same), continuation: .configuration)
    #expect(try await next.run() == .done)
    #expect(try ids.map { try world.reader.command(id: $0)?.state } == [.finished, .finished])
  }

  @Test("An engine that was started for a command stays if it is asked to")
  func becomesService() async throws {
    let world = try await world()
    let id = try world.reader.file(.becomeService, requestedBy: "ann")
    let end = try await world.engine(idleExitSeconds: 600, keepsSchedule: false).run()
    #expect(end == .serviceWanted)
    #expect(try world.reader.command(id: id)?.state == .finished)
    #expect(try !world.reader.status().keepsSchedule)
    // It is asked again while it is one.
    let again = try world.reader.file(.becomeService, requestedBy: "ann")
    let next = try world.engine(continuation: .service)
    #expect(try world.reader.status().keepsSchedule)
    let ending = try world.reader.file(.shutDown, requestedBy: "ann")
    #expect(try await next.run() == .done)
    for id in [again, ending] {
      #expect(try world.reader.command(id: id)?.state == .finished)
    }
  }

  @Test("By a wrong configuration nothing is done that is asked for, and that is said once")
  func wrong() async throws {
    let world = try await world()
    let commands: [EngineCommand] = [
      .cycle(.delta), .run(connector: "source", .fullImport), .rehearse(.delta), .readConfiguration,
    ]
    let ids = try commands.map { try world.reader.file($0, requestedBy: "ann") }
    let purge = try world.reader.file(
      .purge(before: Timestamp(milliseconds: 1)), requestedBy: "ann")
    let cycles = try world.reader.cycles(before: nil, limit: 9).count
    let told = ToldConfiguration(.wrong("rules/a.toml:3:1: there is no key \"flwo\""))
    let end = try await world.engine(idleExitSeconds: 0, configuration: told).run()
    #expect(end == .done)
    for id in ids {
      let status = try #require(try world.reader.command(id: id))
      #expect(status.isConfigurationWrong && status.outcome.contains("rules/a.toml:3:1"))
    }
    #expect(try world.reader.command(id: purge)?.state == .finished)
    #expect(try world.reader.cycles(before: nil, limit: 9).count == cycles)
    let events = try world.reader.events(codes: [6126], text: "a.toml", before: nil, limit: 9)
    #expect(events.count == 1)
  }

  @Test("What is wrong with the configuration stands in the status for as long as it is")
  func status() async throws {
    let world = try await world()
    try await tellWrong(world)
    // What one engine said is not said of the next.
    let next = try world.engine()
    #expect(try world.reader.status().wrongConfiguration == nil)
    _ = consume next
  }

  /// Has an engine whose configuration is wrong, right, and wrong again, obey, and leave.
  private func tellWrong(_ world: World) async throws {
    let reader = try world.reader
    let told = ToldConfiguration(.wrong("rules/a.toml:3:1: there is no key \"flwo\""))
    let engine = try world.engine(configuration: told)
    let running = Task { try await engine.run() }
    func ask(until state: CommandStatus.State) async throws -> String? {
      let id = try reader.file(.readConfiguration, requestedBy: "ann")
      while try reader.command(id: id)?.state != state { await Task.yield() }
      return try reader.status().wrongConfiguration
    }
    #expect(try await ask(until: .refused)?.hasPrefix("rules/a.toml:3:1") == true)
    told.set(.same)
    #expect(try await ask(until: .finished) == nil)
    told.set(.wrong("rules/a.toml:3:1: again"))
    #expect(try await ask(until: .refused) == "rules/a.toml:3:1: again")
    engine.stop()
    #expect(try await running.value == .done)
  }

  @Test(
    "While files are being written nothing is done by them; to end the engine, they are not needed")
  func beingWritten() async throws {
    let world = try await world()
    let cycles = try world.reader.cycles(before: nil, limit: 9).count
    let cycle = try world.reader.file(.cycle(.delta), requestedBy: "ann")
    let engine = try world.engine(configuration: ToldConfiguration(.changing))
    let ending = try world.reader.file(.shutDown, requestedBy: "ann")
    #expect(try await engine.run() == .done)
    #expect(try world.reader.command(id: ending)?.state == .finished)
    #expect(try world.reader.command(id: cycle)?.state == .refused)
    #expect(try world.reader.cycles(before: nil, limit: 9).count == cycles)
  }

  @Test(
    "The schedule is kept by what was read before a change that is wrong, and waits for its end")
  func schedule() async throws {
    let world = try await world(schedule: true)
    let cycles = try world.reader.cycles(before: nil, limit: 9).count
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { try $0.set("schedule.last-start", "0") }
    _ = try await world.engine(idleExitSeconds: 0, configuration: ToldConfiguration(.changing))
      .run()
    #expect(try world.reader.cycles(before: nil, limit: 9).count == cycles)
    let wrong = ToldConfiguration(.wrong("lockstep.toml:1:1: no table"))
    _ = try await world.engine(idleExitSeconds: 0, configuration: wrong).run()
    #expect(try world.reader.cycles(before: nil, limit: 9).count == cycles + 1)
  }
}
