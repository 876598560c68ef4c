import Directory
import TestSupport
import Testing

@testable import SyncStore

/// The store's small values, each beside what it stands for.
@Suite("Small values of the store do what they say")
struct ValueModelTests {
  @Test("What an import has seen is a set of numbers, however far they are apart", arguments: 0..<8)
  func seen(_ seed: Int) {
    var random = SeededRandom(seed: seed)
    var (seen, model) = (SeenObjects(), Set<Int64>())
    var (outside, told) = (Set<Int64>(), Set<Int64>())
    let edges: [Int64] = [0, 1, 62, 63, 64, 65, 127, 128, 4095, 4096, 100_000]
    for _ in 0..<300 {
      let id =
        Bool.random(using: &random) ? random.choose(edges) : .random(in: 0...300, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0, 1: #expect(seen.insert(id) == model.insert(id).inserted)
      case 2:
        seen.noteOutside(id)
        outside.insert(id)
      default:
        seen.tell(id)
        told.insert(id)
      }
      #expect(seen.count == model.count)
    }
    for id in edges + Array(Int64(0)...310) + [1 << 40] {
      #expect(seen.contains(id) == model.contains(id))
      #expect(seen.isOutside(id) == outside.contains(id))
      #expect(seen.wasTold(id) == told.contains(id))
    }
  }

  @Test(
    "Names that begin with a text lie between the ends of its ranges, in any case", arguments: 0..<6
  )
  func nameRanges(_ seed: Int) {
    var random = SeededRandom(seed: seed)
    let letters = ["a", "B", "z", "é", "É", "ł", "Ł", "日", " ", "'", "ß", "0", "\u{10FFFE}"]
    for _ in 0..<400 {
      let text = random.text(letters, count: 0...4)
      let name = random.chance(60) ? text + random.text(letters) : random.text(letters)
      let ranges = NameRange.beginning(with: text)
      let isIn = ranges.contains { range in
        !NameRange.isLess(name, than: range.from) && NameRange.isLess(name, than: range.end)
      }
      if name.hasPrefix(text) || name.hasPrefix(text.uppercased()) {
        #expect(isIn, "\(name) begins with \(text)")
      }
      // They come in their order, and none begins before the one before it ends.
      for (first, second) in zip(ranges, ranges.dropFirst()) {
        #expect(!NameRange.isLess(second.from, than: first.end))
      }
    }
  }

  @Test("A limit is exceeded by what a sum in whole numbers says", arguments: 0..<4)
  func limits(_ seed: Int) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<600 {
      let count = random.choose([nil, 0, 1, 5, 500])
      let percent = random.choose([nil, 0, 10, 50, 100])
      let smallest = random.choose([0, 1, 10, 100])
      let (amount, total) = (
        Int.random(in: -1...60, using: &random), Int.random(in: 0...120, using: &random)
      )
      let limit = GuardLimit(count: count, percent: percent.map(Double.init), smallest: smallest)
      let isTooMany = count.map { amount > $0 } ?? false
      let isTooLarge =
        percent.map { total > 0 && total >= smallest && amount * 100 > $0 * total } ?? false
      #expect(
        limit.isExceeded(by: amount, of: total) == (amount > 0 && (isTooMany || isTooLarge)),
        "\(amount) of \(total) with \(limit)")
      let words = limit.words(exceededBy: amount, of: total)
      if isTooMany, let count {
        #expect(words == "\(count) objects")
      } else if let percent {
        #expect(words == "\(percent) % of \(total) objects")
      } else {
        #expect(words == "any number of objects")
      }
    }
    #expect(GuardLimit(percent: 0.5).share == "0.5 %" && GuardLimit(count: 3).share == nil)
  }

  @Test("Each counter has a number of its own, and within its block a name and a title of its own")
  func counters() {
    #expect(Set(Counter.allCases.map(\.rawValue)).count == Counter.allCases.count)
    let blocks = Dictionary(grouping: Counter.allCases) { "\($0.group(target: "t"))" }
    for (block, counters) in blocks {
      #expect(Set(counters.map(\.name)).count == counters.count, "\(block)")
      for counter in counters {
        #expect(counter.name == counter.name.lowercased() && !counter.name.contains(" "))
        #expect(!counter.title.isEmpty && !counter.summary.isEmpty)
      }
    }
    // The words of one block are another's where MIIS has them so.
    #expect(Counter.outboundFlow.name == Counter.connectorFlow.name)
    #expect(blocks.keys.count == 6)
  }

  @Test(
    "What changed between two lists of attributes leads from one to the other", arguments: 0..<8)
  func deltas(_ seed: Int) {
    var random = SeededRandom(seed: seed)
    func some() -> [Attribute] {
      random.some(["a", "b", "c", "d", "e"]).map { name in
        let count = Int.random(in: 0...2, using: &random)
        return Attribute(
          AttributeName(name), (0..<count).map { _ in .string(random.choose(["1", "2"])) })
      }
    }
    for _ in 0..<200 {
      let (before, after) = (some(), some())
      let deltas = ObjectChange.deltas(from: before, to: after, rule: 7)
      var values = Dictionary(uniqueKeysWithValues: before.map { ($0.name, $0.values) })
      for delta in deltas {
        #expect(values[delta.name, default: []] == delta.before && delta.rule == 7)
        #expect(delta.before != delta.after)
        values[delta.name] = delta.after
      }
      let wanted = Dictionary(uniqueKeysWithValues: after.map { ($0.name, $0.values) })
      #expect(values.filter { !$0.value.isEmpty } == wanted.filter { !$0.value.isEmpty })
      #expect(Set(deltas.map(\.name)).count == deltas.count)
    }
  }

  @Test("What holds a sign of equality that is not at its end is a name, anything else an id")
  func names() {
    for (text, isNamed) in [
      ("", false), ("=", false), ("==", false), ("a=", false), ("a==", false), ("a=b", true),
      ("=b", true), ("a==b", true), ("CN=x,", true), ("a-1", false), ("a=\0", true),
      ("\u{202E}=x", true),
    ] {
      #expect(isName(text) == isNamed, "\(text.debugDescription)")
      if !isNamed { #expect(referenceKey(text) == text) }
    }
    #expect(referenceKey("CN=Ann , DC=x") == referenceKey("cn=ann,dc=X"))
    #expect(referenceKey("not a, name=") == "not a, name=")
  }

  @Test("Two join keys are one exactly where look-ups find the same", arguments: 0..<4)
  func joinKeys(_ seed: Int) {
    var random = SeededRandom(seed: seed)
    let values =
      HostileText.names.map { AttributeValue.string($0) }
      + ["Ann", "ANN", "7", "AQID", "caf\u{E9}", "cafe\u{301}"].map { .string($0) }
      + [.integer(7), .binary([1, 2, 3]), .boolean(true), .reference("Ann")]
    for _ in 0..<300 {
      let (a, b) = (
        JoinKey(AttributeName(random.choose(["mail", "Mail", "cn"])), random.choose(values)),
        JoinKey(AttributeName(random.choose(["mail", "Mail", "cn"])), random.choose(values))
      )
      let isSameRow = a.attribute == b.attribute && a.value.utf8.elementsEqual(b.value.utf8)
      #expect((a == b) == isSameRow, "\(a) \(b)")
      if a == b { #expect(a.hashValue == b.hashValue) }
    }
  }

  @Test("The part of a name above its object is its container, and what is no name is its own")
  func containers() {
    for (dn, container) in [
      ("CN=Ann,OU=Staff,DC=x", "OU=Staff,DC=x"), ("CN=Ann\\, Bo,DC=x", "DC=x"),
      ("an id", "an id"), ("", ""), ("CN={12}", "CN={12}"),
    ] {
      #expect(StoreTransaction.container(of: dn) == container, "\(dn)")
    }
  }
}
