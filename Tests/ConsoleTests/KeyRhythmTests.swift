import Cells
import Directory
import Testing

@testable import Console

@Suite("Letters that a person pressed, beside those of a pasted text")
struct KeyRhythmTests {
  private func keys(_ text: String) -> [InputEvent] { text.map { .key(.character($0)) } }

  private func at(_ seconds: Double) -> Timestamp { Fixture.now.adding(seconds: seconds) }

  @Test("One letter is a person's, several at once are not")
  func atOnce() {
    var rhythm = KeyRhythm()
    let answer1 = rhythm.take(keys("D"), at: at(0))
    #expect(!answer1)
    let answer2 = rhythm.take(keys("Da"), at: at(1))
    #expect(answer2)
    // What is no letter comes in any number: a wheel, an arrow that is held down, a paste.
    let answer3 = rhythm.take([.key(Key(.down)), .key(Key(.down)), .paste("Da")], at: at(2))
    #expect(!answer3)
    let answer4 = rhythm.take(keys("D") + [.key(Key(.enter)), .wake], at: at(3))
    #expect(!answer4)
  }

  @Test("Letters that follow faster than anybody types are a text's")
  func fast() {
    var rhythm = KeyRhythm()
    _ = rhythm.take(keys("N"), at: at(0))
    let answer5 = rhythm.take(keys("D"), at: at(0.02))
    #expect(answer5)
    let answer6 = rhythm.take(keys("a"), at: at(0.04))
    #expect(answer6)
    let answer7 = rhythm.take(keys("D"), at: at(0.14))
    #expect(!answer7)
    // A clock that was set back makes nobody a fast typist.
    let answer8 = rhythm.take(keys("D"), at: at(-60))
    #expect(!answer8)
  }

  @Test("Keys with Control or Alt, and keys that write nothing, are no letters")
  func letters() {
    #expect(KeyRhythm.isLetter(.key(.character("D"))))
    for key in [
      Key(.enter), Key(.left), Key(.character("d"), control: true), Key(.character("d"), alt: true),
    ] {
      #expect(!KeyRhythm.isLetter(.key(key)))
    }
    #expect(!KeyRhythm.isLetter(.resize(Size(columns: 80, rows: 24))))
  }
}
