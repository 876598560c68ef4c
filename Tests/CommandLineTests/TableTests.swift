import Cells
import Foundation
import Testing

@testable import lockstep

@Suite("Tables")
struct TableTests {
  private func table(_ rows: [[String]]) -> Table {
    Table(
      columns: [.number("Id"), .flexible("Name", shortest: 4), .flexible("DN", shortest: 6)],
      rows: rows)
  }

  @Test("Columns are as wide as their content, figures stand at the right")
  func widths() {
    let lines = table([["7", "Ann", "CN=Ann"], ["123", "Bob Long", "CN=Bob"]]).lines(width: nil)
    #expect(lines == [" Id  Name      DN", "  7  Ann       CN=Ann", "123  Bob Long  CN=Bob"])
  }

  @Test("Wide characters count as the columns that they take")
  func wide() {
    let lines = table([["1", "山田", "x"], ["2", "Ann", "y"]]).lines(width: nil)
    #expect(lines[1] == " 1  山田  x")
    #expect(lines[2] == " 2  Ann   y")
  }

  @Test("The widest column gives way first, and what was cut is marked", arguments: [30, 24, 18])
  func narrowed(width: Int) {
    let rows = [["1", "A rather long name", "CN=A rather long name,OU=Staff,DC=contoso,DC=test"]]
    let lines = table(rows).lines(width: width)
    #expect(lines.allSatisfy { TextWidth.of($0) <= width })
    #expect(lines[1].contains("…"))
    #expect(lines[1].hasPrefix(" 1  A"))
  }

  @Test("A column is never narrower than its least width")
  func least() {
    let lines = table([["1", "abcdefgh", "abcdefghij"]]).lines(width: 1)
    #expect(lines[1] == " 1  abc…  abcde…")
  }

  @Test("A column that is missed least is left out before a line gets too long")
  func dropped() {
    let table = Table(
      columns: [
        .text("A"), .text("Beta").droppable(2), .text("Gamma").droppable(1), .number("N"),
      ], rows: [["a", "b", "c", "1"], ["a"]])
    #expect(table.lines(width: 80)[0] == "A  Beta  Gamma  N")
    #expect(table.lines(width: 12) == ["A  Beta  N", "a  b     1", "a"])
    #expect(table.lines(width: 5)[0] == "A  N")
    #expect(table.lines(width: 2)[0] == "A  N")
  }

  @Test("Without a terminal nothing is cut")
  func uncut() {
    let long = String(repeating: "x", count: 500)
    #expect(table([["1", long, long]]).lines(width: nil)[1].count == 1006)
  }

  @Test(
    "Text of a directory can't steer the terminal",
    arguments: ["\u{1B}[2J", "a\u{7}b", "a\r\nb", "\u{202E}gnp", "\u{9B}31m", "a\u{0}b"])
  func hostile(text: String) {
    let lines = table([["1", text, text]]).lines(width: 60)
    #expect(lines.count == 2)
    for scalar in lines.joined().unicodeScalars {
      #expect(!Sanitizer.isHostile(scalar))
    }
  }

  @Test("A row with too few cells is filled up")
  func shortRow() {
    #expect(table([["1"]]).lines(width: nil)[1] == " 1")
  }

  @Test("Text is cut between characters, never inside one")
  func cutting() {
    #expect(SafeText.shortened("山田太郎", to: 5) == "山田…")
    #expect(SafeText.shortened("山田太郎", to: 4) == "山…")
    #expect(SafeText.shortened("abc", to: 3) == "abc")
    #expect(SafeText.shortened("abc", to: 0) == "")
  }
}

@Suite("Times and spans")
struct TimeTextTests {
  @Test("A moment is shown in its zone")
  func zone() throws {
    let zone = try #require(TimeZone(identifier: "Asia/Kolkata"))
    #expect(TimeText.local(.sample, zone: zone) == "2026-11-23 01:30:00")
    #expect(TimeText.clock(.sample, zone: zone) == "01:30:00")
    #expect(TimeText.local(nil, zone: zone) == "")
  }

  @Test(
    "A span has the unit that a person would use",
    arguments: [
      (0.04, "0.0 s"), (1.25, "1.3 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"),
      (59.6, "1:00"), (187, "3:07"), (7509, "2:05:09"), (-5, "0.0 s"),
    ])
  func span(seconds: Double, text: String) {
    #expect(TimeText.span(seconds) == text)
  }

  @Test("A span that can't be is not shown")
  func impossible() {
    #expect(TimeText.span(.infinity) == "")
    #expect(TimeText.span(.nan) == "")
  }
}
