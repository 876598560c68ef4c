import Directory
import SyncStore

extension ConsoleLoader {
  /// Reads what a request asks for.
  static func answer(
    _ request: Request, from store: any ConsoleStore,
    _ services: ConsoleServices = ConsoleServices()
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
    case .objects(let connector, let scope, let text, let after, let limit):
      .objects(
        try store.objects(
          connector: connector, scope: scope, text: text, after: after, limit: limit))
    case .object(let id):
      .object(try store.object(id: id, valueLimit: InspectorScreen.valueLimit))
    case .why(let id): .why(try services.explain(id, store))
    case .users(let order, let descending, let text, let state, let after, let limit):
      .users(
        try store.users(
          order: order, descending: descending, text: text, state: state, after: after,
          limit: limit))
    case .usersHeader: .usersHeader(try store.usersHeader())
    case .events(let codes, let text, let before, let limit):
      .events(try store.events(codes: codes, text: text, before: before, limit: limit))
    case .command(let id): .command(try store.command(id: id))
    case .held:
      .held(
        HeldOverview(
          groups: try store.heldGroups(connector: nil), imports: try store.heldImports(),
          due: try store.status().due, releases: try store.releases(limit: 20)))
    case .heldObjects(let group, let after, let limit):
      .objects(try store.held(group: group, after: after, limit: limit))
    case .tool(let arguments): .tool(try services.tool(arguments))
    case .preview(let command): .preview(try store.preview(command: command))
    }
  }

  private static func detail(of step: Int64, from store: any StoreReading) throws -> StepDetail {
    let message = try store.stepMessage(step: step)
    return StepDetail(
      step: step, counters: try store.counters(step: step), message: message.message,
      hint: message.hint)
  }
}
