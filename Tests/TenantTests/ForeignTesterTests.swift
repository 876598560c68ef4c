import Foundation
import ProgramTesting
import Testing

@testable import Tenant

/// scim2-tester of the Python package of that name: checks of SCIM servers that others wrote.
private enum ForeignTester {
  private static let scripts = URL(fileURLWithPath: #filePath)
    .appendingPathComponent("../../../Scripts").standardizedFileURL.path

  /// What runs the checks; nil where it is not there and could not be fetched.
  static let python: String? = {
    let folder = TemporaryFolder()
    let log = folder.file("log")
    guard Programs.run(["/bin/bash", scripts + "/scim2-tester"], log: log) == 0 else { return nil }
    return Programs.text(of: log).split(separator: "\n").last.map(String.init)
  }()

  /// The exit status of the checks of `types` and the lines that they wrote.
  static func check(
    _ tenant: RunningTenant, token: String = RunningTenant.token, _ types: [String]
  ) async throws -> (status: Int32, lines: [String]) {
    let log = tenant.folder.file("checks")
    let url = "http://127.0.0.1:\(tenant.port)\(Tenant.basePath)"
    let command = [try #require(python), scripts + "/scim2-tester.py", url] + types
    let program = try #require(
      Programs.start(command, environment: ["SCIM_TOKEN": token], log: log))
    // On a thread of its own: the tenant that answers lives in this process.
    let status = await withCheckedContinuation { continuation in
      Thread.detachNewThread { continuation.resume(returning: Programs.wait(program)) }
    }
    return (status, Programs.text(of: log).split(separator: "\n").map(String.init))
  }
}

@Suite(
  "A SCIM tester that others wrote",
  .enabled(
    if: ForeignTester.python != nil,
    "scim2-tester is not there: Scripts/scim2-tester could not fetch it from PyPI"))
struct ForeignTesterTests {
  // Contacts and devices go the same ways, and no client of others knows them.
  @Test("finds nothing wrong with users and groups, but for what it gets wrong itself")
  func usersAndGroups() async throws {
    let tenant = try await RunningTenant(maximumPayload: 8 << 20)
    let (status, lines) = try await ForeignTester.check(tenant, ["User", "Group"])
    #expect(status == 0, "\(lines.joined(separator: "\n"))")
    // A tester that comes to an end early has found nothing either.
    let last = lines.last?.split(separator: " ") ?? []
    #expect(last.first == "good" && last.count == 4, "\(lines)")
    #expect(last.dropFirst().first.flatMap { Int($0) } ?? 0 > 600, "\(lines)")
    await tenant.server.stop()
  }

  @Test("tells where something is wrong")
  func wrong() async throws {
    let tenant = try await RunningTenant()
    let (status, lines) = try await ForeignTester.check(tenant, token: "not-the-token", ["User"])
    #expect(status == 1)
    #expect(lines.contains { $0.hasPrefix("ERROR ") }, "\(lines)")
    await tenant.server.stop()
  }
}
