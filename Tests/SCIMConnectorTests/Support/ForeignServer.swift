import Foundation
import HTTP
import HTTPTesting
import JSON
import ProgramTesting
import Testing

@testable import SCIMConnector

/// scim2-server of the Python package of that name: a SCIM server that others wrote, in memory, on
/// the loopback interface.
final class ForeignServer: Sendable {
  /// What is announced and then held to; scim2-server obeys its own ServiceProviderConfig.
  struct Features: Sendable {
    var patch = true
    var bulk = true
    var filter = true
    var etag = true
    var maxResults = 1000
    var maxOperations = 1000
  }

  static let token = "a-token-for-tests"

  /// The path of the program; nil where it is not there and could not be fetched.
  static let program: String? = {
    let script = URL(fileURLWithPath: #filePath)
      .appendingPathComponent("../../../../Scripts/scim2-server").standardizedFileURL
    let log = FileManager.default.temporaryDirectory
      .appendingPathComponent("scim2-server-" + UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: log) }
    guard Programs.run(["/bin/bash", script.path], log: log) == 0 else { return nil }
    return Programs.text(of: log).split(separator: "\n").last.map(String.init)
  }()

  let url: String
  private let folder: URL
  private let process: pid_t

  /// A server that holds nothing.
  init(_ features: Features = Features()) async throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("scim2-server-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let config = folder.appendingPathComponent("config.json")
    try Data(features.config.encoded).write(to: config)
    let program = try #require(Self.program)
    // Somebody else may take a port between the look and the start.
    var words = ""
    for number in 0..<5 {
      let port = Loopback.freePort()
      let command = [
        program, "--port", String(port), "--bearer-token", Self.token,
        "--service-provider-config", config.path,
      ]
      let log = folder.appendingPathComponent("log\(number)").path
      let started = try #require(Programs.start(command, log: log))
      if await Self.isUp("http://127.0.0.1:\(port)/v2", log) {
        url = "http://127.0.0.1:\(port)/v2"
        process = started
        return
      }
      words = Programs.text(of: log)
      Programs.end(started)
    }
    try? FileManager.default.removeItem(at: folder)
    throw NotStarted(words: words)
  }

  /// Why the server did not come up.
  private struct NotStarted: Error {
    var words: String
  }

  /// Ends the server.
  func stop() {
    Programs.end(process)
    try? FileManager.default.removeItem(at: folder)
  }

  /// How to come to this server.
  var settings: SCIMConnectorSettings {
    var settings = SCIMConnectorSettings(url: url, token: { Self.token })
    settings.retry = RetryPolicy(tries: 4, firstDelay: 0.01, longestDelay: 0.05)
    return settings
  }

  /// A connector to this server.
  func connector(_ change: (inout SCIMConnectorSettings) -> Void = { _ in }) -> SCIMConnector {
    var settings = settings
    change(&settings)
    return SCIMConnector(settings)
  }

  /// Sends a request as somebody else would.
  func send(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> JSONValue? {
    var headers = [(name: "Authorization", value: "Bearer " + Self.token)]
    if body != nil { headers.append((name: "Content-Type", value: "application/scim+json")) }
    let response = try await HTTPClient().send(
      HTTPRequest(method, url + path, headers: headers, body: body?.encoded))
    #expect((200..<300).contains(response.status), "\(method) \(path): \(response.status)")
    return response.body.isEmpty ? nil : try JSONValue(parsing: response.body)
  }

  private static func isUp(_ url: String, _ log: String) async -> Bool {
    let client = HTTPClient()
    let request = HTTPRequest("GET", url + "/ServiceProviderConfig", timeout: 60)
    for _ in 0..<600 {
      if (try? await client.send(request)) != nil { return true }
      if Programs.text(of: log).contains("Traceback") { return false }
      // Python takes a moment to start.
      try? await Task.sleep(for: .milliseconds(50))
    }
    return false
  }
}

extension ForeignServer.Features {
  fileprivate var config: JSONValue {
    [
      "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
      "patch": ["supported": .boolean(patch)],
      "bulk": [
        "supported": .boolean(bulk), "maxOperations": .integer(Int64(maxOperations)),
        "maxPayloadSize": 1_048_576,
      ],
      "filter": ["supported": .boolean(filter), "maxResults": .integer(Int64(maxResults))],
      "changePassword": ["supported": false], "sort": ["supported": true],
      "etag": ["supported": .boolean(etag)], "authenticationSchemes": [],
    ]
  }
}

/// Does `body` with a server of its own, which is stopped whatever comes.
func withForeignServer(
  _ features: ForeignServer.Features = .init(), _ body: (ForeignServer) async throws -> Void
) async throws {
  let server = try await ForeignServer(features)
  defer { server.stop() }
  try await body(server)
}
