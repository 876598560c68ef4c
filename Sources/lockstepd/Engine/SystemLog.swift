import Cells
import Directory
import Foundation
import Glibc
import SyncStore

/// The host's log: the journal where there is one, else the syslog.
///
/// The journal is given fields (systemd: Native Journal Protocol), so that `journalctl
/// LOCKSTEP_EVENT=657` finds them; the syslog is given a line (RFC 3164 §4.1, as `/dev/log` takes
/// it).
struct SystemLog: Sendable {
  /// Where the journal listens.
  static let journal = "/run/systemd/journal/socket"
  /// Where the syslog listens.
  static let syslog = "/dev/log"
  /// What the host's log knows this program as.
  private static let identifier = "lockstep"
  // The facility for daemons.
  private static let facility = 3

  private let path: String
  private let isJournal: Bool
  private let workspace: String

  /// The log of this host; nil if it has none.
  ///
  /// - Parameter workspace: The folder that the events are of.
  init?(workspace: String, journal: String = Self.journal, syslog: String = Self.syslog) {
    self.workspace = workspace
    if FileManager.default.fileExists(atPath: journal) {
      (path, isJournal) = (journal, true)
    } else if FileManager.default.fileExists(atPath: syslog) {
      (path, isJournal) = (syslog, false)
    } else {
      return nil
    }
  }

  /// Hands events over, oldest first; the answer is how many were taken before the log was not there
  /// or did not take any more.
  func send(_ events: [EventRow]) -> Int {
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Self.flags, 0)
    guard socket >= 0 else { return 0 }
    defer { Glibc.close(socket) }
    guard connect(socket) else { return 0 }
    for (count, event) in events.enumerated() {
      if send(event, to: socket) { continue }
      guard errno == EMSGSIZE else { return count }
      // What is too long for one datagram would never be taken: its beginning is better than none.
      var short = event
      short.message = Self.beginning(of: event.message)
      short.source = Self.beginning(of: event.source)
      // What is too long even so is left out: it would hold up all that come after it.
      guard send(short, to: socket) || errno == EMSGSIZE else { return count }
    }
    return events.count
  }

  /// At most a thousand bytes of a text, whole characters of Unicode, with a mark where it was cut.
  private static func beginning(of text: String) -> String {
    var (short, length) = ("", 0)
    for scalar in text.unicodeScalars {
      length += UTF8.width(scalar)
      guard length <= 1000 else { return short + "…" }
      short.unicodeScalars.append(scalar)
    }
    return short
  }

  private static let flags = Int32(SOCK_CLOEXEC.rawValue)

  private func connect(_ socket: Int32) -> Bool {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
  }

  private func send(_ event: EventRow, to socket: Int32) -> Bool {
    let datagrams = isJournal ? [Self.fields(event, workspace)] : Self.lines(event)
    guard datagrams.count <= Self.most else {
      errno = EMSGSIZE
      return false
    }
    // A log that is busy takes it later: nobody's end waits for it.
    return datagrams.allSatisfy {
      Glibc.send(socket, $0, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) >= 0
    }
  }

  /// The priority of RFC 5424 §6.2.1.
  private static func priority(_ level: EventRow.Level) -> Int {
    switch level {
    case .information: 6
    case .warning: 4
    case .error: 3
    }
  }

  /// An event in the journal's form: fields of text, or of a length and bytes where there are line
  /// breaks.
  static func fields(_ event: EventRow, _ workspace: String) -> [UInt8] {
    let fields = [
      ("MESSAGE", event.message), ("PRIORITY", String(priority(event.level))),
      ("SYSLOG_IDENTIFIER", identifier), ("SYSLOG_FACILITY", String(facility)),
      ("LOCKSTEP_EVENT", String(event.code)), ("LOCKSTEP_SOURCE", event.source),
      ("LOCKSTEP_LEVEL", event.level.rawValue), ("LOCKSTEP_TIME", event.time.description),
      ("LOCKSTEP_WORKSPACE", workspace),
    ]
    var out: [UInt8] = []
    for (name, value) in fields {
      let bytes = Array(value.utf8)
      out += Array(name.utf8)
      if bytes.contains(0x0A) {
        out.append(0x0A)
        withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { out += Array($0) }
      } else {
        out.append(UInt8(ascii: "="))
      }
      out += bytes
      out.append(0x0A)
    }
    return out
  }

  /// The most bytes of a message in one line: rsyslog cuts off what is longer than 8 KB, and tells
  /// nobody.
  private static let longest = 7000
  /// The most lines of one event: a log's queue has room for some ten.
  private static let most = 8

  /// An event as lines of the syslog, one but for long messages; the daemon puts the host's name in.
  static func lines(_ event: EventRow) -> [[UInt8]] {
    var time = tm()
    var seconds = time_t(event.time.milliseconds / 1000)
    localtime_r(&seconds, &time)
    let month = months[Int(time.tm_mon) % 12]
    let stamp =
      "\(month) \(pad(time.tm_mday, " ")) \(pad(time.tm_hour, "0")):\(pad(time.tm_min, "0")):"
      + pad(time.tm_sec, "0")
    var pieces = [""]
    var length = 0
    for scalar in event.message.unicodeScalars {
      // What breaks a line, or steers the terminal that shows it, is spelled out.
      let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
      let text =
        isControl
        ? "#" + octal(scalar.value)
        // Of what reorders or hides its neighbours, too, a reader is told.
        : Sanitizer.isHostile(scalar) ? Sanitizer.jsonEscape(scalar) : String(scalar)
      length += text.utf8.count
      if length > longest {
        pieces.append("… ")
        length = text.utf8.count
      }
      pieces[pieces.count - 1] += text
    }
    let head =
      "<\(facility * 8 + priority(event.level))>\(stamp) \(identifier)[\(getpid())]: "
      + "\(event.source) \(event.code): "
    return pieces.map { Array((head + $0).utf8) }
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private static func pad(_ number: Int32, _ filler: String) -> String {
    number < 10 ? filler + String(number) : String(number)
  }

  // As rsyslog writes it: `#012` for a line break.
  private static func octal(_ value: UInt32) -> String {
    let digits = String(value, radix: 8)
    return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
  }
}
