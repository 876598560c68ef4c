import Cells
import Directory
import TestSupport

@testable import Console
@testable import SyncStore

/// Ways through the console, and a store in which each leads somewhere.
enum Places {
  /// The keys that lead to a screen of each scope.
  static let ways: [Scope: String] = [
    .operations: "1", .changes: "Tab Up Enter", .deltas: "Tab Up Enter Enter", .connectors: "2",
    .objects: "2 Enter", .inspector: "2 Enter Enter", .metaverse: "3", .users: "4",
    .passwords: "5", .passwordAccount: "5 Enter", .passwordBatches: "5 b",
    .passwordBatch: "5 b Enter", .rules: "6", .rule: "6 Enter", .events: "7", .event: "7 Enter",
    .held: "H", .heldObjects: "H Enter", .families: "X", .family: "X Enter", .tool: "2 c",
    .activity: "A",
  ]

  /// A store with something for each scope, and something that every dangerous key could do.
  static func content() -> FakeStore.Content {
    var content = Fixture.passwordContent()
    content.groups = [
      HeldGroup(
        id: 12, connector: "tenant", kind: .deletes, cause: "left scope", count: 37,
        since: Fixture.now, latest: Fixture.now, samples: ["Ann Lee", "Bo Ek"]),
      HeldGroup(
        id: 13, connector: "tenant", kind: .updates, cause: "rule Out: user", count: 2,
        since: Fixture.now, latest: Fixture.now, samples: ["Cy Oz"]),
    ]
    content.held = [
      12: [
        Fixture.object(8, "Ann Lee", connector: "tenant"),
        Fixture.object(9, "Bo Ek", connector: "tenant"),
      ]
    ]
    content.heldImports = [
      HeldImport(
        connector: "contoso.test", kind: "deletes", count: 400, message: "400 are gone",
        since: Fixture.now, releasedBy: nil)
    ]
    content.due = [
      DueStep(
        connector: "contoso.test", type: .fullSynchronization, reason: "the rules changed",
        objects: 1007)
    ]
    content.releases = [
      ReleaseRow(
        id: 1, connector: "tenant", time: Fixture.now, person: "ann", what: "deletes of g7",
        count: 3)
    ]
    content.asked = [
      FiledCommand(
        id: 1, command: .cycle(.delta), requestedBy: "console ann", filed: Fixture.now,
        state: .finished, outcome: "Cycle 2 ended")
    ]
    content.waiting = [WaitingExports(connector: "tenant", adds: 3, updates: 5, deletes: 40)]
    content.status.heldDeletes = 37
    content.status.passingDeletes = ["tenant": 3]
    return content
  }

  /// A console at a place.
  static func driver(
    _ keys: String, _ content: sending FakeStore.Content = content(), columns: Int = 80,
    rows: Int = 24, options: ConsoleOptions = ConsoleOptions(themes: ["terminal", "light"])
  ) -> Driver {
    var driver = Driver(content, options: options, columns: columns, rows: rows)
    driver.toolOutput = ToolOutput(lines: ["✓ contoso.test answers", "error: no"], status: 1)
    driver.press(keys)
    return driver
  }

  /// A store whose every text that comes from a directory, a server or a person is a hostile one.
  static func hostile(_ seed: Int) -> FakeStore.Content {
    var random = SeededRandom(scattering: seed)
    var content = content()
    func text() -> String { random.text(count: 1...12) }
    for index in content.operations.indices {
      content.operations[index].requestedBy = text()
      content.operations[index].reason = text()
    }
    for index in content.errors.indices {
      let number = content.errors[index]
      content.errors[index].dn = text()
      content.errors[index].display = text()
      content.errors[index].attribute = text()
      content.errors[index].value = text()
      content.errors[index].message = text()
      content.errors[index].hint = text()
      content.errors[index].rule = text()
      content.errors[index].expression = text()
      content.errors[index].id = number.id
    }
    content.messages = [5: (message: text(), hint: text())]
    for index in content.changes.indices {
      (content.changes[index].dn, content.changes[index].display) = (text(), text())
    }
    content.deltas = [
      1: [AttributeDelta(name: text(), before: [.string(text())], after: [.string(text())])]
    ]
    for index in content.objects.indices {
      (content.objects[index].dn, content.objects[index].display) = (text(), text())
    }
    content.details[7]?.row.dn = text()
    content.details[7]?.row.display = text()
    content.details[7]?.attributes += (0..<6).map { number in
      Fixture.attribute(
        "a\(number)" + text(), [.string(text()), .string(text())],
        pendingExport: [.string(text())])
    }
    content.details[7]?.counterparts[0].dn = text()
    for index in content.metaverse.indices { content.metaverse[index].display = text() }
    for index in content.users.indices {
      content.users[index].displayName = text()
      content.users[index].userPrincipalName = text()
    }
    for index in content.events.indices {
      (content.events[index].message, content.events[index].source) = (text(), text())
    }
    for index in content.passwords.indices {
      content.passwords[index].display = text()
      content.passwords[index].dn = text()
      content.passwords[index].reason = text()
    }
    for index in content.batches.indices {
      content.batches[index].error = text()
      for line in content.batches[index].lines.indices {
        content.batches[index].lines[line].dn = text()
        content.batches[index].lines[line].words = text()
      }
    }
    for index in content.groups.indices {
      (content.groups[index].cause, content.groups[index].samples) = (text(), [text(), text()])
    }
    content.held[12]?[0].display = text()
    content.heldImports[0].message = text()
    content.due[0].reason = text()
    (content.releases[0].person, content.releases[0].what) = (text(), text())
    (content.asked[0].requestedBy, content.asked[0].outcome) = (text(), text())
    (content.channels[0].reason, content.channels[0].domain) = (text(), text())
    for index in content.connectors.indices { content.connectors[index].summary = text() }
    return content
  }
}
