import Directory

/// What faces read from the store and ask of it.
///
/// Every call is one short query on indexes; none
/// waits for a writer. Lists are read in pages: `after` is the last row of the page before.
///
/// All calls throw ``StoreError``.
public protocol StoreReading: Sendable {
  /// A number that differs when anything was committed since it was last asked.
  func changeCounter() throws -> Int64
  /// The engine, the schedule, the last cycle.
  func status() throws -> EngineStatus
  /// The full imports and full synchronizations that are due, and why.
  func dueSteps() throws -> [DueStep]
  /// The step that runs now, or nil.
  func progress() throws -> RunProgress?

  /// Steps, newest first, below the step `before`.
  func operations(_ filter: OperationFilter, before: Int64?, limit: Int) throws -> [OperationRow]
  /// How many steps the filter lets through.
  func operationCount(_ filter: OperationFilter) throws -> Int
  /// One step.
  func operation(step: Int64) throws -> OperationRow?
  /// The counters of a step; those that are 0 are left out, except `stage-no-change`.
  func counters(step: Int64) throws -> [CounterRow]
  /// The message with which a step ended early, and what to do next; empty if it did not.
  func stepMessage(step: Int64) throws -> (message: String, hint: String)
  /// The errors of a step.
  func errors(step: Int64, after: Int64?, limit: Int) throws -> [ErrorRow]
  /// The errors that objects have now, and the discovery errors of each connector's last import.
  func openErrors(connector: String?, after: Int64?, limit: Int) throws -> [ErrorRow]
  /// One error.
  func error(id: Int64) throws -> ErrorRow?
  /// The objects that a step counted under a counter.
  func changes(
    step: Int64, group: CounterGroup, counter: String, after: Int64?, limit: Int
  ) throws -> [StepChangeRow]
  /// What a step did to an object: the attributes before and after.
  func deltas(change: Int64) throws -> [AttributeDelta]
  /// Cycles, newest first, with their steps.
  func cycles(before: Int64?, limit: Int) throws -> [CycleSummary]
  /// One cycle.
  func cycle(id: Int64) throws -> CycleSummary?

  /// All connectors, sources first.
  func connectors() throws -> [ConnectorRow]
  /// Objects of a connector space by number; `text` is the beginning of the display name or
  /// any part of the DN.
  func objects(
    connector: String, scope: SearchScope, text: String, after: Int64?, limit: Int
  ) throws -> [ObjectRow]
  /// The objects whose DN, anchor, user principal name or display name is `text`, and those of the
  /// metaverse object that it names (``MetaverseAddress``), of all connector spaces; at most 50.
  func find(_ text: String) throws -> [ObjectRow]
  /// Objects that are gone, or bore the name before: by DN, anchor, user principal name or display
  /// name; at most 50.
  func findPast(_ text: String) throws -> [ObjectRow]
  /// The objects that are, or were last, linked to a metaverse object, also those that are gone.
  func linkedEver(to metaverse: Int64) throws -> [ObjectRow]
  /// What steps did to these objects and what went wrong with them, newest first.
  func history(of objects: [Int64], limit: Int) throws -> [ObjectHistoryRow]
  /// One object with everything about it, multi-valued attributes cut after `valueLimit` values;
  /// of one that is gone its names and its history.
  func object(id: Int64, valueLimit: Int) throws -> ObjectDetail?

  /// The metaverse objects of a type that fulfil all conditions of a join, by what people call them; at
  /// most a few.
  func joinMatches(type: String, _ conditions: [JoinLookup]) throws -> [String]

  /// Users of the target's connector space, in `order`, after the row `after`.
  func users(
    order: UserOrder, descending: Bool, text: String, state: UserRow.State?, after: UserRow?,
    limit: Int
  ) throws -> [UserRow]
  /// The figures over all users.
  func usersHeader() throws -> UsersHeader

  /// Events, newest first.
  func events(codes: [Int], text: String, before: Int64?, limit: Int) throws -> [EventRow]

  /// Asks the engine to do something; the engine takes it as soon as it can.
  func file(_ command: EngineCommand, requestedBy: String) throws -> Int64
  /// Takes a command back that no engine has taken yet; false if one has, or it is over.
  func withdraw(command: Int64, requestedBy: String) throws -> Bool
  /// What became of a command.
  func command(id: Int64) throws -> CommandStatus?
  /// Changes the schedule, and answers with what it is then; the engine obeys from its next look at
  /// it.
  @discardableResult
  func change(_ change: ScheduleChange, requestedBy: String) throws -> ScheduleSettings
}

extension StoreReading {
  /// None, where no metaverse is read.
  public func joinMatches(type: String, _ conditions: [JoinLookup]) throws -> [String] { [] }
}
