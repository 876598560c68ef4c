import Cells
import Directory
import Synchronization

@testable import Console
@testable import SyncStore

extension FakeStore {
  /// What the columns of the console say is what this store sorts and narrows by.
  func arrange(
    _ source: ListSource, by arrangement: ListArrangement, take: ([Int64]) -> Bool
  ) throws {
    let ids = try read("arrange") { Self.ids(source, arrangement, $0) }
    for start in stride(from: 0, to: ids.count, by: 1000) {
      guard take(Array(ids[start..<min(ids.count, start + 1000)])) else { return }
    }
  }

  func interruptArranging() { gate("interruptArranging") }

  func rows(of source: ListSource, ids: [Int64]) throws -> ListRows {
    func pick<Row: Identifiable>(_ rows: [Row]) -> [Row] where Row.ID == Int64 {
      let known = Dictionary(rows.map { ($0.id, $0) }, uniquingKeysWith: { one, _ in one })
      return ids.compactMap { known[$0] }
    }
    return try read("rows") { content in
      switch source {
      case .operations: .operations(pick(content.operations))
      case .errors, .openErrors: .errors(pick(content.errors))
      case .changes: .changes(pick(content.changes))
      case .objects: .objects(pick(content.objects))
      case .held(let group): .objects(pick(content.held[group] ?? []))
      case .users: .users(pick(content.users))
      case .events: .events(pick(content.events))
      case .metaverse: .metaverse(pick(content.metaverse))
      case .passwords:
        .passwords(pick(content.passwords.map { LedgerRow($0) }).map(\.row))
      case .passwordBatches: .passwordBatches(pick(content.batches))
      }
    }
  }

  private static func ids(
    _ source: ListSource, _ arrangement: ListArrangement, _ content: Content
  ) -> [Int64] {
    let scene = Scene(now: Fixture.now, clock: .utc, glyphs: .ascii)
    func ids<Row: Identifiable>(_ rows: [Row], _ columns: [Column<Row>]) -> [Int64]
    where Row.ID == Int64 {
      MemoryTable(columns: columns, scene: scene).arranged(rows, by: arrangement).map(\.id)
    }
    switch source {
    case .operations(let filter):
      return ids(content.operations.filter { passes($0, filter) }, OperationsScreen.columns)
    case .errors(let step):
      return ids(content.errors.filter { $0.stepID == step }, OperationsScreen.errorColumns)
    case .openErrors(let kind):
      return ids(
        content.errors.filter { kind == nil || ErrorFamily.Kind($0) == kind },
        OperationsScreen.errorColumns)
    case .changes: return ids(content.changes, ChangesScreen.columns)
    case .objects(let connector, let scope):
      let rows = content.objects.filter {
        $0.connector == connector && (scope != .errors || !$0.error.isEmpty)
      }
      return ids(rows, ObjectsScreen.columns)
    case .held(let group): return ids(content.held[group] ?? [], ObjectsScreen.columns)
    case .users(let state, let isStale):
      var rows = content.users.filter { state == nil || $0.state == state }
      if isStale {
        let interval = Double(content.status.schedule.intervalSeconds)
        let limit = Fixture.now.adding(seconds: -interval)
        rows = rows.filter { $0.state != .inCloud && $0.lastSync.map { $0 < limit } ?? false }
      }
      return ids(rows, UsersScreen.columns)
    case .events(let filter):
      let rows = content.events.filter {
        filter.codes.isEmpty || filter.codes.contains($0.code)
      }
      return ids(rows, EventsScreen.columns)
    case .metaverse(let query):
      let rows = content.metaverse.filter {
        query.objectType ?? $0.objectType == $0.objectType && $0.display.hasPrefix(query.name)
      }
      return ids(rows, MetaverseScreen.columns)
    case .passwords(let filter):
      let rows = content.passwords.filter { passes($0, filter) }.map { LedgerRow($0) }
      return ids(rows, PasswordsScreen.columns)
    case .passwordBatches: return ids(content.batches, PasswordBatchesScreen.columns)
    }
  }
}
