public import SyncStore

/// Something to be read from the store, as data: the console's core asks, the loader does.
public enum Request: Hashable, Sendable {
  /// The engine's status and what runs now.
  case header
  case operations(OperationFilter, before: Int64?, limit: Int)
  case operationCount(OperationFilter)
  /// Counters and message of a step.
  case step(Int64)
  case errors(step: Int64, after: Int64?, limit: Int)
  case changes(step: Int64, group: CounterGroup, counter: String, after: Int64?, limit: Int)
  case deltas(change: Int64)
  case connectors
  case objects(connector: String, SearchScope, after: Int64?, limit: Int)
  case object(Int64)
  /// The newest steps that touched an object.
  case history(Int64, limit: Int)
  /// Why an object is not in the targets.
  case why(Int64)
  case users(UserRow.State?, after: UserRow?, limit: Int)
  case usersHeader
  /// What waits to be sent to each target.
  case waitingExports
  /// The channels of passwords.
  case passwordChannels
  /// The channels of passwords, and how many accounts a full synchronization is for.
  case passwordsToSend
  /// The ledger of passwords as it is, after a row.
  case passwords(after: Int64?, limit: Int)
  case passwordBatches(before: Int64?, limit: Int)
  /// An account of the ledger, with the requests for its password.
  case passwordAccount(PasswordRow.ID)
  case events(EventFilter, before: Int64?, limit: Int)
  case metaverse(MetaverseQuery, after: MetaverseRow?, limit: Int)
  case command(Int64)
  /// Who else is here, and what was asked of the engine last.
  case activity(limit: Int)
  /// What the preview has found that a command asked for.
  case preview(command: Int64)
  /// What waits for a person's word.
  case held
  /// The open errors by type and cause.
  case families
  /// The open errors of one kind, or all.
  case openErrors(ErrorFamily.Kind?, after: Int64?, limit: Int)
  case heldObjects(group: Int64, after: Int64?, limit: Int)
  /// What a command of the command line says.
  case tool([String])
  case rules(after: String?, limit: Int)
  /// A page of a table whose order is worked out.
  case page(PageRequest)
  /// How far the order of a table is worked out, as soon as that is another state than the known one;
  /// `isRefresh` asks for another order, since the store has changed.
  case order(TableSource, ListArrangement, known: OrderState, isRefresh: Bool)
  /// The step that a reference of a person means.
  case place(RunReference)
  /// What rules have brought about.
  case ruleUse

  /// Whether it asks for an order that is another since the store has changed.
  var isAnotherOrder: Bool {
    if case .order(_, _, _, isRefresh: true) = self { true } else { false }
  }

  /// Whether it is answered only when there is something new.
  var isForNews: Bool { if case .order = self { true } else { false } }
}

/// The store's answer to a ``Request``.
public enum Response: Equatable, Sendable {
  case header(EngineStatus, RunProgress?)
  case operations([OperationRow])
  case count(Int)
  case step(StepDetail)
  case errors([ErrorRow])
  case changes([StepChangeRow])
  case deltas([AttributeDelta])
  case connectors([ConnectorRow])
  case objects([ObjectRow])
  case object(ObjectDetail?)
  /// Steps that touched an object, and whether there are more.
  case history([ObjectHistoryRow], hasMore: Bool)
  case why([WhyNot])
  case users([UserRow])
  case usersHeader(UsersHeader)
  case waitingExports([WaitingExports])
  case passwordChannels([PasswordChannelRow])
  /// Channels, and by their numbers how many passwords would be sent.
  case passwordsToSend([PasswordChannelRow], [Int64: Int])
  case passwords([LedgerRow])
  case passwordBatches([PasswordBatchRow])
  case passwordAccount(LedgerAccount?)
  case events([EventRow])
  case command(CommandStatus?)
  case activity(Activity)
  case preview(PreviewReport?)
  case held(HeldOverview)
  case families([ErrorFamily])
  case tool(ToolOutput)
  case rules([RuleItem])
  case ruleUse(RuleUse)
  case metaverse([MetaverseRow])
  case page(TablePage)
  case order(OrderState)
  case place(Int64?)
}

/// What the panes below the history say about the selected step.
public struct StepDetail: Equatable, Sendable {
  /// The step.
  public var step: Int64
  /// Its counters.
  public var counters: [CounterRow]
  /// Why it ended early; empty if it did not.
  public var message: String
  /// What to do about that.
  public var hint: String

  /// The detail of `step`.
  public init(step: Int64, counters: [CounterRow], message: String, hint: String) {
    self.step = step
    self.counters = counters
    self.message = message
    self.hint = hint
  }
}

/// A place that an answer goes to; each place waits for one answer at a time.
public enum Slot: Hashable, Sendable, CaseIterable {
  /// What the person looks at comes first.
  case list, detail, sub, header, count, subCount, command, inquiry, activity
}

/// Tells an answer that is still waited for from one that came too late.
public struct Ticket: Hashable, Sendable {
  /// The place that the answer goes to.
  public var slot: Slot
  /// Counts up with every request.
  public var number: Int

  /// The ticket of a request.
  public init(_ slot: Slot, _ number: Int) {
    self.slot = slot
    self.number = number
  }
}

extension Request {
  /// Whether a command of the command line answers it, not the store.
  var isTool: Bool { if case .tool = self { true } else { false } }

  /// Whether it may take so long that it is worth a word to end it.
  var takesLong: Bool {
    switch self {
    case .tool, .metaverse, .ruleUse: true
    default: false
    }
  }

  /// The step whose errors are asked for; nil if it is about something else.
  var errorsStep: Int64? {
    switch self {
    case .errors(let step, _, _): return step
    case .page(let page):
      if case .store(.errors(let step)) = page.source { return step }
    case .order(.store(.errors(let step)), _, _, _): return step
    default: break
    }
    return nil
  }
}
