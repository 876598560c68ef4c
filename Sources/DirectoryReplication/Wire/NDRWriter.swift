import Directory

/// Writes values in the Network Data Representation (C706 chapter 14), low byte first.
struct NDRWriter {
  /// What was written.
  private(set) var bytes: [UInt8] = []
  private var referents: UInt32 = 0

  /// Adds zeros up to the next multiple of `size`.
  mutating func align(_ size: Int) {
    while bytes.count % size != 0 { bytes.append(0) }
  }

  /// Adds bytes as they are.
  mutating func add(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

  /// Adds as many zeros.
  mutating func zeros(_ count: Int) { add(repeatElement(0, count: count)) }

  /// Adds a number, aligned to its size.
  mutating func add(_ number: some FixedWidthInteger) {
    align(number.bitWidth / 8)
    for shift in stride(from: 0, to: number.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  /// Adds a GUID, which is aligned as its first number is.
  mutating func add(_ guid: GUID) {
    align(4)
    add(guid.bytes)
  }

  /// Adds a referent id (C706 §14.3.11): one of its own for what is there, 0 for what is not.
  mutating func pointer(_ isThere: Bool = true) {
    if isThere { referents += 1 }
    add(isThere ? 0x0002_0000 + 4 * referents : UInt32(0))
  }

  /// Adds text in UTF-16LE with a zero at its end.
  mutating func terminated(_ text: String) {
    add(text.utf16LE)
    add(UInt16(0))
  }
}
