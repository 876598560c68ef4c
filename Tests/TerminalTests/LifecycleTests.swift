import Foundation
import Glibc
import Testing

extension TerminalSuite {
  @Suite("Giving the terminal back") struct Lifecycle {
    private func started(_ arguments: [String] = []) throws -> PseudoTerminal {
      let terminal = try PseudoTerminal(arguments)
      terminal.expect("END")
      #expect(!terminal.isCanonical)
      return terminal
    }

    /// The screen of before, its cursor, whole lines and echo, no private modes.
    private func expectRestored(
      _ terminal: PseudoTerminal, sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(!terminal.isAlternate, sourceLocation: sourceLocation)
      #expect(terminal.cursorIsVisible, sourceLocation: sourceLocation)
      #expect(terminal.isCanonical, sourceLocation: sourceLocation)
      #expect(!terminal.mouseIsOn, sourceLocation: sourceLocation)
      #expect(terminal.receivedText.contains("\u{1B}[?2004l"), sourceLocation: sourceLocation)
    }

    @Test("q ends it with everything as before")
    func quit() throws {
      let terminal = try started()
      terminal.type("q")
      #expect(terminal.exitStatus() == 0)
      expectRestored(terminal)
    }

    @Test("exit() in the middle gives it back, too")
    func exitCall() throws {
      let terminal = try started(["--mouse"])
      terminal.type("e")
      #expect(terminal.exitStatus() == 3)
      expectRestored(terminal)
    }

    @Test("Signals that ask it to end do so in order", arguments: [SIGTERM, SIGINT, SIGQUIT])
    func terminate(signal: Int32) throws {
      let terminal = try started()
      terminal.send(signal: signal)
      #expect(terminal.exitStatus() == 143)
      expectRestored(terminal)
    }

    @Test(
      "A signal ends it also where the terminal takes no output, and leaves it usable",
      arguments: [SIGTERM, SIGHUP])
    func stuckTerminal(signal: Int32) throws {
      let terminal = try started(["--mouse"])
      // Each draws the whole screen anew; a few fill what the kernel keeps for a terminal.
      terminal.stuff("\u{C}")
      terminal.send(signal: signal)
      #expect(terminal.exitStatusUnread() == 128 + Int(signal))
      // Whose line has hung up has no terminal any more to be given back.
      guard signal == SIGTERM else { return }
      terminal.settle()
      #expect(terminal.isCanonical)
      #expect(terminal.receivedText.contains("\u{1B}[?2004l"))
      #expect(!terminal.isAlternate)
    }

    @Test("A hang-up ends it")
    func hangup() throws {
      let terminal = try started()
      terminal.send(signal: SIGHUP)
      #expect(terminal.exitStatus() == 129)
    }

    @Test("Closing the window ends it, even where hang-up signals are ignored")
    func closedWindow() throws {
      let terminal = try started()
      terminal.closeWindow()
      #expect(terminal.exitStatus() == 129)
      let deaf = try PseudoTerminal(
        ["-c", "trap '' HUP; \(PseudoTerminal.probe); exit $?"], program: "/bin/sh")
      deaf.expect("END")
      deaf.closeWindow()
      #expect(deaf.exitStatus() == 129)
    }

    @Test("A trap in Swift and a bad access leave the terminal usable", arguments: ["x", "s"])
    func crash(key: String) throws {
      let terminal = try started(["--mouse"])
      terminal.type(key)
      let status = try #require(terminal.exitStatus())
      #expect(key == "s" ? status == 1000 + Int(SIGSEGV) : status > 1000)
      expectRestored(terminal)
    }

    @Test("A crash with a backtracer at hand still gives the terminal back first")
    func crashWithBacktracer() throws {
      let terminal = try PseudoTerminal(
        environment: ["SWIFT_BACKTRACE": "enable=no,interactive=no"])
      terminal.expect("END")
      terminal.type("x")
      #expect(try #require(terminal.exitStatus()) > 1000)
      expectRestored(terminal)
    }

    @Test("A new size is seen without a key, larger and smaller")
    func resize() throws {
      let terminal = try started()
      terminal.resize(rows: 40, columns: 120)
      terminal.expect("probe 120x40", 1000)
      #expect(terminal.wait { terminal.line(39).hasSuffix("END") })
      terminal.resize(rows: 10, columns: 40)
      terminal.expect("probe 40x10", 1000)
      #expect(terminal.wait { terminal.line(9).hasSuffix("END") })
    }

    @Test("LINES and COLUMNS of the environment do not hide the true size")
    func environmentSize() throws {
      let terminal = try PseudoTerminal(environment: ["LINES": "5", "COLUMNS": "20"])
      terminal.expect("probe 80x24")
      terminal.resize(rows: 30, columns: 90)
      terminal.expect("probe 90x30", 1000)
    }

    @Test("^Z hands the terminal to the shell, fg takes it again")
    func suspend() throws {
      let shell = try PseudoTerminal(["--norc", "--noprofile", "-i"], program: "/bin/bash")
      shell.type("\(PseudoTerminal.probe)\n")
      shell.expect("END")
      shell.type("\u{1A}")
      shell.expect("Stopped")
      #expect(!shell.isAlternate)
      #expect(shell.cursorIsVisible)
      shell.type("echo a$((20+3))b\n")
      shell.expect("a23b")
      shell.resize(rows: 20, columns: 70)
      shell.type("fg\n")
      shell.expect("probe 70x20")
      shell.expect("suspended | resumed")
      #expect(shell.isAlternate)
      shell.type("q")
      #expect(shell.wait { !shell.isAlternate })
      shell.type("exit\n")
      #expect(shell.exitStatus() != nil)
    }

    @Test("Continued in the background it leaves the terminal to the shell until fg")
    func background() throws {
      let shell = try PseudoTerminal(["--norc", "--noprofile", "-i"], program: "/bin/bash")
      shell.type("\(PseudoTerminal.probe)\n")
      shell.expect("END")
      shell.type("\u{1A}")
      shell.expect("Stopped")
      shell.settle()
      let start = shell.received.count
      shell.type("bg\n")
      // The shell tells it before the next prompt.
      #expect(
        shell.wait {
          shell.type("\n")
          return String(decoding: shell.received[start...], as: UTF8.self).contains("Stopped")
        })
      #expect(!shell.isAlternate && shell.cursorIsVisible)
      shell.type("echo a$((20+3))b\n")
      shell.expect("a23b")
      shell.type("fg\n")
      shell.expect("suspended | resumed")
      shell.type("q")
      #expect(shell.wait { !shell.isAlternate })
      shell.type("exit\n")
      #expect(shell.exitStatus() != nil)
    }

    /// Whether a process is no more, or waits only for its parent to hear of its end.
    private func hasEnded(_ pid: pid_t) -> Bool {
      guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else {
        return true
      }
      return text.split(separator: ")").last?.hasPrefix(" Z") == true
    }

    @Test("Ended while it is stopped it draws nothing over the shell")
    func endedOutside() throws {
      let shell = try PseudoTerminal(["--norc", "--noprofile", "-i"], program: "/bin/bash")
      shell.type("\(PseudoTerminal.probe)\n")
      shell.expect("END")
      let probe = shell.foregroundGroup
      #expect(probe != shell.pid)
      shell.type("\u{1A}")
      shell.expect("Stopped")
      shell.settle()
      let start = shell.received.count
      shell.type("kill %1\n")
      // The shell itself may take no notice of an end that comes close behind the start again.
      #expect(shell.wait { hasEnded(probe) })
      let since = String(decoding: shell.received[start...], as: UTF8.self)
      #expect(!since.contains("\u{1B}[?1049h") && !since.contains("probe 80x24"))
      #expect(!shell.isAlternate && shell.cursorIsVisible)
      // Twice, should the shell still take it for stopped.
      shell.type("exit\nexit\n")
      #expect(shell.exitStatus() != nil)
    }

    @Test("^C and ^\\ are for the program that has the terminal meanwhile")
    func interruptedOutside() throws {
      let terminal = try started()
      terminal.type("o")
      terminal.expect("outside")
      #expect(!terminal.isAlternate && terminal.isCanonical)
      terminal.type("\u{3}")
      // The shell heard it and ended well.
      terminal.expect("back true")
      #expect(terminal.isAlternate && !terminal.isCanonical)
      // It takes ^C for itself again.
      terminal.send(signal: SIGINT)
      #expect(terminal.exitStatus() == 143)
    }

    @Test("^Z stops both the program that has the terminal and the one that lent it")
    func suspendedOutside() throws {
      let shell = try PseudoTerminal(["--norc", "--noprofile", "-i"], program: "/bin/bash")
      shell.type("\(PseudoTerminal.probe)\n")
      shell.expect("END")
      shell.type("o")
      shell.expect("outside")
      shell.type("\u{1A}")
      shell.expect("Stopped")
      shell.type("echo a$((20+3))b\n")
      shell.expect("a23b")
      shell.type("fg\n")
      #expect(shell.wait { shell.foregroundGroup != shell.pid })
      shell.type("\u{3}")
      shell.expect("back true")
      #expect(shell.isAlternate)
      shell.type("q")
      #expect(shell.wait { !shell.isAlternate })
      shell.type("exit\n")
      #expect(shell.exitStatus() != nil)
    }

    @Test("After SIGSTOP and SIGCONT the screen is drawn anew")
    func stopped() throws {
      let terminal = try started()
      terminal.settle()
      terminal.send(signal: SIGSTOP)
      terminal.send(signal: SIGCONT)
      terminal.expect("resumed", 1000)
      let sent = String(decoding: terminal.received, as: UTF8.self)
      #expect(sent.components(of: "went well") == 2)
    }
  }
}
