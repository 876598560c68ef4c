import Testing

@testable import PasswordSync

@Suite struct WordsWithoutHashesTests {
  @Test(
    "A hash that a server repeats is left out, in either form, and cut off",
    arguments: [
      ("Invalid value '8846F7EAEE8FB117AD06BDD830B7586C' given", "Invalid value '(a value)' given"),
      ("value iEb36u6PsResBr3YMLdYbA== is taken", "value (a value) is taken"),
      ("value x8846f7eaee8fb117ad06bdd830b7586c", "value (a value)"),
      ("value 8846f7eaee8f…", "value (a value)…"),
    ])
  func repeated(_ text: String, _ shown: String) {
    #expect(WordsWithoutHashes.shown(text) == shown)
  }

  @Test(
    "Other words stay as they are",
    arguments: [
      "", "no such attribute: sambaNTPassword (17)", "6F9619FF-8B86-D011-B42D-00CF4FC964FF",
      "entry CN=Ann,OU=Staff…", "8846f7eaee8fb117ad06bdd830b7586",
    ])
  func others(_ text: String) {
    #expect(WordsWithoutHashes.shown(text) == text)
  }

  @Test("Anchors in base64 stay where no hash is sent so")
  func anchors() {
    let text = "H552hI9GwEykZwosf74JeQ=="
    #expect(WordsWithoutHashes.shown(text, inBase64: false) == text)
  }
}
