/// Numbers that look random and are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// A condition of comparisons joined by words, as both filter languages have them.
indirect enum RandomCondition {
  case one(Int)
  case not(RandomCondition)
  case and(RandomCondition, RandomCondition)
  case or(RandomCondition, RandomCondition)

  /// A condition of `depth` levels at most over `count` comparisons.
  init(depth: Int, of count: Int, using generator: inout SeededGenerator) {
    guard depth > 0 else {
      self = .one(Int.random(in: 0..<count, using: &generator))
      return
    }
    func part() -> RandomCondition {
      RandomCondition(
        depth: Int.random(in: 0..<depth, using: &generator), of: count, using: &generator)
    }
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: self = .not(part())
    case 1, 2: self = .and(part(), part())
    default: self = .or(part(), part())
    }
  }

  /// The text with no more brackets than `not` before `and` before `or` makes necessary.
  func text(_ comparisons: [String]) -> String {
    switch self {
    case .one(let index): comparisons[index]
    case .not(let inner): "not (\(inner.text(comparisons)))"
    case .and(let a, let b):
      [a, b].map { part in
        if case .or = part { return "(\(part.text(comparisons)))" }
        return part.text(comparisons)
      }.joined(separator: " and ")
    case .or(let a, let b): "\(a.text(comparisons)) or \(b.text(comparisons))"
    }
  }

  /// Whether it holds where the comparisons are so.
  func holds(_ truths: [Bool]) -> Bool {
    switch self {
    case .one(let index): truths[index]
    case .not(let inner): !inner.holds(truths)
    case .and(let a, let b): a.holds(truths) && b.holds(truths)
    case .or(let a, let b): a.holds(truths) || b.holds(truths)
    }
  }
}
