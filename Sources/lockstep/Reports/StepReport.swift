import Directory
import SyncStore

/// Steps with their statistics, their errors and, where one ended early, the reason.
enum StepReport {
  /// How many errors of a step are listed.
  static let errorLimit = 100

  static func make(_ store: any StoreReading, steps: [OperationRow]) throws -> Report {
    let details = try steps.map { try Detail(store, $0) }
    var report = Report(json: details.map(\.json)) { width in
      Array(details.map { $0.lines(width: width) }.joined(separator: [""]))
    }
    report.csv =
      details.flatMap { detail in
        detail.counters.map { CounterOfStep(step: detail.step.id, counter: CounterJSON($0)) }
      }.table
    return report
  }

  private struct Detail {
    let step: OperationRow
    let counters: [CounterRow]
    let errors: [ErrorRow]
    let message: (message: String, hint: String)

    init(_ store: any StoreReading, _ step: OperationRow) throws {
      self.step = step
      counters = try store.counters(step: step.id)
      errors = try store.errors(step: step.id, after: nil, limit: errorLimit)
      message = try store.stepMessage(step: step.id)
    }

    var json: StepDetailJSON {
      StepDetailJSON(
        step: StepJSON(step), message: message.message, hint: message.hint,
        counters: counters.map(CounterJSON.init), errors: errors.map(ErrorJSON.init))
    }

    func lines(width: Int?) -> [String] {
      var lines = [heading] + (message.message.isEmpty ? [] : ["  " + reason])
      for (title, rows) in grouped {
        lines.append("  " + SafeText.line(title))
        var table = Table(columns: [.text(""), .number("")])
        table.rows = rows.map { ["    " + $0.title + " (" + $0.name + ")", String($0.count)] }
        lines += table.lines(width: width).dropFirst()
      }
      guard !errors.isEmpty else { return lines }
      lines.append("  Errors")
      return lines
        + ErrorsReport.table(errors).lines(width: width.map { $0 - 4 }).map { "    " + $0 }
    }

    private var heading: String {
      "Step \(step.id), run \(step.runID)" + (step.cycleID.map { ", cycle \($0)" } ?? "") + ": "
        + SafeText.line(step.connector) + ", " + step.type.profileName
        + (step.isRehearsal ? step.cycleID == nil ? " (verification), " : " (rehearsal), " : ", ")
        + SafeText.line(step.result) + ", " + TimeText.local(step.started)
        + (step.ended == nil ? "" : ", " + TimeText.duration(step.started, step.ended))
    }

    private var reason: String {
      SafeText.line(ServerWords.sentences(message.message, message.hint))
    }

    /// The counters by their blocks, in the order in which the blocks come first.
    private var grouped: [(String, [CounterRow])] {
      var order: [String] = []
      var blocks: [String: [CounterRow]] = [:]
      for counter in counters {
        let title = counter.group.title
        if blocks[title] == nil { order.append(title) }
        blocks[title, default: []].append(counter)
      }
      return order.map { ($0, blocks[$0] ?? []) }
    }
  }
}

/// A step with everything about it, as `--json` spells it.
struct StepDetailJSON: Encodable {
  let step: StepJSON
  let message: String
  let hint: String
  let counters: [CounterJSON]
  let errors: [ErrorJSON]
}

/// A counter as `--json` spells it.
struct CounterJSON: Encodable {
  let group: String
  let connector: String?
  let name: String
  let title: String
  let count: Int

  init(_ row: CounterRow) {
    group = row.group.key
    if case .outbound(let target) = row.group { connector = target } else { connector = nil }
    name = row.name
    title = row.title
    count = row.count
  }
}

extension CounterGroup {
  /// The block's name in `--json`.
  var key: String {
    switch self {
    case .discovery: "discovery"
    case .staging: "staging"
    case .inbound: "inbound"
    case .outbound: "outbound"
    case .export: "export"
    case .drift: "drift"
    }
  }
}

/// A counter as `--csv` spells it: with its step.
struct CounterOfStep: CSVRow {
  let step: Int64
  let counter: CounterJSON

  static var fields: [CSVField<Self>] {
    [
      CSVField("step", \.step), CSVField("group", \.counter.group),
      CSVField("connector", \.counter.connector), CSVField("name", \.counter.name),
      CSVField("title", \.counter.title), CSVField("count", \.counter.count),
    ]
  }
}
