import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Accounts that are looked at, sent and answered by chance, held against a record of each.
@Suite("The ledger of passwords, beside a record of each account")
final class PasswordLedgerModelTests: PasswordLedger {
  private static let anchors = ["a", "a\0b", "a\0", "A", "é", "مرحبا", "a'b", "😀", "z"]

  private var random = SeededRandom(seed: 0)
  private var records: [[UInt8]: PasswordRecord] = [:]
  private var time = 0.0

  private func key(_ anchor: String) -> [UInt8] { Array(anchor.utf8) }

  private func change(_ anchor: String, _ body: (inout PasswordRecord) -> Void) {
    guard var record = records[key(anchor)] else { return }
    body(&record)
    records[key(anchor)] = record
  }

  // MARK: What may happen

  private func look(at anchor: String) throws {
    var note = note(
      anchor, random.choose(PasswordStatus.allCases), stamp: random.choose(["1", "2", "3"]),
      due: random.chance(60) ? at(Double(Int.random(in: 0...9, using: &random))) : nil)
    note.reason = random.text()
    note.dn = "CN=" + anchor
    note.isOwed = random.chance(20)
    if random.chance(50) { (note.targetObject, note.targetAnchor) = (7, "t\0" + anchor) }
    let now = at(time)
    try test.store.transaction { try $0.note(note, channel: channel, at: now) }
    var record =
      records[key(anchor)]
      ?? PasswordRecord(
        anchor: anchor, dn: "", targetAnchor: "", status: .unknown, stamp: note.stamp, attempts: 0)
    (record.dn, record.status, record.reason) = (note.dn, note.status, note.reason)
    (record.targetObject, record.targetAnchor) = (note.targetObject, note.targetAnchor)
    (record.changed, record.due, record.earlierSince) = (note.changed, note.due, nil)
    if record.stamp != note.stamp { record.attempts = 0 }
    if record.requestStamp != note.stamp { (record.request, record.requestStamp) = (nil, nil) }
    if note.isOwed { record.syncedAnchor = nil }
    record.stamp = note.stamp
    records[key(anchor)] = record
  }

  private func send(_ anchor: String) throws {
    guard let known = records[key(anchor)] else { return }
    var line = line(anchor, stamp: known.stamp, request: "r\(time)")
    line.dn = "CN=sent " + anchor
    let batch = try send(line, now: at(time))
    change(anchor) {
      ($0.request, $0.requestStamp, $0.dn) = (line.request, line.stamp, line.dn)
    }
    // Another password may be set while this one is on its way.
    if random.chance(30) { try look(at: anchor) }
    let outcome = PasswordOutcome(
      status: random.choose([.success, .success, .error, .filteredByTarget]),
      words: random.text(), due: random.chance(50) ? at(time + 3) : nil)
    let isAnswered = outcome.status == .success || random.chance(60)
    let now = at(time)
    try test.store.transaction {
      try $0.answerPassword(
        line, at: 0, batch: batch, channel: channel, outcome, isAnswered: isAnswered, now: now)
      try $0.endPasswordBatch(batch, at: now)
    }
    change(anchor) { record in
      let isSame = record.stamp == line.stamp
      if outcome.status == .success {
        if isSame { (record.status, record.reason, record.attempts) = (.success, "", 0) }
        if isSame { record.due = nil }
        (record.answered, record.syncedStamp) = (now, line.stamp)
        record.syncedAnchor = record.targetAnchor
        (record.request, record.requestStamp) = (nil, nil)
      } else if isSame {
        (record.status, record.reason, record.due) = (outcome.status, outcome.words, outcome.due)
        record.attempts = outcome.status.isRefusal ? 0 : record.attempts + 1
        if isAnswered { record.answered = now }
        if isAnswered, outcome.status == .error {
          (record.request, record.requestStamp) = (nil, nil)
        }
      }
    }
  }

  private func act() throws {
    time += 1
    let (anchor, now, soon) = (random.choose(Self.anchors), at(time), at(time + 4))
    switch Int.random(in: 0..<11, using: &random) {
    case 0, 1, 2: try look(at: anchor)
    case 3, 4: try send(anchor)
    case 5:
      try test.store.transaction {
        try $0.seen(anchor, dn: "CN=seen", channel: channel, at: now)
        try $0.putOffPassword(anchor, channel: channel, until: soon)
      }
      change(anchor) { ($0.dn, $0.due) = ("CN=seen", soon) }
    case 6:
      let isOwed = random.chance(50)
      try test.store.transaction {
        try $0.doubtPassword(
          anchor, channel: channel, since: now, until: soon, reason: "earlier", isOwed: isOwed)
      }
      change(anchor) {
        ($0.earlierSince, $0.due) = (now, soon)
        if !$0.status.isKeptBack { $0.reason = "earlier" }
        if isOwed { $0.syncedAnchor = nil }
      }
    case 7:
      try test.store.transaction { try $0.settlePassword(anchor, channel: channel) }
      change(anchor) { ($0.earlierSince, $0.due, $0.reason) = (nil, nil, "") }
    case 8:
      let told = try test.store.transaction {
        [try $0.forgetDeletedPassword(anchor, channel: channel)]
      }[0]
      #expect(told == records[key(anchor)].flatMap { $0.due == nil ? nil : $0.dn })
      records[key(anchor)] = nil
    case 9:
      let count = try test.store.transaction {
        try $0.reconsiderFilteredPasswords(channel, at: now)
      }
      let kept = records.filter { $0.value.status == .filteredByTarget }
      #expect(count == kept.count)
      for key in kept.keys { records[key]?.due = now }
    default:
      try test.store.transaction {
        try $0.shortenPasswordWaits(channel, at: now, longest: 2, filtered: 3)
      }
      for (key, record) in records {
        guard let due = record.due, due > at(time + 2) else { continue }
        if record.status != .filteredByTarget || due > at(time + 3) { records[key]?.due = now }
      }
    }
  }

  // MARK: What must hold

  private func check() throws {
    try test.store.look { tx in
      for anchor in Self.anchors {
        let found = try tx.password(anchor, channel: channel)
        #expect(found == records[key(anchor)], "\(anchor.debugDescription)")
        #expect(found.map { key($0.anchor) } == records[key(anchor)].map { _ in key(anchor) })
        #expect(try tx.password(anchor, channel: channel + 1) == nil)
      }
      #expect(
        try tx.retryingPasswords(channel)
          == records.values.count { $0.due != nil && $0.attempts > 0 })
      let sorted = records.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
      for status in PasswordStatus.allCases {
        let wanted = sorted.filter { $0.status == status }
        for limit in [1, wanted.count - 1, wanted.count, wanted.count + 1] where limit > 0 {
          var paged: [PasswordRecord] = []
          while paged.count <= wanted.count {
            let page = try tx.passwords(
              channel, with: status, after: paged.last?.anchor ?? "", limit: limit)
            if page.isEmpty { break }
            paged += page
          }
          #expect(paged == wanted, "\(status) in pages of \(limit)")
        }
      }
    }
    for filter in [PasswordFilter.all] {
      for limit in [1, max(1, records.count), records.count + 1] {
        var paged: [PasswordRow] = []
        while paged.count <= records.count {
          let page = try test.reader.passwords(
            channel: channel, filter, text: "", after: paged.last?.id.anchor, limit: limit)
          if page.isEmpty { break }
          paged += page
        }
        #expect(paged.count == records.count)
        for row in paged {
          let record = try #require(records[key(row.id.anchor)])
          #expect(row.status == record.status && row.reason == record.reason)
          let isKnown = record.syncedStamp == record.stamp && record.syncedAnchor != nil
          #expect(row.isCurrent == isKnown)
          #expect(row.due == record.due && row.attempts == record.attempts)
        }
      }
    }
  }

  @Test("Every account stands as its record says, whatever was done to others", arguments: 0..<12)
  func anyHistory(_ seed: Int) throws {
    random = SeededRandom(seed: seed)
    for step in 1...48 {
      try act()
      if step.isMultiple(of: 12) { try check() }
    }
  }

  @Test("What is due comes in the order of its time, in pages of any size", arguments: 0..<6)
  func due(_ seed: Int) throws {
    random = SeededRandom(seed: 40 + seed)
    for _ in 0..<30 { try act() }
    let now = at(time + Double(Int.random(in: -3...3, using: &random)))
    let wanted = records.values.filter { $0.due.map { $0 <= now } ?? false }
    for limit in [1, 2, wanted.count, wanted.count + 1] where limit > 0 {
      var (paged, last): ([PasswordRecord], PasswordDue?) = ([], nil)
      while paged.count <= wanted.count {
        let page = try test.store.look {
          try $0.duePasswords(channel, at: now, after: last, limit: limit)
        }
        guard let end = page.last else { break }
        (paged, last) = (paged + page.passwords, end)
      }
      #expect(Set(paged) == Set(wanted) && paged.count == wanted.count)
      let times = paged.compactMap(\.due)
      #expect(times == times.sorted())
    }
  }

  @Test("Accounts are looked through for lost ones in pages of any size, each once")
  func lost() throws {
    try test.stage(try (0..<9).map { .entry(try test.entry("s\($0)")) })
    for (number, anchor) in Self.anchors.enumerated() {
      let object = number.isMultiple(of: 2) ? try test.id("s\(number)") : 4711
      try write(note(anchor, .success, target: nil, object: object))
    }
    let gone = Self.anchors.enumerated().filter { !$0.offset.isMultiple(of: 2) }.map(\.element)
    for limit in [1, 2, 8, 9, 10] {
      var (found, after, looks): ([String], String?, Int) = ([], "", 0)
      while let from = after {
        let page = try test.store.look {
          try $0.lostPasswords(channel, after: from, limit: limit)
        }
        found += page.anchors
        after = page.last
        looks += 1
        try #require(looks < 20)
      }
      #expect(
        found.map(key).sorted { $0.lexicographicallyPrecedes($1) }
          == gone.map(key).sorted { $0.lexicographicallyPrecedes($1) })
    }
    #expect(
      try test.store.transaction { try $0.notePasswordsOfLost(channel, Self.anchors) }
        == gone.count)
    for anchor in gone {
      #expect(try record(anchor).status == .sourceConnectorNotPresent)
      #expect(try record(anchor).due == nil)
    }
  }
}
