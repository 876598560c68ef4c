import TestSupport

/// A condition of comparisons joined by words, as both filter languages have them.
indirect enum RandomCondition {
  case one(Int)
  case not(RandomCondition)
  case and(RandomCondition, RandomCondition)
  case or(RandomCondition, RandomCondition)

  /// A condition of `depth` levels at most over `count` comparisons.
  init(depth: Int, of count: Int, using generator: inout SeededRandom) {
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
