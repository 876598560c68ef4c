import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Channels that are entered, worked and left by chance.
@Suite("Channels of passwords, beside what was said of each")
struct PasswordChannelModelTests {
  private struct Model: Equatable {
    var cursor: String?
    var mark: Int64 = 0
    var started: Timestamp?
    var done = 0
    var contact: Timestamp?
    var turnEnded: Timestamp?
    var state = PasswordChannelState.stopped
    var reason = ""

    init() {}

    init(_ memory: PasswordChannelMemory) {
      (cursor, mark, started) = (memory.cursor, memory.directoryMark, memory.fullStarted)
      (done, contact, turnEnded) = (memory.fullDone, memory.lastContact, memory.turnEnded)
      (state, reason) = (memory.state, memory.reason)
    }
  }

  @Test("What a channel remembers is what was said last, and of it alone", arguments: 0..<8)
  func memory(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    let test = try TestStore()
    let channels = try test.store.transaction { tx in
      try [(test.source, test.target), (test.target, test.source)].map {
        try tx.registerPasswordChannel(
          source: $0.0, target: $0.1, domain: "x", intervalSeconds: 120)
      }
    }
    #expect(Set(channels).count == 2)
    var models = Dictionary(uniqueKeysWithValues: channels.map { ($0, Model()) })
    for number in 0..<50 {
      let id = random.choose(channels)
      let (now, text) = (Timestamp(milliseconds: Int64(number) * 1000), random.text())
      try test.store.transaction { tx in
        switch Int.random(in: 0..<8, using: &random) {
        case 0:
          let state = random.choose(PasswordChannelState.allCases)
          try tx.setPasswordChannel(id, state, reason: text)
          models[id]?.state = state
          models[id]?.reason = text
        case 1:
          let cursor = random.chance(30) ? nil : text
          try tx.setPasswordCursor(cursor, channel: id)
          models[id]?.cursor = cursor
        case 2:
          try tx.beginPasswordTurn(id, at: now)
          models[id]?.state = .working
          models[id]?.reason = ""
        case 3:
          try tx.endPasswordTurn(id, at: now)
          models[id]?.state = .waiting
          models[id]?.reason = ""
          models[id]?.turnEnded = now
        case 4:
          try tx.notePasswordContact(id, at: now)
          models[id]?.contact = now
        case 5:
          try tx.setPasswordDirectoryMark(Int64(number), channel: id)
          models[id]?.mark = Int64(number)
        case 6:
          try tx.beginFullPasswordSync(id, at: now)
          models[id]?.cursor = nil
          models[id]?.started = now
          models[id]?.done = 0
        default:
          try tx.endFullPasswordSync(id, at: now)
          models[id]?.started = nil
        }
      }
      try test.store.look { tx throws in
        for (id, model) in models {
          #expect(try tx.passwordChannel(id).map(Model.init) == model)
        }
      }
    }
    #expect(try test.store.look { [try $0.passwordChannel(99)?.state] } == [nil])
  }

  @Test("A channel that is configured anew is the one it was, and one that is not is not shown")
  func registered() throws {
    let test = try TestStore()
    func register(_ domain: String, _ seconds: Int) throws -> Int64 {
      try test.store.transaction {
        try $0.registerPasswordChannel(
          source: test.source, target: test.target, domain: domain, intervalSeconds: seconds)
      }
    }
    let id = try register("a\0b", 120)
    #expect(try test.reader.passwordChannels().map(\.domain) == ["a\0b"])
    try test.store.transaction { try $0.setPasswordChannel(id, .failed, reason: "why") }
    #expect(try register("c", 60) == id)
    let row = try #require(try test.reader.passwordChannels().first)
    #expect(row.domain == "c" && row.intervalSeconds == 60 && row.reason == "why")
    try test.store.transaction { try $0.retirePasswordChannels(except: []) }
    #expect(try test.reader.passwordChannels() == [])
    #expect(try register("c", 60) == id)
    #expect(try test.reader.passwordChannels().map(\.state) == [.stopped])
  }

  @Test(
    "Passwords wait until both ends were read and synchronized in full and no cycle is under way",
    arguments: [
      ([], false, true), (["import"], false, false), (["sync"], false, false), ([], true, false),
    ] as [([String], Bool, Bool)])
  func completed(due: [String], isUnderWay: Bool, isCompleted: Bool) throws {
    let test = try TestStore()
    for connector in [test.source, test.target] {
      try test.store.transaction { tx in
        for id in [test.source, test.target] {
          try tx.fullImportDone(id)
          try tx.fullSyncDone(id)
        }
        if due.contains("import") { try tx.requireFullImport(connector, because: "x") }
        if due.contains("sync") { try tx.requireFullSync(connector, because: "x") }
        if isUnderWay { _ = try tx.beginCycle(.delta, requestedBy: "x", reason: "") }
        // A rehearsal keeps nothing waiting.
        _ = try tx.beginCycle(.delta, requestedBy: "x", reason: "", isRehearsal: true)
        #expect(
          try tx.hasCompletedDirectorySync(source: test.source, target: test.target)
            == isCompleted)
        #expect(try !tx.hasCompletedDirectorySync(source: test.source, target: 99))
      }
    }
  }

  @Test("The last step that counts is one that ended, of a cycle that ended, and no rehearsal")
  func lastStep() throws {
    let test = try TestStore()
    func last() throws -> Int64 { try test.store.look { try $0.lastEndedStep() } }
    #expect(try last() == 0)
    let single = try test.step()
    #expect(try last() == 0)
    try test.end(single)
    #expect(try last() == single)
    let cycle = try test.store.transaction {
      try $0.beginCycle(.delta, requestedBy: "x", reason: "")
    }
    let step = try test.step(.export, cycle: cycle)
    try test.end(step)
    #expect(try last() == single)
    try test.store.transaction { try $0.endCycle(cycle) }
    #expect(try last() == step)
    try test.store.transaction { tx in
      let rehearsed = try tx.beginStep(
        cycle: nil, connector: test.source, type: .export, requestedBy: "x", phase: "",
        isRehearsal: true
      ).step
      try tx.endStep(rehearsed, result: "success", message: "", hint: "")
    }
    #expect(try last() == step)
  }
}
