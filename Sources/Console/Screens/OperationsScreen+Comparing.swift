import SyncStore

/// Two runs that can be compared, or why there are none.
enum RunComparing: Equatable, Sendable {
  /// The earlier one and the later one, and the heading of what is told of them.
  case runs(RunReference, RunReference, title: String)
  case not(String)

  /// Why there is nothing to compare; nil if there is.
  var reason: String? { if case .not(let reason) = self { reason } else { nil } }

  /// Two runs, each with a row of it: `Cycle 1 and cycle 3`.
  fileprivate static func runs(
    _ first: (RunReference, OperationRow), _ second: (RunReference, OperationRow)
  ) -> RunComparing {
    func words(_ run: (reference: RunReference, row: OperationRow)) -> String {
      run.reference.words + (run.row.isRehearsal ? " (rehearsed)" : "")
    }
    let title = words(first) + " and " + words(second)
    return .runs(first.0, second.0, title: title.prefix(1).uppercased() + title.dropFirst())
  }
}

extension OperationsScreen {
  /// The runs that `=` compares: two that are marked, else the marked one and the one under the
  /// cursor, else the one under the cursor and the one before it; the earlier one first.
  var comparing: RunComparing {
    guard let step else { return .not("There is no run here") }
    let marked = table.marked
    switch marked.count {
    case 0: return before(step)
    case 1:
      guard marked[0].id != step.id else {
        return .not("The marked run is the one under the cursor: go to the one to compare it with")
      }
      return Self.comparing(marked[0], step)
    case 2: return Self.comparing(marked[0], marked[1])
    default:
      return .not("\(marked.count) rows are marked, and two can be compared; m takes a mark away")
    }
  }

  /// Whole cycles where the two are of different ones; else the steps alone, since a cycle and a
  /// single run have little in common.
  private static func comparing(_ one: OperationRow, _ other: OperationRow) -> RunComparing {
    let (first, second) = one.id < other.id ? (one, other) : (other, one)
    if let earlier = first.cycleID, let later = second.cycleID, earlier != later {
      return .runs((.cycle(earlier), first), (.cycle(later), second))
    }
    return .runs((.step(first.id), first), (.step(second.id), second))
  }

  /// Rows that are looked through for what was before the selected one.
  private static let looked = 400

  /// The places of the selected row and of those that began before it, whichever way the history is
  /// sorted by time; in another order of those below it.
  var indicesToOlder: [Int] {
    let isOldestFirst = table.settings.sort == ListSort("started")
    return isOldestFirst
      ? Array(max(0, list.selected - Self.looked)..<list.selected + 1).reversed()
      : Array(list.selected..<max(list.selected, min(list.count, list.selected + Self.looked)))
  }

  /// The cycle before that of a step; of a step that was run alone, the last of its kind before it.
  ///
  /// What was only rehearsed is no cycle before one that was meant.
  private func before(_ step: OperationRow) -> RunComparing {
    for index in indicesToOlder {
      guard let row = list[index], row.id < step.id, step.isRehearsal || !row.isRehearsal else {
        continue
      }
      if let cycle = step.cycleID {
        guard let earlier = row.cycleID, earlier < cycle else { continue }
        return .runs((.cycle(earlier), row), (.cycle(cycle), step))
      }
      if row.connector == step.connector, row.type == step.type {
        return .runs((.step(row.id), row), (.step(step.id), step))
      }
    }
    return .not("No run before it is at hand; m on another row marks one to compare with")
  }
}
