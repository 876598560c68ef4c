import Foundation
import ProgramTesting
import Testing

@testable import Workspace

@Suite("The embedded tenant under more connections than it may open", .enabled(if: Bench.areBuilt))
struct TenantConnectionTests {
  /// Starts a tenant whose process may have so many descriptors, and gives `body` its port and the
  /// file with its log.
  private func tenant(
    limit: String, _ body: (_ pid: pid_t, _ port: Int, _ log: String) throws -> Void
  ) throws {
    try Bench.use { bench in
      #expect(try bench.run("demo", "--no-console", "--users", "3").status == 0)
      #expect(try bench.run("service", "stop").status == 0)
      #expect(try bench.run("tenant", "stop").status == 0)
      let log = bench.folder + "/limited.log"
      let pid = try #require(
        Programs.start(
          [
            "/bin/sh", "-c", limit + "; exec \"$0\" tenant --workspace \"$1\"",
            Bench.programs + "/lockstepd", bench.folder,
          ], log: log))
      var isEnded = false
      defer { if !isEnded { Programs.end(pid) } }
      #expect(Programs.await("embedded tenant", in: log), "\(Programs.text(of: log))")
      let file = bench.folder + "/tenant.port"
      let line = Programs.text(of: file).split(separator: "\n").first.map(String.init)
      let port = try #require(line.flatMap { Int($0) })
      // It waits for the end, too.
      try body(pid, port, log)
      isEnded = true
    }
  }

  @Test("A small soft limit is raised: idle connections keep nobody out")
  func soft() throws {
    try tenant(limit: "ulimit -S -n 48") { pid, port, log in
      let idle = (0..<100).compactMap { _ in Loopback.connect(port) }
      defer { for socket in idle { close(socket) } }
      #expect(idle.count == 100)
      #expect(kill(pid, 0) == 0 && Self.isAnswered(port), "\(Programs.text(of: log))")
      kill(pid, SIGTERM)
      #expect(Programs.wait(pid) == 0)
    }
  }

  @Test("Where the system gives no more, whoever has waited longest makes room for others")
  func hard() throws {
    // More than it inherits and needs itself, and less than it may have of connections.
    try tenant(limit: "ulimit -n 128") { pid, port, log in
      let idle = (0..<200).compactMap { _ in Loopback.connect(port) }
      defer { for socket in idle { close(socket) } }
      #expect(idle.count == 200)
      for _ in 0..<3 {
        #expect(kill(pid, 0) == 0 && Self.isAnswered(port), "\(Programs.text(of: log))")
      }
      kill(pid, SIGTERM)
      #expect(Programs.wait(pid) == 0)
    }
  }

  /// Whether a request is answered at all.
  private static func isAnswered(_ port: Int) -> Bool {
    guard let socket = Loopback.connect(port) else { return false }
    defer { close(socket) }
    let request = "GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    let sent = request.withCString { send(socket, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
    var byte: UInt8 = 0
    return sent > 0 && recv(socket, &byte, 1, 0) == 1 && byte == UInt8(ascii: "H")
  }
}
