public import Cells
public import Directory
import SyncStore

/// Tells keys that a person pressed from letters that came as a pasted text does, where a terminal
/// puts no brackets around one: several at once, or faster than anybody types.
///
/// Such letters start nothing: in a text there is a `D` soon enough.
public struct KeyRhythm: Equatable, Sendable {
  /// Seconds between two letters that one person can press; a key that is held down repeats after
  /// about as many.
  public static let gap = 0.03

  private var last: Timestamp?

  /// Nothing has been pressed.
  public init() {}

  /// Takes what came at once; whether the letters in it came as a text does.
  public mutating func take(_ events: [InputEvent], at now: Timestamp) -> Bool {
    let letters = events.count { Self.isLetter($0) }
    guard letters > 0 else { return false }
    defer { last = now }
    return letters > 1 || last.map { (0..<Self.gap).contains(now.seconds(since: $0)) } ?? false
  }

  /// Whether an event is a key that a text has, too.
  public static func isLetter(_ event: InputEvent) -> Bool {
    guard case .key(let key) = event, case .character = key.code else { return false }
    return !key.control && !key.alt
  }
}

extension ConsoleState {
  /// Takes a letter that came as a pasted text does: what it does may be seen, and starts nothing.
  mutating func takeAmid(_ key: Key) -> [Effect] {
    guard wouldStart(key) else { return take(.key(key)) }
    inquiry = nil
    tell(
      key.name + " came together with others, as pasted text does, and starts nothing: press it "
        + "by itself", .toastWarning)
    return []
  }

  /// Whether a key starts or changes something at once, without a question that could be read.
  public func wouldStart(_ key: Key) -> Bool {
    var tried = self
    return tried.take(.key(key)).contains {
      switch $0 {
      case .file, .schedule, .startEngine, .edit, .export: true
      default: false
      }
    } || tried.inquiry == .cycle(.delta)
  }
}
