import Console
import Directory
import SyncStore
import Synchronization
import Workspace

/// A store that may not be there yet: each call tries to open it until that works.
///
/// So the console starts where nothing has run yet, says so, and goes on by itself as soon as an
/// engine has made the store. One that was read and is gone is another matter: an engine would begin
/// with an empty one, without what was held back, staged or paused, and send what it finds.
final class OpeningStore: ConsoleStore {
  private let open: @Sendable () throws -> any ConsoleStore
  private let startEngine: @Sendable () throws -> Void
  private let opened: Mutex<(any ConsoleStore)?>
  /// Whether there has been a store since the console began.
  private let wasSeen: Mutex<Bool>

  /// The store that is open already, or else one that `open` opens; where there is none yet,
  /// `startEngine` makes it for a command.
  init(
    _ store: (any ConsoleStore)? = nil, open: @escaping @Sendable () throws -> any ConsoleStore,
    startEngine: @escaping @Sendable () throws -> Void
  ) {
    opened = Mutex(store)
    wasSeen = Mutex(store != nil)
    self.open = open
    self.startEngine = startEngine
  }

  var store: any ConsoleStore {
    get throws {
      try opened.withLock { opened in
        if let opened { return opened }
        let new = try open()
        wasSeen.withLock { $0 = true }
        opened = new
        return new
      }
    }
  }

  /// Lets go of a store whose file is gone, so that the next call opens what is there then.
  private func forget() { opened.withLock { $0 = nil } }

  func changeCounter() throws -> Int64 {
    do {
      return try store.changeCounter()
    } catch let error as StoreError where error.code == .missing {
      forget()
      throw error
    }
  }
  func status() throws -> EngineStatus { try store.status() }
  func dueSteps() throws -> [DueStep] { try store.dueSteps() }
  func progress() throws -> RunProgress? { try store.progress() }

  func operations(
    _ filter: OperationFilter, before: Int64?, limit: Int
  ) throws -> [OperationRow] {
    try store.operations(filter, before: before, limit: limit)
  }
  func operationCount(_ filter: OperationFilter) throws -> Int {
    try store.operationCount(filter)
  }
  func operation(step: Int64) throws -> OperationRow? { try store.operation(step: step) }
  func counters(step: Int64) throws -> [CounterRow] { try store.counters(step: step) }
  func stepMessage(step: Int64) throws -> (message: String, hint: String) {
    try store.stepMessage(step: step)
  }
  func errors(step: Int64, after: Int64?, limit: Int) throws -> [ErrorRow] {
    try store.errors(step: step, after: after, limit: limit)
  }
  func openErrors(connector: String?, after: Int64?, limit: Int) throws -> [ErrorRow] {
    try store.openErrors(connector: connector, after: after, limit: limit)
  }
  func error(id: Int64) throws -> ErrorRow? { try store.error(id: id) }
  func changes(
    step: Int64, group: CounterGroup, counter: String, after: Int64?, limit: Int
  ) throws -> [StepChangeRow] {
    try store.changes(step: step, group: group, counter: counter, after: after, limit: limit)
  }
  func deltas(change: Int64) throws -> [AttributeDelta] { try store.deltas(change: change) }
  func cycles(before: Int64?, limit: Int) throws -> [CycleSummary] {
    try store.cycles(before: before, limit: limit)
  }
  func cycle(id: Int64) throws -> CycleSummary? { try store.cycle(id: id) }

  func connectors() throws -> [ConnectorRow] { try store.connectors() }
  func objects(
    connector: String, scope: SearchScope, text: String, after: Int64?, limit: Int
  ) throws -> [ObjectRow] {
    try store.objects(connector: connector, scope: scope, text: text, after: after, limit: limit)
  }
  func find(_ text: String) throws -> [ObjectRow] { try store.find(text) }
  func findPast(_ text: String) throws -> [ObjectRow] { try store.findPast(text) }
  func linkedEver(to metaverse: Int64) throws -> [ObjectRow] {
    try store.linkedEver(to: metaverse)
  }
  func history(of objects: [Int64], limit: Int) throws -> [ObjectHistoryRow] {
    try store.history(of: objects, limit: limit)
  }
  func object(id: Int64, valueLimit: Int) throws -> ObjectDetail? {
    try store.object(id: id, valueLimit: valueLimit)
  }

  func users(
    order: UserOrder, descending: Bool, text: String, state: UserRow.State?, after: UserRow?,
    limit: Int
  ) throws -> [UserRow] {
    try store.users(
      order: order, descending: descending, text: text, state: state, after: after, limit: limit)
  }
  func usersHeader() throws -> UsersHeader { try store.usersHeader() }
  func events(codes: [Int], text: String, before: Int64?, limit: Int) throws -> [EventRow] {
    try store.events(codes: codes, text: text, before: before, limit: limit)
  }

  func withdraw(command: Int64, requestedBy: String) throws -> Bool {
    try store.withdraw(command: command, requestedBy: requestedBy)
  }
  func file(_ command: EngineCommand, requestedBy: String) throws -> Int64 {
    do {
      return try store.file(command, requestedBy: requestedBy)
    } catch let error as StoreError where [.missing, .olderVersion].contains(error.code) {
      forget()
      if error.code == .missing, wasSeen.withLock({ $0 }) {
        return try fileAgain(command, requestedBy, error)
      }
      // Only an engine makes a store, or upgrades one.
      do { try startEngine() } catch let failure {
        let fault = Fault(startingEngine: failure)
        throw StoreError(error.code, message: fault.message, hint: fault.hint)
      }
      return try store.file(command, requestedBy: requestedBy)
    }
  }

  /// Files in the store that took the place of one that is gone, if there is one.
  private func fileAgain(
    _ command: EngineCommand, _ requestedBy: String, _ gone: StoreError
  ) throws -> Int64 {
    do { return try store.file(command, requestedBy: requestedBy) } catch let error as StoreError
      where error.code == .missing
    {
      throw StoreError(
        .missing, message: gone.message + ", and no engine is started on an empty one",
        hint: "Put it back, or mount what it is on. If it is given up: leave the console, and "
          + "lockstep initial makes a new one.")
    }
  }

  func command(id: Int64) throws -> CommandStatus? { try store.command(id: id) }
  func change(_ change: ScheduleChange, requestedBy: String) throws -> ScheduleSettings {
    try store.change(change, requestedBy: requestedBy)
  }
}

extension Fault {
  /// What `error` says, which came up when an engine was to be started.
  init(startingEngine error: any Error) {
    switch error {
    case let error as StoreError: self.init(error)
    case let error as WorkspaceError: self.init(message: error.message, hint: error.hint)
    default:
      self.init(
        message: "The engine did not start: \(error)", hint: "Try lockstep service start.")
    }
  }
}
