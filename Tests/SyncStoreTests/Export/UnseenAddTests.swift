import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Adds that were sent, never shown, and given up.
@Suite("An add that was given up is known by connector, name and type until it is shown or old")
struct UnseenAddTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  /// Gives up an add that was sent without an answer.
  private func giveUp(_ name: String, type: String = "user", keepsWord: Bool = true) throws {
    let id = try test.provision(name, DesiredImage(), type: type)
    try test.store.transaction { tx in
      try tx.markSending([id])
      let object = try #require(try tx.object(id))
      try tx.deprovision(object, because: "left\0scope")
      try tx.forgetUnarrived(connector: test.target, keepsWord: keepsWord)
      #expect(try tx.object(id)?.id == nil)
    }
  }

  private var known: Int { get throws { try test.number("SELECT COUNT(*) FROM unseen_add") } }

  private func recall(_ dn: String, type: String, connector: Int64? = nil) throws -> Bool {
    try test.store.transaction {
      try $0.recallUnseenAdd(
        connector: connector ?? test.target, dn: DistinguishedName(dn), objectType: type)
    }
  }

  @Test("It is recalled once, by its own name in any case, its own type and its own connector")
  func recalled() throws {
    try giveUp("ann")
    for (dn, type, connector) in [
      ("CN={bob}", "user", test.target), ("CN={ann}", "group", test.target),
      ("CN={ann}", "user", test.source), ("CN={ann},DC=x", "user", test.target),
    ] {
      #expect(try !recall(dn, type: type, connector: connector), "\(dn) \(type)")
    }
    #expect(try known == 1)
    #expect(try recall("cn={ANN}", type: "user"))
    #expect(try known == 0)
    #expect(try !recall("CN={ann}", type: "user"))
    // It is there again as what is to be deleted, for the reason of then.
    let id = try #require(try test.store.look { try $0.integer("SELECT MAX(id) FROM cs_object") })
    let object = try test.object(id)
    #expect(object.awaitsDelete && object.metaverse == nil && object.dn == "CN={ann}")
    let cause = try test.store.look { tx in
      try tx.row(
        """
        SELECT c.text FROM export_cause e JOIN cause c ON c.id = e.cause_id WHERE e.object_id = ?
        """, [id])
    }
    #expect(cause?[0] as String? == "left\0scope")
  }

  @Test("Who is wanted again under its name is sent as what may be there, and no other type is")
  func takenOver() throws {
    try giveUp("ann")
    let group = try test.provision("ann", DesiredImage(), type: "group")
    #expect(try test.object(group).exportState == .idle)
    #expect(try known == 1)
    let user = try test.provision("ann", DesiredImage(), type: "user")
    #expect(try test.object(user).exportState == .unknown)
    #expect(try known == 0)
    let again = try test.provision("ann", DesiredImage(), type: "user")
    #expect(try test.object(again).exportState == .idle)
  }

  @Test("Where no word is kept, or what was given up was never sent, nothing is remembered")
  func forgotten() throws {
    try giveUp("ann", keepsWord: false)
    #expect(try known == 0)
    let id = try test.provision("bob", DesiredImage())
    try test.store.transaction { tx in
      try tx.deprovision(try #require(try tx.object(id)), because: "x")
      #expect(try tx.object(id)?.id == nil)
      try tx.forgetUnarrived(connector: test.target, keepsWord: true)
    }
    #expect(try known == 0)
    #expect(try test.number("SELECT COUNT(*) FROM export_cause") == 0)
  }

  @Test("Old ones are forgotten in pieces, those of the moment itself are not old")
  func old() throws {
    for number in 0..<7 {
      try giveUp("p\(number)")
      try test.store.transaction {
        try $0.execute(
          "UPDATE unseen_add SET time = ? WHERE display = ?", [1000 * number, "p\(number)"])
      }
    }
    func forget(_ moment: Int64, _ limit: Int) throws -> Int {
      try test.store.transaction {
        try $0.forgetUnseenAdds(before: Timestamp(milliseconds: moment), limit: limit)
      }
    }
    #expect(try forget(0, 9) == 0)
    #expect(try forget(1000, 9) == 1)
    #expect(try forget(5000, 3) == 3)
    #expect(try forget(5000, 3) == 1)
    #expect(try forget(5000, 3) == 0)
    #expect(try known == 2)
  }
}
