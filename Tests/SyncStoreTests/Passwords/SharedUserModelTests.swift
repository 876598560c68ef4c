import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Accounts of two sources that are joined to the same users, by chance, held against their rows.
@Suite("Of accounts that share a user the password that was set last counts")
struct SharedUserModelTests {
  /// A row of the ledger as it stands, read column by column.
  private struct Account: Equatable {
    var id: Int64
    var channel: Int64
    var anchor: String
    var dn: String
    var object: Int64?
    var target: Int64?
    var status: PasswordStatus
    var reason: String
    var changed: Int64?
    var syncedChanged: Int64?
    var syncedAnchor: String?
    var due: Int64?
    var attempts: Int
  }

  private final class World {
    let test: TestStore
    var random: SeededRandom
    let channels: [Int64]
    let people: [Int64]
    let users: [Int64]
    var isActive: Set<Int64>

    init(seed: Int) throws {
      let test = try TestStore()
      random = SeededRandom(seed: seed)
      let second = try test.store.transaction {
        try $0.register(name: "second", type: "memory", isSource: true, fingerprint: "1")
      }
      channels = try test.store.transaction { tx in
        try [test.source, second].map {
          try tx.registerPasswordChannel(
            source: $0, target: test.target, domain: "contoso.test", intervalSeconds: 120)
        }
      }
      try test.stage(try (0..<6).map { .entry(try test.entry("p\($0)")) })
      try test.stage(
        try (0..<3).map { .entry(try test.entry("u\($0)")) }, connector: test.target)
      people = try (0..<6).map { try test.id("p\($0)") }
      users = try (0..<3).map { try test.id("u\($0)", connector: test.target) }
      isActive = Set(channels)
      self.test = test
      for id in people + users { try link(id) }
    }

    /// Links an object to one of three metaverse objects, or to none.
    func link(_ id: Int64) throws {
      let metaverse = random.chance(80) ? Int64.random(in: 1...3, using: &random) : nil
      try test.store.transaction {
        try $0.execute("UPDATE cs_object SET mv_id = ? WHERE id = ?", [metaverse, id])
      }
    }

    func accounts() throws -> [Account] {
      try test.store.look { tx throws in
        try tx.rows(
          """
          SELECT id, channel_id, anchor, dn, object_id, target_object_id, status, reason, changed,
            synced_changed, synced_anchor, due, attempts FROM password ORDER BY id
          """
        ).map {
          Account(
            id: $0[0], channel: $0[1], anchor: $0[2], dn: $0[3], object: $0[4], target: $0[5],
            status: PasswordStatus(rawValue: $0[6]) ?? .unknown, reason: $0[7], changed: $0[8],
            syncedChanged: $0[9], syncedAnchor: $0[10], due: $0[11], attempts: $0[12])
        }
      }
    }

    func metaverse(_ id: Int64?) throws -> Int64? {
      try test.store.look { tx in [try id.flatMap { try tx.metaverseID(of: $0) }] }[0]
    }

    func isStaged(_ id: Int64?) throws -> Bool {
      try test.store.look { tx in try id.flatMap { try tx.object($0)?.image } != nil }
    }

    var moment: Int64 { Int64.random(in: 1...4, using: &random) * 1000 }
  }

  // MARK: What may happen

  private func act(_ world: World) throws {
    let channel = world.random.choose(world.channels)
    let anchor = world.random.choose(["a", "b", "c", "nul\0a"])
    switch Int.random(in: 0..<8, using: &world.random) {
    case 0, 1, 2:
      var note = PasswordNote(
        anchor: anchor, dn: "CN=\(anchor) of \(channel)",
        status: world.random.choose(PasswordStatus.allCases), stamp: "\(world.moment)",
        changed: world.random.chance(85) ? Timestamp(milliseconds: world.moment) : nil)
      note.object = world.random.chance(85) ? world.random.choose(world.people) : nil
      note.targetObject = world.random.chance(85) ? world.random.choose(world.users) : nil
      note.due = world.random.chance(50) ? Timestamp(milliseconds: world.moment) : nil
      try world.test.store.transaction { try $0.note(note, channel: channel, at: .now) }
    case 3, 4: try take(world, channel, anchor)
    case 5: try world.link(world.random.choose(world.people + world.users))
    case 6:
      if world.isActive.remove(channel) == nil { world.isActive.insert(channel) }
      let kept = Array(world.isActive)
      try world.test.store.transaction { tx in
        try tx.retirePasswordChannels(except: kept)
        for id in kept {
          try tx.execute("UPDATE password_channel SET is_active = 1 WHERE id = ?", [id])
        }
      }
    default:
      let person = Int.random(in: 0..<6, using: &world.random)
      let isGone = try !world.isStaged(world.people[person])
      let entry = try world.test.entry("p\(person)")
      try world.test.stage([
        isGone ? .entry(entry) : .delete(ObjectAddress(anchor: Anchor("a-p\(person)")))
      ])
    }
  }

  /// The user takes an account's password.
  private func take(_ world: World, _ channel: Int64, _ anchor: String) throws {
    let known = try world.test.store.look { [try $0.password(anchor, channel: channel)] }[0]
    guard let known, let changed = known.changed else { return }
    let line = PasswordRequestLine(
      anchor: anchor, dn: known.dn, changed: changed, stamp: known.stamp, request: "r")
    let before = try world.accounts()
    let moment = Timestamp(milliseconds: 9000)
    try world.test.store.transaction { tx in
      let batch = try tx.beginPasswordBatch(channel, [line], at: .now)
      try tx.answerPassword(
        line, at: 0, batch: batch, channel: channel, PasswordOutcome(status: .success), now: .now)
      try tx.endPasswordBatch(batch, at: .now)
    }
    let taken = try world.accounts()
    try world.test.store.transaction {
      try $0.outdatePasswords(before: line, channel: channel, until: moment)
    }
    #expect(before.count == taken.count)
    #expect(try world.accounts() == outdated(taken, by: line, channel, world, until: moment))
  }

  /// What is left of the others once one was taken.
  private func outdated(
    _ accounts: [Account], by line: PasswordRequestLine, _ channel: Int64, _ world: World,
    until moment: Timestamp
  ) -> [Account] {
    guard let me = accounts.first(where: { $0.channel == channel && $0.anchor == line.anchor })
    else { return accounts }
    return accounts.map { account in
      var other = account
      guard other.id != me.id, other.target != nil, other.target == me.target else { return other }
      if other.status.isKeptBack {
        other.syncedAnchor = nil
        return other
      }
      guard let changed = other.changed, world.isActive.contains(other.channel) else {
        return other
      }
      guard (changed, other.id) < (line.changed.milliseconds, me.id) else { return other }
      (other.status, other.due, other.attempts) = (.filteredByTarget, moment.milliseconds, 0)
      other.reason = StoreTransaction.outdated(by: line.dn)
      other.syncedAnchor = nil
      return other
    }
  }

  // MARK: What must hold

  /// The accounts whose password a user took, and that was set later.
  private func later(
    than changed: Int64, of anchor: String, _ channel: Int64, target: Int64, latest: Int64,
    _ world: World
  ) throws -> [Account] {
    let all = try world.accounts()
    let own = all.first { $0.channel == channel && $0.anchor == anchor }?.id ?? .max
    let user = try world.metaverse(target)
    return try all.filter { account in
      guard account.target == target, account.id != own, account.changed != nil,
        let synced = account.syncedChanged, synced <= latest, !account.status.isKeptBack,
        world.isActive.contains(account.channel), user != nil
      else { return false }
      let isOfUser =
        try world.isStaged(account.object) && world.metaverse(account.object) == user
      return isOfUser && (synced, account.id) > (changed, own)
    }
  }

  private func check(_ world: World) throws {
    for channel in world.channels {
      for anchor in ["a", "nul\0a", "nobody"] {
        let (target, changed) = (world.random.choose(world.users), world.moment)
        let latest = world.moment + 1000
        let found = try world.test.store.look {
          [
            try $0.laterPassword(
              than: Timestamp(milliseconds: changed), of: anchor, channel: channel, target: target,
              latest: Timestamp(milliseconds: latest))
          ]
        }[0]
        let wanted = try later(
          than: changed, of: anchor, channel, target: target, latest: latest, world)
        let last = wanted.compactMap(\.syncedChanged).max()
        let names = wanted.filter { $0.syncedChanged == last }.map(\.dn)
        #expect(found == nil ? names.isEmpty : names.contains(found ?? ""))
      }
    }
    let accounts = try world.accounts()
    try world.test.store.look { tx throws in
      for channel in world.channels {
        let own = accounts.filter { $0.channel == channel && $0.due != nil }
        #expect(try tx.retryingPasswords(channel) == own.count { $0.attempts > 0 })
      }
    }
  }

  @Test(
    "Whoever shares a user, the later password is known, and the earlier ones are kept back",
    arguments: 0..<12)
  func anyHistory(_ seed: Int) throws {
    let world = try World(seed: seed)
    for _ in 0..<30 {
      try act(world)
      try check(world)
    }
  }
}
