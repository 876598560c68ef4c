import Directory
import Foundation
import Testing

@testable import Console
@testable import SyncStore
@testable import Workspace
@testable import lockstep

@Suite("Reports as CSV")
struct CSVTests {
  /// The names of the columns of a row, and the keys of the same row's JSON.
  private func names<Row: CSVRow & Encodable>(of row: Row) throws -> (
    csv: [String], json: Set<String>
  ) {
    let text = try JSONText.of(row)
    let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
    let object = try #require(value as? [String: Any])
    return (Row.fields.map(\.name), Set(object.keys))
  }

  private static let error = {
    var error = ErrorRow.sample(1)
    (error.display, error.rule, error.expression, error.column) = ("Ann", "In", "[a]", 1)
    (error.location, error.otherDN, error.otherDisplay) = ("people.ldif:1", "CN=Bo", "Bo")
    return error
  }()

  @Test("Columns have the names of the keys that --json has, and leave none out")
  func columns() throws {
    let user = UserRow(
      id: 1, connector: "tenant", displayName: "Ann", userPrincipalName: "ann@x", state: .synced,
      isActive: true, lastSync: .sample, lastSent: .sample, lastPasswordSync: .sample)
    let users = UsersJSON(
      UsersHeader(
        total: 1, byState: [:], lastDirectorySync: nil, lastPasswordSync: nil,
        olderThanInterval: 0), [user])
    var object = ObjectDetail.sample(1, dn: "CN=Ann").row
    (object.metaverseID, object.error) = (3, "x")
    let metaverse = MetaverseRow(
      id: 1, objectType: "person", display: "Ann", objectID: 2, connectors: ["a", "b"], error: "x")
    let event = EventRow(
      id: 1, time: .sample, level: .warning, code: 904, source: "ADSync", message: "It ended")
    let family = ErrorFamily(
      kind: .init(Self.error), count: 1, first: .sample, last: .sample, newInDay: 0, newInWeek: 0,
      hint: "")
    for (csv, json) in [
      try names(of: StepJSON(.sample(1))), try names(of: ErrorJSON(Self.error)),
      try names(of: users.users[0]), try names(of: EventJSON(event)),
      try names(of: ObjectRowJSON(object)), try names(of: MetaverseRowJSON(metaverse)),
      try names(of: FamilyJSON(family)),
    ] {
      #expect(Set(csv) == json)
      #expect(Set(csv).count == csv.count)
    }
  }

  @Test("An empty list has its headings")
  func empty() throws {
    let text = try EventsReport.make([], hasMore: false).text(as: .csv, width: nil)
    #expect(text == "event,time,level,id,source,message\r\n")
  }

  @Test("A list is in the order of the view, numbers plain, lists in one field")
  func rows() throws {
    let rows = [
      MetaverseRow(
        id: 1234567, objectType: "person", display: "Lee, Ann", objectID: nil,
        connectors: ["contoso.test", "tenant"], error: "")
    ]
    let text = try ObjectsReport.metaverse(rows, hasMore: false).text(as: .csv, width: nil)
    #expect(
      text.split(separator: "\r\n").last == "1234567,person,\"Lee, Ann\",,contoso.test; tenant,")
  }

  @Test("Names reach no terminal raw, and no spreadsheet as formulas")
  func hostile() throws {
    let names = ["=1+1", "Eve\u{1B}[2J", "two\nlines"]
    let rows = names.map {
      EventRow(
        id: 1, time: .sample, level: .warning, code: 904, source: "ADSync", message: $0)
    }
    let text = try EventsReport.make(rows, hasMore: false).text(as: .csv, width: nil)
    #expect(text.contains(",'=1+1\r\n"))
    #expect(!text.contains("\u{1B}"))
    #expect(text.split(separator: "\r\n").count == 4)
  }

  @Test("What is no table says so, and what it can be printed as")
  func none() throws {
    let error = #expect(throws: WorkspaceError.self) {
      try WhyReport.make([]).text(as: .csv, width: nil)
    }
    #expect(error?.status == .usage && error?.hint.contains("--json") == true)
  }
}
