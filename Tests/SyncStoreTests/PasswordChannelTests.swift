import Directory
import Testing

@testable import SyncStore

@Suite("Channels of passwords and their store")
final class PasswordChannelTests: PasswordLedger {
  @Test("The status names the worst channel, and without an engine none works")
  func worst() throws {
    #expect(try test.reader.status().passwords == .stopped)
    try test.store.transaction { try $0.execute("DELETE FROM password_channel") }
    #expect(try test.reader.status().passwords == nil)
  }

  @Test("One that was not configured for a while begins anew, and one that was goes on")
  func configuredAgain() throws {
    func register() throws -> PasswordChannelMemory? {
      try test.store.transaction {
        let id = try $0.registerPasswordChannel(
          source: test.source, target: test.target, domain: "example.com", intervalSeconds: 120)
        return [try $0.passwordChannel(id)]
      }[0]
    }
    try test.store.transaction {
      try $0.beginFullPasswordSync(channel, at: at(1))
      try $0.setPasswordCursor("here", channel: channel)
      try $0.endPasswordTurn(channel, at: at(2))
    }
    var memory = try #require(try register())
    #expect(memory.cursor == "here" && memory.turnEnded == at(2) && memory.fullStarted == at(1))
    try test.store.transaction { try $0.retirePasswordChannels(except: []) }
    memory = try #require(try register())
    #expect(memory.cursor == nil && memory.turnEnded == nil && memory.fullStarted == nil)
  }

  @Test("Old batches are purged with their lines, young ones and the ledger stay")
  func purge() throws {
    try write(note("a", due: start))
    let line = line("a", request: "r1")
    let old = try send(line, now: at(1))
    try answer(line, batch: old, PasswordOutcome(status: .success), now: at(2))
    let young = try send(line, now: at(50))
    try answer(line, batch: young, PasswordOutcome(status: .success), now: at(51))
    let result = try test.store.transaction { try $0.purgeHistory(before: at(10), limit: 100) }
    #expect(result.isDone && result.others == 2)
    #expect(
      try test.reader.passwordBatches(account: nil, before: nil, limit: 9).map(\.id) == [young])
    #expect(try record("a").status == .success)
  }

  @Test(
    "The first directory synchronization is complete when both ends were read and taken in full")
  func directory() throws {
    func isComplete() throws -> Bool {
      try test.store.look {
        try $0.hasCompletedDirectorySync(source: test.source, target: test.target)
      }
    }
    #expect(try !isComplete())
    for connector in [test.source, test.target] {
      #expect(try !isComplete())
      try test.store.transaction {
        try $0.fullImportDone(connector)
        try $0.fullSyncDone(connector)
      }
    }
    #expect(try isComplete())
  }

  @Test("A step counts as ended with its cycle")
  func endedSteps() throws {
    func last() throws -> Int64 { try test.store.look { try $0.lastEndedStep() } }
    #expect(try last() == 0)
    let alone = try test.step()
    #expect(try last() == 0)
    try test.end(alone)
    #expect(try last() == alone)
    let cycle = try test.store.transaction {
      try $0.beginCycle(.delta, requestedBy: "test", reason: "")
    }
    let inCycle = try test.step(cycle: cycle)
    try test.end(inCycle)
    #expect(try last() == alone)
    try test.store.transaction { try $0.endCycle(cycle) }
    #expect(try last() == inCycle)
  }
}
