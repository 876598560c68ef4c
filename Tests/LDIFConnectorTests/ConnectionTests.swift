import Directory
import LDIFConnector
import Testing

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
