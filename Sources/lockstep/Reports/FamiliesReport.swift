import Directory
import SyncStore

/// The open errors, counted by type and cause.
enum FamiliesReport {
  static func make(_ families: [ErrorFamily]) -> Report {
    Report(rows: families.map(FamilyJSON.init)) { width in
      guard !families.isEmpty else { return ["No object has an error."] }
      var table = Table(columns: [
        .number("Errors"), .flexible("Error", shortest: 16), .flexible("Connector"),
        .flexible("Cause", shortest: 10), .text("First seen").droppable(2),
        .text("Last seen").droppable(3), .number("New in 24 h"), .number("In 7 d").droppable(1),
      ])
      table.rows = families.map { family in
        [
          String(family.count), family.kind.type, family.kind.connector, family.kind.cause,
          TimeText.local(family.first), TimeText.local(family.last), String(family.newInDay),
          String(family.newInWeek),
        ]
      }
      return table.lines(width: width)
    }
  }
}

/// A family of errors as `--json` spells it.
struct FamilyJSON: Encodable {
  let count: Int
  let type, stage, connector, attribute, rule, code, hint: String
  let first, last: String
  let newInDay, newInWeek: Int

  init(_ family: ErrorFamily) {
    count = family.count
    type = family.kind.type
    stage = family.kind.stage.rawValue
    connector = family.kind.connector
    attribute = family.kind.attribute
    rule = family.kind.rule
    code = family.kind.code
    hint = family.hint
    first = family.first.description
    last = family.last.description
    newInDay = family.newInDay
    newInWeek = family.newInWeek
  }
}

extension FamilyJSON: CSVRow {
  static var fields: [CSVField<Self>] {
    [
      CSVField("count", \.count), CSVField("type", \.type), CSVField("stage", \.stage),
      CSVField("connector", \.connector), CSVField("attribute", \.attribute),
      CSVField("rule", \.rule), CSVField("code", \.code), CSVField("hint", \.hint),
      CSVField("first", \.first), CSVField("last", \.last), CSVField("newInDay", \.newInDay),
      CSVField("newInWeek", \.newInWeek),
    ]
  }
}
