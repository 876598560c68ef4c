import Foundation
import Testing

@testable import Configuration

@Suite("A secret file of another account", .enabled(if: geteuid() == 0))
struct SecretOwnerTests {
  @Test("is refused with the account to run the program as, before a change of its owner is named")
  func others() throws {
    let file = NSTemporaryDirectory() + "secret-" + UUID().uuidString
    try Data("s3cret".utf8).write(to: URL(fileURLWithPath: file))
    defer { unlink(file) }
    chmod(file, 0o600)
    chown(file, 65_534, 65_534)
    let name = AccountName.of(65_534)
    let error = #expect(throws: ConfigurationError.self) {
      try SecretReference(.file(file)).resolve(relativeTo: "/")
    }
    #expect(error?.message.contains("belongs to \(name), and this runs as") == true)
    #expect(error?.hint.hasPrefix("run it as \(name): sudo -u '\(name)'") == true)
  }

  @Test("An account without a name is told by its number")
  func number() {
    #expect(AccountName.of(0) == "root")
    #expect(AccountName.of(3_999_999_901) == "#3999999901")
  }
}
