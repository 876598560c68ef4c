import Directory
import SyncStore

/// Batches of passwords: what was sent (656) and what was answered (657).
enum PasswordBatchReport {
  static func list(_ rows: [PasswordBatchRow], hasMore: Bool) -> Report {
    Report(rows: rows.map(PasswordBatchJSON.init), hasMore: hasMore) { width in
      guard !rows.isEmpty else { return ["No batch of passwords is kept."] }
      var table = Table(columns: [
        .number("Batch"), .text("Asked (656)"), .number("Users"), .number("Failed"),
        .number("Answer (657)"), .flexible("Channel").droppable(1),
        .flexible("Error", shortest: 12),
      ])
      table.rows = rows.map {
        [
          String($0.id), TimeText.local($0.started), String($0.lines.count), String($0.failures),
          // What failed as a whole was not answered.
          $0.error.isEmpty ? TimeText.duration($0.started, $0.ended) : "", $0.domain, $0.error,
        ]
      }
      return table.lines(width: width) + (hasMore ? ["", "--limit shows more."] : [])
    }
  }

  /// One batch with what was said to each account.
  static func batch(_ row: PasswordBatchRow?) -> Report {
    let lines = (row?.lines ?? []).map { PasswordBatchJSON.Account($0) }
    return Report(rows: lines) { width in
      guard let row else { return ["There is no such batch."] }
      var table = Table(columns: [
        .text("Result"), .flexible("Account", shortest: 16), .text("Changed"),
        .flexible("Words", shortest: 12),
      ])
      table.rows = row.lines.map {
        [$0.answer?.rawValue ?? "not answered", $0.dn, TimeText.local($0.changed), $0.words]
      }
      return (row.error.isEmpty ? [] : [SafeText.line(row.error)]) + table.lines(width: width)
    }
  }
}

/// A batch of passwords as `--json` spells it.
struct PasswordBatchJSON: Encodable {
  /// One password of a batch.
  struct Account: Encodable {
    let anchor, dn, changed, request: String
    let result: String?
    let words: String

    init(_ line: PasswordBatchRow.Line) {
      anchor = line.anchor
      dn = line.dn
      changed = line.changed.description
      request = line.request
      result = line.answer?.rawValue
      words = line.words
    }
  }
  let batch: Int64
  let domain, sent: String
  let ended: String?
  let users, failures: Int
  let error: String
  let accounts: [Account]

  init(_ row: PasswordBatchRow) {
    batch = row.id
    domain = row.domain
    sent = row.started.description
    ended = row.ended?.description
    users = row.lines.count
    failures = row.failures
    error = row.error
    accounts = row.lines.map { Account($0) }
  }
}

extension PasswordBatchJSON: CSVRow {
  static var fields: [CSVField<Self>] {
    [
      CSVField("batch", \.batch), CSVField("domain", \.domain), CSVField("sent", \.sent),
      CSVField("ended", \.ended), CSVField("users", \.users), CSVField("failures", \.failures),
      CSVField("error", \.error),
    ]
  }
}

extension PasswordBatchJSON.Account: CSVRow {
  static var fields: [CSVField<Self>] {
    [
      CSVField("anchor", \.anchor), CSVField("dn", \.dn), CSVField("changed", \.changed),
      CSVField("request", \.request), CSVField("result", \.result), CSVField("words", \.words),
    ]
  }
}
