import ArgumentParser
import Directory
import Foundation
import Testing

@testable import SyncStore
@testable import lockstep

@Suite("What is held, due, compared and previewed, as text and as JSON")
struct GuardReportTests {
  private func text(_ report: Report) throws -> String {
    try report.text(asJSON: false, width: 160)
  }

  private func json(_ report: Report) throws -> [String: Any] {
    let text = try report.text(asJSON: true, width: nil)
    return try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private let group = HeldGroup(
    id: 12, connector: "tenant", kind: .deletes,
    cause: "deleted in contoso.test: OU=Sales\u{1B}[31m", count: 431,
    since: Timestamp(milliseconds: 0), latest: Timestamp(milliseconds: 0), samples: ["Ann", "Bob"])

  @Test("Groups come with their number, count and cause, and with how to let them go")
  func held() throws {
    let report = HeldReport.make(
      groups: [group],
      imports: [
        HeldImport(
          connector: "contoso.test", kind: "deletes", count: 9, message: "It shows 1 of 10",
          since: Timestamp(milliseconds: 0), releasedBy: nil)
      ],
      releases: [
        ReleaseRow(
          id: 1, connector: "tenant", time: Timestamp(milliseconds: 0), person: "ann",
          what: "deletes", count: 3),
        ReleaseRow(
          id: 2, connector: "contoso.test", time: Timestamp(milliseconds: 0), person: "bob",
          what: "import", count: 0),
      ])
    let text = try text(report)
    for part in [
      "g12", "431", "OU=Sales", "Ann, Bob", "release gN", "It shows 1 of 10",
      "lockstep release import contoso.test", "ann: 3 of tenant",
      "bob: contoso.test, import",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(!text.contains("\u{1B}"))
    #expect(Set(try json(report).keys) == ["groups", "imports", "unshown", "due", "releases"])
    let nothing = HeldReport.make(groups: [], imports: [], releases: [])
    #expect(try self.text(nothing).contains("Nothing is held."))
  }

  @Test("What is not shown any more and stays stands beside what is held")
  func unshown() throws {
    let item = UnshownObjects(
      connector: "contoso\u{7}.test", since: Timestamp(milliseconds: 0),
      message: "200 objects were not shown, and stay", hint: "Correct what the errors tell")
    let report = HeldReport.make(groups: [], imports: [], unshown: [item], releases: [])
    let words = try text(report)
    #expect(words.contains("Nothing is held.") && words.contains("Not shown any more:"))
    #expect(
      words.contains("200 objects were not shown, and stay. Correct what the errors tell."))
    #expect(!words.contains("\u{7}"))
    #expect((try json(report)["unshown"] as? [Any])?.count == 1)
  }

  @Test("Who releases something is told how much it is now, and agrees to that")
  func consent() throws {
    let hold = HeldImport(
      connector: "contoso.test", kind: "adds", count: 9, message: "It told\u{7} 9 adds",
      since: Timestamp(milliseconds: 0), releasedBy: nil)
    var updates = group
    updates.kind = .updates
    #expect(ReleaseConsent(objects: 3).word == nil && ReleaseConsent(objects: 3).isGiven())
    #expect(ReleaseConsent(groups: [updates]).word == "y")
    #expect(ReleaseConsent(groups: [updates, group]).word == "DELETE")
    #expect(ReleaseConsent(imports: [hold]).word == "BELIEVE")
    #expect(ReleaseConsent(groups: [updates, group], objects: 2).count == 864)
    let lines = ReleaseConsent(groups: [group], imports: [hold]).lines
    #expect(lines[0].hasPrefix("g12: 431 deletes of tenant, deleted in contoso.test: OU=Sales"))
    #expect(lines[1].hasPrefix("import of contoso.test: It told"))
    #expect(!lines.joined().contains { $0 == "\u{1B}" || $0 == "\u{7}" })
  }

  @Test("Of an import that is held some of whom it did not show are named, and how to list them")
  func notShown() throws {
    var hold = HeldImport(
      connector: "my forest", kind: "deletes", count: 240, message: "240 are not shown",
      since: Timestamp(milliseconds: 0), releasedBy: nil)
    hold.samples = ["Ann\u{1B} Lee", "Bob Day"]
    let report = HeldReport.make(groups: [], imports: [hold], releases: [])
    let words = try text(report)
    #expect(words.contains("Bob Day; to list them: lockstep objects 'my forest' --scope not-shown"))
    #expect(!words.contains("\u{1B}"))
    let imports = try json(report)["imports"] as? [[String: Any]]
    #expect((imports?.first?["samples"] as? [String])?.count == 2)
  }

  @Test("Of a server that is behind it is said when to go on")
  func behind() throws {
    let report = HeldReport.make(
      groups: [],
      imports: [
        HeldImport(
          connector: "contoso.test", kind: "behind", count: 0, message: "dc2 is behind",
          since: Timestamp(milliseconds: 0), releasedBy: nil)
      ], releases: [])
    #expect(
      try text(report).contains(
        "If it was restored, or the server that was read before is gone for ever: lockstep release "
          + "import contoso.test"))
  }

  @Test("Steps that are due say on what and why")
  func due() throws {
    let step = DueStep(
      connector: "tenant", type: .fullSynchronization, reason: "the rules changed", objects: 7)
    let text = try text(DueReport.make([step]))
    #expect(text.contains("tenant: Full Synchronization of 7 objects, the rules changed"))
    #expect(text.contains("--rehearse"))
    #expect(try self.text(DueReport.make([])).contains("No full step is due"))
  }

  @Test("A change of rules is told by rule, by attribute, and by how many objects")
  func dueRules() throws {
    var step = DueStep(
      connector: "tenant", type: .fullSynchronization, reason: "the rules changed", objects: 7)
    step.changes = [
      DueChange(
        rule: "Out - User", what: "flow title", before: "direct title", after: "constant Boss")
    ]
    #expect(try text(DueReport.make([step])).contains("None of the objects"))
    step.effects = [
      DueEffect(
        .goes, objectType: "person", attribute: "", count: 2, looked: 5, total: 7,
        samples: ["Ann\u{1B}[31m", "Bob"]),
      DueEffect(
        .outbound, objectType: "person", attribute: "title", count: 5, looked: 5, total: 7,
        samples: []),
    ]
    let text = try text(DueReport.make([step]))
    for part in [
      "  Out - User\n", "    flow title\n      - direct title\n      + constant Boss\n",
      "leave the scope, and may be deleted: 2 of the first 5 objects, type person, such as Ann",
      "title changes on 5 of the first 5 objects",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(!text.contains("\u{1B}") && !text.contains("That is of before"))
    var old = step
    old.isOutdated = true
    #expect(try self.text(DueReport.make([old])).contains("  That is of before: objects have ch"))
    let json = try DueReport.make([step]).text(asJSON: true, width: nil)
    #expect(json.contains("\"attribute\" : \"title\"") && json.contains("\"kind\" : \"goes\""))
  }

  @Test("A comparison counts, and shows each attribute as either run made it")
  func compared() throws {
    let comparison = RunComparison(
      same: 3,
      differences: [
        RunDifference(
          connector: "tenant", stage: "export", dn: "CN={00}", display: "Ann",
          first: "export-update", second: "export-update",
          attributes: [AttributeDifference(name: "title", first: ["Boss"], second: [])]),
        RunDifference(
          connector: "tenant", stage: "export", dn: "CN={01}", display: "Bob", first: nil,
          second: "export-delete", attributes: []),
      ])
    let report = ComparisonReport.make(comparison, "c3", "c4", limit: 10)
    let text = try text(report)
    #expect(text.contains("3 objects alike, 1 different, 0 only in c3, 1 only in c4."))
    #expect(text.contains("title: Boss in c3, none in c4"))
    #expect(text.contains("Bob (export-delete, only in c4)"))
    #expect(try json(report)["onlySecond"] as? Int == 1)
    let cut = ComparisonReport.make(comparison, "c3", "c4", limit: 1)
    #expect(try self.text(cut).contains("1 more"))
  }

  @Test("Of an attribute with many values only those are told that one side alone has, and few")
  func comparedMembers() throws {
    let first = (1...40).map { AttributeValue.string("CN=m\($0)") }
    func text(_ second: [AttributeValue]?) throws -> String {
      let difference = RunDifference(
        connector: "tenant", stage: "export", dn: "CN={00}", display: "Staff",
        first: "export-update", second: "export-update",
        attributes: [AttributeDifference(name: "member", first: first, second: second)])
      return try self.text(
        ComparisonReport.make(
          RunComparison(same: 0, differences: [difference]), "c3", "c4", limit: 10))
    }
    #expect(
      try text(Array(first.dropFirst(2)) + ["CN=new"]).contains(
        "  member: CN=m1; CN=m2 and 38 of both in c3, CN=new and 38 of both in c4"))
    #expect(try text(nil).contains("CN=m10 and 30 more in c3, untouched in c4"))
    #expect(try text([]).contains("and 30 more in c3, none in c4"))
    #expect(
      try text(Array(first.dropLast())).contains("CN=m40 and 39 of both in c3, 39 of both in"))
  }

  @Test("A preview goes from the rules to what the target is sent")
  func preview() throws {
    var report = PreviewReport(
      object: 7, connector: "contoso.test", dn: "CN=Ann,DC=x", objectType: "user",
      pendingImport: "add", isFull: true, isCommitted: false)
    report.inboundRules = [
      .init(name: "In - User", isInScope: false, reason: "hidden ISNULL fails (yes)")
    ]
    report.joins = [
      .init(rule: "In - User", conditions: "guid = sourceAnchor (1)", found: [], outcome: "none")
    ]
    report.flows = [
      .init(
        attribute: "title", values: ["Boss"], rule: "In - User", kind: "direct", source: "title",
        connector: "contoso.test", loses: ""),
      .init(
        attribute: "title", values: ["Clerk"], rule: "HR", kind: "constant", source: "constant",
        connector: "hr", loses: "a stronger rule has a value"),
    ]
    report.exportsAfter = [
      PreviewReport.PendingExport(
        connector: "tenant", dn: "CN={00}", operation: "update",
        changes: [.init(attribute: "title", before: [], after: ["Boss"], rule: "")])
    ]
    let text = try text(PreviewText.make(report))
    for part in [
      "Preview (full) of CN=Ann,DC=x", "out of scope  In - User: hidden ISNULL fails (yes)",
      "title = Boss (direct title, In - User, contoso.test)", "not title = Clerk",
      "a stronger rule has a value", "title: none -> Boss",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(text.contains("Flows to the metaverse\n"))
    report.failures = [.init(type: "some-error", message: "It failed", hint: "Mend it")]
    let failed = try self.text(PreviewText.make(report))
    let error = try #require(failed.range(of: "some-error: It failed. Mend it"))
    let flows = try #require(failed.range(of: "Would flow to the metaverse, but for the error"))
    #expect(error.lowerBound < flows.lowerBound)
    #expect(try json(PreviewText.make(report))["dn"] as? String == "CN=Ann,DC=x")
  }

  @Test("Commands are read as they are meant", arguments: [true, false])
  func arguments(dry: Bool) throws {
    let delta = try Lockstep.parseAsRoot(["delta"] + (dry ? ["--dry-run"] : []))
    #expect((delta as? DeltaCommand)?.dryRun == dry)
    let release = try Lockstep.parseAsRoot(["release", "g12", "4711", "--by", "Ann"])
    #expect((release as? ReleaseCommand)?.what == ["g12", "4711"])
    #expect((release as? ReleaseCommand)?.by == "Ann")
    let some = try Lockstep.parseAsRoot(["release", "g12", "--count", "12", "--yes"])
    #expect((some as? ReleaseCommand)?.count == 12 && (some as? ReleaseCommand)?.yes == true)
    #expect(throws: (any Error).self) { _ = try Lockstep.parseAsRoot(["staging", "maybe"]) }
    #expect(throws: (any Error).self) {
      _ = try Lockstep.parseAsRoot(["preview", "ann", "--full", "--delta"])
    }
    #expect(GroupArgument("g12")?.id == 12 && GroupArgument("12")?.id == 12)
    #expect(GroupArgument("g") == nil && GroupArgument("-3") == nil)
  }
}
