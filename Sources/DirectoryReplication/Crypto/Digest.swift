import CNettle
import Secrets

/// A digest of Nettle's, fed piece by piece.
///
/// MD4 and MD5 are broken as digests; the protocols here are made of them all the same (RFC 1320,
/// RFC 1321).
struct Digest<Context>: ~Copyable {
  private let context: WipedState<Context>
  private let length: Int
  private let update: (UnsafeMutablePointer<Context>, Int, UnsafePointer<UInt8>?) -> Void
  private let finish: (UnsafeMutablePointer<Context>, Int, UnsafeMutablePointer<UInt8>?) -> Void

  fileprivate init(
    _ context: consuming WipedState<Context>, length: Int,
    update: @escaping (UnsafeMutablePointer<Context>, Int, UnsafePointer<UInt8>?) -> Void,
    finish: @escaping (UnsafeMutablePointer<Context>, Int, UnsafeMutablePointer<UInt8>?) -> Void
  ) {
    self.context = context
    self.length = length
    self.update = update
    self.finish = finish
  }

  /// Adds bytes.
  func add(_ bytes: some Collection<UInt8>) {
    let isDone: Void? = bytes.withContiguousStorageIfAvailable {
      update(context.pointer, $0.count, $0.baseAddress)
    }
    if isDone == nil { add(Array(bytes)) }
  }

  /// Adds bytes that nobody may see.
  func add(_ secret: SecretBytes) {
    secret.withBytes { bytes in
      update(context.pointer, bytes.count, bytes.bindMemory(to: UInt8.self).baseAddress)
    }
  }

  /// The digest of all that was added.
  func bytes() -> [UInt8] {
    var out = [UInt8](repeating: 0, count: length)
    finish(context.pointer, length, &out)
    return out
  }

  /// The digest of all that was added, where nobody sees it.
  func secret() -> SecretBytes {
    SecretBytes(count: length) { out in
      finish(context.pointer, length, out.bindMemory(to: UInt8.self).baseAddress)
    }
  }
}

extension Digest<md4_ctx> {
  /// MD4 (RFC 1320), of which the hash of a password is made.
  static func md4() -> Digest {
    let context = WipedState(md4_ctx())
    nettle_md4_init(context.pointer)
    return Digest(context, length: 16, update: nettle_md4_update, finish: nettle_md4_digest)
  }
}

extension Digest<md5_ctx> {
  /// MD5 (RFC 1321).
  static func md5() -> Digest {
    let context = WipedState(md5_ctx())
    nettle_md5_init(context.pointer)
    return Digest(context, length: 16, update: nettle_md5_update, finish: nettle_md5_digest)
  }
}

extension Digest<hmac_md5_ctx> {
  /// HMAC-MD5 (RFC 2104) with a key of any length.
  static func hmacMD5(key: SecretBytes) -> Digest {
    let context = WipedState(hmac_md5_ctx())
    key.withBytes { bytes in
      nettle_hmac_md5_set_key(
        context.pointer, bytes.count, bytes.bindMemory(to: UInt8.self).baseAddress)
    }
    return Digest(
      context, length: 16, update: nettle_hmac_md5_update, finish: nettle_hmac_md5_digest)
  }
}
