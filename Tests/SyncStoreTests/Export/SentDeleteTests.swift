import Directory
import TestSupport
import Testing

@testable import SyncStore

@Suite("A delete that a target took is known until an import tells what became of it")
struct SentDeleteTests {
  private let test: TestStore
  private static let later = Timestamp.now.adding(seconds: 3600)

  init() throws { test = try TestStore() }

  private var known: Int { get throws { try test.number("SELECT COUNT(*) FROM sent_delete") } }

  /// Makes an object in the target, with its anchor, and has it deleted there.
  private func delete(_ name: String) throws {
    let id = try test.provision(name, DesiredImage())
    try test.store.transaction { tx in
      try tx.markSending([id])
      try tx.exportTaken(id, anchor: Anchor("t-" + name))
      try tx.exportDeleted(id)
    }
    #expect(try test.number("SELECT COUNT(*) FROM cs_object WHERE id = \(id)") == 0)
  }

  /// Has the target show an object.
  private func show(_ name: String, _ attributes: AttributeSet = ["title": ["Clerk"]]) throws {
    try test.stage(
      [
        .entry(
          DirectoryEntry(
            anchor: Anchor("t-" + name), dn: try DistinguishedName("CN={\(name)}"),
            objectType: "user", attributes: attributes))
      ], connector: test.target)
  }

  private func shownID(_ name: String) throws -> Int64 {
    try #require(
      try test.store.look {
        try $0.integer("SELECT MIN(id) FROM cs_object WHERE anchor = ?", ["t-" + name])
      })
  }

  private func undone(
    before moment: Timestamp = later, limit: Int = 10, connector: Int64? = nil
  ) throws -> (names: [String], hasMore: Bool) {
    let step = try test.step(.fullImport, connector: connector ?? test.target)
    return try test.store.transaction { tx in
      let (undone, hasMore) = try tx.undoneDeletes(
        connector: connector ?? test.target, before: moment, limit: limit)
      for delete in undone {
        try tx.record(
          StepError(
            .synchronization, .exportedChangeNotReimported, objectID: delete.object.id,
            dn: delete.object.dn, message: "m", hint: "h"),
          step: step, connector: connector ?? test.target)
      }
      return (undone.map(\.object.dn).sorted(), hasMore)
    }
  }

  @Test("What is shown is told once, of its own connector, and if it was deleted long enough ago")
  func told() throws {
    for name in ["ann", "bob", "cid"] { try delete(name) }
    for name in ["ann", "bob"] { try show(name) }
    #expect(try known == 3)
    #expect(try undone(before: Timestamp.now.adding(seconds: -60)).names.isEmpty)
    #expect(try undone(connector: test.source).names.isEmpty)
    #expect(try undone().names == ["CN={ann}", "CN={bob}"])
    #expect(try undone().names.isEmpty)
    #expect(try known == 3)
  }

  @Test("It is told in portions")
  func portions() throws {
    for name in ["ann", "bob", "cid"] {
      try delete(name)
      try show(name)
    }
    let first = try undone(limit: 2)
    #expect(first.names.count == 2 && first.hasMore)
    let second = try undone(limit: 2)
    #expect(second.names.count == 1 && !second.hasMore)
  }

  @Test("An account that is shut is one that the target keeps when it deletes")
  func shut() throws {
    try delete("ann")
    try delete("bob")
    try show("ann", ["active": [.boolean(false)]])
    try show("bob", ["active": [.boolean(true)]])
    #expect(try undone().names == ["CN={bob}"])
    #expect(try known == 1)
  }

  @Test("Who is only linked by now is told; who is to be deleted is not")
  func others() throws {
    for name in ["ann", "bob"] {
      try delete(name)
      try show(name)
    }
    let (ann, bob) = (try shownID("ann"), try shownID("bob"))
    try test.store.transaction { tx in
      let person = try tx.insertMetaverse(
        objectType: "person", image: tx.encode([MetaverseAttribute]()), display: "p", keys: [])
      try tx.link(ann, to: person, .joined, rule: 1)
    }
    let object = try test.object(bob)
    try test.store.transaction { try $0.deprovision(object, because: "it goes") }
    #expect(try undone().names == ["CN={ann}"])
    #expect(try known == 1)
  }

  @Test("An error ends once the delete is known no more, and no other error does")
  func ends() throws {
    for name in ["ann", "bob"] {
      try delete(name)
      try show(name)
    }
    #expect(try undone().names == ["CN={ann}", "CN={bob}"])
    try test.store.transaction { try $0.endUndoneDeletes(connector: test.target) }
    #expect(try test.object(shownID("ann")).hasSyncError)
    try test.store.transaction { tx in
      try tx.forgetSentDelete(of: Anchor("t-ann"), connector: test.target)
      try tx.endUndoneDeletes(connector: test.source)
    }
    #expect(try test.object(shownID("ann")).hasSyncError)
    try test.store.transaction { try $0.endUndoneDeletes(connector: test.target) }
    #expect(try !test.object(shownID("ann")).hasSyncError)
    #expect(try test.object(shownID("bob")).hasSyncError)
  }

  @Test("An import that told all confirms what it did not show, but for what came after its moment")
  func confirmed() throws {
    try delete("ann")
    try delete("bob")
    try show("bob")
    try test.store.transaction {
      try $0.forgetConfirmedDeletes(
        connector: test.target, before: Timestamp.now.adding(seconds: -60))
    }
    #expect(try known == 2)
    try test.store.transaction {
      try $0.forgetConfirmedDeletes(connector: test.target, before: Self.later)
    }
    #expect(try known == 1)
    #expect(try undone().names == ["CN={bob}"])
  }

  @Test("A target that tells of the delete confirms it, whether it was shown in between or not")
  func toldByTarget() throws {
    for (name, isShown) in [("ann", false), ("bob", true)] {
      try delete(name)
      if isShown { try show(name) }
      try test.stage(
        [.delete(ObjectAddress(anchor: Anchor("t-" + name)))], connector: test.target)
    }
    #expect(try known == 0)
  }

  @Test("What is made again under the anchor that it had was not left undeleted")
  func restored() throws {
    try delete("ann")
    let id = try test.provision("ann", DesiredImage())
    try test.store.transaction { tx in
      try tx.markSending([id])
      try tx.exportTaken(id, anchor: Anchor("t-ann"))
    }
    #expect(try known == 0)
  }

  @Test("What no import tells of is forgotten after a month, in portions")
  func forgotten() throws {
    for name in ["ann", "bob", "cid"] { try delete(name) }
    let counts = try test.store.transaction { tx in
      [
        try tx.forgetSentDeletes(before: Timestamp.now.adding(seconds: -60), limit: 9),
        try tx.forgetSentDeletes(before: Self.later, limit: 2),
        try tx.forgetSentDeletes(before: Self.later, limit: 2),
      ]
    }
    #expect(counts == [0, 2, 1])
    #expect(try known == 0)
  }
}
