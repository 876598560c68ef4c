import Directory
import LDIFConnector
import Testing

@Suite("Files that end without a line end")
struct OpenEndTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private let people = ["Ann", "Bob", "Cid"].map { user($0, "mail: \($0)@contoso.test\n") }.joined()

  @Test("Content that is cut anywhere but behind a line is taken in, and doubted")
  func content() async throws {
    let bytes = Array(people.utf8)
    for length in 1..<bytes.count {
      let text = String(decoding: bytes[..<length], as: UTF8.self)
      let found = try await folder.importing(text)
      let isOpen = bytes[length - 1] != 0x0A
      let doubts = found.batches.compactMap(\.doubt)
      #expect(doubts.count == (isOpen ? 1 : 0), "\(length)")
      if isOpen, found.errors.isEmpty {
        let line = text.utf8.count { $0 == 0x0A } + 1
        #expect(doubts[0].contains("content.ldif ends without a line end, on line \(line),"))
      }
    }
  }

  @Test("The last entry of whole content without a line end is taken as it is")
  func whole() async throws {
    let found = try await folder.importing(String(people.dropLast(2)))
    #expect(found.errors.isEmpty && found.entries.count == 3)
    #expect(found.entries.last?.attributes["mail"] == ["Cid@contoso.test"])
    let doubt = try #require(found.batches.last?.doubt)
    #expect(doubt.contains("end its last line with a line end if it is whole"))
    #expect(try await folder.importing(people).batches.allSatisfy { $0.doubt == nil })
    #expect(
      try await folder.importing(people.replacing("\n", with: "\r\n")).batches
        .allSatisfy { $0.doubt == nil })
  }

  @Test("Of several content files, the one that is cut is named")
  func several() async throws {
    try folder.write("a.ldif", user("Ann"))
    try folder.write("b.ldif", "dn: CN=Bob,OU=Staff,DC=x\nobjectClass: user\ncn: Bo")
    try folder.write("c.ldif", user("Cid"))
    let settings = LDIFConnectorSettings(
      content: ["a", "b", "c"].map { "\(folder.path)/\($0).ldif" })
    let found = try await LDIFConnector(settings: settings).run()
    #expect(found.entries.count == 3)
    #expect(found.batches.compactMap(\.doubt).first?.contains("/b.ldif ends without") == true)
  }

  private static let modify =
    "dn: CN=Ann,OU=Staff,DC=x\nchangetype: modify\nreplace: title\ntitle: Chief\n-\n"
  private static let add =
    "dn: CN=Dan,OU=Staff,DC=x\nchangetype: add\nobjectClass: user\nuserPrincipalName: u7@contoso.test\n"
  private static let rename =
    "dn: CN=Ann,OU=Staff,DC=x\nchangetype: modrdn\nnewrdn: CN=Anna\ndeleteoldrdn: 1\n"
    + "newsuperior: OU=New,DC=x\n"
  private static let delete = "dn: CN=Bob,OU=Staff,DC=x\nchangetype: delete\n"

  @Test("No part of a change that is cut within a line is made", arguments: [modify, add, rename])
  func changes(_ record: String) async throws {
    try folder.write("content.ldif", people)
    let connector = folder.connector(changes: true)
    let start = try #require(try await connector.run().watermark)
    let bytes = Array(record.utf8)
    for length in 1..<bytes.count where bytes[length - 1] != 0x0A {
      // The line that ends a modification is whole without a line end.
      guard bytes[..<length].suffix(2) != [0x0A, 0x2D] else { continue }
      try folder.write(
        "changes/1.ldif", String(decoding: bytes[..<length], as: UTF8.self))
      let delta = try await connector.run(since: start)
      #expect(delta.changes.isEmpty, "\(length) of \(record)")
      #expect(delta.errors.count == 1, "\(length) of \(record)")
      let full = try await connector.run()
      #expect(full.errors.count == 1 && full.entries.count == 3, "\(length) of \(record)")
    }
  }

  @Test("What is said of a change that may be cut is why, and what to do")
  func words() async throws {
    try folder.write("content.ldif", people)
    let start = try await folder.connector(changes: true).run().watermark
    try folder.write("changes/1.ldif", String(Self.add.dropLast(4)))
    let delta = try await folder.connector(changes: true).run(since: start)
    let error = try #require(delta.errors.first)
    #expect(error.type == .parseError && error.dn == "CN=Dan,OU=Staff,DC=x")
    #expect(error.message.contains("ends without a line end"))
    #expect(error.hint.contains("if it is whole, end its last line with a line end"))
  }

  @Test("A delete, and the end of a modification, are whole without a line end")
  func harmless() async throws {
    try folder.write("content.ldif", people)
    let connector = folder.connector(changes: true)
    let start = try await connector.run().watermark
    for text in [Self.modify, Self.delete] {
      try folder.write("changes/1.ldif", String(text.dropLast()))
      let delta = try await connector.run(since: start)
      #expect(delta.errors.isEmpty && delta.changes.count == 1, "\(text)")
    }
    try folder.write("changes/1.ldif", Self.add + "\n# the e")
    #expect(try await connector.run(since: start).errors.isEmpty)
  }
}
