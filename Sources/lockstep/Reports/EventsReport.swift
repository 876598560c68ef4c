import Directory
import SyncStore

/// The application log as text, newest last as a log is read.
enum EventsReport {
  /// - Parameter isSorted: Whether the rows stand in an order that was asked for.
  static func make(_ rows: [EventRow], isSorted: Bool = false, hasMore: Bool) -> Report {
    Report(rows: rows.map(EventJSON.init), hasMore: hasMore) { width in
      guard !rows.isEmpty else { return ["No event to show."] }
      var table = Table(columns: [
        .text("Time"), .text("Level"), .number("Id"),
        .flexible("Source", shortest: 10).droppable(1),
        .flexible("Message", shortest: 20),
      ])
      table.rows = (isSorted ? rows : rows.reversed()).map {
        [TimeText.local($0.time), $0.level.rawValue, String($0.code), $0.source, $0.message]
      }
      return table.lines(width: width) + (hasMore ? ["", "--limit shows more."] : [])
    }
  }
}

/// An event as `--json` spells it.
struct EventJSON: Encodable {
  let event: Int64
  let time: String
  let level: String
  let id: Int
  let source: String
  let message: String

  init(_ row: EventRow) {
    event = row.id
    time = row.time.description
    level = row.level.rawValue
    id = row.code
    source = row.source
    message = row.message
  }
}

extension EventJSON: CSVRow {
  static var fields: [CSVField<Self>] {
    [
      CSVField("event", \.event), CSVField("time", \.time), CSVField("level", \.level),
      CSVField("id", \.id), CSVField("source", \.source), CSVField("message", \.message),
    ]
  }
}
