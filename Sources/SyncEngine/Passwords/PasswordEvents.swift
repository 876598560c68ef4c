import Directory
import SyncStore

/// The texts of the events about passwords, as parsers of the original's log know them
/// (Microsoft: troubleshoot password hash synchronization).
enum PasswordEvents {
  /// What is told of one password.
  struct Line {
    /// What ties source and target.
    var anchor: String
    /// The account's DN.
    var dn: String
    /// When the password was set.
    var changed: Timestamp
    /// Whether the user must set another one.
    var mustChange: Bool

    /// What these are.
    init(anchor: String, dn: String, changed: Timestamp, mustChange: Bool) {
      (self.anchor, self.dn, self.changed, self.mustChange) = (anchor, dn, changed, mustChange)
    }

    /// What is told of a password that was sent.
    init(_ line: PasswordRequestLine) {
      self.init(
        anchor: line.sourceAnchor, dn: line.dn, changed: line.changed, mustChange: line.mustChange)
    }
  }

  /// Event 656: what is asked for, a line for each user.
  static func requests(_ lines: [Line], domain: String, connector: String) -> String {
    lines.map { line in
      "Password Change Request - Anchor : \(shown(line.anchor)), Dn : \(shown(line.dn)), "
        + "Change Date : \(date(line.changed))"
    }.joined(separator: "\n") + forest(domain, connector)
  }

  /// Event 657: what the target said, a line for each user.
  static func results(
    _ lines: [(line: Line, outcome: PasswordOutcome)], domain: String, connector: String
  ) -> String {
    lines.map { line, outcome in
      "Password Change Result - Anchor : \(shown(line.anchor)), Dn : \(shown(line.dn)), "
        + "PwdChangeOnLogon=\(line.mustChange ? "True" : "False"), Result : " + result(outcome)
    }.joined(separator: "\n") + forest(domain, connector)
  }

  private static func result(_ outcome: PasswordOutcome) -> String {
    if outcome.status == .success { return "Success." }
    guard !outcome.words.isEmpty else { return "Failed." }
    return "Failed., Extended Error: " + shown(outcome.words)
  }

  private static func forest(_ domain: String, _ connector: String) -> String {
    """


    <forest-info>
      <partition-name>\(escaped(domain.uppercased()))</partition-name>
      <connector-id>\(escaped(connector))</connector-id>
    </forest-info>
    """
  }

  /// A moment as the original writes it: month, day, year and time, in UTC.
  static func date(_ time: Timestamp) -> String {
    let text = Array(time.description)
    return String(text[5..<7]) + "/" + String(text[8..<10]) + "/" + String(text[0..<4]) + " "
      + String(text[11..<19])
  }

  // One user is one line, whatever a directory calls them.
  private static func shown(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: breaksLines) else { return text }
    return String(
      String.UnicodeScalarView(text.unicodeScalars.map { breaksLines($0) ? "\u{FFFD}" : $0 }))
  }

  private static func breaksLines(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028
      || scalar.value == 0x2029
  }

  private static func escaped(_ text: String) -> String {
    shown(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      .replacing(">", with: "&gt;")
  }
}

extension StoreTransaction {
  /// Writes an event about passwords.
  func logPassword(_ level: EventRow.Level, _ code: Int, _ message: String) throws {
    try log(level, code: code, source: "Directory Synchronization", message)
  }
}
