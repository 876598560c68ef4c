import CNettle
import Glibc

/// The innermost layer around a stored password hash: DES with keys made of the account's relative
/// id ([MS-SAMR] §2.2.11.1.1).
enum RelativeIDCipher {
  /// The length of what is enciphered.
  static let length = 16

  /// Deciphers sixteen bytes where they are.
  ///
  /// - Parameters:
  ///   - hash: two blocks of eight bytes each.
  ///   - relativeID: the last part of the account's SID.
  static func decrypt(_ hash: UnsafeMutableRawBufferPointer, relativeID: UInt32) {
    guard hash.count == length else { return }
    for (block, key) in keys(relativeID).enumerated() {
      let part = UnsafeMutableRawBufferPointer(rebasing: hash[block * 8..<block * 8 + 8])
      crypt(part, key: key, nettle_des_decrypt)
    }
  }

  /// Enciphers sixteen bytes where they are, as a directory does before it stores them.
  static func encrypt(_ hash: UnsafeMutableRawBufferPointer, relativeID: UInt32) {
    guard hash.count == length else { return }
    for (block, key) in keys(relativeID).enumerated() {
      let part = UnsafeMutableRawBufferPointer(rebasing: hash[block * 8..<block * 8 + 8])
      crypt(part, key: key, nettle_des_encrypt)
    }
  }

  /// The keys of both blocks ([MS-SAMR] §2.2.11.1.3).
  static func keys(_ relativeID: UInt32) -> [[UInt8]] {
    let i = (0..<4).map { UInt8(truncatingIfNeeded: relativeID >> (8 * UInt32($0))) }
    return [
      expand([i[0], i[1], i[2], i[3], i[0], i[1], i[2]]),
      expand([i[3], i[0], i[1], i[2], i[3], i[0], i[1]]),
    ]
  }

  /// Seven bytes spread over eight, the lowest bit of each left for parity, which DES ignores
  /// ([MS-SAMR] §2.2.11.1.2).
  private static func expand(_ key: [UInt8]) -> [UInt8] {
    let number = key.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(49 - 7 * $0)) << 1 }
  }

  private static func crypt(
    _ block: UnsafeMutableRawBufferPointer, key: [UInt8],
    _ work: (UnsafePointer<des_ctx>, Int, UnsafeMutablePointer<UInt8>?, UnsafePointer<UInt8>?) ->
      Void
  ) {
    var context = des_ctx()
    // The answer says whether the key is a weak one, which accounts can't choose.
    _ = nettle_des_set_key(&context, key)
    let bytes = block.bindMemory(to: UInt8.self)
    work(&context, bytes.count, bytes.baseAddress, bytes.baseAddress)
    explicit_bzero(&context, MemoryLayout<des_ctx>.size)
  }
}
