import ArgumentParser
import Directory
import Foundation
import Synchronization
import Testing

@testable import SyncStore
@testable import Workspace
@testable import lockstep

@Suite("One object, one person, and their past")
struct ObjectReportTests {
  private func text(_ report: Report) throws -> String {
    try report.text(asJSON: false, width: 140)
  }

  private func json(_ report: Report) throws -> [[String: Any]] {
    let text = try report.text(asJSON: true, width: nil)
    return try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
  }

  private static func detail(
    _ id: Int64, _ connector: String, dn: String, metaverse: Int64? = 3
  ) -> ObjectDetail {
    var detail = ObjectDetail.sample(id, dn: dn)
    detail.row.connector = connector
    detail.row.metaverseID = metaverse
    detail.metaverseID = metaverse
    detail.metaverseType = "person"
    detail.metaverse = [
      AttributeRow(
        name: "title", values: ["Engineer"], before: nil, pendingExport: nil,
        origin: "contoso.test by In - User", targetNames: [], valueCount: 1)
    ]
    return detail
  }

  private let person = FakeStore { content in
    content.objects = [
      detail(7, "contoso.test", dn: "CN=Ann,DC=x"), detail(8, "tenant", dn: "CN={41}"),
    ]
    content.objects[0].history[0].stepID = 2
    content.objects[1].history[0].stepID = 9
  }

  @Test("Of many values people are shown some and told how many there are, and all if they ask")
  func manyValues() throws {
    let values = (1...30).map { AttributeValue.string("smtp:a\($0)@x") }
    let store = FakeStore { content in
      var detail = ObjectDetail.sample(7, dn: "CN=Ann,DC=x")
      detail.attributes = [
        AttributeRow(
          name: "proxyAddresses", values: values, before: nil, pendingExport: nil, origin: "",
          targetNames: [], valueCount: 30)
      ]
      detail.history[0].changes = [
        AttributeDelta(name: "proxyAddresses", before: [], after: values)
      ]
      content.objects = [detail]
    }
    let some = try text(ObjectReport.make(store, text: "Ann"))
    #expect(some.split(separator: "smtp:a20@x").count == 3 && !some.contains("smtp:a21@x"))
    #expect(some.split(separator: "… 10 more").count == 3 && some.contains("--all shows"))
    let all = try text(ObjectReport.make(store, text: "Ann", showsAll: true))
    #expect(all.split(separator: "smtp:a30@x").count == 3 && !all.contains("… "))
    #expect(!all.contains("--all"))
  }

  @Test("When a value came in is told in the local zone to people, and in UTC to programs")
  func lineageTime() throws {
    let store = FakeStore { content in
      content.objects = [Self.detail(7, "contoso.test", dn: "CN=Ann,DC=x")]
      let row = ContributorRow(
        connector: "contoso.test", object: 7, dn: "CN=Ann,DC=x", rule: "In - User", time: .sample)
      content.objects[0].metaverse[0].contributors = [row]
      content.objects[0].metaverse[0].origin = row.text
    }
    let report = try ObjectReport.make(store, text: "Ann")
    let local = "[contoso.test by In - User, \(TimeText.local(.sample))]"
    #expect(try text(report).contains(local))
    let json = try report.text(asJSON: true, width: nil)
    #expect(json.contains("In - User, \(Timestamp.sample)"))
  }

  @Test(
    "An attribute that a rule empties stands there with the rule, and whose value that keeps out")
  func emptied() throws {
    let store = FakeStore { content in
      content.objects = [Self.detail(7, "contoso.test", dn: "CN=Ann,DC=x")]
      var giver = ContributorRow(connector: "hr", object: 9, dn: "", rule: "In - HR")
      giver.empties = true
      var other = ContributorRow(connector: "contoso.test", object: 7, dn: "", rule: "In - User")
      other.reason = "kept out"
      other.values = ["Sales"]
      content.objects[0].metaverse[0].values = []
      content.objects[0].metaverse[0].valueCount = 0
      content.objects[0].metaverse[0].contributors = [giver, other]
    }
    let report = try ObjectReport.make(store, text: "Ann")
    let lines = try text(report)
    #expect(
      lines.contains(": (none)   [hr by In - HR says that there is no value (AuthoritativeNull)]"))
    #expect(lines.contains("also contoso.test by In - User = Sales: kept out"))
    #expect(try report.text(asJSON: true, width: nil).contains(#""empties" : true"#))
  }

  @Test("What several directories hold of one person is one picture, the person first")
  func picture() throws {
    let report = try ObjectReport.make(person, text: "Ann")
    let text = try text(report)
    #expect(text.hasPrefix("Metaverse object 3, person\n  title: Engineer   [contoso.test by"))
    #expect(text.contains("CN=Ann,DC=x\n  user of contoso.test, object 7"))
    #expect(text.contains("CN={41}\n  user of tenant, object 8"))
    #expect(!text.contains("objects are called so"))
    let history = try #require(text.range(of: "History\n"))
    let first = try #require(text.range(of: "step 9"))
    let second = try #require(text.range(of: "step 2"))
    #expect(history.upperBound < first.lowerBound && first.upperBound < second.lowerBound)
    #expect(try json(report).count == 2)
  }

  @Test("Of a group that waits for one member only that one is to be exported, by name")
  func waitingMember() throws {
    let store = FakeStore { content in
      content.objects = [Self.detail(7, "tenant", dn: "CN=Staff", metaverse: nil)]
      var members = AttributeRow(
        name: "member", values: [.reference("CN={41}"), .reference("CN={42}")], before: nil,
        pendingExport: [.reference("CN={42}"), .reference("CN={43}")], origin: "",
        targetNames: ["Ann", "Bo"], valueCount: 2)
      members.pendingCounts = PendingCounts(added: 3, removed: 1)
      members.pendingNames = ["CN={43}": "Dup Mail"]
      content.objects[0].attributes = [members]
    }
    let text = try text(try ObjectReport.make(store, text: "7"))
    #expect(
      text.contains(
        "    to be exported:\n      - CN={41}\n      + Dup Mail\n      … 2 more\n"), "\(text)")
    #expect(!text.contains("CN={42}"))
  }

  @Test("Bytes and numbers of a directory are shown as what they mean")
  func meanings() throws {
    let store = FakeStore { content in
      content.objects = [Self.detail(7, "tenant", dn: "CN=Ann", metaverse: nil)]
      func row(_ name: String, _ value: AttributeValue) -> AttributeRow {
        AttributeRow(
          name: name, values: [value], before: nil, pendingExport: nil, origin: "",
          targetNames: [], valueCount: 1)
      }
      content.objects[0].attributes = [
        row("objectGUID", .binary((0..<16).map { UInt8($0) })),
        row("userAccountControl", 514), row("accountExpires", .integer(.max)),
      ]
    }
    let text = try text(try ObjectReport.make(store, text: "7"))
    #expect(text.contains("objectGUID: 03020100-0504-0706-0809-0a0b0c0d0e0f\n"))
    #expect(text.contains("userAccountControl: 514 (ACCOUNTDISABLE, NORMAL_ACCOUNT)\n"))
    #expect(text.contains("accountExpires: 9223372036854775807 (never)\n"))
  }

  @Test("Two people of one name stay two")
  func namesakes() throws {
    let store = FakeStore { content in
      content.objects = [
        Self.detail(7, "contoso.test", dn: "CN=Ann,OU=A", metaverse: 3),
        Self.detail(8, "contoso.test", dn: "CN=Ann,OU=B", metaverse: 4),
        Self.detail(9, "contoso.test", dn: "CN=Ann,OU=C", metaverse: nil),
      ]
    }
    #expect(try text(try ObjectReport.make(store, text: "Ann")).contains("3 objects are called so"))
    #expect(try text(try ObjectReport.make(store, text: "CN=Ann,OU=B")).contains("object 8"))
  }

  @Test("Keys that would say nothing are left out")
  func emptyKeys() throws {
    let store = FakeStore { content in
      content.objects = [.sample(7, dn: "CN=Ann,DC=x")]
      content.objects[0].anchor = ""
      content.errors = [.sample(5)]
      content.errors[0].attribute = ""
      content.errors[0].value = ""
    }
    let object = try #require(try json(try ObjectReport.make(store, text: "Ann")).first)
    #expect(object["anchor"] == nil)
    let attribute = try #require((object["attributes"] as? [[String: Any]])?.first)
    #expect(attribute["origin"] == nil && attribute["targetNames"] == nil)
    let error = try #require(
      try json(
        try ErrorsReport.make(
          store, store.openErrors(connector: nil, after: nil, limit: 9), hasMore: false)
      ).first)
    #expect(error["attribute"] == nil && error["location"] == nil && error["rule"] == nil)
    #expect(error["code"] as? String == "409 uniqueness" && error["count"] as? Int == 3)
    let text =
      try ObjectReport.make(store, text: "Ann").text(asJSON: true, width: nil)
      + ErrorsReport.make(
        store, store.openErrors(connector: nil, after: nil, limit: 9), hasMore: false
      ).text(asJSON: true, width: nil)
    #expect(!text.contains(": \"\""))
  }

  // MARK: History

  @Test("The history of a person is that of all counterparts, also of those that are gone")
  func history() throws {
    let store = FakeStore { content in
      content.objects = [Self.detail(7, "contoso.test", dn: "CN=Ann,DC=x")]
      content.past = [
        ObjectRow(
          id: 8, connector: "tenant", dn: "CN={41}", display: "Ann", objectType: "user",
          isConnector: false, pendingImport: "none", pendingExport: "none", error: "",
          metaverseID: 3, isGone: true)
      ]
      content.history = [
        ObjectHistoryRow(
          stepID: 11, time: .sample, connector: "tenant", type: .export,
          counter: "export-delete", changes: [], objectID: 8, space: "tenant",
          summary: "exported: deleted")
      ]
    }
    let report = try ObjectHistoryReport.make(
      store, text: "Ann", filter: OperationFilter(), limit: 9)
    let text = try text(report)
    #expect(text.contains("tenant: CN={41} (object 8, gone)"))
    #expect(text.contains("step 11  tenant, Export: exported: deleted"))
    #expect(text.contains("title: Clerk → Engineer"))
    #expect(try json(report).map { $0["step"] as? Int } == [11, 4])
    let one = try ObjectHistoryReport.make(
      store, text: "Ann", filter: OperationFilter(), limit: 1)
    #expect(try self.text(one).contains("There is more; --limit shows it."))
  }

  @Test("One that awaits its delete, and has lost its link, is a part of the same history")
  func awaitsDelete() throws {
    var leaving = Self.detail(8, "tenant", dn: "CN={41}")
    leaving.row.metaverseID = nil
    let store = FakeStore { content in
      content.objects = [Self.detail(7, "contoso.test", dn: "CN=Ann,DC=x"), leaving]
    }
    func report() throws -> String {
      try text(ObjectHistoryReport.make(store, text: "Ann", filter: OperationFilter(), limit: 9))
    }
    #expect(try report().contains("2 objects are called so"))
    store.content.withLock { $0.unlinked = [3: [leaving.row]] }
    let told = try report()
    #expect(told.contains("tenant: CN={41} (object 8)") && told.contains("(object 7)"))
  }

  @Test("The options narrow the history of an object, too")
  func filtered() throws {
    let error = ErrorRow.sample(5)
    let store = FakeStore { content in
      content.objects = [Self.detail(7, "contoso.test", dn: "CN=Ann,DC=x")]
      content.history = [
        ObjectHistoryRow(
          stepID: 6, time: .sample, connector: "tenant", type: .export, counter: "", changes: [],
          objectID: 7, space: "tenant", summary: error.type, reason: error.message, error: error)
      ]
    }
    func steps(_ change: (inout OperationFilter) -> Void) throws -> [Int?] {
      var filter = OperationFilter()
      change(&filter)
      return try json(
        try ObjectHistoryReport.make(store, text: "7", filter: filter, limit: 9)
      ).map { $0["step"] as? Int }
    }
    #expect(try steps { _ in } == [6, 4])
    #expect(try steps { $0.atLeast = .error } == [6])
    #expect(try steps { $0.type = .fullImport } == [])
    #expect(try steps { $0.connector = "TENANT" } == [6, 4])
    #expect(try steps { $0.since = Timestamp.sample.adding(seconds: 1) } == [])
    #expect(
      try text(
        try ObjectHistoryReport.make(store, text: "7", filter: OperationFilter(), limit: 9)
      ).contains("error: AttributeValueMustBeUnique"))
  }

  @Test("A name that nobody bears is refused")
  func unknown() throws {
    let error = #expect(throws: WorkspaceError.self) {
      try ObjectHistoryReport.make(
        FakeStore(), text: "Bob", filter: OperationFilter(), limit: 9)
    }
    #expect(error?.status == .notFound)
  }

  // MARK: Errors

  @Test("An error shows rule, expression, column and the other object by name")
  func error() throws {
    var row = ErrorRow.sample(5)
    row.rule = "Out - User"
    row.expression = "CStr([mail])"
    row.column = 6
    row.otherDN = "CN={42}"
    row.otherDisplay = "Eve"
    let lines = ErrorsReport.lines(row)
    #expect(lines.contains("  rule Out - User"))
    #expect(lines.contains("  expression CStr([mail]), column 6"))
    #expect(lines.contains("  in conflict with Eve (CN={42}), object 8"))
  }

  @Test("Many errors are summed up by type first")
  func summary() throws {
    let store = FakeStore { content in
      content.errors = [.sample(1), .sample(2), .sample(3)]
      content.errors[2].type = "IdentityDataValidationFailed"
    }
    let text = try text(
      try ErrorsReport.make(
        store, store.openErrors(connector: nil, after: nil, limit: 9), hasMore: false))
    #expect(
      text.hasPrefix(
        "3 open errors:\n  2 × AttributeValueMustBeUnique\n  1 × IdentityDataValidationFailed\n"))
    #expect(
      try self.text(
        try ErrorsReport.make(
          store, store.openErrors(connector: nil, after: nil, limit: 2), hasMore: true)
      )
      .hasPrefix("The first 2 open errors:"))
  }
}

@Suite("Purging by command")
struct PurgeCommandTests {
  private let now = Timestamp.sample

  private func moment(_ arguments: String...) throws -> Timestamp {
    let command = try #require(
      try Lockstep.parseAsRoot(["purge"] + arguments) as? PurgeCommand)
    return command.moment(now: now, schedule: ScheduleSettings(purgeAgeSeconds: 100))
  }

  @Test("The moment comes from --before, from --keep, or from the schedule")
  func moments() throws {
    #expect(try moment() == now.adding(seconds: -100))
    #expect(try moment("--keep", "1d") == now.adding(seconds: -86_400))
    #expect(try moment("--keep", "0s") == now)
    #expect(try moment("--before", "2h") == now.adding(seconds: -7200))
    #expect(
      try moment("--before", "2026-01-01T00:00:00Z")
        == Timestamp("2026-01-01T00:00:00Z"))
  }

  @Test("Both at once are refused")
  func both() {
    #expect(throws: (any Error).self) {
      try Lockstep.parseAsRoot(["purge", "--keep", "1d", "--before", "2d"])
    }
  }
}
