import Cells
import Testing

@testable import Console

@Suite("Columns of a table")
struct TableTests {
  private func check<Row>(_ columns: [Column<Row>], _ name: String) {
    for width in 0...320 {
      let widths = TableLayout.widths(columns, width: width)
      let kept = widths.compactMap(\.self)
      #expect(
        kept.reduce(0, +) + max(0, kept.count - 1) * TableLayout.gap <= max(width, 1), "\(name)")
      #expect(!kept.isEmpty)
      for (column, cells) in zip(columns, widths) where cells != nil && kept.count > 1 {
        #expect((column.minimum...max(column.minimum, column.ideal)).contains(cells ?? 0))
      }
    }
  }

  @Test("never take more room than there is, in any list of the console")
  func fit() {
    check(OperationsScreen.columns, "operations")
    check(OperationsScreen.errorColumns, "errors")
    check(ChangesScreen.columns, "changes")
    check(ConnectorsScreen.columns, "connectors")
    check(ObjectsScreen.columns, "objects")
    check(UsersScreen.columns, "users")
    check(PasswordsScreen.columns, "passwords")
    check(PasswordBatchesScreen.columns, "batches")
    check(EventsScreen.columns, "events")
    check(MetaverseScreen.columns, "metaverse")
  }

  @Test("that are worth their room in a wide table only leave it to the others")
  func fewest() {
    func titles(_ width: Int) -> [String] {
      zip(EventsScreen.columns, TableLayout.widths(EventsScreen.columns, width: width))
        .filter { $0.1 != nil }.map(\.0.title)
    }
    #expect(titles(99) == ["Time", "Level", "ID", "Message"])
    #expect(titles(100) == ["Time", "Level", "ID", "Source", "Message"])
  }

  @Test("by which rows are told apart have room for that before others are shown")
  func worth() {
    func widths(_ width: Int) -> [String: Int] {
      let columns = TableSettings().shown(of: PasswordsScreen.columns)
      var widths: [String: Int] = [:]
      for (column, cells) in zip(columns, TableLayout.widths(columns, width: width)) {
        widths[column.title] = cells
      }
      return widths
    }
    #expect(widths(40)["Account"] ?? 0 >= 18 && widths(40)["Status"] ?? 0 >= 16)
    #expect(widths(80)["Account"] ?? 0 >= 22)
    #expect(widths(80)["Lag"] != nil && widths(80)["Target has"] != nil)
    #expect(widths(80)["Tries"] == nil)
    #expect(widths(29)["Account"] == 12)
    #expect(widths(160)["Tries"] != nil)
  }

  @Test("are dropped by priority, and all are there where there is room")
  func dropped() {
    func titles(_ width: Int) -> [String] {
      let columns = TableSettings().shown(of: OperationsScreen.columns)
      return zip(columns, TableLayout.widths(columns, width: width))
        .filter { $0.1 != nil }.map(\.0.title)
    }
    #expect(titles(200).count == 9)
    #expect(
      titles(78) == [
        "Connector", "Profile", "Status", "Started", "Adds", "Updates", "Deletes", "Errors",
      ])
    #expect(titles(38) == ["Connector", "Profile", "Status"])
    #expect(titles(26) == ["Connector", "Status"])
  }
}
