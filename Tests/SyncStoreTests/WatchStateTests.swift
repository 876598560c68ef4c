import Directory
import SyncStore
import Testing

@Suite("What the store keeps of watches")
struct WatchStateTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  @Test(
    "A watch's state is kept as it was entered, and is gone when it is taken out",
    arguments: ["content synchronization (RFC 4533)", "", "two  spaces\nand a line"])
  func state(text: String) throws {
    for isBroken in [true, false] {
      let state = WatchState(
        isBroken: isBroken, since: Timestamp(milliseconds: 1_790_000_000_123), text: text,
        retrySeconds: isBroken ? 0.5 : 0)
      try test.store.transaction { try $0.set(state, watchOf: test.source) }
      let kept = try test.store.look { [try $0.watch(of: test.source)] }[0]
      #expect(kept == state)
      #expect(try test.store.look { [try $0.watch(of: test.target)] }[0] == nil)
    }
    try test.store.transaction { try $0.set(nil, watchOf: test.source) }
    #expect(try test.store.look { [try $0.watch(of: test.source)] }[0] == nil)
    #expect(try test.reader.connectors().allSatisfy { $0.watch == nil })
  }

  @Test("A cycle has changed something if one of its steps counts an object, and no other's")
  func changedAnything() throws {
    let (empty, full) = try test.store.transaction { tx in
      (
        try tx.beginCycle(.delta, requestedBy: "test", reason: ""),
        try tx.beginCycle(.delta, requestedBy: "test", reason: "")
      )
    }
    try test.end(try test.step(.deltaImport, cycle: empty))
    #expect(try test.store.look { try !$0.changedAnything(cycle: full) })
    let entry = try test.entry("ann")
    try test.stage([.entry(entry)], cycle: full)
    #expect(try test.store.look { try $0.changedAnything(cycle: full) })
    #expect(try test.store.look { try !$0.changedAnything(cycle: empty) })
  }
}
