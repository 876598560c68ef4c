import Cells
import Directory
import Synchronization
import TestSupport
import Testing

@testable import Console
@testable import SyncStore

/// A field of the rows of a table that others fill, and how to put something there.
private struct Field: Sendable {
  var kind: TableKind
  /// The headings below which it may be seen.
  var headings: Set<String>
  var put: @Sendable (inout FakeStore.Content, String) -> Void

  init(
    _ kind: TableKind, _ headings: Set<String>,
    _ put: @escaping @Sendable (inout FakeStore.Content, String) -> Void
  ) {
    (self.kind, self.headings, self.put) = (kind, headings, put)
  }
}

@Suite("Hostile texts in tables")
struct HostileColumnTests {
  /// The row, of eight, that has the hostile text: neither the first nor the last.
  private static let place = 3

  private static let fields: [Field] = [
    Field(.operations, ["connector"]) { $0.operations[place].connector = $1 },
    Field(.operations, ["status"]) { $0.operations[place].result = $1 },
    Field(.operations, ["by"]) { $0.operations[place].requestedBy = $1 },
    Field(.errors, ["object"]) { $0.errors[place].dn = $1 },
    Field(.errors, ["error"]) { $0.errors[place].type = $1 },
    Field(.errors, ["attribute"]) { $0.errors[place].attribute = $1 },
    Field(.errors, ["value"]) { $0.errors[place].value = $1 },
    Field(.errors, ["message"]) { $0.errors[place].message = $1 },
    Field(.family, ["object"]) { $0.errors[place].dn = $1 },
    Field(.connectors, ["connector"]) { $0.connectors[place].name = $1 },
    Field(.connectors, ["type"]) { $0.connectors[place].type = $1 },
    Field(.connectors, ["result"]) { $0.connectors[place].lastSteps[0].result = $1 },
    Field(.objects, ["name"]) { $0.objects[place].display = $1 },
    Field(.objects, ["dn"]) { $0.objects[place].dn = $1 },
    Field(.objects, ["type"]) { $0.objects[place].objectType = $1 },
    Field(.objects, ["error"]) { $0.objects[place].error = $1 },
    Field(.heldObjects, ["account"]) { $0.held[12]?[place].account = $1 },
    Field(.heldObjects, ["name"]) { $0.held[12]?[place].display = $1 },
    Field(.metaverse, ["name"]) { $0.metaverse[place].display = $1 },
    Field(.metaverse, ["kind"]) { $0.metaverse[place].objectType = $1 },
    Field(.metaverse, ["connectors"]) { $0.metaverse[place].connectors = [$1, $1] },
    Field(.metaverse, ["error"]) { $0.metaverse[place].error = $1 },
    Field(.users, ["upn"]) { $0.users[place].userPrincipalName = $1 },
    Field(.events, ["message"]) { $0.events[place].message = $1 },
    Field(.events, ["source"]) { $0.events[place].source = $1 },
    Field(.passwords, ["name"]) { $0.passwords[place].display = $1 },
    Field(.passwords, ["upn"]) { $0.passwords[place].userPrincipalName = $1 },
    Field(.passwords, ["reason"]) { $0.passwords[place].reason = $1 },
    Field(.passwords, ["channel"]) { $0.passwords[place].domain = $1 },
    Field(.batches, ["account"]) { $0.batches[place].lines[0].dn = $1 },
    Field(.batches, ["error"]) { $0.batches[place].error = $1 },
    Field(.changes, ["name"]) { $0.changes[place].display = $1 },
    Field(.changes, ["dn"]) { $0.changes[place].dn = $1 },
    Field(.changes, ["connector"]) { $0.changes[place].connector = $1 },
  ]

  private static func text(_ seed: Int) -> String {
    let own = [
      String(repeating: "x", count: 5000), String(repeating: "欧", count: 300),
      "\u{1B}]0;title\u{7}", "\u{1B}P+q544e\u{1B}\\", "\u{9B}31m", "a\u{8}\u{8}\u{8}b", "\r\rover",
      "e" + String(repeating: "\u{301}", count: 200), "\u{202E}gnp.exe", "\u{2066}\u{2069}",
      "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩🏽‍🚀👨‍👩‍👧‍👦", "ﷺ", "\u{E000}\u{F8FF}", "\u{0}", " ", "\u{A0}\u{2003}",
    ]
    var random = SeededRandom(scattering: seed)
    return seed < own.count ? own[seed] : random.text(count: 1...16)
  }

  /// The table, where it is wide with all of its columns; with a text in one field of one row.
  private func sheet(_ field: Field, _ text: String?, isWide: Bool) -> Sheet {
    var content = field.kind.content(1...8)
    if let text { field.put(&content, text) }
    var driver = Driver(content, columns: isWide ? 260 : 80, rows: 30)
    driver.press(field.kind.keys)
    if isWide, let info = driver.state.screen.model.tableInfo {
      var settings = info.settings
      settings.columns = info.columns.map(\.field)
      driver.state.arrange(settings)
    }
    return field.kind.sheet(driver)
  }

  @Test(
    "A text changes the cells of its own column in its own row, and no other",
    arguments: fields.indices)
  func contained(number: Int) {
    let field = Self.fields[number]
    let plain = [false, true].map { sheet(field, nil, isWide: $0) }
    for seed in 0..<20 {
      let plain = plain[seed % 2]
      let changed = sheet(field, Self.text(seed), isWide: seed % 2 == 1)
      #expect(changed.buffer.offence == nil, "\(field.kind) \(field.headings) \(seed)")
      #expect(changed.fields == plain.fields && changed.headings == plain.headings)
      #expect(changed.lines == plain.lines)
      for index in plain.indices {
        for name in plain.fields where index != Self.place || !field.headings.contains(name) {
          let isSame = changed.cell(name, index) == plain.cell(name, index)
          #expect(isSame || isMeant(field, name, index), "\(field.kind) \(name) \(seed)")
        }
      }
    }
  }

  /// What follows from another field: what failed is counted, and was never answered.
  private func isMeant(_ field: Field, _ name: String, _ index: Int) -> Bool {
    guard index == Self.place else { return false }
    return field.kind == .batches && field.headings == ["error"]
      && ["failed", "took"].contains(name)
  }

  @Test(
    "What is copied of a row is its value to the last byte, and what is shown is not",
    arguments: 0..<22)
  func copied(seed: Int) {
    let text = Self.text(seed)
    for (kind, put) in [
      (TableKind.objects, { (content: inout FakeStore.Content) in content.objects[0].dn = text }),
      (.users, { content in content.users[0].userPrincipalName = text }),
      (.events, { content in content.events[0].message = text }),
      (.metaverse, { content in content.metaverse[0].display = text }),
      (.passwords, { content in content.passwords[0].dn = text }),
      (.changes, { content in content.changes[0].dn = text }),
    ] {
      var content = kind.content(1...3)
      put(&content)
      var driver = Driver(content)
      driver.press(kind.keys)
      driver.press("y")
      guard case .copy(let copied)? = driver.effects.last else {
        Issue.record("\(kind): nothing is copied")
        continue
      }
      #expect(Array(copied.utf8) == Array(text.utf8), "\(kind)")
      #expect(Console.view(driver.state, size: driver.state.size).buffer.offence == nil)
    }
  }

  @Test("What is typed or pasted is harmless on the screen as well", arguments: 0..<22)
  func typed(seed: Int) {
    let text = Self.text(seed)
    for keys in ["/", ":", "@", "M i", "2 Enter x"] {
      let (columns, rows) = seed % 2 == 0 ? (80, 24) : (40, 10)
      var driver = Places.driver(keys, columns: columns, rows: rows)
      driver.send(.input(.paste(text)))
      driver.type(String(text.prefix(9)))
      driver.press("Left Left Left")
      let frame = Console.view(driver.state, size: driver.state.size)
      #expect(frame.buffer.offence == nil, "\(keys)")
      #expect(frame.cursor.column < columns && frame.cursor.row == rows - 1, "\(keys)")
    }
  }

  @Test("In plain ASCII nothing else is drawn, whatever is called how", arguments: 1...2)
  func ascii(seed: Int) {
    for (scope, keys) in Places.ways {
      let driver = Places.driver(
        keys, Places.hostile(seed), options: ConsoleOptions(themes: ["terminal"], ascii: true))
      let undecorated = driver.state.undecorated
      #expect(undecorated.allSatisfy { $0.unicodeScalars.allSatisfy { $0.isASCII } }, "\(scope)")
      #expect(undecorated.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 } })
    }
  }

  @Test("Each screen of a hostile directory holds together at any size", arguments: 1...3)
  func screens(seed: Int) {
    for (scope, keys) in Places.ways {
      var driver = Places.driver(keys, Places.hostile(seed))
      #expect(driver.state.screen.model.scope == scope)
      for (columns, rows) in [(80, 24), (40, 10), (53, 18), (200, 60)] {
        driver.send(.input(.resize(Size(columns: columns, rows: rows))))
        let frame = Console.view(driver.state, size: driver.state.size)
        #expect(frame.buffer.offence == nil, "\(scope) at \(columns)x\(rows)")
        #expect(!frame.title.unicodeScalars.contains { $0.value < 0x20 })
      }
    }
  }
}
