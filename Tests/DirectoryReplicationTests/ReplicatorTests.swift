import Directory
import Synchronization
import Testing

@testable import DirectoryReplication

/// The reader with a controller that does what real ones seldom do.
@Suite struct ReplicatorTests {
  @Test("A whole domain comes in several answers, each in many parts", arguments: [48, 300, 5000])
  func wholeDomain(part: Int) async throws {
    let controller = FakeController(FakeController.Manner(part: part)) { request in
      var writer = ReplyWriter()
      let first = UInt32(1100 + request.object)
      writer.entries = (first..<first + 20).map { Sample.user($0, password: "pw \($0)") }
      writer.to = USNVector(object: request.object + 20, reserved: 0, property: 0)
      writer.hasMore = request.object < 40
      return .reply(writer.bytes)
    }
    let reader = controller.reader()
    var accounts: [ReplicatedAccount] = []
    var batch = try await reader.changes(since: nil)
    accounts += batch.changes.compactMap(\.account)
    while batch.hasMore {
      batch = try await reader.changes(since: batch.cursor)
      accounts += batch.changes.compactMap(\.account)
    }
    #expect(accounts.map(\.guid) == (1100..<1160).map { Sample.guid($0) })
    #expect(accounts.allSatisfy { $0.has("pw \($0.sid.subAuthorities.last ?? 0)") })
    #expect(accounts.first?.name == "CN=user1100,CN=Users,DC=contoso,DC=com")
    #expect(accounts.first?.accountName == "user1100")
    #expect(accounts.first?.passwordSet == Timestamp(fileTime: 134_000_000_000_000_000))
    #expect(accounts.first?.stamp?.version == 4)
    await reader.close()
  }

  @Test("A request too long for the controller goes out in parts that it takes")
  func longRequest() async throws {
    let seen = Mutex<[UInt8]>([])
    let controller = FakeController(FakeController.Manner(longestUnit: 1432)) { request in
      seen.withLock { $0 = request.stub }
      return .reply(ReplyWriter().bytes)
    }
    let many = Dictionary(uniqueKeysWithValues: (0..<200).map { (Sample.guid($0), UInt64($0)) })
    let cursor = ReplicationCursor(
      invocation: GUID(1, 2, 3, 4), vector: USNVector(), upToDateness: UpToDateness(changes: many))
    _ = try await controller.reader().changes(since: cursor)
    #expect(controller.unitLengths.allSatisfy { $0 <= 1432 })
    #expect(controller.unitLengths.count >= 6)
    let stub = seen.withLock { $0 }
    #expect(stub.count > 4800)
    #expect(many.keys.allSatisfy { SeenRequest(stub: stub).names($0) })
  }

  @Test("A controller that refuses prefixes with a schema gets them without from then on")
  func schema() async throws {
    let seen = Mutex<[Bool]>([])
    let controller = FakeController { request in
      seen.withLock { $0.append(request.saysSchema) }
      return .reply(ReplyWriter(result: request.saysSchema ? 87 : 0).bytes)
    }
    let reader = controller.reader()
    _ = try await reader.changes(since: nil)
    _ = try await reader.changes(since: nil)
    #expect(seen.withLock { $0 } == [true, false, false])
  }

  @Test("What a change does not tell of an account is asked for")
  func completion() async throws {
    let asked = Mutex<[GUID]>([])
    let whole = Sample.user(1103, password: "new")
    let controller = FakeController { request in
      var writer = ReplyWriter()
      if request.isForObject {
        asked.withLock { $0.append(Sample.guid(1103)) }
        writer.entries = [whole]
      } else {
        var part = whole
        part.values = part.values.filter { [.unicodePwd, .pwdLastSet].contains($0.0) }
        var group = whole
        group.object.guid = Sample.guid(1200)
        group.values = group.values.filter { [.objectSid, .sAMAccountName].contains($0.0) }
        writer.entries = [part, group]
      }
      return .reply(writer.bytes)
    }
    let cursor = ReplicationCursor(
      invocation: GUID(1, 2, 3, 4), vector: USNVector(object: 9, reserved: 0, property: 9),
      upToDateness: UpToDateness())
    let batch = try await controller.reader().changes(since: cursor)
    #expect(batch.objectCount == 2)
    #expect(batch.changes.compactMap(\.account).map { $0.has("new") } == [true])
    #expect(asked.withLock { $0 } == [Sample.guid(1103)])
  }

  @Test("The deleted are told; machines, groups and the distribution centre's account are not")
  func kinds() async throws {
    let controller = FakeController { _ in
      var writer = ReplyWriter()
      let deleted = DistinguishedObject(
        guid: Sample.guid(1), name: "CN=x\\0ADEL:00000001,CN=Deleted Objects,DC=contoso,DC=com")
      var container = deleted
      container.name = "CN=Deleted Objects,DC=contoso,DC=com"
      let flag: [(ReplicatedAttribute, [[UInt8]])] = [(.isDeleted, [[1, 0, 0, 0]])]
      var broken = Sample.user(1104, password: "x")
      broken.values[3].1 = [[UInt8](repeating: 7, count: 36)]
      var empty = Sample.user(1105, password: "x", control: 514)
      empty.values[3].1 = []
      empty.values[4].1 = [[UInt8](repeating: 0, count: 8)]
      writer.entries = [
        ReplyWriter.Entry(object: deleted, values: flag),
        ReplyWriter.Entry(object: container, values: flag),
        Sample.user(502, password: "x"), Sample.user(1103, password: "x", control: 0x1000), broken,
        empty,
      ]
      return .reply(writer.bytes)
    }
    let changes = try await controller.reader().changes(since: nil).changes
    try #require(changes.count == 3)
    guard case .deleted(let guid, _) = changes[0],
      case .unreadable(_, let name, let why) = changes[1]
    else {
      Issue.record("\(changes)")
      return
    }
    #expect(guid == Sample.guid(1))
    #expect(name.hasPrefix("CN=user1104"))
    #expect(why == "its hash does not open with the session's key")
    let account = try #require(changes[2].account)
    #expect(account.hash == nil)
    #expect(account.isDisabled)
    #expect(account.mustChangePassword)
    #expect(!account.requiresSmartCard)
  }

  @Test("Another controller is not asked by the first one's numbers, but by what is known of all")
  func position() async throws {
    let seen = Mutex<[UInt64]>([])
    let controller = FakeController { request in
      seen.withLock { $0.append(request.object) }
      return .reply(ReplyWriter(result: request.saysKnown ? 0 : 8442).bytes)
    }
    let cursor = ReplicationCursor(
      invocation: GUID(5, 5, 5, 5), vector: USNVector(object: 7, reserved: 0, property: 7),
      upToDateness: UpToDateness(changes: [GUID(1, 0, 0, 0): 3]))
    let reader = controller.reader()
    let batch = try await reader.changes(since: cursor)
    #expect(batch.cursor.invocation == GUID(1, 2, 3, 4))
    let known: [GUID: UInt64] = [GUID(1, 2, 3, 4): 100, GUID(1, 0, 0, 0): 3]
    #expect(batch.cursor.upToDateness.changes == known)
    _ = try await reader.changes(since: batch.cursor)
    #expect(seen.withLock { $0 } == [7, 0, 100])
  }

  @Test("Of a controller that was set back behind the place, all is read again, and that is told")
  func setBack() async throws {
    let seen = Mutex<[UInt64]>([])
    let controller = FakeController { request in
      seen.withLock { $0.append(request.object) }
      var writer = ReplyWriter()
      writer.to = USNVector(object: 50, reserved: 0, property: 50)
      writer.known = [GUID(1, 2, 3, 4): 50]
      if request.object == 0 { writer.entries = [Sample.user(1103, password: "since")] }
      return .reply(writer.bytes)
    }
    let cursor = ReplicationCursor(
      invocation: GUID(1, 2, 3, 4), vector: USNVector(object: 100, reserved: 0, property: 100),
      upToDateness: UpToDateness(changes: [GUID(1, 2, 3, 4): 100, GUID(1, 0, 0, 0): 3]))
    let reader = controller.reader()
    let batch = try await reader.changes(since: cursor)
    #expect(batch.changes.compactMap(\.account).map { $0.has("since") } == [true])
    #expect(batch.cursor.upToDateness.changes == [GUID(1, 2, 3, 4): 50])
    let notices = await reader.takeNotices()
    #expect(notices.count == 1 && notices[0].contains("set back from change 100 to 50"))
    // From there it goes on as ever.
    #expect(try await reader.changes(since: batch.cursor).changes.isEmpty)
    #expect(await reader.takeNotices().isEmpty && seen.withLock { $0 } == [100, 0, 50])
  }

  @Test("The next controller is asked when one can't be reached, but not when it refuses")
  func failover() async throws {
    let asked = Mutex(0)
    let controller = FakeController { operation, _ in
      asked.withLock { $0 += 1 }
      return operation == 0 ? .fault(5) : .close
    }
    let good = FakeController { _ in .reply(ReplyWriter().bytes) }
    var settings = good.settings
    settings.hosts = ["127.0.0.2", "127.0.0.1"]
    let reader = DirectoryReplicator(settings) { _, _ in FakeContext() }
    #expect(await reader.failure() == nil)
    settings.mapperPort = controller.port
    settings.hosts = ["127.0.0.1", "127.0.0.1"]
    let refused = await DirectoryReplicator(settings) { _, _ in FakeContext() }.failure()
    #expect(refused?.code == .wrongPassword)
    #expect(asked.withLock { $0 } == 1)
    settings.hosts = []
    let none = await DirectoryReplicator(settings) { _, _ in FakeContext() }.failure()
    #expect(none?.words == "no controller is named")
  }

  @Test("An object that is not there is none")
  func noObject() async throws {
    let controller = FakeController { _ in .reply(ReplyWriter(result: 8439).bytes) }
    let change = try await controller.reader().account(Sample.guid(1))
    #expect(change.map { "\($0)" } == nil)
  }
}
