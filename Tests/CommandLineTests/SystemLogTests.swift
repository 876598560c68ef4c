import Directory
import Foundation
import Glibc
import Synchronization
import Testing
import Workspace

@testable import SyncStore
@testable import lockstepd

@Suite("Events are handed on to the host's log")
struct SystemLogTests {
  /// A socket that takes datagrams, as the journal's does.
  private final class Listener {
    let folder: String
    let path: String
    private var socket: Int32 = -1

    init() throws {
      folder = NSTemporaryDirectory() + "log-" + UUID().uuidString.prefix(8)
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      path = folder + "/socket"
      try open()
    }

    deinit {
      close()
      try? FileManager.default.removeItem(atPath: folder)
    }

    func open() throws {
      socket = Glibc.socket(
        AF_UNIX,
        Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
          | Int32(SOCK_NONBLOCK.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
      let result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      try #require(result == 0)
    }

    /// Nobody listens any more, though the file is there.
    func close() {
      if socket >= 0 { Glibc.close(socket) }
      socket = -1
    }

    func received() -> [[UInt8]] {
      var all: [[UInt8]] = []
      var buffer = [UInt8](repeating: 0, count: 300_000)
      while case let count = recv(socket, &buffer, buffer.count, 0), count >= 0 {
        all.append(Array(buffer[..<count]))
      }
      return all
    }
  }

  private func event(
    _ message: String, level: EventRow.Level = .information, code: Int = 656
  ) -> EventRow {
    EventRow(
      id: 1, time: Timestamp(milliseconds: 1_700_000_000_000), level: level, code: code,
      source: "Directory Synchronization", message: message)
  }

  /// The fields of a datagram of the journal's protocol.
  private func fields(_ datagram: [UInt8]) throws -> [String: String] {
    var fields: [String: String] = [:]
    var rest = datagram[...]
    while !rest.isEmpty {
      let end = try #require(rest.firstIndex { $0 == 0x0A || $0 == UInt8(ascii: "=") })
      let name = String(decoding: rest[..<end], as: UTF8.self)
      if rest[end] == 0x0A {
        let length = rest[(end + 1)..<(end + 9)].reversed().reduce(0) { $0 << 8 | Int($1) }
        fields[name] = String(decoding: rest[(end + 9)..<(end + 9 + length)], as: UTF8.self)
        try #require(rest[end + 9 + length] == 0x0A)
        rest = rest[(end + 10 + length)...]
      } else {
        let last = try #require(rest[end...].firstIndex(of: 0x0A))
        fields[name] = String(decoding: rest[(end + 1)..<last], as: UTF8.self)
        rest = rest[(last + 1)...]
      }
    }
    return fields
  }

  @Test("The journal gets fields, also of a message of several lines")
  func journal() throws {
    let listener = try Listener()
    let log = try #require(SystemLog(workspace: "/w", journal: listener.path, syslog: "/nowhere"))
    let texts = ["one line = one field", "two\nlines\n\n<forest-info>", "", "\u{1F600}"]
    #expect(log.send(texts.map { event($0, level: .error, code: 652) }) == texts.count)
    let datagrams = listener.received()
    #expect(datagrams.count == texts.count)
    for (datagram, text) in zip(datagrams, texts) {
      let fields = try fields(datagram)
      #expect(fields["MESSAGE"] == text)
      #expect(fields["PRIORITY"] == "3" && fields["LOCKSTEP_EVENT"] == "652")
      #expect(fields["SYSLOG_IDENTIFIER"] == "lockstep" && fields["LOCKSTEP_WORKSPACE"] == "/w")
      #expect(fields["LOCKSTEP_SOURCE"] == "Directory Synchronization")
    }
  }

  @Test("A log whose place can't be noted at first is not handed on from its beginning")
  func lateBegin() throws {
    let listener = try Listener()
    let log = try #require(SystemLog(workspace: "/w", journal: listener.path, syslog: "/nowhere"))
    let store = try SyncStore.open(file: listener.folder + "/store.sqlite")
    func tell(_ text: String) throws {
      try store.transaction { try $0.log(.information, code: 1, text) }
    }
    try tell("old")
    // As after a begin() whose transaction failed.
    let forwarder = EventForwarder(store: store, log: log)
    forwarder.forward()
    #expect(listener.received().isEmpty)
    try tell("new")
    forwarder.forward()
    #expect(try listener.received().map { try fields($0)["MESSAGE"] } == ["new"])
  }

  @Test("A line of the log steers no terminal, and stays one line")
  func hostileLine() {
    let line = Log.line(
      time: Timestamp(milliseconds: 0), .error, "no key \u{1B}[2J\u{202E}x\nin lockstep.toml")
    #expect(line.hasSuffix(" error no key ·[2J·x in lockstep.toml"))
  }

  @Test("The syslog gets a line for each event, with its priority")
  func syslog() throws {
    let listener = try Listener()
    let log = try #require(SystemLog(workspace: "/w", journal: "/nowhere", syslog: listener.path))
    #expect(log.send([event("a\nb"), event("c", level: .warning)]) == 2)
    let lines = listener.received().map { String(decoding: $0, as: UTF8.self) }
    #expect(lines.count == 2)
    #expect(lines[0].hasPrefix("<30>Nov 1") && lines[1].hasPrefix("<28>Nov 1"))
    #expect(
      lines[0].hasSuffix(" lockstep[\(getpid())]: Directory Synchronization 656: a#012b"))
  }

  @Test("A long event is several lines of the syslog, none so long that the daemon cuts it")
  func longLine() throws {
    let listener = try Listener()
    let log = try #require(SystemLog(workspace: "/w", journal: "/nowhere", syslog: listener.path))
    let names = (1...300).map { "CN=Úser \($0),OU=Staff,DC=example,DC=com, Result : Success." }
    #expect(log.send([event(names.joined(separator: " ") + "\u{9B}2J"), event("after")]) == 2)
    let lines = listener.received()
    #expect(lines.count == 4 && lines.allSatisfy { $0.count < 8000 })
    let texts = lines.map { String(decoding: $0, as: UTF8.self) }
    let bodies = texts.dropLast().map { text in
      text.components(separatedBy: " 656: ").last ?? ""
    }
    let whole = bodies.enumerated().map { $0 == 0 ? $1 : String($1.dropFirst(2)) }.joined()
    #expect(whole == names.joined(separator: " ") + "#2332J")
    #expect(texts.dropFirst().dropLast().allSatisfy { $0.contains(" 656: … ") })
  }

  @Test("A host without a log, and one whose log is away, are no trouble")
  func noLog() throws {
    #expect(SystemLog(workspace: "/w", journal: "/nowhere", syslog: "/nowhere") == nil)
    let listener = try Listener()
    let log = try #require(SystemLog(workspace: "/w", journal: listener.path, syslog: ""))
    listener.close()
    #expect(log.send([event("a")]) == 0)
  }

  @Test("What happened before the first start stays here, and each event is handed on once")
  func forwarding() throws {
    let listener = try Listener()
    let store = try SyncStore.open(file: listener.folder + "/store.sqlite")
    func happen(_ text: String) throws {
      try store.transaction { try $0.log(.information, code: 1, text) }
    }
    let log = try #require(SystemLog(workspace: "/w", journal: listener.path, syslog: ""))
    let forwarder = EventForwarder(store: store, log: log)
    func handed() throws -> [String?] { try listener.received().map { try fields($0)["MESSAGE"] } }
    try happen("before")
    forwarder.begin()
    forwarder.forward()
    #expect(try handed() == [])
    try happen("one")
    try happen("two")
    forwarder.forward()
    forwarder.forward()
    #expect(try handed() == ["one", "two"])
    // The log goes away for a while.
    listener.close()
    try happen("three")
    forwarder.forward()
    try FileManager.default.removeItem(atPath: listener.path)
    try listener.open()
    let next = EventForwarder(store: store, log: log)
    next.begin()
    next.forward()
    #expect(try handed() == ["three"])
  }

  @Test("A store that can't be written to for a while has no event handed on twice")
  func readOnly() throws {
    let listener = try Listener()
    let isFull = Mutex(false)
    var options = StoreOptions()
    options.onCommit = { moment in
      guard moment == .before, isFull.withLock({ $0 }) else { return }
      throw StoreError(.diskFull, message: "no room", hint: "")
    }
    let store = try SyncStore.open(file: listener.folder + "/store.sqlite", options: options)
    let log = try #require(SystemLog(workspace: "/w", journal: listener.path, syslog: ""))
    let forwarder = EventForwarder(store: store, log: log)
    forwarder.begin()
    for text in ["one", "two"] {
      try store.transaction { try $0.log(.information, code: 1, text) }
      isFull.withLock { $0 = true }
      for _ in 0..<3 { forwarder.forward() }
      #expect(try listener.received().map { try fields($0)["MESSAGE"] } == [text])
      isFull.withLock { $0 = false }
    }
    // Once there is room, another engine knows it, too.
    forwarder.forward()
    EventForwarder(store: store, log: log).forward()
    #expect(listener.received().isEmpty)
  }

  @Test("A log that takes nothing for a while holds nobody up")
  func full() throws {
    let listener = try Listener()
    let log = try #require(SystemLog(workspace: "/w", journal: listener.path, syslog: ""))
    let many = (0..<5000).map { event("event \($0)") }
    let taken = log.send(many)
    #expect(taken > 0 && taken < many.count)
    #expect(listener.received().count == taken)
    #expect(log.send([event("later")]) == 1)
  }

  @Test("An event of which not even the beginning fits does not hold up the others")
  func far() throws {
    let listener = try Listener()
    let log = try #require(SystemLog(workspace: "/w", journal: "/nowhere", syslog: listener.path))
    // One Character of ten million scalars.
    let long = "e" + String(repeating: "\u{301}", count: 5_000_000)
    #expect(log.send([event(long), event("after")]) == 2)
    let lines = listener.received()
    #expect(lines.count == 2 && lines[0].count < 2000)
  }

  @Test("An event that is too long for a datagram does not hold up the others")
  func tooLong() throws {
    let listener = try Listener()
    let log = try #require(SystemLog(workspace: "/w", journal: "/nowhere", syslog: listener.path))
    let long = String(repeating: "x", count: 10_000_000)
    #expect(log.send([event(long), event("after")]) == 2)
    let lines = listener.received()
    #expect(lines.count == 2 && (1000..<2000).contains(lines[0].count))
  }
}
