import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("The past of references")
struct PastReferenceTests {
  /// The inspector of a group with these members, which newest imports have changed so.
  private func driver(
    _ members: [String], count: Int? = nil, _ changes: [(before: [String], after: [String])]
  ) -> Driver {
    func values(_ names: [String]) -> [AttributeValue] { names.map { .reference($0) } }
    var detail = Fixture.detail
    detail.row.error = ""
    detail.errors = []
    detail.attributes = [Fixture.attribute("member", values(members), count: count)]
    detail.history = changes.enumerated().map { index, change in
      var row = ObjectHistoryRow(
        stepID: Int64(9 - index), time: Fixture.now.adding(seconds: Double(-100 * index)),
        connector: "contoso.test", type: .deltaImport, counter: "stage-update",
        changes: [
          AttributeDelta(
            name: "member", before: values(change.before), after: values(change.after))
        ])
      (row.objectID, row.space) = (detail.row.id, detail.row.connector)
      return row
    }
    var content = Fixture.content()
    content.objects[0].error = ""
    content.details[7] = detail
    var driver = Driver(content, columns: 100)
    driver.press("2 Enter Enter")
    return driver
  }

  @Test("members that no step has touched were there before as well")
  func untouched() {
    var driver = driver(["CN=A", "CN=B", "CN=C"], [(before: ["CN=X"], after: ["CN=C"])])
    driver.press("[")
    #expect(driver.screen.contains("3 values (1 added, 1 removed, 2 kept)"))
    #expect(driver.screen.contains("+ CN=C") && driver.screen.contains("- CN=X"))
    #expect(!driver.screen.contains("+ CN=A") && !driver.screen.contains("+ CN=B"))
  }

  @Test("several steps are taken back one after the other, and case tells no objects apart")
  func several() {
    var driver = driver(
      ["CN=A", "CN=B"], [(before: [], after: ["cn=b"]), (before: ["CN=B"], after: [])])
    driver.press("[")
    #expect(driver.screen.contains("+ CN=B") && !driver.screen.contains("+ CN=A"))
    driver.press("[")
    #expect(!driver.screen.contains("+ CN=") && !driver.screen.contains("- CN="))
  }

  @Test("the only reference is replaced by the one before")
  func single() {
    var driver = driver(["CN=B"], [(before: ["CN=A"], after: ["CN=B"])])
    driver.press("[")
    #expect(driver.screen.contains("CN=A") && driver.screen.contains("CN=B"))
    #expect(!driver.screen.contains("2 values"))
  }

  @Test("of more members than are read only what has changed is told")
  func part() {
    let read = (1...3).map { "CN=M\($0)" }
    var driver = driver(
      read, count: 276,
      [
        (before: ["CN=Gone"], after: []), (before: [], after: ["CN=Back"]),
        (before: ["CN=Back"], after: []),
      ])
    driver.press("[")
    #expect(driver.screen.contains("276 values now, 1 removed since"))
    #expect(driver.screen.contains("- CN=Gone") && !driver.screen.contains("+ CN=M1"))
    driver.press("[")
    #expect(driver.screen.contains("276 values now, 1 added, 1 removed since"))
    driver.press("[")
    #expect(driver.screen.contains("276 values now, 1 removed since"))
  }
}
