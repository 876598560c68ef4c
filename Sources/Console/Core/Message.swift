public import Cells
public import Directory
public import SyncStore

/// Something that happened, as the console's core is told of it.
public enum Message: Equatable, Sendable {
  /// A key, the mouse, a new size.
  case input(InputEvent)
  /// A key that was pressed before the question above the screen could be read.
  case early(Key)
  /// A letter that came as a pasted text does, and not as one that a person pressed.
  case amid(Key)
  /// Time has passed.
  case tick(Timestamp)
  /// The store answered.
  case answered(Ticket, Response)
  /// The store could not answer.
  case failed(Ticket, StoreError)
  /// The store's change counter was read and is this.
  case polled(Int64)
  /// The store's change counter could not be read.
  case pollFailed(StoreError)
  /// A command was filed under this number.
  case filed(EngineCommand, Int64)
  /// A command could not be filed.
  case notFiled(EngineCommand, StoreError)
  /// The schedule was changed, or why it was not.
  case scheduled(Result<ScheduleSettings, StoreError>)
  /// Whether a command that no engine had taken was taken back, or why that could not be done.
  case withdrawn(Int64, Result<Bool, StoreError>)
  /// An engine was started, or why it was not.
  case engineStarted(Fault?)
  /// So many rows of a list have been written.
  case exporting(rows: Int)
  /// A list was written to a file, or why it was not.
  case exported(path: String, rows: Int)
  case notExported(Fault)
  /// A rule file was edited: whether it was changed, or why that was not taken.
  case edited(file: String, Bool, Fault?)
  /// A theme is in use that draws with these marks and lines.
  case glyphs(Glyphs)
  /// Whether it is told from now on when the store is written to.
  case watching(Bool)
  /// The store was written to; the present moment.
  case stirred(Timestamp)
  /// A theme was chosen that can't be used, why, and the one that stays in use.
  case themeRefused(String, stays: String)
  /// Something did not work that is not told of otherwise, and why.
  case trouble(String)
}

/// Something that the console's core wants done, as data.
public enum Effect: Equatable, Sendable {
  /// Read something from the store.
  case load(Ticket, Request)
  /// Nobody waits any more for something that takes long.
  case forget(Ticket)
  /// Look whether the store has changed.
  case poll
  /// Ask the engine for something.
  case file(EngineCommand)
  /// Take a command back that no engine has taken.
  case withdraw(Int64)
  /// Change the schedule.
  case schedule(ScheduleChange)
  /// Start an engine.
  case startEngine
  /// End the writing of a list.
  case endExport
  /// Draw with another theme.
  case useTheme(String)
  /// Remember what was chosen.
  case save(ConsolePreferences)
  /// Put a text on the clipboard.
  case copy(String)
  /// Write what is shown to a file.
  case export(ScreenExport, ExportFormat)
  /// Let the person edit a rule file.
  case edit(file: String, line: Int)
  /// Show lines outside of the screen until a key is pressed.
  case showText([String])
  /// Draw everything anew.
  case redraw
  /// Go back to the shell for a while.
  case suspend
  /// End.
  case quit
}
