/// The NT hash of a password: MD4 of its text in UTF-16LE ([MS-NLMP] §3.3.1, NTOWFv1).
package enum PasswordHash {
  /// The hash of `password`.
  package static func ntHash(of password: String) -> SecretBytes {
    let digest = Digest.md4()
    let units = password.utf16
    let text = SecretBytes(count: 2 * units.count) { memory in
      for (index, unit) in units.enumerated() {
        memory.storeBytes(of: unit.littleEndian, toByteOffset: 2 * index, as: UInt16.self)
      }
    }
    digest.add(text)
    return digest.secret()
  }
}
