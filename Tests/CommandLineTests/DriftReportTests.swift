import Directory
import Foundation
import Testing

@testable import SyncStore
@testable import Workspace
@testable import lockstep

@Suite("The report of a verification")
struct DriftReportTests {
  private func store(
    _ counts: [(String, Int)], result: String = "success", dn: String = "CN=Ann,DC=x"
  ) -> FakeStore {
    FakeStore { content in
      content.steps = [.sample(4, connector: "tenant", result: result)]
      content.counters = [
        4: counts.map { name, count in
          CounterRow(
            group: .drift, name: name, title: "", count: count, hasDetail: name != "drift-none")
        }
      ]
      content.changes = [
        StepChangeRow(
          id: 1, objectID: 7, dn: dn, display: "Ann", objectType: "user", connector: "tenant",
          reason: "changed at the target")
      ]
      content.deltas = [
        1: [
          AttributeDelta(name: "title", before: ["=Clerk"], after: ["Engineer"]),
          AttributeDelta(name: "proxies", before: [], after: ["1", "2", "3", "4", "5", "6", "7"]),
        ]
      ]
      content.messages = result.hasPrefix("stopped") ? [4: ("The tenant is away", "Start it")] : [:]
    }
  }

  private func outcome(_ store: FakeStore, limit: Int = 50) throws -> DriftOutcome {
    let run = try #require(try store.operation(step: 4)).runID
    return try DriftOutcome(run: run, store, limit: limit)
  }

  private func text(_ outcome: DriftOutcome) throws -> String {
    try DriftReport.make([outcome]).text(asJSON: false, width: nil)
  }

  @Test("It names each attribute with what the target shows and what the rules want")
  func different() throws {
    let found = try outcome(
      store([("drift-none", 8), ("drift-different", 1), ("drift-attributes", 2)]))
    #expect(
      try text(found) == """
        tenant: 8 of 9 objects are as the rules want them; 0 are missing, 1 differ, 0 should be \
        gone; 2 attributes in all.
        different user 7, Ann (CN=Ann,DC=x): changed at the target
          title: target "=Clerk", rules "Engineer"
          proxies: target nothing, rules "1", "2", "3", "4", "5" and 2 more

        """)
    #expect(DriftOutcome.status(of: [found]) == .drift)
  }

  @Test("Where nothing differs it says so in a line, and the status is 0")
  func nothing() throws {
    let found = try outcome(store([("drift-none", 8), ("drift-unmanaged", 3)]))
    #expect(
      try text(found)
        == "tenant: all 8 objects are as the rules want them. 3 others are there that no rule "
        + "wants.\n")
    #expect(DriftOutcome.status(of: [found]) == .success)
  }

  @Test("A target that could not be read says why, and that is no drift")
  func stopped() throws {
    let found = try outcome(store([], result: "stopped-connectivity"))
    #expect(
      try text(found)
        == "tenant could not be compared (stopped-connectivity): The tenant is away. Start it\n")
    #expect(DriftOutcome.status(of: [found]) == .stopped)
    #expect(DriftOutcome.status(of: []) == .notFound)
  }

  @Test("Objects that could not be read are an outcome of their own where nothing differs")
  func unreadable() throws {
    let found = try outcome(store([("drift-none", 8)], result: "completed-discovery-errors"))
    #expect(try text(found).contains("could not be read"))
    #expect(DriftOutcome.status(of: [found]) == .completedWithErrors)
    // What was read and is not what was sent is no object that could not be read.
    let read = try outcome(store([("drift-none", 8)], result: "completed-sync-errors"))
    #expect(try !text(read).contains("could not be read"))
    #expect(DriftOutcome.status(of: [read]) == .completedWithErrors)
  }

  @Test("CSV has a line an attribute, and no formula for a spreadsheet")
  func csv() throws {
    let store = store([("drift-different", 1)], dn: "CN=Ann\u{1B}[2J,DC=x")
    var written = ""
    try DriftReport.writeCSV([try outcome(store, limit: 0)], store) { written += $0 }
    let lines = written.components(separatedBy: "\r\n")
    #expect(lines[0] == "connector,drift,cause,type,dn,name,attribute,target,rules")
    #expect(lines.count == 4)
    #expect(lines[1].hasSuffix("title,'=Clerk,Engineer"), "\(lines[1])")
    #expect(!written.contains("\u{1B}"))
  }

  @Test("JSON has the counts and the objects")
  func json() throws {
    let found = try outcome(store([("drift-different", 1), ("drift-attributes", 2)]))
    let text = try DriftReport.make([found]).text(asJSON: true, width: nil)
    let value = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]]
    let first = try #require(value?.first)
    #expect(first["different"] as? Int == 1 && first["matching"] as? Int == 0)
    let object = try #require((first["objects"] as? [[String: Any]])?.first)
    #expect(object["cause"] as? String == "changed at the target")
    let attribute = try #require((object["attributes"] as? [[String: Any]])?.first)
    #expect(attribute["target"] as? [String] == ["=Clerk"])
    #expect(attribute["rules"] as? [String] == ["Engineer"])
  }
}
