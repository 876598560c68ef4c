import Foundation
import Tenant

/// The embedded tenant in a process of its own, as a workspace has it.
final class CloudTenant {
  static let token = "a-token-of-the-benchmark-known-to-both"
  private let process = Process()
  private let input = Pipe()
  let root: String

  /// Starts a tenant with its database in `folder`.
  init(folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["--tenant", folder + "/tenant.sqlite"]
    let output = Pipe()
    process.standardOutput = output
    process.standardInput = input
    try process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    guard let port = UInt16(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw BenchError(message: "the tenant did not start: \(line)")
    }
    root = "http://127.0.0.1:\(port)"
  }

  /// Ends the process.
  func stop() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// What the process does: a tenant until its standard input ends.
  static func serve(_ path: String) async throws {
    let server = try TenantServer(TenantConfiguration(databasePath: path, token: .plain(token)))
    let port = try await server.start()
    FileHandle.standardOutput.write(Data("\(port)\n".utf8))
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      Thread.detachNewThread {
        while !FileHandle.standardInput.availableData.isEmpty {}
        continuation.resume()
      }
    }
    await server.stop()
  }
}
