import Console
import Directory
import TestSupport

@testable import SyncStore

/// Rows of a store with any text wherever a directory, a server or a person may have put one.
struct RandomRows {
  var random: SeededRandom
  /// Whether nothing that may be missing is missing.
  var isWhole = false

  init(seed: Int) { random = SeededRandom(scattering: seed) }

  mutating func text() -> String { (isWhole ? "w" : "") + random.text(count: 0...6) }
  mutating func texts(_ count: ClosedRange<Int> = 0...3) -> [String] {
    (0..<Int.random(in: count, using: &random)).map { _ in text() }
  }
  mutating func count() -> Int { random.choose([0, 1, 7, 4711, 1_000_000]) }
  mutating func id() -> Int64 {
    Int64.random(in: 1...random.choose([9, 999_999_999]), using: &random)
  }
  mutating func time() -> Timestamp {
    Timestamp(milliseconds: Int64.random(in: 0...4_000_000_000_000, using: &random))
  }
  mutating func maybe<Value>(_ make: (inout RandomRows) -> Value) -> Value? {
    isWhole || random.chance(60) ? make(&self) : nil
  }
  mutating func list<Row>(
    _ count: ClosedRange<Int>, _ make: (inout RandomRows) -> Row
  ) -> [Row] {
    (0..<Int.random(in: count, using: &random)).map { _ in make(&self) }
  }

  mutating func value() -> AttributeValue {
    switch Int.random(in: 0..<5, using: &random) {
    case 0: .integer(Int64.random(in: .min ... .max, using: &random))
    case 1: .boolean(random.chance(50))
    case 2: .binary(random.bytes(0...20))
    case 3: .reference(text())
    default: .string(text())
    }
  }

  mutating func operation() -> OperationRow {
    let started = time()
    return OperationRow(
      id: id(), runID: id(), cycleID: maybe { $0.id() },
      policy: maybe { $0.random.choose(CyclePolicy.allCases) }, requestedBy: text(),
      reason: text(), connectorID: id(), connector: text(),
      type: random.choose(StepType.allCases),
      result: random.choose(["success", "in-progress", "completed-export-errors", text()]),
      started: started, ended: maybe { started.adding(seconds: Double($0.count())) },
      adds: count(), updates: count(), deletes: count(), errors: count(), isThinned: false,
      isRehearsal: random.chance(30))
  }

  mutating func error() -> ErrorRow {
    var row = ErrorRow(
      id: id(), stepID: id(), objectID: maybe { $0.id() }, connector: text(),
      stage: random.choose([ErrorRow.Stage.discovery, .synchronization, .export]), type: text(),
      dn: text(),
      attribute: text(), value: text(), message: text(), code: text(), location: text(),
      hint: text(), otherObjectID: maybe { $0.id() }, firstOccurred: time(), occurred: time(),
      retries: count())
    (row.display, row.rule, row.expression) = (text(), text(), text())
    (row.column, row.otherDN, row.otherDisplay) = (maybe { $0.count() }, text(), text())
    return row
  }

  mutating func family() -> ErrorFamily {
    ErrorFamily(
      kind: .init(error()), count: count(), first: time(), last: time(), newInDay: count(),
      newInWeek: count(), hint: text())
  }

  mutating func event() -> EventRow {
    EventRow(
      id: id(), time: time(), level: random.choose([EventRow.Level.information, .warning, .error]),
      code: Int.random(in: 0...999, using: &random), source: text(), message: text())
  }

  mutating func object() -> ObjectRow {
    var row = ObjectRow(
      id: id(), connector: text(), dn: text(), display: text(), objectType: text(),
      isConnector: random.chance(50), pendingImport: random.choose(["none", "add", "delete"]),
      pendingExport: random.choose(["none", "update", "delete-add"]), error: text())
    row.metaverseID = maybe { $0.id() }
    row.isGone = random.chance(20)
    return row
  }

  mutating func metaverse() -> MetaverseRow {
    MetaverseRow(
      id: id(), objectType: text(), display: text(), objectID: maybe { $0.id() },
      connectors: texts(), error: text())
  }

  mutating func user() -> UserRow {
    var row = UserRow(
      id: id(), connector: text(), displayName: text(), userPrincipalName: text(),
      state: random.choose(UserRow.State.allCases))
    row.isActive = maybe { $0.random.chance(50) }
    row.lastSync = maybe { $0.time() }
    row.isOwnSyncTime = random.chance(50)
    row.lastSent = maybe { $0.time() }
    row.lastPasswordSync = maybe { $0.time() }
    return row
  }

  mutating func password() -> PasswordRow {
    PasswordRow(
      id: .init(channel: id(), anchor: text()), dn: text(), display: text(),
      userPrincipalName: text(), object: maybe { $0.id() }, targetObject: maybe { $0.id() },
      status: random.choose(PasswordStatus.allCases), reason: text(), changed: maybe { $0.time() },
      syncedChanged: maybe { $0.time() }, isCurrent: isWhole || random.chance(50),
      requested: maybe { $0.time() }, answered: maybe { $0.time() }, succeeded: maybe { $0.time() },
      attempts: count(), due: maybe { $0.time() })
  }

  mutating func batch() -> PasswordBatchRow {
    let started = time()
    return PasswordBatchRow(
      id: id(), channel: id(), started: started,
      ended: maybe { started.adding(seconds: Double($0.count())) }, error: text(),
      lines: list(0...4) { rows in
        PasswordBatchRow.Line(
          anchor: rows.text(), dn: rows.text(), changed: rows.time(), request: rows.text(),
          answer: rows.maybe { $0.random.choose(PasswordStatus.allCases) }, words: rows.text())
      }, domain: text())
  }

  mutating func connector() -> ConnectorRow {
    var row = ConnectorRow(
      id: id(), name: text(), type: random.choose(["ldap", "graph"]), isSource: random.chance(50),
      summary: text(), objects: count(), connectors: count(), disconnectors: count(),
      pendingImports: count(), pendingExports: count(), heldDeletes: 0, objectsInError: count(),
      lastSteps: list(0...2) { $0.operation() })
    (row.openErrors, row.filtered) = (count(), count())
    return row
  }

  mutating func rule() -> RuleItem {
    RuleItem(
      id: text(), name: text(), isInbound: random.chance(50), connector: text(), source: text(),
      target: text(), link: "Join", precedence: count())
  }

  mutating func delta() -> AttributeDelta {
    AttributeDelta(
      name: text(), before: list(0...3) { $0.value() }, after: list(0...3) { $0.value() },
      rule: text())
  }

  mutating func history() -> ObjectHistoryRow {
    var row = ObjectHistoryRow(
      stepID: id(), time: time(), connector: text(), type: random.choose(StepType.allCases),
      counter: text(), changes: list(0...3) { $0.delta() })
    (row.runID, row.cycleID, row.objectID) = (id(), maybe { $0.id() }, id())
    (row.space, row.dn, row.summary) = (text(), text(), text())
    (row.rule, row.reason, row.metaverseID) = (text(), text(), maybe { $0.id() })
    row.error = maybe { $0.error() }
    return row
  }

  mutating func attribute() -> AttributeRow {
    let values = list(0...4) { $0.value() }
    return AttributeRow(
      name: text(), values: values, before: maybe { $0.list(0...3) { $0.value() } },
      pendingExport: maybe { $0.list(0...3) { $0.value() } }, origin: text(),
      targetNames: random.chance(30) ? values.map { _ in text() } : [],
      valueCount: values.count + random.choose([0, 0, 3]))
  }

  mutating func detail() -> ObjectDetail {
    var detail = ObjectDetail(
      row: object(), anchor: text(), link: text(), metaverseID: maybe { $0.id() },
      attributes: list(0...4) { $0.attribute() }, errors: list(0...2) { $0.error() },
      metaverse: list(0...3) { $0.attribute() }, counterparts: list(0...2) { $0.object() },
      history: list(0...3) { $0.history() })
    detail.metaverseType = text()
    return detail
  }
}
