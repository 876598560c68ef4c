import Directory
import Testing

@testable import LDAPConnector

@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct ExportErrorTests {
  @Test("An object that is to be moved to where is no container is not taken for gone")
  func noContainer() async throws {
    let directory = try WritableDirectory(person("Ann"))
    let anchor = try #require(try await directory.entry("cn=Ann")).anchor
    let new = "cn=Ann,ou=gone,dc=example,dc=org"
    let change = ExportOperation.Kind.modify([AttributeChange("dn", .replace([.string(new)]))])
    let outcome = try await directory.send(change, "cn=Ann", anchor: anchor)
    #expect(outcome.failure?.type == .connectedDirectoryError)
    #expect(outcome.failure?.message.contains("the container of \(new) is not there") == true)
    #expect(outcome.failure?.attribute == "dn" && outcome.failure?.value == new)
    // One that is gone, too, is told as that.
    #expect(try await directory.send(.delete, "cn=Ann", anchor: anchor).isDone)
    let second = try await directory.send(change, "cn=Ann", anchor: anchor)
    #expect(second.failure?.type == .missingObject)
  }

  @Test("All else of an object changes though the name that it is to get is another's, who is told")
  func takenName() async throws {
    let directory = try WritableDirectory(person("Ann") + person("Bob"))
    let ann = try #require(try await directory.entry("cn=Ann")).anchor
    let bob = try #require(try await directory.entry("cn=Bob")).anchor
    let name = "cn=Bob,ou=people,dc=example,dc=org"
    let outcome = try await directory.send(
      .modify([
        AttributeChange("dn", .replace([.string(name)])), AttributeChange("cn", .replace(["Bob"])),
        AttributeChange("title", .replace(["Director"])),
      ]), "cn=Ann", anchor: ann)
    #expect(outcome.failure?.type == .existingObject)
    #expect(outcome.failure?.attribute == "dn" && outcome.failure?.value == name)
    #expect(outcome.failure?.conflictingAnchor == bob)
    let after = try #require(try await directory.entry("cn=Ann"))
    #expect(after.anchor == ann && after.attributes["title"] == ["Director"])
    #expect(try await directory.entry("cn=Bob")?.anchor == bob)
  }

  private static let ann: AttributeSet = ["sn": ["Lee"]]

  @Test func anObjectThatIsThereAlreadyIsNamed() async throws {
    let directory = try WritableDirectory(person("Ann"))
    let outcome = try await directory.send(.add(Self.ann), "cn=Ann")
    #expect(outcome.failure?.type == .existingObject)
    #expect(outcome.failure?.conflictingAnchor == (try await directory.entry("cn=Ann"))?.anchor)
  }

  @Test func aRetryTakesWhatIsItsOwnAndNothingElse() async throws {
    let directory = try WritableDirectory()
    let anchor = try await directory.send(.add(Self.ann), "cn=Ann").anchor
    let again = try await directory.send(.add(Self.ann), "cn=Ann", isRetry: true)
    #expect(anchor != nil && again.anchor == anchor)
    let other = try await directory.send(.add(["sn": ["Other"]]), "cn=Ann", isRetry: true)
    #expect(other.failure?.type == .existingObject)
  }

  @Test func aMissingContainerIsTold() async throws {
    let directory = try WritableDirectory()
    let outcome = try await directory.send(.add(Self.ann), "cn=Ann,ou=none")
    #expect(outcome.failure?.code == "32 No such object")
    #expect(outcome.failure?.type == .connectedDirectoryError)
    #expect(outcome.failure?.message.contains("what exists is ou=people,dc=example,dc=org") == true)
    #expect(outcome.failure?.attribute == "dn")
    #expect(outcome.failure?.value == "cn=Ann,ou=none,ou=people,dc=example,dc=org")
  }

  @Test func missingRightsAreTold() async throws {
    let slapd = try TestSlapd(
      TestSlapd.root + person("Ann", "userPassword: secret\n"))
    let connector = slapd.connector {
      $0.connection.authentication = .simple(name: "cn=Ann,ou=people,dc=example,dc=org") {
        "secret"
      }
    }
    let outcome = try await connector.export([
      ExportOperation(
        id: 1, kind: .add(Self.ann), objectType: "user", anchor: nil,
        dn: try WritableDirectory.dn("cn=Bob"))
    ])
    #expect(outcome.first?.failure?.type == .permissionIssue)
    #expect(outcome.first?.failure?.code == "50 Insufficient access")
  }

  @Test(
    "What a server takes does not wait for what it refuses, which is named though it tells nothing")
  func refusedAttribute() async throws {
    let account = "cn=Sync,ou=people,dc=example,dc=org"
    let slapd = try TestSlapd(
      TestSlapd.root + person("Ann", "employeeType: intern\nmail: a@x\n")
        + person("Sync", "userPassword: secret\n"),
      access: """
        access to attrs=employeeType,departmentNumber by * read
        access to attrs=userPassword by anonymous auth by * none
        access to * by dn.exact="\(account)" write by * read
        """)
    let connector = slapd.connector {
      $0.isTarget = true
      $0.connection.authentication = .simple(name: account) { "secret" }
    }
    func ann() async throws -> DirectoryEntry {
      try #require(try await connector.run().entry("cn=Ann,ou=people,dc=example,dc=org"))
    }
    func send(_ changes: [AttributeChange]) async throws -> ObjectFailure? {
      let operation = ExportOperation(
        id: 1, kind: .modify(changes), objectType: "user", anchor: try await ann().anchor,
        dn: try WritableDirectory.dn("cn=Ann"))
      let outcome = try #require(try await connector.export([operation]).first)
      #expect(outcome.isDone == (outcome.failure == nil))
      return outcome.failure
    }
    let failure = try #require(
      try await send([
        AttributeChange("departmentNumber", .replace(["7"])),
        AttributeChange("employeeType", .replace(["manager"])),
        AttributeChange("mail", .update(added: ["b@x"], removed: ["a@x"])),
        AttributeChange("title", .replace(["Director"])),
      ]))
    #expect(failure.type == .permissionIssue && failure.attribute == "departmentNumber")
    #expect(failure.message.hasSuffix("refused as well: employeeType"), "\(failure.message)")
    let after = try await ann().attributes
    #expect(after["title"] == ["Director"] && after["mail"] == ["b@x"])
    #expect(after["employeeType"] == ["intern"] && after["departmentNumber"].isEmpty)
    let alone = try await send([AttributeChange("employeeType", .replace(["manager"]))])
    #expect(alone?.attribute == "employeeType" && alone?.value == "manager")
    #expect(try await send([AttributeChange("title", .replace(["CEO"]))]) == nil)
  }

  @Test func aValueThatDoesNotFitIsBlamed() async throws {
    let directory = try WritableDirectory(person("Ann"))
    let anchor = try await directory.entry("cn=Ann")?.anchor
    let outcome = try await directory.send(
      .modify([AttributeChange("telephoneNumber", .replace(["\u{1}"]))]), "cn=Ann", anchor: anchor)
    #expect(outcome.failure?.type == .identityDataValidationFailed)
    // The server says the name as it was sent, and a name is spelt as it first was.
    #expect(outcome.failure?.attribute?.lowercased() == "telephonenumber")
    #expect(outcome.failure?.message.lowercased() == "telephonenumber: value #0 invalid per syntax")
  }

  @Test func whatTheSchemaForbidsIsTold() async throws {
    let directory = try WritableDirectory(person("Ann"))
    let anchor = try await directory.entry("cn=Ann")?.anchor
    let unknown = try await directory.send(
      .modify([AttributeChange("shoeSize", .replace(["44"]))]), "cn=Ann", anchor: anchor)
    #expect(unknown.failure?.type == .schemaViolation)
    #expect(unknown.failure?.attribute == "shoeSize")
    let required = try await directory.send(
      .modify([AttributeChange("sn", .replace([]))]), "cn=Ann", anchor: anchor)
    #expect(required.failure?.type == .schemaViolation)
    let secret = try await directory.send(
      .modify([AttributeChange("userPassword", .replace(["x"]))]), "cn=Ann", anchor: anchor)
    #expect(secret.failure?.type == .readOnlyAttribute)
  }

  @Test func aValueThatMustBeUniqueIsToldSo() async throws {
    let directory = try WritableDirectory(
      person("Ann", "mail: a@x\n") + person("Bob"),
      database: "moduleload unique\noverlay unique\nunique_uri ldap:///?mail?sub")
    let anchor = try await directory.entry("cn=Bob")?.anchor
    let outcome = try await directory.send(
      .modify([AttributeChange("mail", .replace(["a@x"]))]), "cn=Bob", anchor: anchor)
    #expect(outcome.failure?.type == .attributeValueMustBeUnique)
  }

  @Test("What another server holds is not written there, and its address is told")
  func referrals() async throws {
    let other = "ldap://other.example.org/ou=else,ou=people,dc=example,dc=org"
    let directory = try WritableDirectory(
      "dn: ou=else,ou=people,dc=example,dc=org\nobjectClass: referral\n"
        + "objectClass: extensibleObject\nou: else\nref: \(other)\n\n")
    let outcome = try await directory.send(.add(Self.ann), "cn=Ann,ou=else")
    let failure = try #require(outcome.failure, "\(outcome)")
    #expect(failure.code == "10 Referral")
    #expect(failure.type == .connectedDirectoryError && !failure.isTransient)
    #expect(failure.message.contains("ldap://other.example.org/"), "\(failure.message)")
    // What is read leaves it out, and is whole nevertheless.
    #expect(try await directory.connector.run().entries.count == 2)
  }

  @Test func oneFailureDoesNotKeepTheOthers() async throws {
    let directory = try WritableDirectory(person("Ann"))
    let operations = try ["cn=Ann", "cn=Bob", "cn=Cid"].enumerated().map { index, rdn in
      ExportOperation(
        id: Int64(index), kind: .add(Self.ann), objectType: "user", anchor: nil,
        dn: try WritableDirectory.dn(rdn))
    }
    let outcomes = try await directory.connector.export(operations)
    #expect(outcomes.map(\.isDone) == [false, true, true])
  }

  @Test(
    "The words of Active Directory tell the type",
    arguments: [
      (
        19,
        "000021C8: AtrErr: DSID-03200BBA, #1:\n\t0: 000021C8: DSID-03200BBA, problem 1005 "
          + "(CONSTRAINT_ATT_TYPE), data 0, Att 90290 (userPrincipalName)",
        SyncErrorType.attributeValueMustBeUnique
      ),
      (
        19,
        "00002082: AtrErr: DSID-03151904, #1:\n\t0: 00002082: DSID-03151904, problem 1005 "
          + "(CONSTRAINT_ATT_TYPE), data 0, Att 90290 (userPrincipalName):len 2200",
        .exceededAllowedLength
      ),
      (21, "00000057: LdapErr: userPrincipalName", .identityDataValidationFailed),
      (
        53, "0000052D: SvcErr: DSID-031A1248, problem 5003 (WILL_NOT_PERFORM)",
        .connectedDirectoryError
      ),
      (
        50, "00000005: SecErr: DSID-03152492, problem 4003 (INSUFF_ACCESS_RIGHTS)", .permissionIssue
      ),
      (51, "busy", .connectedDirectoryError), (68, "exists", .existingObject),
    ])
  func words(code: Int32, words: String, type: SyncErrorType) throws {
    let operation = ExportOperation(
      id: 1, kind: .delete, objectType: "user", anchor: nil, dn: try DistinguishedName("CN=a,DC=x"))
    let plan = ExportPlan(index: 0, operation: operation, dn: operation.dn, work: .delete)
    var result = LDAPResult(code: code)
    result.diagnostic = words
    let failure = result.failure(
      of: plan, sent: [LDAPModification(.replace, "userPrincipalName", [Array("a@x".utf8)])])
    #expect(failure.type == type)
    #expect(failure.message == words)
    #expect(failure.isTransient == (code == 51))
    if words.contains("userPrincipalName") { #expect(failure.attribute == "userPrincipalName") }
  }
}
