import Directory
import Synchronization

/// A lie that the tenant tells, to see that the simulation notices.
public enum TenantLie: Sendable {
  /// It drops a value while it says that it has taken it.
  case forgets(attribute: String)
  /// It does not do what it says it did, every so many requests.
  case claims(every: Int)
  /// It deletes another user with every delete.
  case deletesAnother
  /// It changes an attribute that nobody sent.
  case touches(attribute: String)
}

/// The tenant behind its connector, with faults and lies to order.
final class TenantDirectory: Connector, Sendable {
  /// What breaks in the exports of one run.
  struct ExportFaults {
    var lostReplies = 0
    var lostRequests = 0
    var breakAfter: Int?
    var throttleAfter: Int?
    var lag = 0
    var refusesBad = false
    var hasQuota = false
  }

  /// An object that an export has deleted.
  struct Deleted {
    var key: String
    var anchor: String
    var dn: String
  }

  struct State {
    var content = TenantState()
    var faults = ImportFaults()
    var exportFaults = ExportFaults()
    var server = 1
    var lie: TenantLie?
    var requests = 0
    /// The number of the event that happens.
    var moment = 0
    /// The objects that exports have deleted, in order.
    var deletes: [Deleted] = []
  }

  /// How many users the tenant takes while it keeps its quota.
  static let quota = 3

  let state = Mutex(State())
  let page: Int
  private let batch: Int
  private let trace: Trace

  init(page: Int, batch: Int, trace: Trace) {
    self.page = page
    self.batch = batch
    self.trace = trace
  }

  static let schema = DirectorySchema(
    attributes: [
      "externalId": .init(.string), "userName": .init(.string), "displayName": .init(.string),
      "title": .init(.string), "department": .init(.string), "userType": .init(.string),
      "employeeType": .init(.string), "phone": .init(.string), "note": .init(.string),
      "emails": .init(.string, isMultiValued: true),
      "members": .init(.reference, isMultiValued: true), "manager": .init(.reference),
      "assistant": .init(.reference),
    ], objectTypes: ["user", "group", "contact"])

  var capabilities: ConnectorCapabilities {
    ConnectorCapabilities(
      deltaImport: true, export: true, exportBatchSize: batch, mayShowWritesLate: true)
  }

  func describe() async throws -> DirectoryDescription {
    let (server, faults) = state.withLock { ($0.server, $0.faults) }
    try faults.checkReachable("cloud")
    return DirectoryDescription(
      serverIdentity: "cloud-\(server)", summary: "simulated", schema: Self.schema)
  }

  func check() async -> [ConnectionFinding] { [] }

  // MARK: Import

  func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    let from = request.watermark.flatMap { Int($0.value) }
    return try state.withLock { state in
      try state.faults.checkReachable("cloud")
      state.content.catchUp(lag: state.exportFaults.lag)
      let content = state.content
      let changes: [ImportedChange]
      if let from {
        guard !state.faults.refusesWatermark, from <= content.position else {
          throw ImportFaults.refusal("cloud")
        }
        changes = try Self.delta(content, max(0, from - state.faults.overlap))
      } else if state.faults.showsNothing {
        changes = []
      } else {
        let all = content.copy.ids
        changes = try state.faults.order(all.count).compactMap { content.copy.objects[all[$0]] }
          .map { .entry(try Self.entry($0)) }
      }
      trace.note(
        "  cloud tells \(from.map { "since \($0)" } ?? "all"): "
          + changes.map(SourceDirectory.words).joined(separator: "; "))
      return PagedReader(
        name: "cloud", changes, watermarks: nil, end: content.position, page: page, state.faults)
    }
  }

  private static func delta(_ content: TenantState, _ from: Int) throws -> [ImportedChange] {
    var told: Set<String> = []
    let ids = content.log[from..<content.position].reversed().map { change in
      switch change {
      case .put(let object): object.id
      case .remove(let id): id
      }
    }
    return try ids.filter { told.insert($0).inserted }.reversed().map { id in
      guard let object = content.copy.objects[id] else {
        return .delete(ObjectAddress(anchor: Anchor(id)))
      }
      return .entry(try entry(object))
    }
  }

  static func entry(_ object: TenantState.Object) throws -> DirectoryEntry {
    let text = object.key ?? object.id
    let digits = Hexadecimal.encode(text.utf8).uppercased()
    return DirectoryEntry(
      anchor: Anchor(object.id), dn: try DistinguishedName("CN={\(digits)}"),
      objectType: object.type, attributes: object.attributes)
  }

  // MARK: Export

  func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    try state.withLock { state in
      try state.faults.checkReachable("cloud")
      return try operations.map { operation in
        if let left = state.exportFaults.breakAfter {
          guard left > 0 else {
            trace.note("  cloud is gone")
            throw ConnectorFailure(
              .stoppedConnectivity, message: "The tenant went away", hint: "Wait for it")
          }
          state.exportFaults.breakAfter = left - 1
        }
        let outcome = answer(operation, &state)
        trace.note("  \(Self.words(operation)): \(Self.words(outcome))")
        return outcome
      }
    }
  }

  private func answer(_ operation: ExportOperation, _ state: inout State) -> ExportOutcome {
    if let left = state.exportFaults.throttleAfter {
      guard left > 0 else {
        return .failed(
          ObjectFailure(
            .connectivityError, code: "429", message: "too many requests", isTransient: true))
      }
      state.exportFaults.throttleAfter = left - 1
    }
    if state.exportFaults.lostRequests > 0 {
      state.exportFaults.lostRequests -= 1
      return .unknown(reason: "no answer")
    }
    let outcome = state.perform(operation)
    if state.exportFaults.lostReplies > 0 {
      state.exportFaults.lostReplies -= 1
      return .unknown(reason: "no answer")
    }
    return outcome
  }

  private static func words(_ operation: ExportOperation) -> String {
    let kind =
      switch operation.kind {
      case .add(let attributes): "add " + words(attributes.attributes.map { ($0.name, $0.values) })
      case .modify(let changes):
        "modify "
          + words(
            changes.map { change in
              switch change.operation {
              case .replace(let values): (change.name, values)
              case .update(let added, let removed): (change.name, added + removed)
              }
            })
      case .delete: "delete"
      }
    return "\(operation.isRetry ? "again " : "")\(operation.anchor?.text ?? "-") "
      + "\(operation.dn.text) \(kind)"
  }

  private static func words(_ attributes: [(AttributeName, [AttributeValue])]) -> String {
    attributes.sorted { $0.0 < $1.0 }
      .map { "\($0.0.key)=\($0.1.map(\.text).sorted().joined(separator: ","))" }
      .joined(separator: " ")
  }

  private static func words(_ outcome: ExportOutcome) -> String {
    switch outcome {
    case .done(let anchor): "done \(anchor?.text ?? "")"
    case .failed(let failure): "\(failure.type): \(failure.message)"
    case .accepted: "accepted"
    case .unknown: "no answer"
    case .removed(let kept): "removed, kept by \(kept.map(\.anchor.text))"
    case .partly(let part): "a part of \(part.anchor.text): \(part.failure.message)"
    }
  }
}
