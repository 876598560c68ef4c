import CNettle
import Glibc
public import Secrets

/// What a tenant keeps of a password: the NT hash's 32 digits in upper case as UTF-16LE, through
/// PBKDF2-HMAC-SHA256 with a salt of its own (RFC 8018 §5.2; Microsoft: implement password hash
/// synchronization, "How password hash synchronization works").
public enum TransformedHash {
  /// The length of a salt in bytes.
  public static let saltLength = 10
  /// How many times the function is applied.
  public static let iterations = 1000
  /// The length of what comes out, in bytes.
  public static let length = 32

  /// The derived bytes of `hash`.
  ///
  /// - Parameters:
  ///   - hash: An NT hash.
  ///   - salt: Random bytes, ``saltLength`` of them.
  ///   - iterations: How many times the function is applied, from 1.
  public static func derive(
    _ hash: SecretBytes, salt: [UInt8], iterations: Int = iterations
  ) -> SecretBytes {
    let text = expanded(hash)
    return SecretBytes(count: length) { out in
      text.withBytes { key in
        nettle_pbkdf2_hmac_sha256(
          key.count, key.bindMemory(to: UInt8.self).baseAddress, UInt32(iterations), salt.count,
          salt, length, out.bindMemory(to: UInt8.self).baseAddress)
        cn_scrub_stack()
      }
    }
  }

  /// A credential of `hash` with a new salt.
  public static func credential(of hash: SecretBytes) -> Credential {
    var generator = SystemRandomNumberGenerator()
    let salt = (0..<saltLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
    return Credential(salt: salt, iterations: iterations, derived: derive(hash, salt: salt))
  }

  /// Credentials of many hashes in the same order, each with a new salt, made on all cores.
  ///
  /// One takes about a tenth of a millisecond of one core.
  public static func credentials(of hashes: [SecretBytes]) async -> [Credential] {
    let share = max(1, (hashes.count + coreCount - 1) / coreCount)
    let starts = stride(from: 0, to: hashes.count, by: share)
    return await withTaskGroup(of: (Int, [Credential]).self) { group in
      for start in starts {
        let part = hashes[start..<min(start + share, hashes.count)]
        group.addTask { (start, part.map { credential(of: $0) }) }
      }
      var parts: [Int: [Credential]] = [:]
      for await (start, part) in group { parts[start] = part }
      return starts.flatMap { parts[$0] ?? [] }
    }
  }

  // Those that this process may use.
  private static let coreCount = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

  // 32 digits in upper case, each in two bytes.
  private static func expanded(_ hash: SecretBytes) -> SecretBytes {
    let digits = [UInt8]("0123456789ABCDEF".utf8)
    return SecretBytes(count: hash.count * 4) { out in
      hash.withBytes { bytes in
        for (index, byte) in bytes.enumerated() {
          out[4 * index] = digits[Int(byte >> 4)]
          out[4 * index + 2] = digits[Int(byte & 15)]
        }
      }
    }
  }
}
