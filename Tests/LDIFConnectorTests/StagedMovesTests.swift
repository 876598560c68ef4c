import Directory
import LDIFConnector
import Testing

/// What was staged, by names that are anchors.
private struct Staged: StagedObjects {
  var names: [String]
  func names(of anchors: [Anchor]) -> [Anchor: DistinguishedName] {
    var found: [Anchor: DistinguishedName] = [:]
    for name in names {
      guard let dn = try? DistinguishedName(name) else { continue }
      let anchor = Anchor(dn.normalized)
      if anchors.contains(anchor) { found[anchor] = dn }
    }
    return found
  }
  func below(_ dn: DistinguishedName) -> [Anchor] { [] }
  func referrers(to anchors: [Anchor]) -> [Anchor] { [] }
  func waiting(for names: [DistinguishedName]?) -> [AttributeName: [Anchor]] { [:] }
}

@Suite("Renames between two full imports, where names are the anchors")
struct StagedMovesTests {
  private func rename(_ name: String, _ new: String, _ more: String = "") -> String {
    "dn: \(name)\nchangetype: modrdn\nnewrdn: \(new)\ndeleteoldrdn: 1\n\(more)\n"
  }

  // The renames that a full import tells after `changes`, as "OLD > NEW".
  private func renames(
    _ content: String, _ changes: String, staged: [String]? = nil, isMarked: Bool = true
  ) async throws -> [String] {
    let folder = try TemporaryFolder()
    try folder.write("content.ldif", content)
    let connector = folder.connector(changes: true)
    let first = try await connector.run()
    try folder.write("changes/1.ldif", changes)
    let request = ImportRequest(
      watermark: nil, staged: Staged(names: staged ?? first.entries.map(\.dn.text)),
      stagedUpTo: isMarked ? first.watermark : nil, stagedCount: { 0 })
    let reader = try await connector.openImport(request)
    var found: [ImportedChange] = []
    while let batch = try await reader.next() {
      #expect(batch.errors.isEmpty, "\(batch.errors)")
      found += batch.changes
    }
    return found.compactMap { change in
      guard case .rename(let address, let new) = change else { return nil }
      return "\(address.anchor?.text ?? "?") > \(new.text)"
    }
  }

  private let ann = "CN=Ann,OU=Staff,DC=x"
  private let bob = "CN=Bob,OU=Staff,DC=x"

  @Test("Two that change names are told in the order in which it happened")
  func swap() async throws {
    let found = try await renames(
      user("Ann") + user("Bob"),
      rename(ann, "CN=Tmp") + rename(bob, "CN=Ann") + rename("CN=Tmp,OU=Staff,DC=x", "CN=Bob"))
    #expect(
      found == [
        "cn=ann,ou=staff,dc=x > CN=Tmp,OU=Staff,DC=x",
        "cn=bob,ou=staff,dc=x > CN=Ann,OU=Staff,DC=x",
        "cn=tmp,ou=staff,dc=x > CN=Bob,OU=Staff,DC=x",
      ])
  }

  @Test("What is below a container is told with it, and alone where the container is not staged")
  func below() async throws {
    let content = "dn: OU=Staff,DC=x\nobjectClass: organizationalUnit\n\n" + user("Ann")
    let change = rename("OU=Staff,DC=x", "OU=Crew") + rename("CN=Ann,OU=Crew,DC=x", "CN=Anna")
    #expect(
      try await renames(content, change)
        == ["ou=staff,dc=x > OU=Crew,DC=x", "cn=ann,ou=crew,dc=x > CN=Anna,OU=Crew,DC=x"])
    #expect(
      try await renames(content, change, staged: [ann])
        == [
          "cn=ann,ou=staff,dc=x > CN=Ann,OU=Crew,DC=x",
          "cn=ann,ou=crew,dc=x > CN=Anna,OU=Crew,DC=x",
        ])
  }

  @Test("Nothing is told of what has been told, is new, has a GUID, or takes a name that is held")
  func untold() async throws {
    let change = rename(ann, "CN=Anna")
    let anna = "CN=Anna,OU=Staff,DC=x"
    #expect(try await renames(user("Ann"), change).count == 1)
    #expect(try await renames(user("Ann"), change, staged: [anna]).isEmpty)
    #expect(try await renames(user("Ann"), change, isMarked: false).isEmpty)
    #expect(try await renames(user("Ann", "entryUUID: 1\n"), change).isEmpty)
    #expect(
      try await renames(
        user("Bob"),
        user("Ann").replacing("\nobjectClass: top", with: "\nchangetype: add") + change,
        staged: [ann]
      ).isEmpty)
    #expect(
      try await renames(
        user("Ann") + user("Bob"), "dn: \(bob)\nchangetype: delete\n\n" + rename(ann, "CN=Bob")
      ).isEmpty)
  }
}
