import Directory
import GRDB
import Testing

@testable import SyncStore

@Suite("References are rows of their own")
struct ReferenceTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  private func reference(_ name: String, ou: String = "Staff") throws -> AttributeValue {
    .reference(try TestStore.dn(name, ou: ou).text)
  }

  private func group(_ members: [AttributeValue]) throws -> DirectoryEntry {
    try test.entry("team", ["member": members], ou: "Groups", type: "group")
  }

  /// The names of the staged members, and how many have an object.
  private func members() throws -> [String] {
    let detail = try #require(try test.reader.object(id: try test.id("team"), valueLimit: 100))
    return detail.attributes.first { $0.name == "member" }?.values.map(\.text).sorted() ?? []
  }

  private var bound: Int {
    get throws {
      try test.number(
        "SELECT COUNT(*) FROM cs_reference WHERE target_id IS NOT NULL AND state <> 2")
    }
  }

  @Test("A member is bound whether it comes before its group or after")
  func lateBinding() throws {
    try test.stage([
      .entry(try test.entry("ann")), .entry(try group([reference("ann"), reference("bob")])),
    ])
    #expect(try bound == 1)
    try test.stage([.entry(try test.entry("bob"))])
    #expect(try bound == 2)
  }

  @Test(
    "An id that ends as Base64 does is no name", arguments: ["QUJDREVG", "QUJDREU=", "QUJDRA=="])
  func paddedID(id: String) throws {
    try test.stage([
      .entry(try test.entry("ann", anchor: id)), .entry(try group([.reference(id)])),
    ])
    #expect(try bound == 1)
    try test.stage([.entry(try group([.reference("eHg=")]))])
    #expect(try bound == 0)
    // One that comes later is bound as well.
    try test.stage([.entry(try test.entry("bob", anchor: "eHg="))])
    #expect(try bound == 1)
    #expect(try members() == ["CN=bob,OU=Staff,DC=contoso,DC=test"])
  }

  @Test("A name that is spelled by other bytes is another one, though it looks the same")
  func composed() throws {
    let (composed, apart) = ("Jos\u{E9}", "Jose\u{301}")
    func person(_ name: String) throws -> ImportedChange {
      .entry(try test.entry(name, ["displayName": ["J"]], anchor: "a-j"))
    }
    try test.stage([
      try person(composed), .entry(try group([reference(composed), reference("ann")])),
    ])
    #expect(try bound == 1)
    // The directory tells the new spelling of both.
    try test.stage([try person(apart), .entry(try group([reference(apart), reference("ann")]))])
    #expect(try bound == 1)
    let path = try TestStore.dn(apart).path
    #expect(
      try test.store.look { tx in
        try tx.rows("SELECT dn_path FROM cs_object WHERE anchor = 'a-j'").map { row in
          (row[0] as String).utf8.elementsEqual(path.utf8)
        }
      } == [true])
    // A group that comes later is told of by that spelling alone.
    var other = try group([reference(apart)])
    other.anchor = Anchor("a-other")
    other.dn = try TestStore.dn("other", ou: "Groups")
    try test.stage([.entry(other)])
    #expect(try bound == 2)
    // So by a rename, and by values that take the place of others.
    try test.stage([
      .rename(ObjectAddress(anchor: Anchor("a-j")), newDN: try TestStore.dn(composed)),
      .modify(
        ObjectAddress(anchor: Anchor("a-other")),
        [AttributeChange("member", .replace([try reference(composed)]))]),
    ])
    #expect(try bound == 2)
  }

  @Test("What is a name, and what an id")
  func names() {
    #expect(["CN=ann", "cn=a,dc=b", "=@a", "OU= ", "a==b"].allSatisfy(isName))
    #expect(!["", "ann", "QUJDREU=", "QUJDRA==", "=", "u-1"].contains(where: isName))
  }

  @Test("One more member is one change, whatever the group's size")
  func oneMember() throws {
    let many = try (0..<500).map { try reference("u\($0)") }
    try test.stage([.entry(try group(many))])
    try test.synchronizeAll()
    let staged = try test.stage([
      .modify(
        ObjectAddress(anchor: Anchor("a-team")),
        [AttributeChange("member", .update(added: [try reference("new")], removed: []))])
    ])
    #expect(staged.counts == ["stage-update": 1])
    #expect(try test.number("SELECT COUNT(*) FROM cs_reference WHERE state <> 0") == 1)
    let reader = try test.reader
    let change = try #require(
      try reader.changes(
        step: staged.step, group: .staging, counter: "stage-update", after: nil, limit: 1
      ).first)
    #expect(
      try reader.deltas(change: change.id) == [
        AttributeDelta(name: "member", before: [], after: [try reference("new")])
      ])
  }

  @Test("Removing, replacing and emptying members leaves what it should")
  func modify() throws {
    let address = ObjectAddress(anchor: Anchor("a-team"))
    try test.stage([.entry(try group([reference("ann"), reference("bob"), reference("cid")]))])
    try test.stage([
      .modify(
        address, [AttributeChange("member", .update(added: [], removed: [try reference("ANN")]))])
    ])
    #expect(try members().count == 2)
    try test.stage([
      .modify(
        address,
        [AttributeChange("member", .replace([try reference("bob"), try reference("dan")]))])
    ])
    #expect(try members().map { String($0.prefix(6)) } == ["cn=bob", "cn=dan"])
    try test.stage([.modify(address, [AttributeChange("member", .replace([]))])])
    #expect(try members() == [])
  }

  @Test("Who left what is read, and is taken out while nobody looks, is not in it when he is back")
  func takenOutWhileAway() throws {
    try test.stage([
      .entry(try test.entry("ann")), .entry(try test.entry("cid")),
      .entry(try group([reference("ann"), reference("cid")])),
    ])
    try test.synchronizeAll()
    try test.stage([.leave(ObjectAddress(anchor: Anchor("a-cid")))])
    #expect(try members().count == 2)
    let removed: [AttributeValue] = [
      try reference("cid", ou: "Leavers"),
      .reference(AwaitedReference.address(of: Anchor("a-cid"))),
    ]
    try test.stage([
      .modify(
        ObjectAddress(anchor: Anchor("a-team")),
        [AttributeChange("member", .update(added: [], removed: removed))])
    ])
    try test.stage([.entry(try test.entry("cid", ou: "Back"))])
    #expect(try members() == ["CN=ann,OU=Staff,DC=contoso,DC=test"])
  }

  @Test("The same member in another spelling is no change")
  func spelling() throws {
    try test.stage([.entry(try group([reference("ann")]))])
    let staged = try test.stage([
      .entry(try group([.reference("cn=ANN, ou=staff, dc=Contoso,dc=test")]))
    ])
    #expect(staged.counts == ["stage-no-change": 1])
  }

  @Test("A renamed member stays a member; the group that shows the new name did not change")
  func renamedMember() throws {
    try test.stage([.entry(try test.entry("ann")), .entry(try group([reference("ann")]))])
    try test.stage([
      .rename(
        ObjectAddress(anchor: Anchor("a-ann")), newDN: try TestStore.dn("ann", ou: "Berlin"))
    ])
    #expect(try members() == ["CN=ann,OU=Berlin,DC=contoso,DC=test"])
    let staged = try test.stage([.entry(try group([reference("ann", ou: "Berlin")]))])
    #expect(staged.counts == ["stage-no-change": 1])
  }

  @Test("A group that shows a member's new name before the member does keeps the member")
  func renamedAfterGroup() throws {
    try test.stage([.entry(try test.entry("ann")), .entry(try group([reference("ann")]))])
    try test.synchronizeAll()
    try test.stage([
      .entry(try group([reference("ann", ou: "Berlin")])),
      .entry(try test.entry("ann", ou: "Berlin")),
    ])
    #expect(try members() == ["CN=ann,OU=Berlin,DC=contoso,DC=test"])
    #expect(try bound == 1)
    #expect(try test.number("SELECT COUNT(*) FROM cs_reference") == 1)
  }

  @Test("A reference waits for a name until an object is renamed to it")
  func waitingForName() throws {
    try test.stage([.entry(try test.entry("ann")), .entry(try group([reference("zoe")]))])
    #expect(try bound == 0)
    try test.stage([
      .rename(ObjectAddress(anchor: Anchor("a-ann")), newDN: try TestStore.dn("zoe"))
    ])
    #expect(try bound == 1)
  }

  @Test("A deleted member leaves its groups, though the directory does not say so")
  func deletedMember() throws {
    try test.stage([
      .entry(try test.entry("ann")), .entry(try test.entry("bob")),
      .entry(try group([reference("ann"), reference("bob")])),
    ])
    try test.stage([.delete(ObjectAddress(anchor: Anchor("a-ann")))])
    #expect(try members() == ["CN=bob,OU=Staff,DC=contoso,DC=test"])
  }

  @Test("A member that is replaced by another object of the same name stays a member")
  func replacedMember() throws {
    try test.stage([.entry(try test.entry("ann")), .entry(try group([reference("ann")]))])
    try test.synchronizeAll()
    let staged = try test.stage(
      [.entry(try test.entry("ann", anchor: "a-second")), .entry(try group([reference("ann")]))],
      obsolete: true)
    #expect(staged.counts == ["stage-delete-add": 1, "stage-no-change": 1])
    #expect(try members() == ["CN=ann,OU=Staff,DC=contoso,DC=test"])
    let second = try test.number("SELECT id FROM cs_object WHERE anchor = 'a-second'")
    #expect(try test.number("SELECT target_id FROM cs_reference") == second)
  }

  @Test("A reference removed and set again before its synchronization is there")
  func backAgain() throws {
    try test.stage([.entry(try test.entry("ann")), .entry(try group([reference("ann")]))])
    try test.synchronizeAll()
    try test.stage([.entry(try group([]))])
    let staged = try test.stage([.entry(try group([reference("ann")]))])
    #expect(staged.counts == ["stage-update": 1])
    #expect(try test.number("SELECT COUNT(*) FROM cs_reference WHERE state = 1") == 1)
  }

  @Test("An object that is gone leaves no row that speaks of it")
  func remove() throws {
    try test.stage([.entry(try test.entry("ann")), .entry(try group([reference("ann")]))])
    let id = try test.id("ann")
    try test.store.transaction { try $0.remove(id) }
    for table in ["cs_reference", "export_reference"] {
      #expect(
        try test.number(
          "SELECT COUNT(*) FROM \(table) WHERE source_id = \(id) OR target_id = \(id)") == 0)
    }
  }

  /// Entries that refer to those before and after them, to themselves, by other spellings, by
  /// anchor, twice, and to nobody; more than go with one statement.
  private static func knot(_ test: TestStore) throws -> [ImportedChange] {
    let people = try (0..<90).map { number -> DirectoryEntry in
      var entry = try test.entry("p\(number)")
      entry.attributes["manager"] = [
        .reference(try TestStore.dn("p\(number * 7 % 90)").text.uppercased())
      ]
      entry.attributes["assistant"] = [
        .reference(number.isMultiple(of: 4) ? "a-p\((number + 40) % 90)" : "a-nobody")
      ]
      return entry
    }
    var group = try test.entry("all", ou: "Groups", type: "group")
    group.attributes["member"] = try (0..<100).map {
      .reference(try TestStore.dn("p\($0)").text)
    }
    var twice = try test.entry("twice", ou: "Groups", type: "group")
    twice.attributes["member"] = [
      .reference("cn=P1, ou=staff,dc=CONTOSO,dc=test"), .reference(try TestStore.dn("p1").text),
      .reference(try TestStore.dn("twice", ou: "Groups").text),
    ]
    return ([twice] + people[..<45] + [group] + people[45...]).map { .entry($0) }
  }

  @Test(
    "An import into an empty space stages what any other import would",
    arguments: [1, 7, 50, 1000], [false, true])
  func beganEmpty(batch: Int, flows: Bool) throws {
    func staged(beganEmpty: Bool) throws -> [String] {
      let test = try TestStore()
      let changes = try Self.knot(test)
      for start in stride(from: 0, to: changes.count, by: batch) {
        let staged = try test.stage(
          Array(changes[start..<min(start + batch, changes.count)]), flowsReferences: flows,
          beganEmpty: beganEmpty)
        #expect(staged.count(.stageAdd) == min(batch, changes.count - start))
      }
      return try test.store.look { tx in
        try [
          """
          SELECT r.source_id || ' ' || a.name || ' ' || r.value || ' '
            || COALESCE(o.anchor, '-') || ' ' || r.state
          FROM cs_reference r JOIN attribute a ON a.id = r.attribute_id
          LEFT JOIN cs_object o ON o.id = r.target_id ORDER BY 1
          """,
          "SELECT object_id || ' ' || dn || ' ' || hex(deltas) FROM step_change ORDER BY object_id",
          "SELECT id || ' ' || dn || ' ' || hex(image) FROM cs_object ORDER BY id",
        ].flatMap { try tx.rows($0).map { $0[0] as String } }
      }
    }
    let plain = try staged(beganEmpty: false)
    #expect(plain.count > 300)
    #expect(try staged(beganEmpty: true) == plain)
  }

  @Test(
    "A change among the entries of an import finds what those before it brought",
    arguments: [false, true])
  func changeAmongEntries(beganEmpty: Bool) throws {
    let group = try group([reference("ann"), reference("bob"), reference("cid")])
    let staged = try test.stage(
      [
        .entry(group), .entry(try test.entry("ann")), .entry(try test.entry("bob")),
        .modify(
          ObjectAddress(anchor: group.anchor),
          [AttributeChange("member", .update(added: [], removed: [try reference("ann")]))]),
        .entry(try test.entry("cid")), .entry(try test.entry("ann")),
      ], beganEmpty: beganEmpty)
    #expect(staged.errors == 0)
    #expect(
      try members() == ["CN=bob,OU=Staff,DC=contoso,DC=test", "CN=cid,OU=Staff,DC=contoso,DC=test"])
    #expect(try bound == 2)
    #expect(
      try test.number("SELECT COUNT(*) FROM step_change")
        == staged.count(.stageAdd) + staged.count(.stageUpdate))
  }
}
