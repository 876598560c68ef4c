import SyncEngine
import SyncRules
import SyncStore
import Synchronization
import Workspace

/// Engines that work on a store one after the other, each by the configuration as it was when it
/// began.
final class EngineService: Sendable {
  private let watch: ConfigurationWatch
  private let store: SyncStore
  private let lease: EngineLease
  private let state = Mutex<(engine: SyncEngine?, isEnding: Bool)>((nil, false))

  init(_ watch: ConfigurationWatch, store: SyncStore, lease: EngineLease) {
    self.watch = watch
    self.store = store
    self.lease = lease
  }

  /// Works until told to stop, or until an engine finds nothing to do any more.
  ///
  /// - Throws: ``StoreError`` if the store can't be used any more.
  func run(_ options: EngineOptions) async throws {
    var options = options
    options.configuration = watch
    while true {
      let configuration = watch.current
      let settings = configuration.workspace.settings
      options.isStaging = settings.isStaging
      options.errorLimit = settings.errorLimit ?? EngineOptions.usualErrorLimit
      options.passwordChannels = configuration.passwords.map(\.setup)
      options.ruleFaults = configuration.ruleFaults
      let engine = SyncEngine(
        store: store, lease: lease, connectors: configuration.connectors,
        rules: configuration.rules, options: options)
      begin(engine, configuration)
      switch try await engine.run() {
      case .done:
        await watch.current.tenant?.end()
        return
      case .configurationChanged:
        options.continuation = .configuration
        await goOn()
      case .serviceWanted:
        options.continuation = .service
        (options.keepsSchedule, options.idleExitSeconds) = (true, nil)
      }
    }
  }

  /// Ends the engine that works after its batch, and lets none follow.
  func stop() {
    state.withLock {
      $0.isEnding = true
      $0.engine?.stop()
    }
  }

  private func begin(_ engine: SyncEngine, _ configuration: LoadedConfiguration) {
    state.withLock {
      $0.engine = engine
      if $0.isEnding { engine.stop() }
    }
    Log.info(
      "\(configuration.connectors.count) connectors, \(configuration.rules.rules.count) rules")
  }

  private func goOn() async {
    let former = watch.advance()
    guard let old = former?.tenant, old !== watch.current.tenant else { return }
    await old.end()
  }
}
