import Directory
import SyncStore

/// Stands beside a step while it goes on, also where the step itself waits in the middle of a call: it
/// keeps in the store how the service of the connector bears the work, and for how long that has been
/// silent, and it hears who asks for an end.
struct StepWatch {
  let connector: any Connector
  /// The store that the step is shown in, and asked for an end.
  let store: SyncStore
  let step: Int64
  let stop: StopSignal

  /// How often it looks.
  private static let interval = Duration.milliseconds(400)
  /// What a step that is to end is shown to do.
  static let stopping = "stopping"

  private enum End<T: Sendable>: Sendable {
    case over(Result<T, any Error>)
    case stopAsked
    case unwatched
  }

  /// Does `work` and watches the while; once somebody asks for an end, the work is cancelled: what
  /// waits for an answer waits no more.
  func during<T: Sendable>(_ work: @escaping @Sendable () async throws -> T) async throws -> T {
    let before = connector.load
    return try await withTaskGroup(of: End<T>.self) { group in
      group.addTask {
        do { return .over(.success(try await work())) } catch { return .over(.failure(error)) }
      }
      group.addTask { await watch(since: before) ? .stopAsked : .unwatched }
      var result: Result<T, any Error> = .failure(CancellationError())
      // What the watch is telling just now it tells of a step that has not ended.
      for await end in group {
        if case .over(let outcome) = end { result = outcome }
        if case .unwatched = end { continue }
        group.cancelAll()
      }
      return result
    }.get()
  }

  /// Looks again and again until it is cancelled, or somebody asks for an end, which is the answer.
  private func watch(since before: ServiceLoad?) async -> Bool {
    var told = ServiceLoad(waitsUntil: nil, wishes: 0)
    var shown = ShownPhase()
    while true {
      try? await Task.sleep(for: Self.interval)
      guard !Task.isCancelled else { return false }
      let load = connector.load
      if let before, let load { told = tell(load, since: before, told: told) }
      // Only heard and shown: a store that can't be used now fails the step by itself.
      let isAsked = (try? stop.isAsked(beside: store)) ?? (stop.reason != .none)
      let phase = isAsked ? Self.stopping : load?.silence?.phase
      if phase != nil || shown.isOurs {
        try? store.transaction { try shown.show(phase, of: step, $0) }
      }
      if isAsked { return true }
    }
  }

  /// Stores the load if it is another one than was told last; the answer is what was told.
  private func tell(
    _ load: ServiceLoad, since before: ServiceLoad, told: ServiceLoad
  ) -> ServiceLoad {
    var load = load
    load.silence = nil
    load.wishes = max(0, load.wishes - before.wishes)
    if load.wishes == 0 { load.waitsUntil = nil }
    guard load != told else { return told }
    // Only shown: a store that can't take it now fails the step by itself.
    guard (try? store.transaction { try $0.setLoad(load, step: step) }) != nil else { return told }
    return load
  }
}

/// What stands in a step's phase for as long as it waits.
private struct ShownPhase {
  private var shown: String?
  /// What the step did before.
  private var before = ""

  /// Whether something else stands there than what the step says.
  var isOurs: Bool { shown != nil }

  mutating func show(_ text: String?, of step: Int64, _ tx: StoreTransaction) throws {
    let current = try tx.phase(of: step)
    if current != shown { before = current }
    let next = text ?? before
    if next != current { try tx.setPhase(next, of: step) }
    shown = text
  }
}

extension ServiceSilence {
  /// The silence in words, so that they change every five seconds; nil if it is a short one.
  var phase: String? {
    guard seconds >= 5 else { return nil }
    return "no answer for \(Int(seconds / 5) * 5) s, try \(attempt) of \(most)"
  }
}
