import HTTP
import HTTPTesting
import Testing

@Suite("The words of a server that repeats what it was sent")
struct SecretMaskTests {
  private static let sent = "top/secret+token-of-a-service"

  /// What is left of an answer with `body`.
  private func answer(
    _ body: String, status: Int = 400, header: String = "x", method: String = "PATCH",
    secrets: [String] = []
  ) async throws -> (body: String, header: String?) {
    let server = try ScriptedServer { _ in
      .answer(status, [("X-Told", header)], Array(body.utf8))
    }
    defer { server.close() }
    let client = PatientClient(
      HTTPClient(), limit: 1, retry: RetryPolicy(tries: 1, firstDelay: 0.01, longestDelay: 0.01),
      longestWait: 1)
    var request = HTTPRequest(
      method, server.url + "/x",
      headers: [(name: "Authorization", value: "Bearer " + Self.sent)])
    request.secrets = secrets
    let response = try await client.send(isRepeatable: false, words: { _ in "" }) { request }
    return (String(decoding: response.body, as: UTF8.self), response.header("X-Told"))
  }

  @Test(
    "have no token in them, however it is written",
    arguments: [
      sent, #"top\/secret+token-of-a-service"#, "top%2Fsecret%2Btoken-of-a-service",
    ], [200, 400, 500])
  func token(written: String, status: Int) async throws {
    let told = try await answer(
      #"{"detail": "Authorization: Bearer \#(written) is odd, \#(written)!"}"#, status: status)
    #expect(told.body == #"{"detail": "Authorization: Bearer ••• is odd, •••!"}"#)
  }

  @Test("have no token in a header field")
  func header() async throws {
    let told = try await answer("", header: "https://x.example/?t=" + Self.sent)
    #expect(told.header?.hasSuffix(Self.sent) == false)
    #expect(told.header?.hasPrefix("https://x.example/?t=") == true)
  }

  @Test("have none of the secrets that a body carries")
  func body() async throws {
    let told = try await answer(
      "client_secret=pass%20word%2Fof%2Bit, pass word/of+it", secrets: ["pass word/of+it", "id"])
    #expect(told.body == "client_secret=•••, •••")
    #expect(try await answer("an id is idle", secrets: ["id"]).body == "an id is idle")
  }

  @Test("have no token of somebody else, and keep the words about one")
  func foreign() async throws {
    let words = "Bearer authentication failed, bearer abcdefghijklmnopqrstuvwxyz.0123 is old"
    #expect(
      try await answer(words).body == "Bearer authentication failed, bearer ••• is old")
  }

  @Test("are taken out of a page that came instead of what was read, and of no data")
  func data() async throws {
    let page = "<p>Bearer " + Self.sent + "</p>"
    #expect(try await answer(page, status: 200, method: "GET").body == "<p>Bearer •••</p>")
    let data = #"{"displayName": "\#(Self.sent)"}"#
    #expect(try await answer(data, status: 200, method: "GET").body == data)
    #expect(try await answer(data, status: 404, method: "GET").body == #"{"displayName": "•••"}"#)
  }
}
