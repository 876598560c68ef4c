import TestSupport
import Testing

@testable import Directory

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Reading LDIF")
struct LDIFReadingTests {
  @Test("Folds may stand anywhere, also in names, Base64 and comments")
  func folds() throws {
    let found = try records(
      "d\n n: CN=a\n ,DC=x\n# comment\n  goes on: x\nobject\n Class: top\nsn:: QU\n JD\ncn: \n  b\n"
    )
    #expect(found[0].dn == "CN=a,DC=x")
    #expect(found[0].texts("sn") == ["ABC"])
    #expect(found[0].texts("cn") == ["b"])
    #expect(found[0].texts("objectClass") == ["top"])
  }

  @Test("A comment at the end of the file may be cut off, and ends at a blank line")
  func commentAtEnd() throws {
    for end in ["# the en", "# the end\n of", "#"] {
      #expect(try records("dn: CN=a\njpegPhoto:: YWJj\n" + end).count == 1)
      #expect(try records("dn: CN=a\ncn:\n" + end).count == 1)
    }
    #expect(try fault("# a comment\n\n more\ndn: CN=a\ncn: a\n").line == 3)
  }

  @Test("Spaces at the end of a name or a key belong to neither, but for one that is escaped")
  func spacesAtEnd() throws {
    let found = try records(
      "dn: CN=a,DC=x  \nchangetype: modrdn\nnewrdn: CN=b \ndeleteoldrdn: 1 \nnewsuperior: DC=y \n\n"
        + "dn: CN=a\\  \nchangetype: modify\nadd: member \nmember: CN=c\n-\n")
    #expect(found.map(\.dn) == ["CN=a,DC=x", "CN=a\\ "])
    #expect(
      found.first?.body == .rename(newRDN: "CN=b", deletesOldRDN: true, newSuperior: "DC=y"))
  }

  @Test("Empty values, colons and spaces in values are kept")
  func values() throws {
    let found = try records(
      "dn: CN=a,DC=x\nsn:\ncn: a: b \ntitle:   c\ndescription::\ninfo: ::\n\n")
    #expect(found[0].texts("sn") == [""])
    #expect(found[0].texts("cn") == ["a: b "])
    #expect(found[0].texts("title") == ["c"])
    #expect(found[0].texts("description") == [""])
    #expect(found[0].texts("info") == ["::"])
  }

  @Test("Controls are read with criticality and value")
  func controls() throws {
    let found = try records(
      "dn: CN=a,DC=x\ncontrol: 1.2.3\ncontrol: 1.2.4 false:: AAE=\ncontrol: 1.2.5: x\n"
        + "changetype: delete\n\n")
    #expect(
      found[0].controls == [
        LDIFControl(oid: "1.2.3"), LDIFControl(oid: "1.2.4", value: [0, 1]),
        LDIFControl(oid: "1.2.5", value: Array("x".utf8)[...]),
      ])
  }

  @Test("Options are kept apart from the name, in lower case and in order")
  func options() throws {
    let found = try records("dn: CN=a,DC=x\nuserCertificate;Binary:: AAE=\ncn;x-b;LANG-en: a\n\n")
    guard case .content(let attributes) = found[0].body else { return }
    #expect(attributes[0] == LDIFAttribute("userCertificate", options: ["binary"], value: [0, 1]))
    #expect(attributes[1].options == ["lang-en", "x-b"])
  }

  @Test("Every prefix of a file is read without a crash, and its faults have places")
  func prefixes() throws {
    let text = Array(
      """
      version: 1
      # comment
       folded
      dn: CN=a,DC=x
      objectClass: top
      sn:: w4RiYw==
      description: long lo
       ng

      dn:: Q049YixEQz14
      control: 1.2.3 false
      changetype: modify
      add: member
      member: CN=a,DC=x
      -
      replace: sn
      -

      dn: CN=c,DC=x
      changetype: moddn
      newrdn: CN=d
      deleteoldrdn: 1
      newsuperior: DC=y

      """.utf8)
    #expect(try read(text).count == 3)
    for length in 0...text.count {
      let items = try read(Array(text[..<length]))
      #expect(items.count <= 3)
      let lines = text[..<length].filter { $0 == 0x0A }.count + 1
      for case .fault(let fault) in items {
        #expect(fault.line >= 1 && fault.line <= lines, "\(length): \(fault)")
        #expect(!fault.message.isEmpty)
      }
    }
  }

  @Test("Any bytes are read without a crash", arguments: [1, 2, 3, 4, 5] as [UInt64])
  func noise(_ seed: UInt64) throws {
    let alphabet = Array("dn:changetype modify\n\n \n-add:;<=#\0\r\u{FF}Q=".utf8)
    var dice = SeededRandom(seed: seed)
    for _ in 0..<400 {
      let count = Int(dice.next() % 200)
      let bytes =
        Array("dn: CN=a\n".utf8)
        + (0..<count).map { _ in
          alphabet[Int(dice.next() >> 8) % alphabet.count]
        }
      for case .fault(let fault) in try read(bytes) { #expect(fault.line > 0) }
    }
  }

  @Test(
    "The size of the pieces in which a file is read does not matter", arguments: [16, 17, 64, 999])
  func pieces(_ size: Int) throws {
    let folder = try TemporaryFolder()
    let writer = LDIFWriter()
    for number in 0..<50 {
      writer.line("dn", "CN=Jürgen \(number),DC=x")
      writer.line("objectClass", "top")
      writer.line("description", String(repeating: "word ", count: number))
      try writer.endRecord()
    }
    let path = try folder.write("a.ldif", writer.bytes)
    var options = LDIFReader.Options()
    options.chunkSize = size
    options.digestsContent = true
    let reader = try LDIFReader(path: path, options: options)
    #expect(try drain(reader) == read(writer.bytes))
    #expect(reader.bytesConsumed == writer.bytes.count)
    #expect(reader.bytesRead == reader.size)
    var digest = FNV1a()
    digest.add(writer.bytes)
    #expect(reader.contentDigest == digest.value)
  }

  @Test("Memory does not grow with the file")
  func flatMemory() async {
    // A process of its own: what other tests take at the same time does not count.
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let path = folder.path + "/large.ldif"
      try Self.writeLargeFile(path)
      let reader = try LDIFReader(path: path)
      for _ in 0..<1000 { _ = try reader.next() }
      let before = Self.residentBytes()
      var count = 1000
      while try reader.next() != nil { count += 1 }
      #expect(count == 40_000)
      #expect(reader.size > 12 << 20)
      // A reader that kept its records would hold 20 MB and more.
      #expect(Self.residentBytes() - before < 10 << 20)
    }
  }

  private static func writeLargeFile(_ path: String) throws {
    let writer = try LDIFWriter(path: path)
    let fill = String(repeating: "The quick brown fox jumps over the lazy dog. ", count: 7)
    for number in 0..<40_000 {
      writer.line("dn", "CN=User \(number),OU=Staff,DC=contoso,DC=test")
      writer.line("objectClass", "user")
      writer.line("description", fill + String(number))
      try writer.endRecord()
    }
    try writer.close()
  }

  private static func residentBytes() -> Int {
    guard let stream = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(stream) }
    var line = [CChar](repeating: 0, count: 200)
    fgets(&line, 200, stream)
    let text = String(
      decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let words = text.split(separator: " ")
    return words.count > 1 ? (Int(words[1]) ?? 0) * 4096 : 0
  }
}

@Suite("Values in other files")
struct LDIFFileValueTests {
  @Test(
    "Only absolute local file URLs are read",
    arguments: [
      ("file:///a/b", "/a/b"), ("file:/a", "/a"), ("FILE://localhost/a%20b", "/a b"),
      ("file:///%C3%BC", "/ü"),
    ])
  func path(_ url: String, _ path: String) throws {
    #expect(try LDIFFileValue.path(url) == path)
  }

  @Test(
    "Other URLs are refused",
    arguments: [
      "http://x/y", "photo.jpg", "file:photo.jpg", "file://server/a", "file:///a%0",
      "file:///a%00b",
      "file://", "", "file:///%FF",
    ])
  func refused(_ url: String) {
    #expect(throws: LDIFFileValue.Failure.self) { try LDIFFileValue.path(url) }
  }

  @Test("A file above the limit is refused, one at the limit is read")
  func limit() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a", [1, 2, 3])
    #expect(try LDIFFileValue.read("file://" + path, limit: 3) == [1, 2, 3])
    #expect(throws: LDIFFileValue.Failure.self) {
      try LDIFFileValue.read("file://" + path, limit: 2)
    }
    #expect(throws: LDIFFileValue.Failure.self) {
      try LDIFFileValue.read("file://" + path + "x", limit: 3)
    }
    #expect(throws: LDIFFileValue.Failure.self) {
      try LDIFFileValue.read("file:///dev/zero", limit: 3)
    }
  }
}
