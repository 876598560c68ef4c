import Directory
import LDIFConnector
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("A delta import of change files")
struct DeltaTests {
  private let folder: TemporaryFolder
  private let connector: LDIFConnector

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("content.ldif", user("Ann") + user("Bob"))
    connector = folder.connector(changes: true)
  }

  private func change(_ name: String, title: String) -> String {
    "dn: CN=\(name),OU=Staff,DC=x\nchangetype: modify\nreplace: title\ntitle: \(title)\n-\n\n"
  }

  @Test("Change files are read in order, once each")
  func once() async throws {
    let full = try await connector.run()
    let start = try #require(full.watermark)
    #expect(try await connector.run(since: start).changes.isEmpty)
    try folder.write("changes/2.ldif", change("Ann", title: "second"))
    try folder.write("changes/1.ldif", change("Ann", title: "first"))
    let delta = try await connector.run(since: start)
    let titles = delta.changes.map { change -> AttributeChange.Operation? in
      if case .modify(_, let changes) = change { changes.first?.operation } else { nil }
    }
    #expect(titles == [.replace(["first"]), .replace(["second"])])
    let next = try #require(delta.watermark)
    #expect(next != start)
    #expect(try await connector.run(since: next).changes.isEmpty)
    #expect(try await connector.run(since: next).watermark == next)
  }

  private func operation(_ parts: String) async throws -> AttributeChange.Operation? {
    let start = try await connector.run().watermark
    try folder.write(
      "changes/1.ldif", "dn: CN=Ann,OU=Staff,DC=x\nchangetype: modify\n" + parts + "\n")
    guard case .modify(_, let changes) = try await connector.run(since: start).changes.first else {
      return nil
    }
    #expect(changes.count == 1)
    return changes.first?.operation
  }

  @Test("Parts of a record count one after the other, also those that go on with the one before")
  func partByPart() async throws {
    func part(_ word: String, _ value: String) -> String {
      "\(word): title\n" + (value.isEmpty ? "" : "title: \(value)\n") + "-\n"
    }
    let parts = [("add", "a"), ("add", "b"), ("delete", "a"), ("delete", "c"), ("add", "c")]
    #expect(
      try await operation(parts.map(part).joined())
        == .update(added: ["b", "c"], removed: ["a"]))
    folder.delete("changes/1.ldif")
    let anew = [("delete", ""), ("add", "a"), ("add", "b"), ("replace", "c"), ("replace", "d")]
    #expect(try await operation(anew.map(part).joined()) == .replace(["d"]))
    folder.delete("changes/1.ldif")
    #expect(try await operation(anew.prefix(3).map(part).joined()) == .replace(["a", "b"]))
  }

  @Test("Very many values that come one by one are no trouble", .timeLimit(.minutes(1)))
  func manyParts() async throws {
    let parts = (0..<60_000).map { "add: title\ntitle: \($0)\n-\n" }.joined()
    guard case .update(let added, _) = try await operation(parts) else {
      Issue.record("no update")
      return
    }
    #expect(added.count == 60_000)
  }

  @Test("The watermark moves at the end of each file, and no earlier")
  func perFile() async throws {
    let start = try #require(try await connector.run().watermark)
    try folder.write("changes/1.ldif", (0..<700).map { change("A\($0)", title: "x") }.joined())
    try folder.write("changes/2.ldif", change("Ann", title: "y"))
    let delta = try await connector.run(since: start)
    let marked = delta.batches.filter { $0.watermark != nil }
    #expect(delta.batches[0].changes.count == 500)
    #expect(delta.batches[0].watermark == nil)
    #expect(marked.count == 2)
    // As after a crash between the files: only the second is read.
    let again = try await connector.run(since: marked[0].watermark)
    #expect(again.changes.count == 1)
    #expect(again.watermark == delta.watermark)
  }

  @Test("A full import takes the changes too, and then needs no delta")
  func fullTakesChanges() async throws {
    try folder.write("changes/1.ldif", change("Ann", title: "x"))
    let full = try await connector.run()
    #expect(full.entries.map(\.dn.rdn) == ["CN=Bob", "CN=Ann"])
    #expect(full.entries.last?.attributes["title"] == ["x"])
    #expect(full.batches.dropLast().allSatisfy { $0.watermark == nil })
    let mark = try #require(full.watermark)
    #expect(mark.kind == "ldif-changes")
    #expect(try await connector.run(since: mark).changes.isEmpty)
  }

  @Test("Files that were read and are not as they were ask for a full import")
  func changed() async throws {
    try folder.write("changes/1.ldif", change("Ann", title: "x"))
    try folder.write("changes/2.ldif", change("Ann", title: "y"))
    let mark = try #require(try await connector.run().watermark)
    try folder.write("changes/1.ldif", change("Ann", title: "z"))
    await expectFullImport(mark, "content")
    try folder.write("changes/1.ldif", change("Ann", title: "x"))
    #expect(try await connector.run(since: mark).changes.isEmpty, "restored, so all is well")
    folder.delete("changes/1.ldif")
    await expectFullImport(mark, "vanished")
    try folder.write("changes/1.ldif", change("Ann", title: "x"))
    folder.delete("changes/2.ldif")
    await expectFullImport(mark, "vanished")
    try folder.write("changes/2.ldif", change("Ann", title: "y"))
    try folder.write("changes/15.ldif", change("Ann", title: "late"))
    await expectFullImport(mark, "before 2.ldif")
  }

  private func expectFullImport(_ mark: Watermark, _ words: String) async {
    do {
      _ = try await connector.run(since: mark)
      Issue.record("no failure")
    } catch let failure as ConnectorFailure {
      #expect(failure.result == .fullImportRequired)
      #expect(failure.message.contains(words), "\(failure)")
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test(
    "A foreign or damaged watermark asks for a full import",
    arguments: [("dirsync", "x"), ("ldif-changes", ""), ("ldif-changes", "1 -1 0 0 0 ")])
  func foreign(_ kind: String, _ value: String) async {
    await expectFullImport(Watermark(kind: kind, value: value), "watermark")
  }

  @Test("A change file that is too much to be stored whole asks for a full import, which reads it")
  func large() async throws {
    let start = try #require(try await connector.run().watermark)
    try folder.write("changes/1.ldif", change("Ann", title: "x"))
    // Sparse: nothing of it is on the disk.
    try folder.write("changes/2.ldif", "")
    try #require(truncate(folder.changes + "/2.ldif", 257 << 20) == 0)
    await expectFullImport(start, "2.ldif has more than 256 MB")
    try #require(truncate(folder.changes + "/2.ldif", 0) == 0)
    #expect(try await connector.run(since: start).changes.count == 1)
  }

  @Test("Every kind of change is passed on")
  func kinds() async throws {
    let start = try #require(try await connector.run().watermark)
    try folder.write(
      "changes/1.ldif",
      """
      dn: CN=Cid,OU=Staff,DC=x
      changetype: add
      objectClass: user
      cn: Cid

      dn: CN=Ann,OU=Staff,DC=x
      changetype: modify
      delete: title
      -
      add: userAccountControl
      userAccountControl: 514
      -
      replace: unicodePwd
      unicodePwd:: AAE=
      -

      dn: CN=Ann,OU=Staff,DC=x
      changetype: modify
      replace: unicodePwd
      unicodePwd:: AAE=
      -

      dn: CN=Bob,OU=Staff,DC=x
      changetype: delete

      dn: CN=Ann,OU=Staff,DC=x
      changetype: moddn
      newrdn: CN=Anna
      deleteoldrdn: 1
      newsuperior: OU=New,DC=x

      """)
    let delta = try await connector.run(since: start)
    #expect(delta.errors.isEmpty, "\(delta.errors)")
    let ann = ObjectAddress(dn: try DistinguishedName("CN=Ann,OU=Staff,DC=x"))
    let anna = try DistinguishedName("CN=Anna,OU=New,DC=x")
    #expect(delta.changes.count == 5)
    #expect(delta.entries.map(\.dn.rdn) == ["CN=Cid"])
    #expect(
      delta.changes[1]
        == .modify(
          ann,
          [
            AttributeChange("title", .replace([])),
            AttributeChange("userAccountControl", .update(added: [514], removed: [])),
          ]))
    #expect(
      delta.changes[2] == .delete(ObjectAddress(dn: try DistinguishedName("CN=Bob,OU=Staff,DC=x"))))
    #expect(delta.changes[3] == .rename(ann, newDN: anna))
    #expect(
      delta.changes[4]
        == .modify(
          ObjectAddress(dn: anna),
          [
            AttributeChange("cn", .update(added: ["Anna"], removed: ["Ann"])),
            AttributeChange("distinguishedName", .replace(["CN=Anna,OU=New,DC=x"])),
          ]))
  }

  @Test("Several modifications of one attribute become one change")
  func merged() async throws {
    let start = try #require(try await connector.run().watermark)
    try folder.write(
      "changes/1.ldif",
      """
      dn: CN=Ann,OU=Staff,DC=x
      changetype: modify
      add: mail
      mail: a
      mail: b
      -
      delete: mail
      mail: b
      mail: c
      -
      replace: title
      title: x
      title: y
      -
      delete: title
      title: x
      -
      add: title
      title: z
      -

      """)
    let delta = try await connector.run(since: start)
    guard case .modify(_, let changes)? = delta.changes.first else {
      Issue.record("\(delta)")
      return
    }
    #expect(
      changes == [
        AttributeChange("mail", .update(added: ["a"], removed: ["b", "c"])),
        AttributeChange("title", .replace(["y", "z"])),
      ])
  }

  @Test("A bad change is an error with its place, and the file counts as read")
  func badChange() async throws {
    let start = try #require(try await connector.run().watermark)
    try folder.write(
      "changes/1.ldif",
      "dn: CN=Ann,OU=Staff,DC=x\nchangetype: modify\nreplace: userAccountControl\n"
        + "userAccountControl: abc\n-\n\n" + user("Dan") + change("Ann", title: "x")
        + "dn: CN=Ann,OU=Staff,DC=x\nchangetype: modrdn\nnewrdn: CN=a,CN=b\ndeleteoldrdn: 1\n")
    let delta = try await connector.run(since: start)
    #expect(
      delta.errors.map(\.type) == [
        .invalidAttributeValue, SyncErrorType("missing-change-type"), .dnNotLDAPConformant,
      ])
    #expect(delta.errors.first?.location == folder.changes + "/1.ldif:1")
    #expect(delta.changes.count == 1)
    #expect(try await connector.run(since: delta.watermark).changes.isEmpty)
  }
}
