public import Directory

/// How far a time zone's clocks are from UTC, and when that changed.
///
/// A value, so that what is drawn depends on nothing but what it is given.
public struct LocalTime: Equatable, Sendable {
  /// From a moment on, clocks are this many seconds ahead of UTC.
  public struct Change: Equatable, Sendable {
    /// The moment.
    public var from: Timestamp
    /// Seconds east of Greenwich.
    public var offset: Int
    /// A change at a moment.
    public init(from: Timestamp, offset: Int) {
      self.from = from
      self.offset = offset
    }
  }

  private static let halfYear = 182 * 86_400.0

  private var changes: [Change]

  /// Clocks that show UTC.
  public static let utc = LocalTime(changes: [])

  /// Clocks that follow `changes`, oldest first; before the first one its offset counts too.
  public init(changes: [Change]) { self.changes = changes }

  /// Seconds by which clocks are ahead of UTC at `moment`.
  func offset(at moment: Timestamp) -> Int {
    (changes.last { $0.from <= moment } ?? changes.first)?.offset ?? 0
  }

  /// A text with the moments in it (`2026-11-22T20:01:02.5Z`) by these clocks.
  func localized(_ text: String) -> String {
    text.replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/) { match in
      Timestamp(String(match.output)).map(dateAndTime) ?? String(match.output)
    }
  }

  /// `2026-11-22 21:01:02`, by these clocks.
  public func text(of moment: Timestamp) -> String { dateAndTime(moment) }

  func dateAndTime(_ moment: Timestamp) -> String {
    let local = moment.adding(seconds: Double(offset(at: moment))).description
    return local.prefix(10) + " " + local.dropFirst(11).prefix(8)
  }

  /// The moment in at most `width` columns: whole; without year and seconds; or the time alone for
  /// today and the date alone for other days.
  ///
  /// The year stays of what is of another one and more than half a year away.
  func fitting(_ moment: Timestamp, width: Int, now: Timestamp) -> String {
    let full = dateAndTime(moment)
    if width >= 19 { return full }
    let isFar = abs(now.seconds(since: moment)) > Self.halfYear
    if isFar, full.prefix(4) != dateAndTime(now).prefix(4) {
      return String(full.prefix(width >= 16 ? 16 : width >= 10 ? 10 : 7))
    }
    if width >= 14 { return String(full.dropFirst(5)) }
    if width >= 11 { return String(full.dropFirst(5).dropLast(3)) }
    let isToday = full.prefix(10) == dateAndTime(now).prefix(10)
    return isToday ? String(full.suffix(8)) : String(full.prefix(10).dropFirst(5))
  }
}
