import Foundation
import PasswordSync
import Secrets

/// Hashes made into what a tenant takes, on all cores, against OpenSSL's own PBKDF2 on one.
///
/// The two take turns, and the best turn of each counts: what else the machine does meanwhile slows
/// both.
struct TransformBench {
  private static let turns = 5
  private static let count = 4_000
  private static let opensslCount = 1_000

  func rows() async throws -> [Measurement] {
    let hashes = (0..<Self.count).map { PasswordHash.ntHash(of: String($0)) }
    var (own, openssl) = (0.0, 0.0)
    for _ in 0..<Self.turns {
      own = max(own, try await Self.rate(hashes))
      openssl = max(openssl, try Self.opensslRate() ?? 0)
    }
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let name = "transforms of hashes, \(cores) cores, in batches of 50"
    guard openssl > 0 else {
      return [
        Measurement(
          name: name, figure: String(format: "%.0f/s", own),
          goal: "SKIPPED: no python3 to ask OpenSSL with")
      ]
    }
    return [
      Measurement(
        name: name,
        figure: String(
          format: "%.0f/s, %.2f × cores × OpenSSL's %.0f/s", own, own / (Double(cores) * openssl),
          openssl), goal: "0.9 × cores × OpenSSL's")
    ]
  }

  private static func rate(_ hashes: [SecretBytes]) async throws -> Double {
    let seconds = try await Measurement.seconds {
      for start in stride(from: 0, to: hashes.count, by: PasswordBatch.limit) {
        let end = min(start + PasswordBatch.limit, hashes.count)
        let made = await TransformedHash.credentials(of: Array(hashes[start..<end]))
        guard made.count == end - start else { throw BenchError(message: "a transform is missing") }
      }
    }
    return Double(hashes.count) / seconds
  }

  // By way of Python's `hashlib`, which calls it; its start is not counted.
  private static func opensslRate() throws -> Double? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script, String(opensslCount)]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Double(String(decoding: data, as: UTF8.self))
  }

  private static let script = """
    import hashlib, sys, time
    count = int(sys.argv[1])
    begin = time.perf_counter()
    for number in range(count):
        hashlib.pbkdf2_hmac("sha256", b"A\\0" * 32, number.to_bytes(10, "big"), 1000, 32)
    sys.stdout.write(str(count / (time.perf_counter() - begin)))
    """
}
