import Cells
import Directory
import Synchronization

@testable import Console
@testable import SyncStore

/// A store in memory whose content, speed and faults a test decides.
final class FakeStore: StoreReading, StoreInquiry, StoreLists, StorePasswords {
  /// What the store holds.
  struct Content: Sendable {
    var counter: Int64 = 1
    var status = Fixture.status()
    var due: [DueStep] = []
    var progress: RunProgress?
    /// Newest first.
    var operations: [OperationRow] = []
    var counters: [Int64: [CounterRow]] = [:]
    var messages: [Int64: (message: String, hint: String)] = [:]
    var errors: [ErrorRow] = []
    var changes: [StepChangeRow] = []
    var deltas: [Int64: [AttributeDelta]] = [:]
    var connectors: [ConnectorRow] = []
    var objects: [ObjectRow] = []
    var details: [Int64: ObjectDetail] = [:]
    var findings: [Int64: [WhyNot]] = [:]
    var users: [UserRow] = []
    /// Newest first.
    var events: [EventRow] = []
    var filed: [(command: EngineCommand, by: String)] = []
    var commands: [Int64: CommandStatus] = [:]
    var metaverse: [MetaverseRow] = []
    var ruleUse = RuleUse()
    var groups: [HeldGroup] = []
    var held: [Int64: [ObjectRow]] = [:]
    var waiting: [WaitingExports] = []
    /// What happened to objects, newest first.
    var history: [ObjectHistoryRow] = []
    /// The objects that are or were linked to metaverse objects.
    var linked: [Int64: [ObjectRow]] = [:]
    var heldImports: [HeldImport] = []
    var releases: [ReleaseRow] = []
    var previews: [Int64: PreviewReport] = [:]
    /// Newest first.
    var asked: [FiledCommand] = []
    var channels: [PasswordChannelRow] = []
    /// How many passwords would be sent, by channel; nil for all that are not kept back.
    var sending: [Int64: Int]?
    /// How often writing finds the store locked before it can be written.
    var locks = 0
    var passwords: [PasswordRow] = []
    /// Newest first.
    var batches: [PasswordBatchRow] = []
    /// What every call throws, if anything.
    var fault: StoreError?
    /// How often each call was made.
    var calls: [String: Int] = [:]
  }

  let content: Mutex<Content>
  /// Called at the beginning of every call, on the caller's thread.
  let gate: @Sendable (String) -> Void

  init(
    _ content: sending Content = Content(), gate: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.content = Mutex(content)
    self.gate = gate
  }

  func read<Value: Sendable>(
    _ call: String, _ body: (inout Content) -> Value
  ) throws -> Value {
    gate(call)
    return try content.withLock { content in
      content.calls[call, default: 0] += 1
      if let fault = content.fault { throw fault }
      return body(&content)
    }
  }

  func changeCounter() throws -> Int64 { try read("changeCounter") { $0.counter } }
  func status() throws -> EngineStatus {
    try read("status") { content in
      var status = content.status
      for row in content.connectors where row.heldDeletes > 0 {
        status.heldDeletesByConnector[row.name] = row.heldDeletes
      }
      return status
    }
  }
  func progress() throws -> RunProgress? { try read("progress") { $0.progress } }

  static func passes(_ row: OperationRow, _ filter: OperationFilter) -> Bool {
    if let atLeast = filter.atLeast, row.severity < atLeast { return false }
    if let until = filter.until, row.started > until { return false }
    if let type = filter.type, row.type != type { return false }
    if filter.without.contains(where: { row.result.contains($0) }) { return false }
    if let connector = filter.connector, row.connector != connector { return false }
    if filter.text.isEmpty { return true }
    return [row.connector, row.type.profileName, row.result, row.requestedBy].contains {
      $0.lowercased().contains(filter.text.lowercased())
    }
  }

  func operations(
    _ filter: OperationFilter, before: Int64?, limit: Int
  ) throws -> [OperationRow] {
    try read("operations") { content in
      Array(
        content.operations.lazy.filter { $0.id < before ?? .max && Self.passes($0, filter) }
          .prefix(limit))
    }
  }
  func operationCount(_ filter: OperationFilter) throws -> Int {
    try read("operationCount") { $0.operations.count { Self.passes($0, filter) } }
  }
  func operation(step: Int64) throws -> OperationRow? {
    try read("operation") { $0.operations.first { $0.id == step } }
  }
  func counters(step: Int64) throws -> [CounterRow] {
    try read("counters") { $0.counters[step] ?? [] }
  }
  func stepMessage(step: Int64) throws -> (message: String, hint: String) {
    try read("stepMessage") { $0.messages[step] ?? (message: "", hint: "") }
  }
  func errors(step: Int64, after: Int64?, limit: Int) throws -> [ErrorRow] {
    try read("errors") {
      Array($0.errors.lazy.filter { $0.stepID == step && $0.id > after ?? 0 }.prefix(limit))
    }
  }
  func openErrors(connector: String?, after: Int64?, limit: Int) throws -> [ErrorRow] {
    try read("openErrors") {
      Array($0.errors.lazy.filter { $0.id > after ?? 0 }.prefix(limit))
    }
  }
  func errorFamilies(now: Timestamp) throws -> [ErrorFamily] {
    try read("errorFamilies") { content in
      Dictionary(grouping: content.errors, by: ErrorFamily.Kind.init).map { kind, errors in
        func new(_ seconds: Double) -> Int {
          errors.count { Fixture.now.seconds(since: $0.firstOccurred) <= seconds }
        }
        return ErrorFamily(
          kind: kind, count: errors.count,
          first: errors.map(\.firstOccurred).min() ?? Fixture.now,
          last: errors.map(\.occurred).max() ?? Fixture.now, newInDay: new(86_400),
          newInWeek: new(604_800), hint: errors[0].hint)
      }.sorted { $0.count > $1.count }
    }
  }
  func openErrors(of kind: ErrorFamily.Kind, after: Int64?, limit: Int) throws -> [ErrorRow] {
    try read("openErrors") {
      Array(
        $0.errors.lazy.filter { $0.id > after ?? 0 && ErrorFamily.Kind($0) == kind }.prefix(limit)
      )
    }
  }
  func error(id: Int64) throws -> ErrorRow? {
    try read("error") { $0.errors.first { $0.id == id } }
  }
  func changes(
    step: Int64, group: CounterGroup, counter: String, after: Int64?, limit: Int
  ) throws -> [StepChangeRow] {
    try read("changes") { Array($0.changes.lazy.filter { $0.id > after ?? 0 }.prefix(limit)) }
  }
  func deltas(change: Int64) throws -> [AttributeDelta] {
    try read("deltas") { $0.deltas[change] ?? [] }
  }
  func cycles(before: Int64?, limit: Int) throws -> [CycleSummary] { [] }
  func cycle(id: Int64) throws -> CycleSummary? { nil }

  func connectors() throws -> [ConnectorRow] { try read("connectors") { $0.connectors } }
  func objects(
    connector: String, scope: SearchScope, text: String, after: Int64?, limit: Int
  ) throws -> [ObjectRow] {
    try read("objects") {
      Array(
        $0.objects.lazy.filter {
          $0.connector == connector && $0.id > after ?? 0
            && (scope != .errors || !$0.error.isEmpty)
            && (text.isEmpty || $0.display.lowercased().hasPrefix(text.lowercased()))
        }.prefix(limit))
    }
  }
  func find(_ text: String) throws -> [ObjectRow] { [] }
  func findPast(_ text: String) throws -> [ObjectRow] { [] }
  func linkedEver(to metaverse: Int64) throws -> [ObjectRow] {
    try read("linkedEver") { $0.linked[metaverse] ?? [] }
  }
  func history(of objects: [Int64], limit: Int) throws -> [ObjectHistoryRow] {
    try read("history") { content in
      let rows = content.history.filter { $0.objectID == 0 || objects.contains($0.objectID) }
      return Array(rows.prefix(limit))
    }
  }
  func object(id: Int64, valueLimit: Int) throws -> ObjectDetail? {
    try read("object") { $0.details[id] }
  }

  func users(
    order: UserOrder, descending: Bool, text: String, state: UserRow.State?, after: UserRow?,
    limit: Int
  ) throws -> [UserRow] {
    try read("users") { content in
      var rows = content.users.filter { state == nil || $0.state == state }
      rows.sort {
        order == .displayName
          ? $0.displayName < $1.displayName
          : ($0.lastSync?.milliseconds ?? 0) < ($1.lastSync?.milliseconds ?? 0)
      }
      if descending { rows.reverse() }
      let start = after.flatMap { last in rows.firstIndex { $0.id == last.id } }.map { $0 + 1 }
      return Array(rows.dropFirst(start ?? 0).prefix(limit))
    }
  }
  func usersHeader() throws -> UsersHeader {
    try read("usersHeader") { content in
      var header = UsersHeader(
        total: content.users.count,
        byState: Dictionary(grouping: content.users, by: \.state).mapValues(\.count),
        lastDirectorySync: content.users.compactMap(\.lastSync).max(),
        lastPasswordSync: nil, olderThanInterval: 2)
      header.hasOwnSyncTimes = content.users.contains(where: \.isOwnSyncTime)
      return header
    }
  }

  func events(codes: [Int], text: String, before: Int64?, limit: Int) throws -> [EventRow] {
    try read("events") {
      Array(
        $0.events.lazy.filter {
          $0.id < before ?? .max && (codes.isEmpty || codes.contains($0.code))
            && (text.isEmpty || $0.message.contains(text))
        }.prefix(limit))
    }
  }

  func file(_ command: EngineCommand, requestedBy: String) throws -> Int64 {
    let isLocked = content.withLock { content in
      defer { content.locks = max(0, content.locks - 1) }
      return content.locks > 0
    }
    if isLocked { throw StoreError(.busy, message: "The store is locked", hint: "Wait.") }
    return try read("file") {
      $0.filed.append((command: command, by: requestedBy))
      return Int64($0.filed.count)
    }
  }
  func withdraw(command: Int64, requestedBy: String) throws -> Bool { false }
  func command(id: Int64) throws -> CommandStatus? { try read("command") { $0.commands[id] } }
  func change(_ change: ScheduleChange, requestedBy: String) throws -> ScheduleSettings {
    change.applied(to: ScheduleSettings())
  }

  func heldGroups(connector: String?) throws -> [HeldGroup] {
    try read("heldGroups") { content in
      content.groups.filter { connector == nil || $0.connector == connector }
    }
  }
  func waitingExports() throws -> [WaitingExports] {
    try read("waitingExports") { $0.waiting }
  }
  func held(group: Int64, after: Int64?, limit: Int) throws -> [ObjectRow] {
    try read("held") {
      Array(($0.held[group] ?? []).lazy.filter { $0.id > after ?? 0 }.prefix(limit))
    }
  }
  func dueSteps() throws -> [DueStep] { try read("dueSteps") { $0.due } }
  func heldImports() throws -> [HeldImport] { try read("heldImports") { $0.heldImports } }
  func releases(limit: Int) throws -> [ReleaseRow] { try read("releases") { $0.releases } }
  func metaverse(
    _ query: MetaverseQuery, after: MetaversePosition?, limit: Int, scan: Int
  ) throws -> MetaversePage {
    try read("metaverse") { content in
      let start = content.metaverse.firstIndex { $0.id > after?.id ?? 0 }
      let part = content.metaverse[(start ?? content.metaverse.count)...].prefix(scan)
      let rows = part.filter {
        query.objectType ?? $0.objectType == $0.objectType && $0.display.hasPrefix(query.name)
      }
      let shown = rows.prefix(limit)
      let isCut = shown.count < rows.count || shown.count == limit
      let last = isCut ? shown.last : part.count == scan ? part.last : nil
      return MetaversePage(
        rows: Array(shown), next: last.map { MetaversePosition(display: $0.display, id: $0.id) })
    }
  }
  func ruleUse(
    _ use: inout RuleUse, at position: RuleUsePosition, scan: Int
  ) throws -> RuleUsePosition? {
    use = try read("ruleUse") { $0.ruleUse }
    return nil
  }
  func events(_ filter: EventFilter, before: Int64?, limit: Int) throws -> [EventRow] {
    try read("events") {
      Array(
        $0.events.lazy.filter { event in
          event.id < before ?? .max && (filter.codes.isEmpty || filter.codes.contains(event.code))
            && (filter.text.isEmpty || event.message.contains(filter.text))
            && (filter.atLeast == .information || event.level != .information)
            && event.time <= filter.until ?? event.time
        }.prefix(limit))
    }
  }
  func commands(limit: Int) throws -> [FiledCommand] {
    try read("commands") { Array($0.asked.prefix(limit)) }
  }
  func preview(command: Int64) throws -> PreviewReport? {
    try read("preview") { $0.previews[command] }
  }

  func passwordsToSend() throws -> [Int64: Int] {
    try read("passwordsToSend") { content in
      content.sending
        ?? Dictionary(
          uniqueKeysWithValues: content.channels.map { channel in
            (channel.id, channel.byStatus.reduce(0) { $0 + ($1.key.isKeptBack ? 0 : $1.value) })
          })
    }
  }
  func passwordChannels() throws -> [PasswordChannelRow] {
    try read("passwordChannels") { $0.channels }
  }
  func passwords(
    channel: Int64, _ filter: PasswordFilter, text: String, after: String?, limit: Int
  ) throws -> [PasswordRow] {
    try read("passwords") { content in
      content.passwords.filter { $0.id.channel == channel && Self.passes($0, filter) }
    }
  }
  func passwords(after: Int64?, limit: Int) throws -> [PasswordRow] {
    try read("passwords") {
      Array($0.passwords.lazy.filter { $0.number > after ?? 0 }.prefix(limit))
    }
  }
  func findPasswords(_ text: String) throws -> [PasswordRow] {
    try read("findPasswords") { $0.passwords.filter { $0.id.anchor == text } }
  }
  func passwordBatches(
    account: PasswordRow.ID?, before: Int64?, limit: Int
  ) throws -> [PasswordBatchRow] {
    try read("passwordBatches") {
      Array(
        $0.batches.lazy.filter { batch in
          batch.id < before ?? .max
            && (account.map { account in
              batch.channel == account.channel
                && batch.lines.contains { $0.anchor == account.anchor }
            } ?? true)
        }.prefix(limit))
    }
  }

  static func passes(_ row: PasswordRow, _ filter: PasswordFilter) -> Bool {
    switch filter {
    case .all: true
    case .current: row.isCurrent
    case .waiting: row.due != nil
    case .failed: row.status == .error || row.status == .retryRequestedByTarget
    case .never: row.succeeded == nil
    case .older: row.held == .older
    case .excluded: row.status.isRefusal || row.status.waitsForDirectory
    }
  }
}
