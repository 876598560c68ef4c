import Directory
import PasswordSync
import Secrets
import Testing

@testable import DirectoryReplication

/// The source of password hashes with a controller that does what it is told.
@Suite struct PasswordSourceTests {
  // The source of a controller, which ends with the last reference to it.
  private func withSource(
    _ changes: @escaping @Sendable (SeenRequest) -> FakeController.Answer,
    _ work: (ReplicationPasswordSource) async throws -> Void
  ) async throws {
    let controller = FakeController(changes: changes)
    let source = ReplicationPasswordSource(controller.reader(), domain: "contoso.com")
    defer { withExtendedLifetime(controller) {} }
    try await work(source)
    await source.close()
  }

  private func failure(_ work: () async throws -> Void) async throws -> PasswordSourceFailure {
    try #require(await #expect(throws: PasswordSourceFailure.self) { try await work() })
  }

  @Test("An account comes with the hash, the times and the flags that the controller tells")
  func account() async throws {
    try await withSource { _ in
      var writer = ReplyWriter()
      var mustChange = Sample.user(1105, password: "temporary")
      mustChange.values[4].1 = [[UInt8](repeating: 0, count: 8)]
      // One whose password never expires is not asked for another.
      var never = Sample.user(1106, password: "for good", control: 0x1_0200)
      never.values[4].1 = mustChange.values[4].1
      writer.entries = [
        Sample.user(1103, password: "Pa$$w0rd"),
        Sample.user(1104, password: "x", control: 0x4_0202), mustChange, never,
      ]
      return .reply(writer.bytes)
    } _: { source in
      let batch = try await source.changes(since: nil)
      try #require(batch.accounts.count == 4)
      let account = batch.accounts[0]
      #expect(account.name.anchor == Sample.guid(1103).description)
      #expect(account.name.dn == "CN=user1103,CN=Users,DC=contoso,DC=com")
      #expect(account.hash?.isEqual(to: PasswordHash.ntHash(of: "Pa$$w0rd")) == true)
      #expect(account.changed == Timestamp(fileTime: 134_000_000_000_000_000))
      #expect(!account.isDisabled && !account.requiresSmartCard && !account.mustChangePassword)
      #expect(batch.accounts[1].isDisabled && batch.accounts[1].requiresSmartCard)
      #expect(batch.accounts[2].mustChangePassword && !batch.accounts[3].mustChangePassword)
      #expect(batch.accounts[2].changed != nil)
      #expect(ReplicationCursor(batch.state) != nil)
      #expect(source.domain == "contoso.com")
    }
  }

  @Test("What was deleted is told by its anchor, apart from accounts")
  func deleted() async throws {
    try await withSource { _ in
      var writer = ReplyWriter()
      let object = DistinguishedObject(
        guid: Sample.guid(1), name: "CN=x\\0ADEL:00000001,CN=Deleted Objects,DC=contoso,DC=com")
      writer.entries = [
        ReplyWriter.Entry(object: object, values: [(.isDeleted, [[1, 0, 0, 0]])]),
        Sample.user(1103, password: "x"),
      ]
      return .reply(writer.bytes)
    } _: { source in
      let batch = try await source.changes(since: nil)
      #expect(batch.deleted == [Sample.guid(1).description])
      #expect(batch.accounts.map(\.name.anchor) == [Sample.guid(1103).description])
    }
  }

  @Test("Many accounts come in their order, up to the first that can't be read")
  func many() async throws {
    try await withSource { request in
      if request.names(Sample.guid(1105)) { return .reply(ReplyWriter(result: 8438).bytes) }
      if request.names(Sample.guid(1104)) { return .reply(ReplyWriter(result: 8439).bytes) }
      var writer = ReplyWriter()
      writer.entries = [Sample.user(1103, password: "x")]
      return .reply(writer.bytes)
    } _: { source in
      let names = [1104, 1103, 1105, 1103].map {
        AccountName(anchor: Sample.guid($0).description, dn: "")
      }
      let readings = await source.accounts(names)
      try #require(readings.count == 3)
      #expect(try readings[0].get() == nil)
      #expect(
        try readings[1].get()?.name
          == AccountName(
            anchor: Sample.guid(1103).description, dn: "CN=user1103,CN=Users,DC=contoso,DC=com"))
      #expect(throws: PasswordSourceFailure.self) { try readings[2].get() }
    }
  }

  @Test(
    "One object that the controller does not give is told as unreadable, and the others come",
    arguments: [
      (ReplyWriter(extendedStatus: 13).bytes, "EXOP_ERR_DIR_ERROR (13)"),
      (ReplyWriter(result: 8442).bytes, "internal error of replication (8442)"),
      (Array(ReplyWriter().bytes.prefix(60)) + [0, 0, 0, 0], "not what the protocol says"),
    ] as [([UInt8], String)])
  func oneRefused(answer: [UInt8], words: String) async throws {
    try await withSource { request in
      if request.isForObject, request.names(Sample.guid(1104)) { return .reply(answer) }
      var writer = ReplyWriter()
      writer.entries = [1103, 1104, 1105].map { Sample.user($0, password: "x") }
      if request.isForObject {
        writer.entries = writer.entries.filter { $0.object.guid.map(request.names) ?? false }
      } else {
        for index in writer.entries.indices {
          writer.entries[index].values.removeAll { ![.unicodePwd, .pwdLastSet].contains($0.0) }
        }
      }
      return .reply(writer.bytes)
    } _: { source in
      let cursor = ReplicationCursor(
        invocation: GUID(1, 2, 3, 4), vector: USNVector(object: 9, reserved: 0, property: 9),
        upToDateness: UpToDateness())
      let accounts = try await source.changes(since: cursor.description).accounts
      try #require(accounts.count == 3)
      #expect(accounts.map { $0.hash != nil } == [true, false, true])
      #expect(accounts[1].problem.contains(words), "\(accounts[1].problem)")
      #expect(accounts[1].stamp.isEmpty && accounts[1].name.dn.hasPrefix("CN=user1104,"))
      let name = AccountName(anchor: Sample.guid(1104).description, dn: "CN=known")
      let alone = try #require(try await source.account(name))
      #expect(alone.name == name && alone.problem.contains(words))
    }
  }

  @Test("A stamp is that of the hash, whatever else of the account changes")
  func stamp() async throws {
    try await withSource { request in
      var writer = ReplyWriter()
      var user = Sample.user(1103, password: "Pa$$w0rd", control: request.object == 0 ? 512 : 514)
      if request.object > 0 { user.object.name = "CN=Renamed,DC=contoso,DC=com" }
      writer.entries = [user]
      writer.to = USNVector(object: 5, reserved: 0, property: 5)
      return .reply(writer.bytes)
    } _: { source in
      let first = try await source.changes(since: nil)
      let second = try await source.changes(since: first.state)
      #expect(first.accounts[0].stamp == second.accounts[0].stamp)
      #expect(first.accounts[0].name.dn != second.accounts[0].name.dn)
      #expect(first.accounts[0].stamp.hasPrefix("4 "))
    }
  }

  @Test("Stamps differ with each part of what the controllers say of the hash")
  func stamps() {
    let time = Timestamp(milliseconds: 1_700_000_000_000)
    func stamp(_ version: UInt32, _ seconds: Double, _ controller: GUID, _ change: UInt64) -> String
    {
      PasswordStamp(
        ReplicatedEntry.Stamp(
          version: version, time: time.adding(seconds: seconds), controller: controller,
          change: change)
      ).description
    }
    let all = [
      stamp(1, 0, Sample.guid(1), 1), stamp(2, 0, Sample.guid(1), 1),
      stamp(1, 1, Sample.guid(1), 1), stamp(1, 0, Sample.guid(2), 1),
      stamp(1, 0, Sample.guid(1), 2),
    ]
    #expect(Set(all).count == all.count)
  }

  @Test(
    "Stamps tell which of two passwords gives way to the other",
    arguments: [
      (1, 0, 2, 1, true), (2, 1, 1, 0, false), (1, 0, 2, 0, true), (1, 0, 1, 1, true),
      (1, 1, 1, 0, false), (1, 0, 1, 0, false), (3, -9, 2, 0, false), (1, 9, 7, 0, false),
    ] as [(UInt32, Double, UInt32, Double, Bool)])
  func order(
    _ version: UInt32, _ seconds: Double, _ otherVersion: UInt32, _ otherSeconds: Double,
    _ isEarlier: Bool
  ) async throws {
    func stamp(_ version: UInt32, _ seconds: Double) -> String {
      let time = Timestamp(milliseconds: 1_700_000_000_000).adding(seconds: seconds)
      return PasswordStamp(
        ReplicatedEntry.Stamp(
          version: version, time: time, controller: Sample.guid(1), change: 7)
      ).description
    }
    try await withSource { _ in
      .reply(ReplyWriter().bytes)
    } _: { source in
      let (one, other) = (stamp(version, seconds), stamp(otherVersion, otherSeconds))
      #expect(source.isEarlier(one, than: other) == isEarlier)
      #expect(source.isEarlier("set 2026-01-31T12:00:00.000Z", than: other) == nil)
      #expect(source.isEarlier(one, than: "") == nil)
    }
  }

  @Test("A whole domain is read batch by batch, each going on from the state of the one before")
  func batches() async throws {
    try await withSource { request in
      var writer = ReplyWriter()
      let first = UInt32(1100 + request.object)
      writer.entries = (first..<first + 10).map { Sample.user($0, password: "pw") }
      writer.to = USNVector(object: request.object + 10, reserved: 0, property: 0)
      writer.hasMore = request.object < 20
      return .reply(writer.bytes)
    } _: { source in
      var anchors: [String] = []
      var batch = try await source.changes(since: nil)
      anchors += batch.accounts.map(\.name.anchor)
      while batch.hasMore {
        batch = try await source.changes(since: batch.state)
        anchors += batch.accounts.map(\.name.anchor)
      }
      #expect(anchors == (1100..<1130).map { Sample.guid($0).description })
    }
  }

  @Test("An account whose hash does not open is told with the reason, without a hash")
  func unreadable() async throws {
    try await withSource { _ in
      var writer = ReplyWriter()
      var broken = Sample.user(1103, password: "x")
      broken.values[3].1 = [[UInt8](repeating: 7, count: 36)]
      writer.entries = [broken]
      return .reply(writer.bytes)
    } _: { source in
      let account = try #require(try await source.changes(since: nil).accounts.first)
      #expect(account.hash == nil)
      #expect(account.problem == "its hash does not open with the session's key")
      let name = AccountName(anchor: Sample.guid(1103).description, dn: "")
      #expect(try await source.account(name)?.problem.isEmpty == false)
    }
  }

  @Test(
    "A state that is none, or that the controller refuses, is told as useless",
    arguments: [87, 8437])
  func uselessState(_ status: UInt32) async throws {
    try await withSource { request in
      .reply(ReplyWriter(result: request.object > 0 ? status : 0).bytes)
    } _: { source in
      let none = try await failure { _ = try await source.changes(since: "no cursor") }
      #expect(none.isStateUseless)
      let cursor = ReplicationCursor(
        invocation: GUID(1, 2, 3, 4), vector: USNVector(object: 9, reserved: 0, property: 9),
        upToDateness: UpToDateness())
      let refused = try await failure { _ = try await source.changes(since: cursor.description) }
      #expect(refused.isStateUseless)
      #expect(try await source.changes(since: nil).accounts.isEmpty)
    }
  }

  @Test("Another refusal leaves the state as it is, and is told with what to do")
  func refused() async throws {
    try await withSource { _ in
      .reply(ReplyWriter(result: 8456).bytes)
    } _: { source in
      let cursor = ReplicationCursor(
        invocation: GUID(1, 2, 3, 4), vector: USNVector(), upToDateness: UpToDateness())
      let failure = try await failure { _ = try await source.changes(since: cursor.description) }
      #expect(!failure.isStateUseless)
      #expect(failure.message.contains("8456"))
      #expect(failure.hint.contains("read only"))
      let checked = try await self.failure { try await source.check() }
      #expect(checked.message.contains("8456"))
    }
  }
}
