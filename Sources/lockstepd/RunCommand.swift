import ArgumentParser
import CSystem
import Configuration
import Directory
import Foundation
import SyncEngine
import SyncRules
import SyncStore
import Workspace

/// The command `lockstepd run`: the engine.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs the engine until it is told to end.")

  @OptionGroup var place: WorkspaceOption
  @Option(help: "End after so long without work, such as 10m; without this it stays.")
  var idleExit: String?
  @Flag(help: "Let a command that was asked for at this moment go before a cycle that is due.")
  var commandFirst = false
  @Flag(help: "Accepted for service managers; the engine never goes to the background by itself.")
  var foreground = false

  func validate() throws {
    guard let idleExit else { return }
    guard let span = DurationText.parse(idleExit), span >= .seconds(1) else {
      throw ValidationError("--idle-exit is a span of time such as 10m; not '\(idleExit)'.")
    }
  }

  func run() async throws {
    ProcessCare.begin()
    // What is wrong is told before anything is touched.
    let watch = try ConfigurationWatch(place.folder)
    let workspace = watch.current.workspace
    // The store's lock first: whoever finds the workspace's taken takes this for the engine at work.
    let storeFile = workspace.settings.storeFile
    let isHeld = FileLock.holder(of: workspace.leaseFile) != nil
    let early: EngineLease? = try isHeld ? nil : EngineLease.take(ofStore: storeFile)
    let lease = try EngineLease.take(lockFile: workspace.leaseFile)
    // Two workspaces may name one store.
    let storeLease = try early ?? EngineLease.take(ofStore: storeFile)
    defer { withExtendedLifetime((lease, storeLease)) {} }
    let store = try SyncStore.open(file: workspace.settings.storeFile)
    // Before another engine may open it, and also after a failure: alone the file is all of it then.
    defer { close(store) }
    let idleSeconds = idleExit.flatMap(DurationText.parse).map { Int($0.components.seconds) }
    let service = EngineService(watch, store: store, lease: lease)
    let signals = Signals { number in
      Log.info("signal \(number): ending after the batch in hand")
      service.stop()
    }
    Log.info("engine \(Version.text) works on \(workspace.folder), process \(getpid())")
    let forwarding = SystemLog(workspace: workspace.folder).map { log in
      Task { await EventForwarder(store: store, log: log).run() }
    }
    defer { forwarding?.cancel() }
    var options = EngineOptions(
      idleExitSeconds: idleSeconds, keepsSchedule: !commandFirst, version: Version.text)
    options.tell = { Log.warning($0) }
    try await service.run(options)
    forwarding?.cancel()
    await forwarding?.value
    withExtendedLifetime(signals) {}
    Log.info("engine ends")
  }
}

extension RunCommand {
  private func close(_ store: SyncStore) {
    do {
      try store.close()
    } catch {
      Log.warning("the store was not closed, its journal stays beside it: \(error)")
    }
  }
}

/// What a process that handles other people's data owes them.
enum ProcessCare {
  /// Files are for their owner only, and no memory image is left behind.
  static func begin() {
    umask(0o077)
    cs_keep_memory()
    let result = cs_disable_core_dumps()
    if result < 0 {
      Log.warning("core dumps can't be turned off: " + String(cString: strerror(-result)))
    }
  }
}
