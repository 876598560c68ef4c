import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Settings, commands and connectors that come and go by chance.
@Suite("What faces and engine tell each other, beside lists of it")
struct DeskModelTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  @Test("Settings of any name and value are what they were set to last", arguments: 0..<6)
  func settings(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    let names = HostileText.names
    var model: [[UInt8]: String] = [:]
    for _ in 0..<60 {
      let (key, value) = (random.choose(names), random.text())
      let isRemoved = random.chance(20)
      try test.store.transaction { try $0.set(key, isRemoved ? nil : value) }
      model[Array(key.utf8)] = isRemoved ? nil : value
    }
    try test.store.look { tx throws in
      for name in names {
        let value = try tx.setting(name)
        #expect(value.map { Array($0.utf8) } == model[Array(name.utf8)].map { Array($0.utf8) })
      }
    }
  }

  @Test("A schedule of any numbers comes back, and what can't be read is the standard")
  func schedule() throws {
    for (number, policy) in [(0, nil), (1, .initial), (Int.max, .delta)] as [(Int, CyclePolicy?)] {
      let schedule = ScheduleSettings(
        intervalSeconds: number, isEnabled: number == 1, nextPolicy: policy,
        purgeAgeSeconds: number / 2, deletionThreshold: number / 3)
      try test.store.transaction { try $0.set(schedule) }
      #expect(try test.store.look { try $0.schedule() } == schedule)
    }
    let keys = [
      "schedule.interval", "schedule.next-policy", "schedule.purge-age",
      "schedule.deletion-threshold", "schedule.enabled",
    ]
    for text in ["", "soon", "1.5", "99999999999999999999", "1\0"] {
      try test.store.transaction { tx in for key in keys { try tx.set(key, text) } }
      #expect(try test.store.look { try $0.schedule() } == ScheduleSettings(), "\(text)")
    }
  }

  // MARK: Commands

  private struct Command {
    var id: Int64
    var command: EngineCommand
    var state = CommandStatus.State.filed
    var isForPasswords: Bool { if case .passwords = command { true } else { false } }
    var isStop: Bool { [.stop, .shutDown].contains(command) }
  }

  private static let commands: [EngineCommand] =
    [
      .cycle(.delta), .stop, .shutDown, .passwords(.now), .staging(true), .readConfiguration,
      .purge(before: Timestamp(milliseconds: -1)), .becomeService,
    ] + HostileText.names.map { .run(connector: $0, .export) }
    + HostileText.names.map { .releaseDeletes(connector: $0, atMost: 7) }
    + HostileText.names.map { .passwords(.account(anchor: $0)) }

  @Test("Each is taken once, by whose it is, in the order in which it was filed", arguments: 0..<12)
  func commands(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    var model: [Command] = []
    let reader = try test.reader
    func isOf(_ share: StoreTransaction.CommandShare, _ command: Command) -> Bool {
      switch share {
      case .all: true
      case .passwords: command.isForPasswords
      case .directory: !command.isForPasswords
      }
    }
    for _ in 0..<70 {
      let share = random.choose([StoreTransaction.CommandShare.all, .passwords, .directory])
      switch Int.random(in: 0..<7, using: &random) {
      case 0, 1, 2:
        let command = random.choose(Self.commands)
        let id = try reader.file(command, requestedBy: random.choose(HostileText.names))
        model.append(Command(id: id, command: command))
      case 3:
        let next = model.firstIndex { $0.state == .filed && isOf(share, $0) }
        #expect(try test.store.look { try $0.hasCommand(share) } == (next != nil))
        let taken = try test.store.transaction { [try $0.takeCommand(share)] }[0]
        #expect(taken?.id == next.map { model[$0].id })
        #expect(taken?.command == next.map { model[$0].command })
        if let next { model[next].state = .taken }
      case 4:
        let next = model.firstIndex { $0.state == .filed && $0.isStop }
        #expect(try test.store.look { try $0.hasStopCommand() } == (next != nil))
        #expect(
          try test.store.look { try $0.hasStopCommand(ofEngine: true) }
            == model.contains { $0.state == .filed && $0.command == .shutDown })
        let taken = try test.store.transaction { [try $0.takeStopCommand()] }[0]
        #expect(taken?.id == next.map { model[$0].id })
        if let next { model[next].state = .taken }
      case 5:
        guard let index = model.indices.randomElement(using: &random) else { continue }
        try test.store.transaction { try $0.putBack(command: model[index].id) }
        if model[index].state == .taken { model[index].state = .filed }
      default:
        guard
          let index = model.indices.filter({ model[$0].state == .taken })
            .randomElement(using: &random)
        else { continue }
        let state = random.choose([CommandStatus.State.finished, .refused])
        let outcome = random.text()
        try test.store.transaction {
          try $0.finish(command: model[index].id, state, outcome: outcome)
        }
        model[index].state = state
        #expect(try reader.command(id: model[index].id)?.outcome == outcome)
      }
    }
    for command in model { #expect(try reader.command(id: command.id)?.state == command.state) }
    #expect(try reader.commands(limit: 1000).map(\.id) == model.reversed().map(\.id))
    #expect(try reader.commands(limit: 1000).map(\.command) == model.reversed().map(\.command))
    #expect(try reader.command(id: 1_000_000) == nil)
    // Whoever closes after an engine that vanished leaves what nobody took.
    _ = try test.store.transaction { try $0.closeAbandoned() }
    for command in model {
      let state = command.state == .taken ? .refused : command.state
      #expect(try reader.command(id: command.id)?.state == state)
    }
  }

  // MARK: Connectors

  @Test("Connectors are known by any name, and those of other names are others")
  func names() throws {
    // Two that differ by the case of English letters only are one.
    let names = HostileText.names
    let ids = try test.store.transaction { tx in
      try names.map { try tx.register(name: $0, type: "t", isSource: true, fingerprint: "1") }
    }
    #expect(Set(ids).count == names.count)
    try test.store.look { tx throws in
      for (name, id) in zip(names, ids) {
        #expect(try tx.connectorID(name) == id)
        #expect(try tx.connectorState(id)?.name == name)
      }
      #expect(try tx.connectorID("PLAIN") == ids[0])
      #expect(try tx.connectorID("plai") == nil)
      #expect(try tx.connectorState(1000)?.id == nil)
    }
    let shown = try test.reader.connectors().map(\.name)
    #expect(shown == ["source"] + names + ["target"])
    try test.store.transaction { try $0.retireConnectors(except: [ids[3]]) }
    #expect(try test.reader.connectors().map(\.name) == [names[3]])
    #expect(try test.store.look { [try $0.connectorID(names[4])] } == [nil])
  }

  @Test("Watermark, schema, summary and reasons of a connector are its own", arguments: 0..<4)
  func states(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    struct Model: Equatable {
      var watermark: Watermark?
      var identity = ""
      var schema: String?
      var importReason: String?
      var syncReason: String?
      var isRestored = false
    }
    var models: [Int64: Model] = [:]
    for id in [test.source, test.target] {
      let state = try #require(try test.store.look { [try $0.connectorState(id)] }[0])
      models[id] = Model(importReason: state.fullImportReason, syncReason: state.fullSyncReason)
      #expect(state.fullImportReason?.contains("was never imported") == true)
    }
    for _ in 0..<60 {
      let id = random.choose([test.source, test.target])
      let text = random.text()
      try test.store.transaction { tx in
        switch Int.random(in: 0..<8, using: &random) {
        case 0:
          models[id]?.watermark = Watermark(kind: "k", value: text)
          models[id]?.identity = text
          try tx.setWatermark(Watermark(kind: "k", value: text), identity: text, connector: id)
        case 1:
          models[id]?.watermark = nil
          models[id]?.identity = ""
          try tx.forgetWatermark(connector: id)
        case 2:
          models[id]?.schema = text
          try tx.set(text, schemaOf: id)
        case 3:
          models[id]?.importReason = text
          try tx.requireFullImport(id, because: text)
        case 4:
          models[id]?.syncReason = text
          try tx.requireFullSync(id, because: text)
        case 5:
          models[id]?.importReason = nil
          models[id]?.isRestored = false
          try tx.fullImportDone(id)
        case 6:
          models[id]?.syncReason = nil
          try tx.fullSyncDone(id)
        default:
          models[id]?.isRestored = true
          try tx.noteRestored(id)
        }
      }
      try test.store.look { tx throws in
        for (id, model) in models {
          let state = try #require(try tx.connectorState(id))
          let found = Model(
            watermark: state.watermark, identity: state.watermarkIdentity,
            schema: try tx.schema(of: id), importReason: state.fullImportReason,
            syncReason: state.fullSyncReason, isRestored: try tx.isRestored(id))
          #expect(found == model)
        }
        #expect(try tx.isFullSyncDue() == models.values.contains { $0.syncReason != nil })
      }
    }
  }

  @Test(
    "A cycle does in full what is due, and is an Initial one where all is",
    arguments: [
      // What is due of the source's and the target's imports and synchronizations.
      ([nil, nil, nil, nil], CyclePolicy.delta, CyclePolicy.delta, ""),
      ([nil, nil, nil, nil], .initial, .initial, ""),
      (["a", "b", "c", "d"], .delta, .initial, "a"),
      ([nil, "b", nil, nil], .initial, .initial, "b"),
      ([nil, nil, "c", nil], .delta, .delta, "Full Import of target, because c"),
      (
        ["x", nil, "x", nil], .delta, .delta, "Full Import of source, target, because x"
      ),
      (
        ["x", "y", "z", nil], .delta, .delta,
        "Full Import of source, because x; Full Import of target, because z; "
          + "Full Synchronization of source, because y"
      ),
      (
        [nil, "y", nil, "y"], .delta, .delta, "Full Synchronization of source, target, because y"
      ),
    ] as [([String?], CyclePolicy, CyclePolicy, String)])
  func policy(due: [String?], asked: CyclePolicy, policy: CyclePolicy, reason: String) throws {
    try test.store.transaction { tx in
      for (index, connector) in [test.source, test.target].enumerated() {
        try tx.fullImportDone(connector)
        try tx.fullSyncDone(connector)
        if let why = due[2 * index] { try tx.requireFullImport(connector, because: why) }
        if let why = due[2 * index + 1] { try tx.requireFullSync(connector, because: why) }
      }
      let told = try tx.cyclePolicy(asked)
      #expect(told.policy == policy && told.reason == reason)
    }
  }

  @Test("A source that is gone is told as long as anything is linked to it")
  func retired() throws {
    try test.stage([.entry(try test.entry("ann"))])
    let id = try test.id("ann")
    func told() throws -> String? { try test.store.look { [try $0.retiredSource()] }[0] }
    try test.store.transaction { tx in
      let person = try tx.insertMetaverse(
        objectType: "person", image: tx.encode([MetaverseAttribute]()), display: "", keys: [])
      try tx.link(id, to: person, .projected, rule: 0)
    }
    #expect(try told() == nil)
    try test.store.transaction { try $0.retireConnectors(except: [test.target]) }
    #expect(try told() == "source")
    try test.store.transaction { try $0.unlink(id, isFiltered: false) }
    #expect(try told() == nil)
  }

  // MARK: Events

  @Test("Events are handed on in their order, and shown the other way round", arguments: 0..<4)
  func events(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    #expect(try test.store.look { try $0.lastEvent() } == 0)
    #expect(try test.store.look { [try $0.lastEventTime()] } == [nil])
    var model: [(level: EventRow.Level, code: Int, source: String, message: String)] = []
    for _ in 0..<30 {
      let event = (
        random.choose([EventRow.Level.information, .warning, .error]),
        random.choose([650, 656, 904]), random.text(count: 1...3), random.text()
      )
      try test.store.transaction {
        try $0.log(event.0, code: event.1, source: event.2, event.3)
      }
      model.append(event)
    }
    for limit in [1, 29, 30, 31] {
      var found: [EventRow] = []
      while case let page = try test.store.look({
        try $0.events(after: found.last?.id ?? 0, limit: limit)
      }), !page.isEmpty {
        found += page
      }
      #expect(found.map(\.message) == model.map(\.message))
      #expect(found.map(\.source) == model.map(\.source))
      #expect(found.map(\.level) == model.map(\.level) && found.map(\.code) == model.map(\.code))
    }
    #expect(try test.store.look { try $0.lastEvent() } == 30)
    for level in [EventRow.Level.information, .warning, .error] {
      for codes in [[], [656], [650, 904], [1]] {
        var filter = EventFilter()
        (filter.atLeast, filter.codes) = (level, codes)
        let order: [EventRow.Level] = [.information, .warning, .error]
        let wanted = model.filter { event in
          (order.firstIndex(of: event.level) ?? 0) >= (order.firstIndex(of: level) ?? 0)
            && (codes.isEmpty || codes.contains(event.code))
        }.map(\.message)
        var found: [EventRow] = []
        while case let page = try test.reader.events(filter, before: found.last?.id, limit: 7),
          !page.isEmpty
        { found += page }
        #expect(found.map(\.message) == wanted.reversed())
      }
    }
  }
}
