import Configuration
import TestSupport
import Testing

@testable import Workspace

/// A lockstep.toml as many hands may have written it, with what its connectors' parameters are.
private struct WrittenSettings {
  var text = ""
  var names: [String] = []
  var parameters: [[String: String]] = []
  var isWindows: Bool
  private var random: SeededRandom

  init(_ seed: Int) {
    random = SeededRandom(scattering: seed)
    isWindows = random.chance(30)
    line(random.choose(["# mine", "# [[connector]]", "", "# a = [ \"x\" ]"]))
    if random.chance(50) { lines(["[engine]", "idle_exit = \"5m\""]) }
    for index in 0..<Int.random(in: 1...4, using: &random) { connector("c\(index)") }
    noise()
    lines(["[tenant]", "port = 0"])
    if random.chance(30) { line("# the end") }
    if isWindows { text = text.replacing("\n", with: "\r\n") }
  }

  private mutating func line(_ words: String) { text += words + "\n" }
  private mutating func lines(_ words: [String]) { words.forEach { line($0) } }

  private mutating func noise() {
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      line(
        random.choose(["", "# about this", "   ", "# [connector.parameters]", "\t# a \" quote"]))
    }
  }

  private mutating func connector(_ name: String) {
    noise()
    let comment = random.choose(["", "   # the [one]", "# [connector.parameters]"])
    line(random.choose(["[[connector]]", "[[ connector ]]", "  [[connector]]"]) + comment)
    var keys = [
      "name = \"\(name)\"", "type = \"scim\"", "role = \"target\"", "url = \"embedded\"  # [here]",
    ]
    if random.chance(30) { keys[0] += " # \"quoted\" and [bracketed]" }
    keys.shuffle(using: &random)
    for key in keys {
      line(key)
      noise()
    }
    names.append(name)
    var own: [String: String] = [:]
    var tables: [() -> [String]] = []
    if random.chance(50) {
      let count = Int.random(in: 0...2, using: &random)
      own = Dictionary(uniqueKeysWithValues: (0..<count).map { ("Old\($0)", "value # \($0)") })
      let header = random.choose(["[connector.parameters]", "[ connector . parameters ] # own"])
      let entries = own.sorted { $0.key < $1.key }.map { "\($0.key) = \"\($0.value)\"" }
      tables.append { [header] + entries }
    }
    if random.chance(50) { tables.append { ["[connector.import_limits]", "deletes = 5"] } }
    if random.chance(30) { tables.append { ["[connector.export_limits]", "adds = 5 # [x]"] } }
    tables.shuffle(using: &random)
    for table in tables {
      lines(table())
      noise()
    }
    parameters.append(own)
  }
}

@Suite("Settings added to any lockstep.toml")
struct ConfigurationEditModelTests {
  private func settings(_ text: String) throws -> WorkspaceSettings {
    try WorkspaceSettings(try TOMLTable.parse(text, file: "lockstep.toml"), folder: "/w")
  }

  /// Whether the lines of `text` stand in `other` in their order.
  private func isKept(_ text: String, in other: String) -> Bool {
    var rest = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)[...]
    for line in other.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
    where rest.first.map({ $0.elementsEqual(line) }) == true { rest = rest.dropFirst() }
    return rest.isEmpty
  }

  @Test(
    "Each connector has its parameters and those that were added, and every line is kept",
    arguments: 1...120)
  func parameters(seed: Int) throws {
    let written = WrittenSettings(seed)
    var random = SeededRandom(scattering: 5000 + seed)
    let before = try settings(written.text)
    #expect(before.connectors.map(\.parameters) == written.parameters, "\(written.text)")
    var expected = written.parameters
    var edit = ConfigurationEdit(written.text)
    // From the last to the first, as places are those of the text before.
    var named: Set<String> = []
    for index in written.names.indices.reversed() where random.chance(60) {
      let values = [
        ("New", random.choose(["", "plain", "quote\" and \\", "a # b", "[x]", "é\u{301}日"])),
        ("Domain.FQDN", "contoso.test"),
      ]
      let place = before.connectors[index].place
      edit.add(parameters: values.map { (name: $0.0, value: $0.1) }, toSectionAt: place)
      for (name, value) in values { expected[index][name] = value }
      if random.chance(50) {
        edit.add("names", "\"entra\"", toSectionAt: place)
        named.insert(written.names[index])
      }
    }
    let after = try settings(edit.text)
    #expect(after.connectors.map(\.name) == written.names, "\(edit.text)")
    #expect(after.connectors.map(\.parameters) == expected, "\(edit.text)")
    for connector in after.connectors {
      guard case .scim(let section) = connector.kind else { continue }
      #expect(section.usesEntraNames == named.contains(connector.name), "\(edit.text)")
    }
    #expect(after.connectors.map(\.importLimits) == before.connectors.map(\.importLimits))
    #expect(after.connectors.map(\.exportLimits) == before.connectors.map(\.exportLimits))
    #expect(after.idleExitSeconds == before.idleExitSeconds)
    #expect(isKept(written.text, in: edit.text), "\(edit.text)")
    // One kind of line end, the file's own.
    let bytes = Array(edit.text.utf8)
    for (index, byte) in bytes.enumerated() where byte == 0x0A {
      #expect((index > 0 && bytes[index - 1] == 0x0D) == written.isWindows)
    }
  }
}
