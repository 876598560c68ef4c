import Foundation
import Glibc
import ProgramTesting
import Secrets
import Testing

@testable import SecretScanning

@Suite("The search for secrets", .serialized)
struct SecretScanTests {
  private func letters(_ count: Int) -> String {
    String((0..<count).map { _ in Character(Unicode.Scalar(UInt8.random(in: 97...122))) })
  }

  /// The forms in which an administrator or a programmer would write them.
  private func written(_ password: String) -> [String] {
    let hash = PasswordHash.ntHash(of: password).withBytes { Data($0) }
    let hex = hash.map { String(format: "%02x", $0) }.joined()
    let wide = password.data(using: .utf16LittleEndian) ?? Data()
    return [
      password, hex, hex.uppercased(), hash.base64EncodedString(),
      Data(hex.utf8).base64EncodedString(), Data(hex.uppercased().utf8).base64EncodedString(),
      Data(password.utf8).base64EncodedString(), wide.base64EncodedString(),
      Data("user:\(password)".utf8).base64EncodedString(),
      Data("ab\(password)".utf8).base64EncodedString(),
      Data(password.utf8).map { String(format: "%02X", $0) }.joined(),
      wide.map { String(format: "%02x", $0) }.joined(),
    ]
  }

  private func scan(_ password: String) -> SecretScan {
    SecretScan([
      .password(password, name: "ann"),
      .hash(PasswordHash.ntHash(of: password), name: "ann"),
    ])
  }

  @Test("Every form is found in a text, and said by name without the secret", arguments: 0..<12)
  func forms(_ index: Int) {
    let password = letters(14)
    let scan = scan(password)
    let found = scan.findings(inText: "{\"value\": \"" + written(password)[index] + "\"}")
    #expect(!found.isEmpty)
    for finding in found {
      #expect(finding.description.contains("of ann as "))
      #expect(!finding.description.contains(password))
    }
    #expect(scan.findings(inText: "nothing of it: " + letters(2000)).isEmpty)
  }

  @Test("Raw bytes and UTF-16 are found in files, at any place, and in folders below")
  func files() throws {
    let password = letters(12)
    let scan = scan(password)
    let folder = FileManager.default.temporaryDirectory.appending(path: "scan-" + letters(12))
    let inner = folder.appending(path: "inner")
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let wide = try #require(password.data(using: .utf16LittleEndian))
    let hash = PasswordHash.ntHash(of: password).withBytes { Data($0) }
    // On the border of two windows, and at the end.
    for (name, secret, before) in [
      ("a.db", hash, (1 << 20) - 7), ("b.wal", wide, 12_345), ("c.key", hash, 0),
    ] {
      let file = inner.appending(path: name)
      var data = Data((0..<before).map { _ in UInt8.random(in: 128...255) })
      data += secret
      try data.write(to: file)
      #expect(scan.findings(inFile: file.path).count == 1, "\(name)")
    }
    #expect(scan.findings(inFolder: folder.path).count == 3)
    #expect(scan.findings(inFolder: folder.path, except: [".key"]).count == 2)
    #expect(scan.findings(inFile: folder.path + "/none").isEmpty)
  }

  @Test("A secret is found in a process's memory and in its core dump while it is there")
  func processes() throws {
    let password = letters(16)
    let scan = scan(password)
    // A process that has it: a shell that was given it as a variable.
    let log = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    let pid = try #require(
      Programs.start(
        ["/bin/sh", "-c", "echo ready; while :; do sleep 1; done"],
        environment: ["SECRET": password], log: log))
    defer {
      Programs.end(pid)
      try? FileManager.default.removeItem(atPath: log)
    }
    // It speaks: so it is through with its start.
    #expect(Programs.await("ready", in: log))
    #expect(try !scan.findings(inProcess: pid).isEmpty)
    #expect(try self.scan(letters(16)).findings(inProcess: pid).isEmpty)
    if SecretScan.canDump {
      #expect(try !scan.findings(inCoreOf: pid).isEmpty)
      #expect(try self.scan(letters(16)).findings(inCoreOf: pid).isEmpty)
    }
    #expect(kill(pid, 0) == 0, "it goes on")
  }

  @Test("In one's own memory the search does not find itself")
  func own() throws {
    let masked = (0..<16).map { _ in UInt8.random(in: 0...255) ^ KnownSecret.mask }
    func hash() -> SecretBytes {
      SecretBytes(
        masked, changedBy: { memory in for index in 0..<16 { memory[index] ^= KnownSecret.mask } })
    }
    var live: SecretBytes? = hash()
    let scan = SecretScan([.hash(hash(), name: "it")])
    let found = try scan.findings(inProcess: getpid())
    #expect(found.contains { $0.secret == "hash of it as bytes" })
    withExtendedLifetime(live) {}
    live = nil
  }

  @Test("A process that is not there can't be looked through")
  func gone() {
    #expect(throws: SecretScan.Hindrance.self) {
      try scan("password1").findings(inProcess: 4_194_305)
    }
  }

  @Test("Thousands of secrets are looked for in one go")
  func many() {
    let passwords = (0..<2000).map { _ in letters(12) }
    let scan = SecretScan(
      passwords.map { .hash(PasswordHash.ntHash(of: $0), name: $0.prefix(2).description) })
    var text = String(repeating: "0123456789abcdef", count: 500_000)
    #expect(scan.findings(inText: text).isEmpty)
    text += written(passwords[1999])[1]
    #expect(scan.findings(inText: text).count == 1)
  }
}
