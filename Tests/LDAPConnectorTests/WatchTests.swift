import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@testable import LDAPConnector

@Suite("Changes of a real OpenLDAP are noticed", .enabled(if: !TestSlapd.isMissing))
struct WatchTests {
  private static let provider = "overlay syncprov\nsyncprov-sessionlog 100\n"

  private func slapd(_ database: String = Self.provider) throws -> TestSlapd {
    try TestSlapd(TestSlapd.root + person("ann") + person("bob"), database: database)
  }

  private func connector(
    _ slapd: TestSlapd, _ means: WatchMeans? = nil,
    _ adjust: (inout LDAPConnectorSettings) -> Void = { _ in }
  ) -> LDAPConnector {
    slapd.connector {
      $0.watchMeans = means
      $0.pollInterval = 0.05
      adjust(&$0)
    }
  }

  private func act(
    _ slapd: TestSlapd, _ body: (LDAPConnection) async throws -> LDAPResult
  ) async throws {
    let connection = LDAPConnection(slapd.settings())
    try await connection.bind()
    let result = try await body(connection)
    #expect(result.code == 0, "\(result)")
  }

  private func name(_ person: String) -> String { "cn=\(person),ou=people,dc=example,dc=org" }

  private func text(_ value: String) -> [[UInt8]] { [Array(value.utf8)] }

  @Test(
    "Whatever is done to an object is noticed: by what the server tells, and by asking",
    arguments: [WatchMeans.persist, .poll])
  func everyChange(means: WatchMeans) async throws {
    let slapd = try slapd()
    let lookout = try await Lookout(connector(slapd, means))
    #expect(lookout.means.contains(means == .persist ? "RFC 4533" : "contextCSN"))
    try await lookout.notices {
      try await act(slapd) {
        try await $0.modify(
          name("ann"), [LDAPModification(.replace, "title", text("Head"))])
      }
    }
    try await lookout.notices {
      try await act(slapd) {
        try await $0.add(
          name("cid"),
          [
            SearchAttribute(description: "objectClass", values: text("inetOrgPerson")),
            SearchAttribute(description: "sn", values: text("C")),
          ])
      }
    }
    try await lookout.notices {
      try await act(slapd) { try await $0.rename(name("cid"), to: "cn=dan") }
    }
    try await lookout.notices {
      try await act(slapd) { try await $0.delete(name("bob")) }
    }
  }

  @Test("A server that tells nothing by itself is asked for the stamps of its entries")
  func stamps() async throws {
    let slapd = try slapd("")
    let watched = connector(slapd)
    let lookout = try await Lookout(watched)
    #expect(lookout.means == "asking for the stamps of entries")
    for title in ["Head", "Foot"] {
      try await lookout.notices {
        try await act(slapd) {
          try await $0.modify(name("ann"), [LDAPModification(.replace, "title", text(title))])
        }
      }
    }
    let failure = await #expect(throws: ConnectorFailure.self) {
      _ = try await connector(slapd, .persist).watch()
    }
    #expect(failure?.result == .badConfiguration)
    #expect(failure?.hint.contains("[connector.watch]") == true)
  }

  @Test("A server that tells by itself is taken at its word unless another means is configured")
  func choice() async throws {
    let slapd = try slapd()
    #expect(try await Lookout(connector(slapd)).means.contains("RFC 4533"))
    let failure = await #expect(throws: ConnectorFailure.self) {
      _ = try await connector(slapd, .notify).watch()
    }
    #expect(failure?.message.contains("\"notify\"") == true)
  }

  @Test("Objects that are not read are not told of")
  func outside() async throws {
    let slapd = try slapd()
    let lookout = try await Lookout(connector(slapd) { $0.filter = "(!(cn=ann))" })
    let isSilent = try await lookout.isSilent(for: 0.5) {
      try await act(slapd) {
        try await $0.modify(name("ann"), [LDAPModification(.replace, "title", text("Head"))])
      }
    }
    #expect(isSilent)
    try await lookout.notices {
      try await act(slapd) {
        try await $0.modify(name("bob"), [LDAPModification(.replace, "title", text("Foot"))])
      }
    }
  }

  @Test(
    "A server that is killed ends the watch with words", arguments: [WatchMeans.persist, .poll])
  func crash(means: WatchMeans) async throws {
    let slapd = try slapd()
    let lookout = try await Lookout(connector(slapd, means))
    slapd.crash()
    let failure = try #require(try await lookout.ending())
    #expect(failure.result == .stoppedConnectivity)
    #expect(failure.message.contains("\(slapd.port)"))
  }

  @Test(
    "A server that hangs is found out by asking it", arguments: [WatchMeans.persist, .poll])
  func hang(means: WatchMeans) async throws {
    let slapd = try slapd()
    let lookout = try await Lookout(
      connector(slapd, means) { $0.connection.operationTimeout = 0.3 })
    slapd.pause()
    defer { slapd.goOn() }
    let failure = try #require(try await lookout.ending())
    #expect(failure.result == .stoppedConnectivity && failure.message.contains("No answer"))
  }

  @Test(
    "A watch ends at once when nobody wants it any more",
    arguments: [WatchMeans.persist, .poll])
  func cancelled(means: WatchMeans) async throws {
    let slapd = try slapd()
    let lookout = try await Lookout(connector(slapd, means) { $0.pollInterval = 3600 })
    #expect(try await lookout.endsWhenCancelled())
  }

  @Test("A delta cycle follows a change, hours before the schedule would have one")
  func cycle() async throws {
    let slapd = try slapd()
    let space = try ImportedSpace(
      connector(slapd), watchedAt: ChangePace(quiet: 0.1, longestWait: 5, pause: 0.1))
    _ = try await space.engine.runCycle(.initial)
    try await space.whileWorking { space in
      try await space.eventually("the watch begins") { try $0.cycles.count == 2 }
      try await act(slapd) {
        try await $0.modify(name("ann"), [LDAPModification(.replace, "title", text("Head"))])
      }
      try await space.eventually("the change is read") {
        try $0.objects().values.contains { $0.attributes.text("title") == "Head" }
      }
      try await space.eventually("its cycle ends") { try $0.cycles.count == 3 }
      let cycle = try #require(try space.cycles.first)
      #expect(cycle.policy == .delta && cycle.reason == "triggered by a change at source")
      #expect(cycle.steps.contains { $0.type == .deltaImport && $0.updates == 1 })
    }
    #expect(try await space.differences() == [])
  }

  @Test("When its server comes back, a directory is watched again, and nothing is lost")
  func comesBack() async throws {
    let slapd = try slapd()
    let relay = try Relay(to: slapd.port)
    defer { relay.stop() }
    let through = connector(slapd) { $0.connection.servers[0].port = relay.port }
    let space = try ImportedSpace(
      through,
      watchedAt: ChangePace(quiet: 0.1, longestWait: 5, pause: 0.1))
    _ = try await space.engine.runCycle(.initial)
    try await space.whileWorking { space in
      try await space.eventually("the watch begins") { try $0.cycles.count == 2 }
      relay.cut()
      try await act(slapd) {
        try await $0.modify(name("ann"), [LDAPModification(.replace, "title", text("Head"))])
      }
      try await space.eventually("the change is read") {
        try $0.objects().values.contains { $0.attributes.text("title") == "Head" }
      }
    }
    let told = try space.reader.events(codes: [904], text: "watched", before: nil, limit: 9)
    #expect(told.contains { $0.level == .warning && $0.message.contains("is not watched") })
    #expect(told.contains { $0.message.contains("watched for changes again") })
  }
}

@Suite("What real servers at hand do not answer to a watch")
struct WatchFakeTests {
  @Test("The end of a watch is noticed though it comes together with a change")
  func endWithChange() async throws {
    let state = BERWriter.piece(
      BERTag.sequence,
      BERWriter.integer(1, BERTag.enumerated)
        + BERWriter.piece(BERTag.octets, [UInt8](repeating: 7, count: 16)))
    let server = try FakeServer { request in
      FakeProvider.answer(request) {
        var entry = SearchEntry(dn: "cn=new," + FakeProvider.suffix, attributes: [])
        entry.controls = [ServerControl(SyncControls.state, value: state)]
        var answer = FakeServer.Answer([entry])
        answer.code = LDAPCode.syncRefreshRequired
        return answer
      }
    }
    defer { server.stop() }
    let watch = try await server.connector { $0.watchMeans = .persist }.watch()
    let failure = await #expect(throws: ConnectorFailure.self) { try await watch.change() }
    #expect(failure?.message.contains("The server stopped telling changes") == true)
  }

  @Test("A domain in which something changes at any moment is not asked without a pause")
  func pauseBetweenQuestions() async throws {
    let controller = TellingController([], whole: [])
    let server = try FakeServer { request in
      guard request.controls.contains(ControlOID.notification) else {
        return controller.answer(request)
      }
      var answer = FakeServer.Answer([])
      answer.raw = []
      return answer
    }
    defer { server.stop() }
    let (connection, profile) = try await server.connector().connect()
    // What is silent for so long is asked, too.
    let context = try await server.connector { $0.connection.operationTimeout = 0.001 }.context(
      ImportRequest(watermark: nil) { 0 }, connection, profile)
    let events = Events()
    let watch = try #require(
      try await NotifiedWatch.begin(context, ScriptedProbe(moves: 3) { events.note("asked") }) {
        events.note("waited")
      })
    try await watch.change()
    #expect(events.all == ["asked", "waited", "asked", "waited", "asked"])
  }
}

/// A probe that finds something when it is asked for the last time.
private actor ScriptedProbe: ChangeProbe {
  nonisolated let words = "nothing"
  private var moves: Int
  private let note: @Sendable () -> Void

  init(moves: Int, _ note: @escaping @Sendable () -> Void) {
    (self.moves, self.note) = (moves, note)
  }

  func hasMoved() -> Bool {
    note()
    moves -= 1
    return moves == 0
  }
}

/// What happened, in order.
private final class Events: Sendable {
  private let noted = Mutex<[String]>([])
  var all: [String] { noted.withLock { $0 } }
  func note(_ what: String) { noted.withLock { $0.append(what) } }
}
