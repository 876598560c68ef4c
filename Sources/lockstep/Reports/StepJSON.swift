import Directory
import SyncStore

/// A step as `--json` spells it; the keys are a promise.
struct StepJSON: Encodable {
  let step: Int64
  let run: Int64
  let cycle: Int64?
  let policy: String?
  let requestedBy: String
  let reason: String
  let connector: String
  let profile: String
  let result: String
  let started: String
  let ended: String?
  let adds: Int
  let updates: Int
  let deletes: Int
  let errors: Int
  let rehearsal: Bool

  init(_ row: OperationRow) {
    step = row.id
    run = row.runID
    cycle = row.cycleID
    policy = row.policy?.rawValue
    requestedBy = row.requestedBy
    reason = row.reason
    connector = row.connector
    profile = row.type.profileName
    result = row.result
    started = row.started.description
    ended = row.ended?.description
    adds = row.adds
    updates = row.updates
    deletes = row.deletes
    errors = row.errors
    rehearsal = row.isRehearsal
  }
}

/// A cycle as `--json` spells it.
struct CycleJSON: Encodable {
  let cycle: Int64
  let policy: String
  let requestedBy: String
  let reason: String
  let started: String
  let ended: String?
  let severity: String
  let rehearsal: Bool
  let openErrors: Int?
  let newErrors: Int?
  let resolvedErrors: Int?
  let steps: [StepJSON]

  init(_ summary: CycleSummary) {
    cycle = summary.id
    policy = summary.policy.rawValue
    requestedBy = summary.requestedBy
    reason = summary.reason
    started = summary.started.description
    ended = summary.ended?.description
    severity = summary.severity.word
    rehearsal = summary.isRehearsal
    openErrors = summary.errors?.open
    newErrors = summary.errors?.new
    resolvedErrors = summary.errors?.gone
    steps = summary.steps.map(StepJSON.init)
  }
}

extension ResultSeverity {
  /// The severity in a word, as `--json` spells it.
  var word: String {
    switch self {
    case .success: "success"
    case .running: "running"
    case .warning: "warning"
    case .error: "error"
    case .stopped: "stopped"
    }
  }
}

extension StepJSON: CSVRow {
  static var fields: [CSVField<Self>] {
    [
      CSVField("step", \.step), CSVField("run", \.run), CSVField("cycle", \.cycle),
      CSVField("policy", \.policy), CSVField("requestedBy", \.requestedBy),
      CSVField("reason", \.reason), CSVField("connector", \.connector),
      CSVField("profile", \.profile), CSVField("result", \.result),
      CSVField("started", \.started), CSVField("ended", \.ended), CSVField("adds", \.adds),
      CSVField("updates", \.updates), CSVField("deletes", \.deletes),
      CSVField("errors", \.errors), CSVField("rehearsal", \.rehearsal),
    ]
  }
}
