import Directory
import SyncStore

/// Sorts and narrows rows that are all at hand, by what their columns say.
struct MemoryTable<Row> {
  /// All columns that there are.
  let columns: [Column<Row>]
  /// Who the columns speak to.
  let scene: Scene

  /// The rows that pass, in order.
  func arranged(_ rows: [Row], by arrangement: ListArrangement) -> [Row] {
    let terms = arrangement.terms.map { (term: $0, pattern: Self.pattern(of: $0)) }
    let passing = rows.filter { row in terms.allSatisfy { passes(row, $0.term, $0.pattern) } }
    guard let sort = arrangement.sort, let column = columns.first(where: { $0.field == sort.field })
    else { return passing }
    let keyed = passing.enumerated().map { ($0, text($1, column), $1) }
    let sorted = keyed.sorted { one, other in
      let order = Self.compare(one.1, other.1)
      if order == 0 { return sort.isDescending ? one.0 > other.0 : one.0 < other.0 }
      return sort.isDescending ? order > 0 : order < 0
    }
    return sorted.map { $0.2 }
  }

  private func text(_ row: Row, _ column: Column<Row>) -> String {
    column.value(row, 1000, scene).text
  }

  private static func pattern(of term: ListTerm) -> TextPattern? {
    guard term.comparison == .matches, case .text(let text) = term.operand else { return nil }
    return try? TextPattern(text)
  }

  private func passes(_ row: Row, _ term: ListTerm, _ pattern: TextPattern?) -> Bool {
    let asked = columns.filter { term.field == nil || term.field == $0.field }
    // By what a column says, without the mark before it: that is how people ask for it.
    let isFound = asked.contains { column in
      let words = TableTexts.words(column.value(row, 1000, scene), scene.glyphs)
      return passes(words, term, pattern)
    }
    return isFound != term.isNegated
  }

  private func passes(_ text: String, _ term: ListTerm, _ pattern: TextPattern?) -> Bool {
    guard case .text(let wanted) = term.operand else {
      let order: Int? =
        switch term.operand {
        case .number(let number): Self.compare(text, number)
        case .moment(let moment): Self.compare(text, scene.clock.dateAndTime(moment))
        case .text: nil
        }
      return order.map { Self.stands($0, term.comparison) } ?? false
    }
    let (low, wantedLow) = (text.lowercased(), wanted.lowercased())
    switch term.comparison {
    case .contains: return low.contains(wantedLow) || wantedLow.isEmpty
    case .equals: return low == wantedLow
    case .begins: return low.hasPrefix(wantedLow)
    case .matches: return pattern?.matches(text) ?? false
    case .greater, .atLeast, .less, .atMost:
      return Self.stands(Self.compare(text, wanted), term.comparison)
    }
  }

  private static func stands(_ order: Int, _ comparison: ListTerm.Comparison) -> Bool {
    switch comparison {
    case .greater: order > 0
    case .atLeast: order >= 0
    case .less: order < 0
    case .atMost: order <= 0
    case .contains, .equals, .begins, .matches: order == 0
    }
  }

  /// Numbers by their size, texts by their letters; nothing before numbers, and these before texts.
  ///
  /// Were numbers compared with texts by letters, 2 would stand before 10, 10 before 1a, and 1a
  /// before 2.
  static func compare(_ one: String, _ other: String) -> Int {
    switch (number(one), number(other)) {
    case (let a?, let b?): return a < b ? -1 : a == b ? 0 : 1
    case (_?, nil): return other.isEmpty ? 1 : -1
    case (nil, _?): return one.isEmpty ? -1 : 1
    case (nil, nil):
      let (a, b) = (one.lowercased(), other.lowercased())
      return a < b ? -1 : a == b ? 0 : 1
    }
  }

  private static func compare(_ text: String, _ wanted: Double) -> Int {
    guard let number = number(text) else { return text.isEmpty ? -1 : 1 }
    return number < wanted ? -1 : number == wanted ? 0 : 1
  }

  /// What is written in digits; people may be called Nan or Inf, and an id may be 1e5.
  private static func number(_ text: String) -> Double? {
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || "+-.,".utf8.contains($0) }) else {
      return nil
    }
    return Double(text.filter { $0 != "," })
  }
}
