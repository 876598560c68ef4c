import Directory
import LDIFConnector
import Testing

@Suite("Files that are written while they are read")
struct FileInMotionTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func title(_ title: String) -> String {
    "dn: CN=U1,OU=Staff,DC=x\nchangetype: modify\nreplace: title\ntitle: \(title)\n-\n\n"
  }

  private func open(since watermark: Watermark? = nil) async throws -> any ImportReader {
    try await folder.connector(changes: true)
      .openImport(ImportRequest(watermark: watermark, stagedCount: { 0 }))
  }

  private func expectStop(_ reader: any ImportReader, _ file: String) async {
    do {
      while try await reader.next() != nil {}
      Issue.record("no failure")
    } catch let failure as ConnectorFailure {
      #expect(failure.result == .stoppedImportRead)
      #expect(failure.message.contains(file), "\(failure)")
      #expect(failure.hint.contains("rename"))
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test("A content file that grew after it was found stops the import")
  func grown() async throws {
    try folder.write("content.ldif", user("U1"))
    let reader = try await open()
    try folder.write("content.ldif", user("U1") + user("U2"))
    await expectStop(reader, "content.ldif")
  }

  @Test("A change file that shrank stops a delta import without a watermark")
  func shrunk() async throws {
    try folder.write("content.ldif", user("U1"))
    let mark = try await folder.connector(changes: true).run().watermark
    try folder.write("changes/1.ldif", title("x") + title("y"))
    let reader = try await open(since: mark)
    try folder.write("changes/1.ldif", title("x"))
    await expectStop(reader, "1.ldif")
  }

  @Test("A change file that is another the second time it is read stops a full import")
  func replaced() async throws {
    try folder.write("content.ldif", (0..<700).map { user("U\($0)") }.joined())
    try folder.write("changes/1.ldif", title("x"))
    let reader = try await open()
    let first = try #require(try await reader.next())
    #expect(first.changes.count == 500)
    try folder.write("changes/1.ldif", title("y"))
    await expectStop(reader, "1.ldif")
  }

  @Test("A file that vanishes before its turn stops the import with the system's words")
  func vanished() async throws {
    try folder.write("content.ldif", (0..<700).map { user("U\($0)") }.joined())
    try folder.write("changes/1.ldif", title("x"))
    let reader = try await open()
    _ = try await reader.next()
    folder.delete("changes/1.ldif")
    do {
      while try await reader.next() != nil {}
      Issue.record("no failure")
    } catch let failure as ConnectorFailure {
      #expect(failure.result == .stoppedImportRead)
      #expect(failure.serverWords == "No such file or directory")
    } catch {
      Issue.record("\(error)")
    }
  }
}
