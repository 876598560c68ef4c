import Directory
import Synchronization

@testable import SyncStore

/// A store in memory that answers with what a test put into it.
final class FakeStore: StoreReading {
  struct Content {
    var steps: [OperationRow] = []
    var cycles: [CycleSummary] = []
    var counters: [Int64: [CounterRow]] = [:]
    var errors: [ErrorRow] = []
    var changes: [StepChangeRow] = []
    var deltas: [Int64: [AttributeDelta]] = [:]
    var objects: [ObjectDetail] = []
    /// Objects that are gone.
    var past: [ObjectRow] = []
    /// Those that have lost their link to a metaverse object, by its number.
    var unlinked: [Int64: [ObjectRow]] = [:]
    /// What happened to those that are gone.
    var history: [ObjectHistoryRow] = []
    var connectors: [ConnectorRow] = []
    var events: [EventRow] = []
    var users: [UserRow] = []
    var messages: [Int64: (String, String)] = [:]
    var filed: [EngineCommand] = []
    /// What the engine says of the command, one answer a question; the last one stays.
    var answers: [CommandStatus] = []
    /// Commands that were taken back.
    var withdrawn: [Int64] = []
    var progress: RunProgress?
    var status = EngineStatus.sample
  }

  let content: Mutex<Content>

  init(_ fill: (inout Content) -> Void = { _ in }) {
    var content = Content()
    fill(&content)
    self.content = Mutex(content)
  }

  private func read<T: Sendable>(_ body: (inout sending Content) -> sending T) -> T {
    content.withLock(body)
  }

  func changeCounter() throws -> Int64 { 0 }
  func status() throws -> EngineStatus { read { $0.status } }
  func dueSteps() throws -> [DueStep] { [] }
  func progress() throws -> RunProgress? { read { $0.progress } }

  func operations(
    _ filter: OperationFilter, before: Int64?, limit: Int
  ) throws -> [OperationRow] {
    let all = read { $0.steps }.sorted { $0.id > $1.id }
    let passing = all.filter { row in
      row.id < before ?? .max && filter.connector.map { $0 == row.connector } ?? true
        && filter.atLeast.map { row.severity >= $0 } ?? true
    }
    return Array(passing.prefix(limit))
  }
  func operationCount(_ filter: OperationFilter) throws -> Int {
    try operations(filter, before: nil, limit: .max).count
  }
  func operation(step: Int64) throws -> OperationRow? {
    read { $0.steps.first { $0.id == step } }
  }
  func counters(step: Int64) throws -> [CounterRow] { read { $0.counters[step] ?? [] } }
  func stepMessage(step: Int64) throws -> (message: String, hint: String) {
    let (message, hint) = read { $0.messages[step] ?? ("", "") }
    return (message, hint)
  }
  func errors(step: Int64, after: Int64?, limit: Int) throws -> [ErrorRow] {
    read { Array($0.errors.filter { $0.stepID == step }.prefix(limit)) }
  }
  func openErrors(connector: String?, after: Int64?, limit: Int) throws -> [ErrorRow] {
    read { content in
      Array(
        content.errors.filter { connector == nil || $0.connector == connector }.prefix(limit))
    }
  }
  func error(id: Int64) throws -> ErrorRow? { read { $0.errors.first { $0.id == id } } }
  func changes(
    step: Int64, group: CounterGroup, counter: String, after: Int64?, limit: Int
  ) throws -> [StepChangeRow] { read { Array($0.changes.prefix(limit)) } }
  func deltas(change: Int64) throws -> [AttributeDelta] { read { $0.deltas[change] ?? [] } }
  func cycles(before: Int64?, limit: Int) throws -> [CycleSummary] {
    read { content in
      Array(
        content.cycles.filter { $0.id < before ?? .max }.sorted { $0.id > $1.id }.prefix(limit))
    }
  }
  func cycle(id: Int64) throws -> CycleSummary? { read { $0.cycles.first { $0.id == id } } }
  func connectors() throws -> [ConnectorRow] { read { $0.connectors } }
  func objects(
    connector: String, scope: SearchScope, text: String, after: Int64?, limit: Int
  ) throws -> [ObjectRow] { read { $0.objects.map(\.row) } }
  func find(_ text: String) throws -> [ObjectRow] {
    read { $0.objects.map(\.row).filter { $0.dn == text || $0.display == text } }
  }
  func findPast(_ text: String) throws -> [ObjectRow] {
    read { $0.past.filter { $0.dn == text || $0.display == text } }
  }
  func linkedEver(to metaverse: Int64) throws -> [ObjectRow] {
    read { content in
      (content.objects.map(\.row) + content.past).filter { $0.metaverseID == metaverse }
        + (content.unlinked[metaverse] ?? [])
    }
  }
  func history(of objects: [Int64], limit: Int) throws -> [ObjectHistoryRow] {
    read { content in
      let all =
        content.objects.filter { objects.contains($0.row.id) }.flatMap(\.history)
        + content.history.filter { objects.contains($0.objectID) }
      return Array(all.sorted { $0.stepID > $1.stepID }.prefix(limit))
    }
  }
  func object(id: Int64, valueLimit: Int) throws -> ObjectDetail? {
    read { $0.objects.first { $0.row.id == id } }
  }
  func users(
    order: UserOrder, descending: Bool, text: String, state: UserRow.State?, after: UserRow?,
    limit: Int
  ) throws -> [UserRow] { read { Array($0.users.prefix(limit)) } }
  func usersHeader() throws -> UsersHeader {
    UsersHeader(
      total: 2, byState: [.synced: 1, .error: 1], lastDirectorySync: .sample,
      lastPasswordSync: nil, olderThanInterval: 0)
  }
  func events(codes: [Int], text: String, before: Int64?, limit: Int) throws -> [EventRow] {
    read { $0.events }
  }
  func file(_ command: EngineCommand, requestedBy: String) throws -> Int64 {
    read { content in
      content.filed.append(command)
      return Int64(content.filed.count)
    }
  }
  func withdraw(command: Int64, requestedBy: String) throws -> Bool {
    read { content in
      guard content.answers.first?.state == .filed else { return false }
      content.withdrawn.append(command)
      return true
    }
  }
  func command(id: Int64) throws -> CommandStatus? {
    read { content in
      content.answers.count > 1 ? content.answers.removeFirst() : content.answers.first
    }
  }
  func change(_ change: ScheduleChange, requestedBy: String) throws -> ScheduleSettings {
    change.applied(to: ScheduleSettings())
  }

  var filed: [EngineCommand] { read { $0.filed } }
  var withdrawn: [Int64] { read { $0.withdrawn } }
}
