import Configuration
import SyncRules
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A folder of a test's own that is removed with everything in it.
private final class TemporaryFolder {
  let path: String
  private var files: [String] = []

  init() throws {
    var template = Array("/tmp/rule-tests-XXXXXX".utf8CString)
    _ = try #require(mkdtemp(&template))
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for file in files { unlink(file) }
    rmdir(path)
  }

  func write(_ name: String, _ text: String) throws {
    let file = path + "/" + name
    let stream = try #require(fopen(file, "w"))
    files.append(file)
    fputs(text, stream)
    fclose(stream)
  }
}

private func toml(_ name: String, precedence: Int, connector: String = "c") -> String {
  """
  rule = [{ name = "\(name)", direction = "inbound", connector = "\(connector)", source = "s",
    target = "t", link = "Join", precedence = \(precedence) }]
  """
  .split(separator: "\n").joined(separator: " ")
}

@Suite("Rule files")
struct FileTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test("all TOML files of a folder are one set; other files are left alone")
  func all() throws {
    try folder.write("20-own.toml", toml("own", precedence: 20))
    try folder.write("10-standard.toml", toml("standard", precedence: 100, connector: "%C%"))
    try folder.write("notes.txt", "no rules")
    try folder.write(".hidden.toml", "no rules")
    let rules = try RuleSet.load(folder: folder.path, parameters: ["C": "c"])
    #expect(rules.rules.map(\.name) == ["own", "standard"])
    #expect(rules.rules[1].connector == "c")
    #expect(rules.rules[0].place.file == folder.path + "/20-own.toml")
  }

  @Test("rules of two files that exclude each other name both files")
  func conflict() throws {
    try folder.write("a.toml", toml("one", precedence: 5))
    try folder.write("b.toml", toml("two", precedence: 5))
    let error = #expect(throws: ConfigurationError.self) {
      try RuleSet.load(folder: folder.path)
    }
    #expect(error?.place?.file == folder.path + "/b.toml")
    #expect(error?.message.contains(folder.path + "/a.toml:1:9") == true)
  }

  @Test("an absent folder or file is named")
  func absent() {
    let missing = folder.path + "/none"
    let error = #expect(throws: ConfigurationError.self) { try RuleSet.load(folder: missing) }
    #expect(error?.message == "The rule folder \(missing) can't be read: No such file or directory")
    let file = #expect(throws: ConfigurationError.self) { try RuleSet.load(files: [missing]) }
    #expect(file?.message.contains(missing) == true)
  }
}
