import Directory
import TestSupport
import Testing

@testable import SyncStore

@Suite("What a target took and may show late keeps the name that the target gave it")
struct LateShownTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  private static let desired = DesiredImage(attributes: [Attribute("title", ["x"])])

  /// An object that the target took and named some seconds ago.
  private func taken(secondsAgo seconds: Int64, inPart: Bool = false) throws -> Int64 {
    let id = try test.provision("ann", Self.desired)
    try test.store.transaction { tx in
      try tx.markSending([id])
      if inPart {
        try tx.exportTaken(inPart: id, anchor: Anchor("a-ann"))
      } else {
        try tx.exportTaken(id, anchor: Anchor("a-ann"))
      }
      try tx.execute("UPDATE cs_object SET exported_at = exported_at - ?", [seconds * 1000])
    }
    return id
  }

  private func endFullImport(patience seconds: Double? = 3600) throws {
    let moment = seconds.map { Timestamp.now.adding(seconds: -$0) }
    try test.store.transaction {
      try $0.settleUnseenExports(connector: test.target, takenBefore: moment)
    }
  }

  private func pending(_ id: Int64) throws -> PendingExport {
    try #require(try test.store.look { try $0.pendingExports([id]) }.first)
  }

  @Test("What was taken just now is left alone by a full import", arguments: [false, true])
  func fresh(inPart: Bool) throws {
    let id = try taken(secondsAgo: 60, inPart: inPart)
    let before = try test.object(id)
    try endFullImport()
    let after = try test.object(id)
    #expect(after.anchor == Anchor("a-ann") && after.exportState == before.exportState)
    #expect(after.exportState == (inPart ? .idle : .unconfirmed))
    #expect(try pending(id).takenUnshown == nil)
  }

  @Test(
    "What was taken long ago is in doubt, and is known by its anchor", arguments: [false, true])
  func old(inPart: Bool) throws {
    let id = try taken(secondsAgo: 4000, inPart: inPart)
    try endFullImport()
    let object = try test.object(id)
    #expect(object.anchor == Anchor("a-ann") && object.exportState == .unknown)
    #expect(object.isNamedUnshown)
    let taken = try #require(try pending(id).takenUnshown)
    #expect((3990...4100).contains(Timestamp.now.seconds(since: taken)))
  }

  @Test("A target that shows all that it holds has nothing in doubt: it is not there")
  func prompt() throws {
    let id = try taken(secondsAgo: 1)
    try endFullImport(patience: nil)
    let object = try test.object(id)
    #expect(object.anchor == nil && object.exportState == .unknown && !object.isNamedUnshown)
  }

  @Test("What a clock took that was ahead does not wait for that time to come")
  func ahead() throws {
    let id = try taken(secondsAgo: -31_536_000)
    try endFullImport()
    #expect(try test.object(id).isNamedUnshown && pending(id).takenUnshown == nil)
  }

  @Test("The doubt outlasts another value, another member and a refusal, and ends when it is shown")
  func lasts() throws {
    let id = try taken(secondsAgo: 4000)
    let bob = try test.provision("bob", Self.desired)
    try endFullImport()
    try test.store.transaction { tx in
      try tx.setDesired(
        try tx.encode(DesiredImage(attributes: [Attribute("title", ["y"])])), of: id)
    }
    #expect(try test.object(id).isNamedUnshown)
    try test.store.transaction { tx in
      var unsettled: Set<Int64> = []
      _ = try tx.setReference("members", of: id, to: bob, isWanted: true, unsettled: &unsettled)
    }
    #expect(try test.object(id).isNamedUnshown)
    try test.store.transaction { tx in
      try tx.markSending([id])
      try tx.exportRefused(id, isRetry: true, isNamed: true)
    }
    #expect(try test.object(id).isNamedUnshown)
    let entry = DirectoryEntry(
      anchor: Anchor("a-ann"), dn: try DistinguishedName("CN={other}"), objectType: "user",
      attributes: ["title": ["y"]])
    try test.stage([.entry(entry)], connector: test.target)
    #expect(try !test.object(id).isNamedUnshown)
    #expect(try test.number("SELECT COUNT(*) FROM cs_object WHERE anchor = 'a-ann'") == 1)
  }

  @Test("If it has to be made anew, it gets all its members, those that were taken among them")
  func members() throws {
    let bob = try test.provision("bob", Self.desired)
    let id = try taken(secondsAgo: 4000)
    try test.store.transaction { tx in
      try tx.exportTaken(bob, anchor: Anchor("a-bob"))
      var unsettled: Set<Int64> = []
      _ = try tx.setReference("members", of: id, to: bob, isWanted: true, unsettled: &unsettled)
    }
    let sent = try pending(id)
    #expect(sent.addedReferences.map(\.anchor) == [Anchor("a-bob")])
    try test.store.transaction { tx in
      try tx.referencesTaken(sent)
      try tx.execute("UPDATE cs_object SET export_state = 1 WHERE id = ?", [id])
    }
    #expect(try pending(id).addedReferences.isEmpty)
    try endFullImport()
    #expect(try pending(id).addedReferences.map(\.anchor) == [Anchor("a-bob")])
  }

  @Test("What was taken and is not wanted any more is deleted, though it was never shown")
  func unwanted() throws {
    let id = try taken(secondsAgo: 60)
    try endFullImport()
    try test.store.transaction { tx in
      try tx.deprovision(try #require(try tx.object(id)), because: "gone")
      try tx.forgetUnarrived(connector: test.target, keepsWord: true)
    }
    let deletes = try test.store.look {
      try $0.pendingDeletes(
        $0.pendingDeletes(connector: test.target, releasedOnly: false), releasedOnly: false)
    }
    #expect(deletes.map(\.object.anchor) == [Anchor("a-ann")])
  }

  @Test("A part that is taken again and again has its time from when the target named it")
  func partAgain() throws {
    let id = try taken(secondsAgo: 4000, inPart: true)
    try test.store.transaction { try $0.exportTaken(inPart: id, anchor: Anchor("a-ann")) }
    try endFullImport()
    #expect(try test.object(id).isNamedUnshown)
  }
}
