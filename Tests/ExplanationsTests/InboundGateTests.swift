import Directory
import SyncRules
import TestSupport
import Testing

@testable import Explanations
@testable import SyncStore

/// Rules of one clause each: who makes people of users, and who only joins them.
private func rules(maker: String?, joiner: String?, outbound: String?) throws -> RuleSet {
  func rule(
    _ name: String, _ direction: String, _ link: String, _ clause: String, _ precedence: Int
  ) -> String {
    let isInbound = direction == "inbound"
    return """
      [[rule]]
      name = "\(name)"
      direction = "\(direction)"
      connector = "\(isInbound ? "ad" : "cloud")"
      source = "\(isInbound ? "user" : "person")"
      target = "\(isInbound ? "person" : "user")"
      link = "\(link)"
      precedence = \(precedence)
      scope = [{ clauses = [{ attribute = "\(clause)", operator = "ISNOTNULL" }] }]
      join = [{ conditions = [{ source = "id", target = "id" }] }]
      flow = [
        { target = "id", direct = "id" }, { target = "title\(precedence)", direct = "title" },
      ]

      """
  }
  let text = [
    maker.map { rule("Maker", "inbound", "Provision", $0, 100) },
    joiner.map { rule("Joiner", "inbound", "Join", $0, 110) },
    outbound.map { rule("Out", "outbound", "Provision", $0, 120) },
  ].compactMap(\.self).joined()
  return text.isEmpty ? try RuleSet([]) : try RuleSet.parse(text, file: "rules.toml")
}

@Suite("The first gate before the metaverse and behind it")
struct InboundGateTests {
  private func store(_ objects: [ObjectDetail], steps: [OperationRow] = []) -> ToldStore {
    var store = ToldStore()
    store.objects = objects
    store.connectorRows = [
      Told.connector("ad", isSource: true, steps: steps), Told.connector("cloud", isSource: false),
    ]
    return store
  }

  private func finding(
    _ detail: ObjectDetail, _ rules: RuleSet, steps: [OperationRow] = []
  ) throws -> WhyNot {
    let found = try Explainer(store: store([detail], steps: steps), rules: rules)
      .whyNot(object: detail.row.id)
    try #require(found.count == 1)
    return found[0]
  }

  @Test("Who is not linked is stopped by what the rules say of its values", arguments: 0..<36)
  func unlinked(number: Int) throws {
    let clauses = [nil, "a", "b"]
    let (maker, joiner) = (clauses[number % 3], clauses[number / 3 % 3])
    let attributes: [String: [AttributeValue]] = [
      [:], ["a": ["1"]], ["a": ["1"], "id": ["7"]], ["a": ["1"], "b": ["1"], "id": ["7"]],
    ][number / 9]
    func isIn(_ clause: String?) -> Bool { clause.map { attributes[$0] != nil } ?? false }
    let rules = try rules(maker: maker, joiner: joiner, outbound: nil)
    let finding = try finding(Told.detail(Told.row(1, "ann", in: "ad"), attributes), rules)
    switch (maker, joiner) {
    case (nil, nil): #expect(finding.gate == .noInboundRule)
    case _ where !isIn(maker) && !isIn(joiner):
      #expect(finding.gate == .outOfScope)
      let left = [maker.map { "Maker: \($0)" }, joiner.map { "Joiner: \($0)" }].compactMap(\.self)
      #expect(finding.evidence.count == left.count)
      for (line, start) in zip(finding.evidence, left) { #expect(line.hasPrefix(start), "\(line)") }
    default:
      #expect(finding.gate == .notConnected)
      if isIn(maker), attributes["id"] != nil {
        #expect(finding.sentence.contains("last synchronized under others"))
        #expect(finding.hint.hasPrefix("Run an Initial cycle"))
      } else if isIn(maker) {
        #expect(finding.evidence.last == "needs a value in one of: id")
      } else {
        // Only rules that join have it: the clause of the one that would make it, if there is one.
        #expect(finding.evidence.contains { $0.hasPrefix("Maker: ") } == (maker != nil))
        #expect(finding.evidence.contains("Joiner: link type join"))
      }
    }
    #expect(finding.passed == ["imported from ad as user"] && finding.target.isEmpty)
  }

  @Test("A synchronization that failed comes before what is not yet synchronized")
  func order() throws {
    var detail = Told.detail(Told.row(1, "ann", in: "ad", pendingImport: "update"))
    let rules = try rules(maker: "a", joiner: nil, outbound: nil)
    #expect(try finding(detail, rules).gate == .notSynchronized)
    detail.errors = [Told.error(.export, "elsewhere")]
    #expect(try finding(detail, rules).gate == .notSynchronized)
    detail.errors = [Told.error(.synchronization, "ambiguous-import-flow-from-multiple-connectors")]
    let failed = try finding(detail, rules)
    #expect(failed.gate == .synchronizationError)
    #expect(failed.hint == "hint of ambiguous-import-flow-from-multiple-connectors")
    // What a target did not show again is no matter of the way to the metaverse.
    detail.errors = [Told.error(.synchronization, SyncErrorType.exportedChangeNotReimported.text)]
    #expect(try finding(detail, rules).gate == .notSynchronized)
  }

  @Test("What is not synchronized is told with the last step and why that one ended")
  func lastStep() throws {
    let detail = Told.detail(Told.row(1, "ann", in: "ad", pendingImport: "add"))
    let rules = try rules(maker: "a", joiner: nil, outbound: nil)
    let delta = Told.step(.deltaSynchronization, on: "ad")
    var found = try finding(detail, rules, steps: [Told.step(.fullImport, on: "ad"), delta])
    #expect(
      found.evidence == ["the last Delta Synchronization began \(Told.moment.local): success"])
    #expect(found.hint == "Run a Delta cycle, or Delta Synchronization on ad")
    let stopped = Told.step(.fullSynchronization, on: "ad", result: "stopped-object-limit", id: 8)
    var store = store([detail], steps: [stopped, delta])
    store.messages = [8: ("Too many errors", "Mend them")]
    found = try #require(try Explainer(store: store, rules: rules).whyNot(object: 1).first)
    #expect(found.evidence.last == "Too many errors" && found.hint == "Mend them")
  }

  @Test("Who is linked is stopped by the rules to the target, or has arrived")
  func linked() throws {
    let row = Told.row(1, "ann", in: "ad", metaverse: 3)
    func made(_ values: [String: [AttributeValue]], _ outbound: String?) throws -> WhyNot {
      try finding(
        Told.detail(row, ["a": ["1"]], metaverse: values, metaverseType: "person"),
        try rules(maker: "a", joiner: nil, outbound: outbound))
    }
    #expect(try made([:], nil).gate == .noOutboundRule)
    let out = try made(["id": ["7"]], "b")
    #expect(out.gate == .outOfOutboundScope && out.evidence.first?.hasPrefix("Out: b") == true)
    #expect(try made(["b": ["1"]], "b").gate == .notProvisioned)
    let other = try made(["b": ["1"], "id": ["7"]], "b")
    #expect(other.gate == .notProvisioned && other.hint == "Run an Initial cycle")
    #expect(other.passed.count == 2 && other.passed[1] == "joined, metaverse object 3 (person)")
  }

  @Test("Who can't be read any more has not arrived, though the target shows what was read before")
  func unread() throws {
    let there = Told.detail(Told.row(9, "ann", in: "cloud", metaverse: 3))
    var source = Told.detail(
      Told.row(1, "ann", in: "ad", metaverse: 3), ["a": ["1"]],
      metaverse: ["b": ["1"], "id": ["7"]], metaverseType: "person")
    source.counterparts = [there.row]
    let rules = try rules(maker: "a", joiner: nil, outbound: "b")
    func told(_ store: ToldStore) throws -> WhyNot {
      try #require(try Explainer(store: store, rules: rules).whyNot(object: 1).first)
    }
    var store = store([source, there])
    #expect(try told(store).gate == .arrived)
    store.openErrorRows = [Told.error(.discovery, "odd", dn: "CN=bob,DC=x")]
    #expect(try told(store).gate == .arrived)
    store.openErrorRows.append(
      Told.error(.discovery, "invalid-attribute-value", dn: "cn=Ann, DC=X"))
    let found = try told(store)
    #expect(found.gate == .discoveryError && found.hint == "hint of invalid-attribute-value")
    #expect(
      found.sentence == "What ad says of it now could not be read: invalid-attribute-value. The "
        + "target shows what was read before.")
    // Another gate stays the first, and this is said with it.
    source.counterparts = []
    store.objects = [source, there]
    let other = try told(store)
    #expect(other.gate == .notProvisioned)
    #expect(other.evidence.last?.hasPrefix("What ad says of it now could not be read") == true)
  }

  @Test(
    "An import that ended early says nothing of what has arrived since",
    arguments: [
      ("no-start-file-not-found", true), ("stopped-import-read", true), ("success", false),
      ("completed-discovery-errors", false),
    ])
  func earlyEnd(result: String, isTold: Bool) throws {
    let there = Told.detail(Told.row(9, "ann", in: "cloud", metaverse: 3))
    var source = Told.detail(
      Told.row(1, "ann", in: "ad", metaverse: 3), ["a": ["1"]],
      metaverse: ["b": ["1"], "id": ["7"]], metaverseType: "person")
    source.counterparts = [there.row]
    let steps = [
      Told.step(.fullImport, on: "ad", id: 5),
      Told.step(.deltaImport, on: "ad", result: result, id: 7),
      Told.step(.fullSynchronization, on: "ad", result: "stopped-object-limit", id: 8),
    ]
    let found = try #require(
      try Explainer(
        store: store([source, there], steps: steps),
        rules: try rules(maker: "a", joiner: nil, outbound: "b")
      ).whyNot(object: 1).first)
    #expect(found.gate == .arrived)
    #expect(found.evidence.contains { $0.contains("ended with \(result)") } == isTold)
    #expect((found.hint == "'lockstep show 7' tells why") == isTold)
  }

  @Test("Each target is told of, or the one that is asked for, in any case")
  func targets() throws {
    var store = store([
      Told.detail(
        Told.row(1, "ann", in: "ad", metaverse: 3), ["a": ["1"]], metaverse: ["id": ["7"]],
        metaverseType: "person")
    ])
    store.connectorRows.append(Told.connector("Other", isSource: false))
    let explainer = Explainer(
      store: store, rules: try rules(maker: "a", joiner: nil, outbound: nil))
    #expect(try explainer.whyNot("ann").map(\.target) == ["cloud", "Other"])
    #expect(try explainer.whyNot("ann", target: "OTHER").map(\.target) == ["Other"])
    #expect(try explainer.whyNot("1").map(\.subject) == ["CN=ann,DC=x", "CN=ann,DC=x"])
    #expect(try explainer.whyNot("ann", target: "third").isEmpty)
  }
}

@Suite("Who is in no connector space")
struct AbsenceTests {
  private func explain(_ text: String, _ store: ToldStore) throws -> WhyNot {
    let found = try Explainer(store: store, rules: try RuleSet([])).whyNot(text)
    try #require(found.count == 1)
    return found[0]
  }

  @Test("No connector has shown it: what each source holds and when it was last read")
  func absent() throws {
    var store = ToldStore()
    store.connectorRows = [
      Told.connector("ad", isSource: true, steps: [Told.step(.deltaImport, on: "ad")]),
      Told.connector("hr", isSource: true), Told.connector("cloud", isSource: false),
    ]
    for name in HostileText.names {
      let finding = try explain(name, store)
      #expect(finding.gate == .notImported && finding.object == nil && finding.subject == name)
      #expect(
        finding.evidence == [
          "ad holds 7 objects; last Delta Import \(Told.moment.local): success",
          "hr holds 7 objects; it was never imported",
        ])
    }
  }

  @Test("Entries that could not be read may be who is asked for, by a name that nobody could read")
  func amongUnread() throws {
    var store = ToldStore()
    store.connectorRows = [
      Told.connector("ad", isSource: true), Told.connector("hr", isSource: true),
    ]
    store.openErrorRows = [
      Told.error(.discovery, "dn-attributes-failure", dn: "CN=bob,DC=x", id: 1),
      Told.error(.discovery, "missing-anchor", dn: "CN=cid,DC=x", id: 2),
      Told.error(.export, "other", dn: "CN=dan,DC=x", id: 3),
    ]
    #expect(
      try explain("u000007", store).evidence == [
        "ad holds 7 objects; it was never imported; 2 more could not be read, and it may be one of "
          + "them: lockstep errors",
        "hr holds 7 objects; it was never imported",
      ])
  }

  @Test(
    "One that could not be read is found by its name, in any spelling, or by the value at fault",
    arguments: [
      ("CN=ann,DC=x", true), ("cn=ANN, dc=X", true), ("ann", true), ("ANN", true), ("A@X", true),
      ("an", false), ("x", false), ("bann", false), ("CN=ann", false), ("", false),
      ("y", false),
    ])
  func unreadable(text: String, isFound: Bool) throws {
    var store = ToldStore()
    store.openErrorRows = [
      Told.error(.export, "other", dn: "CN=ann,DC=x", id: 1),
      Told.error(.discovery, "dn-attributes-failure", dn: "CN=ann,DC=x", id: 2),
      Told.error(.discovery, "below", dn: "CN=cid,OU=y,DC=x", id: 3),
    ]
    let finding = try explain(text, store)
    #expect(finding.gate == (isFound ? .discoveryError : .notImported))
    if isFound {
      #expect(finding.sentence == "ad has it, but it could not be read: dn-attributes-failure.")
      #expect(finding.hint == "hint of dn-attributes-failure")
    }
  }

  @Test("… also behind very many others", arguments: [0, 499, 500, 501, 1_700])
  func manyErrors(before: Int) throws {
    var store = ToldStore()
    store.openErrorRows = (0..<before).map {
      Told.error(.discovery, "e", dn: "CN=other\($0),DC=x", id: Int64($0 + 1))
    }
    store.openErrorRows.append(
      Told.error(.discovery, "mine", dn: "CN=zoe,DC=x", id: Int64(before + 1)))
    #expect(try explain("zoe", store).gate == .discoveryError)
    #expect(try explain("yan", store).gate == .notImported)
  }

  @Test("One that is gone says since which step, and what targets still hold of it")
  func gone() throws {
    var row = Told.row(1, "ann", in: "ad", metaverse: 3)
    row.isGone = true
    var left = Told.detail(Told.row(2, "ann", in: "cloud", pendingExport: "delete", metaverse: 3))
    left.row.dn = "CN={00}"
    var history = ObjectHistoryRow(
      stepID: 44, time: Told.moment, connector: "ad", type: .deltaImport, counter: "stage-delete",
      changes: [])
    (history.objectID, history.summary) = (1, "deleted")
    var store = ToldStore()
    (store.past, store.objects, store.pastSteps) = ([row], [left], [history])
    var finding = try explain("CN=ann,DC=x", store)
    #expect(finding.gate == .deleted && finding.object == 1)
    #expect(
      finding.sentence
        == "It is gone from ad, by Delta Import on ad, step 44, \(Told.moment.local).")
    #expect(
      finding.evidence == [
        "cloud is to delete CN={00}; the next export does it",
        "\(Told.moment.local) step 44: deleted",
      ])
    store.objects[0].held = HeldCause(group: 12, kind: .deletes, cause: "")
    finding = try explain("CN=ann,DC=x", store)
    #expect(finding.evidence.first?.hasSuffix("that is held: lockstep release g12") == true)
    // Of what the history has lost nothing is said that is not known.
    store.pastSteps = []
    #expect(try explain("CN=ann,DC=x", store).sentence == "It is gone from ad.")
  }
}
