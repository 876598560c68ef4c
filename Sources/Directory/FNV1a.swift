/// The 64-bit FNV-1a digest: tells whether bytes changed, not whether somebody forged them.
public struct FNV1a: Sendable {
  @usableFromInline var state: UInt64

  /// The digest of what was added; also all that is needed to go on.
  public var value: UInt64 { state }
  /// The digest of nothing.
  public init() { state = 0xCBF2_9CE4_8422_2325 }
  /// The digest that goes on from the value of another.
  public init(resuming value: UInt64) { state = value }
  /// Adds bytes.
  @inlinable
  public mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
  }
}
