import Directory
import SyncEngine
import SyncStore
import Testing

@testable import LDAPConnector

/// What becomes of the values that an object's old name gave it.
@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct FormerNameTests {
  private static let account = """
    objectClass: posixAccount
    uidNumber: 7
    gidNumber: 7
    homeDirectory: /home/ann

    """

  /// An object's record with any name.
  private static func record(_ rdn: String, _ more: String) -> String {
    "dn: \(rdn),ou=people,dc=example,dc=org\nobjectClass: inetOrgPerson\n\(more)\n"
  }

  private func rename(
    _ directory: WritableDirectory, _ rdn: String, to new: String,
    _ changes: [AttributeChange] = [], named: [Attribute]
  ) async throws -> AttributeSet {
    let entry = try #require(try await directory.entry(rdn))
    var operation = ExportOperation(
      id: 1,
      kind: .modify(
        [AttributeChange("dn", .replace([.string(try WritableDirectory.dn(new).text)]))] + changes),
      objectType: "user", anchor: entry.anchor, dn: entry.dn)
    operation.named = named
    let outcome = try #require(try await directory.connector.export([operation]).first)
    #expect(outcome.isDone, "\(outcome)")
    return try #require(try await directory.entry(new)).attributes
  }

  @Test(
    "What the rules want stays when the name has it no more, also what the object must have",
    arguments: [true, false])
  func otherScheme(_ isWritten: Bool) async throws {
    let directory = try WritableDirectory(
      Self.record("uid=ann", "\(Self.account)uid: ann\ncn: Ann Lee\nsn: Lee\n"))
    let named = isWritten ? [Attribute("uid", ["ann"])] : []
    let ann = try await rename(directory, "uid=ann", to: "cn=Ann Lee", named: named)
    #expect(ann["uid"] == ["ann"] && ann["cn"] == ["Ann Lee"])
  }

  @Test("What nobody wants goes with the name")
  func unwanted() async throws {
    let directory = try WritableDirectory(
      Self.record("uid=ann", "uid: ann\ncn: Ann Lee\nsn: Lee\n"))
    let ann = try await rename(
      directory, "uid=ann", to: "cn=Ann Lee", named: [Attribute("uid", [])])
    #expect(!ann.contains("uid"))
    let again = try await rename(
      directory, "cn=Ann Lee", to: "cn=Ann Poe", [AttributeChange("cn", .replace(["Ann Poe"]))],
      named: [Attribute("cn", ["Ann Poe"])])
    #expect(again["cn"] == ["Ann Poe"])
  }

  @Test("Of a name of several values each stays or goes as the rules want it")
  func severalValues() async throws {
    let directory = try WritableDirectory(
      Self.record("sn=Lee+uid=z4+ou=here", "uid: z4\ncn: Ann\nsn: Lee\nou: here\n")
        + Self.record("sn=Poe+uid=bob", "uid: bob\ncn: Bob\nsn: Poe\n"))
    let ann = try await rename(
      directory, "sn=Lee+uid=z4+ou=here", to: "uid=ann",
      [AttributeChange("uid", .replace(["ann"]))],
      named: [Attribute("sn", ["Lee"]), Attribute("uid", ["ann"])])
    #expect(ann["uid"] == ["ann"] && ann["sn"] == ["Lee"] && !ann.contains("ou"), "\(ann)")
    // Between the name and the change that follows it would have none.
    let bob = try await rename(
      directory, "sn=Poe+uid=bob", to: "uid=bob", [AttributeChange("sn", .replace(["Roe"]))],
      named: [Attribute("sn", ["Roe"]), Attribute("uid", ["bob"])])
    #expect(bob["sn"] == ["Roe"] && bob["uid"] == ["bob"], "\(bob)")
  }

  @Test("People of a target get names of another scheme, all of them in one cycle")
  func schemeOfRules() async throws {
    let people = ["ann", "bob"].map { name in
      Self.record(
        "uid=\(name)",
        Self.account + "uid: \(name)\ncn: Common \(name)\nsn: \(name)\n"
          + "description: uid=\(name)\n")
    }.joined()
    let mirror = try Mirror(people, rules: Self.rules)
    let first = try await mirror.cycle(.initial)
    #expect(first.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    try await mirror.change { connection in
      var results: [LDAPResult] = []
      for name in ["ann", "bob"] {
        results.append(
          try await connection.modify(
            "uid=\(name),ou=people,dc=example,dc=org",
            [.init(.replace, "description", [Array("cn=Common \(name)".utf8)])]))
      }
      return results
    }
    let steps = try await mirror.cycle()
    #expect(steps.allSatisfy { $0.result == "success" }, "\(mirror.complaints())")
    let arrived = try await mirror.arrived()
    for name in ["ann", "bob"] {
      let entry = arrived["cn=Common \(name),ou=staff,dc=example,dc=org"]
      #expect(entry?.attributes["uid"] == [.string(name)], "\(arrived.keys)")
      #expect(entry?.attributes["cn"] == [.string("Common \(name)")])
    }
    let again = try await mirror.cycle()
    #expect(again.allSatisfy { $0.result == "success" && $0.adds + $0.updates + $0.deletes == 0 })
  }

  private static let rules = #"""
    [[rule]]
    name = "In - Person"
    direction = "inbound"
    connector = "people"
    source = "user"
    target = "person"
    link = "Provision"
    precedence = 100
    join = [ { conditions = [ { source = "entryUUID", target = "sourceAnchor" } ] } ]
    flow = [
      { target = "sourceAnchor", direct = "entryUUID" },
      { target = "displayName", direct = "description" },
      { target = "accountName", direct = "uid" },
      { target = "cn", direct = "cn" },
      { target = "sn", direct = "sn" },
    ]

    [[rule]]
    name = "Out - Person"
    direction = "outbound"
    connector = "mirror"
    source = "person"
    target = "user"
    link = "Provision"
    precedence = 200
    join = [ { conditions = [ { source = "sourceAnchor", target = "employeeNumber" } ] } ]
    flow = [
      { target = "dn", expression = '[displayName] & ",ou=staff,dc=example,dc=org"' },
      { target = "objectClass", expression = 'Split("inetOrgPerson,posixAccount", ",")' },
      { target = "employeeNumber", direct = "sourceAnchor" },
      { target = "uid", direct = "accountName" },
      { target = "cn", direct = "cn" },
      { target = "sn", direct = "sn" },
      { target = "uidNumber", constant = "7" },
      { target = "gidNumber", constant = "7" },
      { target = "homeDirectory", constant = "/home" },
    ]
    """#
}
