import Testing

@testable import Cells

@Suite("Names of roles and keys") struct NamesTests {
  @Test(
    "Roles are named in dots",
    arguments: [
      (Role.text, "text"), (.textDim, "text.dim"), (.runError, "run.error"), (.chart1, "chart.1"),
      (.selectionUnfocused, "selection.unfocused"), (.markHostile, "mark.hostile"),
    ])
  func role(role: Role, name: String) {
    #expect(role.name == name)
    #expect(Role(name: name) == role)
  }

  @Test("Role names are distinct, and nonsense is none")
  func distinct() {
    #expect(Set(Role.allCases.map(\.name)).count == Role.allCases.count)
    #expect(Role(name: "run.eror") == nil)
  }

  @Test(
    "A key's name reads back as the key",
    arguments: [
      "g", "G", "Space", "Enter", "Esc", "Tab", "S-Tab", "PgUp", "PgDn", "Home", "End", "Up", "Del",
      "Ins",
      "Backspace", "F1", "F12", "C-l", "M-x", "C-M-a", "C-Up", "M-F4", "-", "C--", "/", "?", ":",
      "é", "F", "C",
    ])
  func key(name: String) throws {
    let key = try #require(Key(name: name))
    #expect(key.name == name)
  }

  @Test("What a terminal can't tell apart is one key")
  func folding() {
    #expect(Key(name: "C-L") == Key(name: "C-l"))
    #expect(Key(name: "enter") == Key(.enter))
    #expect(Key(name: "f5") == Key(.function(5)))
  }

  @Test(
    "Nonsense is no key",
    arguments: ["", "Entr", "F0", "F64", "X-a", "C-", "C-C-a", "ab", " ", "\u{1B}", "F1x"])
  func nonsense(name: String) {
    #expect(Key(name: name) == nil)
  }

  @Test("Rectangles meet, shrink and tell what is inside")
  func rectangles() {
    let rect = Rect(column: 2, row: 1, columns: 4, rows: 3)
    #expect(rect.contains(Position(column: 5, row: 3)))
    #expect(!rect.contains(Position(column: 6, row: 3)))
    #expect(rect.inset(columns: 1, rows: 1) == Rect(column: 3, row: 2, columns: 2, rows: 1))
    #expect(rect.inset(columns: 3, rows: 1).isEmpty)
    #expect(rect.intersection(Rect(column: 9, row: 9, columns: 1, rows: 1)).isEmpty)
    #expect(Size(columns: -1, rows: 2) == Size(columns: 0, rows: 2))
  }
}
