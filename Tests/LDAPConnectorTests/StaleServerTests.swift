import Directory
import ProgramTesting
import SyncStore
import Testing

@testable import LDAPConnector

/// What becomes of an import when the server that answers has less than was read of another one.
@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct StaleServerTests {
  private static let provider = "overlay syncprov\nsyncprov-sessionlog 100\n"

  /// Servers that have been filled with the same objects.
  private func servers(_ database: String = Self.provider) throws -> (TestSlapd, TestSlapd) {
    (try TestSlapd(Self.world, database: database), try TestSlapd(Self.world, database: database))
  }

  /// Who is there on both servers, the same by identifier and stamp.
  private static let world: String = {
    let records = (TestSlapd.root + person("Ann") + person("Bob")).split(separator: "\n\n")
    return records.enumerated().map { number, record in
      let lines = String(record.drop { $0 == "\n" })
      let identifier = "entryUUID: 00000000-0000-4000-8000-00000000000\(number)"
      return "\(lines)\n\(identifier)\nentryCSN: 20260101000000.000000Z#000000#000#000000\n\n"
    }.joined()
  }()

  private func add(_ name: String, to slapd: TestSlapd) async throws {
    let connection = LDAPConnection(slapd.settings())
    try await connection.bind()
    let result = try await connection.add(
      "cn=\(name),ou=people,dc=example,dc=org",
      [SearchAttribute("objectClass", "inetOrgPerson"), SearchAttribute("sn", name)])
    #expect(result.code == 0, "\(result)")
  }

  private func delete(_ name: String, from slapd: TestSlapd) async throws {
    let connection = LDAPConnection(slapd.settings())
    try await connection.bind()
    let result = try await connection.delete("cn=\(name),ou=people,dc=example,dc=org")
    #expect(result.code == 0, "\(result)")
  }

  private func people(_ space: ImportedSpace) throws -> [String] {
    try space.objects().values.filter { $0.type == "user" }.map {
      $0.dn.replacing(",ou=people,dc=example,dc=org", with: "")
    }.sorted()
  }

  /// A space that has read `New` of a server which is gone now, so that another one answers that has
  /// never heard of it.
  private func failedOver(
    _ primary: TestSlapd, _ replica: TestSlapd
  ) async throws -> ImportedSpace {
    let space = try ImportedSpace(
      primary.connector { $0.connection.servers += replica.settings().servers })
    #expect(try await space.run(.fullImport).result == "success")
    try await add("New", to: primary)
    #expect(try await space.run(.deltaImport).result == "success")
    #expect(try people(space) == ["cn=Ann", "cn=Bob", "cn=New"])
    primary.crash()
    return space
  }

  @Test("A server that has not caught up is not read, and nobody is taken for gone")
  func behind() async throws {
    let (primary, replica) = try servers()
    let space = try await failedOver(primary, replica)
    for type in [StepType.deltaImport, .fullImport, .fullImport] {
      let run = try await space.run(type)
      #expect(run.result == "no-start-server-behind")
      #expect(run.message.contains("\(replica.settings().servers[0]) has less than was read"))
    }
    #expect(try people(space) == ["cn=Ann", "cn=Bob", "cn=New"])
    let held = try space.reader.heldImports()
    #expect(held.count == 1 && held.allSatisfy { $0.isBehind && $0.releasedBy == nil })
    let again = try primary.startAgain()
    defer { Programs.end(again) }
    // A server that crashed says that it is behind, too, and is not.
    #expect(try await space.run(.deltaImport).result == "no-start-full-import-required")
    #expect(try await space.run(.fullImport).result == "success")
    #expect(try people(space) == ["cn=Ann", "cn=Bob", "cn=New"])
    #expect(try space.reader.heldImports().isEmpty)
  }

  @Test("A directory that was restored is read once a person says that it is right as it is now")
  func restored() async throws {
    let (primary, replica) = try servers()
    let space = try await failedOver(primary, replica)
    #expect(try await space.run(.deltaImport).result == "no-start-server-behind")
    try space.release()
    #expect(try await space.run(.deltaImport).result == "no-start-full-import-required")
    #expect(try await space.run(.fullImport).result == "success")
    #expect(try people(space) == ["cn=Ann", "cn=Bob"])
    #expect(try space.reader.heldImports().isEmpty)
    try await add("Later", to: replica)
    #expect(try await space.run(.deltaImport).result == "success")
    #expect(try people(space) == ["cn=Ann", "cn=Bob", "cn=Later"])
  }

  @Test("A server that was put back is read in full once it has got as far, and who it lost waits")
  func putBack() async throws {
    let slapd = try TestSlapd(Self.world, database: Self.provider)
    let space = try ImportedSpace(slapd.connector())
    #expect(try await space.run(.fullImport).result == "success")
    try await add("New", to: slapd)
    try await delete("Bob", from: slapd)
    #expect(try await space.run(.deltaImport).result == "success")
    #expect(try people(space) == ["cn=Ann", "cn=New"])
    let again = try slapd.putBack()
    defer { Programs.end(again) }
    #expect(try await space.run(.deltaImport).result == "no-start-server-behind")
    #expect(try space.reader.heldImports().map(\.kind) == ["set-back"])
    try await add("Later", to: slapd)
    #expect(try await space.run(.deltaImport).result == "no-start-full-import-required")
    let run = try await space.run(.fullImport)
    #expect(run.result == "stopped-deletion-limit")
    let lack = "had less than was read of the directory before"
    #expect(run.message.contains(lack), "\(run.message)")
    #expect(try people(space) == ["cn=Ann", "cn=Bob", "cn=Later", "cn=New"])
    #expect(try await space.run(.deltaImport).result == "success")
    #expect(try await space.run(.fullImport).result == "stopped-deletion-limit")
    #expect(try space.reader.heldImports().map(\.kind) == ["deletes", "set-back"])
    try space.release()
    #expect(try await space.run(.fullImport).result == "success")
    #expect(try people(space) == ["cn=Ann", "cn=Bob", "cn=Later"])
    #expect(try space.reader.heldImports().isEmpty)
  }

  @Test("A server that has got again what it had told has been slow behind a common address")
  func slowBehindAddress() async throws {
    let slapd = try TestSlapd(Self.world, database: Self.provider)
    try await add("New", to: slapd)
    var mark = try #require(try await slapd.connector().run().batches.last?.watermark)
    func hasCaughtUp(wasSetBack: Bool) async throws -> Bool? {
      var request = ImportRequest(watermark: nil, stagedUpTo: mark, stagedCount: { 0 })
      request.wasSetBack = wasSetBack
      return try await slapd.connector().openImport(request).next()?.hasCaughtUp
    }
    #expect(try await hasCaughtUp(wasSetBack: true) == true)
    #expect(try await hasCaughtUp(wasSetBack: false) == false)
    // Nobody can tell whether it ever had a change that nothing bears any more.
    try await delete("New", from: slapd)
    #expect(try await hasCaughtUp(wasSetBack: true) == false)
    // But for the last one that it has got.
    mark = try #require(try await slapd.connector().run().batches.last?.watermark)
    #expect(try await hasCaughtUp(wasSetBack: true) == true)
    try await add("Newer", to: slapd)
    #expect(try await hasCaughtUp(wasSetBack: true) == false)
  }

  @Test(
    "A server that forgot in a crash how far it had got is read on, though its last was a delete")
  func crashedAfterDelete() async throws {
    let slapd = try TestSlapd(Self.world, database: Self.provider)
    let space = try ImportedSpace(slapd.connector())
    #expect(try await space.run(.fullImport).result == "success")
    try await add("New", to: slapd)
    #expect(try await space.run(.deltaImport).result == "success")
    try await delete("Bob", from: slapd)
    #expect(try await space.run(.deltaImport).result == "success")
    slapd.crash()
    let again = try slapd.startAgain()
    defer { Programs.end(again) }
    #expect(try await space.run(.deltaImport).result == "no-start-full-import-required")
    #expect(try await space.run(.fullImport).result == "success")
    #expect(try people(space) == ["cn=Ann", "cn=New"])
    try await delete("New", from: slapd)
    #expect(try await space.run(.deltaImport).result == "success")
    #expect(try people(space) == ["cn=Ann"])
    #expect(try await space.run(.fullImport).result == "success")
    #expect(try space.reader.heldImports().isEmpty)
  }

  @Test("Of whom the last change was a delete is noted, and of nobody after another change")
  func notedDeletes() async throws {
    let slapd = try TestSlapd(Self.world, database: Self.provider)
    let connector = slapd.connector()
    var mark = try #require(try await connector.run().batches.last?.watermark)
    func next() async throws -> [String] {
      mark = try #require(try await connector.run(since: mark).batches.last?.watermark)
      return try #require(LDAPWatermark(mark)).progress.deleted
    }
    try await delete("Bob", from: slapd)
    #expect(try await next().count == 1)
    #expect(try await next().count == 1, "nothing has come since")
    try await delete("Ann", from: slapd)
    try await add("New", to: slapd)
    #expect(try await next() == [])
  }

  @Test("A server that hides its stamps says itself that it is behind")
  func hiddenStamps() async throws {
    let primary = try TestSlapd(Self.world, database: Self.provider)
    try await add("New", to: primary)
    func anonymous(_ slapd: TestSlapd) -> LDAPConnector {
      slapd.connector { $0.connection.authentication = .anonymous }
    }
    let mark = try #require(try await anonymous(primary).run().batches.last?.watermark)
    let blind = try TestSlapd(
      Self.world, access: "access to attrs=contextCSN by * none", database: Self.provider)
    let failure = await #expect(throws: ConnectorFailure.self) {
      _ = try await anonymous(blind).run(since: mark)
    }
    #expect(failure?.result == .serverBehind)
    #expect(failure?.hint.contains("take it out of \"servers\"") == true)
  }

  @Test("A server that has never heard of another one, of which changes were read, is behind")
  func unheardOf() async throws {
    let slapd = try TestSlapd(Self.world, database: Self.provider)
    let connector = slapd.connector()
    let first = try #require(try await connector.run().batches.last?.watermark)
    var mark = try #require(LDAPWatermark(first))
    let cookie = String(decoding: try #require(mark[bytes: "cookie"]), as: UTF8.self)
    mark[bytes: "cookie"] = Array(
      (cookie + ";20260101000000.000000Z#000000#002#000000").utf8)
    let stored = mark.stored
    let failure = await #expect(throws: ConnectorFailure.self) {
      _ = try await connector.run(since: stored)
    }
    #expect(failure?.result == .serverBehind)
    #expect(failure?.message.contains("nothing of the server 002") == true)
  }

  @Test("By stamps of entries, another server is behind whose youngest is older")
  func stamps() async throws {
    let (primary, replica) = try servers("")
    try await add("New", to: primary)
    func read(_ slapd: TestSlapd, after mark: Watermark) async throws {
      _ = try await slapd.connector().openImport(
        ImportRequest(watermark: nil, stagedUpTo: mark, stagedCount: { 0 }))
    }
    let mark = try #require(try await primary.connector().run().batches.last?.watermark)
    #expect(mark.kind == "ldap-timestamps")
    let failure = await #expect(throws: ConnectorFailure.self) {
      try await read(replica, after: mark)
    }
    #expect(failure?.result == .serverBehind)
    // On the same server the youngest is gone, and that is all.
    try await delete("New", from: primary)
    try await read(primary, after: mark)
    try await add("Newer", to: replica)
    try await read(replica, after: mark)
  }

  @Test("By stamps of entries, a server that says that it has got the youngest is not behind")
  func deletedYoungest() async throws {
    let primary = try TestSlapd(Self.world)
    try await add("New", to: primary)
    let connection = LDAPConnection(primary.settings())
    try await connection.bind()
    let stamp = try #require(
      try await connection.entry("cn=New,ou=people,dc=example,dc=org", ["entryCSN"])?
        .text("entryCSN"))
    let mark = try #require(try await primary.connector().run().batches.last?.watermark)
    let replica = try TestSlapd(Self.world + person("New", "entryCSN: \(stamp)\n"))
    try await delete("New", from: replica)
    let imported = try await replica.connector().openImport(
      ImportRequest(watermark: nil, stagedUpTo: mark, stagedCount: { 0 }))
    #expect(try await imported.next()?.watermark?.kind == "ldap-timestamps")
  }

  @Test(
    "A server that is being filled anew and shows no stamp yet is not read, whatever it has",
    arguments: ["", "access to attrs=contextCSN by * none"])
  func filledAnew(access: String) async throws {
    let primary = try TestSlapd(Self.world, database: Self.provider)
    try await add("New", to: primary)
    let mark = try #require(try await primary.connector().run().batches.last?.watermark)
    var before = try #require(LDAPWatermark(mark))
    // It has the youngest change already, and not yet all the others.
    let cookie = String(decoding: try #require(before[bytes: "cookie"]), as: UTF8.self)
    let youngest = try #require(ServerProgress.stamps(inCookie: Array(cookie.utf8)).values.max())
    let some = TestSlapd.root + person("New", "entryCSN: \(youngest)\n")
    let replica = try TestSlapd(
      some, access: access,
      database: Self.provider + """
        syncrepl rid=001 provider=ldap://127.0.0.1:\(Loopback.freePort()) type=refreshOnly
          searchbase="\(TestSlapd.suffix)" bindmethod=simple retry="60 +"

        """, isWhole: false)
    let connector = replica.connector {
      if !access.isEmpty { $0.connection.authentication = .anonymous }
    }
    let address = try #require(connector.settings.connection.servers.first).description
    before[bytes: "server"] = Array(address.utf8)
    for since in [before.stored, nil] {
      let request = ImportRequest(
        watermark: since, stagedUpTo: before.stored, stagedCount: { 0 })
      let failure = await #expect(throws: ConnectorFailure.self) {
        _ = try await connector.openImport(request).next()
      }
      #expect(failure?.result == .serverBehind)
    }
  }

  @Test("A server that does no content synchronization any more is read if it has what was read")
  func noProvider() async throws {
    let stamp = "20260101000000.000000Z#000000#000#000000"
    let server = try FakeServer { request in
      var answer = FakeProvider.answer(request)
      if request.base.isEmpty {
        answer.entries = answer.entries.map { root in
          SearchEntry(
            dn: root.dn,
            attributes: root.attributes.filter { $0.description != "supportedControl" })
        }
      }
      return request.controls.contains(ControlOID.syncRequest) ? .refusing(12) : answer
    }
    defer { server.stop() }
    let connector = server.connector()
    var before = LDAPWatermark(.contentSync)
    before[bytes: "cookie"] = Array("rid=000,csn=\(stamp)".utf8)
    let address = try #require(connector.settings.connection.servers.first).description
    before[bytes: "server"] = Array(address.utf8)
    _ = try await connector.openImport(
      ImportRequest(watermark: nil, stagedUpTo: before.stored, stagedCount: { 0 }))
  }

  @Test(
    "Only who was read before is believed to have what its stamps do not say, and not without any",
    arguments: [",csn=20250101000000.000000Z#000000#000#000000", ""])
  func forgotten(stamps: String) async throws {
    // It answers to each search, also to that for the youngest change.
    let server = try FakeServer { FakeProvider.answer($0, cookie: "rid=000" + stamps) }
    defer { server.stop() }
    let connector = server.connector()
    var before = LDAPWatermark(.contentSync)
    before[bytes: "cookie"] = Array("rid=000,csn=20260101000000.000000Z#000000#000#000000".utf8)
    let address = try #require(connector.settings.connection.servers.first).description
    for name in [address, "ldap://other", ""] {
      before[bytes: "server"] = Array(name.utf8)
      let request = ImportRequest(watermark: nil, stagedUpTo: before.stored, stagedCount: { 0 })
      var failure: ConnectorFailure?
      do {
        _ = try await connector.openImport(request)
      } catch let thrown as ConnectorFailure {
        failure = thrown
      }
      let isBelieved = name == address && !stamps.isEmpty
      #expect(failure?.result == (isBelieved ? nil : .serverBehind), "\(name)")
    }
  }

  @Test("The stamps in a cookie are those of each server")
  func cookies() {
    let cookie = "rid=001,sid=002,csn=2026#000000#001#000000;2025#000000#00a#000000"
    #expect(
      ServerProgress.stamps(inCookie: Array(cookie.utf8)) == [
        "001": "2026#000000#001#000000", "00a": "2025#000000#00a#000000",
      ])
    for other in ["", "rid=000", "csn=", "csn=;x;#", "\u{1}"] {
      #expect(ServerProgress.stamps(inCookie: Array(other.utf8)) == [:])
    }
  }
}
