import Synchronization
import TestSupport
import Testing

@testable import Directory

@Suite("Attributes that are withheld from the records of LDIF files")
struct LDIFWithholdingTests {
  /// What a function was given.
  private final class Seen: Sendable {
    let values = Mutex<[String]>([])
    func take(_ value: UnsafeRawBufferPointer?) -> [UInt8] {
      let text = value.map { String(decoding: $0, as: UTF8.self) } ?? "(none)"
      return values.withLock {
        $0.append(text)
        return Array("#\($0.count)".utf8)
      }
    }
  }

  private func records(
    _ text: String, _ withholding: LDIFWithholding
  ) throws -> [LDIFRecord] {
    try drain(LDIFReader(bytes: Array(text.utf8), withholding: withholding)).compactMap { item in
      if case .record(let record) = item { return record }
      Issue.record("\(item)")
      return nil
    }
  }

  private func taking(
    _ text: String, chunk: Int? = nil
  ) throws -> (records: [LDIFRecord], seen: [String]) {
    let seen = Seen()
    let withholding = LDIFWithholding(["secret", "other"], taking: "secret") { seen.take($0) }
    return (try records(text, withholding), seen.values.withLock { $0 })
  }

  @Test(
    "A value goes to the function, however its line is written",
    arguments: [
      "secret: hunter2", "SECRET: hunter2", "secret:hunter2", "secret:: aHVudGVyMg==",
      "secret;binary: hunter2", "secret: hun\n ter2", "sec\n ret: hunter2", "secret\n : hunter2",
      "secret:\n  hunter2", "secret:: aHVud\n GVyMg==", "secret:: aHVudGVyMg==  ",
      "s\n e\n cret: hunter2", "secret:\n :\n  aHVudGVyMg==",
      "# a comment\n secret\nsecret: hunter2",
    ])
  func forms(_ lines: String) throws {
    let (records, seen) = try taking("dn: cn=a\ncn: a\n\(lines)\nsn: b\n\ndn: cn=c\ncn: c\n")
    #expect(seen == ["hunter2"])
    try #require(records.count == 2)
    #expect(records[0].texts("secret") == ["#1"])
    #expect(records[0].texts("cn") == ["a"])
    #expect(records[0].texts("sn") == ["b"])
    #expect(records[1].texts("cn") == ["c"])
  }

  @Test("Attributes with names that are alike are not concerned")
  func alike() throws {
    let text = "dn: cn=a\nsecretary: cn=b\nsecre: c\nsec\n retary: cn=d\ns: e\n"
    let (records, seen) = try taking(text)
    #expect(seen.isEmpty)
    #expect(records[0].texts("secretary") == ["cn=b", "cn=d"])
    #expect(records[0].texts("secre") == ["c"])
    #expect(records[0].texts("s") == ["e"])
  }

  @Test("Other withheld attributes say nothing, to nobody")
  func others() throws {
    let (records, seen) = try taking("dn: cn=a\nother: one\nother:: dHdv\nsecret: three\n")
    #expect(seen == ["three"])
    #expect(records[0].texts("other") == ["withheld", "withheld"])
  }

  @Test("Changes of the attribute hold what stands for its values")
  func changes() throws {
    let text = """
      dn: cn=a
      changetype: modify
      replace: secret
      secret: one
      -
      delete: secret
      -
      add: cn
      cn: b
      -

      """
    let (records, seen) = try taking(text)
    #expect(seen == ["one"])
    guard case .modify(let parts) = try #require(records.first).body else {
      Issue.record("no modification")
      return
    }
    #expect(parts.map(\.operation) == [.replace, .delete, .add])
    #expect(parts.map(\.texts) == [["#1"], [], ["b"]])
  }

  @Test("A value that is too long is given as none", arguments: [4097, 6000, 100_000, 3_000_000])
  func tooLong(_ count: Int) throws {
    let (records, seen) = try taking(
      "dn: cn=a\nsecret: \(String(repeating: "x", count: count))\ncn: a\n\ndn: cn=b\nsecret: short\n"
    )
    #expect(seen == ["(none)", "short"])
    #expect(records[0].texts("secret") == ["#1"])
    #expect(records[0].texts("cn") == ["a"])
    #expect(records[1].texts("secret") == ["#2"])
  }

  @Test("One in thousands of short folds is put together, or given as none")
  func folds() throws {
    let folded = (0..<4000).map { _ in "\n x" }.joined()
    #expect(
      try taking("dn: cn=a\nsecret: \(folded)\n").seen == [String(repeating: "x", count: 4000)])
    let tooMany = (0..<9000).map { _ in "\n x" }.joined()
    #expect(try taking("dn: cn=a\nsecret: \(tooMany)\n").seen == ["(none)"])
  }

  @Test("Empty values stand as they stand in the file")
  func empty() throws {
    let (records, seen) = try taking("dn: cn=a\nsecret:\nsecret: \ncn: a\n")
    #expect(seen == [""])
    #expect(records[0].texts("secret") == ["", "#1"])
  }

  @Test(
    "What stands behind \":<\" is withheld: a secret, or the name of a file that nobody reads",
    arguments: [
      "secret:<Pa55word!", "secret:< file:///nowhere", "SECRET;binary:<Pa55\n word!", "secret:<",
      "secret:\n <Pa55word!",
    ], [false, true])
  func elsewhere(_ line: String, allowsFiles: Bool) throws {
    var options = LDIFReader.Options()
    options.allowsFileURLs = allowsFiles
    for withholding in [
      LDIFWithholding(["secret"]), LDIFWithholding(["secret"], taking: "secret") { _ in [0x23] },
    ] {
      let items = try drain(
        LDIFReader(
          bytes: Array("dn: cn=a\n\(line)\ncn: a\n".utf8), options: options,
          withholding: withholding))
      guard case .record(let record) = items.first, items.count == 1 else {
        Issue.record("\(items)")
        continue
      }
      #expect(record.texts("secret") == ["withheld"])
      #expect(record.texts("cn") == ["a"])
    }
  }

  @Test("Secrets are known by their numbers and in other schemas, too")
  func numbers() throws {
    let withholding = LDIFWithholding(KnownAttributes.secrets)
    for name in [
      "userPassword", "2.5.4.35", "1.2.840.113556.1.4.90", "1.3.6.1.4.1.7165.2.1.25", "ntPassword",
      "msTPM-OwnerInformation", "ipatokenOTPkey", "krbMKey", "nspmDistributionPassword",
    ] {
      let found = try records("dn: cn=a\n\(name): Geheim77\n2.5.4.3: a\n", withholding)
      #expect(found.first?.texts(AttributeName(name)) == ["withheld"], "\(name)")
      #expect(found.first?.texts("2.5.4.3") == ["a"])
    }
  }

  @Test(
    "Broken Base64 and a line that is cut off are faults as ever, without the value",
    arguments: ["secret:: aHVudGVyMg=\ncn: a\n", "secret:: !!!\n", "secret:: aHVudGVy", "secret:"])
  func faults(_ line: String) throws {
    let text = "dn: cn=a\n" + line
    let plain = try fault(text)
    let withholding = LDIFWithholding(["secret"])
    let items = try drain(LDIFReader(bytes: Array(text.utf8), withholding: withholding))
    #expect(items == [.fault(plain)])
    #expect(!"\(items)".contains("aHVud"))
  }

  @Test(
    "Records are the same as without, whatever the sizes of lines and chunks", arguments: 1...40)
  func same(_ seed: UInt64) throws {
    var dice = SeededRandom(seed: seed)
    var text = ""
    for index in 0..<20 {
      text += "dn: cn=\(index)\n"
      for _ in 0..<Int.random(in: 1...6, using: &dice) {
        let name = dice.choose(["cn", "secretary", "description", "s"])
        var line = name + ": " + String(repeating: "v", count: .random(in: 0...60, using: &dice))
        if Bool.random(using: &dice), line.count > 4 {
          let place = line.index(
            line.startIndex, offsetBy: .random(in: 1..<line.count, using: &dice))
          line.insert(contentsOf: "\n ", at: place)
        }
        text += line + "\n"
      }
      text += "\n"
    }
    let folder = try TemporaryFolder()
    let file = try folder.write("a.ldif", text)
    var options = LDIFReader.Options()
    options.chunkSize = .random(in: 16...200, using: &dice)
    let withholding = LDIFWithholding(["secret", "descr"])
    let with = try drain(LDIFReader(path: file, options: options, withholding: withholding))
    #expect(with == (try drain(LDIFReader(path: file, options: options))))
    #expect(with.count == 20)
  }
}
