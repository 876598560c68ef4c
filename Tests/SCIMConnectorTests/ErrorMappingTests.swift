import Directory
import HTTP
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

@Suite("A server's refusal")
struct ErrorMappingTests {
  private let sent: [(path: String, values: [AttributeValue])] = [
    ("userName", ["ann@example.com"]), ("name.givenName", ["Ann"]), ("displayName", ["Ann Lee"]),
    ("emails[type eq \"work\"].value", ["work@example.com"]),
    (extensionURN + ":proxyAddresses", ["SMTP:ann@example.com", "smtp:other@example.com"]),
    ("members", [.reference("id-1"), .reference("id-2")]),
  ]

  private func failure(_ status: Int, _ type: String, _ words: String) -> ObjectFailure {
    SCIMErrorMessage(
      status: status, json: ["scimType": .string(type), "detail": .string(words)]
    ).failure(sent: sent)
  }

  @Test(
    "gets the type that its status and SCIM type mean",
    arguments: [
      (409, "uniqueness", "taken", .attributeValueMustBeUnique),
      (409, "", "conflict", .attributeValueMustBeUnique),
      (400, "uniqueness", "taken", .attributeValueMustBeUnique),
      (400, "invalidValue", "userName has a bad form", .identityDataValidationFailed),
      (400, "invalidSyntax", "broken", .identityDataValidationFailed),
      (400, "invalidValue", "displayName is too long: 300", .exceededAllowedLength),
      (400, "invalidValue", "may have at most 256 characters", .exceededAllowedLength),
      (400, "invalidValue", "'xx…' has 300 characters; 256 are allowed.", .exceededAllowedLength),
      (400, "invalidValue", "has characters that are not allowed", .identityDataValidationFailed),
      (400, "invalidValue", "members: id-2 does not exist", .dnAttributesFailure),
      (400, "invalidValue", "unresolved reference", .dnAttributesFailure),
      (400, "mutability", "groups is read-only", .readOnlyAttribute),
      (400, "invalidPath", "no such path", .schemaViolation),
      (400, "noTarget", "nothing there", .schemaViolation),
      (403, "", "no", .permissionIssue), (404, "", "no such user", .missingObject),
      (410, "", "gone", .missingObject), (413, "", "large", .exceededAllowedLength),
      (500, "", "oops", .connectedDirectoryError), (501, "", "no", .connectedDirectoryError),
      (412, "", "changed", .connectedDirectoryError), (418, "", "tea", .connectedDirectoryError),
    ] as [(Int, String, String, SyncErrorType)])
  func types(status: Int, scimType: String, words: String, type: SyncErrorType) {
    #expect(failure(status, scimType, words).type == type)
  }

  @Test("keeps the server's words and code")
  func words() {
    let failure = failure(409, "uniqueness", "userName ann@example.com\r\nis taken")
    #expect(failure.message == "userName ann@example.com is taken")
    #expect(failure.code == "409 uniqueness")
    #expect(SCIMErrorMessage(status: 403, json: nil).failure(sent: []).code == "403")
  }

  @Test("names attribute, value and the other object")
  func blame() {
    let json: JSONValue = [
      "scimType": "uniqueness", "conflictingId": "id-9",
      "detail": .string(
        "Attribute '\(extensionURN):proxyAddresses': 'smtp:other@example.com' is taken"),
    ]
    let failure = SCIMErrorMessage(status: 409, json: json).failure(sent: sent)
    #expect(failure.attribute == extensionURN + ":proxyAddresses")
    #expect(failure.value == "smtp:other@example.com")
    #expect(failure.conflictingAnchor?.text == "id-9")
  }

  @Test("names the longest value that the words have, of which another one is a part")
  func partOfAnother() {
    let path = extensionURN + ":proxyAddresses"
    let error = SCIMErrorMessage(
      status: 409,
      json: ["detail": .string("Attribute '\(path)': 'smtp:ann@contoso.test.de' is taken")])
    let failure = error.failure(
      sent: [(path, ["smtp:ann@contoso.test", "smtp:ann@contoso.test.de", "smtp:n@contoso.test"])])
    #expect(failure.value == "smtp:ann@contoso.test.de")
  }

  @Test("names the attribute by its short name or its value, where the words do")
  func guesses() {
    #expect(failure(400, "invalidValue", "The USERNAME is bad").attribute == "userName")
    #expect(failure(400, "invalidValue", "The USERNAME is bad").value == "ann@example.com")
    #expect(failure(400, "", "givenName must not …").attribute == "name.givenName")
    #expect(
      failure(400, "", "bad: work@example.com").attribute == "emails[type eq \"work\"].value")
    #expect(failure(400, "", "emails is bad").attribute == "emails[type eq \"work\"].value")
    let member = failure(400, "invalidValue", "members: id-2 does not exist")
    #expect(member.attribute == "members" && member.value == "id-2")
    #expect(failure(400, "", "something is wrong").attribute == nil)
    #expect(failure(400, "", "renames").attribute == nil)
  }

  @Test("may pass by itself only if it is of that kind")
  func transience() {
    for status in [408, 412, 429, 500, 502, 503, 504] {
      #expect(failure(status, "", "x").isTransient, "\(status)")
    }
    for status in [400, 401, 403, 404, 409, 413, 422] {
      #expect(!failure(status, "", "x").isTransient, "\(status)")
    }
  }

  @Test("may have no shape at all")
  func shapeless() {
    let html = SCIMResponse(
      http: HTTPResponse(status: 403, body: Array("<html>\n<b>Forbidden</b>".utf8)), request: "x")
    #expect(SCIMErrorMessage(html).words == "<html> <b>Forbidden</b>")
    let empty = SCIMResponse(http: HTTPResponse(status: 403), request: "x")
    #expect(SCIMErrorMessage(empty).words == "HTTP status 403 without words")
    let odd = SCIMErrorMessage(status: 400, json: ["detail": 5, "scimType": ["x"]])
    #expect(odd.scimType == "")
  }

  @Test("is not the token, which a server repeats", arguments: [400, 500])
  func repeated(status: Int) async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { request, _ in
      guard request.method == "POST" else { return nil }
      return directory.reply(
        status, ["detail": .string("odd: " + (request.headers["authorization"] ?? "none"))])
    }
    defer { server.close() }
    let outcome = try await connector(server).export([addUser(1, "ann")])[0]
    let words: String
    if case .unknown(let reason) = outcome {
      words = reason
    } else {
      words = outcome.failure?.message ?? ""
    }
    #expect(words.hasSuffix("odd: Bearer •••"), "\(outcome)")
  }
}
