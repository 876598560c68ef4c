import Cells
import Directory
import TestSupport
import Testing

@testable import SyncStore
@testable import lockstep

@Suite("What people are advised to type")
struct AdviceTests {
  /// Names that lockstep.toml takes for a connector: one line of text.
  private static let names =
    HostileText.names.filter { name in
      name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } && Sanitizer.drawable(name) == name
    } + ["contoso.test", "My forest", "it's", "$(id)", "a;b", "-x", "`id`", "a&b", "~", "a|b"]

  /// The words behind `lead` in the only line that has it.
  private func words(_ report: Report, behind lead: String) throws -> [[Unicode.Scalar]] {
    let lines = try report.text(as: .text, width: nil).split(separator: "\n")
      .filter { $0.contains(lead) }
    try #require(lines.count == 1)
    let range = try #require(lines[0].firstRange(of: lead))
    return try #require(ShellWords.words(String(lines[0][range.upperBound...])), "\(lines[0])")
  }

  @Test("A connector's name is one word of the command that lets its import go", arguments: names)
  func release(name: String) throws {
    for kind in ["deletes", StoreTransaction.ImportHold.behind] {
      let held = HeldImport(
        connector: name, kind: kind, count: 1, message: "told less", since: .sample,
        releasedBy: nil)
      let report = HeldReport.make(groups: [], imports: [held], releases: [])
      let words = try words(report, behind: "lockstep release import ")
      #expect(words == [Array(name.unicodeScalars)])
    }
  }

  @Test("… and of the one that lets its deletes go", arguments: names)
  func deletes(name: String) throws {
    var row = ConnectorRow(
      id: 1, name: name, type: "ldap", isSource: false, summary: "", objects: 1, connectors: 1,
      disconnectors: 0, pendingImports: 0, pendingExports: 0, heldDeletes: 3, objectsInError: 0,
      lastSteps: [])
    let words = try words(ConnectorsReport.make([row]), behind: "lockstep release-deletes ")
    #expect(words == [Array(name.unicodeScalars)])
    row.heldDeletes = 0
    #expect(
      try !ConnectorsReport.make([row]).text(as: .text, width: nil).contains("release-deletes"))
  }

  @Test("The running step fits the terminal with the word before it", arguments: [30, 40, 80, 200])
  func now(width: Int) throws {
    for name in ["ad", "山田太郎の会社の目録", String(repeating: "x", count: 90)] {
      var progress = RunProgress.sample(done: 4711, total: 1_000_000, rate: 250, phase: "staging")
      progress.step.connector = name
      let report = StatusReport.make(.sample, progress: progress, due: [])
      let line = try #require(report.lines(width).first { $0.hasPrefix("Now: ") })
      #expect(TextWidth.of(line) <= width, "\(line)")
      #expect(TextWidth.of(line) > width - 8 || !line.hasSuffix("…"))
    }
  }

  @Test(
    "No figure of a running step ends the program", arguments: [0, 1, .infinity, .nan, -1, 1e300])
  func figures(number: Double) {
    for total in [nil, 0, 5, .max] as [Int?] {
      var progress = RunProgress.sample(done: 3, total: total, rate: number)
      progress.quotaUsed = number
      #expect(TextWidth.of(ProgressText.line(progress, width: 60)) <= 60)
    }
  }
}
