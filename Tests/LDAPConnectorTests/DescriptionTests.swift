import Directory
import Testing

@testable import LDAPConnector

struct DescriptionTests {
  private func described(_ text: String) -> AttributeDescription? {
    AttributeDescription(Array(text.utf8))
  }

  @Test func optionsOtherThanBinaryMakeAnAttributeOfTheirOwn() {
    #expect(described("cn")?.keptName == "cn")
    #expect(described("userCertificate;binary")?.keptName == "userCertificate")
    #expect(described("cn;lang-fr;lang-de")?.keptName == "cn;lang-de;lang-fr")
    #expect(described("cn;lang-de")?.name == "cn")
  }

  @Test func rangesAreKnownInAnyCase() {
    #expect(described("member;range=0-1499")?.range == ValueRange(first: 0, last: 1499))
    #expect(described("member;Range=1500-*")?.range == ValueRange(first: 1500, last: nil))
    #expect(described("member;range=0-*")?.range == nil)
    #expect(described("member;range=0-1499")?.keptName == "member")
  }

  @Test(arguments: [
    "", ";", "a b", "member;", "member;;binary", "member;range=", "member;range=5-1",
    "member;range=-1-5", "member;range=+1-5", "member;range=0-99999999999999999999", "m\u{0}",
    "é",
  ])
  func whatIsNoDescriptionIsRefused(text: String) { #expect(described(text) == nil) }

  @Test func filtersAreEscaped() {
    #expect(SearchFilter.escape("a(b)*\\\u{0}é") == "a\\28b\\29\\2a\\5c\\00\\c3\\a9")
  }
}
