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
  /// By account, the objects that it has at both ends to begin with.
  private var objects: [[UInt8]: (source: Int64, target: Int64)] = [:]
  /// By account, the source's object that its row names.
  private var sources: [[UInt8]: Int64] = [:]
  /// By object, the anchor of what is there still, and the metaverse object that it is linked to.
  private var present: [Int64: String] = [:]
  private var links: [Int64: Int64] = [:]

  private func key(_ anchor: String) -> [UInt8] { Array(anchor.utf8) }

  private func change(_ anchor: String, _ body: (inout PasswordRecord) -> Void) {
    guard var record = records[key(anchor)] else { return }
    body(&record)
    records[key(anchor)] = record
  }

  // MARK: The objects

  private func stageObjects() throws {
    let all = Self.anchors.enumerated()
    try test.stage(try all.map { .entry(try test.entry("s\($0.offset)", anchor: $0.element)) })
    try test.stage(
      try all.map { .entry(try test.entry("t\($0.offset)", anchor: "t\0" + $0.element)) },
      connector: test.target)
    func stored(_ connector: Int64, _ anchor: String) throws -> Int64 {
      let found = try test.store.look {
        [try $0.objectID(connector: connector, anchor: Anchor(anchor))]
      }
      let id = try #require(found[0])
      present[id] = anchor
      return id
    }
    for anchor in Self.anchors {
      objects[key(anchor)] = (
        source: try stored(test.source, anchor), target: try stored(test.target, "t\0" + anchor)
      )
    }
  }

  private func link(_ object: Int64, to metaverse: Int64?) throws {
    try test.store.transaction {
      try $0.execute("UPDATE cs_object SET mv_id = ? WHERE id = ?", [metaverse, object])
    }
    links[object] = metaverse
  }

  /// Has one of an account's objects linked to another metaverse object, or go.
  private func moveObject(of anchor: String) throws {
    let both = try #require(objects[key(anchor)])
    let isSource = random.chance(50)
    let object = isSource ? both.source : both.target
    guard let name = present[object] else { return }
    if random.chance(60) { return try link(object, to: random.choose([nil, 1, 1, 2])) }
    try link(object, to: nil)
    try test.stage(
      [.delete(ObjectAddress(anchor: Anchor(name)))],
      connector: isSource ? test.source : test.target)
    present[object] = nil
  }

  /// Which of the objects that an account's row names are gone.
  private func gone(_ record: PasswordRecord) -> (source: Bool, target: Bool) {
    let source = sources[key(record.anchor)]
    let isSourceGone = source.map { present[$0] == nil } ?? false
    guard let target = record.targetObject else { return (isSourceGone, false) }
    guard let name = present[target], key(name) == key(record.targetAnchor) else {
      return (isSourceGone, true)
    }
    // The account's way goes to another target.
    let link = source.flatMap { links[$0] }
    return (isSourceGone, link != nil && link != links[target])
  }

  // MARK: What may happen

  private func look(at anchor: String) throws {
    var note = note(
      anchor, random.choose(PasswordStatus.allCases), stamp: random.choose(["1", "2", "3"]),
      due: random.chance(60) ? at(Double(Int.random(in: 0...9, using: &random))) : nil)
    note.reason = random.text()
    note.dn = "CN=" + anchor
    note.isOwed = random.chance(20)
    let both = try #require(objects[key(anchor)])
    // Objects may go before the row is looked at again, and others get their anchors.
    note.object = random.choose([nil, both.source, both.source, both.source, 4711])
    if random.chance(60) {
      note.targetObject = random.chance(80) ? both.target : 4712
      note.targetAnchor = "t\0" + (random.chance(90) ? anchor : "another")
    }
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
    sources[key(anchor)] = note.object
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
    switch Int.random(in: 0..<13, using: &random) {
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
    case 10, 11: try moveObject(of: anchor)
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
    for limit in [1, max(1, records.count), records.count + 1] {
      let rows = try shown(limit: limit)
      #expect(rows.count == records.count)
      for row in rows { check(row, try #require(records[key(row.id.anchor)])) }
    }
  }

  /// The rows as faces show them, in pages.
  private func shown(limit: Int) throws -> [PasswordRow] {
    var paged: [PasswordRow] = []
    while paged.count <= records.count {
      let page = try test.reader.passwords(
        channel: channel, .all, text: "", after: paged.last?.id.anchor, limit: limit)
      if page.isEmpty { break }
      paged += page
    }
    return paged
  }

  /// Where the objects are there, a row says what the record says; of what is gone it says that.
  private func check(_ row: PasswordRow, _ record: PasswordRecord) {
    let gone = gone(record)
    let isKnown = record.syncedStamp == record.stamp && record.syncedAnchor != nil
    #expect(row.isCurrent == (isKnown && !gone.target))
    #expect(row.attempts == (gone.target ? 0 : record.attempts))
    #expect(row.object == (gone.source ? nil : sources[key(record.anchor)]))
    #expect(row.targetObject == (gone.target ? nil : record.targetObject))
    guard gone.source || gone.target else {
      #expect(row.status == record.status && row.reason == record.reason)
      #expect(row.due == record.due)
      return
    }
    let status: PasswordStatus =
      gone.source ? .sourceConnectorNotPresent : .targetNotExportedToDirectory
    #expect(row.status == status)
    #expect(row.reason.contains("gone from") && row.due == nil)
  }

  /// The channel's next turn notes what is gone as it was shown before.
  private func checkNoted() throws {
    let before = try shown(limit: 99)
    let count = try test.store.transaction {
      try $0.notePasswordsOfLost(channel, records.values.map(\.anchor))
    }
    let ends = records.values.map { gone($0) }
    let (sources, targets) = (ends.count { $0.source }, ends.count { $0.target })
    #expect(count == sources + targets)
    let after = try shown(limit: 99)
    #expect(before.count == after.count)
    for (told, noted) in zip(before, after) {
      // The status alone tells then, and the name of what is gone is told for so long.
      var told = told
      (told.reason, told.display) = (noted.reason, noted.display)
      #expect(told == noted)
    }
  }

  @Test("Every account stands as its record says, whatever was done to others", arguments: 0..<12)
  func anyHistory(_ seed: Int) throws {
    random = SeededRandom(seed: seed)
    try stageObjects()
    for step in 1...60 {
      try act()
      if step.isMultiple(of: 12) { try check() }
    }
    try checkNoted()
  }

  @Test("What is due comes in the order of its time, in pages of any size", arguments: 0..<6)
  func due(_ seed: Int) throws {
    random = SeededRandom(seed: 40 + seed)
    try stageObjects()
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
