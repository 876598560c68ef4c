public import Directory
public import SyncStore

/// Another console that is open on the same workspace.
public struct OtherConsole: Hashable, Sendable {
  /// Who sits there: `ann`.
  public var person: String
  /// Where: `pts/3`; empty if that is not known.
  public var terminal: String
  /// Since when.
  public var since: Timestamp
  /// Whether it changes nothing.
  public var isReadOnly: Bool

  /// A console of these parts.
  public init(person: String, terminal: String, since: Timestamp, isReadOnly: Bool) {
    self.person = person
    self.terminal = terminal
    self.since = since
    self.isReadOnly = isReadOnly
  }
}

/// Who else is here, and what was asked of the engine.
public struct Activity: Equatable, Sendable {
  /// The other consoles.
  public var others: [OtherConsole]
  /// What was asked, newest first.
  public var commands: [FiledCommand]
}

extension ConsoleState {
  /// Commands that are looked through for news of others.
  static let watchedActivity = 20

  /// Takes who is here, and tells what others have asked of the engine since the last look.
  mutating func take(_ activity: Activity) {
    defer {
      others = activity.others
      waitingRuns = activity.commands.filter {
        $0.state == .filed && $0.command?.isSeenInHistory ?? false
      }.reversed()
      lastActivity = max(lastActivity ?? 0, activity.commands.first?.id ?? 0)
      isActivityStale = false
    }
    // What was asked before this console opened is history.
    guard let last = lastActivity else { return }
    let news = activity.commands.filter { $0.id > last && !ownCommands.contains($0.id) }
    guard let newest = news.first else { return }
    let time = options.clock.dateAndTime(newest.filed).suffix(8).prefix(5)
    let what = newest.command?.words ?? "something"
    let more = news.count > 1 ? " and \(news.count - 1) more" : ""
    toldBy = newest.requestedBy
    tell(
      "\(what.prefix(1).uppercased() + what.dropFirst()) asked for by \(newest.requestedBy)\(more), \(time)"
    )
  }
}
