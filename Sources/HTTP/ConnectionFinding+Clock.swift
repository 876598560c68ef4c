package import Directory

extension ConnectionFinding {
  /// What the server's `Date`, which is in whole seconds, says of its clock.
  ///
  /// An answer that was long on its way says nothing of clocks: what counts is how far the date is
  /// from the time between `asked`, when the server was asked, and `now`.
  package static func clock(
    _ date: Timestamp?, asked: Timestamp? = nil, now: Timestamp
  ) -> ConnectionFinding {
    guard let date else {
      return ConnectionFinding(
        isGood: true, text: "The server does not tell the time in its answers",
        hint: "This machine's clock is taken instead: set both by NTP.")
    }
    let nearest = min(max(date, asked ?? now), now)
    let difference = Int(abs(nearest.seconds(since: date)).rounded(.down))
    return ConnectionFinding(
      isGood: difference <= 30,
      text: difference <= 1
        ? "The server's clock and this one agree"
        : "The server's clock differs by \(difference) s",
      hint: difference <= 30 ? "" : "Set both clocks by NTP; times of changes can't be compared.")
  }
}
