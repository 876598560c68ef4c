import Directory
import Testing

@testable import LDAPConnector

@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct HostileValueTests {
  private static let names = [
    "Lee, Ann", "Lee \"the\" Ann", "#1", " leading and trailing ", "a+b=c;<d>\\e", "👩🏽‍🚀 Ann",
    "שלום עולם", "两", "e\u{301}", "*()", "'; DROP TABLE", String(repeating: "x", count: 60),
  ]

  @Test func namesWithAnythingInThemAreWrittenAndReadAsTheyAre() async throws {
    let directory = try WritableDirectory()
    let operations = try Self.names.enumerated().map { index, name in
      ExportOperation(
        id: Int64(index), kind: .add(["cn": [.string(name)], "sn": [.string(name)]]),
        objectType: "user", anchor: nil,
        dn: try WritableDirectory.dn("cn=" + DistinguishedName.escape(name)))
    }
    let outcomes = try await directory.connector.export(operations)
    let undone = outcomes.filter { !$0.isDone }
    #expect(undone.isEmpty, "\(undone)")
    let imported = try await directory.connector.run(objectTypes: ["user"])
    #expect(imported.errors.isEmpty)
    #expect(Set(imported.entries.compactMap { $0.attributes.text("sn") }) == Set(Self.names))
    for (operation, outcome) in zip(operations, outcomes) {
      let found = imported.entries.first { $0.anchor == outcome.anchor }
      #expect(found?.dn == operation.dn)
    }
    let deletes = zip(operations, outcomes).map { operation, outcome in
      ExportOperation(
        id: operation.id, kind: .delete, objectType: "user", anchor: outcome.anchor,
        dn: operation.dn)
    }
    let removed = try await directory.connector.export(deletes)
    #expect(removed.filter { !$0.isDone }.isEmpty)
    #expect(try await directory.connector.run(objectTypes: ["user"]).entries.isEmpty)
  }

  @Test func aNULInTextIsAnErrorOfTheObject() async throws {
    let slapd = try TestSlapd(TestSlapd.root + person("Ann", "title:: QQBC\n") + person("Bob"))
    let imported = try await slapd.connector().run(objectTypes: ["user"])
    #expect(imported.entries.map(\.dn.rdn) == ["cn=Bob"])
    let error = try #require(imported.errors.first)
    #expect(error.type == .invalidAttributeValue)
    #expect(error.attribute == "title")
    #expect(error.message == "The value of title holds a NUL character")
  }

  @Test func aPhotographOfTenMegabytesArrives() async throws {
    let directory = try WritableDirectory()
    let photo = (0..<10 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let outcome = try await directory.send(
      .add(["cn": ["Ann"], "sn": ["Lee"], "jpegPhoto": [.binary(photo)]]), "cn=Ann")
    #expect(outcome.isDone)
    let values = try await directory.entry("cn=Ann")?.attributes["jpegPhoto"]
    #expect(values == [.binary(photo)])
  }

  @Test func aGroupOfFiftyThousandArrivesWhole() async throws {
    let members = (0..<50_000).map { "member: cn=P\($0),ou=people,dc=example,dc=org\n" }.joined()
    let slapd = try TestSlapd(
      TestSlapd.root + "dn: cn=All,dc=example,dc=org\nobjectClass: groupOfNames\ncn: All\n"
        + members + "\n")
    let imported = try await slapd.connector().run(objectTypes: ["group"])
    #expect(imported.entries.first?.attributes["member"].count == 50_000)
  }

  @Test func aServerThatIsKilledInTheMiddleStopsTheImport() async throws {
    let slapd = try TestSlapd(TestSlapd.root + (0..<20_000).map { person("P\($0)") }.joined())
    let reader = try await slapd.connector { $0.pageSize = 20_000 }.openImport(
      ImportRequest(watermark: nil) { 0 })
    _ = try await reader.next()
    slapd.crash()
    var count = 0
    let failure = await #expect(throws: ConnectorFailure.self) {
      while let batch = try await reader.next() { count += batch.changes.count }
    }
    #expect(failure?.result == .stoppedConnectivity)
    #expect(count < 20_000)
    #expect(try await reader.next() == nil)
  }
}

struct HostileServerTests {
  private static func server(
    _ entries: [SearchEntry]
  ) throws -> FakeServer {
    try FakeServer { request in
      request.base.isEmpty
        ? .init([SearchEntry(dn: "", attributes: [SearchAttribute("namingContexts", "dc=x")])])
        : .init(
          request.attributes == ["1.1"]
            ? [SearchEntry(dn: "dc=x", attributes: [])] : entries)
    }
  }

  @Test func namesAndValuesThatAreNoUTF8AreErrorsOfTheirObjects() async throws {
    var name = SearchEntry.Builder(dn: UnsafeBufferPointer(start: nil, count: 0))
    let broken: [UInt8] = Array("cn=".utf8) + [0xC3, 0x28] + Array(",dc=x".utf8)
    broken.withUnsafeBufferPointer { name = SearchEntry.Builder(dn: $0) }
    let server = try Self.server([
      name.finish(),
      SearchEntry(
        dn: "cn=a,dc=x",
        attributes: [
          SearchAttribute("objectClass", "person"),
          SearchAttribute(description: "sn", values: [[0xFF, 0xFE]]),
        ]),
      SearchEntry(
        dn: "cn=b,dc=x",
        attributes: [
          SearchAttribute("objectClass", "person"),
          SearchAttribute(description: "neverHeardOf", values: [[0xFF, 0xFE]]),
        ]),
      SearchEntry(dn: "no name", attributes: [SearchAttribute("objectClass", "person")]),
      SearchEntry(
        dn: "cn=c,dc=x",
        attributes: [SearchAttribute("objectClass", "person"), SearchAttribute("a b", "x")]),
      SearchEntry(dn: "cn=d,dc=x", attributes: [SearchAttribute("sn", "d")]),
      SearchEntry(dn: "", attributes: [SearchAttribute("objectClass", "person")]),
    ])
    defer { server.stop() }
    let imported = try await server.connector().run()
    #expect(imported.entries.map(\.dn.text) == ["cn=b,dc=x"])
    #expect(imported.entries.first?.attributes["neverHeardOf"] == [.binary([0xFF, 0xFE])])
    #expect(imported.entries.first?.anchor.text == "cn=b,dc=x")
    #expect(
      imported.errors.map(\.type) == [
        .dnNotLDAPConformant, .invalidAttributeValue, .dnNotLDAPConformant,
        .invalidAttributeValue, .missingObjectClass, .dnNotLDAPConformant,
      ])
  }

  @Test func anAnswerThatIsNoLDAPIsCalledThat() async throws {
    let server = try FakeServer { _ in
      var answer = FakeServer.Answer([])
      answer.raw = Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)
      return answer
    }
    defer { server.stop() }
    let failure = await #expect(throws: ConnectorFailure.self) {
      _ = try await server.connector { $0.connection.operationTimeout = 1 }.describe()
    }
    #expect(failure?.serverWords.isEmpty == false || failure?.message.isEmpty == false)
  }

  @Test func aServerWithNothingButSuccessShowsNoObject() async throws {
    let server = try Self.server([])
    defer { server.stop() }
    let imported = try await server.connector().run()
    #expect(imported.entries.isEmpty && imported.errors.isEmpty)
    let findings = await server.connector().check()
    #expect(findings.contains { !$0.isGood && $0.text == "No object can be seen" })
  }

  @Test func aServerThatSaysNothingOfItselfIsCalledThat() async throws {
    let server = try FakeServer { _ in .init([]) }
    defer { server.stop() }
    let failure = await #expect(throws: ConnectorFailure.self) {
      _ = try await server.connector().describe()
    }
    #expect(failure?.message.contains("The server does not say what it is") == true)
  }
}
