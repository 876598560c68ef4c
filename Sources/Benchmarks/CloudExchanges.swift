import Foundation
import HTTP
import Synchronization

/// The requests that a connector sent, to be sent again by a loader that does nothing else.
///
/// Tenants give ids of their own: a request that names ids is prepared once they are known.
final class CloudExchanges: Sendable {
  /// One request with what it was answered.
  struct Exchange: Sendable {
    var request: HTTPRequest
    var answer: [UInt8]
  }
  private let taken = Mutex<[Exchange]>([])

  /// Notes what `work` sends.
  func watch(_ work: () async throws -> Void) async rethrows {
    try await HTTPWatch.run(
      { request, response in
        self.taken.withLock { $0.append(Exchange(request: request, answer: response.body)) }
      }, during: work)
  }

  /// The requests that change something, in their order.
  var writes: [Exchange] { taken.withLock { $0 }.filter { $0.request.method != "GET" } }

  /// Sends the writes to another tenant, `width` at a time; the answer is the seconds of sending.
  ///
  /// They go in rounds: a request waits for those that make what it names.
  func replay(from old: String, to new: String, width: Int) async throws -> Double {
    var settings = HTTPClient.Settings()
    settings.connectionsPerHost = width
    let client = HTTPClient(settings)
    var (seconds, ids): (Double, [String: String]) = (0, [:])
    let writes = writes
    // Which ids a tenant gave in an answer to a creation, and who needs them.
    let made = writes.map { Self.ids(in: $0.answer) }
    let owner = Dictionary(
      made.enumerated().flatMap { index, ids in ids.map { ($0, index) } },
      uniquingKeysWith: { first, _ in first })
    let needs = writes.enumerated().map { index, exchange -> [String] in
      let text = Self.ids(in: Array(exchange.request.url.utf8) + (exchange.request.body ?? []))
      return text.filter { owner[$0].map { $0 < index } ?? false }
    }
    var start = 0
    while start < writes.count {
      // A round ends before a request that names what the round itself makes.
      var end = start
      while end < writes.count, !needs[end].contains(where: { (owner[$0] ?? 0) >= start }) {
        end += 1
      }
      if end == start { end += 1 }
      let requests = (start..<end).map { index -> HTTPRequest in
        var request = writes[index].request
        request.url = Self.replaced(request.url, needs[index], ids).replacing(old, with: new)
        if !needs[index].isEmpty, let body = request.body {
          request.body = Array(
            Self.replaced(String(decoding: body, as: UTF8.self), needs[index], ids).utf8)
        }
        return request
      }
      let began = ContinuousClock.now
      let answers = try await Self.send(requests, client, width: width)
      seconds += Measurement.seconds(since: began)
      for (offset, answer) in answers.enumerated() {
        for (before, now) in zip(made[start + offset], Self.ids(in: answer)) { ids[before] = now }
      }
      start = end
    }
    return seconds
  }

  private static func send(
    _ requests: [HTTPRequest], _ client: HTTPClient, width: Int
  ) async throws -> [[UInt8]] {
    var answers = [[UInt8]](repeating: [], count: requests.count)
    try await withThrowingTaskGroup(of: (Int, HTTPResponse).self) { group in
      var next = 0
      func add() {
        guard next < requests.count else { return }
        let (index, request) = (next, requests[next])
        next += 1
        group.addTask { (index, try await client.send(request)) }
      }
      for _ in 0..<width { add() }
      while let (index, response) = try await group.next() {
        guard (200..<300).contains(response.status) else {
          throw BenchError(message: "the loader was answered with \(response.status)")
        }
        answers[index] = response.body
        add()
      }
    }
    return answers
  }

  /// The ids (RFC 9562, 36 characters) in a text, each once, in the order in which they come.
  private static func ids(in bytes: [UInt8]) -> [String] {
    func isHex(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
    var (found, known): ([String], Set<String>) = ([], [])
    var index = 0
    while index + 36 <= bytes.count {
      guard bytes[index + 8] == 0x2D, bytes[index + 13] == 0x2D, bytes[index + 18] == 0x2D,
        bytes[index + 23] == 0x2D, bytes[index..<index + 8].allSatisfy(isHex)
      else {
        index += 1
        continue
      }
      let id = String(decoding: bytes[index..<index + 36], as: UTF8.self)
      if known.insert(id).inserted { found.append(id) }
      index += 36
    }
    return found
  }

  private static func replaced(
    _ text: String, _ needed: [String], _ ids: [String: String]
  ) -> String {
    guard !needed.isEmpty else { return text }
    var (out, rest) = ("", text[...])
    // One pass over the text: a group of thousands names thousands.
    while let dash = rest.utf8.firstIndex(of: 0x2D) {
      let start = rest.utf8.index(dash, offsetBy: -8, limitedBy: rest.startIndex)
      let end = start.flatMap { rest.utf8.index($0, offsetBy: 36, limitedBy: rest.endIndex) }
      if let start, let end, let id = ids[String(rest[start..<end])] {
        out += rest[..<start] + id
        rest = rest[end...]
      } else {
        let next = rest.utf8.index(after: dash)
        out += rest[..<next]
        rest = rest[next...]
      }
    }
    return out + rest
  }
}
