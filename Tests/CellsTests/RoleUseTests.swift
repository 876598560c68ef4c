import Cells
import Foundation
import Testing

@Suite("Roles and what is drawn")
struct RoleUseTests {
  @Test("every role is drawn by something: a theme has none that means nothing")
  func used() throws {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    let sources = folder.appending(path: "Sources")
    let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
    var text = ""
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift", !file.path.contains("/Terminal/"),
        ["Cells", "Console", "lockstep"].contains(where: { file.path.contains("/Sources/\($0)/") }),
        file.lastPathComponent != "Role.swift"
      else { continue }
      text += try String(contentsOf: file, encoding: .utf8)
    }
    #expect(!text.isEmpty)
    // The selection is drawn by the cells' flag, which the theme turns into this role.
    for role in Role.allCases where role != .selection {
      #expect(text.contains(".\(role)"), "\(role.name)")
    }
  }
}
