import Glibc
import Testing

extension TerminalSuite {
  @Suite("Fidelity") struct Fidelity {
    private func contents(_ path: String) -> String {
      guard let file = fopen(path, "r") else { return "" }
      defer { fclose(file) }
      var bytes = [UInt8](repeating: 0, count: 65536)
      let count = fread(&bytes, 1, bytes.count, file)
      return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    @Test(
      "After each of many random frames the terminal shows what the buffer holds",
      arguments: ["xterm-256color", "tmux-256color", "linux", "vt100", "xterm-direct2"])
    func random(term: String) throws {
      var template = Array("/tmp/lockstep-frames-XXXXXX".utf8CString)
      let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
      let path = folder + "/frame"
      defer {
        unlink(path)
        rmdir(folder)
      }
      let terminal = try PseudoTerminal(
        ["--record=\(path)"], term: term, environment: ["LANG": "C.UTF-8"], rows: 12, columns: 40)
      terminal.expect("END")
      for number in 0..<25 {
        let before = contents(path)
        terminal.type("r")
        let agrees = terminal.wait {
          let expected = contents(path)
          return expected != before && terminal.text == expected
        }
        #expect(agrees, "frame \(number):\n\(contents(path))\nshown:\n\(terminal.text)")
        if !agrees { return }
      }
    }
  }
}
