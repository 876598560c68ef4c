import Directory
import Testing

@testable import SyncStore

@Suite("What happened to an object, across runs, also once it is gone")
struct ObjectHistoryTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  private func modify(_ name: String, _ title: String) throws {
    try test.stage([
      .modify(
        ObjectAddress(anchor: Anchor("a-" + name)),
        [AttributeChange("title", .replace([.string(title)]))])
    ])
  }

  @Test("Every step that touched it, newest first, with the values before and after")
  func acrossRuns() throws {
    try test.stage([.entry(try test.entry("ann", ["title": ["Clerk"]]))])
    try modify("ann", "Engineer")
    try modify("ann", "Boss")
    let rows = try test.reader.history(of: [try test.id("ann")], limit: 10)
    #expect(rows.map(\.counter) == ["stage-update", "stage-update", "stage-add"])
    #expect(
      rows.map { $0.changes.first { $0.name == "title" }?.after } == [
        ["Boss"], ["Engineer"], ["Clerk"],
      ])
    #expect(rows[0].changes[0].before == ["Engineer"])
    #expect(rows.map(\.summary).last == "imported as new")
    #expect(rows.allSatisfy { $0.space == "source" && $0.runID > 0 })
    #expect(try test.reader.history(of: [try test.id("ann")], limit: 2).count == 2)
  }

  @Test("What is listed with an object is cut after a hundred steps, which is said")
  func cut() throws {
    try test.stage([.entry(try test.entry("ann", ["title": ["Clerk"]]))])
    for number in 1...99 { try modify("ann", "Clerk \(number)") }
    let id = try test.id("ann")
    var detail = try #require(try test.reader.object(id: id, valueLimit: 1))
    #expect(detail.history.count == 100 && !detail.hasMoreHistory)
    try modify("ann", "Boss")
    detail = try #require(try test.reader.object(id: id, valueLimit: 1))
    #expect(detail.history.count == 100 && detail.hasMoreHistory)
    #expect(try test.reader.history(of: [id], limit: 999).count == 101)
    try test.store.transaction { try $0.remove(id) }
    #expect(try test.reader.object(id: id, valueLimit: 1)?.hasMoreHistory == true)
  }

  @Test("An error stands in the history where it was met, even after it was closed")
  func errors() throws {
    try test.stage([.entry(try test.entry("ann"))])
    let id = try test.id("ann")
    let step = try test.step(.deltaSynchronization)
    try test.store.transaction { tx in
      var error = StepError(
        .synchronization, .typeMismatch, objectID: id, dn: "CN=ann", message: "why", hint: "do")
      error.rule = "In - User"
      try tx.record(error, step: step, connector: test.source)
      try tx.execute("UPDATE cs_object SET sync_error_id = NULL")
    }
    try test.end(step)
    let row = try #require(try test.reader.history(of: [id], limit: 10).first)
    #expect(row.error?.type == "cs-attribute-type-mismatch" && row.stepID == step)
    #expect(row.rule == "In - User" && row.reason == "why" && row.counter.isEmpty)
  }

  @Test("A link keeps its metaverse object, its rule and its reason")
  func links() throws {
    try test.stage([.entry(try test.entry("ann"))])
    let id = try test.id("ann")
    let step = try test.step(.fullSynchronization)
    try test.store.transaction { tx in
      var change = ObjectChange(
        .disconnectorJoinedFlow, objectID: id, dn: "CN=ann", display: "ann", objectType: "user",
        deltas: [])
      change.metaverse = 12
      change.linkRule = try tx.ruleID("join", name: "In - User Join")
      try tx.record(change, step: step)
      change = ObjectChange(
        .connectorFilteredLeaveMV, objectID: id, dn: "CN=ann", display: "ann", objectType: "user",
        deltas: [])
      change.reason = "hidden ISNULL fails (TRUE)"
      try tx.record(change, step: step)
    }
    let rows = try test.reader.history(of: [id], limit: 10)
    #expect(rows[1].rule == "In - User Join" && rows[1].metaverseID == 12)
    #expect(rows[1].summary == "joined to a metaverse object")
    #expect(rows[0].reason == "hidden ISNULL fails (TRUE)" && rows[0].metaverseID == nil)
  }

  @Test(
    "An object that is gone is found by each of its names, and keeps its history",
    arguments: [
      "CN=ann,OU=Staff,DC=contoso,DC=test", "a-ann", "ANN", "cn=ANN, ou=staff, dc=contoso, dc=test",
    ])
  func gone(text: String) throws {
    try test.stage([.entry(try test.entry("ann", ["title": ["Clerk"]]))])
    let id = try test.id("ann")
    try test.stage([.delete(ObjectAddress(anchor: Anchor("a-ann")))])
    #expect(try test.reader.findPast(text) == [])
    try test.store.transaction { try $0.remove(id) }
    #expect(try test.reader.find(text) == [])
    let row = try #require(try test.reader.findPast(text).first)
    #expect(row.id == id && row.isGone && row.connector == "source" && row.display == "ann")
    let detail = try #require(try test.reader.object(id: id, valueLimit: 9))
    #expect(detail.row.isGone && detail.anchor == "a-ann" && detail.attributes.isEmpty)
    #expect(detail.history.map(\.counter) == ["stage-delete", "stage-add"])
    #expect(detail.history[0].changes.contains { $0.name == "title" && $0.before == ["Clerk"] })
  }

  @Test("One that was renamed is found by the name that it had")
  func renamed() throws {
    try test.stage([.entry(try test.entry("ann"))])
    let id = try test.id("ann")
    try test.stage([
      .rename(ObjectAddress(anchor: Anchor("a-ann")), newDN: try TestStore.dn("eve"))
    ])
    let rows = try test.reader.findPast(try TestStore.dn("ann").text)
    #expect(rows.map(\.id) == [id] && rows.map(\.isGone) == [false])
    #expect(rows[0].dn == (try TestStore.dn("eve")).text)
  }

  @Test("A person who is gone is found by the user principal name, with all counterparts")
  func person() throws {
    try test.stage([.entry(try test.entry("ann"))])
    let id = try test.id("ann")
    let provisioned = try test.provision("ann", DesiredImage())
    let metaverse = try #require(try test.object(provisioned).metaverse)
    try test.store.transaction { tx in
      try tx.link(id, to: metaverse, .joined, rule: 0)
      try tx.unlink(id, isFiltered: false)
      try tx.unlink(provisioned, isFiltered: false)
      try tx.deleteMetaverse(
        metaverse, keys: [JoinKey("userPrincipalName", "ann@contoso.test")])
      try tx.remove(provisioned)
    }
    let upn = "Ann@contoso.test"
    #expect(try test.reader.find(upn) == [])
    #expect(try test.reader.findPast(upn).map(\.id) == [provisioned])
    #expect(try test.reader.linkedEver(to: metaverse).map(\.id) == [id, provisioned])
    try test.store.transaction { try $0.remove(id) }
    #expect(try test.reader.findPast(upn).map(\.id) == [id, provisioned])
    #expect(try test.reader.findPast(upn).map(\.metaverseID) == [metaverse, metaverse])
  }

  @Test("A person who is gone is found by account name and mail address, too")
  func account() throws {
    try test.stage([.entry(try test.entry("ann"))])
    let id = try test.id("ann")
    try test.store.transaction { tx in
      let attributes = [("accountName", "U38"), ("mail", "Ann@contoso.test"), ("title", "clerk")]
        .map { name, value in
          MetaverseAttribute(
            name: AttributeName(name), values: [.string(value)], contributor: id, rule: 0,
            time: .now)
        }
      let metaverse = try tx.insertMetaverse(
        objectType: "person", image: try tx.encode(attributes), display: "", keys: [])
      try tx.link(id, to: metaverse, .joined, rule: 0)
      try tx.unlink(id, isFiltered: false)
      try tx.deleteMetaverse(metaverse, keys: [])
      try tx.remove(id)
    }
    for name in ["u38", "U38", "CONTOSO\\u38", "ann@contoso.test"] {
      #expect(try test.reader.findPast(name).map(\.id) == [id], "\(name)")
    }
    #expect(try test.reader.findPast("clerk") == [])
  }

  @Test("Nothing is written down when an object changes, only when it goes or gets another name")
  func quiet() throws {
    try test.stage([.entry(try test.entry("ann", ["title": ["Clerk"]]))])
    try modify("ann", "Engineer")
    for table in ["past_object", "past_link", "past_name"] {
      #expect(try test.number("SELECT COUNT(*) FROM \(table)") == 0)
    }
  }

  @Test("What nobody knows is not found")
  func unknown() throws {
    #expect(try test.reader.findPast("CN=nobody") == [])
    #expect(try test.reader.history(of: [99], limit: 9) == [])
    #expect(try test.reader.object(id: 99, valueLimit: 9) == nil)
  }
}
