import Directory
import Testing

@testable import SyncStore

@Suite("Staging keeps what a directory says, and what that changed")
struct StagingTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  private func deltas(_ staged: TestStore.Staged, _ counter: Counter) throws -> [[AttributeDelta]] {
    let reader = try test.reader
    return try reader.changes(
      step: staged.step, group: counter.group(target: ""), counter: counter.name, after: nil,
      limit: 100
    ).map { try reader.deltas(change: $0.id) }
  }

  private func image(_ name: String) throws -> AttributeSet? {
    try test.object(try test.id(name)).image
  }

  @Test("A new object is an add that lists all its attributes")
  func add() throws {
    let staged = try test.stage([.entry(try test.entry("ann", ["title": ["Clerk"]]))])
    #expect(staged.counts == ["stage-add": 1])
    let object = try test.object(try test.id("ann"))
    #expect(object.hasPendingImport && object.display == "ann" && object.metaverse == nil)
    let delta = try #require(try deltas(staged, .stageAdd).first)
    #expect(Set(delta.map(\.name)) == ["title", "displayName"])
    #expect(delta.allSatisfy { $0.before.isEmpty && !$0.after.isEmpty })
  }

  @Test("The same object again is no change, and not listed")
  func noChange() throws {
    let entry = try test.entry("ann", ["title": ["a", "b"]])
    try test.stage([.entry(entry)])
    var turned = entry
    turned.attributes = AttributeSet(entry.attributes.attributes.reversed())
    let staged = try test.stage([.entry(turned)])
    #expect(staged.counts == ["stage-no-change": 1])
    #expect(try test.number("SELECT COUNT(*) FROM step_change WHERE step_id = \(staged.step)") == 0)
  }

  @Test("A changed, a new and a missing value are an update that tells each")
  func update() throws {
    try test.stage([.entry(try test.entry("ann", ["title": ["Clerk"], "mail": ["a@x"]]))])
    let staged = try test.stage(
      [.entry(try test.entry("ann", ["title": ["Boss"], "phone": ["1"]]))])
    #expect(staged.counts == ["stage-update": 1])
    let delta = try #require(try deltas(staged, .stageUpdate).first)
    #expect(
      Set(delta) == [
        AttributeDelta(name: "title", before: ["Clerk"], after: ["Boss"]),
        AttributeDelta(name: "phone", before: [], after: ["1"]),
        AttributeDelta(name: "mail", before: ["a@x"], after: []),
      ])
  }

  @Test("Another name is a rename, and the object stays the same")
  func rename() throws {
    try test.stage([.entry(try test.entry("ann"))])
    let id = try test.id("ann")
    let staged = try test.stage([.entry(try test.entry("ann", ou: "Berlin"))])
    #expect(staged.counts == ["stage-rename": 1])
    #expect(try test.id("ann") == id)
    #expect(try test.object(id).dn == "CN=ann,OU=Berlin,DC=contoso,DC=test")
  }

  @Test(
    "An object of another type under an anchor that this import has shown is an error, and stays out",
    arguments: [false, true])
  func sharedAnchor(isKnown: Bool) throws {
    let user = try test.entry("ann", ["title": ["Clerk"]])
    if isKnown { try test.stage([.entry(user)]) }
    let group = DirectoryEntry(
      anchor: user.anchor, dn: try DistinguishedName("CN=team,DC=contoso,DC=test"),
      objectType: "group", attributes: ["title": ["Team"]])
    let staged = try test.stage([.entry(user), .entry(group)], beganEmpty: !isKnown)
    #expect(staged.errors == 1 && staged.counts == [isKnown ? "stage-no-change" : "stage-add": 1])
    let object = try test.object(try test.id("ann"))
    #expect(object.objectType == "user" && object.image?["title"] == ["Clerk"])
    let errors = try test.reader.openErrors(connector: nil, after: nil, limit: 9)
    #expect(errors.map(\.type) == ["duplicate-anchor"])
    // Its type may change from one import to the next.
    #expect(try test.stage([.entry(group)]).errors == 0)
    #expect(try test.number("SELECT COUNT(*) FROM cs_object WHERE object_type = 'group'") == 1)
  }

  @Test("A deleted object waits for its synchronization, and tells what it had")
  func delete() throws {
    try test.stage([.entry(try test.entry("ann", ["title": ["Clerk"]]))])
    let staged = try test.stage([.delete(ObjectAddress(anchor: Anchor("a-ann")))])
    #expect(staged.counts == ["stage-delete": 1])
    #expect(try image("ann") == nil)
    let delta = try #require(try deltas(staged, .stageDelete).first)
    #expect(delta.contains(AttributeDelta(name: "title", before: ["Clerk"], after: [])))
    let again = try test.stage([.delete(ObjectAddress(anchor: Anchor("a-ann")))])
    #expect(again.counts == ["filtered-deletions": 1])
  }

  @Test("An object that comes back before its delete was synchronized is there again")
  func comesBack() throws {
    try test.stage([.entry(try test.entry("ann", ["title": ["Clerk"]]))])
    try test.synchronizeAll()
    let id = try test.id("ann")
    try test.stage([.delete(ObjectAddress(dn: try TestStore.dn("ann")))])
    try test.stage([.entry(try test.entry("ann", ["title": ["Clerk"]]))])
    #expect(try test.id("ann") == id)
    #expect(try image("ann")?["title"] == ["Clerk"])
    #expect(try test.object(id).hasPendingImport)
  }

  // MARK: Delete-adds

  private enum Order: CaseIterable, Sendable { case deleteFirst, addFirst, obsoletion, twoImports }

  @Test("A delete and an add under the same name are one delete-add", arguments: Order.allCases)
  private func deleteAdd(order: Order) throws {
    try test.stage([.entry(try test.entry("ann", ["title": ["Clerk"], "mail": ["a@x"]]))])
    try test.synchronizeAll()
    let old = try test.id("ann")
    let delete = ImportedChange.delete(ObjectAddress(anchor: Anchor("a-ann")))
    let add = ImportedChange.entry(
      try test.entry("ann", ["title": ["Boss"]], anchor: "a-second"))
    let staged: TestStore.Staged
    switch order {
    case .deleteFirst: staged = try test.stage([delete, add])
    case .addFirst: staged = try test.stage([add, delete])
    case .obsoletion: staged = try test.stage([add], obsolete: true)
    case .twoImports:
      #expect(try test.stage([delete]).counts == ["stage-delete": 1])
      staged = try test.stage([add])
    }
    #expect(staged.counts == ["stage-delete-add": 1])
    let new = try test.id("second")
    #expect(new != old)
    #expect(try test.object(old).image == nil && test.object(old).hasPendingImport)
    #expect(try test.object(new).isDeleteAdd && !test.object(old).isDeleteAdd)
    let delta = try #require(try deltas(staged, .stageDeleteAdd).first)
    #expect(
      Set(delta) == [
        AttributeDelta(name: "title", before: ["Clerk"], after: ["Boss"]),
        AttributeDelta(name: "mail", before: ["a@x"], after: []),
      ])
    let step = try #require(try test.reader.operation(step: staged.step))
    #expect(step.adds == 1 && step.deletes == 1)
    #expect(
      try test.reader.objects(
        connector: "source", scope: .pendingImport, text: "", after: nil, limit: 9
      ).map(\.pendingImport) == ["delete", "delete-add"])
    // What is told of it before it is synchronized changes nothing of that.
    try test.stage([.entry(try test.entry("ann", ["title": ["King"]], anchor: "a-second"))])
    #expect(try test.object(new).isDeleteAdd)
    for step in try test.reader.operations(OperationFilter(), before: nil, limit: 9) {
      for counter in try test.reader.counters(step: step.id) where counter.hasDetail {
        let rows = try test.reader.changes(
          step: step.id, group: counter.group, counter: counter.name, after: nil, limit: 9)
        #expect(rows.count == counter.count && counter.count > 0, "\(counter.name)")
      }
    }
  }

  @Test("Under the name of one that was deleted and synchronized long ago comes a plain add")
  func addLater() throws {
    try test.stage([.entry(try test.entry("ann"))])
    try test.stage([.delete(ObjectAddress(anchor: Anchor("a-ann")))])
    let id = try test.id("ann")
    try test.store.transaction { try $0.remove(id) }
    let staged = try test.stage([.entry(try test.entry("ann", anchor: "a-second"))])
    #expect(staged.counts == ["stage-add": 1])
  }

  @Test("Of an object whose name another one took it must be told what became of it")
  func transient() throws {
    try test.stage([.entry(try test.entry("ann")), .entry(try test.entry("bob"))])
    let (ann, bob) = (try test.id("ann"), try test.id("bob"))
    func names(_ staged: TestStore.Staged) throws -> [String] {
      try test.store.look { try $0.transient(staged.seen.displaced.sorted()) }
    }
    var staged = try test.stage([.entry(try test.entry("ann", anchor: "a-second"))])
    #expect(staged.seen.displaced == [ann])
    #expect(try names(staged) == [try TestStore.dn("ann").text])
    // Told that it has another name now, it is in nobody's way.
    staged = try test.stage([
      .entry(try test.entry("ann", anchor: "a-third")),
      .rename(ObjectAddress(anchor: Anchor("a-ann")), newDN: try TestStore.dn("eve")),
      .delete(ObjectAddress(anchor: Anchor("a-second"))),
    ])
    #expect(try names(staged) == [])
    // Two that exchange their names are in each other's way only for a moment.
    staged = try test.stage([
      .entry(try test.entry("bob", anchor: "a-third")),
      .entry(try test.entry("ann", anchor: "a-bob")),
    ])
    #expect(staged.seen.displaced == [bob])
    #expect(try names(staged) == [])
  }

  @Test("A delete of what was never known is counted and nothing else")
  func unknownDelete() throws {
    let staged = try test.stage([.delete(ObjectAddress(dn: try TestStore.dn("nobody")))])
    #expect(staged.counts == ["filtered-deletions": 1])
    #expect(staged.errors == 0)
  }

  @Test("A present object is seen and not changed")
  func present() throws {
    try test.stage([.entry(try test.entry("ann"))])
    let staged = try test.stage([.present(Anchor("a-ann")), .present(Anchor("a-nobody"))])
    #expect(staged.counts == [:])
    #expect(staged.seen.contains(try test.id("ann")) && staged.seen.count == 1)
  }

  @Test("Modifications add, remove and replace values, by name or by anchor")
  func modify() throws {
    try test.stage([.entry(try test.entry("ann", ["mail": ["a", "b"], "title": ["Clerk"]]))])
    let staged = try test.stage([
      .modify(
        ObjectAddress(dn: try TestStore.dn("ANN", ou: "staff")),
        [AttributeChange("mail", .update(added: ["c"], removed: ["a", "never"]))]),
      .modify(
        ObjectAddress(anchor: Anchor("a-ann")),
        [
          AttributeChange("title", .replace([])), AttributeChange("phone", .replace(["1"])),
        ]),
    ])
    #expect(staged.counts == ["stage-update": 2])
    #expect(
      try image("ann")
        == ["displayName": ["ann"], "mail": ["b", "c"], "phone": ["1"]])
  }

  @Test("A modification that changes nothing is no change")
  func modifyNothing() throws {
    try test.stage([.entry(try test.entry("ann", ["title": ["Clerk"]]))])
    let staged = try test.stage([
      .modify(
        ObjectAddress(anchor: Anchor("a-ann")), [AttributeChange("title", .replace(["Clerk"]))])
    ])
    #expect(staged.counts == ["stage-no-change": 1])
  }

  @Test("A change or rename of what was never imported needs the full object")
  func needFullObject() throws {
    let address = ObjectAddress(dn: try TestStore.dn("nobody"))
    let staged = try test.stage([
      .modify(address, [AttributeChange("title", .replace(["x"]))]),
      .rename(address, newDN: try TestStore.dn("somebody")),
    ])
    #expect(staged.errors == 2 && staged.counts == [:])
    let errors = try test.reader.errors(step: staged.step, after: nil, limit: 10)
    #expect(errors.map(\.type) == ["need-full-object", "need-full-object"])
    #expect(errors.allSatisfy { $0.dn == "CN=nobody,OU=Staff,DC=contoso,DC=test" })
    #expect(errors.allSatisfy { $0.objectID == nil && $0.stage == .discovery && $0.hint != "" })
  }

  @Test("A renamed container renames all below it, and nothing beside it")
  func renameTree() throws {
    let ou = DirectoryEntry(
      anchor: Anchor("a-ou"), dn: try DistinguishedName("OU=Staff,DC=contoso,DC=test"),
      objectType: "organizationalUnit", attributes: ["ou": ["Staff"]])
    let deep = DirectoryEntry(
      anchor: Anchor("a-deep"),
      dn: try DistinguishedName("CN=deep,OU=In_er,OU=Staff,DC=contoso,DC=test"),
      objectType: "user", attributes: ["displayName": ["deep"]])
    try test.stage([
      .entry(ou), .entry(try test.entry("ann")), .entry(deep),
      .entry(try test.entry("eve", ou: "NoStaff")), .entry(try test.entry("kim", ou: "St_ff")),
    ])
    try test.synchronizeAll()
    let staged = try test.stage([
      .rename(
        ObjectAddress(dn: ou.dn), newDN: try DistinguishedName("OU=Crew,DC=contoso,DC=test"))
    ])
    #expect(staged.counts == ["stage-rename": 3])
    #expect(try test.object(try test.id("ann")).dn == "CN=ann,OU=Crew,DC=contoso,DC=test")
    #expect(
      try test.object(try test.id("deep")).dn == "CN=deep,OU=In_er,OU=Crew,DC=contoso,DC=test")
    #expect(try test.object(try test.id("eve")).dn.contains("OU=NoStaff"))
    #expect(try test.object(try test.id("kim")).dn.contains("OU=St_ff"))
    let old = try test.stage([.delete(ObjectAddress(dn: try TestStore.dn("ann")))])
    #expect(old.counts == ["filtered-deletions": 1], "the old name means nobody any more")
  }

  @Test("Thousands below a container get its new name, and what refers to them stays")
  func renameThousands() throws {
    let container = DirectoryEntry(
      anchor: Anchor("a-ou"), dn: try DistinguishedName("OU=Staff,DC=contoso,DC=test"),
      objectType: "container", attributes: [:])
    var entries = [ImportedChange.entry(container)]
    for number in 0..<3000 {
      let ou = number.isMultiple(of: 3) ? "Berlin,OU=Staff" : "Staff"
      entries.append(.entry(try test.entry("n\(number)", ou: ou)))
    }
    for (name, ou) in [("beside", "Staff-2"), ("under", "Staff_"), ("above", "Staffing")] {
      entries.append(.entry(try test.entry(name, ou: ou)))
    }
    var group = try test.entry("all", ou: "Groups", type: "group")
    group.attributes["member"] = try (0..<3000).map { number in
      let ou = number.isMultiple(of: 3) ? "Berlin,OU=Staff" : "Staff"
      return .reference(try TestStore.dn("n\(number)", ou: ou).text)
    }
    entries.append(.entry(group))
    try test.stage(entries)
    try test.synchronizeAll()
    let staged = try test.stage([
      .rename(
        ObjectAddress(anchor: Anchor("a-ou")),
        newDN: try DistinguishedName("OU=Crew,OU=Corp,DC=contoso,DC=test"))
    ])
    #expect(staged.counts == ["stage-rename": 3001])
    #expect(
      try test.object(try test.id("n3")).dn == "CN=n3,OU=Berlin,OU=Crew,OU=Corp,DC=contoso,DC=test")
    #expect(try test.object(try test.id("beside")).dn.hasPrefix("CN=beside,OU=Staff-2,"))
    // No member was lost on the way, and a reading by the new names finds nothing changed.
    #expect(
      try test.number("SELECT COUNT(*) FROM cs_reference WHERE target_id IS NOT NULL") == 3000)
    let again = try test.stage([
      .entry(
        try test.entry("n4", ou: "Crew,OU=Corp")),
      .entry(try test.entry("n3", ou: "Berlin,OU=Crew,OU=Corp")),
    ])
    #expect(again.counts == ["stage-no-change": 2])
    group.attributes["member"] = try (0..<3000).map { number in
      let ou = number.isMultiple(of: 3) ? "Berlin,OU=Crew,OU=Corp" : "Crew,OU=Corp"
      return .reference(try TestStore.dn("n\(number)", ou: ou).text)
    }
    #expect(try test.stage([.entry(group)]).counts == ["stage-no-change": 1])
  }

  @Test("A name that changes only in case is a rename")
  func renameCase() throws {
    try test.stage([.entry(try test.entry("ann"))])
    let staged = try test.stage([
      .rename(ObjectAddress(dn: try TestStore.dn("ann")), newDN: try TestStore.dn("ANN"))
    ])
    #expect(staged.counts == ["stage-rename": 1])
    #expect(try test.object(try test.id("ann")).dn == "CN=ANN,OU=Staff,DC=contoso,DC=test")
  }

  @Test("Obsoletion takes what was not seen, and only that, only of its connector")
  func obsoletion() throws {
    try test.stage([
      .entry(try test.entry("ann")), .entry(try test.entry("bob")), .entry(try test.entry("cid")),
    ])
    try test.stage([.entry(try test.entry("far"))], connector: test.target)
    let staged = try test.stage(
      [.entry(try test.entry("ann")), .present(Anchor("a-bob"))], obsolete: true)
    #expect(staged.counts == ["stage-no-change": 1, "stage-delete": 1])
    #expect(try image("cid") == nil)
    #expect(try image("bob") != nil)
    #expect(try test.object(try test.id("far", connector: test.target)).image != nil)
  }

  @Test("What rules provisioned and no import has shown is not taken for deleted")
  func obsoletionSparesProvisioned() throws {
    let id = try test.provision("new", DesiredImage(attributes: [Attribute("title", ["x"])]))
    let staged = try test.stage([], connector: test.target, obsolete: true)
    #expect(staged.counts == [:])
    #expect(try test.object(id).desired != nil)
  }

  @Test("Discovery errors are kept with the place that they came from")
  func discoveryErrors() throws {
    let staged = try test.stage(
      [],
      errors: [
        DiscoveryError(
          .invalidBase64Value, dn: "CN=x", location: "people.ldif:120", message: "no base64",
          hint: "mend it", attribute: "photo", value: "??")
      ])
    let error = try #require(
      try test.reader.errors(step: staged.step, after: nil, limit: 10).first)
    #expect(error.location == "people.ldif:120" && error.attribute == "photo")
    #expect(error.value == "??" && error.connector == "source" && error.retries == 0)
    #expect(try test.reader.operation(step: staged.step)?.errors == 1)
  }

  @Test("A linked object of a target needs no synchronization for what no rule reads")
  func irrelevantChange() throws {
    let id = try test.provision("ann", DesiredImage(attributes: [Attribute("title", ["x"])]))
    func shown(_ attributes: AttributeSet) throws -> DirectoryEntry {
      DirectoryEntry(
        anchor: Anchor("a-ann"), dn: try DistinguishedName("CN={ann}"), objectType: "user",
        attributes: attributes)
    }
    try test.stage([.entry(try shown(["title": ["x"]]))], connector: test.target)
    try test.synchronizeAll()
    try test.stage(
      [.entry(try shown(["title": ["x"], "meta": ["2"]]))], connector: test.target)
    #expect(try !test.object(id).hasPendingImport)
    try test.stage(
      [.entry(try shown(["title": ["y"], "meta": ["2"]]))], connector: test.target)
    #expect(try test.object(id).hasPendingImport)
  }

  @Test("Values that joins look up follow the object")
  func indexedValues() throws {
    func find(_ text: String) throws -> [Int64] {
      try test.store.look {
        try $0.objectsHolding(
          JoinQuery(JoinKey("mail", .string(text)), objectType: "user"), connector: test.source)
      }
    }
    try test.stage([.entry(try test.entry("ann", ["mail": ["Ann@x"]]))])
    let id = try test.id("ann")
    #expect(try find("ann@X") == [id])
    try test.stage([.entry(try test.entry("ann", ["mail": ["other@x"]]))])
    #expect(try find("ann@x") == [])
    #expect(try find("other@x") == [id])
    try test.stage([.entry(try test.entry("ann"))])
    #expect(try find("other@x") == [])
  }

  @Test("Times of the last synchronization are read from what the tenant says")
  func syncTimes() throws {
    let entry = try test.entry(
      "ann",
      [
        "urn:x:2.0:User:lastSyncTime": ["2026-11-22T20:01:02.345Z"],
        "urn:x:2.0:User:lastPasswordSyncTime": ["not a time"],
      ])
    try test.stage([.entry(entry)], connector: test.target)
    let user = try #require(
      try test.reader.users(
        order: .displayName, descending: false, text: "", state: nil, after: nil, limit: 10
      ).first)
    #expect(user.lastSync?.description == "2026-11-22T20:01:02.345Z")
    #expect(user.lastPasswordSync == nil)
  }

  @Test("A user of a target stays one though it tells a time that is none")
  func oddSyncTime() throws {
    func user() throws -> UserRow? {
      try test.reader.users(
        order: .displayName, descending: false, text: "", state: nil, after: nil, limit: 10
      ).first
    }
    for title in ["a", "b"] {
      let entry = try test.entry(
        "ann", ["lastSyncTime": ["yesterday, in the morning"], "title": [.string(title)]])
      try test.stage([.entry(entry)], connector: test.target)
      let found = try #require(try user())
      #expect(found.lastSync == nil)
    }
  }

  @Test("Every counter that lists objects lists as many as it counts")
  func countersEqualRows() throws {
    try test.stage([.entry(try test.entry("ann")), .entry(try test.entry("bob"))])
    try test.stage(
      [
        .entry(try test.entry("ann", ["title": ["x"]])), .entry(try test.entry("cid")),
        .rename(
          ObjectAddress(anchor: Anchor("a-cid")), newDN: try TestStore.dn("cid", ou: "Berlin")),
      ], obsolete: true)
    let reader = try test.reader
    for step in try reader.operations(OperationFilter(), before: nil, limit: 10) {
      for counter in try reader.counters(step: step.id) where counter.hasDetail {
        let rows = try reader.changes(
          step: step.id, group: counter.group, counter: counter.name, after: nil, limit: 100)
        #expect(rows.count == counter.count, "\(counter.name)")
      }
    }
    let last = try #require(try reader.operations(OperationFilter(), before: nil, limit: 1).first)
    #expect([last.adds, last.updates, last.deletes] == [1, 2, 1])
  }
}
