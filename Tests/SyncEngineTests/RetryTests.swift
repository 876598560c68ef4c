import Directory
import Foundation
import SyncStore
import Testing

@testable import SyncEngine

@Suite("Objects that are tried again are tried once for each reason, and none is forgotten")
struct RetryTests {
  @Test("One whose place was taken is looked at again, wherever the step ends before that")
  func endsBeforeSettling() async throws {
    var burnt = true
    var commits = 0
    while burnt {
      let world = try TwoSources()
      world.directory.put(try world.account("8"))
      var twin = try world.account("8", phone: "twin")
      (twin.anchor, twin.dn) = (Anchor("d-8b"), try DistinguishedName("CN=8b,O=directory"))
      world.directory.put(twin)
      try await world.cycle()
      world.personnel.put(try world.employee("8"))
      do {
        let engine = try world.engine()
        for type in [StepType.deltaImport, .deltaSynchronization] {
          _ = try await engine.runProfile(connector: "personnel", type)
        }
      }
      do {
        let store = try SyncStore.open(
          file: world.storeFile, options: CommitFuse(after: commits).options)
        _ = try await world.engine(store: store).runProfile(
          connector: "directory", .deltaSynchronization)
        burnt = false
      } catch {}
      try await world.cycle()
      let errors = try world.reader.openErrors(connector: nil, after: nil, limit: 9)
      #expect(errors.map(\.dn) == ["CN=8b,O=directory"], "after \(commits) commits")
      commits += 1
    }
    #expect(commits > 5)
  }

  @Test("One that changed itself and that something happened for is looked at once")
  func changedAndWoken() async throws {
    let world = try TwoSources()
    world.directory.put(try world.account("9"))
    try await world.cycle()
    world.personnel.put(try world.employee("9"))
    world.directory.change("d-9") { $0["employeeID"] = ["10"] }
    try await world.cycle()
    #expect(try world.counted("disconnector-remains", on: "directory") == 1)
    world.personnel.put(try world.employee("10"))
    try await world.cycle()
    #expect(try world.counted("disconnector-joined-no-flow", on: "directory") == 1)
  }

  @Test("What a batch brings for an object that came first in it has that one tried again")
  func wokenByItsBatch() async throws {
    // An account may also be found by another's phone.
    let byPhone = TwoSources.rules.replacing(
      "join = [ { conditions = [ { source = \"employeeID\", target = \"number\" } ] } ]",
      with: """
        join = [
          { conditions = [ { source = "employeeID", target = "number" } ] },
          { conditions = [ { source = "desk", target = "phone" } ] },
        ]
        """)
    let world = try TwoSources(rules: byPhone)
    var guest = try world.account("guest")
    guest.attributes["desk"] = ["77"]
    world.directory.put(guest)
    world.directory.put(try world.account("11", phone: "77"))
    try await world.cycle()
    world.personnel.put(try world.employee("11"))
    let store = try SyncStore.open(file: world.storeFile)
    do {
      let engine = try world.engine(store: store)
      for type in [StepType.deltaImport, .deltaSynchronization] {
        _ = try await engine.runProfile(connector: "personnel", type)
      }
      try store.transaction { tx in
        let directory = try #require(try tx.connectorID("directory"))
        try tx.retry(
          try #require(try tx.objectID(connector: directory, anchor: Anchor("d-guest"))))
      }
      _ = try await engine.runProfile(connector: "directory", .deltaSynchronization)
    }
    // It finds the person that is another account's by now, and says so.
    let errors = try world.reader.openErrors(connector: nil, after: nil, limit: 9)
    #expect(errors.map(\.dn) == ["CN=guest,O=directory"])
  }

  @Test("An object that is gone and can't be taken out fails once in a step")
  func lost() async throws {
    let refusing = TwoSources.rules.replacing(
      "flow = [ { target = \"title\", direct = \"title\" }, { target = \"phone\"",
      with: """
        flow = [ { target = "title", expression = 'IIF([title]="bad",Error("no"),[title])' },
          { target = "phone"
        """)
    let world = try TwoSources(directoryLink: "StickyJoin", rules: refusing)
    world.personnel.put(try world.employee("12", title: "Clerk"))
    world.directory.put(try world.account("12", title: "Boss"))
    try await world.cycle()
    world.directory.change("d-12") { $0["title"] = ["bad"] }
    try await world.cycle()
    world.personnel.remove("p-12")
    for _ in 0..<2 {
      let cycle = try await world.cycle()
      let step = try #require(
        cycle.steps.first { $0.connector == "personnel" && $0.type == .deltaSynchronization })
      #expect(step.errors == 1)
      #expect(try world.counted("flow-failure", on: "personnel") == 1)
    }
    world.directory.change("d-12") { $0["title"] = ["good"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 9) == [])
  }

  @Test("An object of a target that is set free in the decision that wants one is found")
  func setFree() async throws {
    let named = World.rules.replacingOccurrences(
      of: """
        precedence = 120
        [[rule.join]]
        conditions = [{ source = "externalId", target = "sourceAnchor", case_sensitive = true }]
        """,
      with: """
        precedence = 120
        [[rule.scope]]
        clauses = [{ attribute = "title", operator = "ISNULL" }]
        [[rule.join]]
        conditions = [{ source = "externalId", target = "sourceAnchor", case_sensitive = true }]
        [[rule.flow]]
        target = "cloudName"
        direct = "displayName"
        """)
    let user = "target = \"user\"\nlink = \"provision\"\nprecedence = 200\n"
    let world = try World(
      rules: named.replacingOccurrences(of: user, with: user + "disabled = true\n"))
    world.source.put(try world.user("ann"))
    world.target.put(
      DirectoryEntry(
        anchor: Anchor("t-ann"), dn: try DistinguishedName("CN=ann,O=target"), objectType: "user",
        attributes: ["externalId": ["g-ann"], "displayName": ["Ann"]]))
    for _ in 0..<2 { try await world.cycle() }
    world.rulesText = named.replacingOccurrences(
      of: user,
      with: user
        + "[[rule.scope]]\nclauses = [{ attribute = \"cloudName\", operator = \"ISNULL\" }]\n")
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-ann"]?["username"] == nil)
    world.target.change("t-ann") { $0["title"] = ["Boss"] }
    try await world.cycle()
    #expect(world.target.all.map(\.anchor.text) == ["t-ann"])
    #expect(world.outcome["g-ann"]?["username"] == ["ann@contoso.test"])
  }
}
