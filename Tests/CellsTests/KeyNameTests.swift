import Testing

@testable import Cells

@Suite("Keys by their names")
struct KeyNameTests {
  private static let codes: [Key.Code] =
    [
      .up, .down, .left, .right, .pageUp, .pageDown, .home, .end, .enter, .escape, .tab, .backTab,
      .backspace, .delete, .insert, .character(" "),
    ] + (1...63).map { .function($0) }
    + "aAzZ09-+=/\\\"'#[]{}(),.;:!?@$%^&*_~|<>`éÉßжЖ日".map { .character($0) }

  @Test("Each key is known by the name that it is shown with")
  func names() {
    for code in Self.codes {
      for (control, alt) in [(false, false), (true, false), (false, true), (true, true)] {
        var key = Key(code, control: control, alt: alt)
        let read = Key(name: key.name)
        // A terminal sends the same byte for either case.
        if control, case .character(let letter) = code {
          key.code = .character(Character(letter.lowercased()))
        }
        #expect(read == key, "\(key.name)")
      }
    }
  }

  @Test("No two keys have one name")
  func distinct() {
    let keys = Self.codes.flatMap { code in
      [false, true].flatMap { control in [false, true].map { Key(code, control: control, alt: $0) }
      }
    }
    #expect(Set(keys.map(\.name)).count == Set(keys).count)
  }

  @Test(
    "Names are taken in any case, and modifiers in either order",
    arguments: [
      ("enter", Key(.enter)), ("ENTER", Key(.enter)), ("pgup", Key(.pageUp)),
      ("f5", Key(.function(5))),
      ("F63", Key(.function(63))), ("s-tab", Key(.backTab)), ("esc", Key(.escape)),
      ("C-M-x", Key(.character("x"), control: true, alt: true)),
      ("M-C-x", Key(.character("x"), control: true, alt: true)),
      ("C-L", Key(.character("l"), control: true)), ("M-L", Key(.character("L"), alt: true)),
      ("C--", Key(.character("-"), control: true)), ("-", .character("-")), ("C", .character("C")),
      ("M-F1", Key(.function(1), alt: true)), ("M-S-Tab", Key(.backTab, alt: true)),
      ("C-space", Key(.character(" "), control: true)), ("e\u{301}", .character("é")),
    ])
  func spellings(name: String, key: Key) {
    #expect(Key(name: name) == key)
  }

  @Test(
    "What is no key is none",
    arguments: [
      "", " ", "  ", "C-", "M-", "C-M-", "C-C-x", "M-M-x", "X-x", "c-x", "S-x", "F0", "F64", "F",
      "f",
      "F-1", "F+1", "F5x", "F５", "ab", "Enterr", "C-Enterr", "\u{1B}", "\n", "\t", "\u{7F}",
      "\u{202E}",
      "C-\u{0}", "Page Up", "F99999999999999999999",
    ])
  func none(name: String) {
    // A single F is the letter.
    guard name.uppercased() != "F" else {
      return #expect(Key(name: name) == .character(Character(name)))
    }
    #expect(Key(name: name) == nil)
  }
}
