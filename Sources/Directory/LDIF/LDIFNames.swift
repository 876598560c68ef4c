/// Attribute descriptions met in one file, so that each is parsed and interned once.
final class LDIFNames {
  struct Description {
    var bytes: [UInt8]
    var name: AttributeName
    var options: [String]
  }

  // By the lowest bits of the name's digest; a newcomer takes the place of the one before, so that
  // a file with endless new names can't fill the memory.
  private var known = [Description?](repeating: nil, count: 1024)

  /// The attribute and options that `bytes` describe (RFC 4512 §2.5), or nil if they are none.
  func description(_ bytes: UnsafeBufferPointer<UInt8>) -> Description? {
    var digest = FNV1a()
    digest.add(bytes)
    let place = Int(digest.value & 1023)
    if let found = known[place], Self.isEqual(found.bytes, bytes) { return found }
    guard let parsed = Self.parse(Array(bytes)) else { return nil }
    known[place] = parsed
    return parsed
  }

  private static func isEqual(_ a: [UInt8], _ b: UnsafeBufferPointer<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    for index in 0..<a.count where a[index] != b[index] { return false }
    return true
  }

  private static func parse(_ bytes: [UInt8]) -> Description? {
    guard bytes.count <= 512 else { return nil }
    let parts = bytes.split(separator: 0x3B, omittingEmptySubsequences: false)
    guard let type = parts.first, !type.isEmpty, type.allSatisfy(isTypeByte),
      parts.dropFirst().allSatisfy({ !$0.isEmpty && $0.allSatisfy(isOptionByte) })
    else { return nil }
    let options = parts.dropFirst().map { String(decoding: $0, as: UTF8.self).lowercased() }
    let name = AttributeName(String(decoding: type, as: UTF8.self))
    return Description(bytes: bytes, name: name, options: options.sorted())
  }

  // The underscore is in no RFC, but in some directories.
  private static func isTypeByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
    default: false
    }
  }

  // `=` and `*` stand in Microsoft's `range=0-*`.
  private static func isOptionByte(_ byte: UInt8) -> Bool {
    isTypeByte(byte) || byte == 0x3D || byte == 0x2A
  }
}
