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
      // In the order in which it was done: nothing goes before all that is new is there.
      #expect(kept == [folder + "/a.old2", folder + "/c.old1"])
      #expect(read(folder + "/a") == "new a")
      #expect(read(folder + "/b") == "new b")
      #expect(read(folder + "/a.old1") == "older")
      #expect(read(folder + "/a.old2") == "old")
      #expect(read(folder + "/c.old1") == "gone")
      #expect(read(folder + "/c") == nil)
    }
  }

  @Test("A replaced file keeps mode and link, and its place is never empty")
  func keepsMode() throws {
    try withFolder { folder in
      let real = folder + "/real"
      try Data("old".utf8).write(to: URL(fileURLWithPath: real))
      chmod(real, 0o644)
      if geteuid() == 0 { chown(real, 65_534, 65_534) }
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/a", withDestinationPath: "real")
      var before = stat()
      #expect(stat(real, &before) == 0)
      var replacement = FileReplacement()
      replacement.put("new", at: folder + "/a", replacing: "old")
      let kept = try replacement.run()
      #expect(kept == [real + ".old1"])
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/a") == "real")
      #expect(read(real) == "new")
      var after = stat()
      var old = stat()
      #expect(stat(real, &after) == 0 && stat(real + ".old1", &old) == 0)
      #expect(after.st_mode == before.st_mode)
      #expect(after.st_uid == before.st_uid && after.st_gid == before.st_gid)
      // It got a second name, and was not moved away.
      #expect(old.st_ino == before.st_ino)
    }
  }

  @Test("What another has written meanwhile is not replaced")
  func changed() throws {
    try withFolder { folder in
      try Data("old".utf8).write(to: URL(fileURLWithPath: folder + "/a"))
      try Data("other".utf8).write(to: URL(fileURLWithPath: folder + "/b"))
      var replacement = FileReplacement()
      replacement.put("new a", at: folder + "/a", replacing: "old")
      replacement.put("new b", at: folder + "/b", replacing: "as it was read")
      replacement.put("new c", at: folder + "/c")
      let error = #expect(throws: WorkspaceError.self) { try replacement.run() }
      #expect(error?.message.contains(folder + "/b was changed by another") == true)
      #expect(read(folder + "/a") == "old")
      #expect(read(folder + "/b") == "other")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a", "b"])
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
      for name in ["a", "c"] {
        try Data("old \(name)".utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
      }
      var replacement = FileReplacement()
      replacement.put("new a", at: folder + "/a")
      replacement.put("new b", at: folder + "/b")
      replacement.retire(folder + "/c")
      // Nobody can give this another name.
      replacement.retire("/proc/self/status")
      #expect(throws: WorkspaceError.self) { try replacement.run() }
      #expect(read(folder + "/a") == "old a")
      #expect(read(folder + "/c") == "old c")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a", "c"])
    }
  }

  @Test("Two texts for one place are refused before anything is done", arguments: [true, false])
  func doubles(_ isThere: Bool) throws {
    try withFolder { folder in
      let names = isThere ? ["a"] : []
      for name in names {
        try Data("old".utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
      }
      var replacement = FileReplacement()
      replacement.put("first", at: folder + "/a")
      replacement.put("second", at: folder + "/a")
      let error = #expect(throws: WorkspaceError.self) { try replacement.run() }
      #expect(error?.message.contains("two files are meant for its place") == true)
      #expect(read(folder + "/a") == (isThere ? "old" : nil))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == names)
    }
  }
}
