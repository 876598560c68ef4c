import Directory
import SambaTesting
import Testing

@testable import LDAPConnector

/// Writing to a domain.
extension SambaServerTests {
  private func send(
    _ kind: ExportOperation.Kind, _ dn: String, type: String = "user", anchor: Anchor? = nil,
    isRetry: Bool = false
  ) async throws -> ExportOutcome {
    let target = connector { $0.isTarget = true }
    return try #require(
      try await target.export([
        ExportOperation(
          id: 1, kind: kind, objectType: type, anchor: anchor, dn: try DistinguishedName(dn),
          isRetry: isRetry)
      ]).first)
  }

  private func entry(_ dn: String, below unit: String) async throws -> DirectoryEntry? {
    try await connector {
      $0.base = unit
      $0.isTarget = true
    }.run().entry(dn)
  }

  @Test("Objects are made, changed, renamed, moved and removed, and each only once")
  func objects() async throws {
    let unit = try await makeUnit("Written")
    let away = try await makeUnit("Away")
    let dn = "CN=Lee\\, Ann,\(unit)"
    let ann: AttributeSet = ["sAMAccountName": ["annlee"], "displayName": ["Ann Lee"]]
    let made = try await send(.add(ann), dn)
    let anchor = try #require(made.anchor, "\(made)")
    #expect(try await send(.add(ann), dn, isRetry: true).anchor == anchor)
    #expect(try await send(.add(ann), dn).failure?.type == .existingObject)
    let found = try #require(try await entry(dn, below: unit))
    #expect(found.anchor == anchor && found.objectType == "user")
    let group = try await send(
      .add(["sAMAccountName": ["written"], "member": [.reference(anchor.text)]]), "CN=g,\(unit)",
      type: "group")
    let groupAnchor = try #require(group.anchor, "\(group)")
    let change = ExportOperation.Kind.modify([
      AttributeChange("dn", .replace([.string("CN=Ann,\(away)")])),
      AttributeChange("displayName", .replace(["Ann"])),
      AttributeChange("description", .replace(["new"])),
    ])
    for isRetry in [false, true] {
      let outcome = try await send(change, dn, anchor: anchor, isRetry: isRetry)
      #expect(outcome.isDone, "\(outcome)")
    }
    let moved = try #require(try await entry("CN=Ann,\(away)", below: away))
    #expect(moved.anchor == anchor && moved.attributes["displayName"] == ["Ann"])
    // Another name in the same container, and back.
    for (old, new) in [("Ann", "Anna"), ("Anna", "Ann")] {
      let name = AttributeValue.string("CN=\(new),\(away)")
      let outcome = try await send(
        .modify([AttributeChange("dn", .replace([name]))]), "CN=\(old),\(away)", anchor: anchor)
      #expect(outcome.isDone, "\(outcome)")
      #expect(try await entry("CN=\(new),\(away)", below: away)?.anchor == anchor)
    }
    // The domain follows the member itself; what is so already may be asked for again, beside what is
    // not, and of who never was one.
    let changes: [(added: [Anchor], removed: [Anchor])] = [
      ([anchor], []), ([anchor, groupAnchor], []), ([], [anchor]), ([groupAnchor], [anchor]),
      ([], [groupAnchor]), ([], [groupAnchor, anchor]),
    ]
    for (added, removed) in changes {
      let outcome = try await send(
        .modify([
          AttributeChange(
            "member",
            .update(
              added: added.map { .reference($0.text) }, removed: removed.map { .reference($0.text) }
            ))
        ]), "CN=g,\(unit)", type: "group", anchor: groupAnchor)
      #expect(outcome.isDone, "\(outcome)")
    }
    let members = try await entry("CN=g,\(unit)", below: unit)?.attributes["member"]
    #expect(members == [])
    for isRetry in [false, true] {
      #expect(try await send(.delete, dn, anchor: anchor, isRetry: isRetry).isDone)
    }
    #expect(try await entry("CN=Ann,\(away)", below: away) == nil)
  }

  @Test("What a domain refuses is told by its kind and in its words")
  func refusals() async throws {
    let unit = try await makeUnit("Refused")
    #expect(
      try await send(.add(["sAMAccountName": ["refused1"]]), "CN=one,\(unit)").isDone)
    let taken = try await send(.add(["sAMAccountName": ["refused1"]]), "CN=two,\(unit)")
    #expect(
      [.existingObject, .attributeValueMustBeUnique].contains(taken.failure?.type), "\(taken)")
    let nowhere = try await send(.add(["sAMAccountName": ["refused3"]]), "CN=x,OU=none,\(unit)")
    #expect(nowhere.failure?.type == .connectedDirectoryError, "\(nowhere)")
    let unknown = try await send(.add(["shoeSize": ["44"]]), "CN=four,\(unit)")
    #expect(unknown.failure?.type == .schemaViolation, "\(unknown)")
    let long = try await send(
      .add(["sAMAccountName": [.string(String(repeating: "x", count: 300))]]), "CN=5,\(unit)")
    #expect(long.failure != nil && long.failure?.message.isEmpty == false, "\(long)")
    let gone = try await send(
      .modify([AttributeChange("description", .replace(["x"]))]), "CN=gone,\(unit)",
      anchor: Anchor("11111111-2222-3333-4444-555555555555"))
    #expect(gone.failure?.type == .missingObject, "\(gone)")
    let powerless = connector(as: "plain", "Pw-plain-Secret") { $0.isTarget = true }
    let outcome = try await powerless.export([
      ExportOperation(
        id: 1, kind: .add(["sAMAccountName": ["refused6"]]), objectType: "user", anchor: nil,
        dn: try DistinguishedName("CN=six,\(unit)"))
    ]).first
    #expect(outcome?.failure?.type == .permissionIssue, "\(outcome as Any)")
  }

  @Test("Names with anything in them are written to a domain and read as they are")
  func names() async throws {
    let unit = try await makeUnit("Hostile")
    let names = [
      "Lee, Ann", "Lee \"the\" Ann", "#1", " leading and trailing ", "a+b=c;<d>\\e", "👩🏽‍🚀 Ann",
      "שלום עולם", "两", "e\u{301}", "*()", "'; DROP TABLE", String(repeating: "x", count: 60),
    ]
    let operations = try names.enumerated().map { index, name in
      ExportOperation(
        id: Int64(index),
        kind: .add([
          "sAMAccountName": [.string("hostile\(index)")], "displayName": [.string(name)],
        ]), objectType: "user", anchor: nil,
        dn: try DistinguishedName("CN=" + DistinguishedName.escape(name) + "," + unit))
    }
    let target = connector {
      $0.isTarget = true
      $0.base = unit
    }
    let outcomes = try await target.export(operations)
    let undone = outcomes.filter { !$0.isDone }
    #expect(undone.isEmpty, "\(undone)")
    let imported = try await target.run()
    #expect(imported.errors.isEmpty, "\(imported.errors)")
    for (operation, outcome) in zip(operations, outcomes) {
      let found = imported.entries.first { $0.anchor == outcome.anchor }
      #expect(found?.dn == operation.dn, "\(found?.dn.text ?? "nothing") for \(operation.dn.text)")
      #expect(found?.attributes["displayName"] == [.string(names[Int(operation.id)])])
    }
    let removed = try await target.export(
      zip(operations, outcomes).map { operation, outcome in
        ExportOperation(
          id: operation.id, kind: .delete, objectType: "user", anchor: outcome.anchor,
          dn: operation.dn)
      })
    let kept = removed.filter { !$0.isDone }
    #expect(kept.isEmpty, "\(kept)")
  }

  @Test(
    "What a domain refuses of a person keeps nothing else back, a disabled account least of all")
  func refusedAttribute() async throws {
    let unit = try await makeUnit("RefusedTwice")
    let dn = "CN=Ann,\(unit)"
    let anchor = try #require(try await send(.add(["sAMAccountName": ["refused"]]), dn).anchor)
    let outcome = try await send(
      .modify([
        AttributeChange("pwdLastSet", .replace(["5"])),
        AttributeChange("title", .replace(["Director"])),
        AttributeChange("userAccountControl", .replace(["546"])),
      ]), dn, anchor: anchor)
    #expect(outcome.failure?.attribute == "pwdLastSet", "\(outcome)")
    let after = try #require(try await entry(dn, below: unit)).attributes
    #expect(after["title"] == ["Director"] && after.text("userAccountControl") == "546")
  }

  @Test("A class that rules name is one of those that a domain shows")
  func classes() async throws {
    let unit = try await makeUnit("Classes")
    let dn = "CN=Ann,\(unit)"
    let anchor = try #require(try await send(.add(["sAMAccountName": ["classes"]]), dn).anchor)
    let outcome = try await send(
      .modify([
        AttributeChange("objectClass", .replace(["user"])),
        AttributeChange("title", .replace(["Director"])),
      ]), dn, anchor: anchor)
    #expect(outcome.isDone, "\(outcome)")
    let after = try #require(try await entry(dn, below: unit)).attributes
    #expect(ValueEquality.among.holds(after["objectClass"], ["user"]))
    #expect(after["title"] == ["Director"] && after["objectClass"].count > 2)
  }

  @Test("Who has others beneath him is not deleted, and they are named")
  func notEmpty() async throws {
    let unit = try await makeUnit("NotEmpty")
    let dn = "CN=Ann,\(unit)"
    let anchor = try #require(try await send(.add(["sAMAccountName": ["notempty"]]), dn).anchor)
    // A class that may stand below a user ([MS-ADSC] 2.21).
    let below = try await bound().add(
      "CN=Store,\(dn)", [SearchAttribute("objectClass", "classStore")])
    try #require(below.code == 0, "\(below)")
    let failure = try await send(.delete, dn, anchor: anchor).failure
    #expect(failure?.type == .objectNotEmpty, "\(String(describing: failure))")
    #expect(failure?.message.contains("CN=Store,CN=Ann") == true)
  }

  @Test("Whether an account may write to the domain is told")
  func writeCheck() async throws {
    func finding(_ account: String, _ password: String) async -> ConnectionFinding? {
      await connector(as: account, password) { $0.isTarget = true }.check()
        .first { $0.text.hasPrefix("writes: ") }
    }
    let good = try #require(await finding("Administrator", SambaDomain.administrator))
    #expect(good.isGood && good.text.contains("may create user, group"), "\(good)")
    let bad = try #require(await finding("user0001", "Pw-user0001-Secret"))
    #expect(!bad.isGood && bad.text.contains("may make nothing in"), "\(bad)")
  }
}
