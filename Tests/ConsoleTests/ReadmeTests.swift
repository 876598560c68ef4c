import Cells
import Foundation
import Testing

@testable import Console

@Suite("What the README says of the console")
struct ReadmeTests {
  private static let lines: [String] = {
    var file = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { file.deleteLastPathComponent() }
    let text = try? String(contentsOf: file.appending(path: "README.md"), encoding: .utf8)
    return text?.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) ?? []
  }()

  @Test("the table of keys is the one that dispatches them")
  func keys() throws {
    let begin = try #require(Self.lines.firstIndex(of: "<!-- keys -->"))
    let end = try #require(Self.lines.firstIndex(of: "<!-- /keys -->"))
    let written = Self.lines[(begin + 1)..<end]
    let actual = KeyBindings().markdown
    #expect(written.count == actual.count, "Scripts/pictures writes the table anew")
    for (one, other) in zip(written, actual) { #expect(one == other) }
  }

  @Test("every key that its text names is one of the table's")
  func named() {
    let known = Set(KeyBindings().actions.flatMap { $0.keys.map(\.name) })
    let text = Self.lines.filter { $0.hasPrefix("- ") || $0.hasPrefix("  ") }
    let named = text.flatMap { line in
      line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        .filter { $0.offset % 2 == 1 && $0.element.count == 1 }.map { String($0.element) }
    }
    #expect(named.count > 10)
    for key in named where key != "!" { #expect(known.contains(key), "\(key)") }
  }

  @Test("the table of a theme's roles names each of them once, and nothing else")
  func roles() throws {
    let begin = try #require(Self.lines.firstIndex(of: "<!-- roles -->"))
    let end = try #require(Self.lines.firstIndex(of: "<!-- /roles -->"))
    let named = Self.lines[(begin + 3)..<end].flatMap { line in
      (line.split(separator: "|").first ?? "").split(
        separator: "`", omittingEmptySubsequences: false
      ).enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
    #expect(named.sorted() == Role.allCases.map(\.name).sorted())
  }
}
