import Foundation
import Testing

@testable import Workspace

@Suite("Putting several files in place together")
struct FileReplacementTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "replacement-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func read(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test("New files are there, and what they replace is kept under another name")
  func replaces() throws {
    try withFolder { folder in
      try Data("old".utf8).write(to: URL(fileURLWithPath: folder + "/a"))
      try Data("older".utf8).write(to: URL(fileURLWithPath: folder + "/a.old1"))
      try Data("gone".utf8).write(to: URL(fileURLWithPath: folder + "/c"))
      var replacement = FileReplacement()
      replacement.put("new a", at: folder + "/a")
      replacement.put("new b", at: folder + "/b")
      replacement.retire(folder + "/c")
      let kept = try replacement.run()
      #expect(Set(kept) == [folder + "/a.old2", folder + "/c.old1"])
      #expect(read(folder + "/a") == "new a")
      #expect(read(folder + "/b") == "new b")
      #expect(read(folder + "/a.old1") == "older")
      #expect(read(folder + "/a.old2") == "old")
      #expect(read(folder + "/c.old1") == "gone")
      #expect(read(folder + "/c") == nil)
    }
  }

  @Test("If one can't be written, nothing has changed and no draft is left")
  func fails() throws {
    try withFolder { folder in
      try Data("old".utf8).write(to: URL(fileURLWithPath: folder + "/a"))
      var replacement = FileReplacement()
      replacement.put("new a", at: folder + "/a")
      replacement.put("new b", at: folder + "/missing/b")
      #expect(throws: WorkspaceError.self) { try replacement.run() }
      #expect(read(folder + "/a") == "old")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a"])
    }
  }

  @Test("If one can't be put in place after others were, those are undone")
  func undone() throws {
    try withFolder { folder in
      try Data("old".utf8).write(to: URL(fileURLWithPath: folder + "/a"))
      var replacement = FileReplacement()
      replacement.put("first", at: folder + "/a")
      // Both drafts have one name: the second finds its draft moved away.
      replacement.put("second", at: folder + "/a")
      #expect(throws: WorkspaceError.self) { try replacement.run() }
      #expect(read(folder + "/a") == "old")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a"])
    }
  }
}
