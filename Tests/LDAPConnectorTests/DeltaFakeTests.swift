import Directory
import Synchronization
import Testing

@testable import LDAPConnector

/// A domain controller that tells changes in many rounds, as Windows does ([MS-ADTS]
/// §3.1.1.3.4.1.3): each answer's control says whether there is more, and with which cookie.
private final class PagingController: Sendable {
  static let suffix = "DC=contoso,DC=test"
  let rounds: Int
  /// What goes wrong with the last round: its cookie is the one before.
  let isStuck: Bool
  private let asked = Mutex<[Int]>([])

  init(rounds: Int, isStuck: Bool = false) {
    self.rounds = rounds
    self.isStuck = isStuck
  }

  /// The rounds that were asked for, in order.
  var cookies: [Int] { asked.withLock { $0 } }

  func answer(_ request: FakeServer.Request) -> FakeServer.Answer {
    if request.base.isEmpty {
      return .controllerRoot(Self.suffix, hasDirSync: true)
    }
    guard let value = request.controlValues[ControlOID.dirSync] else {
      // The base itself, and nothing else that is asked for by itself.
      let isBase = request.attributes == ["objectGUID"]
      return .init(isBase ? [SearchEntry(dn: Self.suffix, attributes: [.guid(0)])] : [])
    }
    guard let cookie = try? DirSyncControl.answer(value).cookie else { return .init([]) }
    // Nothing matches the filter with which a beginning is asked for.
    if request.filter.first == 0xA2 {
      var answer = FakeServer.Answer([])
      answer.controls = [control(hasMore: false, round: 0)]
      return answer
    }
    let round = cookie.first.map { Int($0) } ?? 0
    asked.withLock { $0.append(round) }
    var answer = FakeServer.Answer([deleted(round)])
    let isLast = round + 1 == rounds
    answer.controls = [
      control(hasMore: !isLast || isStuck, round: isLast && isStuck ? round : round + 1)
    ]
    return answer
  }

  private func deleted(_ round: Int) -> SearchEntry {
    SearchEntry(
      dn: "CN=u\(round)\\0ADEL:x,CN=Deleted Objects,\(Self.suffix)",
      attributes: [.guid(UInt8(round + 1)), SearchAttribute("isDeleted", "TRUE")])
  }

  private func control(hasMore: Bool, round: Int) -> ServerControl {
    let value =
      BERWriter.integer(hasMore ? 1 : 0) + BERWriter.integer(0)
      + BERWriter.piece(BERTag.octets, [UInt8(round)])
    return ServerControl(ControlOID.dirSync, value: BERWriter.piece(BERTag.sequence, value))
  }
}

/// What is staged of a directory, where all that is asked for is.
private struct EverythingStaged: StagedObjects {
  func names(of anchors: [Anchor]) throws -> [Anchor: DistinguishedName] {
    var names: [Anchor: DistinguishedName] = [:]
    for anchor in anchors {
      names[anchor] = try DistinguishedName("CN=\(anchor.text),\(PagingController.suffix)")
    }
    return names
  }
  func below(_ dn: DistinguishedName) -> [Anchor] { [] }
  func referrers(to anchors: [Anchor]) -> [Anchor] { [] }
  func waiting(for names: [DistinguishedName]?) -> [AttributeName: [Anchor]] { [:] }
}

@Suite("What real servers at hand do not answer to a delta")
struct DeltaFakeTests {
  /// The changes of a delta from the beginning, and where it ended.
  private func delta(
    _ connector: LDAPConnector
  ) async throws -> (changes: [ImportedChange], cookie: [UInt8]?) {
    let start: Watermark = try #require(try await connector.run().batches.last?.watermark)
    let reader = try await connector.openImport(
      ImportRequest(
        watermark: start, staged: EverythingStaged(), stagedCount: { 0 }))
    var result: (changes: [ImportedChange], cookie: [UInt8]?) = ([], nil)
    while let batch = try await reader.next() {
      result.changes += batch.changes
      if let mark = batch.watermark { result.cookie = LDAPWatermark(mark)?[bytes: "cookie"] }
    }
    return result
  }

  @Test(
    "Changes that a controller tells in many rounds are all read, each from where the last ended",
    arguments: [1, 2, 60])
  func paging(rounds: Int) async throws {
    let controller = PagingController(rounds: rounds)
    let server = try FakeServer { controller.answer($0) }
    defer { server.stop() }
    let result = try await delta(server.connector())
    let deletes = result.changes.filter { if case .delete = $0 { true } else { false } }
    #expect(deletes.count == rounds && Set(deletes).count == rounds)
    #expect(controller.cookies == Array(0..<rounds))
    #expect(result.cookie == [UInt8(rounds)])
  }

  @Test("The check says that Windows tells deletes to who has the right to all changes")
  func windowsCheck() async throws {
    let controller = PagingController(rounds: 1)
    let server = try FakeServer { controller.answer($0) }
    defer { server.stop() }
    let findings = await server.connector().check()
    #expect(findings.contains { $0.isGood && $0.text == "deletes: told by DirSync" }, "\(findings)")
    #expect(!findings.contains { $0.text.contains("deleted objects") })
  }

  @Test("A controller that promises more for ever ends the delta, whose cookie stays where it was")
  func stuck() async throws {
    let controller = PagingController(rounds: 3, isStuck: true)
    let server = try FakeServer { controller.answer($0) }
    defer { server.stop() }
    let failure = await #expect(throws: ConnectorFailure.self) {
      _ = try await delta(server.connector())
    }
    #expect(failure?.message.contains("promises more changes and does not tell them") == true)
    #expect(controller.cookies == [0, 1, 2])
  }

  /// RFC 4533 §3.6: a server that can't go on from a cookie says e-syncRefreshRequired.
  @Test(
    "A cookie that a server can't go on from asks for a full import, in the server's words",
    arguments: [LDAPCode.syncRefreshRequired, LDAPCode.unwillingToPerform])
  func refreshRequired(code: Int32) async throws {
    let server = try FakeServer { request in
      FakeProvider.answer(request) {
        var answer = FakeServer.Answer([])
        answer.code = code
        answer.words = "the log was cut off"
        return answer
      }
    }
    defer { server.stop() }
    let connector = server.connector()
    let imported = try await connector.run()
    #expect(imported.entries.count == 1)
    let mark = try #require(imported.batches.last?.watermark)
    #expect(mark.kind == "ldap-syncrepl")
    let failure = await #expect(throws: ConnectorFailure.self) {
      _ = try await connector.run(since: mark)
    }
    #expect(failure?.result == .fullImportRequired)
    #expect(failure?.message.contains("does not take the cookie") == true)
    #expect(failure?.serverWords.contains("the log was cut off") == true)
  }

  /// A server that has content synchronization and is not OpenLDAP.
  private func otherServer(
    _ change: @escaping @Sendable () -> FakeServer.Answer = { .init([]) }
  ) throws -> FakeServer {
    try FakeServer { request in
      var answer = FakeProvider.answer(request, changes: change)
      guard !request.controls.contains(ControlOID.syncRequest) else { return answer }
      answer.entries = answer.entries.map { entry in
        let own = entry.attributes.filter { !$0.values.contains(Array("OpenLDAProotDSE".utf8)) }
        return SearchEntry(
          dn: entry.dn,
          attributes: own + [SearchAttribute("modifyTimestamp", "20261130120000Z")])
      }
      return answer
    }
  }

  @Test("Content synchronization is taken by itself of OpenLDAP alone")
  func otherServers() async throws {
    let server = try otherServer()
    defer { server.stop() }
    let connector = server.connector { $0.anchorAttribute = "entryUUID" }
    #expect(try await connector.run().batches.last?.watermark?.kind == "ldap-timestamps")
    #expect(try await connector.watch().means == "asking for the stamps of entries")
    let named = server.connector {
      $0.anchorAttribute = "entryUUID"
      $0.delta = .contentSync
    }
    #expect(try await named.run().batches.last?.watermark?.kind == "ldap-syncrepl")
  }

  @Test(
    "A server that tells changes by other identifiers than its objects show is not believed",
    arguments: [1, 2] as [UInt8])
  func foreignIdentifiers(last: UInt8) async throws {
    let server = try otherServer {
      var entry = SearchEntry(
        dn: "cn=a," + FakeProvider.suffix,
        attributes: [
          SearchAttribute("objectClass", "person"),
          SearchAttribute("entryUUID", "00000000-0000-0000-0000-000000000001"),
        ])
      let uuid = [UInt8](repeating: 0, count: 15) + [last]
      entry.controls = [
        ServerControl(
          SyncControls.state,
          value: BERWriter.piece(
            BERTag.sequence, [0x0A, 1, 1] + BERWriter.piece(BERTag.octets, uuid)))
      ]
      var answer = FakeServer.Answer([entry])
      answer.controls = [
        ServerControl(SyncControls.done, value: BERWriter.piece(BERTag.sequence, [1, 1, 255]))
      ]
      return answer
    }
    defer { server.stop() }
    let connector = server.connector {
      $0.anchorAttribute = "entryUUID"
      $0.delta = .contentSync
    }
    let start = try #require(try await connector.run().batches.last?.watermark)
    guard last != 1 else {
      #expect(try await connector.run(since: start).entries.count == 1)
      return
    }
    let failure = await #expect(throws: ConnectorFailure.self) {
      _ = try await connector.run(since: start)
    }
    #expect(failure?.result == .stoppedUnexpectedData)
    #expect(failure?.hint == "Write delta = \"timestamps\".")
  }
}
