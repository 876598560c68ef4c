import Console
import Foundation
import Testing

@testable import lockstep

@Suite("What a person chose while somebody holds the folder")
struct HeldFolderTests {
  @Test("is not waited for, and is written with the next choice or at the end")
  func held() throws {
    let folder =
      FileManager.default.temporaryDirectory.appending(path: "held-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/console.toml"
    func kept() -> [String: String]? {
      (try? String(contentsOfFile: path, encoding: .utf8)).map {
        ConsolePreferences.read($0).searches
      }
    }
    func preferences(_ searches: [String: String]) -> ConsolePreferences {
      ConsolePreferences(theme: "terminal", view: .metaverse, searches: searches)
    }
    var file = PreferencesFile(path: path)
    let holder = open(folder, O_RDONLY | O_CLOEXEC)
    #expect(flock(holder, LOCK_EX) == 0)
    file.write(preferences(["a": "x"]))
    #expect(kept() == nil)
    flock(holder, LOCK_UN)
    file.writeMissed()
    #expect(kept() == ["a": "x"])
    flock(holder, LOCK_EX)
    file.write(preferences(["a": "x", "b": "y"]))
    close(holder)
    file.write(preferences(["a": "x", "b": "y", "c": "z"]))
    #expect(kept() == ["a": "x", "b": "y", "c": "z"])
    file.writeMissed()
    #expect(kept() == ["a": "x", "b": "y", "c": "z"])
  }
}
