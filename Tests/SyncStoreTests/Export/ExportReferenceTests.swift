import Directory
import TestSupport
import Testing

@testable import SyncStore

/// One reference of a target, through all that may become of it.
@Suite("A reference is sent as often as it must be, whatever is wanted meanwhile")
struct ExportReferenceTests {
  private let test: TestStore
  private let team: Int64
  private let ann: Int64

  init() throws {
    test = try TestStore()
    ann = try test.provision("ann", DesiredImage())
    team = try test.provision("team", DesiredImage(references: ["member"]), type: "group")
    for id in [ann, team] {
      try test.store.transaction { try $0.exportTaken(id, anchor: Anchor("a-\(id)")) }
    }
  }

  /// 0 settled, 1 and 2 to be sent, 3 and 4 sent; nil for none.
  private var state: Int? {
    get throws {
      try test.store.look { [try $0.integer("SELECT state FROM export_reference")] }[0]
        .map { Int($0) }
    }
  }

  /// Brings the reference into a state: what the target is to do, and what it shows.
  private func put(_ state: Int?, isShown: Bool, isOtherShown: Bool) throws {
    try test.store.transaction { tx in
      let attribute = try tx.dictionaries.id("member", tx.db)
      try tx.execute("DELETE FROM export_reference")
      try tx.execute("DELETE FROM cs_reference")
      if let state {
        try tx.execute(
          """
          INSERT INTO export_reference(source_id, attribute_id, target_id, state)
          VALUES (?, ?, ?, ?)
          """, [team, attribute, ann, state])
      }
      for (isThere, value, target) in [(isShown, "a-\(ann)", ann), (isOtherShown, "other", nil)]
        as [(Bool, String, Int64?)] where isThere
      {
        try tx.execute(
          """
          INSERT INTO cs_reference(source_id, attribute_id, value, connector_id, target_id, state)
          VALUES (?, ?, ?, ?, ?, 0)
          """, [team, attribute, value, test.target, target])
      }
    }
  }

  @Test("What is to be sent follows from what is wanted, what was sent and what is shown")
  func wanted() throws {
    for state in [nil, 0, 1, 2, 3, 4] as [Int?] {
      for isShown in [false, true] {
        for isOtherShown in [false, true] {
          for isWanted in [false, true] {
            try put(state, isShown: isShown, isOtherShown: isOtherShown)
            var unsettled: Set<Int64> = []
            let isChange = try test.store.transaction {
              try $0.setReference(
                "member", of: team, to: ann, isWanted: isWanted, unsettled: &unsettled)
            }
            // A target that shows no member at all may have those that it took.
            let wasTaken = state == 2 || state == 3
            let mayBeThere = isShown || wasTaken && !isShown && !isOtherShown
            let wanted: Int? =
              isWanted ? (isShown ? 0 : 1) : mayBeThere ? 2 : nil
            let before = state.map { $0 > 2 ? $0 - 2 : $0 }
            let place = "\(state.map(String.init) ?? "none") \(isShown) \(isOtherShown) \(isWanted)"
            #expect(isChange == (before != wanted), "\(place)")
            #expect(try self.state == (isChange ? wanted : state), "\(place)")
            #expect(unsettled == (isChange && wanted != 1 && wanted != 2 ? [team] : []))
            // Once is enough.
            let again = try test.store.transaction {
              try $0.setReference(
                "member", of: team, to: ann, isWanted: isWanted, unsettled: &unsettled)
            }
            #expect(!again, "\(place)")
          }
        }
      }
    }
  }

  @Test(
    "A change of a reference has its object sent, and what was released or sent before is another change",
    arguments: [Pending.none, .add, .update, .delete])
  func pending(before: Pending) throws {
    for state in [ExportState.idle, .unconfirmed, .unknown, .accepted] {
      for isAnchored in [true, false] {
        try put(nil, isShown: false, isOtherShown: false)
        try test.store.transaction {
          try $0.execute(
            """
            UPDATE cs_object SET pending_export = ?, export_state = ?, is_released = 7, anchor = ?
            WHERE id = ?
            """, [before.rawValue, state.rawValue, isAnchored ? "a-team" : nil, team])
        }
        var unsettled: Set<Int64> = []
        _ = try test.store.transaction {
          try $0.setReference("member", of: team, to: ann, isWanted: true, unsettled: &unsettled)
        }
        let row = try #require(
          try test.store.look { tx in
            try tx.row(
              "SELECT pending_export, export_state, is_released FROM cs_object WHERE id = ?",
              [team])
          })
        let pending: Int = row[0]
        #expect(pending == (before == .none ? Pending.update : before).rawValue)
        #expect(row[2] as Int == (before == .delete ? 7 : 0))
        // Only what was never shown may be there all the same: an add that got no answer, or one that
        // the target has named and is asked for.
        let isDoubtful = state == .unknown || state == .accepted && !isAnchored
        let isTouched = before != .delete || state != .idle
        if isTouched { #expect(row[1] as Int == (isDoubtful ? 2 : 0), "\(state) \(isAnchored)") }
      }
    }
  }

  @Test("Once sent it awaits its confirmation, and is sent again where that never comes")
  func sent() throws {
    for (state, sent) in [(1, 3), (2, 4)] {
      try put(state, isShown: false, isOtherShown: false)
      try test.store.transaction { tx in
        try tx.execute("UPDATE cs_object SET pending_export = 2 WHERE id = ?", [team])
        let pending = try #require(try tx.pendingExports([team]).first)
        #expect(pending.addedReferences.count == (state == 1 ? 1 : 0))
        #expect(pending.removedReferences.count == (state == 2 ? 1 : 0))
        try tx.referencesTaken(pending)
        // What is on its way is not sent again.
        let now = try #require(try tx.pendingExports([team]).first)
        #expect(now.addedReferences.isEmpty && now.removedReferences.isEmpty)
      }
      #expect(try self.state == sent)
      try test.store.transaction { try $0.resendReferences(connector: test.source) }
      #expect(try self.state == sent)
      try test.store.transaction { try $0.resendReferences(connector: test.target) }
      #expect(try self.state == state)
    }
  }

  @Test("Whoever belongs to nobody any more is taken out where it may be, and forgotten elsewhere")
  func reconsidered() throws {
    for state in [0, 1, 2, 3, 4] {
      for isShown in [false, true] {
        for isOtherShown in [false, true] {
          try put(state, isShown: isShown, isOtherShown: isOtherShown)
          let told = try test.store.transaction { try $0.reconsiderReferences(to: ann) }
          #expect(told.map(\.source) == (state == 2 ? [] : [team]))
          // What is shown is there; what was sent is, unless others are shown and it is not.
          let mayBeThere = isShown || state == 3 && !isOtherShown
          let wanted: Int? = state == 2 || mayBeThere ? 2 : nil
          #expect(try self.state == wanted, "\(state) \(isShown) \(isOtherShown)")
          #expect(try test.store.transaction { try $0.reconsiderReferences(to: team) }.isEmpty)
        }
      }
    }
  }
}
