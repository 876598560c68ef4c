import Cells
import Testing

@testable import Terminal

@Suite("Keys whose sequences come in parts")
struct SplitSequenceTests {
  private func first(_ letter: Character, followsKey: Bool = true) throws -> SplitSequence {
    try #require(
      SplitSequence(
        letter.unicodeScalars.first?.value ?? 0, followsKey: followsKey, at: 0))
  }

  /// What the last character of `text` makes of what came before it.
  private func outcome(_ text: String) throws -> SplitSequence.Outcome {
    var sequence = try first(try #require(text.first))
    var last = SplitSequence.Outcome.open
    for scalar in text.dropFirst().unicodeScalars {
      guard last == .open else { return last }
      last = sequence.take(scalar.value, at: 0)
    }
    return last
  }

  @Test(
    "What follows an Escape as a key's sequence does is that key",
    arguments: [
      ("[D", Key(.left)), ("OB", Key(.down)), ("[5~", Key(.pageUp)), ("OP", Key(.function(1))),
      ("[1;5A", Key(.up, control: true)), ("[[E", Key(.function(5))), ("[15~", Key(.function(5))),
      ("OM", Key(.enter)), ("[Z", Key(.backTab)),
    ])
  func keys(text: String, key: Key) throws {
    #expect(try outcome(text) == .whole(.key(key)))
    #expect(try outcome(String(text.dropLast())) == .open)
  }

  @Test("The brackets of a paste are found, and what is no key is none")
  func others() throws {
    #expect(try outcome("[200~") == .whole(.pasteStart))
    #expect(try outcome("[201~") == .whole(.pasteEnd))
    for report in ["[<0;36;2M", "[I", "[?62;4c", "[M#DF"] {
      #expect(try outcome(report) == .whole(.nothing), "\(report)")
      #expect(try outcome(String(report.dropLast())) == .open, "\(report)")
    }
  }

  @Test("What is no sequence is left as the keys that it is", arguments: ["Oé", "Oz", "O\u{1B}"])
  func broken(text: String) throws {
    #expect(try outcome(text) == .broken)
    #expect(try first("O").keys == [Key(.character("O"))])
    // Of one whose Escape was no key yet, the Escape is Alt.
    #expect(try first("O", followsKey: false).keys == [Key(.character("O"), alt: true)])
  }

  @Test("Only brackets and O begin one, and what only terminals send is never a person's keys")
  func beginnings() throws {
    for letter: Character in ["D", "x", "]", "o", "\r"] {
      #expect(
        SplitSequence(letter.unicodeScalars.first?.value ?? 0, followsKey: true, at: 0) == nil)
    }
    var sequence = try first("[")
    #expect(sequence.take(0x31, at: 7) == .open)
    #expect(sequence.keys.isEmpty)
    #expect(sequence.deadline == 7 + SplitSequence.patience)
  }

  @Test("One that never ends is given up")
  func endless() throws {
    var sequence = try first("[")
    var taken = 0
    while sequence.take(0x30, at: 0) == .open, taken < 100 { taken += 1 }
    #expect(taken < 40)
  }
}
