import Cells
import Directory
import TestSupport
import Testing

@testable import Console
@testable import SyncStore

@Suite("Rows that are sorted and narrowed, beside a list that is kept by hand")
struct ArrangedRowsTests {
  /// A row as one would note it on paper.
  private struct Note {
    var number: Int
    var texts: [String: String]
    var numbers: [String: Int]
    var label: String { TableKind.label(number) }
  }

  /// Parts of texts that stand nowhere else on the screen.
  private static let parts = ["kava", "mero", "tulu", "KAVA", "wix", "Zoë", "日本", "a.b", "(x)"]

  private static let kinds: [TableKind] = [.objects, .users, .operations, .passwords]

  /// The fields of a kind that are made here.
  private static func fields(_ kind: TableKind) -> (texts: [String], numbers: [String]) {
    switch kind {
    case .users: (["upn"], [])
    case .operations: (["by"], ["adds", "updates", "deletes", "errors"])
    case .passwords: (["upn", "reason"], ["tries"])
    default: (["dn", "type"], [])
    }
  }

  private static func notes(_ kind: TableKind, _ random: inout SeededRandom) -> [Note] {
    let fields = fields(kind)
    return (1...Int.random(in: 1...24, using: &random)).map { number in
      var note = Note(number: number, texts: [:], numbers: [:])
      for field in fields.texts { note.texts[field] = random.text(parts, count: 0...3) }
      for field in fields.numbers {
        note.numbers[field] = random.choose([0, 1, 5, 12, 1234, 98_765])
      }
      return note
    }
  }

  private static func content(_ kind: TableKind, _ notes: [Note]) -> FakeStore.Content {
    var content = kind.content(notes.map(\.number))
    for note in notes {
      let (id, texts, numbers) = (Int64(note.number), note.texts, note.numbers)
      switch kind {
      case .users:
        for index in content.users.indices where content.users[index].id == id {
          content.users[index].userPrincipalName = texts["upn"] ?? ""
        }
      case .operations:
        for index in content.operations.indices where content.operations[index].id == id {
          content.operations[index].requestedBy = texts["by"] ?? ""
          content.operations[index].adds = numbers["adds"] ?? 0
          content.operations[index].updates = numbers["updates"] ?? 0
          content.operations[index].deletes = numbers["deletes"] ?? 0
          content.operations[index].errors = numbers["errors"] ?? 0
        }
      case .passwords:
        for index in content.passwords.indices where content.passwords[index].number == id {
          content.passwords[index].userPrincipalName = texts["upn"] ?? ""
          content.passwords[index].reason = texts["reason"] ?? ""
          content.passwords[index].attempts = numbers["tries"] ?? 0
          content.passwords[index].dn = ""
        }
      default:
        for index in content.objects.indices where content.objects[index].id == id {
          content.objects[index].dn = texts["dn"] ?? ""
          content.objects[index].objectType = texts["type"] ?? ""
        }
      }
    }
    return content
  }

  /// A word that narrows, and whether a row passes it.
  private typealias Word = (text: String, passes: (Note) -> Bool)

  private static func word(_ kind: TableKind, _ random: inout SeededRandom) -> Word {
    let fields = fields(kind)
    let part = random.choose(parts)
    let field = random.choose(fields.texts)
    func low(_ text: String?) -> String { (text ?? "").lowercased() }
    let word: Word =
      switch Int.random(in: 0..<7, using: &random) {
      case 0: (part, { $0.texts.values.contains { low($0).contains(low(part)) } })
      case 1: (field + ":" + part, { low($0.texts[field]).contains(low(part)) })
      case 2: (field + "=" + part, { low($0.texts[field]) == low(part) })
      case 3: (field + "^=" + part, { low($0.texts[field]).hasPrefix(low(part)) })
      case 4: (field + "!=" + part, { low($0.texts[field]) != low(part) })
      default: number(fields.numbers, &random) ?? ("", { _ in true })
      }
    guard !word.text.isEmpty, random.chance(25) else { return word }
    return ("!" + word.text, { !word.passes($0) })
  }

  private static func number(_ fields: [String], _ random: inout SeededRandom) -> Word? {
    guard let field = fields.randomElement(using: &random) else { return nil }
    let bound = random.choose([0, 1, 5, 100, 98_765])
    return switch Int.random(in: 0..<5, using: &random) {
    case 0: ("\(field)>\(bound)", { $0.numbers[field] ?? 0 > bound })
    case 1: ("\(field)>=\(bound)", { $0.numbers[field] ?? 0 >= bound })
    case 2: ("\(field)<\(bound)", { $0.numbers[field] ?? 0 < bound })
    case 3: ("\(field)<=\(bound)", { $0.numbers[field] ?? 0 <= bound })
    default: ("\(field)=\(bound)", { $0.numbers[field] ?? 0 == bound })
    }
  }

  private func command(_ line: String, _ driver: inout Driver) {
    driver.press(":")
    driver.type(line)
    driver.press("Enter")
  }

  private func labels(_ kind: TableKind, _ driver: Driver) -> [String] {
    kind.sheet(driver).column(kind.field)
  }

  @Test("What passes all words is shown, in the table's own order", arguments: kinds, 1...4)
  func narrowed(kind: TableKind, seed: Int) {
    var random = SeededRandom(scattering: seed)
    let notes = Self.notes(kind, &random)
    var driver = Driver(Self.content(kind, notes), columns: 160, rows: 130)
    driver.press(kind.keys)
    for _ in 0..<8 {
      let words = (0..<Int.random(in: 1...3, using: &random)).map { _ in Self.word(kind, &random) }
      let text = words.map(\.text).filter { !$0.isEmpty }.joined(separator: " ")
      command("filter " + text, &driver)
      let passing = notes.filter { note in words.allSatisfy { $0.passes(note) } }
      #expect(labels(kind, driver) == kind.labels(passing.map(\.number)), "\(text)")
      // A word that counts for nothing would be told.
      #expect(driver.state.toast == nil, "\(text)")
    }
    command("filter", &driver)
    #expect(labels(kind, driver) == kind.labels(notes.map(\.number)))
  }

  @Test(
    "Sorted by a field, rows stand by it; the other way round they stand the other way round",
    arguments: kinds, 1...3)
  func sorted(kind: TableKind, seed: Int) {
    var random = SeededRandom(scattering: 50 + seed)
    let notes = Self.notes(kind, &random)
    var driver = Driver(Self.content(kind, notes), columns: 160, rows: 130)
    driver.press(kind.keys)
    let fields = Self.fields(kind)
    let own = kind.labels(notes.map(\.number))
    let byLabel = Dictionary(uniqueKeysWithValues: notes.map { ($0.label, $0) })
    for field in fields.texts + fields.numbers {
      command("sort " + field, &driver)
      let rising = labels(kind, driver)
      #expect(Set(rising) == Set(own) && rising.count == own.count, "\(field)")
      let rows = rising.compactMap { byLabel[$0] }
      for (one, next) in zip(rows, rows.dropFirst()) {
        if let (a, b) = pair(one.numbers[field], next.numbers[field]) {
          #expect(a <= b, "\(field)")
          if a == b {
            #expect(own.firstIndex(of: one.label) ?? 0 < own.firstIndex(of: next.label) ?? 0)
          }
        } else {
          let (a, b) = (one.texts[field] ?? "", next.texts[field] ?? "")
          #expect(a.lowercased() <= b.lowercased(), "\(field): \(a), \(b)")
        }
      }
      command("sort \(field):desc", &driver)
      #expect(labels(kind, driver) == rising.reversed(), "\(field)")
      driver.press("O")
      #expect(labels(kind, driver) == rising, "\(field)")
      command("sort", &driver)
      #expect(labels(kind, driver) == own)
    }
  }

  private func pair(_ one: Int?, _ other: Int?) -> (Int, Int)? {
    if let one, let other { (one, other) } else { nil }
  }

  @Test("Sorted and narrowed is the same in either order of doing it", arguments: kinds, 1...3)
  func both(kind: TableKind, seed: Int) {
    var random = SeededRandom(scattering: 90 + seed)
    let notes = Self.notes(kind, &random)
    let fields = Self.fields(kind)
    for _ in 0..<4 {
      let word = Self.word(kind, &random)
      let field = random.choose(fields.texts + fields.numbers)
      var (one, other) = (
        Driver(Self.content(kind, notes), columns: 160, rows: 130),
        Driver(Self.content(kind, notes), columns: 160, rows: 130)
      )
      one.press(kind.keys)
      other.press(kind.keys)
      command("filter " + word.text, &one)
      command("sort " + field, &one)
      command("sort " + field, &other)
      command("filter " + word.text, &other)
      #expect(labels(kind, one) == labels(kind, other), "\(word.text) by \(field)")
      #expect(Set(labels(kind, one)) == Set(notes.filter(word.passes).map(\.label)))
    }
  }

  @Test(
    "A list that is narrowed to nothing says so, and not that there is nothing",
    arguments: TableKind.allCases)
  func nothing(kind: TableKind) {
    var driver = kind.driver(1...5, columns: 120, rows: 40)
    command("filter zzzqqq", &driver)
    #expect(kind.sheet(driver).indices.isEmpty)
    let says = ["passes the filter", "Nothing is like that", "No name begins so"].contains {
      driver.screen.contains($0)
    }
    #expect(says && !driver.screen.contains("any more"), "\(driver.screen)")
  }

  @Test(
    "What a file gets are the rows that are shown, in the order in which they are",
    arguments: kinds, 1...2)
  func written(kind: TableKind, seed: Int) throws {
    var random = SeededRandom(scattering: 130 + seed)
    let notes = Self.notes(kind, &random)
    let fields = Self.fields(kind)
    var driver = Driver(Self.content(kind, notes), columns: 160, rows: 130)
    driver.press(kind.keys)
    command("filter " + Self.word(kind, &random).text, &driver)
    command("sort " + random.choose(fields.texts + fields.numbers) + ":desc", &driver)
    command("columns " + kind.field + "," + fields.texts[0], &driver)
    driver.press("e")
    guard case .export(let export, .csv)? = driver.effects.last else {
      Issue.record("nothing is written")
      return
    }
    var rows: [[String]] = []
    let reader = ExportReader(store: driver.store, clock: .utc, now: Fixture.now)
    try reader.forEach(export) { rows.append($0) }
    #expect(rows.map { $0.first ?? "" } == labels(kind, driver))
    let byLabel = Dictionary(uniqueKeysWithValues: notes.map { ($0.label, $0) })
    for row in rows {
      #expect(row.last == byLabel[row[0]]?.texts[fields.texts[0]] ?? "", "\(row)")
    }
  }
}
