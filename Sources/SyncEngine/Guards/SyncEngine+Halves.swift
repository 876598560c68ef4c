import SyncStore

/// What is synchronized in part is not sent: who is deleted by one half of a synchronization may be
/// who comes back by the other.
///
/// The store remembers it, so that it holds for the cycles after one that was broken off, too.
extension SyncEngine {
  private static let half = "synchronization.half"

  /// Notes that the synchronizations of `cycle` begin, where they may: one that may not leaves no half.
  func synchronizationsBegin(_ cycle: Int64) throws {
    guard try synchronizationStop() == nil else { return }
    try store.transaction { try $0.set(Self.half, String(cycle)) }
  }

  /// Notes that a cycle has synchronized all that there was.
  func synchronizationsAreDone() throws {
    try store.transaction { try $0.set(Self.half, nil) }
  }

  /// The cycle whose synchronizations were begun and not finished since; nil if there is none.
  func halfCycle() throws -> String? {
    try store.look { [try $0.setting(Self.half)] }[0]
  }

  /// Why an export that is asked for alone sends nothing, where less than all is synchronized.
  func halfStop() throws -> StepResult? {
    guard let cycle = try halfCycle() else { return nil }
    return StepResult(
      result: "stopped-export-disabled",
      message:
        "Cycle \(cycle) was synchronized in part only, and nothing is sent before the rest is done",
      hint: "Run a cycle, which finishes it: lockstep delta. If that one sends nothing either, see "
        + "why its synchronizations stopped: lockstep show, and lockstep held")
  }
}
