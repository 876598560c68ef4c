import Cells
import SyncStore

/// Releases that were asked for together.
struct ReleaseBatch: Equatable, Sendable {
  /// How many there are.
  let count: Int
  /// Those that are on their way into the store.
  var filing: [EngineCommand]
  /// Those that were filed and have not ended.
  var waiting: Set<Int64> = []
  /// Why some were refused, in the order in which they ended.
  var refusals: [String] = []

  init(_ commands: [EngineCommand]) {
    count = commands.count
    filing = commands
  }

  /// Whether all have ended.
  var isOver: Bool { filing.isEmpty && waiting.isEmpty }

  /// What became of all of them.
  var words: String {
    let done = Format.count(count - refusals.count) + " of " + Format.count(count) + " released"
    guard let first = refusals.first else { return done }
    let more = refusals.count == 1 ? "" : ", and others"
    return done + "; " + Format.count(refusals.count) + " refused: " + first + more
  }
}

extension ConsoleState {
  /// Notes the number of a release that was asked for with others.
  mutating func releaseFiled(_ command: EngineCommand, _ id: Int64) {
    guard let index = releases.firstIndex(where: { $0.filing.contains(command) }) else { return }
    releases[index].filing.removeAll { $0 == command }
    releases[index].waiting.insert(id)
  }

  /// Notes that a release that was asked for with others could not even be filed.
  mutating func releaseNotFiled(_ command: EngineCommand, _ reason: String) {
    guard let index = releases.firstIndex(where: { $0.filing.contains(command) }) else { return }
    releases[index].filing.removeAll { $0 == command }
    releases[index].refusals.append(reason)
    tellReleases(index)
  }

  /// Notes what became of a release, and tells of all once the last has ended: words that follow each
  /// other within a second are not read.
  ///
  /// - Returns: whether it was asked for with others.
  mutating func releaseEnded(_ id: Int64, _ refusal: String?) -> Bool {
    guard let index = releases.firstIndex(where: { $0.waiting.contains(id) }) else { return false }
    releases[index].waiting.remove(id)
    if let refusal { releases[index].refusals.append(refusal) }
    tellReleases(index)
    return true
  }

  private mutating func tellReleases(_ index: Int) {
    guard releases[index].isOver else { return }
    let batch = releases.remove(at: index)
    tell(batch.words, batch.refusals.isEmpty ? .toastInfo : .toastError)
  }
}
