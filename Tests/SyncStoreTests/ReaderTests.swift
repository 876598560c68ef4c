import Directory
import Testing

@testable import SyncStore

@Suite("What faces read of the store")
struct ReaderTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  // MARK: Watching

  @Test("The change counter moves when another connection commits, and stays otherwise")
  func changeCounter() throws {
    let reader = try test.reader
    let first = try reader.changeCounter()
    #expect(try reader.changeCounter() == first)
    _ = try reader.status()
    #expect(try reader.changeCounter() == first)
    try test.store.transaction { try $0.set("a", "1") }
    let second = try reader.changeCounter()
    #expect(second != first)
    _ = try reader.file(.stop, requestedBy: "x")
    #expect(try reader.changeCounter() != second)
  }

  @Test("Reading writes nothing")
  func neverWrites() throws {
    try test.stage([.entry(try test.entry("ann"))])
    let reader = try test.reader
    let watcher = try test.reader
    let before = try watcher.changeCounter()
    _ = try reader.status()
    _ = try reader.connectors()
    _ = try reader.find("ann")
    _ = try reader.object(id: 1, valueLimit: 9)
    _ = try reader.usersHeader()
    _ = try reader.cycles(before: nil, limit: 9)
    _ = try reader.operationCount(OperationFilter())
    #expect(try watcher.changeCounter() == before)
  }

  // MARK: Operations

  @Test("Operations are narrowed by connector, type, result, time and text, and paged")
  func operations() throws {
    let steps: [(StepType, Int64, String)] = [
      (.fullImport, test.source, "success"), (.export, test.target, "completed-export-errors"),
      (.deltaImport, test.source, "completed-no-objects"),
      (.export, test.target, "stopped-connectivity"), (.deltaImport, test.source, "success"),
    ]
    for (type, connector, result) in steps {
      try test.end(try test.step(type, connector: connector), result)
    }
    _ = try test.step(.export, connector: test.target)
    func ids(_ edit: (inout OperationFilter) -> Void) throws -> [Int64] {
      var filter = OperationFilter()
      edit(&filter)
      let rows = try test.reader.operations(filter, before: nil, limit: 100)
      #expect(try test.reader.operationCount(filter) == rows.count)
      return rows.map(\.id)
    }
    #expect(try ids { _ in } == [6, 5, 4, 3, 2, 1])
    #expect(try ids { $0.connector = "SOURCE" } == [5, 3, 1])
    #expect(try ids { $0.type = .export } == [6, 4, 2])
    #expect(try ids { $0.atLeast = .running } == [6, 4, 3, 2])
    #expect(try ids { $0.atLeast = .warning } == [4, 3, 2])
    #expect(try ids { $0.atLeast = .error } == [4, 2])
    #expect(try ids { $0.atLeast = .stopped } == [4])
    #expect(try ids { $0.text = "delta IMPORT" } == [5, 3])
    #expect(try ids { $0.text = "connectivity" } == [4])
    #expect(try ids { $0.text = "100%" } == [])
    #expect(try ids { $0.since = .now.adding(seconds: 60) } == [])
    #expect(try ids { $0.since = .now.adding(seconds: -60) }.count == 6)
    let page = try test.reader.operations(OperationFilter(), before: 5, limit: 2)
    #expect(page.map(\.id) == [4, 3])
    #expect(page[0].severity == .stopped && page[0].ended != nil)
    #expect(try test.reader.operation(step: 99) == nil)
  }

  @Test("A step that runs shows how far it has come, and how long it will take")
  func progress() throws {
    #expect(try test.reader.progress() == nil)
    let step = try test.step()
    try test.store.transaction {
      try $0.setProgress(step: step, phase: "staging", done: 25, total: 100, rate: 5)
    }
    let progress = try #require(try test.reader.progress())
    #expect(progress.phase == "staging" && progress.done == 25 && progress.secondsLeft == 15)
    try test.end(step, "stopped-server", message: "it broke")
    #expect(try test.reader.progress() == nil)
    #expect(try test.reader.stepMessage(step: step).message == "it broke")
    #expect(try test.reader.stepMessage(step: 99).message == "")
  }

  @Test("Cycles come newest first with their steps; the worst step is the cycle's result")
  func cycles() throws {
    for result in ["success", "stopped-connectivity"] {
      let cycle = try test.store.transaction {
        try $0.beginCycle(.initial, requestedBy: "ann", reason: "first")
      }
      try test.end(try test.step(cycle: cycle), "success")
      try test.end(try test.step(.export, connector: test.target, cycle: cycle), result)
      try test.store.transaction { try $0.endCycle(cycle) }
    }
    let cycles = try test.reader.cycles(before: nil, limit: 10)
    #expect(cycles.map(\.id) == [2, 1] && cycles.map(\.severity) == [.stopped, .success])
    #expect(cycles[0].steps.map(\.id) == [3, 4] && cycles[0].reason == "first")
    #expect(try test.reader.cycles(before: 2, limit: 10).map(\.id) == [1])
    #expect(try test.reader.status().lastCycle?.id == 2)
    #expect(try test.reader.cycle(id: 9) == nil)
  }

  // MARK: Objects

  @Test("Connectors show how many objects stand where")
  func connectors() throws {
    try test.stage([.entry(try test.entry("ann")), .entry(try test.entry("bob"))])
    _ = try test.provision("new", DesiredImage(attributes: [Attribute("title", ["x"])]))
    let rows = try test.reader.connectors()
    #expect(rows.map(\.name) == ["source", "target"])
    #expect(rows[0].objects == 2 && rows[0].disconnectors == 2 && rows[0].pendingImports == 2)
    #expect(rows[1].objects == 1 && rows[1].connectors == 1 && rows[1].pendingExports == 1)
    #expect(rows[0].lastSteps.map(\.type) == [.fullImport] && rows[1].lastSteps == [])
    #expect(rows.map(\.objectsInError) == [0, 0] && rows.map(\.heldDeletes) == [0, 0])
  }

  @Test("Objects are listed by scope and text, page after page")
  func objects() throws {
    try test.stage(
      try (0..<7).map { .entry(try test.entry("u\($0)", ["displayName": [.string("Name \($0)")]])) }
    )
    func list(
      _ scope: SearchScope, _ text: String = "", after: Int64? = nil, connector: String = "source"
    ) throws -> [String] {
      try test.reader.objects(
        connector: connector, scope: scope, text: text, after: after, limit: 5
      ).map(\.display)
    }
    #expect(try list(.all).count == 5)
    let page = try test.reader.objects(
      connector: "source", scope: .all, text: "", after: nil, limit: 5)
    #expect(try list(.all, after: page.last?.id) == ["Name 5", "Name 6"])
    #expect(try list(.all, "name 3") == ["Name 3"])
    #expect(try list(.all, "CN=U4") == ["Name 4"])
    #expect(try list(.connectors) == [] && list(.disconnectors).count == 5)
    #expect(try list(.pendingImport).count == 5 && list(.pendingExport) == [])
    #expect(try list(.errors) == [] && list(.heldDeletes) == [])
    #expect(try list(.all, connector: "target") == [] && list(.all, connector: "no") == [])
    _ = try test.provision("new", DesiredImage(attributes: [Attribute("title", ["x"])]))
    #expect(try list(.pendingExport, connector: "target") == ["new"])
    #expect(
      try test.reader.waitingExports() == [
        WaitingExports(connector: "target", adds: 1, updates: 0, deletes: 0)
      ])
  }

  @Test("An object is found by name, anchor and display name, in any case")
  func find() throws {
    try test.stage([.entry(try test.entry("ann", ["displayName": ["Ann Müller"]]))])
    for text in [
      "cn=ANN, ou=staff,dc=contoso,dc=test", "a-ann", "Ann Müller", "ann müller", "ANN MÜLLER",
    ] {
      #expect(try test.reader.find(text).map(\.display) == ["Ann Müller"], "\(text)")
    }
    #expect(try test.reader.find("nobody") == [] && test.reader.find("") == [])
    _ = try test.provision("new", DesiredImage())
    #expect(try test.reader.find("NEW@contoso.test").map(\.display) == ["new"])
  }

  @Test("An object is found by its account name, with a domain or without, and by its mail address")
  func findAccount() throws {
    try test.stage([
      .entry(
        try test.entry(
          "ann", ["sAMAccountName": ["AMueller"], "mail": ["Ann.Mueller@contoso.test"]])),
      .entry(try test.entry("bob", ["sAMAccountName": ["amueller2"], "title": ["AMueller"]])),
    ])
    for text in ["amueller", #"CONTOSO\AMUELLER"#, "ann.mueller@CONTOSO.test"] {
      #expect(try test.reader.find(text).map(\.dn) == ["CN=ann,OU=Staff,DC=contoso,DC=test"])
    }
    #expect(try test.reader.find("mueller") == [] && test.reader.find(#"CONTOSO\"#) == [])
    // Who bears it as a name that is indexed comes first, and alone.
    try test.stage([.entry(try test.entry("eve", ["displayName": ["amueller"]]))])
    #expect(try test.reader.find("amueller").map(\.display) == ["amueller"])
  }

  @Test("An object shows what waits to be synchronized, with the value before")
  func pendingImport() throws {
    try test.stage([.entry(try test.entry("ann", ["title": ["Clerk"], "phone": ["1"]]))])
    try test.synchronizeAll()
    try test.stage([.entry(try test.entry("ann", ["title": ["Boss"]]))])
    let detail = try #require(try test.reader.object(id: try test.id("ann"), valueLimit: 9))
    let rows = Dictionary(
      detail.attributes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    #expect(rows["title"]?.values == ["Boss"] && rows["title"]?.before == ["Clerk"])
    #expect(rows["phone"]?.values == [] && rows["phone"]?.before == ["1"])
    #expect(rows["displayName"]?.before == nil)
    #expect(detail.row.pendingImport == "update" && detail.anchor == "a-ann")
    #expect(detail.link.hasPrefix("Disconnector") && detail.history.count == 2)
    #expect(try test.reader.object(id: 4711, valueLimit: 9) == nil)
  }

  @Test("Many values are cut, and how many there are is said")
  func valueLimit() throws {
    let members = try (0..<30).map { AttributeValue.reference(try TestStore.dn("u\($0)").text) }
    let mails = (0..<30).map { AttributeValue.string("m\($0)") }
    try test.stage([
      .entry(try test.entry("team", ["member": members, "mail": mails], type: "group"))
    ])
    let detail = try #require(try test.reader.object(id: try test.id("team"), valueLimit: 10))
    for name in ["member", "mail"] {
      let row = try #require(detail.attributes.first { $0.name == name })
      #expect(row.values.count == 10 && row.valueCount == 30)
    }
  }

  // MARK: Users

  private func cloudUsers(_ users: [(name: String, display: String, sync: String?)]) throws {
    try test.stage(
      try users.map { user in
        var attributes: AttributeSet = ["displayName": [.string(user.display)], "active": [true]]
        if let sync = user.sync { attributes["lastSyncTime"] = [.string(sync)] }
        return .entry(try test.entry(user.name, attributes))
      }, connector: test.target)
  }

  @Test(
    "Pages of users go on over ties in both orders and directions",
    arguments: UserOrder.allCases, [false, true])
  func paging(order: UserOrder, descending: Bool) throws {
    try cloudUsers(
      (0..<23).map { number in
        (
          "u\(number)", ["Same", "same", "Other", ""][number % 4],
          number % 3 == 0 ? nil : "2026-11-2\(number % 2)T10:00:00.000Z"
        )
      })
    let reader = try test.reader
    func page(_ after: UserRow?, _ limit: Int) throws -> [UserRow] {
      try reader.users(
        order: order, descending: descending, text: "", state: nil, after: after, limit: limit)
    }
    let whole = try page(nil, 100)
    #expect(whole.count == 23)
    var paged: [UserRow] = []
    while paged.count < 30 {
      let next = try page(paged.last, 4)
      if next.isEmpty { break }
      paged += next
    }
    #expect(paged == whole)
  }

  @Test("Users show their state, are found by text and state, and are counted in the header")
  func users() throws {
    try cloudUsers([("cloud", "Cloud User", nil), ("ann", "Ann", "2026-11-22T10:00:00.000Z")])
    let reader = try test.reader
    func names(_ text: String, _ state: UserRow.State?) throws -> [String] {
      try reader.users(
        order: .displayName, descending: false, text: text, state: state, after: nil, limit: 9
      ).map(\.displayName)
    }
    #expect(try names("", nil) == ["Ann", "Cloud User"])
    #expect(try names("cloud u", nil) == ["Cloud User"])
    #expect(
      try names("2026-11-22T10:00:00.000z", nil) == ["Ann"], "What an image says, in any case")
    #expect(try names("", .inCloud) == ["Ann", "Cloud User"])
    #expect(try names("", .error) == [])
    let header = try reader.usersHeader()
    #expect(header.total == 2 && header.byState == [.inCloud: 2])
    #expect(header.lastDirectorySync == Timestamp("2026-11-22T10:00:00.000Z"))
    #expect(header.lastPasswordSync == nil)
  }

  @Test("The last synchronization is that of the last export that came to its end, changes or none")
  func lastSynchronization() throws {
    try cloudUsers([("ann", "Ann", "2026-11-22T10:00:00.000Z")])
    func ended(_ type: String, _ result: String, hour: Int, rehearsed: Bool = false) throws {
      let time = try #require(Timestamp("2026-11-22T\(hour):00:00.000Z")).milliseconds
      try test.store.transaction {
        try $0.execute(
          """
          INSERT INTO step(run_id, connector_id, type, started, ended, result, is_rehearsal)
          VALUES (1, ?, ?, ?, ?, ?, ?)
          """, [test.target, type, time, time, result, rehearsed])
      }
    }
    try ended("export", "success", hour: 11)
    try ended("export", "completed-export-errors", hour: 12)
    try ended("export", "stopped-connectivity", hour: 13)
    try ended("export", "success", hour: 14, rehearsed: true)
    try ended("full-import", "success", hour: 15)
    #expect(
      try test.reader.usersHeader().lastDirectorySync == Timestamp("2026-11-22T12:00:00.000Z"))
  }

  @Test("The times that Graph tells of a user are shown, and a password that was sent stays told")
  func timesOfGraph() throws {
    func stage(_ more: AttributeSet) throws {
      var attributes: AttributeSet = ["displayName": ["Ann"], "accountEnabled": [true]]
      for attribute in more.attributes { attributes[attribute.name] = attribute.values }
      try test.stage([.entry(try test.entry("ann", attributes))], connector: test.target)
    }
    func user() throws -> UserRow? {
      try test.reader.users(
        order: .displayName, descending: false, text: "", state: nil, after: nil, limit: 9
      ).first
    }
    try stage([
      "onPremisesLastSyncDateTime": ["2026-11-22T10:00:00Z"],
      "lastPasswordChangeDateTime": ["2026-11-22T11:00:00Z"],
    ])
    #expect(try user()?.lastSync == Timestamp("2026-11-22T10:00:00Z"))
    #expect(try user()?.lastPasswordSync == Timestamp("2026-11-22T11:00:00Z"))
    // A target that does not tell of passwords takes nothing back of what is known of them.
    try stage(["title": ["Lead"], "onPremisesLastSyncDateTime": ["2026-11-22T12:00:00Z"]])
    #expect(try user()?.lastSync == Timestamp("2026-11-22T12:00:00Z"))
    #expect(try user()?.lastPasswordSync == Timestamp("2026-11-22T11:00:00Z"))
  }

  @Test("A user's password is that of a channel that is configured still")
  func retiredChannel() throws {
    let id = try test.provision("ann", DesiredImage(attributes: [Attribute("title", ["x"])]))
    try test.store.transaction { tx in
      try tx.execute("UPDATE cs_object SET last_sync = 1")
      let gone = try tx.register(name: "gone", type: "memory", isSource: true, fingerprint: "1")
      func channel(_ source: Int64, _ status: PasswordStatus) throws -> Int64 {
        let channel = try tx.registerPasswordChannel(
          source: source, target: test.target, domain: "contoso.test", intervalSeconds: 120)
        var note = PasswordNote(
          anchor: "a-ann", dn: "CN=ann", status: status, stamp: "1", changed: .now)
        (note.targetObject, note.targetAnchor) = (id, "a-ann")
        try tx.note(note, channel: channel, at: .now)
        return channel
      }
      _ = try channel(gone, .error)
      try tx.retirePasswordChannels(except: [try channel(test.source, .missingAttribute)])
    }
    let users = try test.reader.users(
      order: .displayName, descending: false, text: "", state: nil, after: nil, limit: 9)
    #expect(users.map(\.password) == [.missingAttribute])
    var listed: [Int64] = []
    let term = ListTerm("passwordstate", .equals, .text("MissingAttribute"))
    try test.reader.arrange(
      .users(nil, isStale: false), by: ListArrangement(terms: [term])
    ) {
      listed += $0
      return true
    }
    #expect(listed == [id])
  }

  @Test("Where a target tells no time, it is when an import confirmed what was sent, told as that")
  func ownTimes() throws {
    let id = try test.provision("ann", DesiredImage(attributes: [Attribute("title", ["x"])]))
    func user() throws -> UserRow {
      try #require(
        try test.reader.users(
          order: .staleness, descending: false, text: "", state: nil, after: nil, limit: 9
        ).first)
    }
    func show(_ attributes: AttributeSet) throws {
      let entry = DirectoryEntry(
        anchor: Anchor("a-ann"), dn: try DistinguishedName("CN={ann}"), objectType: "user",
        attributes: attributes)
      try test.stage([.entry(entry)], connector: test.target)
    }
    try test.store.transaction {
      try $0.markSending([id])
      try $0.exportTaken(id, anchor: Anchor("a-ann"))
    }
    #expect(try user().lastSync == nil && user().isOwnSyncTime == false)
    #expect(try test.reader.usersHeader().olderThanInterval == 0)
    let start = Timestamp.now
    try show(["title": ["x"]])
    let confirmed = try #require(try user().lastSync)
    #expect(confirmed >= start && confirmed <= .now)
    #expect(try user().isOwnSyncTime)
    var header = try test.reader.usersHeader()
    #expect(header.hasOwnSyncTimes && header.lastDirectorySync == confirmed)
    #expect(header.olderThanInterval == 0)
    // What somebody else changes is no synchronization.
    try show(["title": ["x"], "city": ["Bonn"]])
    #expect(try user().lastSync == confirmed)
    // A time that the target tells counts before one's own.
    try show(["title": ["x"], "onPremisesLastSyncDateTime": ["2026-11-20T10:00:00Z"]])
    #expect(try user().lastSync == Timestamp("2026-11-20T10:00:00Z"))
    #expect(try !user().isOwnSyncTime)
    header = try test.reader.usersHeader()
    #expect(header.olderThanInterval == 1 && !header.hasOwnSyncTimes)
  }

  @Test("A user of whom no time is known does not count as old, neither in the header nor in lists")
  func unknownIsNotOld() throws {
    _ = try test.provision("ann", DesiredImage(attributes: [Attribute("title", ["x"])]))
    let bob = try test.provision("bob", DesiredImage(attributes: [Attribute("title", ["x"])]))
    let entry = DirectoryEntry(
      anchor: Anchor("a-bob"), dn: try DistinguishedName("CN={bob}"), objectType: "user",
      attributes: ["lastSyncTime": ["2026-11-20T10:00:00.000Z"]])
    try test.stage([.entry(entry)], connector: test.target)
    #expect(try test.reader.usersHeader().olderThanInterval == 1)
    #expect(try staleUsers() == [bob])
  }

  @Test("What a full import could not tell of is told until one reads all, whatever deltas come")
  func unshown() throws {
    func end(_ type: StepType, _ result: String, _ message: String = "") throws {
      try test.end(try test.step(type), result, message: message)
    }
    func told() throws -> [String] { try test.reader.status().unshown.map(\.message) }
    try end(.fullImport, "completed-discovery-errors")
    #expect(try told().isEmpty)
    try end(.fullImport, "completed-discovery-errors", "200 objects were not shown, and stay")
    #expect(try told() == ["200 objects were not shown, and stay"])
    #expect(try test.reader.status().unshown.map(\.connector) == ["source"])
    try end(.deltaImport, "success")
    try end(.fullImport, "stopped-server", "It was stopped")
    #expect(try told().count == 1)
    try end(.fullImport, "success")
    #expect(try told().isEmpty)
  }

  private func staleUsers() throws -> [Int64] {
    var found: [Int64] = []
    try test.reader.arrange(.users(nil, isStale: true), by: ListArrangement()) {
      found += $0
      return true
    }
    return found
  }

  @Test("Who is stale is the same in the header and in the list, by the interval that is set")
  func stale() throws {
    // Bob has lost his link while a change waits; Cy is known in the cloud only.
    let ids = try ["ann", "bob", "cy", "di"].map { name in
      try test.provision(name, DesiredImage(attributes: [Attribute("title", ["x"])]))
    }
    let ages: [Double] = [7200, 7200, 7200, 600]
    try test.store.transaction { tx in
      for (id, age) in zip(ids, ages) {
        try tx.execute(
          "UPDATE cs_object SET last_sync = ? WHERE id = ?",
          [Timestamp.now.adding(seconds: -age).milliseconds, id])
      }
      try tx.execute("UPDATE cs_object SET mv_id = NULL WHERE id = ?", [ids[1]])
      try tx.execute(
        "UPDATE cs_object SET mv_id = NULL, pending_export = 0 WHERE id = ?", [ids[2]])
    }
    func check(_ seconds: Int, _ expected: [Int64]) throws {
      try test.reader.change(ScheduleChange(intervalSeconds: seconds), requestedBy: "test")
      #expect(try staleUsers() == expected)
      #expect(try test.reader.usersHeader().olderThanInterval == expected.count)
    }
    try check(3600, [ids[0], ids[1]])
    try check(14_400, [])
    try check(300, [ids[0], ids[1], ids[3]])
  }

  // MARK: Events

  @Test("Events are narrowed by code and text, newest first")
  func events() throws {
    try test.store.transaction { tx in
      for number in 0..<6 {
        try tx.log(.warning, code: 900 + number % 2, "Message \(number)")
      }
    }
    let reader = try test.reader
    let all = try reader.events(codes: [], text: "", before: nil, limit: 100)
    #expect(all.map(\.message) == (0..<6).reversed().map { "Message \($0)" })
    #expect(try reader.events(codes: [901], text: "", before: nil, limit: 9).count == 3)
    #expect(
      try reader.events(codes: [900, 901], text: "MESSAGE 4", before: nil, limit: 9).count == 1)
    #expect(
      try reader.events(codes: [], text: "", before: all[2].id, limit: 2).map(\.id) == [3, 2])
  }
}
