import Directory

@testable import SyncStore

extension Timestamp {
  /// The moment 2026-11-22T20:00:00Z.
  static let sample = Timestamp(milliseconds: 1_795_377_600_000)
}

extension OperationRow {
  /// A step with some usual values.
  static func sample(
    _ id: Int64, run: Int64? = nil, cycle: Int64? = 1, connector: String = "contoso.test",
    type: StepType = .fullImport, result: String = "success", errors: Int = 0
  ) -> OperationRow {
    OperationRow(
      id: id, runID: run ?? id, cycleID: cycle, policy: cycle == nil ? nil : .initial,
      requestedBy: "command line ann", reason: "", connectorID: 1, connector: connector,
      type: type, result: result, started: .sample,
      ended: result == "in-progress" ? nil : Timestamp.sample.adding(seconds: 1.5), adds: 3,
      updates: 2, deletes: 1, errors: errors)
  }
}

extension CycleSummary {
  static func sample(_ id: Int64, _ steps: [OperationRow]) -> CycleSummary {
    CycleSummary(
      id: id, policy: .initial, requestedBy: "command line ann", reason: "first cycle",
      started: .sample, ended: Timestamp.sample.adding(seconds: 3), steps: steps)
  }
}

extension ErrorRow {
  static func sample(_ id: Int64, step: Int64 = 1, dn: String = "CN=Ann,DC=x") -> ErrorRow {
    ErrorRow(
      id: id, stepID: step, objectID: 7, connector: "tenant", stage: .export,
      type: "AttributeValueMustBeUnique", dn: dn, attribute: "proxyAddresses",
      value: "smtp:a@x", message: "is taken by another", code: "409 uniqueness", location: "",
      hint: "Give one of both another address", otherObjectID: 8, firstOccurred: .sample,
      occurred: .sample, retries: 2)
  }
}

extension ObjectDetail {
  static func sample(_ id: Int64, dn: String, display: String = "Ann") -> ObjectDetail {
    let row = ObjectRow(
      id: id, connector: "tenant", dn: dn, display: display, objectType: "user",
      isConnector: true, pendingImport: "none", pendingExport: "update", error: "")
    let attributes = [
      AttributeRow(
        name: "title", values: ["Engineer"], before: nil, pendingExport: ["Manager"], origin: "",
        targetNames: [], valueCount: 1),
      AttributeRow(
        name: "member", values: [.reference("1")], before: nil, pendingExport: nil, origin: "",
        targetNames: ["CN=Bob,DC=x"], valueCount: 100_000),
    ]
    let history = ObjectHistoryRow(
      stepID: 4, time: .sample, connector: "tenant", type: .export, counter: "export-update",
      changes: [AttributeDelta(name: "title", before: ["Clerk"], after: ["Engineer"])])
    return ObjectDetail(
      row: row, anchor: "u-1", link: "Provisioned", metaverseID: 3, attributes: attributes,
      errors: [], metaverse: [], counterparts: [], history: [history])
  }
}

extension EngineStatus {
  static let sample = EngineStatus(
    state: .idle, pid: 42, sources: ["contoso.test"], targets: ["tenant"],
    nextCycle: Timestamp.sample.adding(seconds: 3600), nextPolicy: .delta, nextReason: "",
    schedule: ScheduleSettings(), lastCycle: nil, openErrors: 2, heldDeletes: 0)
}

extension RunProgress {
  static func sample(done: Int, total: Int?, rate: Double = 0, phase: String = "") -> RunProgress {
    RunProgress(
      step: .sample(9, result: "in-progress"), phase: phase, done: done, total: total, rate: rate)
  }
}
