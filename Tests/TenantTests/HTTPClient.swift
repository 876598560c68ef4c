import Foundation
import FoundationNetworking
import JSON
import Testing

@testable import Tenant

/// A running tenant with a client; stopped by `stop()`.
struct RunningTenant {
  static let token = "a token for tests only"
    .replacing(" ", with: "-")

  let folder = TemporaryFolder()
  let server: TenantServer
  let port: UInt16

  init(
    faults: Bool = false, maximumPayload: Int = 1 << 20, limits: ConnectionTable.Limits = .init()
  ) async throws {
    var configuration = TenantConfiguration(
      databasePath: folder.file("tenant.sqlite"), token: .plain(Self.token),
      faultsEnabled: faults)
    configuration.maximumPayload = maximumPayload
    configuration.limits = limits
    server = try TenantServer(configuration)
    port = try await server.start()
  }

  /// An answer as it came.
  struct Answer {
    var status: Int
    var headers: [AnyHashable: Any]
    var body: Data

    func header(_ name: String) -> String? {
      headers.first { "\($0.key)".lowercased() == name.lowercased() }.map { "\($0.value)" }
    }
    var json: JSONObject? { try? JSONValue(parsing: Array(body)).object }
  }

  /// Sends a request with the token and the right type, unless headers say otherwise.
  func send(
    _ method: String, _ path: String, _ body: String? = nil, headers: [String: String] = [:]
  ) async throws -> Answer {
    let url = try #require(URL(string: "http://127.0.0.1:\(port)\(path)"))
    var request = URLRequest(url: url)
    request.httpMethod = method
    request.httpBody = body.map { Data($0.utf8) }
    request.setValue("Bearer \(Self.token)", forHTTPHeaderField: "Authorization")
    if body != nil {
      request.setValue("application/scim+json", forHTTPHeaderField: "Content-Type")
    }
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    let configuration = URLSessionConfiguration.ephemeral
    // Tests share two cores with many others; an answer may be late without being lost.
    configuration.timeoutIntervalForRequest = 600
    let session = URLSession(configuration: configuration)
    defer { session.finishTasksAndInvalidate() }
    let (data, response) = try await session.data(for: request)
    let http = try #require(response as? HTTPURLResponse)
    return Answer(status: http.statusCode, headers: http.allHeaderFields, body: data)
  }

  func user(_ name: String) async throws -> Answer {
    try await send(
      "POST", "/scim/v2/Users", #"{"schemas":["\#(TestTenant.userURN)"],"userName":"\#(name)"}"#)
  }

  func count() async throws -> JSONValue? {
    try await send("GET", "/scim/v2/Users?count=0").json?["totalResults"]
  }
}
