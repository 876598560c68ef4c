import Cells
import Directory
import SyncStore

/// What drawing needs to know besides the thing that is drawn.
struct Scene: Equatable, Sendable {
  /// The present moment.
  var now: Timestamp
  /// The person's clocks.
  var clock: LocalTime
  /// The marks and lines of this terminal.
  var glyphs: Glyphs
  /// Seconds between two cycles by the schedule.
  var interval = 10_800
  /// Whether this console changes nothing.
  var isReadOnly = false
  /// The targets, as far as is known.
  var targets: [String] = []
  /// Whether nothing is sent, because this engine stands by.
  var isStaging = false
  /// How many deletes wait for a person's word, by connector.
  var heldDeletes: [String: Int] = [:]
  /// What is not shown any more, and stays.
  var unshown: [UnshownObjects] = []
  /// What stands where nothing has been read: nil while that is being read.
  var unread: String?

  /// What stands in a table that has not been read.
  var loading: String { unread ?? "Loading" + ellipsis }

  /// A moment in at most `width` columns, or a dash.
  func time(_ moment: Timestamp?, width: Int) -> String {
    moment.map { clock.fitting($0, width: width, now: now) } ?? "-"
  }

  /// The mark of a result; every severity has its own.
  func mark(_ severity: ResultSeverity) -> Character {
    switch severity {
    case .success: glyphs.success
    case .running: glyphs.running
    case .warning, .error: glyphs.warning
    case .stopped: glyphs.failure
    }
  }

  /// The meaning that a result is drawn with.
  static func role(_ severity: ResultSeverity) -> Role {
    switch severity {
    case .success: .runSuccess
    case .running: .runRunning
    case .warning: .runWarning
    case .error: .runError
    case .stopped: .runStopped
    }
  }
}

extension Glyphs {
  /// Whether the set is meant for terminals that have nothing else.
  var isASCII: Bool { horizontal.isASCII }
}
