/// Random numbers that a seed repeats (SplitMix64, Steele et al., OOPSLA 2014).
public struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  /// The numbers that `seed` repeats.
  public init(_ seed: Int) {
    state = UInt64(bitPattern: Int64(seed))
    // Streams of neighbouring seeds would be the same, shifted by one.
    state = next() ^ 0xD1B5_4A32_D192_ED03
  }

  /// The next number.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Whether what happens `percent` times in a hundred happens now.
  public mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &self) < percent
  }

  /// One of `items`, or nil if there is none.
  public mutating func pick<T>(_ items: [T]) -> T? { items.randomElement(using: &self) }
}
