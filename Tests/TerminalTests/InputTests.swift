import Testing

extension TerminalSuite {
  @Suite("Input") struct Input {
    /// The probe with its first frame drawn.
    static func started(_ arguments: [String] = [], term: String = "xterm-256color") throws
      -> PseudoTerminal
    {
      let terminal = try PseudoTerminal(arguments, term: term)
      terminal.expect("END")
      return terminal
    }

    @Test(
      "Keys come as the names that people know",
      arguments: [
        ("\u{1B}OA", "Up"), ("\u{1B}OD", "Left"), ("\u{1B}[5~", "PgUp"), ("\u{1B}[6~", "PgDn"),
        ("\u{1B}OH", "Home"), ("\u{1B}OF", "End"), ("\u{1B}[3~", "Del"), ("\u{1B}[2~", "Ins"),
        ("\u{1B}OP", "F1"), ("\u{1B}[24~", "F12"), ("\u{1B}[Z", "S-Tab"), ("\t", "Tab"),
        ("\r", "Enter"), ("\u{7F}", "Backspace"), ("G", "G"), (" ", "Space"), ("é", "é"),
        ("日", "日"), ("\u{3}", "C-c"), ("\u{13}", "C-s"), ("\u{1B}x", "M-x"), ("\u{0}", "C-Space"),
        ("\u{1B}[1;5A", "C-Up"), ("\u{1B}[1;3B", "M-Down"), ("\u{1B}[15;5~", "C-F5"),
      ])
    func key(bytes: String, name: String) throws {
      let terminal = try Self.started()
      terminal.type(bytes)
      terminal.wait { !terminal.line(5).hasSuffix("events:") }
      #expect(terminal.line(5) == "events: \(name)")
    }

    @Test(
      "Keys are understood in every form that terminals send, whatever the description says",
      arguments: [
        "xterm-256color", "linux", "screen-256color", "tmux-256color", "rxvt-unicode", "vt220",
        "putty",
      ])
    func otherForms(term: String) throws {
      let terminal = try Self.started(term: term)
      for (bytes, name) in Self.forms {
        // The probe shows the last four events; F5 clears them, whichever form it comes in.
        terminal.type("\u{1B}\(bytes)z")
        terminal.wait { terminal.line(5).hasSuffix("z") }
        #expect(terminal.line(5) == "events: \(name) | z", "ESC \(bytes) as \(term)")
        terminal.type("\u{1B}[15~")
        terminal.wait { terminal.line(5).hasSuffix("events:") }
      }
    }

    /// Sequences without their Escape, each with its key; the same for every terminal above.
    static let forms = [
      ("[A", "Up"), ("[B", "Down"), ("[C", "Right"), ("[D", "Left"),
      ("OA", "Up"), ("OB", "Down"), ("OC", "Right"), ("OD", "Left"),
      ("[H", "Home"), ("[F", "End"), ("OH", "Home"), ("OF", "End"), ("[1~", "Home"),
      ("[4~", "End"), ("[7~", "Home"), ("[8~", "End"), ("[2~", "Ins"), ("[3~", "Del"),
      ("[5~", "PgUp"), ("[6~", "PgDn"), ("[1;5A", "C-Up"), ("[1;3B", "M-Down"),
      ("[1;2C", "Right"), ("[5;5~", "C-PgUp"), ("[1;5H", "C-Home"), ("[11~", "F1"),
      ("OM", "Enter"), ("Oo", "/"),
    ]

    @Test("Bytes that are no character are passed over, however many there are")
    func undecodable() throws {
      let terminal = try Self.started()
      for _ in 0..<12 {
        terminal.type(bytes: [0xE9])
        terminal.settle(20)
      }
      terminal.type("z")
      #expect(terminal.wait { terminal.line(5).hasSuffix("z") })
      let old = try PseudoTerminal(environment: ["LC_ALL": "C"])
      old.expect("END")
      for _ in 0..<4 {
        old.type("привет")
        old.settle(20)
      }
      old.type("z")
      #expect(old.wait { old.line(5).hasSuffix("z") })
    }

    @Test("A letter whose bytes come one by one is one letter", arguments: ["é", "日", "🦊"])
    func letterInParts(letter: String) throws {
      let terminal = try Self.started()
      terminal.settle()
      for byte in letter.utf8 {
        terminal.type(bytes: [byte])
        #expect(terminal.wait { terminal.unread == 0 })
      }
      terminal.type("z")
      terminal.wait { terminal.line(5).hasSuffix("z") }
      #expect(terminal.line(5) == "events: \(letter) | z")
    }

    @Test("Alt with a bracket or an O, and Escape before an arrow, stay what they are")
    func beginningsOfSequences() throws {
      let terminal = try Self.started()
      terminal.type("\u{1B}[")
      terminal.expect("events: M-[")
      terminal.type("\u{1B}O")
      terminal.expect("| M-O")
      terminal.type("\u{1B}\u{1B}[A")
      terminal.expect("| M-Up")
    }

    @Test(
      "An arrow whose bytes come one by one over a slow line is that arrow, and starts nothing",
      arguments: [("[D", "Left"), ("OB", "Down"), ("[1;5A", "C-Up"), ("[6~", "PgDn")])
    func sequenceInParts(bytes: String, name: String) throws {
      let terminal = try Self.started()
      // Curses gives the Escape as a key of its own by the time that it is on the screen.
      terminal.type("\u{1B}")
      terminal.expect("events: Esc")
      for byte in bytes.utf8 {
        terminal.type(bytes: [byte])
        #expect(terminal.wait { terminal.unread == 0 })
      }
      terminal.type("z")
      terminal.wait { terminal.line(5).hasSuffix("z") }
      #expect(terminal.line(5) == "events: Esc | \(name) | z")
    }

    @Test("Escape and an O or a bracket after it, with nothing behind them, are those keys")
    func lettersAfterEscape() throws {
      let terminal = try Self.started()
      for (letter, line) in [("O", "events: Esc | O"), ("[", "events: Esc | O | Esc | [")] {
        terminal.type("\u{1B}")
        #expect(terminal.wait { terminal.line(5).hasSuffix("Esc") })
        terminal.type(letter)
        #expect(terminal.wait { terminal.line(5) == line }, "\(terminal.line(5))")
      }
    }

    @Test("Text between brackets that come in parts is pasted, and no key of it acts")
    func pasteInParts() throws {
      let terminal = try Self.started()
      terminal.type("\u{1B}")
      terminal.expect("events: Esc")
      terminal.type("[200~quit q")
      terminal.type("\u{1B}[201~")
      terminal.expect("events: Esc | paste(quit q)")
    }

    @Test(
      "Reports of a mouse that nobody asked for, and other sequences that mean no key, are no keys",
      arguments: [
        ("xterm-256color", "\u{1B}[<0;36;2M"), ("xterm-256color", "\u{1B}[<0;36;2m"),
        ("screen-256color", "\u{1B}[<0;36;2M"), ("screen-256color", "\u{1B}[M AB"),
        ("xterm-256color", "\u{1B}[I"), ("xterm-256color", "\u{1B}[?62;4c"),
      ])
    func strays(term: String, bytes: String) throws {
      let terminal = try Self.started(term: term)
      terminal.type(bytes)
      terminal.type("z")
      terminal.wait { terminal.line(5).hasSuffix("z") }
      #expect(terminal.line(5) == "events: z")
    }

    @Test("Escape alone is a key within 30 ms and a little for the machine")
    func escape() throws {
      let terminal = try Self.started()
      terminal.settle()
      var times: [Duration] = []
      // A machine with other work to do may take the processor away in one try, not in each.
      while times.count < 5 || times.count < 50 && times.allSatisfy({ $0 >= .milliseconds(40) }) {
        let start = ContinuousClock.now
        terminal.type("\u{1B}")
        terminal.wait { terminal.line(5).hasSuffix("Esc") }
        times.append(ContinuousClock.now - start)
        terminal.type("a")
        terminal.wait { terminal.line(5).hasSuffix("a") }
      }
      let best = try #require(times.min())
      #expect(best >= .milliseconds(20))
      #expect(best < .milliseconds(40), "\(times)")
    }

    @Test("Escape twice is Escape twice")
    func escapeTwice() throws {
      let terminal = try Self.started()
      terminal.type("\u{1B}\u{1B}")
      terminal.expect("events: Esc | Esc")
    }

    @Test("A paste arrives in one piece, with its line breaks, and no key of it acts")
    func paste() throws {
      let terminal = try Self.started()
      #expect(terminal.receivedText.contains("\u{1B}[?2004h"))
      terminal.type("\u{1B}[200~quit q\rsecond é\u{1B}[201~")
      terminal.expect("events: paste(quit q/second é)")
      terminal.type("a")
      terminal.expect("| a")
    }

    @Test("The mouse presses, presses twice, and scrolls, where frames ask for it")
    func mouse() throws {
      let terminal = try Self.started(["--mouse"])
      #expect(terminal.wait { terminal.mouseIsOn })
      terminal.type("\u{1B}[<0;5;3M\u{1B}[<0;5;3m")
      terminal.expect("events: press@4,2")
      terminal.type("\u{1B}[<0;5;3M\u{1B}[<0;5;3m")
      terminal.expect("doublePress@4,2")
      terminal.type("\u{1B}[<64;1;1M\u{1B}[<65;1;1M")
      terminal.expect("scrollUp@0,0 | scrollDown@0,0")
      terminal.type("q")
      #expect(terminal.exitStatus() == 0)
      #expect(!terminal.mouseIsOn)
    }

    @Test("Without leave the mouse stays the terminal's own")
    func noMouse() throws { #expect(try !Self.started().mouseIsOn) }

    @Test("Another thread can end the wait")
    func wake() throws {
      let terminal = try Self.started()
      terminal.type("w")
      terminal.expect("events: w | wake", 1000)
    }

    @Test("Copying asks the terminal, wrapped for tmux inside it")
    func copy() throws {
      let plain = try Self.started()
      plain.type("c")
      plain.expect("copied true")
      #expect(plain.receivedText.contains("\u{1B}]52;c;Wm/Dqw==\u{7}"))
      let inside = try PseudoTerminal(term: "tmux-256color", environment: ["TMUX": "/tmp/x,1,0"])
      inside.expect("END")
      inside.type("c")
      inside.expect("copied true")
      #expect(inside.receivedText.contains("\u{1B}Ptmux;\u{1B}\u{1B}]52;c;Wm/Dqw==\u{7}\u{1B}\\"))
    }

    @Test("The bell rings")
    func bell() throws {
      let terminal = try Self.started()
      terminal.type("b")
      #expect(terminal.wait { terminal.bells == 1 })
    }

    @Test("The title is set where asked")
    func title() throws {
      let terminal = try Self.started(["--title"])
      #expect(terminal.wait { terminal.title == "probe 0" })
    }
  }
}
