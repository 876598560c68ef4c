import Cells
import SyncStore
import Testing

@testable import Console

@Suite("Lines that are longer than the screen is wide")
struct FoldingTests {
  private func folded(_ text: String, _ width: Int, indent: Int = 2) -> [String] {
    Wrap.folded([Span(text)], width: width, indent: indent).map { line in
      line.map(\.text).joined()
    }
  }

  @Test("are broken at blanks, and go on behind an indent")
  func blanks() {
    #expect(folded("one two three four", 9) == ["one two ", "  three ", "  four"])
    #expect(folded("aaa bbb", 7) == ["aaa bbb"])
    #expect(folded("aaa bbb ccc", 7) == ["aaa bbb", "  ccc"])
    #expect(folded("  aaa bbb", 6) == ["  aaa ", "  bbb"])
  }

  @Test("are broken within words that have no room at all")
  func words() {
    #expect(folded("abcdefghij", 4) == ["abcd", "  ef", "  gh", "  ij"])
    #expect(folded("a bcdefghij", 6, indent: 2) == ["a bcde", "  fghi", "  j"])
    #expect(folded("日本語日本語", 5, indent: 0) == ["日本", "語日", "本語"])
  }

  @Test("keep the meaning of each stretch, and are never wider", arguments: 3...40)
  func roles(_ width: Int) {
    let spans = [
      Span("g12  37 deletes", .changeDelete), Span(" on tenant  ", .textDim),
      Span("left scope of In - User (hidden ISNULL), 日本語", .textStrong),
    ]
    let lines = Wrap.folded(spans, width: width, indent: 5)
    for line in lines { #expect(Span.width(line) <= width, "\(line)") }
    func words(_ spans: [Span], _ role: Role) -> String {
      spans.filter { $0.role == role }.map(\.text).joined().filter { $0 != " " }
    }
    for role in [Role.changeDelete, .textDim, .textStrong] {
      #expect(words(lines.flatMap(\.self), role) == words(spans, role))
    }
  }

  @Test("a text's lines keep what they copy and open, and only the first is where n stops")
  func line() {
    let line = DetailLine(
      key: "k", spans: [Span("  one two three", .runError)], copy: "c", target: .object(7),
      isProblem: true, opens: true)
    let lines = line.folded(width: 10)
    #expect(lines.map(\.key) == ["k", "k fold 1"])
    #expect(lines.allSatisfy { $0.copy == "c" && $0.target == .object(7) })
    #expect(lines.map(\.isProblem) == [true, false])
    #expect(lines[1].spans.map(\.text).joined() == "    three")
  }
}
