import Directory
import Synchronization
import TestSupport
import Testing

@testable import DirectoryReplication

/// A domain in memory: each change of an account gets the next number, as controllers count.
private final class MemoryDomain: Sendable {
  struct Account {
    var password: Int
    var change: UInt64
    var isDeleted = false
  }

  struct State {
    var accounts: [UInt32: Account] = [:]
    var change: UInt64 = 0
    var random: SeededRandom
    /// Whether a connection may end instead of an answer.
    var isFrail = true
    var wasLost = false
  }

  let state: Mutex<State>
  private let page: Int

  init(seed: Int, page: Int) {
    state = Mutex(State(random: SeededRandom(scattering: seed)))
    self.page = page
  }

  /// So many changes by chance.
  func change(_ count: Int) {
    state.withLock { state in
      for _ in 0..<count {
        state.change += 1
        let id = UInt32.random(in: 1100..<1115, using: &state.random)
        var account = state.accounts[id] ?? Account(password: 0, change: 0)
        account.isDeleted = state.accounts[id] != nil && state.random.chance(15)
        account.password += 1
        account.change = state.change
        state.accounts[id] = account
      }
    }
  }

  func answer(_ request: SeenRequest) -> FakeController.Answer {
    state.withLock { state in
      if state.isFrail, !state.wasLost, state.random.chance(20) {
        state.wasLost = true
        return .close
      }
      state.wasLost = false
      guard !request.isForObject else { return .reply(object(request, state)) }
      let newer = state.accounts.filter { $0.value.change > request.object }
        .sorted { $0.value.change < $1.value.change }
      let part = newer.prefix(page)
      var writer = ReplyWriter()
      writer.entries = part.map { entry($0.key, $0.value) }
      writer.hasMore = part.count < newer.count
      let place = writer.hasMore ? part.last?.value.change ?? 0 : state.change
      writer.to = USNVector(object: place, reserved: 0, property: place)
      writer.known = writer.hasMore ? nil : [writer.invocation: state.change]
      return .reply(writer.bytes)
    }
  }

  private func object(_ request: SeenRequest, _ state: State) -> [UInt8] {
    var writer = ReplyWriter()
    writer.entries = state.accounts.filter { request.names(Sample.guid($0.key)) }
      .map { entry($0.key, $0.value) }
    return writer.bytes
  }

  private func entry(_ id: UInt32, _ account: Account) -> ReplyWriter.Entry {
    var entry = Sample.user(id, password: "password \(account.password)")
    if account.isDeleted {
      entry.object.name = "CN=user\(id)\\0ADEL:x,CN=Deleted Objects,DC=contoso,DC=com"
      entry.values = [(.isDeleted, [Sample.littleEndian(UInt32(1))])]
    }
    return entry
  }
}

/// A reader that stores where it is and what it was told, and whose connection may end at any time.
@Suite("Any history of a replicated domain")
struct ReplicationHistoryTests {
  private struct Copy {
    var accounts: [GUID: ReplicatedAccount] = [:]
    var cursor: ReplicationCursor?

    mutating func take(_ batch: ReplicatedBatch) {
      for change in batch.changes {
        switch change {
        case .account(let account): accounts[account.guid] = account
        case .deleted(let guid, _): accounts[guid] = nil
        case .unreadable(_, let name, let reason): Issue.record("\(name): \(reason)")
        }
      }
      cursor = batch.cursor
    }
  }

  /// Reads to the end; a lost connection loses what was not stored, and no more.
  private func follow(
    _ domain: MemoryDomain, _ reader: DirectoryReplicator, _ copy: inout Copy, between: () -> Void
  ) async throws {
    var (failures, batches) = (0, 0)
    while true {
      do {
        let batch = try await reader.changes(since: copy.cursor)
        copy.take(batch)
        if !batch.hasMore { return }
        batches += 1
        // A domain that never rests would be read for ever.
        if batches < 6 { between() }
      } catch let error as ReplicationError {
        failures += 1
        try #require(failures < 50, "\(error)")
      }
    }
  }

  private func expectSame(_ copy: Copy, _ domain: MemoryDomain) {
    let wanted = domain.state.withLock { $0.accounts.filter { !$0.value.isDeleted } }
    #expect(Set(copy.accounts.keys) == Set(wanted.keys.map { Sample.guid($0) }))
    for (id, account) in wanted {
      #expect(copy.accounts[Sample.guid(id)]?.has("password \(account.password)") == true)
    }
  }

  @Test(
    "In the end every account has its last password, whenever connections ended", arguments: 1...8)
  func lastPasswords(seed: Int) async throws {
    let domain = MemoryDomain(seed: seed, page: 1 + seed % 4)
    let controller = FakeController(changes: { domain.answer($0) })
    let reader = controller.reader()
    var copy = Copy()
    for _ in 0..<6 {
      domain.change(Int.random(in: 0...8, using: &domain.random))
      try await follow(domain, reader, &copy) { domain.change(1) }
      expectSame(copy, domain)
    }
    await reader.close()
  }

  @Test("Another reader goes on from where one ended, by the text of its place", arguments: 20...23)
  func others(seed: Int) async throws {
    let domain = MemoryDomain(seed: seed, page: 2)
    let controller = FakeController(changes: { domain.answer($0) })
    var copy = Copy()
    for _ in 0..<5 {
      domain.change(6)
      let reader = controller.reader()
      try await follow(domain, reader, &copy) {}
      await reader.close()
      expectSame(copy, domain)
      let text = try #require(copy.cursor?.description)
      copy.cursor = ReplicationCursor(text)
    }
  }
}

extension MemoryDomain {
  /// The chance of the domain, for what a test decides beside it.
  fileprivate var random: SeededRandom {
    get { state.withLock { $0.random } }
    set { state.withLock { $0.random = newValue } }
  }
}
