import Console
import Foundation
import Testing

@testable import lockstep

@Suite("The file of what a person chose")
struct PreferencesFileTests {
  private let folder: String
  private var path: String { folder + "/console.toml" }

  init() throws {
    folder =
      FileManager.default.temporaryDirectory.appending(path: "kept-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private func preferences(_ searches: [String: String]) -> ConsolePreferences {
    ConsolePreferences(theme: "terminal", view: .metaverse, searches: searches)
  }

  private func searches() throws -> [String: String] {
    ConsolePreferences.read(try String(contentsOfFile: path, encoding: .utf8)).searches
  }

  @Test("Only its owner may read it: what lists are narrowed to are names of people")
  func mode() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var file = PreferencesFile(path: path)
    file.write(preferences(["a": "type:person"]))
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
    #expect(mode as? Int == 0o600)
  }

  @Test("A link in its place is replaced, and where it leads nothing is changed")
  func link() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let other = folder + "/other"
    try "x".write(toFile: other, atomically: true, encoding: .utf8)
    chmod(other, 0o644)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: other)
    var file = PreferencesFile(path: path)
    file.write(preferences(["a": "type:person"]))
    #expect(try searches() == ["a": "type:person"])
    #expect(try String(contentsOfFile: other, encoding: .utf8) == "x")
    let mode = try FileManager.default.attributesOfItem(atPath: other)[.posixPermissions]
    #expect(mode as? Int == 0o644)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        == ["console.toml", "other"])
  }

  @Test("Two consoles erase nothing of what the other keeps, and each can drop its own")
  func two() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var (one, other) = (PreferencesFile(path: path), PreferencesFile(path: path))
    let (mine, others) = (one.read(), other.read())
    #expect(mine == ConsolePreferences.Kept() && others == ConsolePreferences.Kept())
    one.write(preferences(["a": "type:person"]))
    other.write(preferences(["b": "type:group"]))
    #expect(try searches() == ["a": "type:person", "b": "type:group"])
    one.write(preferences([:]))
    #expect(try searches() == ["b": "type:group"])
    // What the other added is none of this one's, which does not drop it by not knowing it.
    one.write(preferences(["c": "x"]))
    #expect(try searches() == ["b": "type:group", "c": "x"])
    var third = PreferencesFile(path: path)
    let kept = third.read()
    #expect(kept.searches == ["b": "type:group", "c": "x"])
    third.write(preferences(["b": "type:group"]))
    #expect(try searches() == ["b": "type:group"])
  }

  @Test("The last console's view is shown first, but what was asked for is of the view it is for")
  func firstView() {
    var setup = ConsoleSetup(
      storeFile: "", preferencesFile: "", exportFolder: "", requestedBy: "console ann")
    #expect(setup.firstView(leftLast: nil) == .operations)
    #expect(setup.firstView(leftLast: .users) == .users)
    setup.filter = "errors>0"
    #expect(setup.firstView(leftLast: .users) == .operations)
    setup.view = .events
    #expect(setup.firstView(leftLast: .users) == .events)
  }

  @Test("A file that is gone is written anew, whole; a folder that is gone is no error")
  func gone() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var file = PreferencesFile(path: path)
    file.write(preferences(["a": "1"]))
    try FileManager.default.removeItem(atPath: path)
    file.write(preferences(["a": "1", "b": "2"]))
    #expect(try searches() == ["a": "1", "b": "2"])
    try FileManager.default.removeItem(atPath: folder)
    file.write(preferences(["a": "1"]))
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
