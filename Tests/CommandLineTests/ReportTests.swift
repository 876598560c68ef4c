import Cells
import Console
import Directory
import Foundation
import Testing

@testable import SyncStore
@testable import Workspace
@testable import lockstep

/// The keys of the first object in the JSON that a report prints.
private func keys(_ report: Report) throws -> Set<String> {
  let text = try report.text(asJSON: true, width: nil)
  let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
  let first = (value as? [[String: Any]])?.first ?? value as? [String: Any]
  return Set(try #require(first).keys)
}

/// The history of all steps.
private func historyReport(_ store: FakeStore, limit: Int = 10) throws -> Report {
  let rows = try store.operations(OperationFilter(), before: nil, limit: limit)
  let total = try store.operationCount(OperationFilter())
  return HistoryReport.make(rows, total: total, hasMore: total > rows.count)
}

/// All errors that objects have.
private func errorsReport(_ store: FakeStore) throws -> Report {
  let rows = try store.openErrors(connector: nil, after: nil, limit: 10)
  return try ErrorsReport.make(store, rows, hasMore: false)
}

@Suite("Reports")
struct ReportTests {
  @Test("No line of a report steers the terminal, whoever forgot to make it harmless")
  func harmless() throws {
    let report = Report(json: ["admin\u{200D}"]) { _ in ["a\u{1B}]0;x\u{7}", "b\tc\nd"] }
    #expect(try report.text(asJSON: false, width: nil) == "a·]0;x·\nb\tc\nd\n")
    #expect(try report.text(asJSON: true, width: nil).contains("\"admin\\u200d\""))
  }

  private let store = FakeStore { content in
    content.steps = [
      .sample(1),
      .sample(
        2, connector: "tenant", type: .export, result: "completed-export-errors",
        errors: 1),
    ]
    content.cycles = [.sample(1, content.steps)]
    content.errors = [.sample(5, step: 2)]
    content.counters = [
      1: [
        CounterRow(
          group: .staging, name: "stage-add", title: "Adds", count: 3, hasDetail: true),
        CounterRow(
          group: .outbound("tenant"), name: "connector-flow", title: "Export Attribute Flow",
          count: 2, hasDetail: false),
      ]
    ]
    content.changes = [
      StepChangeRow(
        id: 1, objectID: 7, dn: "CN=Ann,DC=x", display: "Ann", objectType: "user",
        connector: "contoso.test")
    ]
    content.deltas = [
      1: [AttributeDelta(name: "title", before: ["Clerk"], after: ["Engineer"], rule: "People")]
    ]
    content.objects = [.sample(7, dn: "CN=Ann,DC=x"), .sample(8, dn: "CN=Ann,OU=B,DC=x")]
    content.messages = [2: ("The tenant is away", "Start it")]
  }

  private func changes(of step: OperationRow) -> (CounterRow, Int) throws -> [StepChangeRow] {
    { [store] counter, limit in
      try store.changes(
        step: step.id, group: counter.group, counter: counter.name, after: nil, limit: limit)
    }
  }

  private func text(_ report: Report, width: Int? = 140) throws -> String {
    try report.text(asJSON: false, width: width)
  }

  @Test("The history lists steps newest first, with the keys that are promised")
  func history() throws {
    let report = try historyReport(store)
    let lines = try text(report).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[1].contains("tenant") && lines[1].contains("completed-export-errors"))
    #expect(lines[2].contains("contoso.test") && lines[2].contains("1.5 s"))
    #expect(
      try keys(report) == [
        "step", "run", "cycle", "policy", "requestedBy", "reason", "connector", "profile",
        "result", "started", "ended", "adds", "updates", "deletes", "errors", "rehearsal",
      ])
  }

  @Test("The history fits a terminal", arguments: [80, 90, 100, 120, 200])
  func fits(width: Int) throws {
    let report = try historyReport(store)
    let lines = try text(report, width: width).split(separator: "\n")
    #expect(lines.allSatisfy { TextWidth.of($0) <= width })
    #expect(lines[1].contains("completed-export-") && lines[1].hasSuffix("1"))
  }

  @Test("A history that was cut says how to see the rest")
  func cut() throws {
    let report = try historyReport(store, limit: 1)
    #expect(try text(report).contains("1 more; --limit 2 shows all."))
  }

  @Test("An empty history says so, and is an empty list to programs")
  func emptyHistory() throws {
    let report = try historyReport(FakeStore())
    #expect(try text(report) == "No run to show.\n")
    #expect(try report.text(asJSON: true, width: nil).filter { !$0.isWhitespace } == "[]")
  }

  @Test("A step shows its statistics by block, its errors, and why it ended early")
  func step() throws {
    let steps = try StepReference.latest.steps(in: store)
    let report = try StepReport.make(store, steps: steps)
    let text = try text(report)
    #expect(text.contains("Adds (stage-add)"))
    #expect(text.contains("Outbound Synchronization | tenant"))
    #expect(text.contains("AttributeValueMustBeUnique"))
    #expect(text.contains("The tenant is away. Start it"))
    #expect(try keys(report) == ["step", "message", "hint", "counters", "errors"])
  }

  @Test("The objects under a counter, and what changed on each")
  func changes() throws {
    let step = try #require(try store.operation(step: 1))
    let list = try ChangesReport.make(
      store, step: step, counter: "stage-add", withValues: false, limit: 5,
      read: changes(of: step))
    #expect(try text(list).contains("CN=Ann,DC=x"))
    #expect(try text(list).contains("1 of 3 shown."))
    let detail = try ChangesReport.make(
      store, step: step, counter: "stage-add", withValues: true, limit: 5,
      read: changes(of: step))
    #expect(try text(detail).contains("title: Clerk → Engineer   [People]"))
    #expect(
      try keys(detail) == ["object", "dn", "display", "type", "connector", "changes"])
  }

  @Test("A name that counts what came in and what goes to a target is the former, and says so")
  func sameName() throws {
    let step = try #require(try store.operation(step: 1))
    let counters = [
      CounterRow(
        group: .inbound, name: "connector-flow", title: "Flow", count: 1, hasDetail: true),
      CounterRow(
        group: .outbound("my tenant"), name: "connector-flow", title: "Flow", count: 5,
        hasDetail: true),
    ]
    let store = FakeStore { $0.counters = [1: counters] }
    var read: [CounterGroup] = []
    func report(_ target: String?) throws -> String {
      try text(
        try ChangesReport.make(
          store, step: step, counter: "connector-flow", target: target, withValues: false,
          limit: 5
        ) { counter, _ in
          read.append(counter.group)
          return [
            StepChangeRow(
              id: 1, objectID: 7, dn: "CN=Ann,DC=x", display: "Ann", objectType: "user",
              connector: "contoso.test")
          ]
        })
    }
    let words = "5 more are counted so towards my tenant: --target 'my tenant'\n"
    #expect(try report(nil).hasSuffix(words))
    #expect(read == [.inbound])
    #expect(try !report("my tenant").contains("counted so"))
    #expect(read == [.inbound, .outbound("my tenant")])
  }

  @Test("A counter that a step does not have is refused with those that it has")
  func unknownCounter() throws {
    let step = try #require(try store.operation(step: 1))
    let error = #expect(throws: WorkspaceError.self) {
      try ChangesReport.make(
        store, step: step, counter: "adds", withValues: false, limit: 5, read: changes(of: step))
    }
    #expect(error?.status == .notFound)
    #expect(error?.hint.contains("stage-add, connector-flow") == true)
  }

  @Test("An error says what, on what, why and what to do")
  func errors() throws {
    let report = try errorsReport(store)
    let text = try text(report)
    for part in [
      "AttributeValueMustBeUnique: CN=Ann,DC=x", "proxyAddresses = smtp:a@x",
      "is taken by another [409 uniqueness]", "→ Give one of both another address",
      "tried again 2×",
    ] {
      #expect(text.contains(part))
    }
    #expect(
      try keys(report).isSuperset(of: ["error", "step", "object", "type", "dn", "message", "hint"]))
    #expect(
      try self.text(try errorsReport(FakeStore()))
        == "No object has an error.\n")
  }

  @Test("An error names its object as people do, where the DN does not")
  func errorNames() throws {
    let store = FakeStore { content in
      content.errors = [.sample(1, dn: "CN={414243}"), .sample(2, dn: "CN=Ann,DC=x")]
      content.objects = [.sample(7, dn: "CN={414243}", display: "Ann")]
    }
    let text = try text(try errorsReport(store))
    #expect(text.contains("AttributeValueMustBeUnique: Ann, CN={414243}"))
    #expect(text.contains("AttributeValueMustBeUnique: CN=Ann,DC=x"))
  }

  @Test("A DN means one object, a shared name lists those that bear it")
  func object() throws {
    let one = try ObjectReport.make(store, text: "CN=Ann,DC=x")
    let text = try text(one)
    #expect(text.contains("to be exported: Manager"))
    #expect(text.contains("CN=Bob,DC=x"))
    #expect(text.contains("… 99999 more"))
    #expect(text.contains("title: Clerk → Engineer"))
    #expect(
      try keys(one) == [
        "summary", "anchor", "link", "metaverseObject", "attributes", "metaverse", "errors",
        "counterparts", "history",
      ])
    let both = try ObjectReport.make(store, text: "Ann")
    #expect(try self.text(both).contains("2 objects are called so"))
    // Another shape than that of one: a program must not take the first of them.
    let json = try JSONSerialization.jsonObject(
      with: Data(try both.text(asJSON: true, width: nil).utf8))
    let matches = try #require((json as? [String: Any])?["matches"] as? [[String: Any]])
    #expect(matches.count == 2 && matches.allSatisfy { $0["dn"] is String })
    let error = #expect(throws: WorkspaceError.self) { try ObjectReport.make(store, text: "Bob") }
    #expect(error?.status == .notFound)
  }

  @Test("Users, connectors, events and the state have the keys that are promised")
  func otherKeys() throws {
    let users = UsersReport.make(
      try store.usersHeader(),
      try store.users(
        order: .displayName, descending: false, text: "", state: nil, after: nil, limit: 5),
      hasMore: false)
    #expect(try text(users).hasPrefix("2 users: 1 Synced, 1 Error"))
    #expect(
      try keys(users).isSuperset(of: ["total", "byState", "olderThanInterval", "users"]))
    let state = StatusReport.make(try store.status(), progress: nil, due: [])
    #expect(try text(state).contains("Engine: idle, process 42."))
    #expect(try text(state).contains("a cycle every 3h"))
    #expect(try keys(state).isSuperset(of: ["engine", "pid", "schedule", "openErrors"]))
    let schedule = StatusReport.schedule(of: try store.status())
    #expect(
      try keys(schedule) == [
        "intervalSeconds", "enabled", "nextCycle", "nextPolicy", "nextReason", "purgeAgeSeconds",
        "deletionThreshold",
      ])
  }

  @Test("Of each user it is told whether what was sent is confirmed, and how old that is")
  func confirmation() throws {
    let now = Timestamp(milliseconds: 1_790_000_000_000)
    let header = UsersHeader(
      total: 3, byState: [:], lastDirectorySync: nil, lastPasswordSync: nil, olderThanInterval: 0)
    func user(_ state: UserRow.State, sent: Bool, _ waiting: UserRow.Waiting) -> UserRow {
      var row = UserRow(
        id: 1, connector: "t", displayName: "Ann", userPrincipalName: "ann@x", state: state,
        isActive: true, lastSync: now.adding(seconds: -7200), lastSent: sent ? now : nil,
        lastPasswordSync: nil)
      row.waiting = waiting
      return row
    }
    let cases: [(row: UserRow, words: String, age: Int?)] = [
      (user(.synced, sent: true, .nothing), "confirmed", 7200),
      (user(.pending, sent: true, .sent), "only sent", 7200),
      (user(.pending, sent: true, .toBeSent), "to be sent", 7200),
      (user(.pending, sent: true, .toBeDeleted), "to be deleted", 7200),
      (user(.pending, sent: false, .held), "held", 7200),
      (user(.pending, sent: true, .heldDelete), "held delete", 7200),
      (user(.error, sent: false, .nothing), "not sent", 7200),
      (user(.inCloud, sent: false, .nothing), "cloud only", nil),
    ]
    for (row, words, age) in cases {
      let report = UsersReport.make(header, [row], hasMore: false, now: now)
      let text = try report.text(asJSON: false, width: 200)
      #expect(text.contains("Values") && text.contains("Age"))
      #expect(text.contains(words), "\(text)")
      #expect(text.contains("2 h") == (age != nil), "\(text)")
      let json = UsersJSON(header, [row], now: now).users[0]
      #expect(json.confirmed == (row.state == .synced) && json.values == words)
      #expect(json.ageSeconds == age)
    }
  }

  @Test("How many deletes pass is told of each connector, as far as it has a limit of its own")
  func deletionLimits() throws {
    var status = try store.status()
    status.deletionLimits = [
      .init(connector: "ad", stage: .importing, limit: GuardLimit(percent: 50, smallest: 100)),
      .init(connector: "cloud", stage: .exporting, limit: GuardLimit(count: 1)),
      .init(
        connector: "other", stage: .exporting, limit: .standardExportedDeletes(threshold: 500)),
    ]
    let report = StatusReport.make(status, progress: nil, due: [])
    #expect(try keys(report).contains("deletionLimits"))
    let json = try JSONSerialization.jsonObject(
      with: Data(try report.text(asJSON: true, width: nil).utf8))
    let limits = (json as? [String: Any])?["deletionLimits"] as? [[String: Any]] ?? []
    #expect(limits.map { $0["connector"] as? String } == ["ad", "cloud", "other"])
    #expect(limits.map { $0["stage"] as? String } == ["import", "export", "export"])
    #expect(limits.map { $0["count"] as? Int } == [nil, 1, 500])
    let lines = try text(StatusReport.schedule(of: status))
    #expect(lines.contains("Deletion threshold  500; of cloud 1") && !lines.contains("other"))
  }

  @Test("How a watch stands is told in words, with why it is broken")
  func watches() throws {
    var status = try store.status()
    let since = Timestamp(milliseconds: 1_790_000_000_000)
    status.watches = [
      ConnectorWatch(
        connector: "ad", state: WatchState(isBroken: false, since: since, text: "notification")),
      ConnectorWatch(
        connector: "other\u{1B}",
        state: WatchState(isBroken: true, since: since, text: "No answer.", retrySeconds: 8)),
    ]
    let report = StatusReport.make(status, progress: nil, due: [])
    let text = try text(report)
    #expect(text.contains("ad is watched for changes since"))
    #expect(text.contains("by notification."))
    #expect(text.contains("is not watched for changes since"))
    #expect(text.contains("No answer. (tried again each 8s)"))
    #expect(!text.contains("\u{1B}"))
    #expect(try keys(report).contains("watches"))
  }

  @Test("Names from a directory reach no report raw")
  func hostile() throws {
    let name = "Eve\u{1B}[2J\u{202E}"
    let store = FakeStore { content in
      content.objects = [.sample(1, dn: "CN=\(name),DC=x", display: name)]
      content.errors = [.sample(1, dn: name)]
      content.steps = [.sample(1, connector: name)]
    }
    let reports = [
      try ObjectReport.make(store, text: name),
      try errorsReport(store),
      try historyReport(store),
      try StepReport.make(store, steps: [.sample(1, connector: name)]),
    ]
    for report in reports {
      let text = try text(report).filter { $0 != "\n" }
      #expect(text.unicodeScalars.allSatisfy { !Sanitizer.isHostile($0) })
    }
  }
}

@Suite("Steps, runs and cycles by number")
struct StepReferenceTests {
  @Test(
    "Numbers name steps, r runs, c cycles",
    arguments: [
      ("12", StepReference.step(12)), ("r5", .run(5)), ("R5", .run(5)), ("c3", .cycle(3)),
      ("latest", .latest),
    ])
  func spelled(text: String, reference: StepReference) {
    #expect(StepReference(text) == reference)
  }

  @Test("Other texts name nothing", arguments: ["", "0", "-1", "x1", "r", "r0", "c-1", "1.5"])
  func wrong(text: String) {
    #expect(StepReference(text) == nil)
  }

  @Test("A run is found among many without reading them all")
  func run() throws {
    let store = FakeStore { content in
      // Runs of three steps, with gaps where history was purged.
      for id in Int64(1)...3000 where id % 7 != 0 {
        content.steps.append(.sample(id, run: (id - 1) / 3 + 1))
      }
    }
    #expect(try StepReference.run(500).steps(in: store).map(\.id) == [1499, 1500])
    #expect(try StepReference.run(1).steps(in: store).map(\.id) == [1, 2, 3])
    #expect(try StepReference.run(1000).steps(in: store).map(\.id) == [2998, 2999, 3000])
  }

  @Test("What is not there is told as such", arguments: ["99", "r99", "c99"])
  func missing(text: String) throws {
    let store = FakeStore { $0.steps = [.sample(1)] }
    let reference = try #require(StepReference(text))
    let error = #expect(throws: WorkspaceError.self) { try reference.steps(in: store) }
    #expect(error?.status == .notFound)
  }
}
