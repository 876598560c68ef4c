import Directory
import SyncEngine
import SyncStore
import Synchronization

/// What engines do, and what breaks meanwhile.
extension Simulator {
  func run(_ sync: Sync) async throws {
    let deletesBefore = world.cloud.state.withLock { $0.deletes.count }
    let stepsBefore = try? world.reader.get().operations(OperationFilter(), before: nil, limit: 1)
      .first
    world.time += 600_000
    let now = Timestamp(milliseconds: world.time)
    try await Timestamp.$clock.withValue(Timestamp.Clock { now }) {
      let engine = try world.engine()
      order(sync.faults, engine)
      try await obey(sync.action, engine)
    }
    if sync.faults.contains(where: { $0.endsEngine }) { world.endEngine() }
    mend()
    try noteSteps(after: stepsBefore?.id ?? 0)
    checkDeletes(from: deletesBefore)
  }

  private func obey(_ action: Sync.Action, _ engine: SyncEngine) async throws {
    func profile(_ place: Place, _ type: StepType) async throws {
      guard world.isConfigured(place) else { return }
      _ = try await engine.runProfile(connector: place.rawValue, type)
    }
    do {
      switch action {
      case .delta: _ = try await engine.runCycle(.delta)
      case .initial: _ = try await engine.runCycle(.initial)
      case .fullImport(let place): try await profile(place, .fullImport)
      case .deltaImport(let place): try await profile(place, .deltaImport)
      case .fullSynchronization(let place): try await profile(place, .fullSynchronization)
      case .deltaSynchronization(let place): try await profile(place, .deltaSynchronization)
      case .export: try await profile(.cloud, .export)
      }
    } catch  where world.watch.isDead {
      trace.note("  the engine died at commit \(world.watch.count)")
    }
  }

  private func order(_ faults: [Fault], _ engine: SyncEngine) {
    var crash: (commit: Int, stored: Bool)?
    var stops: [(commit: Int, stop: @Sendable () -> Void)] = []
    for fault in faults {
      switch fault {
      case .crash(let commit, let stored): crash = (commit, stored)
      case .shutDown(let commit): stops.append((commit, { [weak engine] in engine?.stop() }))
      case .personStops(let commit):
        let file = world.storeFile
        stops.append(
          (
            commit,
            { _ = try? StoreReader(file: file).file(.stop, requestedBy: "a person") }
          ))
      default:
        breakImports(fault)
        breakExports(fault)
      }
    }
    world.watch.start(crash: crash, stops: stops)
  }

  private func breakImports(_ fault: Fault) {
    guard let (place, change) = fault.inImports else { return }
    switch place {
    case .ad: world.ad.state.withLock { change(&$0.faults) }
    case .hr: world.hr.state.withLock { change(&$0.faults) }
    case .cloud: world.cloud.state.withLock { change(&$0.faults) }
    }
  }

  private func breakExports(_ fault: Fault) {
    world.cloud.state.withLock { state in
      switch fault {
      case .loseReplies(let count): state.exportFaults.lostReplies = count
      case .loseRequests(let count): state.exportFaults.lostRequests = count
      case .breakConnection(let after): state.exportFaults.breakAfter = after
      case .throttle(let after): state.exportFaults.throttleAfter = after
      case .lag(let writes): state.exportFaults.lag = writes
      case .refuseBad: state.exportFaults.refusesBad = true
      case .quota: state.exportFaults.hasQuota = true
      default: return
      }
    }
  }

  /// Nothing is broken any more.
  func mend() {
    world.ad.state.withLock { $0.faults = ImportFaults() }
    world.hr.state.withLock { $0.faults = ImportFaults() }
    world.cloud.state.withLock {
      $0.faults = ImportFaults()
      $0.exportFaults = TenantDirectory.ExportFaults()
    }
  }

  private func noteSteps(after last: Int64) throws {
    let steps = try world.reader.get().operations(OperationFilter(), before: nil, limit: 40)
    for step in steps.reversed() where step.id > last {
      trace.note(
        "  \(step.type.rawValue) \(step.connector): \(step.result)"
          + " +\(step.adds) ~\(step.updates) -\(step.deletes) !\(step.errors)")
    }
  }

  /// Nobody loses what was wanted all the time, and not more than the threshold at once.
  private func checkDeletes(from count: Int) {
    let deletes = world.cloud.state.withLock { $0.deletes.dropFirst(count) }
    let unreleased = deletes.filter { !released.contains($0.anchor) && !released.contains($0.dn) }
    if unreleased.count > history.setup.threshold {
      fail(
        .tooManyDeletes,
        "\(deletes.count) deletes went out, threshold \(history.setup.threshold), "
          + "not released \(unreleased.count)")
    }
    for key in deletes.map(\.key) where !unwanted.contains(key) {
      fail(.wrongDelete, "\(key) was deleted in the tenant, and was wanted there all the time")
    }
  }
}

extension Fault {
  /// Whether the engine has ended when the run has.
  fileprivate var endsEngine: Bool {
    switch self {
    case .crash, .shutDown, .personStops: true
    default: false
    }
  }

  /// What it breaks in the imports of a directory.
  fileprivate var inImports: (Place, (inout ImportFaults) -> Void)? {
    switch self {
    case .failPage(let place, let after): (place, { $0.failAfterPages = after })
    case .refuseWatermark(let place): (place, { $0.refusesWatermark = true })
    case .duplicatePages(let place): (place, { $0.duplicatesPages = true })
    case .overlap(let place, let entries): (place, { $0.overlap = entries })
    case .shuffle(let place, let by): (place, { $0.shuffle = by })
    case .showNothing(let place): (place, { $0.showsNothing = true })
    case .unreachable(let place): (place, { $0.isUnreachable = true })
    default: nil
    }
  }
}
