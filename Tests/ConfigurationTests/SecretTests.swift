import Configuration
import Testing

private func reveal(_ secret: Secret) -> String { secret.withValue { $0 } }

@Suite("Secrets")
struct SecretTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func resolve(_ file: String) throws -> String {
    reveal(try SecretReference(.file(file)).resolve(relativeTo: folder.path))
  }

  private func message(_ file: String) -> String {
    do { return "no error: " + (try resolve(file)) } catch { return "\(error)" }
  }

  @Test("never show themselves")
  func hidden() {
    struct Holder { var token: Secret }
    let secret = Secret("hunter2")
    let holder = Holder(token: secret)
    var dumped = ""
    dump(holder, to: &dumped)
    let texts = [
      "\(secret)", String(reflecting: secret), String(describing: holder),
      String(reflecting: holder), dumped, "\([secret])", "\(Optional(secret) as Any)",
    ]
    for text in texts {
      #expect(!text.contains("hunter2"))
      #expect(text.contains("(secret)"))
    }
    #expect(Mirror(reflecting: secret).children.isEmpty)
    #expect(reveal(secret) == "hunter2")
  }

  @Test("come from a file that only its owner reads, without its line break")
  func file() throws {
    _ = try folder.write("token", Array("s3cret\r\n".utf8))
    #expect(try resolve("token") == "s3cret")
    #expect(try resolve(folder.path + "/token") == "s3cret")
    _ = try folder.write("readonly", Array("x y".utf8), mode: 0o400)
    #expect(try resolve("readonly") == "x y")
  }

  @Test(
    "in a file that others may read are refused", arguments: [0o640, 0o604, 0o660, 0o620, 0o601])
  func open(mode: Int) throws {
    let file = try folder.write("token", Array("s3cret".utf8), mode: .init(mode))
    #expect(
      message("token")
        == "The secret file \(file) is open to others than its owner (run: chmod 600 \(file))")
  }

  @Test("of several lines are keys in PEM, where one is asked for", arguments: ["\n", "\r\n"])
  func key(lineBreak: String) throws {
    let lines = [
      "-----BEGIN PRIVATE KEY-----", "MC4CAQAwBQYDK2VwBCIEIA", "-----END PRIVATE KEY-----",
    ]
    let text = lines.joined(separator: lineBreak)
    _ = try folder.write("k.pem", Array((text + lineBreak).utf8))
    var reference = SecretReference(.file("k.pem"))
    #expect(message("k.pem").contains("not one line of text"))
    reference.form = .pem
    #expect(reveal(try reference.resolve(relativeTo: folder.path)) == text)
    let certificate = text.replacing("PRIVATE KEY", with: "CERTIFICATE")
    for other in [
      "MC4CAQAwBQYDK2VwBCIEIA\n", "", text.replacing("MC4C", with: "M\u{0}C4C"), certificate,
    ] {
      _ = try folder.write("k.pem", Array(other.utf8))
      let error = #expect(throws: ConfigurationError.self) {
        _ = try reference.resolve(relativeTo: folder.path)
      }
      #expect(error?.message.contains("not a key in PEM") == true)
      #expect(error.map { !"\($0)".contains("MC4C") } == true)
    }
    // Tools write what they know of a key before it, and old ones name its kind.
    let old = "Bag Attributes\n" + text.replacing("PRIVATE", with: "RSA PRIVATE")
    _ = try folder.write("k.pem", Array(old.utf8))
    #expect(reveal(try reference.resolve(relativeTo: folder.path)) == old)
    _ = try folder.write("k.pem", Array(text.utf8), mode: 0o644)
    #expect(throws: ConfigurationError.self) { try reference.resolve(relativeTo: folder.path) }
  }

  @Test("are refused when absent, empty, or more than a line")
  func unusable() throws {
    #expect(message("none").contains("No such file"))
    _ = try folder.write("empty", Array(" \n\n".utf8))
    _ = try folder.write("lines", Array("one\ntwo\n".utf8))
    _ = try folder.write("bytes", [0x61, 0xFF])
    for name in ["empty", "lines", "bytes"] {
      #expect(message(name).contains("is empty or not one line of text"))
      #expect(!message(name).contains("two"))
    }
  }

  @Test("come from the environment")
  func environment() throws {
    let reference = SecretReference(.environment("TOKEN"))
    let found = try reference.resolve(relativeTo: "/") { $0 == "TOKEN" ? "abc" : nil }
    #expect(reveal(found) == "abc")
    let error = #expect(throws: ConfigurationError.self) {
      try reference.resolve(relativeTo: "/") { _ in nil }
    }
    #expect(error?.message == "The environment variable TOKEN is not set or empty")
  }

  @Test("are named by one key of two")
  func keys() throws {
    let table = try TOMLTable.parse(
      "token_file = \"t\"\nkey_environment = \"K\"\na_file = \"x\"\na_environment = \"y\"\n",
      file: "s.toml")
    #expect(try table.secret("token").source == .file("t"))
    #expect(try table.secret("key").source == .environment("K"))
    #expect(try table.secret("key").place?.line == 2)
    #expect(try table.optionalSecret("other") == nil)
    #expect(throws: ConfigurationError.self) { try table.secret("other") }
    let both = #expect(throws: ConfigurationError.self) { try table.secret("a") }
    #expect(both?.description.hasPrefix("s.toml:4:1: ") == true)
  }

  @Test("that can't be had name the place of the reference")
  func place() throws {
    let table = try TOMLTable.parse("\ntoken_file = \"none\"\n", file: "s.toml")
    let reference = try table.secret("token")
    let error = #expect(throws: ConfigurationError.self) {
      try reference.resolve(relativeTo: folder.path)
    }
    #expect(error?.place?.description == "s.toml:2:1")
  }
}
