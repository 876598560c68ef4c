import Foundation
import Testing

@testable import SyncStore
@testable import Workspace
@testable import lockstep

@Suite("What programs are told where there is no answer", .enabled(if: Bench.areBuilt))
struct RefusedAnswerTests {
  private func withStore(_ body: (Bench) throws -> Void) throws {
    try Bench.use { bench in
      try WorkspaceCreation(folder: bench.folder).make(rules: Bench.oneRule, token: "x")
      try SyncStore.open(file: bench.folder + "/store.sqlite").close()
      try body(bench)
    }
  }

  @Test("With --json it is an object with error and exitStatus, whichever program refuses")
  func json() throws {
    try withStore { bench in
      for arguments in [
        ["rules", "show", "nosuch"], ["rules", "lint", "nosuch"], ["rules", "diff", "nosuch"],
        ["rules", "test", "nosuch.toml"], ["rules", "import", "nosuch"], ["expression", "1+"],
        ["expression"], ["users", "--state", "nonsense"], ["history", "--limit", "0"],
      ] {
        let answer = try bench.run(arguments + ["--json"])
        let value = try? JSONSerialization.jsonObject(with: Data(answer.output.utf8))
        let json = try #require(value as? [String: Any], "\(arguments): \(answer.output)")
        #expect(json["exitStatus"] as? Int == Int(answer.status), "\(arguments)")
        #expect((json["error"] as? String)?.isEmpty == false, "\(arguments)")
        #expect(!answer.errors.isEmpty && answer.status != 0, "\(arguments)")
        #expect(try bench.run(arguments).output.isEmpty, "\(arguments)")
      }
    }
  }

  @Test("What is asked for by a name or a number that there is not is told as such")
  func notFound() throws {
    try withStore { bench in
      for arguments in [
        ["errors", "--connector", "contoso.tset"], ["history", "--connector", "nosuch"],
        ["history", "Ann", "--connector", "nosuch"], ["held", "--group", "999"],
        ["password-sync", "batches", "--batch", "99999"],
      ] {
        let answer = try bench.run(arguments)
        #expect(answer.status == ExitStatus.notFound.rawValue, "\(arguments): \(answer.errors)")
        #expect(answer.output.isEmpty, "\(arguments)")
      }
      #expect(try bench.run("errors", "--filter", "x").output == "No error passes the filter.\n")
      #expect(try bench.run("errors").output == "No object has an error.\n")
    }
  }

  @Test("Options that would have no effect are refused")
  func ignored() throws {
    try withStore { bench in
      for arguments in [
        ["rules", "list", "--json", "--csv"], ["events", "--event", "1", "--id", "650"],
        ["events", "--event", "1", "--level", "error"], ["errors", "--families", "--limit", "5"],
        ["show", "--limit", "5"],
      ] {
        let answer = try bench.run(arguments)
        #expect(answer.status == ExitStatus.usage.rawValue, "\(arguments): \(answer.errors)")
      }
    }
  }

  private static func row(_ name: String) -> ConnectorRow {
    ConnectorRow(
      id: 1, name: name, type: "ldif", isSource: true, summary: "", objects: 0, connectors: 0,
      disconnectors: 0, pendingImports: 0, pendingExports: 0, heldDeletes: 0, objectsInError: 0,
      lastSteps: [])
  }

  @Test("A connector is found in any case, and told as the store spells it")
  func spelling() throws {
    let store = FakeStore { $0.connectors = [Self.row("Contoso.test")] }
    #expect(try store.spelled(connector: "contoso.TEST") == "Contoso.test")
    #expect(try store.spelled(connector: "gone") == "gone")
    #expect(try store.connector(named: "contoso.test").name == "Contoso.test")
    let error = #expect(throws: WorkspaceError.self) { try store.connector(named: "contoso.tset") }
    #expect(error?.status == .notFound && error?.hint.contains("Contoso.test") == true)
  }
}
