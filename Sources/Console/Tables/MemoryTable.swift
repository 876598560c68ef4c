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
    return asked.contains { passes(TableTexts.words($0.value(row, 1000, scene)), term, pattern) }
      != term.isNegated
  }

  private func passes(_ text: String, _ term: ListTerm, _ pattern: TextPattern?) -> Bool {
    guard case .text(let wanted) = term.operand else {
      let operand: String? =
        switch term.operand {
        case .number(let number): String(number)
        case .moment(let moment): scene.clock.dateAndTime(moment)
        case .text: nil
        }
      return operand.map { Self.stands(Self.compare(text, $0), term.comparison) } ?? false
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

  /// Numbers by their size, texts by their letters.
  static func compare(_ one: String, _ other: String) -> Int {
    if let a = number(one), let b = number(other) { return a < b ? -1 : a == b ? 0 : 1 }
    let (a, b) = (one.lowercased(), other.lowercased())
    return a < b ? -1 : a == b ? 0 : 1
  }

  private static func number(_ text: String) -> Double? { Double(text.filter { $0 != "," }) }
}
