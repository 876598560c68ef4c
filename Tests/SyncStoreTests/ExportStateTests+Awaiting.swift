import Directory
import Testing

@testable import SyncStore

/// Of a target that tells a group before its members.
extension ExportStateTests {
  private func person(_ name: String) throws -> Int64 {
    try test.provision(name, desired(["title": ["x"]]))
  }

  /// Sends the group, with those of its members whom the target has.
  private func sendTeam() throws {
    let sent = try #require(try waiting().first)
    try test.store.transaction { tx in
      try tx.markSending([sent.object.id])
      try tx.referencesTaken(sent)
      try tx.exportTaken(sent.object.id, anchor: Anchor("a-team"))
    }
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
    let (ann, bob) = (try person("ann"), try person("bob"))
    let team = try group([ann, bob])
    try take(ann, "a-ann")
    try take(bob, "a-bob")
    try sendTeam()
    let staged = try test.stage(
      [
        teamShows([named("ann"), named("bob")]), person("ann", shows: "x"),
        person("bob", shows: "x"),
      ], connector: test.target)
    #expect(try test.reader.errors(step: staged.step, after: nil, limit: 10) == [])
    #expect(try pending(team) == "none")
    #expect(try test.object(team).exportState == .idle)
  }

  @Test("Nor where another member waits, whom the target has yet to get")
  func toldBeforeWhileOneWaits() throws {
    let (ann, bob) = (try person("ann"), try person("bob"))
    let team = try group([ann, bob])
    try take(ann, "a-ann")
    try sendTeam()
    let staged = try test.stage(
      [teamShows([named("ann")]), person("ann", shows: "x")], connector: test.target)
    #expect(try test.reader.errors(step: staged.step, after: nil, limit: 10) == [])
    #expect(try openErrors == [])
    #expect(try pending(team) == "update")
    #expect(try test.object(team).exportState == .idle)
  }

  @Test("A member who is in no entry once all is told is lacking, whoever else is in the group")
  func lackingAtTheEnd() throws {
    let (ann, bob) = (try person("ann"), try person("bob"))
    let team = try group([ann, bob])
    try take(ann, "a-ann")
    try take(bob, "a-bob")
    try sendTeam()
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
    let (ann, bob) = (try person("ann"), try person("bob"))
    let team = try group([ann, bob])
    try take(ann, "a-ann")
    try sendTeam()
    try test.stage([teamShows([]), person("ann", shows: "x")], connector: test.target)
    #expect(try openErrors.map(\.objectID) == [team])
    try test.stage([teamShows([named("ann")])], connector: test.target)
    #expect(try openErrors == [])
    #expect(try pending(team) == "update")
  }

  @Test("The error of a member stays where another attribute is shown as it was sent")
  func errorStays() throws {
    let ann = try person("ann")
    let team = try group([ann])
    try take(ann, "a-ann")
    try sendTeam()
    try test.stage([teamShows([]), person("ann", shows: "x")], connector: test.target)
    let more: AttributeSet = ["displayName": ["team"], "more": ["1"]]
    try test.stage([shown("team", more)], connector: test.target)
    #expect(try openErrors.map(\.objectID) == [team])
  }
}
