import CNettle
import Secrets

/// RC4 with its running state: what was enciphered before decides what comes next ([MS-NLMP] §3.4.2).
struct RC4: ~Copyable {
  private let context = WipedState(arcfour_ctx())

  /// The cipher at its start; nil unless `key` has 1 to 256 bytes.
  init?(key: SecretBytes) {
    guard 1...256 ~= key.count else { return nil }
    key.withBytes { bytes in
      nettle_arcfour_set_key(
        context.pointer, bytes.count, bytes.bindMemory(to: UInt8.self).baseAddress)
    }
  }

  /// Enciphers `bytes` where they are, which also deciphers them.
  func apply(to bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBufferPointer { apply(to: UnsafeMutableRawBufferPointer($0)) }
  }

  /// Enciphers a piece of memory.
  func apply(to memory: UnsafeMutableRawBufferPointer) {
    let bytes = memory.bindMemory(to: UInt8.self)
    nettle_arcfour_crypt(context.pointer, bytes.count, bytes.baseAddress, bytes.baseAddress)
  }
}
