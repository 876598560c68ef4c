import Directory

/// Carries out the operations of one call, and finds out what became of them when a connection
/// breaks.
struct LDAPExporter: Sendable {
  let connection: LDAPConnection
  let profile: DirectoryProfile
  /// Where the connector reads; nil if that is of no concern.
  var scope: ContainerScope?

  /// The way to the server in one call.
  private struct Line {
    /// How often a broken connection is still made anew.
    var left = 3
    /// The server that is connected.
    var server: LDAPServer?
    /// The domain controller that it is: one address may be that of several.
    var controller: String?
  }

  /// The outcome of each operation, in their order.
  ///
  /// When the server goes away on the way, what was sent without answer is `unknown`, and what was
  /// not sent has failed as something that may work later.
  ///
  /// - Throws: ``LDAPError`` if the server has settled nothing at all.
  func run(_ operations: [ExportOperation]) async throws(LDAPError) -> [ExportOutcome] {
    var outcomes = [ExportOutcome?](repeating: nil, count: operations.count)
    var plans: [ExportPlan] = []
    for (index, operation) in operations.enumerated() {
      do throws(ObjectFailure) {
        plans.append(try ExportPlan(operation, index: index, profile))
      } catch {
        outcomes[index] = .failed(error)
      }
    }
    var writer = ObjectWriter(connection, profile)
    writer.places = scope.map { ReadPlaces($0, after: plans) }
    plans.removeAll { plan in
      guard plan.isAdd, let failure = writer.places?.refusal(of: plan.dn) else { return false }
      outcomes[plan.index] = .failed(failure)
      return true
    }
    // Where no condition can be sent along, objects are looked for before they are written to.
    let looksFirst = !profile.kind.isActiveDirectory && !profile.has(ControlOID.assertion)
    try await writer.anchors.find(
      plans.reduce(into: []) { anchors, plan in
        anchors.formUnion(plan.references)
        if looksFirst, let anchor = plan.operation.anchor?.text { anchors.insert(anchor) }
      }, connection)
    var gone: LDAPError?
    var line = await line()
    for plan in Self.ordered(plans) {
      if let gone {
        outcomes[plan.index] = gone.outcome(wasSent: plan.operation.isRetry)
        continue
      }
      do throws(LDAPError) {
        outcomes[plan.index] = try await settle(plan, &writer, &line)
      } catch {
        gone = error
        let wasSent = plan.operation.isRetry || !error.nothingWasSent
        if !wasSent, outcomes.allSatisfy({ $0 == nil }) { throw error }
        outcomes[plan.index] = error.outcome(wasSent: wasSent)
      }
    }
    if gone == nil, let error = await leave(&writer, &line) {
      // Asked for once more, a delete is done and what refers to it is looked for again.
      for plan in plans where plan.isDelete && outcomes[plan.index]?.isDone == true {
        outcomes[plan.index] = error.outcome(wasSent: true)
      }
    }
    for plan in plans where plan.isDelete && outcomes[plan.index]?.isDone == true {
      if let failure = writer.unseen[plan.index] {
        outcomes[plan.index] = .failed(failure)
        continue
      }
      let kept = writer.kept.filter { $0.index == plan.index }.map(\.reference)
      if !kept.isEmpty { outcomes[plan.index] = .removed(keptBy: kept) }
    }
    return outcomes.map { $0 ?? .unknown(reason: "no answer") }
  }

  /// Takes what is gone out of what refers to it, by names that nobody has any more.
  ///
  /// - Throws: ``LDAPError`` if the server went away.
  func takeAway(
    referencesTo names: [DistinguishedName]
  ) async throws(LDAPError) -> [KeptReference] {
    var writer = ObjectWriter(connection, profile)
    for (index, name) in names.enumerated() {
      let operation = ExportOperation(
        id: 0, kind: .delete, objectType: "", anchor: nil, dn: name, isRetry: true)
      writer.removed[name] = ExportPlan(index: index, operation: operation, dn: name, work: .delete)
    }
    var line = await line()
    if let error = await leave(&writer, &line) { throw error }
    return writer.kept.map(\.reference)
  }

  /// Takes what was removed out of groups, over a new connection if the one there is breaks.
  ///
  /// - Returns: what kept it from that.
  private func leave(_ writer: inout ObjectWriter, _ line: inout Line) async -> LDAPError? {
    while true {
      do throws(LDAPError) {
        try await writer.leave()
        return nil
      } catch {
        // A server that answers has refused to show what was asked for, which it will again.
        guard error.resultCode == nil else { return nil }
        guard error.isBroken, line.left > 0 else { return error }
        do throws(LDAPError) {
          try await reconnect(&line)
        } catch {
          return error
        }
      }
    }
  }

  /// Containers are made before what they hold, and removed after it.
  private static func ordered(_ plans: [ExportPlan]) -> [ExportPlan] {
    func rank(_ plan: ExportPlan) -> Int {
      switch plan.work {
      case .add: plan.dn.relativeNames.count
      case .modify: 1000
      case .delete: 100_000 - plan.dn.relativeNames.count
      }
    }
    return plans.map { (rank($0), $0) }.sorted { ($0.0, $0.1.index) < ($1.0, $1.1.index) }
      .map(\.1)
  }

  /// Carries one plan out, over a new connection if the one there is breaks.
  private func settle(
    _ plan: ExportPlan, _ writer: inout ObjectWriter, _ line: inout Line
  ) async throws(LDAPError) -> ExportOutcome {
    var wasSent = plan.operation.isRetry
    while true {
      do throws(LDAPError) {
        return try await writer.run(plan, wasSent: wasSent)
      } catch {
        wasSent = wasSent || !error.nothingWasSent
        guard error.isBroken, line.left > 0 else { throw error }
        let isSame: Bool
        do throws(LDAPError) {
          isSame = try await reconnect(&line)
        } catch let second {
          // It was sent, and the server does not come back to tell.
          throw wasSent ? error : second
        }
        // Another server may not have got the object yet, and would make a second one.
        if plan.isAdd, wasSent, !isSame { return error.outcome(wasSent: true) }
      }
    }
  }

  private func line() async -> Line {
    Line(server: await connection.server, controller: profile.root.dsServiceName)
  }

  /// Makes a broken connection anew.
  ///
  /// - Returns: whether it leads to the same server.
  @discardableResult
  private func reconnect(_ line: inout Line) async throws(LDAPError) -> Bool {
    let before = (line.server, line.controller)
    while true {
      line.left -= 1
      do throws(LDAPError) {
        line.server = try await connection.bind()
        if before.1 != nil { line.controller = try await connection.rootDSE().dsServiceName }
        return before.0 == line.server && before.1 == line.controller
      } catch {
        guard error.isBroken, line.left > 0 else { throw error }
      }
    }
  }
}

extension ExportPlan {
  fileprivate var isDelete: Bool { if case .delete = work { true } else { false } }
  fileprivate var isAdd: Bool { if case .add = work { true } else { false } }
}

extension ExportOutcome {
  fileprivate var isDone: Bool { if case .done = self { true } else { false } }
}

extension LDAPError {
  /// Whether the connection went while it was used, so that another one may do better.
  fileprivate var isBroken: Bool { code == .connectionLost || code == .timeout }

  /// The outcome of an operation that found the server gone.
  fileprivate func outcome(wasSent: Bool) -> ExportOutcome {
    if wasSent { return .unknown(reason: description) }
    return .failed(
      ObjectFailure(
        .connectivityError, code: "not sent", message: description, isTransient: true))
  }
}
