import Directory
import Synchronization

@testable import Console
@testable import SyncStore

/// One of the console's tables, each with rows of numbers from a store that has them.
enum TableKind: String, CaseIterable, Sendable {
  case operations, errors, connectors, objects, metaverse, users, events, passwords, batches
  case family, changes, heldObjects

  /// The keys that lead to it.
  var keys: String {
    switch self {
    case .operations: "1"
    case .errors: "Enter"
    case .connectors: "2"
    case .objects: "2 Enter"
    case .metaverse: "3"
    case .users: "4"
    case .events: "7"
    case .passwords: "5"
    case .batches: "5 b"
    case .family: "X Enter"
    case .changes: "Tab Up Enter"
    case .heldObjects: "H Enter"
    }
  }

  /// The number of the part of the screen that it stands in.
  var pane: Int { self == .errors ? OperationsScreen.Pane.errors.rawValue : 0 }

  /// The field that has a row's label.
  var field: String {
    switch self {
    case .operations, .connectors: "connector"
    case .errors, .family: "object"
    case .events: "message"
    case .batches: "account"
    default: "name"
    }
  }

  /// Whether the row of the greatest number comes first.
  var isNewestFirst: Bool { [.operations, .events, .batches].contains(self) }

  /// Whether the first row stays selected when a newer one comes.
  var followsTop: Bool { isNewestFirst }

  /// What stands in the field of the row of a number: as long as any other, and at home in any column.
  static func label(_ number: Int) -> String {
    let digits = String(number)
    return "n" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }

  /// The labels of rows in the order that the table has by itself.
  func labels(_ numbers: [Int]) -> [String] {
    let sorted = numbers.sorted()
    return (isNewestFirst ? sorted.reversed() : sorted).map(Self.label)
  }

  /// A store with rows of these numbers.
  func content(_ numbers: some Sequence<Int>) -> FakeStore.Content {
    var content = Fixture.passwordContent()
    content.groups = [
      HeldGroup(
        id: 12, connector: "tenant", kind: .deletes, cause: "left scope", count: 37,
        since: Fixture.now, latest: Fixture.now, samples: ["Ann Lee"])
    ]
    fill(&content, numbers)
    return content
  }

  /// Puts rows of these numbers in the place of those that are there.
  func fill(_ content: inout FakeStore.Content, _ numbers: some Sequence<Int>) {
    let sorted = numbers.sorted()
    let rows = isNewestFirst ? sorted.reversed() : sorted
    switch self {
    case .operations:
      content.operations = rows.map {
        Fixture.operation(Int64($0), cycle: Int64($0 / 3), connector: Self.label($0))
      }
    case .errors, .family:
      content.errors = rows.map { Fixture.error(Int64($0), dn: Self.label($0)) }
      content.operations[0].errors = rows.count
    case .connectors:
      content.connectors = rows.map {
        Fixture.connector(Int64($0), Self.label($0), isSource: true)
      }
    case .objects: content.objects = rows.map { Fixture.object(Int64($0), Self.label($0)) }
    case .heldObjects:
      content.held = [12: rows.map { Fixture.object(Int64($0), Self.label($0)) }]
    case .metaverse:
      content.metaverse = rows.map {
        MetaverseRow(
          id: Int64($0), objectType: "person", display: Self.label($0), objectID: Int64($0),
          connectors: ["contoso.test"], error: "")
      }
    case .users: content.users = rows.map { Fixture.user(Int64($0), Self.label($0)) }
    case .events: content.events = rows.map { Fixture.event(Int64($0), 656, Self.label($0)) }
    case .passwords: content.passwords = rows.map { Fixture.password(Int64($0), Self.label($0)) }
    case .batches:
      content.batches = rows.map { number in
        var line = Fixture.line(Int64(number), "", .success)
        line.dn = Self.label(number)
        return PasswordBatchRow(
          id: Int64(number), channel: 1, started: Fixture.now.adding(seconds: Double(number)),
          ended: Fixture.now.adding(seconds: Double(number) + 1), error: "", lines: [line],
          domain: "contoso.test")
      }
    case .changes:
      content.changes = rows.map {
        StepChangeRow(
          id: Int64($0), objectID: Int64($0), dn: "CN=\(Self.label($0))", display: Self.label($0),
          objectType: "user", connector: "contoso.test")
      }
    }
  }

  /// A console that shows it, with rows of these numbers.
  func driver(
    _ numbers: some Sequence<Int>, columns: Int = 80, rows: Int = 24,
    options: ConsoleOptions = ConsoleOptions()
  ) -> Driver {
    var driver = Driver(content(numbers), options: options, columns: columns, rows: rows)
    driver.press(keys)
    return driver
  }

  /// Commits other rows, and lets the console hear of it.
  func commit(_ numbers: [Int], to driver: inout Driver) {
    driver.store.content.withLock {
      fill(&$0, numbers)
      $0.counter += 1
    }
    driver.send(.tick(driver.state.now.adding(seconds: 1)))
  }

  /// The table on the screen.
  func sheet(_ driver: Driver) -> Sheet { Sheet(driver, pane: pane) }
}
