import CVTerm
import Testing

extension TerminalSuite {
  @Suite("Drawing") struct Drawing {
    @Test("The first frame stands on the screen as the buffer says")
    func firstFrame() throws {
      let terminal = try PseudoTerminal()
      terminal.expect("END")
      #expect(terminal.line(0) == "probe 80x24 rich xterm-256color")
      #expect(terminal.line(1) == "no notice")
      #expect(terminal.line(2) == "Zoë 日本 e\u{301}x ✓ ·[31m …")
      #expect(terminal.line(23).hasSuffix("END"))
      #expect(terminal.isAlternate)
    }

    @Test("Roles get the theme's colours and attributes")
    func colors() throws {
      let terminal = try PseudoTerminal()
      terminal.expect("END")
      #expect(terminal.cell(3, 0).foreground == 1)
      #expect(terminal.cell(3, 0).bold == 1)
      #expect(terminal.cell(4, 0).foreground == 2)
      #expect(terminal.cell(7, 0).reverse == 1)
      #expect(terminal.cell(7, 79).reverse == 1)
      #expect(terminal.cell(8, 0).reverse == 0)
      #expect(terminal.cell(8, 0).foreground == -1)
    }

    @Test("The hidden cursor stands on the selected row, for screen readers")
    func cursor() throws {
      let terminal = try PseudoTerminal()
      terminal.expect("END")
      terminal.type("\u{1B}OB")
      #expect(terminal.wait { terminal.cursor == (8, 2) })
      #expect(!terminal.cursorIsVisible)
    }

    @Test("One changed cell costs at most 16 bytes, the cursor bar 120")
    func budgets() throws {
      let terminal = try PseudoTerminal()
      terminal.expect("END")
      terminal.type("a")
      terminal.expect("events: a")
      // F5 clears the events: the next frame has one letter less.
      let cleared = terminal.sent(for: "\u{1B}[15~") { terminal.line(5) == "events:" }
      #expect(terminal.line(5) == "events:")
      #expect(cleared.count <= 16, "\(cleared.count) bytes")
      #expect(cleared.count > 0)
    }

    @Test("Moving a reversed bar costs its two rows' text and no more")
    func barBudget() throws {
      let terminal = try PseudoTerminal()
      terminal.expect("END")
      terminal.type(String(repeating: "\u{1B}OB", count: 5))
      terminal.expect("events: Down | Down | Down | Down")
      #expect(terminal.wait { terminal.cell(12, 0).reverse == 1 })
      let sent = terminal.sent(for: "\u{1B}OB") { terminal.cell(13, 0).reverse == 1 }
      #expect(terminal.cell(13, 0).reverse == 1)
      // Curses sends reversed blanks one by one: no sequence erases to reverse video.
      #expect(
        sent.count <= 80 + 56,
        "\(sent.count) bytes: \(String(decoding: sent, as: UTF8.self).debugDescription)")
    }

    @Test("A gap between words of one colour does not end it, unless the gap would be seen")
    func gaps() throws {
      let terminal = try PseudoTerminal()
      terminal.expect("END")
      let sent = String(
        decoding: terminal.sent(for: "z") { terminal.line(16).hasSuffix("six") }, as: UTF8.self)
      #expect(terminal.line(16) == "one two six         one two six")
      #expect(sent.contains("one two") && !sent.contains("two six"), "\(sent.debugDescription)")
      // What is selected is drawn in reverse: its gaps are not.
      #expect(terminal.cell(16, 20).reverse == 1 && terminal.cell(16, 23).reverse == 0)
      #expect(terminal.cell(16, 0).foreground == 1 && terminal.cell(16, 8).foreground == 2)
    }

    @Test("Nothing but the first frame clears the screen")
    func noClear() throws {
      let terminal = try PseudoTerminal()
      terminal.expect("END")
      terminal.settle()
      terminal.type("ab\u{1B}OB\u{1B}OA")
      terminal.expect("Up")
      let sent = String(decoding: terminal.received, as: UTF8.self)
      #expect(sent.components(of: "\u{1B}[2J") + sent.components(of: "\u{1B}[J") <= 1)
    }

    @Test("Control-L draws everything anew")
    func repaint() throws {
      let terminal = try PseudoTerminal()
      terminal.expect("END")
      let sent = String(
        decoding: terminal.sent(for: "\u{C}") { terminal.line(5).hasSuffix("C-l") }, as: UTF8.self)
      #expect(sent.contains("went well"))
    }

    @Test("A window of one cell is no reason to fail")
    func tiny() throws {
      let terminal = try PseudoTerminal(rows: 1, columns: 1)
      #expect(terminal.wait { terminal.isAlternate })
      terminal.settle()
      terminal.resize(rows: 24, columns: 80)
      terminal.expect("probe 80x24")
      terminal.type("q")
      #expect(terminal.exitStatus() == 0)
    }
  }
}

extension String {
  /// How often a text occurs.
  func components(of text: String) -> Int { ranges(of: text).count }
}
