import Directory
public import SyncStore

extension ConsoleLoader {
  /// Reads what a request asks for.
  static func answer(
    _ request: Request, from store: any ConsoleStore,
    _ services: ConsoleServices = ConsoleServices(),
    _ cancellation: Cancellation = Cancellation()
  ) throws -> Response {
    switch request {
    case .header: .header(try store.status(), try store.progress())
    case .operations(let filter, let before, let limit):
      .operations(try store.operations(filter, before: before, limit: limit))
    case .operationCount(let filter): .count(try store.operationCount(filter))
    case .step(let step): .step(try detail(of: step, from: store))
    case .errors(let step, let after, let limit):
      .errors(try store.errors(step: step, after: after, limit: limit))
    case .changes(let step, let group, let counter, let after, let limit):
      .changes(
        try store.changes(step: step, group: group, counter: counter, after: after, limit: limit))
    case .deltas(let change): .deltas(try store.deltas(change: change))
    case .connectors: .connectors(try store.connectors())
    case .objects(let connector, let scope, let after, let limit):
      .objects(
        try store.objects(
          connector: connector, scope: scope, text: "", after: after, limit: limit))
    case .object(let id): .object(try object(id, from: store))
    case .history(let id, let limit): try history(of: id, limit: limit, from: store)
    case .why(let id): .why(try services.explain(id, store))
    case .users(let state, let after, let limit):
      .users(
        try store.users(
          order: .displayName, descending: false, text: "", state: state, after: after,
          limit: limit))
    case .usersHeader: .usersHeader(try store.usersHeader())
    case .waitingExports: .waitingExports(try store.waitingExports())
    case .passwordChannels: .passwordChannels(try store.passwordChannels())
    case .passwordsToSend:
      .passwordsToSend(try store.passwordChannels(), try store.passwordsToSend())
    case .passwords(let after, let limit):
      .passwords(try store.passwords(after: after, limit: limit).map { LedgerRow($0) })
    case .passwordBatches(let before, let limit):
      .passwordBatches(
        try store.passwordBatches(account: nil, before: before, limit: limit))
    case .passwordAccount(let id): .passwordAccount(try account(id, from: store))
    case .events(let filter, let before, let limit):
      .events(try store.events(filter, before: before, limit: limit))
    case .metaverse(let query, let after, let limit):
      .metaverse(
        try search(query, after: after, limit: limit, in: store) { !cancellation.isCancelled }
          ?? [])
    case .command(let id): .command(try store.command(id: id))
    case .activity(let limit):
      .activity(
        Activity(others: services.others(), commands: try store.commands(limit: limit)))
    case .held:
      .held(try held(store))
    case .families: .families(try store.errorFamilies(now: .now))
    case .openErrors(let kind, let after, let limit):
      .errors(
        try kind.map { try store.openErrors(of: $0, after: after, limit: limit) }
          ?? store.openErrors(connector: nil, after: after, limit: limit))
    case .heldObjects(let group, let after, let limit):
      .objects(try store.held(group: group, after: after, limit: limit))
    case .tool(let arguments): .tool(try services.tool(arguments, cancellation))
    case .rules(let after, let limit):
      .rules(try rules(after: after, limit: limit, services))
    case .page(let page): .page(try answer(page, from: store, services))
    case .order(let source, let arrangement, _, _):
      .order(try state(of: try numbers(source, arrangement, store, services).count, store))
    case .place(let reference): .place(try step(of: reference, in: store))
    case .ruleUse:
      .ruleUse(try ruleUse(in: store) { !cancellation.isCancelled } ?? RuleUse())
    case .preview(let command): .preview(try store.preview(command: command))
    }
  }

  /// The object; its history with that of its counterparts, as `lockstep history` has it: what was
  /// sent of a source's object stands there.
  private static func object(_ id: Int64, from store: any ConsoleStore) throws -> ObjectDetail? {
    guard var detail = try store.object(id: id, valueLimit: InspectorScreen.valueLimit) else {
      return nil
    }
    let others = try counterparts(of: detail.row, in: store)
    guard !others.isEmpty else { return detail }
    let limit = InspectorScreen.historyLimit
    let rows = try store.history(of: [id] + others, limit: limit + 1)
    detail.history = Array(rows.prefix(limit))
    detail.hasMoreHistory = rows.count > limit
    return detail
  }

  /// The objects that are or were one person with an object.
  private static func counterparts(
    of row: ObjectRow, in store: any ConsoleStore
  ) throws -> [Int64] {
    guard let metaverse = row.metaverseID else { return [] }
    return try store.linkedEver(to: metaverse).map(\.id).filter { $0 != row.id }
  }

  private static func history(
    of id: Int64, limit: Int, from store: any ConsoleStore
  ) throws -> Response {
    let row = try store.object(id: id, valueLimit: 1)?.row
    let others = try row.map { try counterparts(of: $0, in: store) } ?? []
    let rows = try store.history(of: [id] + others, limit: limit + 1)
    return .history(Array(rows.prefix(limit)), hasMore: rows.count > limit)
  }

  /// Requests for one account's password that are shown at most.
  static let shownRequests = 100

  private static func account(
    _ id: PasswordRow.ID, from store: any ConsoleStore
  ) throws -> LedgerAccount? {
    guard let row = try store.findPasswords(id.anchor).first(where: { $0.id == id }) else {
      return nil
    }
    var account = LedgerAccount(
      row: row,
      batches: try store.passwordBatches(account: id, before: nil, limit: shownRequests))
    // The ledger names the target's object only where a password may go to it.
    if row.targetObject == nil, let object = row.object,
      let target = try store.passwordChannels().first(where: { $0.id == id.channel })?.target
    {
      account.linked = try store.object(id: object, valueLimit: 1)?.counterparts.first {
        $0.connector == target && !$0.isGone
      }
    }
    return account
  }

  /// The rules after the rule `after`.
  static func rules(
    after: String?, limit: Int, _ services: ConsoleServices
  ) throws -> [RuleItem] {
    let all = try services.rules()
    let start = after.flatMap { id in all.firstIndex { $0.id == id } }.map { $0 + 1 } ?? 0
    return Array(all[start...].prefix(limit))
  }

  /// Recorded changes that a look at the rules' use goes back through, at most.
  static let lookedThrough = 100_000

  /// What rules have brought about, part by part; nil when nobody waits any more.
  ///
  /// - Throws: `StoreError`.
  public static func ruleUse(
    in store: any ConsoleStore, while isWanted: () -> Bool = { true }
  ) throws -> RuleUse? {
    var use = RuleUse()
    var position: RuleUsePosition? = RuleUsePosition()
    var changes = 0
    while let here = position {
      guard isWanted() else { return nil }
      position = try store.ruleUse(&use, at: here, scan: searchPart)
      if here.change != .max { changes += searchPart }
      if changes >= lookedThrough { break }
    }
    return use
  }

  /// Objects that are looked at in one part of a search.
  static let searchPart = 4000

  /// Searches the metaverse part by part; nil when `isWanted` says that nobody waits any more.
  static func search(
    _ query: MetaverseQuery, after: MetaverseRow?, limit: Int, in store: any ConsoleStore,
    while isWanted: () -> Bool = { true }
  ) throws -> [MetaverseRow]? {
    var rows: [MetaverseRow] = []
    var position = after.map { MetaversePosition(display: $0.display, id: $0.id) }
    while isWanted() {
      let page = try store.metaverse(
        query, after: position, limit: limit - rows.count, scan: searchPart)
      rows += page.rows
      guard rows.count < limit, let next = page.next else { return rows }
      position = next
    }
    return nil
  }

  private static func detail(of step: Int64, from store: any StoreReading) throws -> StepDetail {
    let message = try store.stepMessage(step: step)
    return StepDetail(
      step: step, counters: try store.counters(step: step), message: message.message,
      hint: message.hint)
  }

  private static func held(_ store: any ConsoleStore) throws -> HeldOverview {
    let imports = try store.heldImports()
    return HeldOverview(
      groups: try store.heldGroups(connector: nil), imports: imports,
      connectors: imports.isEmpty ? [] : try store.connectors(),
      unshown: try store.status().unshown, due: try store.dueSteps(),
      releases: try store.releases(limit: 20))
  }
}
