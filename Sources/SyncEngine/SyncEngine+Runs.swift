import Configuration
import Directory
import Foundation
import SyncRules
public import SyncStore

/// Runs of one profile on one connector.
extension SyncEngine {
  /// Runs one profile on one connector and answers with the run's number.
  ///
  /// - Throws: ``EngineError`` if there is no such connector, ``StoreError``.
  public func runProfile(connector: String, _ type: StepType) async throws -> Int64 {
    try await runProfile(connector: connector, type, requestedBy: StoreTransaction.programRequester)
  }

  func runProfile(
    connector name: String, _ type: StepType, requestedBy: String, command: Int64? = nil
  ) async throws -> Int64 {
    guard let connector = connectors.first(where: { $0.name.lowercased() == name.lowercased() })
    else { throw Self.unknown(name) }
    let run = try await runStep(connector, type, nil, requestedBy, command: command).run
    try await writeWhenThereIsRoom { try assessRules() }
    return run
  }

  struct StepOutcome {
    var run: Int64
    var step: Int64
    var result: StepResult
  }

  /// Runs one step from its first row in the history to its result.
  func runStep(
    _ connector: EngineConnector, _ type: StepType, _ cycle: Int64?, _ requestedBy: String,
    command: Int64? = nil
  ) async throws -> StepOutcome {
    let (run, step) = try await writeWhenThereIsRoom {
      try begin(connector, type, cycle, requestedBy, report == nil ? command : nil, in: store)
    }
    let begun = try await writeWhenThereIsRoom {
      try report.map { try begin(connector, type, cycle, requestedBy, command, in: $0.store) }
    }
    let reported = begun?.step
    // One that is not of a cycle stages what changed, and synchronizes nothing.
    let isOfCycle = cycle != nil && (type == .fullImport || type == .deltaImport)
    let noticed = isOfCycle ? changes.importBegins(connector.name) : nil
    let result: StepResult
    do {
      result = try await StepWatch(
        connector: connector.connector, store: report?.store ?? store, step: reported ?? step,
        stop: stopSignal
      )
      .during { try await self.perform(connector, type, step: step, reported: reported) }
    } catch let stopped as StepStopped {
      result = stopped.result
    } catch let error where stopSignal.reason != .none && !(error is StoreError) {
      // What waited was broken off.
      result = StepStopped(reason: stopSignal.reason).result
    } catch let failure as ConnectorFailure {
      result = StepResult(failure)
    } catch let error as StoreError where error.code == .diskFull {
      // In the store it stands only once there is room.
      options.tell("\(type.profileName) on \(connector.name) stopped: \(error)")
      result = StepResult(
        result: "stopped-database-disk-full", message: error.message, hint: error.hint)
    } catch let error as StoreError {
      throw error
    } catch {
      result = StepResult(
        result: "stopped-server", message: "The engine failed: \(error)",
        hint: "This is a fault of Lockstep's own; please report it with the engine's log")
    }
    if ResultSeverity(result: result.result) == .stopped {
      changes.importFailed(connector.name, noticed)
    }
    try await writeWhenThereIsRoom {
      try store.transaction { tx in
        try tx.endStep(step, result: result.result, message: result.message, hint: result.hint)
        try log(result, connector, type, isOfCycle: cycle != nil, tx)
        if report == nil { try outdateAssessment(by: step, tx) }
      }
    }
    if let report, let reported {
      try report.store.carry(step: step, of: store, as: reported, youngest: report.youngest)
      try await writeWhenThereIsRoom {
        try report.store.transaction {
          try $0.endStep(
            reported, result: result.result, message: result.message, hint: result.hint)
        }
      }
    }
    return StepOutcome(run: begun?.run ?? run, step: step, result: result)
  }

  private func begin(
    _ connector: EngineConnector, _ type: StepType, _ cycle: Int64?, _ requestedBy: String,
    _ command: Int64?, in store: SyncStore
  ) throws -> (run: Int64, step: Int64) {
    try store.transaction { tx in
      guard let id = try tx.connectorID(connector.name) else { throw Self.unknown(connector.name) }
      let began = try tx.beginStep(
        cycle: cycle, connector: id, type: type, requestedBy: requestedBy, phase: "starting",
        isRehearsal: report != nil)
      if let command { try tx.attach(command: command, cycle: cycle, run: began.run) }
      return began
    }
  }

  private func log(
    _ result: StepResult, _ connector: EngineConnector, _ type: StepType, isOfCycle: Bool,
    _ tx: StoreTransaction
  ) throws {
    switch ResultSeverity(result: result.result) {
    case .success, .running: return
    case .warning, .error:
      try tx.log(
        .warning, code: 6803, source: "ADSync",
        "\(type.profileName) on \(connector.name) ended with \(result.result)")
    // No fault, and nothing is lost: a cycle reads everything at once.
    case .stopped
    where isOfCycle && type == .deltaImport
      && result.result == ConnectorFailure.Result.fullImportRequired.text:
      try tx.log(
        .warning, code: 6803, source: "ADSync",
        "\(type.profileName) on \(connector.name) ended with \(result.result), and a full import "
          + "follows: \(result.message)")
    case .stopped:
      try tx.log(
        .error, code: 6801, source: "ADSync",
        "\(type.profileName) on \(connector.name) ended with \(result.result): \(result.message)")
    }
  }

  private func perform(
    _ connector: EngineConnector, _ type: StepType, step: Int64, reported: Int64?
  ) async throws -> StepResult {
    let plan = try await makePlan(
      for: connector, isConnected: type == .fullImport || type == .deltaImport || type == .export)
    guard let active = plan.connectors.first(where: { $0.name == connector.name }) else {
      throw Self.unknown(connector.name)
    }
    let context = StepContext(
      store: store, plan: plan, connector: active, step: step, batchSize: options.batchSize,
      stop: stopSignal)
    if let report, let reported { context.report = (report.store, reported) }
    context.errorLimit = options.errorLimit
    context.exchangePatience = options.exchangePatience
    context.lateness = options.lateness
    context.isVerification = verifies && !connector.isSource
    try context.checkStop()
    // One that ended in its middle may have left some out.
    try store.completeIndexes()
    switch type {
    case .export: return try await export(context)
    // Nobody outside is told of these before the step ends, and that is on the disk.
    case .fullImport, .deltaImport:
      return try await store.gathering { try await read(context, isFull: type == .fullImport) }
    case .fullSynchronization, .deltaSynchronization:
      return try await store.gathering {
        try await synchronize(context, isFull: type == .fullSynchronization)
      }
    }
  }

  private func read(_ context: StepContext, isFull: Bool) async throws -> StepResult {
    let result = try await ImportStep(context: context, isFull: isFull).run()
    if isFull, context.isVerification { try DriftComparison(context: context).run() }
    return result
  }

  private func synchronize(_ context: StepContext, isFull: Bool) async throws -> StepResult {
    let warden = try ImportGuard(context, isFull: false)
    let findings = try warden.unweighedFindings()
    if !findings.isEmpty {
      try store.transaction { try warden.hold(findings, $0) }
    }
    if let held = try synchronizationStop() { return held }
    return try await SynchronizationStep(context: context, isFull: isFull).run()
  }

  /// Why nothing may be synchronized now, not a single object either; nil if it may.
  func synchronizationStop() throws -> StepResult? {
    try heldImport() ?? unreadSource() ?? restoredSource()
  }

  /// What a person must say first before anything that was imported is synchronized; nil if nothing.
  private func heldImport() throws -> StepResult? {
    let holds = try store.look { try $0.importHolds() }
      .filter { $0.stopsSynchronization && $0.releasedBy == nil }
    guard let hold = holds.first else { return nil }
    let name = try store.look { [try $0.connectorState(hold.connector)?.name] }[0] ?? ""
    return StepResult(
      result: "stopped-object-limit", message: "Nothing is synchronized: \(hold.message)",
      hint: "Look at what the import told (lockstep show). If it is meant: "
        + "lockstep release import \(ShellText.quoted(name))")
  }

  /// Which source must be read first where another has left lockstep.toml; nil if none.
  ///
  /// Those who came from the one may be the people of the other, which may be the same directory
  /// under a new name: they would be deleted without it.
  private func unreadSource() throws -> StepResult? {
    try store.look { tx -> [StepResult?] in
      // What a source that has left means is worked out once everything was synchronized anew.
      guard try tx.isFullSyncDue(), let gone = try tx.retiredSource() else { return [nil] }
      for connector in connectors where connector.isSource {
        guard let id = try tx.connectorID(connector.name) else { continue }
        let reason = try tx.connectorState(id)?.fullImportReason
        guard try reason != nil || tx.stagedCount(connector: id) == 0 else { continue }
        return [
          StepResult(
            result: "stopped-object-limit",
            message: "Nothing is synchronized: \(gone) is not in lockstep.toml any more, and "
              + (reason.map {
                "\(connector.name), which may have taken its place, is not read: \($0)"
              }
                ?? "\(connector.name), which may have taken its place, shows no object"),
            hint: "Everybody who came from \(gone) and from no other would be deleted. See why the "
              + "full import of \(connector.name) fails; if \(gone) is really gone, take "
              + "\(connector.name) out of lockstep.toml until it can be read")
        ]
      }
      return [nil]
    }[0]
  }

  /// Which source must be read first after the store was restored from a backup; nil if none.
  ///
  /// What is known of its people is as old as the backup: sent to a target, it would give those
  /// access who have lost it since.
  func restoredSource() throws -> StepResult? {
    try store.look { tx -> [StepResult?] in
      for connector in connectors where connector.isSource {
        guard let id = try tx.connectorID(connector.name), try tx.isRestored(id) else { continue }
        return [
          StepResult(
            result: ConnectorFailure.Result.fullImportRequired.text,
            message:
              "The store was restored from a backup, and \(connector.name) was not read since",
            hint: "Nothing is synchronized or sent until a full import of \(connector.name) has "
              + "come to its end and shown everybody, or could read all. If it is no more, take it "
              + "out of lockstep.toml")
        ]
      }
      return [nil]
    }[0]
  }

  private func export(_ context: StepContext) async throws -> StepResult {
    let connector = context.connector.engine
    // What could be written to is not, where identities come from it.
    guard !connector.isSource else {
      return StepResult(
        result: "stopped-export-disabled",
        message: "\(connector.name) is a source, and nothing is ever written to it",
        hint: "Export to a target connector")
    }
    guard connector.connector.capabilities.export else {
      return StepResult(
        result: "stopped-export-disabled", message: "\(connector.name) can't be written to",
        hint: "Export to a target connector")
    }
    if try report == nil && store.look({ try $0.isStagingMeant() }) {
      return StepResult(
        ConnectorFailure.staging("Staging mode is on: pending exports are kept, nothing is sent"))
    }
    context.heedsStaging = report == nil
    if let held = try restoredSource() ?? halfStop() { return held }
    return try await ExportStep(context: context).run()
  }

  /// The plan by `rules` with the connectors as they were known when they last answered.
  func keptPlan(_ rules: RuleSet) throws -> SyncPlan {
    let active = try store.look { tx in
      try connectors.compactMap { connector -> ActiveConnector? in
        guard let id = try tx.connectorID(connector.name) else { return nil }
        guard let schema = try tx.schema(of: id) else {
          return ActiveConnector(id: id, engine: connector)
        }
        return ActiveConnector(id: id, engine: connector, schema: SchemaText.decode(schema))
      }
    }
    return SyncPlan(rules: rules, connectors: active)
  }

  /// The plan of a step: the connector that it is about is asked for its schema now, the others
  /// are known by the schema that was kept when they last answered.
  func makePlan(
    for connector: EngineConnector? = nil, isConnected: Bool = false
  ) async throws -> SyncPlan {
    var active: [ActiveConnector] = []
    for other in connectors {
      guard let id = try store.look({ [try $0.connectorID(other.name)] })[0] else { continue }
      if other.name == connector?.name && isConnected {
        let description = try await other.connector.describe()
        active.append(
          ActiveConnector(
            id: id, engine: other, schema: description.schema,
            serverIdentity: description.serverIdentity))
        try store.transaction { tx in
          try tx.setSummary(description.summary, connector: id)
          let schema = SchemaText.encode(description.schema)
          let known = try tx.schema(of: id)
          if !other.isSource, known != schema {
            // What flows there was worked out for something that takes other attributes.
            let change = known == nil ? "became known" : "changed"
            try requireFullSync(because: "the schema of \(other.name) \(change)", tx)
          }
          try tx.set(schema, schemaOf: id)
        }
      } else if let text = try store.look({ [try $0.schema(of: id)] })[0] {
        active.append(ActiveConnector(id: id, engine: other, schema: SchemaText.decode(text)))
      } else {
        active.append(ActiveConnector(id: id, engine: other))
      }
    }
    return SyncPlan(rules: rules, connectors: active)
  }
}

/// A schema as the store keeps it: a line an attribute.
enum SchemaText {
  static func encode(_ schema: DirectorySchema) -> String {
    schema.attributes.sorted { $0.key < $1.key }.map { name, definition in
      [
        definition.kind.rawValue, definition.isMultiValued ? "multi" : "single",
        definition.isReadOnly ? "read-only" : definition.keepsValue ? "kept" : "writable",
        name.text,
      ].joined(separator: " ")
    }.joined(separator: "\n")
  }

  static func decode(_ text: String) -> DirectorySchema {
    var attributes: [AttributeName: DirectorySchema.AttributeDefinition] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 3).map(String.init)
      guard parts.count == 4,
        let kind = DirectorySchema.AttributeDefinition.Kind(rawValue: parts[0])
      else { continue }
      attributes[AttributeName(parts[3])] = .init(
        kind, isMultiValued: parts[1] == "multi", isReadOnly: parts[2] == "read-only",
        keepsValue: parts[2] == "kept")
    }
    return DirectorySchema(attributes: attributes, objectTypes: [])
  }
}
