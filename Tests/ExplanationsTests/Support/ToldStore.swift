import Directory
import SyncRules

@testable import SyncStore

/// A store that tells what a test put into it.
struct ToldStore: StoreReading {
  var objects: [ObjectDetail] = []
  var past: [ObjectRow] = []
  var connectorRows: [ConnectorRow] = []
  var openErrorRows: [ErrorRow] = []
  var pastSteps: [ObjectHistoryRow] = []
  var isStaging = false
  var messages: [Int64: (message: String, hint: String)] = [:]

  func connectors() throws -> [ConnectorRow] { connectorRows }
  func object(id: Int64, valueLimit: Int) throws -> ObjectDetail? {
    objects.first { $0.row.id == id }
  }
  func find(_ text: String) throws -> [ObjectRow] {
    objects.map(\.row).filter { $0.dn == text || $0.display == text }
  }
  func findPast(_ text: String) throws -> [ObjectRow] { past.filter { $0.dn == text } }
  func linkedEver(to metaverse: Int64) throws -> [ObjectRow] {
    (objects.map(\.row) + past).filter { $0.metaverseID == metaverse }
  }
  func history(of objects: [Int64], limit: Int) throws -> [ObjectHistoryRow] {
    Array(pastSteps.filter { objects.contains($0.objectID) }.prefix(limit))
  }
  func openErrors(connector: String?, after: Int64?, limit: Int) throws -> [ErrorRow] {
    Array(openErrorRows.filter { $0.id > after ?? 0 }.prefix(limit))
  }
  func stepMessage(step: Int64) throws -> (message: String, hint: String) {
    messages[step] ?? ("", "")
  }

  func status() throws -> EngineStatus {
    var status = EngineStatus(
      state: .idle, pid: 0, sources: ["ad"], targets: ["cloud"], nextCycle: nil,
      nextPolicy: .delta, nextReason: "", schedule: ScheduleSettings(), lastCycle: nil,
      openErrors: 0, heldDeletes: 0)
    status.isStaging = isStaging
    return status
  }

  // Nothing of this is asked for.
  func changeCounter() throws -> Int64 { 0 }
  func dueSteps() throws -> [DueStep] { [] }
  func progress() throws -> RunProgress? { throw Unasked() }
  func operations(
    _ filter: OperationFilter, before: Int64?, limit: Int
  ) throws -> [OperationRow] { throw Unasked() }
  func operationCount(_ filter: OperationFilter) throws -> Int { throw Unasked() }
  func operation(step: Int64) throws -> OperationRow? { throw Unasked() }
  func counters(step: Int64) throws -> [CounterRow] { throw Unasked() }
  func errors(step: Int64, after: Int64?, limit: Int) throws -> [ErrorRow] { throw Unasked() }
  func error(id: Int64) throws -> ErrorRow? { throw Unasked() }
  func changes(
    step: Int64, group: CounterGroup, counter: String, after: Int64?, limit: Int
  ) throws -> [StepChangeRow] { throw Unasked() }
  func deltas(change: Int64) throws -> [AttributeDelta] { throw Unasked() }
  func cycles(before: Int64?, limit: Int) throws -> [CycleSummary] { throw Unasked() }
  func cycle(id: Int64) throws -> CycleSummary? { throw Unasked() }
  func objects(
    connector: String, scope: SearchScope, text: String, after: Int64?, limit: Int
  ) throws -> [ObjectRow] { throw Unasked() }
  func users(
    order: UserOrder, descending: Bool, text: String, state: UserRow.State?, after: UserRow?,
    limit: Int
  ) throws -> [UserRow] { throw Unasked() }
  func usersHeader() throws -> UsersHeader { throw Unasked() }
  func events(codes: [Int], text: String, before: Int64?, limit: Int) throws -> [EventRow] {
    throw Unasked()
  }
  func file(_ command: EngineCommand, requestedBy: String) throws -> Int64 { throw Unasked() }
  func withdraw(command: Int64, requestedBy: String) throws -> Bool { throw Unasked() }
  func command(id: Int64) throws -> CommandStatus? { throw Unasked() }
  func change(_ change: ScheduleChange, requestedBy: String) throws -> ScheduleSettings {
    throw Unasked()
  }

  /// An explanation asks for no more than what it needs, so that it takes a few short queries.
  struct Unasked: Error {}
}

/// Rows in a few words.
enum Told {
  static let moment = Timestamp(milliseconds: 1_795_377_600_000)

  static func connector(
    _ name: String, isSource: Bool, steps: [OperationRow] = []
  ) -> ConnectorRow {
    ConnectorRow(
      id: isSource ? 1 : 2, name: name, type: "ldap", isSource: isSource, summary: "", objects: 7,
      connectors: 0, disconnectors: 0, pendingImports: 0, pendingExports: 0, heldDeletes: 0,
      objectsInError: 0, lastSteps: steps)
  }

  static func step(
    _ type: StepType, on connector: String, result: String = "success", id: Int64 = 5
  ) -> OperationRow {
    OperationRow(
      id: id, runID: id, cycleID: nil, policy: nil, requestedBy: "", reason: "", connectorID: 1,
      connector: connector, type: type, result: result, started: moment, ended: moment, adds: 0,
      updates: 0, deletes: 0, errors: 0)
  }

  static func row(
    _ id: Int64, _ name: String, in connector: String, type: String = "user",
    pendingImport: String = "none", pendingExport: String = "none", metaverse: Int64? = nil
  ) -> ObjectRow {
    var row = ObjectRow(
      id: id, connector: connector, dn: "CN=\(name),DC=x", display: name, objectType: type,
      isConnector: metaverse != nil, pendingImport: pendingImport, pendingExport: pendingExport,
      error: "")
    row.metaverseID = metaverse
    return row
  }

  static func detail(
    _ row: ObjectRow, _ attributes: [String: [AttributeValue]] = [:],
    metaverse: [String: [AttributeValue]] = [:], metaverseType: String = "",
    counterparts: [ObjectRow] = []
  ) -> ObjectDetail {
    func rows(_ values: [String: [AttributeValue]]) -> [AttributeRow] {
      values.sorted { $0.key < $1.key }.map { name, values in
        AttributeRow(
          name: name, values: values, before: nil, pendingExport: nil, origin: "", targetNames: [],
          valueCount: values.count)
      }
    }
    var detail = ObjectDetail(
      row: row, anchor: "a\(row.id)", link: row.metaverseID == nil ? "" : "Joined",
      metaverseID: row.metaverseID, attributes: rows(attributes), errors: [],
      metaverse: rows(metaverse), counterparts: counterparts, history: [])
    detail.metaverseType = metaverseType
    return detail
  }

  static func error(
    _ stage: ErrorRow.Stage, _ type: String, dn: String = "CN=ann,DC=x", id: Int64 = 1
  ) -> ErrorRow {
    ErrorRow(
      id: id, stepID: 5, objectID: nil, connector: "ad", stage: stage, type: type, dn: dn,
      attribute: "mail", value: "a@x", message: "words of \(type)", code: "", location: "",
      hint: "hint of \(type)", otherObjectID: nil, firstOccurred: moment, occurred: moment,
      retries: 0)
  }
}
