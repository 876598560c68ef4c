import Directory
import TestSupport
import Testing

@testable import SyncRules

/// What an attribute holds of several contributions, where some keep what they gave before.
@Suite("Any contributions beside what they gave before")
struct KeepingModelTests {
  private typealias Given = (contributor: Int64, contribution: Contribution)

  /// What one contribution comes to, in the plainest words.
  private enum Said {
    case values([AttributeValue])
    case nothing, noneAtAll
    /// It keeps what it gave before, or has nothing to keep.
    case leaves([AttributeValue]?)
  }

  private struct Key: Hashable {
    var contributor: Int64
    var rule: String
    var target: AttributeName
  }

  private static let merges: [(AttributeName, MergeType)] = [
    ("u", .update), ("v", .update), ("m", .merge), ("c", .mergeCaseInsensitive),
  ]

  private static func given(_ random: inout SeededRandom) -> [Given] {
    (0..<Int.random(in: 1...10, using: &random)).map { _ in
      let precedence = Int.random(in: 1...4, using: &random)
      let (target, merge) = random.choose(merges)
      let kind: Contribution.Kind =
        random.choose([.values, .values, .values, .authoritativeNull, .ignored])
      let values: [AttributeValue] =
        kind == .values ? random.some(["X", "x", "y", "z"], percent: 40).sorted() : []
      return (
        Int64.random(in: 1...3, using: &random),
        Contribution(
          target: target, values: values, rule: rule("r\(precedence)", precedence: precedence),
          applyOnce: random.chance(25), merge: merge, origin: .constant(values), kind: kind)
      )
    }
  }

  private static func before(_ given: [Given], _ random: inout SeededRandom) -> [Key:
    [AttributeValue]]
  {
    var before: [Key: [AttributeValue]] = [:]
    for (contributor, contribution) in given where random.chance(50) {
      let key = Key(
        contributor: contributor, rule: contribution.rule.id, target: contribution.target)
      before[key] = [random.choose(["old", "X"])]
    }
    return before
  }

  /// The contributions to one attribute, the strongest first, as far as that is decided.
  private static func ordered(_ given: [Given], _ target: AttributeName) -> [Given] {
    given.filter { $0.contribution.target == target }.sorted {
      ($0.contribution.rule.precedence, $0.contributor)
        < ($1.contribution.rule.precedence, $1.contributor)
    }
  }

  private static func model(
    _ items: [Given], _ before: [Key: [AttributeValue]]
  ) -> (values: Set<AttributeValue>, rule: String)? {
    var said = items.map { item -> Said in
      let key = Key(
        contributor: item.contributor, rule: item.contribution.rule.id,
        target: item.contribution.target)
      if item.contribution.kind == .ignored { return .leaves(before[key]) }
      // What applies once gives what it gave when the object was made, whatever it says now.
      if item.contribution.applyOnce {
        if let kept = before[key] { return .values(kept) }
        return item.contribution.kind == .authoritativeNull ? .noneAtAll : .nothing
      }
      if item.contribution.kind == .authoritativeNull { return .noneAtAll }
      return item.contribution.values.isEmpty ? .nothing : .values(item.contribution.values)
    }
    let isDecided = said.contains {
      switch $0 {
      case .values, .noneAtAll: true
      case .nothing, .leaves: false
      }
    }
    said = said.map {
      guard case .leaves(let kept) = $0 else { return $0 }
      return isDecided ? .nothing : kept.map { .values($0) } ?? .nothing
    }
    var (winner, values): (String?, [AttributeValue]) = (nil, [])
    for (item, one) in zip(items, said) {
      if case .noneAtAll = one { break }
      guard case .values(let given) = one else { continue }
      if winner == nil {
        (winner, values) = (item.contribution.rule.id, given)
      } else if item.contribution.merge != .update {
        values += given
      }
    }
    guard let winner, let merge = items.first?.contribution.merge else { return nil }
    var known: Set<String> = []
    let united = values.filter {
      merge != .mergeCaseInsensitive || known.insert($0.text.lowercased()).inserted
    }
    return (Set(united), winner)
  }

  /// Contributions of which no two are of one object by one rule to one attribute.
  private static func distinct(_ given: [Given]) -> [Given] {
    var seen: Set<Key> = []
    return given.filter {
      seen.insert(
        Key(
          contributor: $0.contributor, rule: $0.contribution.rule.id,
          target: $0.contribution.target)
      ).inserted
    }
  }

  @Test("Each attribute holds what the plainest reading says", arguments: 1...60)
  func model(seed: Int) {
    var random = SeededRandom(scattering: seed)
    for _ in 0..<60 {
      let given = Self.distinct(Self.given(&random))
      let before = Self.before(given, &random)
      let found = MetaverseMerge.resolve(given) { contributor, contribution in
        before[
          Key(contributor: contributor, rule: contribution.rule.id, target: contribution.target)]
      }
      for (target, _) in Self.merges {
        let one = found.first { $0.attribute == target }
        let wanted = Self.model(Self.ordered(given, target), before)
        #expect(one.map { Set($0.values) } == wanted?.values, "\(target)")
        #expect(one?.winner.rule.id == wanted?.rule, "\(target)")
        #expect(one?.values == one?.values.sorted())
      }
    }
  }

  @Test("For an object that keeps nothing, it is as if it were new", arguments: 1...20)
  func nothingKept(seed: Int) {
    var random = SeededRandom(scattering: 100 + seed)
    for _ in 0..<40 {
      let given = Self.distinct(Self.given(&random)).filter { !$0.contribution.applyOnce }
      let kept = MetaverseMerge.resolve(given) { _, _ in nil }
      #expect(kept.map(\.values) == MetaverseMerge.resolve(given).map(\.values))
      #expect(kept.map(\.winner) == MetaverseMerge.resolve(given).map(\.winner))
    }
  }

  @Test("What is kept stays when everything is said again", arguments: 1...20)
  func again(seed: Int) {
    var random = SeededRandom(scattering: 200 + seed)
    for _ in 0..<40 {
      let given = Self.distinct(Self.given(&random)).filter { $0.contribution.merge == .update }
      var before = Self.before(given, &random)
      func found() -> [ResolvedAttribute] {
        MetaverseMerge.resolve(given) { contributor, contribution in
          before[
            Key(contributor: contributor, rule: contribution.rule.id, target: contribution.target)]
        }
      }
      let once = found()
      // The store keeps what the winner gave, and nothing of the others.
      before = [:]
      for one in once {
        guard let contributor = one.contributor else { continue }
        before[
          Key(contributor: contributor, rule: one.winner.rule.id, target: one.attribute)] =
          one.values
      }
      let twice = found()
      #expect(twice.map(\.values) == once.map(\.values))
      #expect(twice.map(\.winner.rule.id) == once.map(\.winner.rule.id))
    }
  }
}
