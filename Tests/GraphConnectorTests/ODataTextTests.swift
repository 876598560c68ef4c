import Testing

@testable import GraphConnector

@Suite("Values in a filter")
struct ODataTextTests {
  /// The text that a string of OData holds, by its ABNF; nil for what is none.
  private func read(_ text: String) -> [Unicode.Scalar]? {
    var rest = Array(text.unicodeScalars)[...]
    guard rest.popFirst() == "'" else { return nil }
    var out: [Unicode.Scalar] = []
    while let scalar = rest.popFirst() {
      guard scalar == "'" else {
        out.append(scalar)
        continue
      }
      if rest.isEmpty { return out }
      guard rest.popFirst() == "'" else { return nil }
      out.append("'")
    }
    return nil
  }

  @Test(
    "A quotation mark ends no text, with whatever mark it is drawn",
    arguments: [
      "", "Ann", "O'Neil", "''", "'", "D'\u{301}Arcy", "x' or 1 eq 1 or 'a", "'\u{FE0F}", "é日'😀",
      "\u{301}'",
      "a\r\n'b",
    ])
  func quoted(text: String) {
    #expect(read(ODataText.quoted(text)) == Array(text.unicodeScalars))
  }
}
