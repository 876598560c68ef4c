import Console
import Directory
import SyncStore

/// Who has a console open, and what was asked of the engine.
enum ActivityReport {
  static func make(
    _ consoles: [OtherConsole], _ commands: [FiledCommand], hasMore: Bool
  ) -> Report {
    let json = ActivityJSON(consoles, commands)
    var report = Report(json: json) { width in
      var lines = consoles.map { console in
        "Console of " + SafeText.line(console.person)
          + (console.terminal.isEmpty ? "" : " on " + SafeText.line(console.terminal))
          + " since " + TimeText.local(console.since)
          + (console.isReadOnly ? ", read-only" : "")
      }
      if lines.isEmpty { lines = ["No console is open on this machine."] }
      guard !commands.isEmpty else { return lines + ["Nothing was asked of the engine yet."] }
      var table = Table(columns: [
        .text("Asked"), .text("State"), .flexible("What", shortest: 12), .flexible("By"),
        .flexible("Outcome", shortest: 12),
      ])
      table.rows = commands.map {
        [
          TimeText.local($0.filed), $0.standing, $0.command?.words ?? "unknown",
          $0.requestedBy, $0.outcome,
        ]
      }
      return lines + [""] + table.lines(width: width)
        + (hasMore ? ["", "--limit shows more."] : [])
    }
    report.csv = json.commands.table
    report.hasMore = hasMore
    return report
  }
}

/// What is going on, as `--json` spells it.
struct ActivityJSON: Encodable {
  /// A console that is open.
  struct Console: Encodable {
    let person, terminal, since: String
    let readOnly: Bool
  }
  /// What was asked of the engine.
  struct Command: Encodable {
    let command: Int64
    let filed, state, what, requestedBy, outcome: String
  }
  let consoles: [Console]
  let commands: [Command]

  init(_ consoles: [OtherConsole], _ commands: [FiledCommand]) {
    self.consoles = consoles.map {
      Console(
        person: $0.person, terminal: $0.terminal, since: $0.since.description,
        readOnly: $0.isReadOnly)
    }
    self.commands = commands.map {
      Command(
        command: $0.id, filed: $0.filed.description, state: $0.standing,
        what: $0.command?.words ?? "unknown", requestedBy: $0.requestedBy, outcome: $0.outcome)
    }
  }
}

extension ActivityJSON.Command: CSVRow {
  static var fields: [CSVField<Self>] {
    [
      CSVField("command", \.command), CSVField("filed", \.filed), CSVField("state", \.state),
      CSVField("what", \.what), CSVField("requestedBy", \.requestedBy),
      CSVField("outcome", \.outcome),
    ]
  }
}
