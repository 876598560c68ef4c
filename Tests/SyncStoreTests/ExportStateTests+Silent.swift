import Directory
import Testing

@testable import SyncStore

/// Of a target that takes members and shows none.
extension ExportStateTests {
  /// A group with ann as a member, which both were taken, of a target that shows no members.
  private func silentTeam() throws -> (ann: Int64, team: Int64) {
    let ann = try test.provision("ann", desired(["title": ["x"]]))
    let team = try group([ann])
    try take(ann, "a-ann")
    try send()
    try stageSilently()
    return (ann, team)
  }

  private func send() throws {
    let sent = try #require(try waiting().first)
    try test.store.transaction { tx in
      try tx.referencesTaken(sent)
      try tx.exportTaken(sent.object.id, anchor: Anchor("a-team"))
    }
  }

  private func stageSilently() throws {
    try test.stage(
      [shown("ann", ["title": ["x"]]), shown("team", ["displayName": ["team"]])],
      connector: test.target, flowsReferences: false)
  }

  @Test("A member whom the target took and does not show is taken out when it is to go, once")
  func silentTarget() throws {
    let (ann, team) = try silentTeam()
    #expect(try pending(team) == "update")
    let changes = try test.store.transaction { tx in
      (try set(ann, in: team, isWanted: false, tx), try set(ann, in: team, isWanted: false, tx))
    }
    #expect(changes == (true, false))
    #expect(try waiting().first?.removedReferences.map(\.anchor.text) == ["a-ann"])
    try send()
    try stageSilently()
    #expect(try pending(team) == "none")
    #expect(try test.number("SELECT COUNT(*) FROM export_reference") == 0)
  }

  @Test("A member who is to go and is wanted again before that is sent is sent again")
  func silentReturn() throws {
    let (ann, team) = try silentTeam()
    try test.store.transaction { tx in
      _ = try set(ann, in: team, isWanted: false, tx)
      _ = try set(ann, in: team, isWanted: true, tx)
    }
    #expect(try waiting().first?.addedReferences.map(\.anchor.text) == ["a-ann"])
    #expect(try waiting().first?.removedReferences.isEmpty == true)
  }

  @Test("A member whom the target took goes where her object belongs to nobody any more")
  func silentRelease() throws {
    let (ann, team) = try silentTeam()
    let sources = try test.store.transaction { try $0.reconsiderReferences(to: ann).map(\.source) }
    #expect(sources == [team])
    #expect(try waiting().first?.removedReferences.map(\.anchor.text) == ["a-ann"])
  }

  // Also of what was sent while the target has yet to carry out the rest.
  @Test(
    "Who was to go from a list without anybody shown is not there where others are shown",
    arguments: [false, true])
  func notSilentAfterAll(isAccepted: Bool) throws {
    let (ann, team) = try silentTeam()
    let bob = try test.provision("bob", desired(["title": ["x"]]))
    try take(bob, "a-bob")
    try test.store.transaction { tx in
      _ = try set(ann, in: team, isWanted: false, tx)
      _ = try set(bob, in: team, isWanted: true, tx)
    }
    if isAccepted {
      try send()
      try test.store.transaction { try $0.exportAccepted(team) }
    }
    try test.stage(
      [shown("bob", ["title": ["x"]]), teamShows(["a-bob"])], connector: test.target,
      flowsReferences: false)
    #expect(try pending(team) == "none")
    #expect(try test.number("SELECT COUNT(*) FROM export_reference WHERE state <> 0") == 0)
  }
}
