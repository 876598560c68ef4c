import Console
import Directory
import SyncStore

/// Where targets differ from what the rules want.
enum DriftReport {
  static func make(_ outcomes: [DriftOutcome]) -> Report {
    Report(json: outcomes.map(DriftJSON.init)) { _ in
      Array(outcomes.map(lines).joined(separator: [""]))
    }
  }

  private static func lines(_ outcome: DriftOutcome) -> [String] {
    let name = SafeText.line(outcome.step.connector)
    if outcome.step.severity == .stopped {
      return [
        "\(name) could not be compared (\(SafeText.line(outcome.step.result))): \(reason(outcome))"
      ]
    }
    var lines = [summary(outcome, name)]
    if outcome.isUnread {
      lines.append(
        "Some objects could not be read, so none is called missing that may be there: "
          + "'lockstep show \(outcome.step.id)'.")
    }
    lines += outcome.objects.flatMap(Self.lines)
    let more = outcome.drifted - outcome.objects.count
    return more > 0 ? lines + ["", "\(more) more; --limit shows them, --csv all."] : lines
  }

  private static func reason(_ outcome: DriftOutcome) -> String {
    SafeText.line(ServerWords.sentences(outcome.message.message, outcome.message.hint))
  }

  private static func summary(_ outcome: DriftOutcome, _ name: String) -> String {
    let unmanaged = outcome.count("unmanaged")
    let rest = unmanaged > 0 ? " \(unmanaged) others are there that no rule wants." : ""
    guard outcome.drifted > 0 else {
      return "\(name): all \(outcome.compared) objects are as the rules want them.\(rest)"
    }
    return "\(name): \(outcome.count("none")) of \(outcome.compared) objects are as the rules want "
      + "them; \(outcome.count("missing")) are missing, \(outcome.count("different")) differ, "
      + "\(outcome.count("unwanted")) should be gone; \(outcome.count("attributes")) attributes in "
      + "all.\(rest)"
  }

  private static func lines(_ object: DriftOutcome.Object) -> [String] {
    let row = object.row
    let who = row.display.isEmpty ? row.dn : "\(row.display) (\(row.dn))"
    let cause = row.reason.isEmpty ? "" : ": " + row.reason
    let head = "\(object.drift) \(row.objectType) \(row.objectID), \(who)\(cause)"
    return [SafeText.line(head)]
      + (object.drift == "different" ? object.deltas.flatMap(Self.lines) : [])
  }

  private static func lines(_ delta: AttributeDelta) -> [String] {
    let name = "  " + SafeText.line(delta.name)
    return [
      name + ": target " + values(delta.before) + ", rules " + values(delta.after)
    ]
  }

  /// So many values of an attribute are told on a line.
  private static let valueLimit = 5

  private static func values(_ values: [AttributeValue]) -> String {
    guard !values.isEmpty else { return "nothing" }
    let shown = values.prefix(valueLimit).map { "\"\(SafeText.line($0.text))\"" }
    let more = values.count - shown.count
    return shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }

  // MARK: CSV

  private static let header = [
    "connector", "drift", "cause", "type", "dn", "name", "attribute", "target", "rules",
  ]
  private static let pageSize = 500

  /// Writes all that differs as CSV, a page at a time.
  static func writeCSV(
    _ outcomes: [DriftOutcome], _ store: any StoreReading, _ write: (String) -> Void
  ) throws {
    write(ExportText.csv(header))
    for outcome in outcomes {
      for kind in DriftOutcome.kinds where outcome.count(kind) > 0 {
        var after: Int64?
        repeat {
          let page = try DriftOutcome.page(
            outcome.step.id, kind, after: after, limit: pageSize, store)
          write(page.flatMap(Self.fields).map(ExportText.csv).joined())
          after = page.count == pageSize ? page.last?.row.id : nil
        } while after != nil
      }
    }
  }

  private static func fields(_ object: DriftOutcome.Object) -> [[String]] {
    let row = object.row
    let head = [
      row.connector, object.drift, row.reason, row.objectType, row.dn, row.display,
    ].map(SafeText.line)
    guard !object.deltas.isEmpty else { return [head + ["", "", ""]] }
    return object.deltas.map { delta in
      head + [SafeText.line(delta.name), text(delta.before), text(delta.after)]
    }
  }

  private static func text(_ values: [AttributeValue]) -> String {
    values.map { SafeText.line($0.text) }.joined(separator: "; ")
  }
}

/// What a verification found, as `--json` spells it.
struct DriftJSON: Encodable {
  /// An object that differs.
  struct Object: Encodable {
    let object: Int64
    let dn: String
    let display: String
    let type: String
    let drift: String
    let cause: String
    let attributes: [Attribute]
  }
  /// An attribute that differs.
  struct Attribute: Encodable {
    let attribute: String
    let target: [String]
    let rules: [String]
  }
  let connector: String
  let run: Int64
  let step: StepJSON
  let message: String
  let hint: String
  let compared: Int
  let matching: Int
  let missing: Int
  let different: Int
  let unwanted: Int
  let unmanaged: Int
  let attributes: Int
  let objects: [Object]

  init(_ outcome: DriftOutcome) {
    connector = outcome.step.connector
    run = outcome.step.runID
    step = StepJSON(outcome.step)
    message = outcome.message.message
    hint = outcome.message.hint
    compared = outcome.compared
    matching = outcome.count("none")
    missing = outcome.count("missing")
    different = outcome.count("different")
    unwanted = outcome.count("unwanted")
    unmanaged = outcome.count("unmanaged")
    attributes = outcome.count("attributes")
    objects = outcome.objects.map { object in
      Object(
        object: object.row.objectID, dn: object.row.dn, display: object.row.display,
        type: object.row.objectType, drift: object.drift, cause: object.row.reason,
        attributes: object.deltas.map {
          Attribute(
            attribute: $0.name, target: $0.before.map(\.text), rules: $0.after.map(\.text))
        })
    }
  }
}
