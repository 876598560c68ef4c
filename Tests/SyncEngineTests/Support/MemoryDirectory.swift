import Directory
import Foundation
import Synchronization

/// A directory in memory: source or target, with faults to order.
final class MemoryDirectory: Connector, Sendable {
  struct State {
    var objects: [Anchor: DirectoryEntry] = [:]
    var order: [Anchor] = []
    var log: [ImportedChange] = []
    var nextID = 1
    var errors: [DiscoveryError] = []
    /// What a delta import can't read.
    var deltaErrors: [DiscoveryError] = []
    /// What it answers to everything.
    var refuseAll: ObjectFailure?
    /// An attribute that it is known beforehand to take from nobody.
    var unwritable: AttributeName?
    var refuseValue: String?
    var dropAnswers = 0
    /// Whether its deltas tell of what is written to objects that are there.
    var tellsWrites = true
    var dropRequests = 0
    var loseConnectionAfter: Int?
    var rewrite: (AttributeName, String)?
    /// How many new objects from now on are made without their references.
    var withoutReferences = 0
    /// What else it makes of an object that it takes.
    var onApply: (@Sendable (inout DirectoryEntry) -> Void)?
    var identity = "memory"
    var operations: [String] = []
    var onBatch: (@Sendable () -> Void)?
    /// How many times it can't be reached from now on.
    var describeFailures = 0
    /// How many deletes it says it has carried out, and does not, from now on.
    var ignoredDeletes = 0
  }

  let state = Mutex(State())
  let schema: DirectorySchema
  let writable: Bool
  let knowsDeltas: Bool

  init(_ schema: DirectorySchema, writable: Bool = false, knowsDeltas: Bool = true) {
    self.schema = schema
    self.writable = writable
    self.knowsDeltas = knowsDeltas
  }

  var capabilities: ConnectorCapabilities {
    ConnectorCapabilities(deltaImport: knowsDeltas, export: writable, exportBatchSize: 10)
  }

  func describe() async throws -> DirectoryDescription {
    try state.withLock { state in
      guard state.describeFailures > 0 else { return }
      state.describeFailures -= 1
      throw ConnectorFailure(
        .stoppedConnectivity, message: "The directory can't be reached", hint: "Start it")
    }
    return DirectoryDescription(
      serverIdentity: state.withLock { $0.identity }, summary: "in memory", schema: schema)
  }

  func check() async -> [ConnectionFinding] { [ConnectionFinding(isGood: true, text: "ok")] }

  func refusal(of operation: ExportOperation) -> ObjectFailure? {
    guard let name = state.withLock({ $0.unwritable }) else { return nil }
    let isNamed =
      switch operation.kind {
      case .add(let attributes): !attributes[name].isEmpty
      case .modify(let changes): changes.contains { $0.name == name }
      case .delete: false
      }
    guard isNamed else { return nil }
    return ObjectFailure(
      .readOnlyAttribute, code: "not sent", message: "Nobody writes \(name).",
      attribute: name.text)
  }

  // MARK: What a test does to it

  func put(_ entry: DirectoryEntry) {
    state.withLock { state in
      if state.objects[entry.anchor] == nil { state.order.append(entry.anchor) }
      state.objects[entry.anchor] = entry
      state.log.append(.entry(entry))
    }
  }

  func change(_ anchor: String, _ edit: (inout AttributeSet) -> Void) {
    state.withLock { state in
      guard var entry = state.objects[Anchor(anchor)] else { return }
      edit(&entry.attributes)
      state.objects[entry.anchor] = entry
      state.log.append(.entry(entry))
    }
  }

  func remove(_ anchor: String) {
    state.withLock { state in
      guard let gone = state.objects.removeValue(forKey: Anchor(anchor)) else { return }
      state.order.removeAll { $0 == gone.anchor }
      state.log.append(.delete(ObjectAddress(anchor: gone.anchor, dn: gone.dn)))
      // A directory takes a deleted object out of the groups, and says nothing of it.
      for (key, entry) in state.objects {
        var entry = entry
        for attribute in entry.attributes.attributes {
          entry.attributes[attribute.name] = attribute.values.filter {
            $0 != .reference(gone.dn.text) && $0 != .reference(gone.anchor.text)
          }
        }
        state.objects[key] = entry
      }
    }
  }

  /// Gives an object another name.
  ///
  /// A directory rewrites what refers to it, and says nothing of that.
  func rename(_ anchor: String, to dn: DistinguishedName) {
    state.withLock { state in
      guard var entry = state.objects[Anchor(anchor)] else { return }
      let old = AttributeValue.reference(entry.dn.text)
      entry.dn = dn
      state.objects[entry.anchor] = entry
      state.log.append(.entry(entry))
      for (key, other) in state.objects {
        var other = other
        for attribute in other.attributes.attributes where attribute.values.contains(old) {
          other.attributes[attribute.name] = attribute.values.map {
            $0 == old ? .reference(dn.text) : $0
          }
        }
        state.objects[key] = other
      }
    }
  }

  /// Gives a container another name, and with it all that is below: the directory tells of the
  /// container alone.
  func renameTree(_ anchor: String, to dn: DistinguishedName) {
    state.withLock { state in
      guard let old = state.objects[Anchor(anchor)]?.dn else { return }
      state.log.append(.rename(ObjectAddress(anchor: Anchor(anchor), dn: old), newDN: dn))
      var names: [AttributeValue: AttributeValue] = [:]
      for (key, entry) in state.objects {
        guard let moved = entry.dn.replacing(old, by: dn) else { continue }
        names[.reference(entry.dn.text)] = .reference(moved.text)
        state.objects[key]?.dn = moved
      }
      for (key, entry) in state.objects {
        for attribute in entry.attributes.attributes {
          guard case .reference? = attribute.values.first else { continue }
          state.objects[key]?.attributes[attribute.name] = attribute.values.map { names[$0] ?? $0 }
        }
      }
    }
  }

  var all: [DirectoryEntry] {
    state.withLock { state in state.order.compactMap { state.objects[$0] } }
  }

  var operations: [String] { state.withLock { $0.operations } }

  // MARK: Import

  func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    let (changes, errors, end, onBatch) = state.withLock { state in
      let from = request.watermark.flatMap { Int($0.value) }
      let changes =
        from.map { Self.latest(state.log.dropFirst($0), state) }
        ?? state.order.compactMap { state.objects[$0] }.map { .entry($0) }
      let errors = from == nil ? state.errors : state.deltaErrors
      return (changes, errors, state.log.count, state.onBatch)
    }
    return Reader(changes: changes, errors: errors, end: end, onBatch: onBatch)
  }

  /// Changes as a directory tells them: each object once, as it is now.
  private static func latest(
    _ log: ArraySlice<ImportedChange>, _ state: State
  ) -> [ImportedChange] {
    var told: Set<Anchor> = []
    return log.reversed().filter { change in
      switch change {
      case .entry(let entry): told.insert(entry.anchor).inserted
      case .delete(let address): address.anchor.map { told.insert($0).inserted } ?? true
      default: true
      }
    }.reversed().map { change in
      guard case .entry(let entry) = change, let now = state.objects[entry.anchor] else {
        return change
      }
      return .entry(now)
    }
  }

  private actor Reader: ImportReader {
    private var batches: [ImportBatch] = []
    private let onBatch: (@Sendable () -> Void)?

    init(
      changes: [ImportedChange], errors: [DiscoveryError], end: Int,
      onBatch: (@Sendable () -> Void)?
    ) {
      self.onBatch = onBatch
      var rest = changes[...]
      while !rest.isEmpty {
        batches.append(ImportBatch(changes: Array(rest.prefix(7))))
        rest = rest.dropFirst(7)
      }
      batches.append(
        ImportBatch(
          changes: [], errors: errors, watermark: Watermark(kind: "memory", value: String(end))))
    }

    func next() async throws -> ImportBatch? {
      onBatch?()
      return batches.isEmpty ? nil : batches.removeFirst()
    }
  }

  // MARK: Export

  func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    try state.withLock { state in
      try operations.map { operation in
        if let failure = state.refuseAll { return .failed(failure) }
        if let left = state.loseConnectionAfter {
          if left <= 0 {
            throw ConnectorFailure(
              .stoppedConnectivity, message: "The target went away", hint: "Start it")
          }
          state.loseConnectionAfter = left - 1
        }
        if state.dropRequests > 0 {
          state.dropRequests -= 1
          return .unknown(reason: "no answer came")
        }
        let outcome = Self.applyInPart(operation, &state) ?? Self.apply(operation, &state)
        if state.dropAnswers > 0, case .done = outcome {
          state.dropAnswers -= 1
          return .unknown(reason: "no answer came")
        }
        return outcome
      }
    }
  }

  private static func applyInPart(
    _ operation: ExportOperation, _ state: inout State
  ) -> ExportOutcome? {
    guard state.withoutReferences > 0, case .add(let attributes) = operation.kind,
      !attributes["members"].isEmpty
    else { return nil }
    state.withoutReferences -= 1
    var part = operation
    part.kind = .add(AttributeSet(attributes.attributes.filter { $0.name != "members" }))
    guard case .done(let anchor?) = apply(part, &state) else { return nil }
    let members = AttributeChange(
      "members", .update(added: attributes["members"], removed: []))
    return .partly(
      PartialExport(
        anchor: anchor,
        failure: ObjectFailure(.permissionIssue, code: "403", message: "no members for you"),
        lacking: [members]))
  }

  private static func apply(_ operation: ExportOperation, _ state: inout State) -> ExportOutcome {
    switch operation.kind {
    case .add(let attributes):
      if operation.isRetry, let there = find(attributes, state) {
        return .done(anchor: there)
      }
      if let failure = refusal(attributes, state) { return .failed(failure) }
      if let failure = dangling(attributes, state) { return .failed(failure) }
      let anchor = Anchor("id-\(state.nextID)")
      state.nextID += 1
      state.operations.append("add \(attributes.text("externalId") ?? "?")")
      var kept = attributes
      if let (name, text) = state.rewrite, kept.contains(name) { kept[name] = [.string(text)] }
      var entry = DirectoryEntry(
        anchor: anchor, dn: operation.dn, objectType: operation.objectType, attributes: kept)
      state.onApply?(&entry)
      state.objects[anchor] = entry
      state.order.append(anchor)
      state.log.append(.entry(entry))
      return .done(anchor: anchor)
    case .modify(let changes):
      guard let anchor = operation.anchor, var entry = state.objects[anchor] else {
        return .failed(ObjectFailure(.missingObject, code: "404", message: "no such object"))
      }
      for change in changes {
        switch change.operation {
        case .replace(let values): entry.attributes[change.name] = values
        case .update(let added, let removed):
          entry.attributes[change.name] =
            entry.attributes[change.name].filter { !removed.contains($0) } + added
        }
      }
      if let failure = refusal(entry.attributes, state) { return .failed(failure) }
      if let failure = dangling(entry.attributes, state) { return .failed(failure) }
      if let (name, text) = state.rewrite, entry.attributes.contains(name) {
        entry.attributes[name] = [.string(text)]
      }
      state.onApply?(&entry)
      state.operations.append("modify \(entry.attributes.text("externalId") ?? "?")")
      state.objects[anchor] = entry
      if state.tellsWrites { state.log.append(.entry(entry)) }
      return .done(anchor: anchor)
    case .delete:
      guard let anchor = operation.anchor else {
        return .failed(ObjectFailure(.missingObject, code: "404", message: "no anchor"))
      }
      if state.ignoredDeletes > 0 {
        state.ignoredDeletes -= 1
        let kept = state.objects[anchor]?.attributes
        state.operations.append("ignored \(kept?.text("externalId") ?? "?")")
        return .done(anchor: anchor)
      }
      if let gone = state.objects.removeValue(forKey: anchor) {
        state.operations.append("delete \(gone.attributes.text("externalId") ?? "?")")
        state.order.removeAll { $0 == anchor }
        state.log.append(.delete(ObjectAddress(anchor: anchor)))
        for (key, entry) in state.objects {
          var entry = entry
          for name in ["members", "manager"] as [AttributeName] {
            entry.attributes[name] = entry.attributes[name].filter {
              $0 != .reference(anchor.text)
            }
          }
          state.objects[key] = entry
        }
      }
      return .done(anchor: anchor)
    }
  }

  private static func find(_ attributes: AttributeSet, _ state: State) -> Anchor? {
    state.objects.values.first {
      $0.attributes["externalId"] == attributes["externalId"]
    }?.anchor
  }

  private static func dangling(_ attributes: AttributeSet, _ state: State) -> ObjectFailure? {
    for attribute in attributes.attributes {
      for case .reference(let id) in attribute.values where state.objects[Anchor(id)] == nil {
        return ObjectFailure(
          .dnAttributesFailure, code: "400", message: "\(id) does not exist",
          attribute: attribute.name.text, value: id)
      }
    }
    return nil
  }

  private static func refusal(_ attributes: AttributeSet, _ state: State) -> ObjectFailure? {
    guard let bad = state.refuseValue else { return nil }
    for attribute in attributes.attributes where attribute.values.contains(.string(bad)) {
      return ObjectFailure(
        .identityDataValidationFailed, code: "400", message: "\(bad) is not allowed",
        attribute: attribute.name.text, value: bad)
    }
    return nil
  }
}
