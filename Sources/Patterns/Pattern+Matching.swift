extension Pattern {
  /// Whether the pattern matches somewhere in `text`.
  public func isFound(in text: String) -> Bool { isFound(in: text) { _ in } }

  /// Whether the pattern matches somewhere in `text`; `spend` is told what each character of it
  /// costs.
  public func isFound<Failure: Error>(
    in text: String, spend: (Int) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    var search = PatternSearch(self, text)
    return try search.run(spend)
  }
}

/// A search of a pattern in a text: at each place, all steps that may be reached there.
private struct PatternSearch {
  private let steps: [Pattern.Step]
  private let tests: [CharacterTest]
  private let letters: [ASCIISet]
  private let beginnings: ASCIISet?
  private let text: [Unicode.Scalar]
  /// The steps that wait for the character at the place in hand, each once, and for the one before.
  private var waiting: [Int] = []
  private var before: [Int] = []
  /// Steps that are reached and were not looked at yet; kept, since it is asked for so often.
  private var open: [Int] = []
  /// By step, the place up to which it was last reached, so that none is reached twice at one.
  private var seen: [Int]
  private var isMatched = false
  /// What was done at the place in hand.
  private var cost = 0

  init(_ pattern: Pattern, _ text: String) {
    steps = pattern.steps
    tests = pattern.tests
    letters = pattern.letters
    beginnings = pattern.beginnings
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(text.utf8.count)
    scalars.append(contentsOf: text.unicodeScalars)
    self.text = scalars
    seen = Array(repeating: -1, count: steps.count)
  }

  mutating func run<Failure: Error>(
    _ spend: (Int) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    for place in 0...text.count {
      if mayBegin(at: place) { reach(0, at: place) }
      if isMatched { return true }
      guard place < text.count else { break }
      try spend(1 + cost)
      cost = 0
      if waiting.isEmpty { continue }
      swap(&waiting, &before)
      waiting.removeAll(keepingCapacity: true)
      for step in before {
        guard case .character(let test) = steps[step] else { continue }
        cost += tests[test].cost
        guard passes(test, text[place]) else { continue }
        reach(step + 1, at: place + 1)
        if isMatched { return true }
      }
    }
    return false
  }

  /// Whether a match may begin at a place: at every one, unless more is known.
  private func mayBegin(at place: Int) -> Bool {
    guard let beginnings else { return true }
    guard place < text.count else { return false }
    return text[place].value >= 128 || beginnings.contains(text[place].value)
  }

  private func passes(_ test: Int, _ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 128, !letters.isEmpty { return letters[test].contains(scalar.value) }
    return tests[test].passes(scalar)
  }

  /// Adds all steps that wait for a character and are reached from `step` without one.
  private mutating func reach(_ step: Int, at place: Int) {
    // Most steps wait for a character themselves.
    if case .character = steps[step] {
      guard seen[step] != place else { return }
      seen[step] = place
      cost += 1
      return waiting.append(step)
    }
    open.append(step)
    while let step = open.popLast() {
      guard seen[step] != place else { continue }
      seen[step] = place
      cost += 1
      switch steps[step] {
      case .character: waiting.append(step)
      case .jump(let target): open.append(target)
      case .split(let first, let second):
        open.append(second)
        open.append(first)
      case .place(let condition): if holds(condition, place) { open.append(step + 1) }
      case .match: isMatched = true
      }
    }
  }

  private func holds(_ condition: Pattern.Place, _ place: Int) -> Bool {
    let isEnd = place == text.count
    switch condition {
    case .textStart: return place == 0
    case .textEnd: return isEnd
    case .lastLineEnd: return isEnd || place == text.count - 1 && text[place] == "\n"
    case .lineStart: return place == 0 || text[place - 1] == "\n"
    case .lineEnd: return isEnd || text[place] == "\n"
    case .wordEdge: return isWordEdge(place)
    case .noWordEdge: return !isWordEdge(place)
    }
  }

  private func isWordEdge(_ place: Int) -> Bool {
    let before = place > 0 && CharacterTest.has(.word, text[place - 1])
    let after = place < text.count && CharacterTest.has(.word, text[place])
    return before != after
  }
}
