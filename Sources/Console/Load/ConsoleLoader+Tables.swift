import Cells
import Directory
import SyncStore

/// Tables whose order is worked out at once, since they are short or nobody waits.
extension ConsoleLoader {
  /// A page of a table.
  static func answer(
    _ request: PageRequest, from store: any ConsoleStore, _ services: ConsoleServices
  ) throws -> TablePage {
    guard case .store(let list) = request.source else {
      let all = try rows(of: request.source, by: request.arrangement, from: store, services)
      return TablePage(
        rows: all.part(request.start, request.count), state: try state(of: all.count, store))
    }
    let ids = try numbers(request.source, request.arrangement, store, services)
    let part = Array(ids.dropFirst(request.start).prefix(request.count))
    return TablePage(
      rows: .store(try store.rows(of: list, ids: part)), state: try state(of: ids.count, store),
      anchorIndex: request.anchor.flatMap { ids.firstIndex(of: $0) })
  }

  /// The numbers of a table's rows in order; for what has no numbers just as many.
  static func numbers(
    _ source: TableSource, _ arrangement: ListArrangement, _ store: any ConsoleStore,
    _ services: ConsoleServices
  ) throws -> [Int64] {
    guard case .store(let list) = source else {
      let rows = try rows(of: source, by: arrangement, from: store, services)
      return [Int64](repeating: 0, count: rows.count)
    }
    var ids: [Int64] = []
    try store.arrange(list, by: arrangement) {
      ids += $0
      return true
    }
    return ids
  }

  static func state(of total: Int, _ store: any ConsoleStore) throws -> OrderState {
    OrderState(
      revision: Int(truncatingIfNeeded: try store.changeCounter()), total: total,
      isComplete: true)
  }

  /// All rows of a table that is short.
  static func rows(
    of source: TableSource, by arrangement: ListArrangement, from store: any ConsoleStore,
    _ services: ConsoleServices
  ) throws -> TableRows {
    // What is compared are words and numbers, which are the same at any time.
    let scene = Scene(now: Timestamp(milliseconds: 0), clock: .utc, glyphs: .ascii)
    switch source {
    case .connectors:
      let table = MemoryTable(columns: ConnectorsScreen.columns, scene: scene)
      return .connectors(table.arranged(try store.connectors(), by: arrangement))
    case .rules(let use):
      let table = MemoryTable(columns: RulesScreen.columns(use), scene: scene)
      return .rules(table.arranged(try services.rules(), by: arrangement))
    case .store(let list):
      let ids = try numbers(source, arrangement, store, services)
      return .store(try store.rows(of: list, ids: ids))
    }
  }

  /// The last step that a person's reference means; nil if there is none.
  static func step(of reference: RunReference, in store: any ConsoleStore) throws -> Int64? {
    let everything = OperationFilter()
    switch reference {
    case .step(let id): return try store.operation(step: id)?.id
    case .cycle(let id): return try store.cycle(id: id)?.steps.last?.id
    case .latest: return try store.operations(everything, before: nil, limit: 1).first?.id
    case .run(let run):
      // Steps get their numbers in the order of their runs.
      let newest = try store.operations(everything, before: nil, limit: 1).first
      var (low, high) = (Int64(0), (newest?.id ?? 0) + 1)
      while low + 1 < high {
        let middle = (low + high) / 2
        let row = try store.operations(everything, before: middle + 1, limit: 1).first
        if let row, row.runID > run { high = middle } else { low = middle }
      }
      let row = try store.operations(everything, before: high, limit: 1).first
      return row?.runID == run ? row?.id : nil
    }
  }
}

extension TableRows {
  /// How many rows there are.
  var count: Int {
    switch self {
    case .connectors(let rows): rows.count
    case .rules(let rows): rows.count
    case .store(.operations(let rows)): rows.count
    case .store(.errors(let rows)): rows.count
    case .store(.changes(let rows)): rows.count
    case .store(.objects(let rows)): rows.count
    case .store(.users(let rows)): rows.count
    case .store(.events(let rows)): rows.count
    case .store(.metaverse(let rows)): rows.count
    case .store(.passwords(let rows)): rows.count
    case .store(.passwordBatches(let rows)): rows.count
    }
  }

  /// Some of the rows of a short table; of others all.
  func part(_ start: Int, _ count: Int) -> TableRows {
    switch self {
    case .connectors(let rows): .connectors(Array(rows.dropFirst(start).prefix(count)))
    case .rules(let rows): .rules(Array(rows.dropFirst(start).prefix(count)))
    case .store: self
    }
  }
}
