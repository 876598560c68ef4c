import Directory
import Testing

@testable import SyncStore

/// Of a target that tells a group before its members.
extension ExportStateTests {
  /// A group of people, which was sent with those of its members whom the target has.
  private func sentTeam(_ names: String..., taken: String...) throws -> Int64 {
    var people: [Int64] = []
    for name in names {
      people.append(try test.provision(name, desired(["title": ["x"]])))
    }
    let team = try group(people)
    for (name, id) in zip(names, people) where taken.contains(name) { try take(id, "a-" + name) }
    let sent = try #require(try waiting().first)
    try test.store.transaction { tx in
      try tx.markSending([sent.object.id])
      try tx.referencesTaken(sent)
      try tx.exportTaken(sent.object.id, anchor: Anchor("a-team"))
    }
    return team
  }

  private func named(_ name: String) -> String { "CN={\(name)}" }

  private func person(_ name: String, shows title: AttributeValue) throws -> ImportedChange {
    try shown(name, ["title": [title]])
  }

  private var openErrors: [ErrorRow] {
    get throws { try test.reader.openErrors(connector: nil, after: nil, limit: 10) }
  }

  @Test("A group that is told before its members lacks none of them")
  func toldBefore() throws {
    let team = try sentTeam("ann", "bob", taken: "ann", "bob")
    let staged = try test.stage(
      [
        teamShows([named("ann"), named("bob")]), person("ann", shows: "x"),
        person("bob", shows: "x"),
      ], connector: test.target)
    #expect(try test.reader.errors(step: staged.step, after: nil, limit: 10) == [])
    #expect(try pending(team) == "none")
    #expect(try test.object(team).exportState == .idle)
  }

  @Test("A group whose member is told last awaits nothing, though the import is broken off then")
  func brokenOffAfterwards() throws {
    let team = try sentTeam("ann", taken: "ann")
    try test.stage(
      [teamShows([named("ann")]), person("ann", shows: "x")], connector: test.target,
      isBrokenOff: true)
    let object = try test.object(team)
    #expect(try pending(team) == "none" && object.exportState == .idle)
    #expect(try test.number("SELECT last_sync FROM cs_object WHERE id = \(team)") > 0)
  }

  @Test("Nor where another member waits, whom the target has yet to get")
  func toldBeforeWhileOneWaits() throws {
    let team = try sentTeam("ann", "bob", taken: "ann")
    let staged = try test.stage(
      [teamShows([named("ann")]), person("ann", shows: "x")], connector: test.target)
    #expect(try test.reader.errors(step: staged.step, after: nil, limit: 10) == [])
    #expect(try openErrors == [])
    #expect(try pending(team) == "update")
    #expect(try test.object(team).exportState == .idle)
  }

  @Test("A member who is in no entry once all is told is lacking, whoever else is in the group")
  func lackingAtTheEnd() throws {
    let team = try sentTeam("ann", "bob", taken: "ann", "bob")
    let staged = try test.stage(
      [
        teamShows([named("stranger"), named("ann")]), person("ann", shows: "x"),
        person("bob", shows: "x"),
      ], connector: test.target)
    let errors = try test.reader.errors(step: staged.step, after: nil, limit: 10)
    #expect(errors.map(\.objectID) == [team])
    let words = try #require(errors.first).message
    #expect(words.contains("members: without") && words.contains("bob"), "\(words)")
    #expect(!words.contains("ann"), "\(words)")
    #expect(try test.object(team).exportState == .idle)
  }

  @Test("The error of a member ends once she is shown, though another one waits")
  func errorEnds() throws {
    let team = try sentTeam("ann", "bob", taken: "ann")
    try test.stage([teamShows([]), person("ann", shows: "x")], connector: test.target)
    #expect(try openErrors.map(\.objectID) == [team])
    try test.stage([teamShows([named("ann")])], connector: test.target)
    #expect(try openErrors == [])
    #expect(try pending(team) == "update")
  }

  @Test("The error of a member stays where another attribute is shown as it was sent")
  func errorStays() throws {
    let team = try sentTeam("ann", taken: "ann")
    try test.stage([teamShows([]), person("ann", shows: "x")], connector: test.target)
    let more: AttributeSet = ["displayName": ["team"], "more": ["1"]]
    try test.stage([shown("team", more)], connector: test.target)
    #expect(try openErrors.map(\.objectID) == [team])
  }
}
