import TestSupport
import Testing

@testable import Directory

@Suite("LDIF that was damaged on its way")
struct LDIFDamageTests {
  private static let file = """
    version: 1
    # a comment
     that goes on
    dn: CN=Ann,DC=x
    objectClass: user
    cn:: w4RubmE=
    description: long text that
      goes on
    userCertificate;binary:: AAECAw==

    dn: CN=Bob,DC=x
    control: 1.2.840.113556.1.4.805 false
    changetype: modify
    add: mail
    mail: b@x
    mail: c@x
    -
    delete: title
    -

    dn:: Q049w4RubmEsREM9eA==
    changetype: modrdn
    newrdn: CN=Anna
    deleteoldrdn: 1
    newsuperior: OU=Staff,DC=x

    dn: CN=Gone,DC=x
    changetype: delete

    """

  /// Checks what must hold for whatever is read.
  private func check(_ bytes: [UInt8], _ what: @autoclosure () -> String) throws {
    let lines = bytes.count { $0 == 0x0A } + 1
    let items = try read(bytes)
    #expect(items.count <= lines, "\(what())")
    for item in items {
      switch item {
      case .record(let record):
        #expect((1...lines).contains(record.line), "\(what())")
      case .fault(let fault):
        #expect((1...lines).contains(fault.line), "\(what())")
        #expect(
          !fault.message.isEmpty && !fault.hint.isEmpty && fault.description.utf8.count < 2000,
          "\(what())")
      }
    }
  }

  @Test(
    "A file that ends anywhere is read up to there, and no record of it is made whole by the cut")
  func cuts() throws {
    let bytes = Array(Self.file.utf8)
    let whole = try read(bytes)
    #expect(whole.count == 4)
    for end in bytes.indices {
      try check(Array(bytes[..<end]), "cut at \(end)")
      // What stands before the last blank line is read as in the whole file.
      let items = try read(Array(bytes[..<end]))
      #expect(items.count <= whole.count)
      for (item, original) in zip(items.dropLast(), whole) {
        #expect(item == original, "cut at \(end)")
      }
    }
  }

  @Test(
    "A byte that was changed, lost or doubled spoils at most the record that it stands in and its neighbour"
  )
  func changes() throws {
    let bytes = Array(Self.file.utf8)
    let whole = try read(bytes)
    for place in bytes.indices {
      for byte in [0x00, 0x0A, 0x0D, 0x20, 0x23, 0x3A, 0x3C, 0x2D, 0x7F, 0xC3, 0xFF] as [UInt8] {
        var changed = bytes
        changed[place] = byte
        try check(changed, "byte \(place) is \(byte)")
      }
      var lost = bytes
      lost.remove(at: place)
      try check(lost, "byte \(place) is gone")
      try check(bytes[..<place] + [bytes[place]] + bytes[place...], "byte \(place) is doubled")
      // The last record is far behind the first one.
      if place < 40 {
        #expect(
          try read(lost).last == whole.last.map { shifted($0, by: bytes[place] == 0x0A ? -1 : 0) },
          "byte \(place)")
      }
    }
  }

  private func shifted(_ item: LDIFReader.Item, by lines: Int) -> LDIFReader.Item {
    guard case .record(var record) = item else { return item }
    record.line += lines
    return .record(record)
  }

  @Test("Line ends of either kind, and folds anywhere, are the same file")
  func forms() throws {
    let whole = try read(Self.file).map(withoutLine)
    let windows = Self.file.split(separator: "\n", omittingEmptySubsequences: false).joined(
      separator: "\r\n")
    #expect(try read(windows).map(withoutLine) == whole)
    #expect(try read("\u{FEFF}" + Self.file).map(withoutLine) == whole)
    for width in [2, 3, 5, 20, 75] {
      let folded = Self.file.split(separator: "\n", omittingEmptySubsequences: false).map {
        line -> String in
        // A hyphen alone, a blank and a comment stay.
        guard line.utf8.count > width, !line.hasPrefix("#"), !line.hasPrefix(" ") else {
          return String(line)
        }
        var pieces: [String] = []
        var rest = Array(line.utf8)[...]
        while !rest.isEmpty {
          pieces.append(
            String(decoding: rest.prefix(pieces.isEmpty ? width : width - 1), as: UTF8.self))
          rest = rest.dropFirst(pieces.count == 1 ? width : width - 1)
        }
        return pieces.joined(separator: "\n ")
      }
      #expect(try read(folded.joined(separator: "\n")).map(withoutLine) == whole, "width \(width)")
    }
  }

  private func withoutLine(_ item: LDIFReader.Item) -> LDIFReader.Item {
    guard case .record(var record) = item else { return item }
    record.line = 1
    return .record(record)
  }

  @Test(
    "Random bytes and random lines are records or faults, and the reader comes to an end",
    arguments: 0..<20)
  func soup(seed: UInt64) throws {
    var dice = SeededRandom(seed: seed)
    let lines = [
      "dn: CN=a,DC=x", "dn:: Q049YQ==", "dn:", "cn: a", "cn:: YQ==", "cn:: *", "cn:", "cn", ":",
      "::", ":<", "cn:< file:///etc/hostname", " more", " ",
      "changetype: add", "changetype: modify", "changetype: delete", "changetype: modrdn",
      "changetype: x", "add: cn", "replace: cn", "-", "newrdn: CN=b", "deleteoldrdn: 1",
      "newsuperior: DC=y", "# c", "version: 1", "version: 2", "search: 2", "result: 0 Success",
      "result: 4", "ref: ldap://x", "control: 1.2.3 true", "control: x", "", "", "\u{0}", "é: é",
    ]
    for _ in 0..<100 {
      let text = (0..<Int.random(in: 0...20, using: &dice)).map { _ in
        lines.randomElement(using: &dice) ?? ""
      }.joined(separator: "\n")
      try check(Array(text.utf8), text)
      let bytes = (0..<Int.random(in: 0...200, using: &dice)).map { _ in
        UInt8.random(in: .min ... .max, using: &dice)
      }
      try check(bytes, "\(bytes)")
    }
  }

  @Test(
    "A fault is short though its words are of letters with very many marks",
    arguments: [
      "dn: CN=a\nchangetype: {}\n", "dn: CN=a\nchangetype: modify\n{}: cn\n-\n", "{}\n",
      "dn: CN=a\n{}: x\n", "dn: {}\ncn: x\n", "dn: CN=a\ncontrol: {} true\n", "result: 4 {}\n",
      "dn: CN=a\ncn:: {}\n",
    ])
  func marks(pattern: String) throws {
    let long = "e" + String(repeating: "\u{301}", count: 100_000)
    try check(Array(pattern.replacing("{}", with: long).utf8), pattern)
    let misfit = #expect(throws: ValueReader.Misfit.self) {
      try ValueReader(treatments: [:], singleValued: []).value(
        Array(long.utf8)[...], of: "xTestValue", .integer)
    }
    #expect((misfit?.value?.utf8.count ?? 0) < 1000)
  }
}
