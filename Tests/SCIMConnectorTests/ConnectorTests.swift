import Directory
import HTTP
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

@Suite("The SCIM connector")
struct ConnectorTests {
  @Test("describes the server, and tells two servers apart")
  func describes() async throws {
    let one = try FakeDirectory().serve()
    let two = try FakeDirectory().serve()
    defer {
      one.close()
      two.close()
    }
    let description = try await connector(one).describe()
    #expect(description.schema.objectTypes == ["user", "group"])
    #expect(description.schema["active"].kind == .boolean)
    #expect(description.summary.contains(one.url))
    #expect(try await connector(one).describe().serverIdentity == description.serverIdentity)
    #expect(try await connector(two).describe().serverIdentity != description.serverIdentity)
  }

  @Test("tells a server from itself with another database, where it tells which it has")
  func otherDatabase() async throws {
    var identities: [String] = []
    let directory = FakeDirectory()
    for database in [nil, "a", "b", "a"] {
      let config = database.map { #"{"meta": {"version": "W/\"lockstep database \#($0)\""}}"# }
      let server = try directory.serve { request, _ in
        guard let config, request.path == "/ServiceProviderConfig" else { return nil }
        return .answer(200, [], Array(config.utf8))
      }
      defer { server.close() }
      let identity = try await connector(server).describe().serverIdentity
      // Each of these servers has a port of its own.
      identities.append(identity.replacing(server.url, with: ""))
    }
    #expect(!identities[0].contains("database"))
    #expect(identities[1].hasSuffix(" database a") && identities[2].hasSuffix(" database b"))
    #expect(identities[1] == identities[3])
  }

  @Test("does not mind a slash at the end of its URL")
  func slash() async throws {
    let server = try FakeDirectory().serve()
    defer { server.close() }
    _ = try await connector(server.url + "//").describe()
    #expect(server.requests.allSatisfy { !$0.target.hasPrefix("//") })
  }

  @Test(
    "refuses to start on what is no SCIM server",
    arguments: ["<html>welcome", "{}x", "[]", "\"x\"", ""])
  func noSCIM(body: String) async throws {
    let server = try ScriptedServer { _ in .answer(200, [], Array(body.utf8)) }
    defer { server.close() }
    let failure = await failure { _ = try await connector(server).describe() }
    #expect(failure?.result == .stoppedUnexpectedData)
    #expect(failure?.hint.isEmpty == false)
  }

  @Test(
    "does without what a server does not have, be it said in the words of a framework",
    arguments: ["<html>Cannot GET", #"{"message":"Not Found"}"#, #"{"detail":"no"}"#, ""])
  func framework(body: String) async throws {
    let directory = FakeDirectory()
    directory.add("/Users", [("userName", "ann")])
    let server = try directory.serve { request, _ in
      ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"].contains(request.path)
        ? .answer(404, [], Array(body.utf8)) : nil
    }
    defer { server.close() }
    let description = try await connector(server).describe()
    #expect(description.schema.objectTypes == ["user", "group"])
  }

  @Test("describes a server that lists other types than users, or does not show users to everybody")
  func withoutUsers() async throws {
    let missing = Array(#"{"message":"Not Found"}"#.utf8)
    let directory = FakeDirectory()
    directory.add("/Groups", [("displayName", "team")])
    let closed = try directory.serve { request, _ in
      switch request.path {
      case "/Users": .answer(403, [], Array("{}".utf8))
      case "/ServiceProviderConfig", "/Schemas": .answer(404, [], missing)
      default: nil
      }
    }
    defer { closed.close() }
    #expect(try await connector(closed).describe().schema.objectTypes.contains("group"))
    let types = #"""
      {"Resources": [{"id": "Account", "name": "Account", "endpoint": "/Accounts",
        "schema": "urn:example:Account"}]}
      """#
    let other = try ScriptedServer { request in
      switch request.path {
      case "/ResourceTypes": .answer(200, [], Array(types.utf8))
      case "/Accounts": .answer(200, [], Array(#"{"totalResults": 0, "Resources": []}"#.utf8))
      default: .answer(404, [], missing)
      }
    }
    defer { other.close() }
    _ = try await connector(other).describe()
  }

  @Test("refuses to start where something else says of everything that it is not there")
  func nothingThere() async throws {
    let server = try ScriptedServer { _ in .answer(404, [], Array("<html>Not found".utf8)) }
    defer { server.close() }
    let failure = await failure { _ = try await connector(server).describe() }
    #expect(failure?.result == .stoppedUnexpectedData)
    #expect(failure?.serverWords.contains("Not found") == true)
  }

  @Test(
    "refuses to start where nobody listens, is let in or answers", arguments: [0, 401, 302, 500])
  func noStart(status: Int) async throws {
    let server = try ScriptedServer { _ in .answer(status, [("Location", "/login")]) }
    defer { server.close() }
    let port = try unusedPort()
    let url = status == 0 ? "http://127.0.0.1:\(port)" : server.url
    let failure = await failure { _ = try await connector(url).describe() }
    switch status {
    case 401: #expect(failure?.result == .noStartCredentials)
    case 302: #expect(failure?.message.contains("a redirect to /login") == true)
    // What fails now may pass: nothing says that it is another kind of server.
    default: #expect(failure?.result == .noStartConnection)
    }
  }

  @Test("says that a list which the token may not see is a matter of the token")
  func forbidden() async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { request, _ in
      request.path == "/Groups" ? directory.reply(403, ["detail": "no scope"]) : nil
    }
    defer { server.close() }
    let failure = await failure { _ = try await readAll(connector(server)) }
    #expect(failure?.message.contains("GET /Groups was answered with 403") == true)
    #expect(failure?.message.contains("the token may not do that") == true)
    #expect(failure?.serverWords == "no scope")
    #expect(failure?.hint.contains("what the token may do") == true)
  }

  @Test("finds in a check what works")
  func check() async throws {
    let directory = FakeDirectory()
    directory.add("/Users", [("userName", "ann")])
    let server = try directory.serve()
    defer { server.close() }
    let texts = await connector(server).check().map(\.text)
    #expect(texts.contains("/Users: 1 objects"))
    #expect(texts.contains("/Groups: 0 objects"))
    #expect(texts.contains("filter: supported"))
    #expect(texts.contains("Bulk: not supported; objects are sent one by one"))
  }

  @Test("finds in a check what does not, and what to do")
  func failedCheck() async throws {
    let port = try unusedPort()
    let findings = await connector("http://127.0.0.1:\(port)").check()
    #expect(findings.count == 1)
    #expect(findings[0].isGood == false && !findings[0].hint.isEmpty)
    let server = try ScriptedServer { _ in .answer(401) }
    defer { server.close() }
    let refused = await connector(server).check()
    #expect(refused.last?.text.contains("refused the token") == true)
  }

  @Test("gives a server up in a check sooner than in a run")
  func impatientCheck() async throws {
    let server = try ScriptedServer { _ in .close }
    defer { server.close() }
    var settings = SCIMConnectorSettings(url: server.url, token: { "t" })
    settings.retry = RetryPolicy(tries: 6, firstDelay: 0.001, longestDelay: 0.001)
    let findings = await SCIMConnector(settings).check()
    #expect(findings.first?.text.hasPrefix("No answer from") == true)
    #expect(server.requests.count == 3)
    #expect(settings.forCheck.timeout == 20)
    #expect(settings.forCheck.retry.longestSilence == 20 && settings.retry.longestSilence == 180)
  }

  @Test("warns of a token that goes over the wire for all to read")
  func unencrypted() async {
    let findings = await connector("http://scim.invalid") { $0.retry = RetryPolicy(tries: 1) }
      .check()
    #expect(findings.first?.text.contains("not encrypted") == true)
    #expect(findings.first?.isGood == false)
  }

  @Test("compares the clocks")
  func clocks() {
    let now = Timestamp(milliseconds: 1_000_000)
    #expect(ConnectionFinding.clock(now.adding(seconds: -0.9), now: now).isGood)
    #expect(ConnectionFinding.clock(now.adding(seconds: 20), now: now).isGood)
    let (asked, late) = (now.adding(seconds: -100), now.adding(seconds: -60))
    #expect(ConnectionFinding.clock(late, asked: asked, now: now).isGood)
    #expect(!ConnectionFinding.clock(asked.adding(seconds: -31), asked: asked, now: now).isGood)
    let far = ConnectionFinding.clock(now.adding(seconds: -3600), now: now)
    #expect(!far.isGood && far.text.contains("3600 s"))
    // Nothing to mend at the server: this machine's clock serves.
    let silent = ConnectionFinding.clock(nil, now: now)
    #expect(silent.isGood && !silent.hint.isEmpty)
  }
}
