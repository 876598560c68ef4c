import Console
import SyncStore

/// What rules have brought about, as a table.
enum CoverageReport {
  static func make(_ rules: [RuleItem], _ use: RuleUse) -> Report {
    let rows = rules.map { RuleCoverageJSON($0, use) }
    return Report(rows: rows) { width in
      guard !rows.isEmpty else { return ["No rule passes the filter."] }
      var table = Table(columns: [
        .number("Prec."), .text("Way"), .flexible("Rule", shortest: 20), .number("Links"),
        .number("Values"), .number("Lost"), .number("Changes"), .text(""),
      ])
      table.rows = rows.map { row in
        [
          String(row.precedence), row.direction, row.name, String(row.links),
          String(row.values), String(row.lost), String(row.changes),
          row.remark,
        ]
      }
      return table.lines(width: width)
    }
  }
}

/// What a rule has brought about as `--json` spells it.
struct RuleCoverageJSON: Encodable {
  let id: String
  let name: String
  let direction: String
  let connector: String
  let precedence: Int
  let disabled: Bool
  let used: Bool
  let passwordSync: Bool
  let links: Int
  let values: Int
  let lost: Int
  let changes: Int

  init(_ rule: RuleItem, _ use: RuleUse) {
    (id, name, connector) = (rule.id, rule.name, rule.connector)
    direction = rule.isInbound ? "inbound" : "outbound"
    precedence = rule.precedence
    disabled = rule.isDisabled
    used = use.isUsed(name) || rule.hasPasswordSync
    passwordSync = rule.hasPasswordSync
    links = use.links[name] ?? 0
    values = use.values[name] ?? 0
    lost = use.lost[name] ?? 0
    changes = use.changes[name] ?? 0
  }
}

extension RuleCoverageJSON {
  /// Whether it has brought anything about that is counted; who has passwords sent is not.
  private var hasEffect: Bool { links + values + lost + changes > 0 }

  /// What is to be said beside the counts.
  ///
  /// Values that an outbound rule gave long ago stand in the
  /// target and are counted nowhere, so that the history says nothing against it.
  fileprivate var remark: String {
    if disabled { return "disabled" }
    if hasEffect { return "" }
    if passwordSync { return "decides whose passwords go" }
    return direction == "outbound" ? "none in the history kept" : "none known"
  }
}

extension RuleCoverageJSON: CSVRow {
  static var fields: [CSVField<Self>] {
    [
      CSVField("id", \.id), CSVField("name", \.name), CSVField("direction", \.direction),
      CSVField("connector", \.connector), CSVField("precedence", \.precedence),
      CSVField("disabled", \.disabled), CSVField("used", \.used), CSVField("links", \.links),
      CSVField("values", \.values), CSVField("lost", \.lost), CSVField("changes", \.changes),
      CSVField("passwordSync", \.passwordSync),
    ]
  }
}
