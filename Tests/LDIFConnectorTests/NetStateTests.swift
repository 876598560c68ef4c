import Directory
import LDIFConnector
import Testing

@Suite("A full import over change files")
struct NetStateTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func importing(
    _ content: String, _ changes: String, objectTypes: [String] = []
  ) async throws -> Imported {
    try folder.write("content.ldif", content)
    try folder.write("changes/1.ldif", changes)
    return try await folder.connector(changes: true).run(objectTypes: objectTypes)
  }

  private func unit(_ name: String) -> String {
    "dn: OU=\(name),DC=x\nobjectClass: organizationalUnit\nou: \(name)\n\n"
  }

  private func group(_ members: String...) -> String {
    "dn: CN=g,DC=x\nobjectClass: group\n" + members.map { "member: \($0)\n" }.joined() + "\n"
  }

  private func rename(_ dn: String, _ rdn: String, to superior: String? = nil) -> String {
    "dn: \(dn)\nchangetype: modrdn\nnewrdn: \(rdn)\ndeleteoldrdn: 1\n"
      + (superior.map { "newsuperior: \($0)\n" } ?? "") + "\n"
  }

  private func delete(_ dn: String) -> String { "dn: \(dn)\nchangetype: delete\n\n" }

  private func add(_ record: String) -> String {
    record.replacing("\nobjectClass", with: "\nchangetype: add\nobjectClass", maxReplacements: 1)
  }

  private func names(_ imported: Imported) -> [String] { imported.entries.map(\.dn.text) }

  @Test("What no change touches comes first and as the content has it")
  func untouched() async throws {
    let found = try await importing(
      user("Ann") + user("Bob") + user("Cid"),
      "dn: cn=ann, ou=staff, dc=x\nchangetype: modify\nreplace: title\ntitle: x\n-\n\n")
    #expect(found.errors.isEmpty)
    #expect(found.entries.map(\.dn.rdn) == ["CN=Bob", "CN=Cid", "CN=Ann"])
    #expect(found.entries.last?.attributes["title"] == ["x"])
  }

  @Test("An object that comes and goes is never seen")
  func comesAndGoes() async throws {
    let dan = "CN=Dan,OU=Staff,DC=x"
    let found = try await importing(
      user("Ann"), add(user("Dan")) + delete(dan) + delete("CN=Nobody,DC=x"))
    #expect(found.errors.isEmpty)
    #expect(found.entries.map(\.dn.rdn) == ["CN=Ann"])
  }

  @Test("A container takes what is below it along, names in escapes too")
  func subtree() async throws {
    let found = try await importing(
      unit("Staff") + unit("Other") + user("Smith\\, Ann") + user("Bob"),
      rename("OU=Staff,DC=x", "OU=Crew", to: "OU=Other,DC=x")
        + "dn: CN=Bob,OU=Crew,OU=Other,DC=x\nchangetype: modify\nadd: title\ntitle: x\n-\n\n")
    #expect(found.errors.isEmpty, "\(found.errors)")
    #expect(
      names(found) == [
        "OU=Other,DC=x", "OU=Crew,OU=Other,DC=x", "CN=Smith\\, Ann,OU=Crew,OU=Other,DC=x",
        "CN=Bob,OU=Crew,OU=Other,DC=x",
      ])
    for entry in found.entries {
      #expect(entry.attributes["distinguishedName"] == [.string(entry.dn.text)])
    }
    #expect(found.entries[1].attributes["ou"] == ["Crew"])
    #expect(found.entries[3].attributes["title"] == ["x"])
  }

  @Test("References follow a rename and vanish with a delete; those that lead nowhere stay")
  func references() async throws {
    let found = try await importing(
      unit("Staff") + user("Ann") + user("Bob") + user("Cid")
        + group(
          "cn=ANN, ou=Staff,DC=x", "CN=Bob,OU=Staff,DC=x", "CN=Cid,OU=Staff,DC=x",
          "CN=Gone,OU=Staff,DC=x"),
      delete("CN=Bob,OU=Staff,DC=x") + rename("CN=Ann,OU=Staff,DC=x", "CN=Anna")
        + rename("OU=Staff,DC=x", "OU=Crew"))
    #expect(found.errors.isEmpty)
    let group = try #require(found.entries.last)
    #expect(group.objectType == "group", "behind those whose names it uses")
    #expect(
      Set(group.attributes["member"].map(\.text)) == [
        "CN=Anna,OU=Crew,DC=x", "CN=Cid,OU=Crew,DC=x", "CN=Gone,OU=Staff,DC=x",
      ])
  }

  @Test("A name that one object gave up can be another's, and references tell them apart")
  func namesInTurn() async throws {
    let ann = "CN=Ann,DC=x"
    let bob = "CN=Bob,DC=x"
    func person(_ name: String, _ number: Int) -> String {
      "dn: CN=\(name),DC=x\nobjectClass: user\nentryUUID: \(number)\ncn: \(name)\n\n"
    }
    let found = try await importing(
      person("Ann", 1) + person("Bob", 2)
        + "dn: CN=c,DC=x\nobjectClass: user\nentryUUID: 3\nmanager: \(ann)\n\n"
        + "dn: CN=d,DC=x\nobjectClass: user\nentryUUID: 4\nmanager: \(bob)\n\n",
      rename(ann, "CN=Tmp") + rename(bob, "CN=Ann") + rename("CN=Tmp,DC=x", "CN=Bob"))
    #expect(found.errors.isEmpty, "\(found.errors)")
    let byAnchor = Dictionary(
      uniqueKeysWithValues: found.entries.map { ($0.anchor.text, $0) })
    #expect(byAnchor["1"]?.dn.text == bob)
    #expect(byAnchor["2"]?.dn.text == ann)
    #expect(byAnchor["3"]?.attributes["manager"] == [.reference(bob)])
    #expect(byAnchor["4"]?.attributes["manager"] == [.reference(ann)])
  }

  @Test("An object deleted and created again has none of its old values, nor references to it")
  func again() async throws {
    let found = try await importing(
      user("Ann", "title: old\n") + group("CN=Ann,OU=Staff,DC=x"),
      delete("CN=Ann,OU=Staff,DC=x") + add(user("Ann", "mail: new\n")))
    #expect(found.errors.isEmpty)
    let ann = try #require(found.entries.first { $0.dn.rdn == "CN=Ann" })
    #expect(!ann.attributes.contains("title"))
    #expect(ann.attributes["mail"] == ["new"])
    #expect(
      found.entries.first { $0.objectType == "group" }?.attributes.contains("member") == false)
  }

  @Test("Without GUIDs an object's anchor is its name, and a rename changes both")
  func anchorOfName() async throws {
    let found = try await importing(
      unit("Staff") + user("Ann"),
      rename("CN=Ann,OU=Staff,DC=x", "CN=Anna") + rename("OU=Staff,DC=x", "OU=Crew")
        + add(user("Ann")))
    #expect(found.errors.isEmpty, "\(found.errors)")
    #expect(
      found.entries.map(\.anchor.text) == [
        "ou=crew,dc=x", "cn=anna,ou=crew,dc=x", "cn=ann,ou=staff,dc=x",
      ])
    #expect(found.entries.allSatisfy { $0.anchor.text == $0.dn.normalized })
  }

  @Test("A rename changes Active Directory's name, in full and in delta, where there is one")
  func nameOfRDN() async throws {
    let dn = "CN=Ann,OU=Staff,DC=x"
    let full = try await importing(
      user("Ann", "name: Ann\n") + user("Bob", "name: of his own\n"),
      rename("cn=ann,ou=Staff,DC=x", "CN=Anna") + rename("CN=Bob,OU=Staff,DC=x", "CN=Bert"))
    let byName = Dictionary(uniqueKeysWithValues: full.entries.map { ($0.dn.rdn, $0.attributes) })
    #expect(byName["CN=Anna"]?["name"] == ["Anna"])
    #expect(byName["CN=Anna"]?["cn"] == ["Anna"], "spelled otherwise, \(dn) is the same")
    #expect(byName["CN=Bert"]?["name"] == ["of his own"])
  }

  @Test("Values are removed whatever their case, and names whatever their spelling")
  func spelling() async throws {
    let found = try await importing(
      user("Ann", "mail: Ann@x\nmail: b@x\n") + group("CN=Bob,DC=x", "CN=Cid,DC=x"),
      "dn: CN=Ann,OU=Staff,DC=x\nchangetype: modify\ndelete: mail\nmail: ANN@X\n-\n\n"
        + "dn: CN=g,DC=x\nchangetype: modify\nadd: member\nmember: CN=Dan,DC=x\n-\n"
        + "delete: member\nmember: cn=dan, dc=x\nmember: cn=BOB,dc=x\n-\n\n")
    #expect(found.errors.isEmpty)
    let byName = Dictionary(uniqueKeysWithValues: found.entries.map { ($0.dn.rdn, $0.attributes) })
    #expect(byName["CN=Ann"]?["mail"] == ["b@x"])
    #expect(byName["CN=g"]?["member"] == [.reference("CN=Cid,DC=x")])
  }

  @Test("An anchor that another object has is an error, wherever the two stand")
  func duplicates() async throws {
    let uuid = "entryUUID: 597ae2f6-16a6-1027-98f4-d28b5365dc14\n"
    let found = try await importing(user("Ann", uuid), add(user("Bob", uuid)) + add(user("Cid")))
    #expect(found.entries.map(\.dn.rdn) == ["CN=Ann", "CN=Cid"])
    #expect(found.errors.map(\.type) == [.duplicateObject])
    #expect(found.errors.first?.location == folder.changes + "/1.ldif:1")
    let free = try await importing(
      user("Ann", uuid), delete("CN=Ann,OU=Staff,DC=x") + add(user("Bob", uuid)))
    #expect(free.errors.isEmpty)
    #expect(free.entries.map(\.dn.rdn) == ["CN=Bob"])
  }

  @Test("Changes that can't be applied are errors with their places, and the rest is done")
  func faults() async throws {
    let found = try await importing(
      unit("Staff") + user("Ann") + user("Bob"),
      "dn: CN=No,DC=x\nchangetype: modify\nreplace: title\ntitle: x\n-\n\n"
        + rename("CN=No,DC=x", "CN=Yes")
        + rename("CN=Ann,OU=Staff,DC=x", "CN=Bob")
        + rename("OU=Staff,DC=x", "OU=a", to: "CN=Ann,OU=Staff,DC=x")
        + "dn: CN=Ann,OU=Staff,DC=x\nchangetype: modify\nreplace: title\ntitle: y\n-\n\n")
    #expect(
      found.errors.map(\.type) == [
        .needFullObject, .needFullObject, .duplicateObject, .dnNotLDAPConformant,
      ])
    #expect(
      found.errors.map(\.location) == [1, 7, 12, 17].map { "\(folder.changes)/1.ldif:\($0)" })
    #expect(found.errors.allSatisfy { !$0.hint.isEmpty })
    #expect(Set(found.entries.map(\.dn.rdn)) == ["OU=Staff", "CN=Ann", "CN=Bob"])
    #expect(found.entries.first { $0.dn.rdn == "CN=Ann" }?.attributes["title"] == ["y"])
  }

  @Test("Objects of other types move what is wanted, and are no error")
  func unwanted() async throws {
    let found = try await importing(
      unit("Staff") + user("Ann"),
      add(unit("New")) + rename("OU=Staff,DC=x", "OU=Staff", to: "OU=New,DC=x")
        + "dn: OU=New,DC=x\nchangetype: modify\nreplace: description\ndescription: x\n-\n\n"
        + delete("OU=None,DC=x"), objectTypes: ["user"])
    #expect(found.errors.isEmpty, "\(found.errors)")
    #expect(names(found) == ["CN=Ann,OU=Staff,OU=New,DC=x"])
  }

  @Test("A container that is in no file moves what is below it")
  func unknownContainer() async throws {
    let found = try await importing(user("Ann"), rename("OU=Staff,DC=x", "OU=Crew"))
    #expect(found.errors.isEmpty, "\(found.errors)")
    #expect(names(found) == ["CN=Ann,OU=Crew,DC=x"])
  }

  @Test("The printed SID goes with the bytes, in full and in delta")
  func printedSID() async throws {
    let text = "dn: CN=Ann,OU=Staff,DC=x\nchangetype: modify\nreplace: objectSid\nobjectSid: "
    let content = user("Ann", "objectSid: S-1-5-32-544\n")
    let full = try await importing(content, text + "S-1-5-32-545\n-\n\n")
    #expect(full.entries.first?.attributes["objectSidString"] == ["S-1-5-32-545"])
    try folder.write("changes/2.ldif", text + "S-1-5-32-546\n-\n\n")
    let delta = try await folder.connector(changes: true).run(since: full.watermark)
    guard case .modify(_, let changes)? = delta.changes.first else {
      Issue.record("\(delta)")
      return
    }
    #expect(
      changes == [
        AttributeChange("objectSid", .replace([.binary(SID("S-1-5-32-546")?.bytes ?? [])])),
        AttributeChange("objectSidString", .replace(["S-1-5-32-546"])),
      ])
    try folder.write(
      "changes/3.ldif", "dn: CN=Ann,OU=Staff,DC=x\nchangetype: modify\ndelete: objectSid\n-\n\n")
    let gone = try await folder.connector(changes: true).run()
    #expect(gone.entries.first?.attributes.contains("objectSidString") == false)
  }

  @Test("Many kept objects come in batches, with the watermark on the last")
  func batches() async throws {
    let content = (0..<1200).map { user("U\($0)") }.joined()
    let found = try await importing(unit("Staff") + content, rename("OU=Staff,DC=x", "OU=Crew"))
    #expect(found.entries.count == 1201)
    #expect(found.batches.allSatisfy { $0.changes.count <= 500 })
    #expect(found.batches.dropLast().allSatisfy { $0.watermark == nil })
    #expect(found.batches.last?.watermark != nil)
    #expect(found.batches.last?.fractionRead == 1)
    #expect(found.entries.dropFirst().allSatisfy { $0.dn.text.hasSuffix(",OU=Crew,DC=x") })
  }
}
