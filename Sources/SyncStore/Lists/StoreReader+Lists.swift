import Foundation
import GRDB
import Synchronization

/// Lists in any order, by a connection of their own: what sorts a million rows keeps nobody waiting
/// who looks at something else.
extension StoreReader: StoreLists {
  /// Numbers handed over at first, so that a screen fills at once, and later.
  private static let (firstPart, part) = (256, 8192)

  /// Hands the numbers of all rows that pass to `take`, in the order of `arrangement`.
  public func arrange(
    _ source: ListSource, by arrangement: ListArrangement, take: ([Int64]) -> Bool
  ) throws {
    let (queue, functions) = try arranging()
    do {
      try queue.read { db in
        // The engine may have given names their numbers since the last time.
        arrangingDictionaries.forget()
        let tx = StoreTransaction(db: db, dictionaries: arrangingDictionaries)
        let coder = try tx.coder()
        functions.coder.withLock { $0 = coder }
        let plan = try ListPlan(source, arrangement, tx)
        try Self.walk(plan, tx, take)
      }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT {
      throw CancellationError()
    } catch {
      throw StoreError(error, doing: "sort what is in the store", file: file)
    }
  }

  private static func walk(
    _ plan: ListPlan, _ tx: StoreTransaction, _ take: ([Int64]) -> Bool
  ) throws {
    // Not among the cached statements: there would be one for each text that was ever typed.
    let statement = try tx.db.makeStatement(sql: plan.sql)
    statement.setUncheckedArguments(StatementArguments(plan.arguments))
    var ids: [Int64] = []
    var size = firstPart
    let cursor = try Int64.fetchCursor(statement)
    while let id = try cursor.next() {
      if let passes = plan.passes, try !passes(id) { continue }
      ids.append(id)
      guard ids.count == size else { continue }
      guard take(ids) else { return }
      ids.removeAll(keepingCapacity: true)
      size = part
    }
    if !ids.isEmpty { _ = take(ids) }
  }

  /// Ends the arranging that is going on.
  public func interruptArranging() { arrangingConnection.withLock { $0?.queue }?.interrupt() }

  private func arranging() throws -> (DatabaseQueue, ListFunctions) {
    try arrangingConnection.withLock { open in
      if let open { return (open.queue, open.functions) }
      do {
        let functions = ListFunctions()
        var configuration = StoreConfiguration.arranging
        configuration.prepareDatabase { functions.register($0) }
        let still = isStill ? try StillStore.open(file, configuration: configuration) : nil
        let queue = try still ?? DatabaseQueue(path: file, configuration: configuration)
        open = ArrangingConnection(queue: queue, functions: functions)
        return (queue, functions)
      } catch {
        throw StoreError(error, doing: "open the store", file: file)
      }
    }
  }

  /// The rows of these numbers, in their order; those that are gone are left out.
  public func rows(of source: ListSource, ids: [Int64]) throws -> ListRows {
    try read { tx in
      switch source {
      case .operations: .operations(Self.ordered(try Self.operations(ids, tx), ids))
      case .errors, .openErrors: .errors(Self.ordered(try Self.errors(ids, tx), ids))
      case .changes: .changes(Self.ordered(try Self.changes(ids, tx), ids))
      case .objects: .objects(Self.ordered(try Self.objects(ids, tx), ids))
      case .held:
        .objects(
          try Self.ordered(try Self.objects(ids, tx), ids).map { try Self.named($0, tx) })
      case .users: .users(Self.ordered(try Self.users(ids, tx), ids))
      case .events: .events(Self.ordered(try Self.events(ids, tx), ids))
      case .metaverse: .metaverse(Self.ordered(try Self.metaverse(ids, tx), ids))
      case .passwords:
        .passwords(Self.ordered(try Self.passwords(ids, tx), ids, by: \.number))
      case .passwordBatches:
        .passwordBatches(Self.ordered(try Self.passwordBatches(ids, tx), ids))
      }
    }
  }

  private static func ordered<R: Identifiable>(_ rows: [R], _ ids: [Int64]) -> [R]
  where R.ID == Int64 { ordered(rows, ids, by: \.id) }

  private static func ordered<R>(
    _ rows: [R], _ ids: [Int64], by number: KeyPath<R, Int64>
  ) -> [R] {
    let places = Dictionary(
      ids.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    return rows.sorted { places[$0[keyPath: number]] ?? 0 < places[$1[keyPath: number]] ?? 0 }
  }

  /// Numbers as an argument for `IN (SELECT value FROM json_each(?))`.
  static func list(_ ids: [Int64]) -> String {
    "[" + ids.map(String.init).joined(separator: ",") + "]"
  }
}

/// The connection that lists are arranged by.
struct ArrangingConnection {
  let queue: DatabaseQueue
  let functions: ListFunctions
}
