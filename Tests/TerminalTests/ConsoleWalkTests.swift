import CSystem
import CVTerm
import Glibc
import Testing

extension TerminalSuite {
  /// The programs themselves, on a store that a run has really filled.
  @Suite("The console as a person uses it") struct ConsoleWalk {
    /// A folder with a workspace in it; what works there ends with it.
    final class Place {
      let folder: String
      let environment: [String: String]

      init() throws {
        var template = Array("/tmp/lockstep-walk-XXXXXX".utf8CString)
        folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        environment = [
          "HOME": folder, "LOCKSTEP_WORKSPACE": folder + "/w", "TZ": "UTC",
          "LOCKSTEPD": PseudoTerminal.built("lockstepd"),
        ]
      }

      deinit {
        for name in ["engine.lock", "tenant.lock"] {
          let file = folder + "/w/" + name
          let holder = cs_lock_holder(file)
          // Whoever held it may be gone, and its number another's: only who holds it now is ended.
          let lock = holder > 0 ? cs_try_lock(file) : 0
          if lock > 0 { cs_unlock(lock) }
          if holder > 0, lock == -EWOULDBLOCK { kill(holder, SIGKILL) }
        }
        let remover = try? PseudoTerminal(["-rf", folder], program: "/bin/rm")
        _ = remover?.exitStatus()
      }

      func lockstep(_ arguments: String..., columns: Int = 100, rows: Int = 30) throws
        -> PseudoTerminal
      {
        try PseudoTerminal(
          arguments, environment: environment, rows: rows, columns: columns,
          program: PseudoTerminal.built("lockstep"))
      }
    }

    /// Whether the selected row, which stands out from its left end, has this text.
    private func isSelected(_ text: String, on terminal: PseudoTerminal) -> Bool {
      (2..<terminal.rows).contains {
        terminal.cell($0, 3).reverse == 1 && terminal.line($0).contains(text)
      }
    }

    @Test(
      "From \"did last night's run work?\" to the failed object's attribute and its cause, in keys")
    func walk() throws {
      let place = try Place()
      let demo = try place.lockstep("demo", "--no-console", "--users", "50", columns: 200)
      #expect(demo.exitStatus(300_000) == 0, "\(demo.text)")

      // Did it work? The first screen says so without a key.
      let console = try place.lockstep()
      try console.reach("open errors", "last Initial !", "! export-errors", "Full Import")
      // Which step failed, and how many?
      console.type("n")
      try console.reach("Statistics: Export on tenant", " 4 errors ", "James Brown")
      console.type("\r")
      try console.reach("Esc Back")
      console.type("/")
      console.type("brown")
      try console.reach("James Brown") { !console.text.contains("James Rossi") }
      console.type("\r")
      try console.reach("Esc Back", "James Brown")
      // What is wrong with this object, and what is to be done?
      console.type("\r")
      try console.reach(
        "! ExceededAllowedLength  at export on tenant", "Attribute       title", "Server says",
        "200 characters", "What to do", "Shorten the value")
      // The attribute itself: what the target has, and what it was to get.
      console.type("\u{1B}OC")
      try console.reach("title ", "pending export + ")
      // Where the value came from.
      console.type("\u{1B}OC")
      try console.reach("! tenant refused it: ExceededAllowedLength.", "by In from contoso.")
      // And back the same way, to the same row.
      console.type("\u{1B}")
      try console.reach("Statistics: Export on tenant", "James Brown")
      console.type("\u{1B}")
      try console.reach("Statistics: Export on tenant") {
        isSelected("! export-errors", on: console)
      }
      console.type("q")
      #expect(console.exitStatus() == 0, "\(console.text)")
      #expect(console.isCanonical && !console.isAlternate)

      // Whoever knows the way presses all keys at once, before the store has answered the first.
      let again = try place.lockstep()
      try again.reach("Full Import")
      again.type("n\r\r")
      try again.reach(" at export on tenant", "What to do")
      again.type("q")
      #expect(again.exitStatus() == 0, "\(again.text)")

      let stop = try place.lockstep("service", "stop")
      #expect(stop.exitStatus(60_000) == 0, "\(stop.text)")
    }
  }
}
