import Directory
import Testing

@Suite("Faults in LDIF")
struct LDIFFaultTests {
  private static let good = "dn: CN=a,DC=x\nobjectClass: top\n\n"

  @Test(
    "A fault has its kind and its line, and the record behind it is read",
    arguments: [
      ("dn: CN=b,DC=x\nno colon here\n", SyncErrorType.parseError, 5),
      ("dn: CN=b,DC=x\nsn:: !!!!\n", .invalidBase64Value, 5),
      ("dn: CN=b,DC=x\nsn:: QUJ\n", .invalidBase64Value, 5),
      ("cn: b\nsn: b\n", .missingDN, 4), ("dn:: /w==\nsn: b\n", .dnNotLDAPConformant, 4),
      ("dn: CN=b,DC=x\n", .parseError, 4),
      ("dn: CN=b,DC=x\nsn: b\ndn: CN=c,DC=x\nsn: c\n", .parseError, 6),
      ("dn: CN=b,DC=x\nbad name: b\n", .parseError, 5), ("dn: CN=b,DC=x\n;x: b\n", .parseError, 5),
      (" stray\ndn: CN=b,DC=x\nsn: b\n", .parseError, 4),
      ("dn: CN=b,DC=x\nsn: a\0b\n", .parseError, 5),
      ("dn: CN=b,DC=x\nchangetype: upsert\n", .invalidChangeType, 5),
      ("dn: CN=b,DC=x\nchangetype: delete\nsn: b\n", .parseError, 6),
      ("dn: CN=b,DC=x\nchangetype: modify\nincrement: n\nn: 1\n-\n", .invalidModificationType, 6),
      ("dn: CN=b,DC=x\nchangetype: modify\nadd: sn\ncn: b\n-\n", .parseError, 7),
      ("dn: CN=b,DC=x\nchangetype: modify\nadd: sn\n-\n", .parseError, 6),
      ("dn: CN=b,DC=x\nchangetype: modrdn\nnewrdn: CN=c\n", .parseError, 6),
      ("dn: CN=b,DC=x\nchangetype: modrdn\ndeleteoldrdn: 1\n", .parseError, 6),
      ("dn: CN=b,DC=x\nchangetype: modrdn\nnewrdn: CN=c\ndeleteoldrdn: yes\n", .parseError, 7),
      (
        "dn: CN=b,DC=x\nchangetype: moddn\nnewrdn: CN=c\ndeleteoldrdn: 1\nsn: x\n", .parseError, 8
      ),
      ("dn: CN=b,DC=x\ncontrol: 1.2.3 true\nchangetype: delete\n", .parseError, 5),
      ("dn: CN=b,DC=x\ncontrol: x.y\nchangetype: delete\n", .parseError, 5),
      ("dn: CN=b,DC=x\ncontrol: 1.2.3\nsn: x\n", .invalidChangeType, 4),
      ("dn: CN=b,DC=x\nphoto:< http://x/y\n", .readError, 5),
    ])
  func kinds(_ bad: String, _ type: SyncErrorType, _ line: Int) throws {
    let items = try read(Self.good + bad + "\n" + Self.good)
    #expect(items.count == 3)
    guard case .fault(let fault) = items[1], case .record(let last) = items[2] else {
      Issue.record("\(items)")
      return
    }
    #expect(fault.type == type, "\(fault)")
    #expect(fault.line == line, "\(fault)")
    #expect(!fault.hint.isEmpty)
    #expect(last.dn == "CN=a,DC=x")
  }

  @Test(
    "What a fault says has a bound, however long the line is",
    arguments: [
      "x:< %", "%:< x", "%:: !", "%: \0", "% b: c", "control: 1.%0 true\nchangetype: add",
    ], [false, true])
  func bounded(_ line: String, allowsFiles: Bool) throws {
    var options = LDIFReader.Options()
    options.allowsFileURLs = allowsFiles
    let long = String(repeating: "1", count: 300_000)
    let found = try fault("dn: CN=b,DC=x\n\(line.replacing("%", with: long))\ncn: b\n", options)
    #expect(found.message.utf8.count < 700, "\(found.message.prefix(2000))")
    #expect(found.message.contains("…") && found.attribute?.utf8.count ?? 0 < 300)
  }

  @Test("A fault names the record, not the value")
  func secrets() throws {
    let found = try fault("dn: CN=b,DC=x\nuserPassword:: Geheim!\n")
    #expect(found.dn == "CN=b,DC=x")
    #expect(found.attribute == "userPassword")
    #expect(!found.description.contains("Geheim"))
  }

  @Test(
    "A file that is visibly cut off says so",
    arguments: [
      "dn: CN=b,DC=x\nsn:: QUJD", "dn: CN=b,DC=x\nsn:: QUJ", "dn: CN=b,DC=x\nsn: b\ntelepho",
      "dn: CN=b,DC=x\nsn: b\n ", "dn: CN=b,DC=x\nsn: b\ntitle:",
      "dn: CN=b,DC=x\nchangetype: modify\nadd: sn\nsn: b\n",
      "dn: CN=b,DC=x\nchangetype: modify\nadd: sn\nsn: b",
      "dn: CN=b,DC=x\nchangetype: modrdn\nnewrdn: CN=c\n",
    ])
  func truncated(_ text: String) throws {
    let found = try fault(Self.good + text)
    #expect(found.message.contains("ends in the middle"), "\(found)")
  }

  @Test(
    "A whole file needs neither a blank line nor a line end at its end",
    arguments: [
      "dn: CN=b,DC=x\nsn: b", "dn: CN=b,DC=x\nsn: b\n", "dn: CN=b,DC=x\nsn:: QUI=",
      "dn: CN=b,DC=x\nchangetype: delete", "dn: CN=b,DC=x\nsn:\n",
      "dn: CN=b,DC=x\nchangetype: modify\nadd: sn\nsn: b\n-",
    ])
  func whole(_ text: String) throws {
    #expect(try records(Self.good + text).count == 2)
  }

  @Test("The last hyphen of a modification may be missing before a blank line")
  func missingHyphen() throws {
    let text = "dn: CN=b,DC=x\nchangetype: modify\nadd: sn\nsn: b\n\n" + Self.good
    let found = try records(text)
    #expect(found.count == 2)
    #expect(
      found[0].body == .modify([LDIFModification(.add, "sn", values: [Array("b".utf8)[...]])]))
  }

  @Test("A file in UTF-16 is told as that, once", arguments: [true, false], [true, false])
  func utf16(isLittle: Bool, hasMark: Bool) throws {
    let text =
      (hasMark ? "\u{FEFF}" : "") + "version: 1\r\n\r\n" + Self.good + "# ü\n\n\n" + Self.good
    let bytes = text.utf16.flatMap { unit -> [UInt8] in
      let pair = [UInt8(unit & 0xFF), UInt8(unit >> 8)]
      return isLittle ? pair : pair.reversed()
    }
    let items = try read(bytes)
    guard items.count == 1, case .fault(let fault) = items[0] else {
      Issue.record("\(items)")
      return
    }
    #expect(fault.message.contains("UTF-16") && fault.hint.contains("iconv") && fault.line == 1)
  }

  @Test("A version other than 1 is refused")
  func version() throws {
    #expect(try fault("version: 2\n\n" + Self.good).message.contains("version"))
    #expect(try records("version: 1\n\n" + Self.good).count == 1)
    #expect(try records("VERSION:1\n" + Self.good).count == 1)
  }

  @Test("What ldapsearch writes around the entries is passed over")
  func searchTrailer() throws {
    let text =
      "# extended LDIF\n#\n\n" + Self.good + "# search reference\nref: ldap://x/DC=y\n\n"
      + "# search result\nsearch: 2\nresult: 0 Success\n\n# numEntries: 1\n"
    #expect(try records(text).count == 1)
  }

  @Test("A search that did not end well leaves a fault")
  func failedSearch() throws {
    let text = Self.good + "search: 2\nresult: 4 Size limit exceeded\n"
    let found = try fault(text)
    #expect(found.message.contains("4 Size limit exceeded"))
    #expect(found.type == .readError)
  }

  @Test("A record above the limit is skipped up to the blank line", arguments: [64, 4096])
  func oversized(_ chunk: Int) throws {
    var options = LDIFReader.Options()
    options.maximumRecordSize = 1 << 20
    options.chunkSize = chunk
    let folder = try TemporaryFolder()
    let long = String(repeating: "x", count: 3 << 20)
    let many = String(repeating: "sn: 0123456789\n", count: 100_000)
    let path = try folder.write(
      "large.ldif",
      Self.good + "dn: CN=b,DC=x\nsn: \(long)\n\ndn: CN=c,DC=x\n\(many)\n" + Self.good)
    let items = try drain(LDIFReader(path: path, options: options))
    #expect(items.count == 4)
    guard case .fault(let line) = items[1], case .fault(let record) = items[2],
      case .record = items[3]
    else {
      Issue.record("unexpected")
      return
    }
    #expect(line.line == 4)
    #expect(record.line == 7)
    #expect(line.message.contains("1 MB"))
  }

  @Test(
    "An empty file, or one of comments, has no record",
    arguments: ["", "\n\n", "# a\n b\n", "\r\n"])
  func empty(_ text: String) throws {
    #expect(try read(text).isEmpty)
  }

  @Test("A file that is not there is an error with the system's words")
  func missing() {
    #expect(throws: LDIFFileError.self) { try LDIFReader(path: "/nonexistent/x.ldif") }
    #expect(throws: LDIFFileError(path: "/tmp", operation: "read", code: 21)) {
      try LDIFReader(path: "/tmp")
    }
  }
}
