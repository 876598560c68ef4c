import Foundation
import Testing

@testable import Workspace

@Suite("Whose new files in another account's folder are", .enabled(if: geteuid() == 0))
struct InheritedOwnerTests {
  private let other: uid_t = 65_534

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "inherited-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func owner(_ path: String) -> uid_t? {
    var found = stat()
    return stat(path, &found) == 0 ? found.st_uid : nil
  }

  @Test("A file where none was is the folder's owner's, for that one only")
  func newFile() throws {
    try withFolder { folder in
      chown(folder, other, other)
      var replacement = FileReplacement()
      replacement.put("rules", at: folder + "/a.toml")
      let kept = try replacement.run()
      #expect(kept.isEmpty)
      #expect(owner(folder + "/a.toml") == other)
      var found = stat()
      #expect(stat(folder + "/a.toml", &found) == 0 && found.st_mode & 0o777 == 0o600)
    }
  }

  @Test("In a folder of root's it is its writer's")
  func ofRoot() throws {
    try withFolder { folder in
      var replacement = FileReplacement()
      replacement.put("rules", at: folder + "/a.toml")
      let kept = try replacement.run()
      #expect(kept.isEmpty)
      #expect(owner(folder + "/a.toml") == geteuid())
    }
  }

  @Test("Rules that are put into a workspace are its owner's, with the folders that they need")
  func rules() throws {
    try withFolder { folder in
      chown(folder, other, other)
      let rules = folder + "/conf/rules"
      let kept = try WorkspaceCreation(folder: folder).makeRules(
        in: rules, rules: "# rules", examples: "# examples")
      #expect(kept.isEmpty)
      for path in ["/conf", "/conf/rules", "/conf/rules/standard.toml", "/conf/rules/tests"] {
        #expect(owner(folder + path) == other, "\(path)")
      }
      #expect(owner(rules + "/tests/standard.toml") == other)
    }
  }
}
