import Directory
import LDIFConnector
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("An LDIF connector's files")
struct ConnectionTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func failure(_ connector: LDIFConnector) async -> ConnectorFailure? {
    do {
      _ = try await connector.run()
      return nil
    } catch {
      return error as? ConnectorFailure
    }
  }

  @Test("A missing file keeps the import from starting, with the system's words")
  func missing() async {
    let found = await failure(folder.connector())
    #expect(found?.result == .noStartFileNotFound)
    #expect(found?.message.contains(folder.path + "/content.ldif") == true)
    #expect(found?.serverWords == "No such file or directory")
  }

  @Test("An empty file or folder is no empty directory")
  func empty() async throws {
    try folder.write("content.ldif", "")
    #expect(await failure(folder.connector())?.result == .noStartFileOpen)
    let connector = LDIFConnector(settings: LDIFConnectorSettings(content: [folder.changes]))
    #expect(await failure(connector)?.result == .noStartFileNotFound)
    let nothing = LDIFConnector(settings: LDIFConnectorSettings(content: []))
    #expect(await failure(nothing)?.result == .badConfiguration)
  }

  @Test("A missing folder of changes keeps the import from starting")
  func missingChanges() async throws {
    try folder.write("content.ldif", user("Ann"))
    let connector = folder.connector { $0.changes = "/nonexistent/changes" }
    #expect(await failure(connector)?.result == .noStartFileNotFound)
  }

  @Test("The identity stays when the content is exported afresh, not when the suffix is another")
  func identity() async throws {
    try folder.write("content.ldif", user("Ann"))
    let connector = folder.connector()
    let first = try await connector.describe()
    try folder.write("content.ldif", user("Bob") + user("Cid"))
    #expect(try await connector.describe().serverIdentity == first.serverIdentity)
    try folder.write("content.ldif", "dn: CN=a,DC=other,DC=test\nobjectClass: user\n")
    let other = try await connector.describe()
    #expect(other.serverIdentity != first.serverIdentity)
    #expect(other.serverIdentity.hasSuffix("|dc=other,dc=test"))
  }

  @Test("The identity stays when a link leads to another export")
  func link() async throws {
    for name in ["first", "second"] {
      mkdir(folder.path + "/" + name, 0o755)
      try folder.write(name + "/content.ldif", user("Ann"))
    }
    let connector = LDIFConnector(
      settings: LDIFConnectorSettings(content: [folder.path + "/now"]))
    try #require(symlink("first", folder.path + "/now") == 0)
    let first = try await connector.describe()
    folder.delete("now")
    try #require(symlink("second", folder.path + "/now") == 0)
    #expect(try await connector.describe().serverIdentity == first.serverIdentity)
  }

  @Test("Files that are no LDIF are told as such, and not as those of another directory")
  func noLDIF() async throws {
    let words = Array(user("Ann").utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let contents: [([UInt8], String)] = [
      ([0xFF, 0xFE] + words, "UTF-16"), (Array("hello world\n".utf8), "no colon"),
    ]
    for (bytes, reason) in contents {
      let stream = try #require(fopen(folder.path + "/content.ldif", "w"))
      fwrite(bytes, 1, bytes.count, stream)
      fclose(stream)
      let failure = await #expect(throws: ConnectorFailure.self) {
        try await folder.connector().describe()
      }
      #expect(failure?.result == .noStartFileOpen)
      #expect(failure?.message.contains("/content.ldif holds no entry that can be read") == true)
      #expect(failure?.message.contains(reason) == true, "\(failure?.message ?? "")")
      #expect(failure?.hint.isEmpty == false)
    }
    try folder.write("content.ldif", "nonsense\n\n" + user("Ann"))
    #expect(try await folder.connector().describe().serverIdentity.hasSuffix("|dc=x"))
    try folder.write("content.ldif", "version: 1\n\n")
    #expect(try await folder.connector().describe().serverIdentity.hasSuffix("|"))
  }

  @Test("The directory is known by the first file that can be read")
  func secondFile() async throws {
    try folder.write("changes/a.ldif", "nonsense\n")
    try folder.write("changes/b.ldif", user("Ann"))
    let connector = LDIFConnector(settings: LDIFConnectorSettings(content: [folder.changes]))
    #expect(try await connector.describe().serverIdentity.hasSuffix("|dc=x"))
  }

  @Test("A folder that is called as a file is told to be a folder")
  func folderAsFile() async throws {
    try folder.write("changes/a.ldif", user("Ann"))
    mkdir(folder.changes + "/b.ldif", 0o755)
    let connector = LDIFConnector(settings: LDIFConnectorSettings(content: [folder.changes]))
    let found = await failure(connector)
    #expect(found?.result == .noStartFileOpen)
    #expect(found?.message.contains("/b.ldif is a folder") == true, "\(found?.message ?? "")")
    #expect(found?.hint.contains("another name") == true)
  }

  @Test("The schema knows types and hides what is ignored")
  func schema() async throws {
    try folder.write("content.ldif", user("Ann"))
    let schema = try await folder.connector().describe().schema
    #expect(schema["member"].kind == .reference)
    #expect(schema["member"].isMultiValued)
    #expect(schema["objectGUID"].kind == .binary)
    #expect(!schema["objectGUID"].isMultiValued)
    #expect(schema["userAccountControl"].kind == .integer)
    #expect(schema.attributes["unicodePwd"] == nil)
    #expect(schema.objectTypes.prefix(3) == ["computer", "inetOrgPerson", "user"])
    #expect(Set(schema.objectTypes).count == schema.objectTypes.count)
  }

  @Test("Writing is refused with a reason")
  func export() async throws {
    #expect(!folder.connector().capabilities.export)
    #expect(!folder.connector().capabilities.deltaImport)
    #expect(folder.connector(changes: true).capabilities.deltaImport)
    await #expect(throws: ConnectorFailure.self) { try await folder.connector().export([]) }
  }

  @Test("A check says what is there and what is wrong")
  func check() async throws {
    let bad = await folder.connector(changes: true).check()
    #expect(bad.map(\.isGood) == [false, true])
    #expect(bad[0].text.contains("No such file or directory"))
    try folder.write("content.ldif", user("Ann"))
    try folder.write("changes/1.ldif", "nonsense\n")
    let mixed = await folder.connector(changes: true).check()
    #expect(mixed.map(\.isGood) == [true, false])
    #expect(mixed[0].text.contains("CN=Ann,OU=Staff,DC=x"))
    #expect(mixed[1].text.contains("line 1"))
    #expect(!mixed[1].hint.isEmpty)
  }

  @Test("A check warns of files in which the usual rules find nobody, and of those that may be cut")
  func warnings() async throws {
    func found(_ text: String) async throws -> ConnectionFinding {
      try folder.write("content.ldif", text)
      return try #require(await folder.connector().check().first)
    }
    let uuid = "entryUUID: 0e5b3c10-0000-0000-0000-000000000001\n"
    let none = try await found(user("Ann") + user("Bob"))
    #expect(none.isGood && none.isWarning)
    #expect(none.text.contains("and none of the first 2 has an objectGUID or entryUUID"))
    #expect(none.hint.contains("ldapsearch") && none.hint.contains("'+'"))
    #expect(try await found(user("Ann")).text.hasSuffix("which has no objectGUID or entryUUID"))
    let good = try await found(user("Ann") + user("Bob", uuid))
    #expect(good.isGood && !good.isWarning && good.hint.isEmpty)
    let guid = try await found(user("Ann", "objectGUID:: QPwpa0fKZxCzHQDdAQZi2g==\n"))
    #expect(!guid.isWarning)
    let many = (0..<100).map { user("U\($0)") }.joined()
    #expect(try await found(many + user("Bob", uuid)).text.contains("first 100 has"))
    let cut = try await found(String(user("Ann", uuid).dropLast(2)))
    #expect(cut.isGood && cut.isWarning && cut.text.contains("ends without a line end"))
    #expect(cut.hint.contains("if it is whole"))
  }

  @Test("Values in other files are read only where allowed")
  func fileURLs() async throws {
    let photo = try folder.write("photo", "bytes")
    let text = user("Ann", "thumbnailPhoto:< file://\(photo)\n")
    let refused = try await folder.importing(text)
    #expect(refused.errors.map(\.type) == [.readError])
    let allowed = try await folder.importing(text) { $0.allowFileURLs = true }
    #expect(
      allowed.entries.first?.attributes["thumbnailPhoto"] == [.binary(Array("bytes".utf8))])
  }
}
