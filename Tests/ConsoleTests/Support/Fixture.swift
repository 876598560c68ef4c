import Directory

@testable import Console
@testable import SyncStore

/// Things as a store would give them.
enum Fixture {
  /// 2026-11-22T20:00:00Z.
  static let now = Timestamp(milliseconds: 1_795_377_600_000)

  static func status(
    _ state: EngineStatus.State = .idle, openErrors: Int = 0, heldDeletes: Int = 0
  ) -> EngineStatus {
    EngineStatus(
      state: state, pid: 0, sources: ["contoso.test"], targets: ["tenant"],
      nextCycle: now.adding(seconds: 9670), nextPolicy: .delta, nextReason: "",
      schedule: ScheduleSettings(), lastCycle: nil, openErrors: openErrors,
      heldDeletes: heldDeletes)
  }

  static func operation(
    _ id: Int64, cycle: Int64? = 1, connector: String = "contoso.test",
    _ type: StepType = .fullImport, result: String = "success", adds: Int = 0, errors: Int = 0,
    policy: CyclePolicy = .initial, reason: String = ""
  ) -> OperationRow {
    let started = now.adding(seconds: Double(id) * 10 - 1000)
    return OperationRow(
      id: id, runID: id, cycleID: cycle, policy: cycle == nil ? nil : policy,
      requestedBy: "schedule", reason: reason, connectorID: 1, connector: connector, type: type,
      result: result, started: started,
      ended: result == "in-progress" ? nil : started.adding(seconds: 4.2), adds: adds, updates: 2,
      deletes: 0, errors: errors)
  }

  /// Steps from `count` down to 1, five to a cycle.
  static func history(_ count: Int) -> [OperationRow] {
    stride(from: Int64(count), through: 1, by: -1).map { operation($0, cycle: ($0 - 1) / 5 + 1) }
  }

  /// The steps of a first cycle with errors at its export.
  static let cycle: [OperationRow] = [
    operation(
      5, connector: "tenant", .export, result: "completed-export-errors", adds: 998, errors: 2,
      reason: "first cycle of this store"),
    operation(4, connector: "tenant", .fullSynchronization, reason: "first cycle of this store"),
    operation(
      3, .fullSynchronization, result: "completed-sync-errors", adds: 1004, errors: 1,
      reason: "first cycle of this store"),
    operation(2, connector: "tenant", .fullImport, reason: "first cycle of this store"),
    operation(1, .fullImport, adds: 1007, reason: "first cycle of this store"),
  ]

  static func counter(
    _ group: CounterGroup, _ name: String, _ title: String, _ count: Int, detail: Bool = true
  ) -> CounterRow {
    CounterRow(group: group, name: name, title: title, count: count, hasDetail: detail)
  }

  static let exportCounters: [CounterRow] = [
    counter(.export, "export-add", "Adds", 998),
    counter(.export, "export-update", "Updates", 0),
    counter(.export, "export-failure", "Failures", 2),
  ]

  static func error(
    _ id: Int64, step: Int64 = 5, object: Int64? = 7, dn: String = "CN=Ann Lee,OU=Staff,DC=test"
  ) -> ErrorRow {
    ErrorRow(
      id: id, stepID: step, objectID: object, connector: "tenant", stage: .export,
      type: "AttributeValueMustBeUnique", dn: dn, attribute: "proxyAddresses",
      value: "smtp:ann@contoso.test", message: "uniqueness: proxyAddresses is taken",
      code: "409", location: "", hint: "Change the address of one of the two.",
      otherObjectID: 8, firstOccurred: now.adding(seconds: -9000), occurred: now, retries: 3)
  }

  static func object(
    _ id: Int64, _ display: String = "Ann Lee", connector: String = "contoso.test",
    error: String = "", pendingExport: String = "none"
  ) -> ObjectRow {
    ObjectRow(
      id: id, connector: connector, dn: "CN=\(display),OU=Staff,DC=test", display: display,
      objectType: "user", isConnector: true, pendingImport: "none", pendingExport: pendingExport,
      error: error)
  }

  static func attribute(
    _ name: String, _ values: [AttributeValue], before: [AttributeValue]? = nil,
    pendingExport: [AttributeValue]? = nil, origin: String = "", targets: [String] = [],
    count: Int? = nil
  ) -> AttributeRow {
    AttributeRow(
      name: name, values: values, before: before, pendingExport: pendingExport, origin: origin,
      targetNames: targets, valueCount: count ?? values.count)
  }

  static let sid: [UInt8] = [
    1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0x51, 4, 0, 0,
  ]

  static let detail = ObjectDetail(
    row: object(7, error: "AttributeValueMustBeUnique", pendingExport: "update"),
    anchor: "8c1f", link: "Joined", metaverseID: 70,
    attributes: [
      attribute("displayName", ["Ann Lee"], before: ["Ann Li"]),
      attribute("mail", ["ann@contoso.test"], pendingExport: ["ann.lee@contoso.test"]),
      attribute(
        "memberOf", [.reference("a"), .reference("b")], targets: ["CN=Staff", "CN=Sales"]),
      attribute("objectSid", [.binary(sid)]),
      attribute("title", ["Clerk"]),
    ],
    errors: [error(1)],
    metaverse: [
      attribute("displayName", ["Ann Lee"], origin: "contoso.test, In from LDIF: user")
    ],
    counterparts: [object(8, "Ann Lee", connector: "tenant", pendingExport: "update")],
    history: [
      ObjectHistoryRow(
        stepID: 1, time: now.adding(seconds: -990), connector: "contoso.test", type: .fullImport,
        counter: "stage-update",
        changes: [AttributeDelta(name: "displayName", before: ["Ann Li"], after: ["Ann Lee"])])
    ])

  static func connector(
    _ id: Int64, _ name: String, isSource: Bool, errors: Int = 0, held: Int = 0
  ) -> ConnectorRow {
    ConnectorRow(
      id: id, name: name, type: isSource ? "ldif" : "scim", isSource: isSource,
      summary: isSource ? "people.ldif, 1,007 entries" : "SCIM 2.0 at 127.0.0.1", objects: 1007,
      connectors: 1004, disconnectors: 3, pendingImports: 0, pendingExports: 4, heldDeletes: held,
      objectsInError: errors, lastSteps: [operation(1, connector: name, .fullImport, adds: 1007)],
      openErrors: errors)
  }

  static func user(
    _ id: Int64, _ name: String, _ state: UserRow.State = .synced, synced: Double? = -600,
    sent: Double? = -601
  ) -> UserRow {
    var user = UserRow(
      id: id, connector: "tenant", displayName: name,
      userPrincipalName: name.lowercased().filter { $0 != " " } + "@contoso.test", state: state,
      isActive: state != .error, lastSync: synced.map { now.adding(seconds: $0) },
      lastSent: sent.map { now.adding(seconds: $0) }, lastPasswordSync: nil)
    if state == .pending { user.waiting = sent == nil ? .toBeSent : .sent }
    return user
  }

  static func password(
    _ number: Int64, _ name: String, _ status: PasswordStatus = .success, changed: Double = -4000,
    taken: Double? = -3940, attempts: Int = 0, reason: String = "", isCurrent: Bool = true
  ) -> PasswordRow {
    var row = PasswordRow(
      id: PasswordRow.ID(channel: 1, anchor: "anchor-\(number)"),
      dn: "CN=\(name),OU=Staff,DC=test", display: name,
      userPrincipalName: name.lowercased().filter { $0 != " " } + "@contoso.test", object: 7,
      targetObject: taken == nil ? nil : 8, status: status, reason: reason,
      changed: now.adding(seconds: changed),
      syncedChanged: taken.map { now.adding(seconds: $0 - 60) }, isCurrent: isCurrent,
      requested: taken.map { now.adding(seconds: $0 - 1) },
      answered: taken.map { now.adding(seconds: $0) },
      succeeded: taken.map { now.adding(seconds: $0) }, attempts: attempts,
      due: attempts > 0 ? now.adding(seconds: 90) : nil)
    row.number = number
    row.domain = "contoso.test"
    return row
  }

  static func channel(
    _ state: PasswordChannelState = .waiting, reason: String = "", waiting: Int = 1,
    retrying: Int = 1
  ) -> PasswordChannelRow {
    PasswordChannelRow(
      id: 1, source: "contoso.test", target: "tenant", domain: "contoso.test", state: state,
      reason: reason, intervalSeconds: 120, turnStarted: now.adding(seconds: -41),
      turnEnded: now.adding(seconds: -40), lastContact: now.adding(seconds: -40),
      fullStarted: nil, fullEnded: nil, fullDone: 0,
      byStatus: [.success: 1004, .error: 1, .noTargetConnection: 2], waiting: waiting,
      retrying: retrying)
  }

  static func line(
    _ number: Int64, _ name: String, _ answer: PasswordStatus?, words: String = ""
  ) -> PasswordBatchRow.Line {
    PasswordBatchRow.Line(
      anchor: "anchor-\(number)", dn: "CN=\(name),OU=Staff,DC=test",
      changed: now.adding(seconds: -4000), request: "request-\(number)", answer: answer,
      words: words)
  }

  /// A store that keeps passwords in step: three accounts of which one failed, two batches.
  static func passwordContent() -> FakeStore.Content {
    var content = content()
    content.status.passwords = .waiting
    content.channels = [channel()]
    content.passwords = [
      password(1, "Ann Lee"),
      password(
        2, "Bo Ek", .error, taken: -90_000, attempts: 2, reason: "The hash is not well-formed",
        isCurrent: false),
      password(3, "Cy Oz", .noTargetConnection, taken: nil, isCurrent: false),
    ]
    content.batches = [
      PasswordBatchRow(
        id: 12, channel: 1, started: now.adding(seconds: -42), ended: now.adding(seconds: -40),
        error: "",
        lines: [
          line(1, "Ann Lee", .success),
          line(2, "Bo Ek", .error, words: "The hash is not well-formed"),
        ], domain: "contoso.test"),
      PasswordBatchRow(
        id: 11, channel: 1, started: now.adding(seconds: -3941),
        ended: now.adding(seconds: -3940), error: "", lines: [line(1, "Ann Lee", .success)],
        domain: "contoso.test"),
    ]
    return content
  }

  static func event(
    _ id: Int64, _ code: Int, _ message: String, _ level: EventRow.Level = .information
  ) -> EventRow {
    EventRow(
      id: id, time: now.adding(seconds: Double(id)), level: level, code: code, source: "ADSync",
      message: message)
  }

  static let rules: [RuleItem] = {
    var user = RuleItem(
      id: "1", name: "In from contoso.test - User", isInbound: true, connector: "contoso.test",
      source: "user", target: "person", link: "Provision", precedence: 100)
    user.description = "Makes a person of every user."
    user.scope = [["sAMAccountName ISNOTNULL", "hidden ISNULL"], ["mail ISNOTNULL"]]
    user.joins = [["objectGUID = sourceAnchor"]]
    user.flows = [
      RuleItem.Flow(target: "displayName", kind: "direct", source: "displayName"),
      RuleItem.Flow(
        target: "mail", kind: "expression", source: "IIF(IsPresent([mail]),\n  [mail], NULL)",
        note: "once"),
      RuleItem.Flow(target: "domain", kind: "constant", source: "contoso.test"),
    ]
    user.file = "/w/rules/standard.toml"
    user.line = 12
    var group = RuleItem(
      id: "2", name: "Out to tenant - Group", isInbound: false, connector: "tenant",
      source: "group", target: "group", link: "Join", precedence: 110)
    group.isDisabled = true
    return [user, group]
  }()

  /// A store with a little of everything.
  static func content() -> FakeStore.Content {
    var content = FakeStore.Content()
    content.status = status(openErrors: 3)
    content.operations = cycle
    content.counters = [5: exportCounters]
    content.errors = [error(1), error(2, object: 9, dn: "CN=Bo Ek,OU=Staff,DC=test")]
    content.changes = (1...12).map {
      StepChangeRow(
        id: $0, objectID: $0 + 6, dn: "CN=User \($0),DC=test", display: "User \($0)",
        objectType: "user", connector: "contoso.test")
    }
    content.deltas = [
      1: [
        AttributeDelta(
          name: "displayName", before: ["Ann Li"], after: ["Ann Lee"], rule: "In: user"),
        AttributeDelta(name: "memberOf", before: ["a", "b"], after: ["b", "c"]),
      ]
    ]
    content.connectors = [
      connector(1, "contoso.test", isSource: true, errors: 1),
      connector(2, "tenant", isSource: false, held: 37),
    ]
    content.objects = [
      object(7, error: "AttributeValueMustBeUnique"), object(9, "Bo Ek"), object(10, "Cy Oz"),
    ]
    content.details = [7: detail]
    content.metaverse = [
      MetaverseRow(
        id: 70, objectType: "person", display: "Ann Lee", objectID: 7,
        connectors: ["contoso.test", "tenant"], error: "AttributeValueMustBeUnique"),
      MetaverseRow(
        id: 71, objectType: "person", display: "Bo Ek", objectID: 9,
        connectors: ["contoso.test", "tenant"], error: ""),
      MetaverseRow(
        id: 72, objectType: "group", display: "Sales", objectID: nil, connectors: [], error: ""),
    ]
    content.users = [
      user(1, "Ann Lee"), user(2, "Bo Ek", .pending, synced: -90_000, sent: -5),
      user(3, "Cy Oz", .inCloud, synced: nil, sent: nil),
      user(4, "Di Wu", .error, synced: -700, sent: -10),
    ]
    content.events = [
      event(3, 657, "Password result: 1 failed", .warning),
      event(2, 656, "Password request for 3 users"), event(1, 904, "Scheduler started"),
    ]
    return content
  }
}
