import JSON
import Testing

@testable import Tenant

@Suite("Filters")
struct FilterTests {
  private let body: JSONObject

  init() throws {
    body = try object(
      #"""
      {"id":"2819c223","userName":"bjensen@example.com","externalId":"Ab1","active":true,
       "name":{"familyName":"Jensen","givenName":"Barbara"},"title":"Tour \"Guide\"",
       "emails":[{"value":"bjensen@example.com","type":"work","primary":true},
                 {"value":"babs@jensen.org","type":"home"}],
       "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Tours"},
       "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User":
         {"immutableId":"aBc","proxyAddresses":["SMTP:b@example.com","smtp:c@example.com"],
          "syncEnabled":true,"lastSyncTime":"2026-11-22T20:01:02.345Z"},
       "meta":{"resourceType":"User","lastModified":"2026-05-13T04:42:34.000Z"}}
      """#)
  }

  private func matches(_ filter: String) throws -> Bool {
    try FilterParser.filter(filter, for: .user).matches(body)
  }

  @Test(
    "Filters that the user meets",
    arguments: [
      #"userName eq "bjensen@example.com""#, #"userName Eq "BJENSEN@example.com""#,
      #"USERNAME eq "bjensen@example.com""#, #"userName sw "bj""#, #"userName ew ".com""#,
      #"userName co "JENSEN@""#, #"userName ne "x""#, "title pr", #"name.familyName co "ens""#,
      #"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "B""#,
      #"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "tours""#,
      #"meta.lastModified gt "2026-05-13T04:42:33Z""#,
      #"meta.lastModified ge "2026-05-13T04:42:34Z""#,
      #"meta.lastModified lt "2026-05-13T06:42:35+02:00""#,
      #"meta.lastModified le "2026-05-13T04:42:34Z""#, "active eq true", "active ne false",
      #"title pr and active eq true"#, #"title pr or userName eq "x""#,
      #"not (userName eq "x")"#, "not(nickName pr)",
      #"emails[type eq "work" and value co "@example.com"]"#,
      #"emails[type eq "home"]"#, #"emails.type eq "home""#, #"emails co "jensen.org""#,
      #"emails pr"#, #"(title pr or nickName pr) and (active eq true)"#,
      #"nickName pr and userName eq "x" or title pr"#, #"nickName eq null"#, #"title ne null"#,
      #"externalId eq "Ab1""#, #"id eq "2819c223""#, #"title eq "Tour \"Guide\"""#,
      #"urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:proxyAddresses eq "smtp:B@example.com""#,
      #"urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:proxyAddresses[value sw "smtp:c"]"#,
      #"urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:syncEnabled eq true"#,
      #"meta.resourceType eq "User""#, #"emails[primary eq true]"#, #"userName gt "a""#,
      #"not (not (title pr))"#, #"nickName ne "x""#,
    ])
  func met(_ filter: String) throws { #expect(try matches(filter)) }

  @Test(
    "Filters that the user does not meet",
    arguments: [
      #"userName eq "x""#, "nickName pr", #"externalId eq "ab1""#, #"id eq "2819C223""#,
      #"emails[type eq "home" and value co "@example.com"]"#, "active eq false",
      #"meta.lastModified gt "2026-05-13T04:42:34Z""#, #"nickName eq "x""#, #"nickName gt """#,
      #"title pr and nickName pr"#, #"not (title pr)"#, "title eq null", #"userName lt "a""#,
      #"emails[type eq "work"] and nickName pr"#, #"title pr and (nickName pr or active eq false)"#,
      #"urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:immutableId eq "ABC""#,
    ])
  func notMet(_ filter: String) throws { #expect(try !matches(filter)) }

  @Test(
    "Filters that are none are refused with invalidFilter",
    arguments: [
      "", "userName", "userName eq", #"userName eq "x"#, #"userName is "x""#, "userName eq x",
      #"nothing eq "x""#, #"name.nothing eq "x""#, #"(userName eq "x""#, #"userName eq "x")"#,
      #"userName eq "x" and"#, #"emails[type eq "work""#, #"emails[nothing eq "x"]"#,
      #"active eq "true""#, "active gt true", "userName eq 1", #"meta.lastModified gt "yesterday""#,
      #"userName eq "x" userName eq "y""#, "name eq \"x\"", #"userName gt null"#,
      #"emails[type[value eq "x"]]"#, #"userName[value eq "x"]"#, "pr", "not title pr",
      #"urn:unknown:User:userName eq "x""#,
    ])
  func refused(_ filter: String) throws {
    let error = #expect(throws: SCIMError.self) {
      try FilterParser.filter(filter, for: .user)
    }
    #expect(error?.status == 400 && error?.kind == .invalidFilter)
  }

  @Test("Brackets are bounded in depth, and filters in length")
  func bounds() {
    let deep =
      String(repeating: "(", count: 2000) + "title pr" + String(repeating: ")", count: 2000)
    #expect(throws: SCIMError.self) { try FilterParser.filter(deep, for: .user) }
    let long = Array(repeating: "title pr", count: 5000).joined(separator: " or ")
    #expect(throws: SCIMError.self) { try FilterParser.filter(long, for: .user) }
  }

  @Test("A server that is not strict takes \"True\" for a boolean, a strict one doesn't")
  func lenientBooleans() throws {
    let filter = try FilterParser.filter(#"active eq "True""#, for: .user, isStrict: false)
    #expect(try filter.matches(body))
  }
}

@Suite("Plans of filters")
struct FilterPlanTests {
  private func plan(_ filter: String, _ type: ResourceType = .user) throws -> FilterPlan {
    FilterPlan(try FilterParser.filter(filter, for: type), for: type)
  }

  @Test(
    "What an index answers is not scanned for",
    arguments: [
      #"userName eq "A@example.com""#, #"externalId eq "x""#, #"id eq "x""#,
      #"urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:immutableId eq "x""#,
      #"urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:proxyAddresses eq "smtp:x@y.de""#,
      #"meta.lastModified gt "2026-01-01T00:00:00Z""#,
      #"meta.lastModified ge "2026-01-01T00:00:00Z""#,
      #"meta.lastModified gt "2026-01-01T00:00:00Z" and meta.lastModified lt "2026-02-01T00:00:00Z""#,
      #"groups.value eq "x""#, #"groups[value eq "x"]"#,
    ])
  func exact(_ filter: String) throws {
    let plan = try plan(filter)
    #expect(plan.isExact)
    #expect(plan.candidates != .all)
  }

  @Test("With more conditions the index still says where to look")
  func partly() throws {
    let plan = try plan(#"title pr and (userName eq "a@b.de" and active eq true)"#)
    #expect(plan.candidates == .key(17, "a@b.de"))
    #expect(!plan.isExact)
  }

  @Test("The better of two indexes is taken")
  func better() throws {
    let plan = try plan(#"meta.lastModified gt "2026-01-01T00:00:00Z" and id eq "x""#)
    #expect(plan.candidates == .id("x"))
  }

  @Test("Several ids are looked up one by one")
  func union() throws {
    let plan = try plan(#"id eq "a" or id eq "b" or userName eq "c@d.de""#)
    #expect(plan.candidates == .union([.id("a"), .id("b"), .key(17, "c@d.de")]))
  }

  @Test("Members find their groups")
  func members() throws {
    #expect(try plan(#"members.value eq "x""#, .group).candidates == .linking(1, to: "x"))
    #expect(try plan(#"members[value eq "x"]"#, .group).candidates == .linking(1, to: "x"))
    #expect(try plan(#"members eq "x""#, .group).candidates == .linking(1, to: "x"))
  }

  @Test("Ranges that can't both hold find nothing")
  func emptyRange() throws {
    let plan = try plan(
      #"meta.lastModified gt "2026-02-01T00:00:00Z" and meta.lastModified lt "2026-01-01T00:00:00Z""#
    )
    #expect(plan.candidates == .none)
  }

  @Test(
    "Everything else is tried one by one",
    arguments: [
      "title pr", #"userName sw "a""#, #"userName ne "a@b.de""#, #"not (userName eq "a@b.de")"#,
      #"userName eq "a@b.de" or title pr"#, #"emails[value eq "x"]"#,
    ])
  func scans(_ filter: String) throws {
    #expect(try plan(filter).candidates == .all)
    #expect(try !plan(filter).isExact)
  }
}
