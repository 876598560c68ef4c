import Cells
import Directory
import Synchronization
import TestSupport
import Testing

@testable import Console
@testable import SyncStore

@Suite("Questions at any size")
struct QuestionTests {
  /// A question, and the keys that lead to it.
  struct Question: Sendable, CustomStringConvertible {
    var keys: String
    var deeds: [EngineCommand]
    /// The word that is typed, or the key that is pressed, for yes.
    var consent: String
    var description: String { keys }
    var isWord: Bool { consent.count > 1 }
  }

  private static let questions = [
    Question(keys: "F", deeds: [.cycle(.initial)], consent: "DELETE"),
    Question(keys: "D", deeds: [.cycle(.delta)], consent: "DELETE"),
    Question(
      keys: "2 Down R",
      deeds: [.releaseDeletes(connector: "tenant", atMost: 37, until: Fixture.now)],
      consent: "DELETE"),
    Question(
      keys: "H R", deeds: [.release(.group(12, until: Fixture.now))], consent: "DELETE"),
    Question(
      keys: "H n R", deeds: [.release(.group(13, until: Fixture.now))], consent: "y"),
    Question(
      keys: "H Enter R", deeds: [.release(.object(8, kind: .deletes, until: nil))],
      consent: "DELETE"),
    Question(
      keys: "H Enter m m R",
      deeds: [8, 9].map { .release(.object($0, kind: .deletes, until: nil)) }, consent: "DELETE"),
    Question(keys: "M s", deeds: [.staging(true)], consent: "y"),
    Question(
      keys: "M u", deeds: [.purge(before: Fixture.now.adding(seconds: -604_800))], consent: "y"),
    Question(keys: "P", deeds: [.passwords(.full)], consent: "y"),
    Question(keys: "2 Down r e", deeds: [.run(connector: "tenant", .export)], consent: "DELETE"),
  ]

  private static let sizes = [
    (40, 10), (52, 12), (80, 24), (200, 60),
  ]

  private static func content() -> FakeStore.Content {
    var content = Places.content()
    content.connectors[1].heldDeletes = 37
    return content
  }

  private func open(_ question: Question, _ columns: Int = 80, _ rows: Int = 24) -> Driver {
    Places.driver(question.keys, Self.content(), columns: columns, rows: rows)
  }

  private func dialog(_ driver: Driver) -> Dialog? {
    guard case .dialog(let dialog)? = driver.state.overlay else { return nil }
    return dialog
  }

  private func filed(_ driver: Driver) -> [EngineCommand] {
    driver.effects.compactMap { if case .file(let command) = $0 { command } else { nil } }
  }

  /// The lines within the frame of the question.
  private func inside(_ driver: Driver) -> [String] {
    let buffer = Console.view(driver.state, size: driver.state.size).buffer
    return (0..<buffer.size.rows).compactMap { row in
      let cells = Array(buffer.row(row))
      guard let left = cells.firstIndex(where: { $0.text == "│" && $0.style.role != .border }),
        let right = cells.lastIndex(where: { $0.text == "│" && $0.style.role != .border }),
        left < right
      else { return nil }
      return buffer.words(row: row, left + 1..<right)
    }
  }

  private func agree(_ question: Question, _ driver: inout Driver) {
    driver.type(question.consent)
    if question.isWord { driver.press("Enter") }
  }

  @Test("Each is asked, and does exactly what it names once it is agreed to", arguments: questions)
  func agreed(question: Question) throws {
    var driver = open(question)
    let asked = try #require(dialog(driver), "\(driver.screen)")
    #expect(filed(driver).isEmpty)
    switch asked.consent {
    case .key(let key): #expect(String(key) == question.consent)
    case .word(let word): #expect(word == question.consent)
    }
    #expect(asked.isGrave == question.isWord || question.keys == "M u")
    agree(question, &driver)
    #expect(filed(driver) == question.deeds)
    #expect(driver.state.overlay == nil)
  }

  @Test(
    "Nothing else is a yes: not the key that asked, not Enter, not nearly the word",
    arguments: questions)
  func refused(question: Question) throws {
    let last = try #require(question.keys.split(separator: " ").last.map(String.init))
    let wrong =
      question.isWord
      ? ["delete", "DELET", "DELETEX", " DELETE", "", "y", "yes"] : ["n", "Y", "x", "1", "é"]
    for text in wrong {
      var driver = open(question)
      driver.type(text)
      driver.press("Enter")
      #expect(filed(driver).isEmpty, "\(text)")
    }
    for keys in [last, "Enter", "Enter Enter Enter", "Esc", "Tab Enter", "Backspace Enter", "C-y"] {
      var driver = open(question)
      driver.press(keys)
      #expect(filed(driver).isEmpty, "\(keys)")
    }
    // Pasted, it is no word that a person has typed.
    var driver = open(question)
    driver.send(.input(.paste(question.consent + "\n")))
    driver.press("Enter")
    #expect(filed(driver).isEmpty)
  }

  @Test(
    "All of its text can be read at any size, and the answer's line is always there",
    arguments: questions)
  func readable(question: Question) throws {
    for (columns, rows) in Self.sizes {
      var driver = open(question, columns, rows)
      let asked = try #require(dialog(driver), "\(columns)x\(rows)")
      let width = min(64, columns - 4)
      let lines = asked.text.flatMap { Wrap.lines($0, width: width) }
      var seen: Set<String> = []
      for _ in 0..<lines.count + 2 {
        let shown = inside(driver)
        seen.formUnion(shown)
        let answer = shown.last ?? ""
        #expect(
          question.isWord
            ? answer.hasPrefix("Type ") || answer.hasPrefix(">") : answer.contains("Esc Leave it"),
          "\(columns)x\(rows): \(answer)")
        driver.press("Down")
      }
      for line in lines where !line.isEmpty {
        #expect(seen.contains(line), "\(columns)x\(rows): \(line)")
      }
      driver.press("PgUp PgUp PgUp PgUp PgUp PgUp PgUp PgUp")
      #expect(inside(driver).first == lines.first)
    }
  }

  @Test(
    "What was typed stays when the terminal is resized, and so does the question",
    arguments: questions)
  func resized(question: Question) throws {
    var random = SeededRandom(seed: 77)
    var driver = open(question)
    let asked = try #require(dialog(driver))
    var typed = ""
    if question.isWord {
      for letter in question.consent {
        driver.type(String(letter))
        typed.append(letter)
        let size = Size(
          columns: .random(in: 1...140, using: &random), rows: .random(in: 1...50, using: &random))
        driver.send(.input(.resize(size)))
        let now = try #require(dialog(driver))
        #expect(now.typed == typed && now.title == asked.title && now.text == asked.text)
        let frame = Console.view(driver.state, size: size)
        #expect(frame.buffer.offence == nil && frame.buffer.size == size)
        if size.columns >= 40, size.rows >= 10 {
          #expect(frame.cursorVisible)
          #expect(
            frame.buffer.words(row: frame.cursor.row, 0..<frame.cursor.column).hasSuffix(typed))
        }
      }
      driver.press("Enter")
    } else {
      driver.send(.input(.resize(Size(columns: 40, rows: 10))))
      driver.type(question.consent)
    }
    #expect(filed(driver) == question.deeds)
  }

  @Test("The frame of a question is whole, whatever is called how", arguments: 1...3)
  func hostile(seed: Int) {
    var content = Places.hostile(seed)
    let name = SeededRandomText.name(seed)
    content.status.sources = [name]
    content.status.targets = [name, "tenant"]
    for keys in [
      "F", "H R", "H n R", "H Down Down Down Down R", "H Enter R", "H Enter m m R", "P",
    ] {
      for (columns, rows) in [(80, 24), (40, 10), (120, 40)] {
        let driver = Places.driver(keys, content, columns: columns, rows: rows)
        guard let asked = dialog(driver) else { continue }
        let buffer = Console.view(driver.state, size: driver.state.size).buffer
        #expect(buffer.offence == nil)
        let corners = buffer.text().filter { "┌┐└┘".contains($0) }
        let height = DialogLayout(asked, size: driver.state.size).height
        #expect(corners.filter { $0 == "┐" }.count >= 1 && corners.filter { $0 == "┘" }.count >= 1)
        #expect(inside(driver).count >= height + 2, "\(keys) at \(columns)x\(rows)")
      }
    }
  }
}

/// A name as only few directories have one.
private enum SeededRandomText {
  static func name(_ seed: Int) -> String {
    var random = SeededRandom(scattering: 100 + seed)
    return random.text(count: 4...20)
  }
}
