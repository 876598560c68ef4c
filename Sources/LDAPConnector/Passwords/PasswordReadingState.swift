import Directory
import PasswordSync

/// How far the passwords of a directory were read, as text: `ldap 1 <directory> <latest> <whole>`.
struct PasswordReadingState: Hashable, Sendable, CustomStringConvertible {
  /// A digest of what the directory is.
  private(set) var directory: String
  /// The latest `modifyTimestamp` that was seen; nil if none was.
  private(set) var latest: Timestamp?
  /// When all was read last, by this machine's clock; nil if that has not ended yet.
  private(set) var whole: Timestamp?

  /// Seconds before ``latest`` from which changes are asked for.
  static let overlap: Double = 900
  /// Seconds after which all is read again.
  static let renewal: Double = 3600

  private static let mark = "ldap 1"

  init(identity: String, latest: Timestamp? = nil, whole: Timestamp? = nil) {
    directory = Self.digest(identity)
    self.latest = latest
    self.whole = whole
  }

  private static func digest(_ identity: String) -> String {
    var digest = FNV1a()
    digest.add(identity.utf8)
    return String(digest.value, radix: 16)
  }

  /// The state that `text` is.
  ///
  /// - Throws: ``PasswordSourceFailure`` if it is none, or one of another directory.
  static func parse(_ text: String, of identity: String) throws(PasswordSourceFailure) -> Self {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 5, parts[0] + " " + parts[1] == mark,
      let latest = time(parts[3]), let whole = time(parts[4])
    else {
      throw PasswordSourceFailure(
        "What is stored of how far passwords were read is none of an LDAP directory",
        hint: "All are read anew", isStateUseless: true)
    }
    var state = Self(identity: identity, latest: latest.value, whole: whole.value)
    guard parts[2] == state.directory else {
      throw PasswordSourceFailure(
        "Another directory answers than the one whose passwords were read before",
        hint: "All are read anew", isStateUseless: true)
    }
    state.directory = parts[2]
    return state
  }

  private static func time(_ text: String) -> (value: Timestamp?, Void)? {
    if text == "-" { return (nil, ()) }
    return Int64(text).map { (Timestamp(milliseconds: $0), ()) }
  }

  /// The state as text.
  var description: String {
    func text(_ time: Timestamp?) -> String { time.map { String($0.milliseconds) } ?? "-" }
    return "\(Self.mark) \(directory) \(text(latest)) \(text(whole))"
  }

  /// From when on changes are asked for at `now`; nil if all is to be read.
  func since(at now: Timestamp) -> Timestamp? {
    guard let latest, let whole else { return nil }
    let age = now.seconds(since: whole)
    // A clock that was set back says nothing either.
    guard age >= 0, age < Self.renewal else { return nil }
    return latest.adding(seconds: -Self.overlap)
  }

  /// Notes that an entry with this `modifyTimestamp` was seen.
  mutating func note(_ text: String?) {
    guard let time = text.flatMap({ Timestamp(generalizedTime: $0) }) else { return }
    if latest.map({ $0 < time }) ?? true { latest = time }
  }
}
