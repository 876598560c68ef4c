import Directory
import GRDB
import Synchronization
import Testing

@testable import SyncStore

/// References that wait for what they lead to.
extension ExportStateTests {
  func set(
    _ member: Int64, in group: Int64, isWanted: Bool, _ tx: StoreTransaction
  ) throws -> Bool {
    var unsettled: Set<Int64> = []
    let isChange = try tx.setReference(
      "members", of: group, to: member, isWanted: isWanted, unsettled: &unsettled)
    for id in unsettled { try tx.settleExport(of: id) }
    return isChange
  }

  func group(_ members: [Int64]) throws -> Int64 {
    let id = try test.provision("team", desired(["displayName": ["team"]]), type: "group")
    try test.store.transaction { tx in
      for member in members {
        let isChange = try set(member, in: id, isWanted: true, tx)
        #expect(isChange)
      }
    }
    return id
  }

  func waiting() throws -> [PendingExport] {
    try test.store.look {
      let ids = try $0.exportsInOrder(
        connector: test.target, objectType: "group", after: 0, limit: 10)
      return try $0.pendingExports(ids.map(\.id))
    }
  }

  func teamShows(_ members: [String]) throws -> ImportedChange {
    try shown(
      "team",
      ["displayName": ["team"], "members": members.map { .reference($0) }])
  }

  /// Whether an object is better sent after others, where those with more references are not.
  private func waits(_ id: Int64, for most: Int?) throws -> Bool {
    try test.store.look { tx in
      let page = try tx.exportsInOrder(
        connector: test.target, objectType: "group", after: 0, limit: 10, waitingFor: most)
      let again = try tx.exportsInOrder([id], waitingFor: most)
      #expect(again.map(\.waits) == page.filter { $0.id == id }.map(\.waits))
      return try #require(again.first).waits
    }
  }

  @Test("A reference to what the target does not hold yet waits; then it is sent, then confirmed")
  func references() throws {
    let ann = try test.provision("ann", desired(["title": ["x"]]))
    let team = try group([ann])
    let first = try #require(try waiting().first)
    #expect(first.addedReferences.isEmpty)
    #expect(try waits(team, for: nil) && waits(team, for: 1) && !waits(team, for: 0))
    try take(ann, "a-ann")
    let second = try #require(try waiting().first)
    #expect(second.addedReferences.map(\.anchor.text) == ["a-ann"])
    #expect(try !waits(team, for: nil))
    try test.store.transaction {
      try $0.referencesTaken(second)
      try $0.exportTaken(team, anchor: Anchor("a-team"))
    }
    try test.stage(
      [shown("ann", ["title": ["x"]]), teamShows(["a-ann"])], connector: test.target,
      flowsReferences: false)
    #expect(try pending(team) == "none")
  }

  @Test("A group is settled once for all members that come in a batch, not for each")
  func settledOnce() throws {
    let team = try test.provision("team", desired(["displayName": ["team"]]), type: "group")
    try take(team, "a-team")
    let names = (0..<40).map { "u\($0)" }
    try test.stage([teamShows(names.map { "a-" + $0 })], connector: test.target)
    #expect(try pending(team) == "none")
    let settled = Mutex(0)
    test.store.queue.writeWithoutTransaction { db in
      db.trace(options: .statement) { event in
        guard case .statement(let statement) = event,
          statement.sql.hasPrefix("SELECT attribute_id FROM export_reference INDEXED BY"),
          statement.expandedSQL.contains("AND attribute_id > 0 ")
        else { return }
        settled.withLock { $0 += 1 }
      }
    }
    try test.stage(try names.map { try shown($0, ["title": ["x"]]) }, connector: test.target)
    #expect(settled.withLock { $0 } == 1)
    #expect(try test.number("SELECT COUNT(*) FROM export_reference WHERE state = 2") == 40)
    #expect(try pending(team) == "update")
    // They go again, and with them what was to be taken out of the group.
    try test.stage(
      names.map { .delete(ObjectAddress(anchor: Anchor("a-" + $0))) }, connector: test.target)
    #expect(settled.withLock { $0 } == 2)
    #expect(try pending(team) == "none")
  }

  @Test("A reference that someone adds or removes at the target is put right")
  func referenceDrift() throws {
    let ann = try test.provision("ann", desired(["title": ["x"]]))
    let bob = try test.provision("bob", desired(["title": ["x"]]))
    let team = try group([ann])
    for (id, name) in [(ann, "ann"), (bob, "bob"), (team, "team")] { try take(id, "a-" + name) }
    func stage(_ members: [String]) throws {
      try test.stage(
        [shown("ann", ["title": ["x"]]), shown("bob", ["title": ["x"]]), teamShows(members)],
        connector: test.target, flowsReferences: false)
    }
    try stage(["a-ann"])
    #expect(try pending(team) == "none")
    try stage(["a-ann", "a-bob"])
    #expect(try waiting().first?.removedReferences.map(\.target) == [bob])
    try stage([])
    #expect(try waiting().first?.addedReferences.map(\.target) == [ann])
    #expect(try waiting().first?.removedReferences.isEmpty == true)
    try stage(["a-ann"])
    #expect(try pending(team) == "none")
  }

  @Test("Who was in a group before the target told of them is taken out, or needs not be sent")
  func shownBeforeTold() throws {
    let ann = try test.provision("ann", desired(["title": ["x"]]))
    let bob = try test.provision("bob", desired(["title": ["x"]]))
    let team = try group([ann])
    try take(team, "a-team")
    try test.stage([teamShows(["a-ann", "a-bob", "a-zoe"])], connector: test.target)
    try test.synchronizeAll()
    #expect(try pending(team) == "update")
    try take(ann, "a-ann")
    #expect(try pending(team) == "none")
    try take(bob, "a-bob")
    #expect(try waiting().first { $0.object.id == team }?.removedReferences.map(\.target) == [bob])
    #expect(try pending(team) == "update")
    // Rules that read the target take them in as well.
    #expect(
      try test.number(
        "SELECT COUNT(*) FROM cs_reference WHERE target_id IS NOT NULL AND state = 1") == 2)
  }

  @Test("A reference wanted and unwanted again before it is sent leaves nothing to send")
  func referenceTakenBack() throws {
    let ann = try test.provision("ann", desired(["title": ["x"]]))
    let team = try group([ann])
    let changes = try test.store.transaction { tx in
      (
        try set(ann, in: team, isWanted: true, tx), try set(ann, in: team, isWanted: false, tx),
        try set(ann, in: team, isWanted: false, tx)
      )
    }
    #expect(changes == (false, true, false))
    #expect(try test.number("SELECT COUNT(*) FROM export_reference") == 0)
  }

  @Test("References that were sent and never confirmed are sent again")
  func resend() throws {
    let ann = try test.provision("ann", desired(["title": ["x"]]))
    let team = try group([ann])
    try take(ann, "a-ann")
    let sent = try #require(try waiting().first)
    try test.store.transaction { try $0.referencesTaken(sent) }
    #expect(try waiting().first?.addedReferences.isEmpty == true)
    try test.store.transaction { try $0.resendReferences(connector: test.target) }
    #expect(try waiting().first?.addedReferences.map(\.target) == [ann])
    #expect(try pending(team) == "add")
  }
}
