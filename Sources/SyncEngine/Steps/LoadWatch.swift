import Directory
import SyncStore

/// Keeps in the store how the service of a connector bears the work, while a step goes on: an export
/// that waits is shown as waiting even in the middle of a call.
struct LoadWatch {
  private let connector: any Connector
  private let store: SyncStore
  private let step: Int64

  /// How often it looks.
  private static let interval = Duration.milliseconds(400)

  init(_ connector: any Connector, store: SyncStore, step: Int64) {
    self.connector = connector
    self.store = store
    self.step = step
  }

  /// Does `work` and watches the while; nothing is watched where the connector tells nothing.
  func during<T>(_ work: () async throws -> T) async throws -> T {
    guard let before = connector.load else { return try await work() }
    let watch = Task { [connector, store, step] in
      var told = ServiceLoad(waitsUntil: nil, wishes: 0)
      while !Task.isCancelled {
        try? await Task.sleep(for: Self.interval)
        guard !Task.isCancelled else { return }
        told = Self.tell(connector, since: before, told: told, store, step)
      }
    }
    let result: Result<T, any Error>
    do { result = .success(try await work()) } catch { result = .failure(error) }
    watch.cancel()
    // What it is telling just now it tells of a step that has not ended.
    await watch.value
    return try result.get()
  }

  /// Stores the load if it is another one than was told last; the answer is what was told.
  private static func tell(
    _ connector: any Connector, since before: ServiceLoad, told: ServiceLoad, _ store: SyncStore,
    _ step: Int64
  ) -> ServiceLoad {
    guard var load = connector.load else { return told }
    load.wishes = max(0, load.wishes - before.wishes)
    if load.wishes == 0 { load.waitsUntil = nil }
    guard load != told else { return told }
    // Only shown: a store that can't take it now fails the step by itself.
    guard (try? store.transaction { try $0.setLoad(load, step: step) }) != nil else { return told }
    return load
  }
}
