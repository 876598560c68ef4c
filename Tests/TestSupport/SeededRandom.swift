/// Numbers that look random and are the same in every run (SplitMix64, Steele et al., OOPSLA 2014).
package struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  /// The numbers of a seed.
  package init(seed: UInt64) { state = seed }

  package init(seed: Int) { self.init(seed: UInt64(bitPattern: Int64(seed))) }

  /// The numbers of a seed that are not those of its neighbours, moved by one.
  package init(scattering seed: Int) {
    self.init(seed: seed)
    state = next() ^ 0xD1B5_4A32_D192_ED03
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension RandomNumberGenerator {
  /// Whether what happens `percent` times in a hundred happens now.
  package mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &self) < percent
  }

  /// One of `items`, of which there is one at least.
  package mutating func choose<Items: RandomAccessCollection>(_ items: Items) -> Items.Element {
    let distance = Int.random(in: 0..<items.count, using: &self)
    return items[items.index(items.startIndex, offsetBy: distance)]
  }

  /// Each of `items` with a chance of `percent` in a hundred, in their order.
  package mutating func some<Item>(_ items: [Item], percent: Int = 50) -> [Item] {
    items.filter { _ in chance(percent) }
  }

  /// As many of `pieces` as `count` allows, one after the other.
  package mutating func text(
    _ pieces: [String] = HostileText.pieces, count: ClosedRange<Int> = 0...8
  ) -> String {
    (0..<Int.random(in: count, using: &self)).map { _ in choose(pieces) }.joined()
  }

  /// As many bytes of any value as `count` allows.
  package mutating func bytes(_ count: ClosedRange<Int>) -> [UInt8] {
    (0..<Int.random(in: count, using: &self)).map { _ in .random(in: .min ... .max, using: &self) }
  }
}
