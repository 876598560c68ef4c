import Directory
import Testing

@testable import SyncStore

/// A store with a channel of passwords, and the words for what happens to its ledger.
class PasswordLedger {
  let test: TestStore
  let channel: Int64
  let start = Timestamp(milliseconds: 1_700_000_000_000)

  init() throws {
    let test = try TestStore()
    self.test = test
    channel = try test.store.transaction {
      try $0.registerPasswordChannel(
        source: test.source, target: test.target, domain: "example.com", intervalSeconds: 120)
    }
  }

  func at(_ seconds: Double) -> Timestamp { start.adding(seconds: seconds) }

  func note(
    _ anchor: String, _ status: PasswordStatus = .unknown, stamp: String = "1",
    due: Timestamp? = nil, target: (id: Int64, anchor: String)? = nil, object: Int64? = nil
  ) -> PasswordNote {
    var note = PasswordNote(
      anchor: anchor, dn: "CN=\(anchor),DC=example,DC=com", status: status, stamp: stamp,
      changed: start)
    note.due = due
    note.object = object
    if let target { (note.targetObject, note.targetAnchor) = (target.id, target.anchor) }
    return note
  }

  func write(_ notes: PasswordNote..., at now: Timestamp? = nil) throws {
    try test.store.transaction { tx in
      for note in notes { try tx.note(note, channel: channel, at: now ?? start) }
    }
  }

  func record(_ anchor: String) throws -> PasswordRecord {
    try #require(try test.store.look { [try $0.password(anchor, channel: channel)] }[0])
  }

  func line(_ anchor: String, stamp: String = "1", request: String) -> PasswordRequestLine {
    PasswordRequestLine(
      anchor: anchor, dn: "CN=\(anchor)", changed: start, stamp: stamp, request: request)
  }

  func send(_ lines: PasswordRequestLine..., now: Timestamp) throws -> Int64 {
    try test.store.transaction { try $0.beginPasswordBatch(channel, lines, at: now) }
  }

  func answer(
    _ line: PasswordRequestLine, at index: Int = 0, batch: Int64, _ outcome: PasswordOutcome,
    now: Timestamp
  ) throws {
    try test.store.transaction {
      try $0.answerPassword(
        line, at: index, batch: batch, channel: channel, outcome, now: now)
      try $0.endPasswordBatch(batch, at: now)
    }
  }

  func due(at seconds: Double) throws -> [String] {
    try test.store.look { try $0.duePasswords(channel, at: at(seconds), limit: 9) }
      .passwords.map(\.anchor)
  }

  func row(_ anchor: String) throws -> PasswordRow {
    try #require(
      try test.reader.passwords(channel: channel, .all, text: "", after: nil, limit: 100)
        .first { $0.id.anchor == anchor })
  }
}
