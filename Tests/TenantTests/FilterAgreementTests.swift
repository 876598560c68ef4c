import JSON
import TestSupport
import Testing

@testable import Tenant

/// Filters made by chance, held against what RFC 7644 §3.4.2.2 says of how they join.
@Suite("Filters made by chance")
struct FilterAgreementTests {
  private static let comparisons: [(text: String, found: Set<String>)] = [
    (#"userName eq "A@example.com""#, ["a"]), (#"userName sw "b""#, ["b"]),
    (#"externalId eq "e2""#, ["b", "c"]), (#"title eq "engineer""#, ["a", "c"]),
    ("active eq false", ["d"]), ("title pr", ["a", "b", "c"]), ("nickName pr", []),
    (#"emails.type eq "home""#, ["c"]), (#"emails[type eq "work" and value sw "a"]"#, ["a"]),
    (#"meta.lastModified gt "2020-01-01T00:00:00Z""#, ["a", "b", "c", "d"]),
    (#"meta.lastModified lt "2020-01-01T00:00:00Z""#, []),
    (#"displayName eq "Dee""#, ["d"]), (#"title ne "Engineer""#, ["b", "d"]),
    (#"id eq "none""#, []), (#"externalId eq "E2""#, []),
  ]

  private func tenant() async throws -> TestTenant {
    let tenant = try TestTenant()
    try await tenant.user(
      "a@example.com",
      #","externalId":"e1","title":"Engineer","emails":[{"value":"a@x.org","type":"work"}]"#)
    try await tenant.user("b@example.com", #","externalId":"e2","title":"Clerk""#)
    try await tenant.user(
      "c@example.com",
      #","externalId":"e2","title":"engineer","emails":[{"value":"c@x.org","type":"home"}]"#)
    try await tenant.user("d@example.com", #","displayName":"dee","active":false"#)
    return tenant
  }

  private func condition(_ seed: Int) -> RandomCondition {
    var generator = SeededRandom(seed: seed)
    return RandomCondition(depth: 4, of: Self.comparisons.count, using: &generator)
  }

  @Test("A filter finds those for whom it holds, and counts them", arguments: 0..<10)
  func finds(_ seed: Int) async throws {
    let tenant = try await tenant()
    for part in 0..<20 {
      let condition = condition(seed * 20 + part)
      let filter = condition.text(Self.comparisons.map(\.text))
      let expected = ["a", "b", "c", "d"].filter { name in
        condition.holds(Self.comparisons.map { $0.found.contains(name) })
      }.map { $0 + "@example.com" }
      #expect(await tenant.names("Users", filter) == expected, "\(filter)")
      let counted = await tenant.find("Users", filter, "&count=0")
      #expect(counted["totalResults"]?.integer == Int64(expected.count), "\(filter)")
    }
  }

  @Test(
    "The pages of a filter together are what it finds, by index and by cursor", arguments: 0..<6)
  func pages(_ seed: Int) async throws {
    let tenant = try await tenant()
    for part in 0..<10 {
      let filter = condition(1000 + seed * 10 + part).text(Self.comparisons.map(\.text))
      let all = await tenant.names("Users", filter)
      var byIndex: [String] = []
      for start in 1...5 {
        byIndex += await tenant.names("Users", filter, "&count=1&startIndex=\(start)")
      }
      #expect(byIndex == all, "\(filter)")
      var byCursor: [String] = []
      var cursor = ""
      repeat {
        let page = await tenant.find("Users", filter, "&count=1&cursor=\(cursor)")
        byCursor += (page["Resources"]?.array ?? []).compactMap { $0["userName"]?.string }
        cursor = page["nextCursor"]?.string.map(Percent.encode) ?? ""
        try #require(byCursor.count <= all.count)
      } while !cursor.isEmpty
      #expect(byCursor == all, "\(filter)")
    }
  }
}

@Suite("How filters are spelled")
struct FilterSpellingTests {
  private func matches(_ filter: String) throws -> Bool {
    try FilterParser.filter(filter, for: .user).matches(
      try object(
        #"""
        {"userName":"b@x.org","title":"a\\b \"c\" ü","active":true,
         "emails":[{"value":"b@x.org","type":"work","primary":true},{"value":"h@x.org"}]}
        """#))
  }

  @Test(
    "Words and names may have any case, and spaces any number",
    arguments: [
      #"USERNAME EQ "b@x.org""#, #"  userName   eq   "b@x.org"  "#,
      #"userName Pr AND active eq true"#, #"nickName pr OR title PR"#, #"NOT (nickName pr)"#,
      #"(userName pr)and(title pr)"#, #"EMAILS[TYPE Eq "WORK"]"#,
      #"urn:ietf:params:scim:schemas:core:2.0:USER:UserName pr"#,
      #"emails[ type eq "work" and not (value sw "x") ]"#, #"emails[not (type pr)]"#,
    ])
  func anyCase(_ filter: String) throws { #expect(try matches(filter)) }

  @Test(
    "Texts are spelled as in JSON",
    arguments: [
      #"title eq "a\\b \"c\" ü""#, #"title eq "a\\b \"c\" \u00fc""#, #"title co "\"c\"""#,
      #"userName eq "\u0062@x.org""#, #"title sw "a\\""#, #"title co " \"""#,
    ])
  func texts(_ filter: String) throws { #expect(try matches(filter)) }

  @Test(
    "What is spelled otherwise is refused",
    arguments: [
      #"title eq "\x""#, #"title eq "a" "# + "\t" + #"and title pr"#, #"title eq 'a'"#,
      "active eq TRUE", "active eq tru", #"title eq "a" , title pr"#,
      #"title.eq "a""#, "not", "()", #"not not (title pr)"#, "title pr pr", "emails[]",
      #"emails[type eq "work"].value eq "x""#, "title eq {}", "title eq []",
    ])
  func wrong(_ filter: String) throws {
    #expect(throws: SCIMError.self) { try matches(filter) }
  }

  @Test("One value must meet all that stands in its brackets")
  func sameValue() throws {
    #expect(try !matches(#"emails[type eq "work" and value eq "h@x.org"]"#))
    #expect(try matches(#"emails.type eq "work" and emails.value eq "h@x.org""#))
  }
}
